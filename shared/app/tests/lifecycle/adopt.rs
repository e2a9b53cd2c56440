//! `AdoptResource`: stacks that others made come under management, unless they would change.

use protium_app::environment::{environment_create, environment_delete, environment_update};
use protium_app::force_delete::force_delete;
use protium_app::ports::{Key, RoleAccess, StackRequest, StackTemplate};
use protium_app::preview::{
    Adopted, AdoptedInstance, AdoptedPipeline, PreviewRequest, PreviewView, adoption_start, preview_get,
    preview_start,
};
use protium_app::rendered::RenderedText;
use protium_app::service::{service_delete, service_update};
use protium_app::target_version::{DeploymentType, VersionChoice};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::Retention;
use protium_domain::environment::Environment;
use protium_domain::preview::PreviewStatus;
use protium_domain::service::{Service, ServiceStatus};
use protium_testkit::{StackCallKind, records};

use crate::component::create_component;
use crate::environment::{create_input, stored, update_input, with_beta};
use crate::pipeline::{piped_input, piped_spec, pipeline, with_piped};
use crate::refusal;
use crate::service::instance;
use crate::service_instance_create::create_instance;
use crate::world::{ENVIRONMENT, World};

/// A stack that somebody else made of this template; its ARN.
pub(crate) fn foreign(world: &World, name: &str, template: &str) -> String {
    let access = RoleAccess { role_arn: records::ROLE_ARN.to_owned(), session_name: "s".to_owned() };
    let request = StackRequest {
        stack: format!("AWSProton-{name}-cloudformation--ABCDEFGHIJKLMNO"),
        template: StackTemplate::Body(template.to_owned()),
        parameters: Vec::new(),
        tags: vec![("made-by".to_owned(), "proton".to_owned())],
        token: name.to_owned(),
    };
    let arn = world.test.cloudformation.make(&access, &request, "CREATE_COMPLETE");
    world.test.cloudformation.finish(&arn, "CREATE_COMPLETE", &[("Endpoint", "https://x"), ("Empty", "")]);
    arn
}

/// What would be deployed.
pub(crate) async fn rendered(world: &mut World, request: PreviewRequest) -> String {
    let begun = preview_start(world.api(), &request).await.expect("valid");
    world.run().await;
    let view = preview_get(world.api(), &begun.preview.id).await.expect("kept");
    match view.files.into_iter().next().map(|file| file.text) {
        Some(RenderedText::Inline(text)) => text,
        _ => panic!("{:?}", view.preview.status_message()),
    }
}

fn adopted_instance(name: &str, all: &[&str], spec: &str) -> Adopted {
    let mut instance = create_instance(name);
    (instance.spec, instance.version) = (spec.to_owned(), VersionChoice { major: Some(1), minor: Some(0) });
    Adopted::ServiceInstance(AdoptedInstance {
        instance,
        template: records::name("piped"),
        service_description: Some("moved in".to_owned()),
        repository: piped_input(all).repository,
    })
}

async fn adopt(world: &mut World, arn: &str, adopted: &Adopted) -> PreviewView {
    let begun = adoption_start(world.api(), arn, adopted).await.expect("valid");
    world.run().await;
    world.check();
    assert_eq!(world.test.cloudformation.change_sets(), 0);
    preview_get(world.api(), &begun.preview.id).await.expect("kept")
}

pub(crate) fn environment(name: &str) -> Adopted {
    Adopted::Environment(create_input(name))
}

#[tokio::test]
async fn an_environment_is_adopted_updated_and_deleted() {
    let mut world = World::new();
    let text = rendered(&mut world, PreviewRequest::EnvironmentCreate(create_input("beta"))).await;
    let arn = foreign(&world, "beta", &text);
    let view = adopt(&mut world, &arn, &environment("beta")).await;
    assert_eq!(view.preview.status(), PreviewStatus::Succeeded, "{:?}", view.preview.status_message());
    assert_eq!(view.changes, Some(Vec::new()));
    let beta = stored(&world.test, "beta");
    assert_eq!(beta.deployable.status(), DeploymentStatus::Succeeded);
    assert_eq!(beta.deployable.stack.and_then(|stack| stack.arn), Some(arn.clone()));
    assert_eq!(world.test.cloudformation.calls_of(StackCallKind::Create).len(), 0);
    let outputs = protium_app::environment::environment_outputs(world.api(), &beta.name, None).await;
    assert_eq!(outputs.expect("deployed").get("Endpoint").map(String::as_str), Some("https://x"));

    world.publish(ENVIRONMENT, "net", "1.1", "Resources: {}\n");
    environment_update(world.api(), update_input("beta", DeploymentType::MinorVersion)).await.expect("idle");
    world.run().await;
    environment_delete(world.api(), &records::name("beta")).await.expect("idle");
    world.run().await;
    assert!(world.test.cloudformation.stack(&arn).is_some_and(|stack| stack.status.is_deleted()));
}

#[tokio::test]
async fn a_stack_that_differs_stays_as_it_is_and_the_difference_is_shown() {
    let mut world = World::new();
    let arn = foreign(&world, "beta", "Resources: {}\n");
    let before = world.test.cloudformation.stack(&arn).expect("there");
    let view = adopt(&mut world, &arn, &environment("beta")).await;
    assert_eq!(view.preview.status(), PreviewStatus::Failed);
    assert!(view.preview.status_message().is_some_and(|message| message.contains("differs")));
    assert_eq!(view.changes.expect("computed")[0].logical_id, "Topic");
    assert!(world.test.store.all::<Environment>().is_empty());
    assert!(world.test.cloudformation.stack(&arn) == Some(before));
}

#[tokio::test]
async fn only_stacks_of_proton_that_are_there_are_adopted() {
    let mut world = World::new();
    let arn = foreign(&world, "beta", "Resources: {}\n");
    let others = [
        arn.replace("AWSProton-", "Other-"),
        arn.replace("eu-west-1", "us-east-1"),
        arn.replace("111122223333", "999988887777"),
        "beta".to_owned(),
    ];
    for other in others {
        let refused = adoption_start(world.api(), &other, &environment("beta")).await;
        assert!(refusal!(refused, Validation).starts_with("stackArn:"));
    }
    let gone = arn.replace("000000000001", "0000000000ff");
    let view = adopt(&mut world, &gone, &environment("beta")).await;
    assert!(view.preview.status_message().is_some_and(|message| message.contains("does not exist")));
    world.test.cloudformation.finish(&arn, "ROLLBACK_COMPLETE", &[]);
    let view = adopt(&mut world, &arn, &environment("beta")).await;
    assert!(view.preview.status_message().is_some_and(|message| message.contains("ROLLBACK_COMPLETE")));
}

#[tokio::test]
async fn a_stack_has_one_owner() {
    let mut world = World::new();
    let text = rendered(&mut world, PreviewRequest::EnvironmentCreate(create_input("beta"))).await;
    let arn = foreign(&world, "beta", &text);
    // Two at once: the plan of the second one is refused when it ends.
    let first = adoption_start(world.api(), &arn, &environment("beta")).await.expect("valid");
    let second = adoption_start(world.api(), &arn, &environment("gamma")).await.expect("valid");
    world.run().await;
    world.check();
    let mut statuses = Vec::new();
    for begun in [first, second] {
        statuses.push(preview_get(world.api(), &begun.preview.id).await.expect("kept").preview.status());
    }
    assert_eq!(
        statuses.iter().filter(|status| **status == PreviewStatus::Succeeded).count(),
        1,
        "{statuses:?}"
    );
    let owner = world.test.store.all::<Environment>().remove(0).name;
    let third = adoption_start(world.api(), &arn, &environment("delta")).await;
    assert!(refusal!(third, Conflict).contains(owner.as_str()));
    // Whoever gives it back lets others have it.
    let beta = format!("arn:aws:proton:eu-west-1:111122223333:environment/{owner}");
    force_delete(world.api(), &beta, Retention::Stack).await.expect("idle");
    world.run().await;
    let view = adopt(&mut world, &arn, &environment("delta")).await;
    assert_eq!(view.preview.status(), PreviewStatus::Succeeded, "{:?}", view.preview.status_message());
}

#[tokio::test]
async fn a_stack_of_ones_own_is_not_adopted_under_another_name() {
    let mut world = with_beta().await;
    let arn =
        stored(&world.test, "beta").deployable.stack.and_then(|stack| stack.arn).expect("it is deployed");
    let before = world.test.cloudformation.stack(&arn);
    let view = adopt(&mut world, &arn, &environment("gamma")).await;
    assert_eq!(view.preview.status(), PreviewStatus::Failed);
    let why = view.preview.status_message().unwrap_or_default();
    assert!(why.contains(":environment/beta already") && why.contains("retain STACK"), "{why}");
    assert!(world.test.cloudformation.stack(&arn) == before);
}

#[tokio::test]
async fn instances_of_one_service_are_adopted_side_by_side() {
    let mut world = with_piped().await;
    let names = ["one", "two", "three", "four"];
    let places: Vec<_> = names.iter().map(|name| (*name, "beta")).collect();
    let mut begun = Vec::new();
    for name in names {
        let creation = PreviewRequest::ServiceCreate(piped_input(&names), Some(records::name(name)));
        let text = rendered(&mut world, creation).await;
        let arn = foreign(&world, &format!("shop-{name}"), &text);
        begun.push((name, arn));
    }
    let mut previews = Vec::new();
    for (name, arn) in &begun {
        let adopted = adopted_instance(name, &names, &piped_spec(&places, "app"));
        previews.push(adoption_start(world.api(), arn, &adopted).await.expect("valid"));
    }
    world.run().await;
    world.check();
    assert_eq!(previews.len(), names.len());
    for (preview, (name, arn)) in previews.iter().zip(&begun) {
        let ended = preview_get(world.api(), &preview.preview.id).await.expect("kept").preview;
        assert_eq!(ended.status(), PreviewStatus::Succeeded, "{name}: {:?}", ended.status_message());
        let instance = instance(&world.test, name);
        assert_eq!(instance.deployable.status(), DeploymentStatus::Succeeded, "{name}");
        assert_eq!(instance.deployable.stack.and_then(|stack| stack.arn).as_ref(), Some(arn));
    }
    assert_eq!(world.test.store.all::<Service>().len(), 1);
    let shop = protium_app::service::service_get(world.api(), &records::name("shop")).await.expect("there");
    assert!(names.iter().all(|name| shop.spec.contains(&format!("name: {name}"))), "{}", shop.spec);

    // The pipeline was deployed with the instances in another order than they came in.
    let turned: Vec<_> = places.iter().rev().copied().collect();
    let adopted = Adopted::ServicePipeline(AdoptedPipeline {
        service: records::name("shop"),
        version: VersionChoice::default(),
        spec: piped_spec(&turned, "app"),
    });
    let wrong = foreign(&world, "shop-pipeline", "Resources: {}\n");
    let view = adopt(&mut world, &wrong, &adopted).await;
    let Some(RenderedText::Inline(text)) = view.files.into_iter().next().map(|file| file.text) else {
        panic!("{:?}", view.preview.status_message())
    };
    let arn = foreign(&world, "shop-pipe", &text);
    let view = adopt(&mut world, &arn, &adopted).await;
    assert_eq!(view.preview.status(), PreviewStatus::Succeeded, "{:?}", view.preview.status_message());
    let shop = protium_app::service::service_get(world.api(), &records::name("shop")).await.expect("there");
    let at = |name: &str| shop.spec.find(&format!("name: {name}")).expect("it is named");
    assert!(names.is_sorted_by(|one, next| at(one) > at(next)), "{}", shop.spec);
}

#[tokio::test]
async fn a_name_that_is_taken_meanwhile_is_not_adopted() {
    let mut world = World::new();
    let text = rendered(&mut world, PreviewRequest::EnvironmentCreate(create_input("beta"))).await;
    let arn = foreign(&world, "beta", &text);
    let begun = adoption_start(world.api(), &arn, &environment("beta")).await.expect("valid");
    environment_create(world.api(), create_input("beta")).await.expect("the name is free");
    world.run().await;
    world.check();
    let ended = preview_get(world.api(), &begun.preview.id).await.expect("kept").preview;
    assert_eq!(ended.status(), PreviewStatus::Failed);
    assert!(ended.status_message().is_some_and(|message| message.contains("beta")), "{ended:?}");
    assert_ne!(stored(&world.test, "beta").deployable.stack.and_then(|stack| stack.arn), Some(arn));
}

#[tokio::test]
async fn a_service_is_adopted_part_by_part_then_updated_and_deleted() {
    let mut world = with_piped().await;
    let names = ["one", "two"];
    let spec = piped_spec(&[("one", "beta"), ("two", "beta")], "app");
    for name in names {
        let creation = PreviewRequest::ServiceCreate(piped_input(&names), Some(records::name(name)));
        let text = match world.test.store.all::<Service>().is_empty() {
            true => rendered(&mut world, creation).await,
            false => world
                .test
                .cloudformation
                .stacks()
                .iter()
                .rev()
                .find_map(|stack| match &stack.template {
                    StackTemplate::Body(text) if stack.name.contains("shop-one") => Some(text.clone()),
                    _ => None,
                })
                .expect("the instances are alike"),
        };
        let arn = foreign(&world, &format!("shop-{name}"), &text);
        let adopted = adopted_instance(name, &names, &spec);
        let view = adopt(&mut world, &arn, &adopted).await;
        assert_eq!(view.preview.status(), PreviewStatus::Succeeded, "{:?}", view.preview.status_message());
        assert_eq!(instance(&world.test, name).deployable.status(), DeploymentStatus::Succeeded);
    }
    let service: Service = world.test.store.peek(&Key::Service(records::name("shop"))).expect("made");
    assert_eq!(service.status(), ServiceStatus::Active);

    let wrong = foreign(&world, "shop-pipeline", "Resources: {}\n");
    let adopted = Adopted::ServicePipeline(AdoptedPipeline {
        service: records::name("shop"),
        version: VersionChoice::default(),
        spec: spec.clone(),
    });
    let view = adopt(&mut world, &wrong, &adopted).await;
    let Some(RenderedText::Inline(text)) = view.files.into_iter().next().map(|file| file.text) else {
        panic!("{:?}", view.preview.status_message())
    };
    let arn = foreign(&world, "shop-pipe", &text);
    let view = adopt(&mut world, &arn, &adopted).await;
    assert_eq!(view.preview.status(), PreviewStatus::Succeeded, "{:?}", view.preview.status_message());
    assert_eq!(pipeline(&world.test).deployable.status(), DeploymentStatus::Succeeded);
    refusal!(adoption_start(world.api(), &wrong, &adopted).await, Conflict);

    let stored = protium_app::service::service_get(world.api(), &records::name("shop")).await.expect("there");
    assert!(
        stored.spec.contains("one") && stored.spec.contains("two") && stored.spec.contains("dir"),
        "{}",
        stored.spec
    );
    let update = protium_app::service::ServiceUpdate {
        name: records::name("shop"),
        description: None,
        spec: Some(piped_spec(&[("one", "beta")], "app")),
    };
    service_update(world.api(), update).await.expect("idle");
    world.run().await;
    world.check();
    service_delete(world.api(), &records::name("shop")).await.expect("idle");
    world.run().await;
    world.check();
    assert!(world.test.cloudformation.stack(&arn).is_some_and(|stack| stack.status.is_deleted()));
}

#[tokio::test]
async fn a_component_is_adopted() {
    let mut world = with_beta().await;
    let queue = create_component("queue", None);
    let text = rendered(&mut world, PreviewRequest::ComponentCreate(queue.clone())).await;
    let arn = foreign(&world, "queue", &text);
    let view = adopt(&mut world, &arn, &Adopted::Component(queue)).await;
    assert_eq!(view.preview.status(), PreviewStatus::Succeeded, "{:?}", view.preview.status_message());
}
