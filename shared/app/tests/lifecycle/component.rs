//! Components: attached, detached, and what their instances see of them (behaviour 2.7).

use protium_app::PageRequest;
use protium_app::component::{
    AttachmentChange, ComponentCreate, ComponentFilter, ComponentUpdate, component_cancel, component_create,
    component_delete, component_get, component_list, component_outputs, component_provisioned_resources,
    component_update,
};
use protium_app::deployment::{DeploymentLocator, deployment_get, deployment_list};
use protium_app::environment::environment_delete;
use protium_app::ports::{Key, StackTemplate};
use protium_app::service::service_delete;
use protium_app::service_instance::{ServiceInstanceUpdate, service_instance_update};
use protium_app::target_version::{DeploymentType, VersionChoice};
use protium_domain::component::{Attachment, Component};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::Deployment;
use protium_domain::tag::Tags;
use protium_domain::token::ClientToken;
use protium_testkit::records;

use crate::environment::with_beta;
use crate::refusal;
use crate::service::{instance, service_spec, users_of_beta, with_shop};
use crate::world::{SERVICE, World};

pub(crate) const MANIFEST: &str = "infrastructure:\n  templates:\n    - file: queue.yaml\n      rendering_engine: jinja\n      \
                        template_language: cloudformation\n";
pub(crate) const TEMPLATE: &str = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: '{{ component.name \
                        }}-{{ environment.name }}'\n";
const ATTACHED_TEMPLATE: &str = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: '{{ service.name \
                                 }}-{{ service_instance.name }}-{{ service_instance.inputs.size }}'\n";
/// Shows whether the instance sees a component.
const LOOKING_TEMPLATE: &str = "Resources: {}\nDescription: '{{ service_instance.components.default.name | default(\"none\") }} {{ \
                                service_instance.components.default.outputs.Endpoint | default(\"none\") }}'\n";

pub(crate) fn create_component(name: &str, attached: Option<&str>) -> ComponentCreate {
    ComponentCreate {
        name: records::name(name),
        description: None,
        environment: attached.is_none().then(|| records::name("beta")),
        service: attached.map(|_| records::name("shop")),
        service_instance: attached.map(records::name),
        template_file: TEMPLATE.to_owned(),
        manifest: MANIFEST.to_owned(),
        service_spec: None,
        tags: Tags::default(),
        client_token: None,
    }
}

pub(crate) fn change_component(name: &str, attachment: AttachmentChange) -> ComponentUpdate {
    ComponentUpdate {
        name: records::name(name),
        deploys: true,
        description: None,
        attachment,
        template_file: None,
        service_spec: None,
        client_token: None,
    }
}

pub(crate) fn attach(instance: &str) -> AttachmentChange {
    AttachmentChange::Attach(Attachment { service: records::name("shop"), instance: records::name(instance) })
}

pub(crate) fn update_instance(name: &str) -> ServiceInstanceUpdate {
    ServiceInstanceUpdate {
        service: records::name("shop"),
        name: records::name(name),
        deployment_type: DeploymentType::CurrentVersion,
        version: VersionChoice::default(),
        spec: None,
        client_token: None,
    }
}

fn stored(world: &World, name: &str) -> Component {
    world.test.store.peek(&Key::Component(records::name(name))).expect("the component is there")
}

fn status(world: &World, name: &str) -> DeploymentStatus {
    stored(world, name).deployable.status()
}

fn attached_to(world: &World, name: &str) -> Option<String> {
    stored(world, name).state.attachment.map(|attachment| attachment.instance.to_string())
}

fn component_of(world: &World, instance_name: &str) -> Option<String> {
    instance(&world.test, instance_name).component.map(|name| name.to_string())
}

fn template_of(world: &World, stack_begins: &str) -> String {
    let stacks = world.test.cloudformation.stacks();
    let stack = stacks.iter().rfind(|stack| stack.name.starts_with(stack_begins)).expect("it is there");
    match &stack.template {
        StackTemplate::Body(body) => body.clone(),
        StackTemplate::Url(_) => panic!("a short template"),
    }
}

async fn run(world: &mut World) {
    world.run().await;
    world.check();
}

/// `shop` with one instance, and the component `queue`, attached to it or not.
pub(crate) async fn with_queue(attached: bool) -> World {
    let mut world = with_shop(&["one", "two"]).await;
    let input = create_component("queue", attached.then_some("one"));
    component_create(world.api(), input).await.expect("valid");
    run(&mut world).await;
    assert_eq!(status(&world, "queue"), DeploymentStatus::Succeeded);
    world
}

#[tokio::test]
async fn a_detached_component_lives_and_dies_in_its_environment() {
    let mut world = with_beta().await;
    let view = component_create(world.api(), create_component("queue", None)).await.expect("valid");
    assert_eq!(view.component.deployable.status(), DeploymentStatus::InProgress);
    assert_eq!(users_of_beta(&world.test).await, 1);
    run(&mut world).await;
    assert!(template_of(&world, "AWSProton-queue-queue-yaml-").contains("queue-beta"));
    let stack = world.test.cloudformation.stacks().pop().expect("there is one");
    let tags: Vec<_> = stack.tags.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(tags, ["proton:account", "proton:environment", "proton:component"]);
    let roles: Vec<_> = world.test.cloudformation.calls().iter().map(|call| call.role_arn.clone()).collect();
    assert_eq!(roles.last().map(String::as_str), Some(records::ROLE_ARN));
    let name = records::name("queue");
    let outputs = component_outputs(world.api(), &name, None).await.expect("deployed");
    assert_eq!(outputs.get("Endpoint").map(String::as_str), Some("https://x"));
    assert_eq!(component_provisioned_resources(world.api(), &name).await.expect("deployed").len(), 1);
    let message = refusal!(environment_delete(world.api(), &records::name("beta")).await, Conflict);
    assert!(message.contains("the component 'queue'"), "{message}");

    component_delete(world.api(), &name).await.expect("idle").expect("there");
    let again = component_delete(world.api(), &name).await.expect("under way").expect("there");
    assert_eq!(again.component.deployable.status(), DeploymentStatus::DeleteInProgress);
    run(&mut world).await;
    refusal!(component_get(world.api(), &name).await, NotFound);
    assert_eq!(component_delete(world.api(), &name).await.expect("gone"), None);
    assert_eq!(users_of_beta(&world.test).await, 0);
    assert_eq!(world.told("component/queue"), ["IN_PROGRESS", "SUCCEEDED", "DELETE_IN_PROGRESS", "DELETED"]);
    environment_delete(world.api(), &records::name("beta")).await.expect("nobody is in it");
}

#[tokio::test]
async fn an_attached_component_sees_its_instance_and_the_instance_it_at_its_next_update() {
    let mut world = with_shop(&["one", "two"]).await;
    world.publish(SERVICE, "web", "1.1", LOOKING_TEMPLATE);
    let mut input = create_component("queue", Some("one"));
    input.template_file = ATTACHED_TEMPLATE.to_owned();
    input.service_spec = Some(service_spec(&[("one", "beta")]).replace("small", "large"));
    let view = component_create(world.api(), input.clone()).await.expect("valid");
    assert_eq!(view.service_spec, input.service_spec);
    assert_eq!(view.component.environment.as_str(), "beta");
    run(&mut world).await;
    assert!(template_of(&world, "AWSProton-queue").contains("shop-one-large"));
    let stack = world.test.cloudformation.stacks().into_iter().find(|stack| stack.name.contains("queue"));
    let tags: Vec<_> = stack.expect("there").tags.into_iter().map(|(key, _)| key).collect();
    let expected = ["account", "environment", "service", "service-instance", "component"];
    assert_eq!(tags, expected.map(|key| format!("proton:{key}")));
    assert_eq!(component_of(&world, "one").as_deref(), Some("queue"));

    let mut update = update_instance("one");
    update.deployment_type = DeploymentType::MinorVersion;
    service_instance_update(world.api(), update.clone()).await.expect("idle");
    let id = instance(&world.test, "one").deployable.last_attempted_deployment_id;
    let deployment: Deployment = world.test.store.peek(&Key::Deployment(id)).expect("there");
    let built_on = deployment.target_state.template().and_then(|state| state.component_deployment_id.clone());
    assert_eq!(built_on, stored(&world, "queue").deployable.last_succeeded_deployment_id);
    run(&mut world).await;
    assert!(template_of(&world, "AWSProton-shop-one").contains("queue https://x"));
}

#[tokio::test]
async fn detaching_frees_both_and_the_instance_forgets_at_its_next_update() {
    let mut world = with_queue(true).await;
    world.publish(SERVICE, "web", "1.1", LOOKING_TEMPLATE);
    let mut update = update_instance("one");
    update.deployment_type = DeploymentType::MinorVersion;
    service_instance_update(world.api(), update).await.expect("idle");
    run(&mut world).await;
    assert!(template_of(&world, "AWSProton-shop-one").contains("queue https://x"));
    let message = refusal!(component_delete(world.api(), &records::name("queue")).await, Conflict);
    assert!(message.contains("detach it first"), "{message}");

    component_update(world.api(), change_component("queue", AttachmentChange::Detach)).await.expect("idle");
    assert_eq!(attached_to(&world, "queue").as_deref(), Some("one"), "until it has succeeded");
    run(&mut world).await;
    assert_eq!((attached_to(&world, "queue"), component_of(&world, "one")), (None, None));
    assert!(template_of(&world, "AWSProton-shop-one").contains("queue https://x"), "as it was deployed");
    service_instance_update(world.api(), update_instance("one")).await.expect("idle");
    run(&mut world).await;
    assert!(template_of(&world, "AWSProton-shop-one").contains("none none"));
    component_delete(world.api(), &records::name("queue")).await.expect("detached");
    run(&mut world).await;
}

#[tokio::test]
async fn an_instance_has_one_component_and_a_component_one_instance() {
    let mut world = with_queue(true).await;
    let other = create_component("other", Some("one"));
    let message = refusal!(component_create(world.api(), other.clone()).await, Conflict);
    assert!(message.contains("the component 'queue' already"), "{message}");
    let move_it = change_component("queue", attach("two"));
    let message = refusal!(component_update(world.api(), move_it.clone()).await, Conflict);
    assert!(message.contains("detach it first"), "{message}");
    component_update(world.api(), change_component("queue", attach("one"))).await.expect("no move");
    run(&mut world).await;
    component_update(world.api(), change_component("queue", AttachmentChange::Detach)).await.expect("idle");
    refusal!(component_create(world.api(), other.clone()).await, Conflict);
    run(&mut world).await;
    component_update(world.api(), move_it).await.expect("detached");
    component_create(world.api(), other).await.expect("'one' is free");
    run(&mut world).await;
    assert_eq!(component_of(&world, "one").as_deref(), Some("other"));
    assert_eq!(component_of(&world, "two").as_deref(), Some("queue"));
}

#[tokio::test]
async fn a_failed_attachment_leaves_both_free() {
    let mut world = with_queue(false).await;
    world.script.updates.push_back("UPDATE_ROLLBACK_COMPLETE");
    let mut input = change_component("queue", attach("one"));
    input.template_file = Some(ATTACHED_TEMPLATE.to_owned());
    input.service_spec = Some(service_spec(&[("one", "beta")]));
    component_update(world.api(), input).await.expect("idle");
    assert_eq!(component_of(&world, "one").as_deref(), Some("queue"), "kept for it");
    run(&mut world).await;
    assert_eq!(status(&world, "queue"), DeploymentStatus::Failed);
    assert_eq!((attached_to(&world, "queue"), component_of(&world, "one")), (None, None));
    let view = component_get(world.api(), &records::name("queue")).await.expect("there");
    assert_eq!(view.service_spec, None);
}

#[tokio::test]
async fn a_component_that_can_t_be_deployed_can_still_be_detached_and_deleted() {
    let mut world = with_shop(&["one"]).await;
    let mut input = create_component("queue", Some("one"));
    input.template_file = "Resources: {{ nix }}\n".to_owned();
    component_create(world.api(), input).await.expect("rendering problems come later");
    run(&mut world).await;
    assert_eq!(status(&world, "queue"), DeploymentStatus::Failed);
    assert_eq!(attached_to(&world, "queue").as_deref(), Some("one"), "as it was attempted");
    component_update(world.api(), change_component("queue", AttachmentChange::Detach)).await.expect("failed");
    run(&mut world).await;
    assert_eq!(status(&world, "queue"), DeploymentStatus::Failed);
    assert_eq!((attached_to(&world, "queue"), component_of(&world, "one")), (None, None));
    component_delete(world.api(), &records::name("queue")).await.expect("detached");
    run(&mut world).await;
    service_delete(world.api(), &records::name("shop")).await.expect("nothing is attached");
    run(&mut world).await;
}

#[tokio::test]
async fn cancelling_goes_back_to_the_code_and_the_attachment_before() {
    let mut world = with_queue(false).await;
    let mut input = change_component("queue", attach("one"));
    input.template_file = Some("Resources: {}\n".to_owned());
    component_update(world.api(), input).await.expect("idle");
    world.frozen = true;
    world.dies_after = Some(2);
    world.run_until_quiet().await;
    world.frozen = false;
    component_cancel(world.api(), &records::name("queue")).await.expect("in progress");
    run(&mut world).await;
    assert_eq!(status(&world, "queue"), DeploymentStatus::Cancelled);
    assert_eq!((attached_to(&world, "queue"), component_of(&world, "one")), (None, None));
    assert!(template_of(&world, "AWSProton-queue").contains("queue-beta"));
}

#[tokio::test]
async fn what_is_deploying_blocks_the_other() {
    let mut world = with_queue(true).await;
    component_update(world.api(), change_component("queue", AttachmentChange::Keep)).await.expect("idle");
    let message = refusal!(service_instance_update(world.api(), update_instance("one")).await, Conflict);
    assert!(message.contains("its component 'queue' is IN_PROGRESS"), "{message}");
    refusal!(
        component_update(world.api(), change_component("queue", AttachmentChange::Keep)).await,
        Conflict
    );
    let described = ComponentUpdate {
        deploys: false,
        description: Some("new".to_owned()),
        ..change_component("queue", AttachmentChange::Keep)
    };
    refusal!(component_update(world.api(), described.clone()).await, Conflict);
    run(&mut world).await;
    service_instance_update(world.api(), update_instance("one")).await.expect("idle");
    refusal!(
        component_update(world.api(), change_component("queue", AttachmentChange::Keep)).await,
        Conflict
    );
    let view = component_update(world.api(), described).await.expect("a description concerns nobody");
    assert_eq!(view.component.description.as_deref(), Some("new"));
    assert_eq!(view.component.deployable.status(), DeploymentStatus::Succeeded);
    run(&mut world).await;
    let message = refusal!(service_delete(world.api(), &records::name("shop")).await, Conflict);
    assert!(message.contains("the component 'queue'"), "{message}");
}

/// Whoever is first, the other one is refused or sees it.
#[tokio::test]
async fn an_instance_and_its_component_are_not_deployed_at_the_same_time() {
    let world = with_queue(true).await;
    let (one, api) = (instance(&world.test, "one"), world.api().clone());
    // Somebody begins to update the instance after the component's request has read it.
    world.test.store.before_next_commit(move |store| {
        let mut busy = one.clone();
        busy.deployable
            .update(one.deployable.last_attempted_deployment_id.clone(), one.created_at)
            .expect("idle");
        busy.revision = busy.revision.next();
        store.seed(busy);
    });
    let message =
        refusal!(component_update(&api, change_component("queue", AttachmentChange::Keep)).await, Conflict);
    assert!(message.contains("IN_PROGRESS"), "{message}");
}

#[tokio::test]
async fn a_token_makes_a_request_repeatable_for_eight_hours() {
    let mut world = with_beta().await;
    let token = Some("token".to_owned());
    let create = ComponentCreate { client_token: token.clone(), ..create_component("queue", None) };
    let first = component_create(world.api(), create.clone()).await.expect("valid");
    assert_eq!(first.component.last_client_request_token, token);
    let again = component_create(world.api(), create.clone()).await.expect("a repeat");
    assert_eq!(again, first);
    let other = ComponentCreate { description: Some("other".to_owned()), ..create.clone() };
    let message = refusal!(component_create(world.api(), other).await, Validation);
    assert!(message.contains("IdempotentParameterMismatch"), "{message}");
    run(&mut world).await;
    let untold = ComponentCreate { client_token: None, ..create.clone() };
    refusal!(component_create(world.api(), untold).await, Conflict);

    let update = ComponentUpdate {
        client_token: Some("update".to_owned()),
        ..change_component("queue", AttachmentChange::Keep)
    };
    component_update(world.api(), update.clone()).await.expect("idle");
    run(&mut world).await;
    let deployments = || world.test.store.all::<Deployment>().len();
    let before = deployments();
    component_update(world.api(), update).await.expect("a repeat");
    assert_eq!(deployments(), before);

    // What it made is gone: the token is free.
    component_delete(world.api(), &records::name("queue")).await.expect("idle");
    run(&mut world).await;
    world.test.advance(std::time::Duration::from_secs(1));
    component_create(world.api(), create.clone()).await.expect("made anew");
    run(&mut world).await;
    world.test.advance(ClientToken::LIFETIME);
    refusal!(component_create(world.api(), create).await, Conflict);
}

#[tokio::test]
async fn of_two_that_want_a_name_or_an_instance_one_wins() {
    let world = with_shop(&["one"]).await;
    let (api, rival) = (world.api(), world.api().clone());
    let names = tokio::join!(
        component_create(api, create_component("queue", None)),
        component_create(&rival, create_component("queue", Some("one"))),
        component_create(&rival, create_component("other", Some("one"))),
    );
    let won = [names.0.is_ok(), names.1.is_ok(), names.2.is_ok()];
    assert_eq!(won, [true, false, true]);
}

#[tokio::test]
async fn a_component_begins_with_the_tags_of_its_parents() {
    let world = with_shop(&["one"]).await;
    let tags = |pairs: &[(&str, &str)]| {
        Tags::new(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))).expect("valid")
    };
    let mut beta = crate::environment::stored(&world.test, "beta");
    beta.tags = tags(&[("a", "environment"), ("b", "environment"), ("c", "environment")]);
    world.test.seed(beta);
    let mut one = instance(&world.test, "one");
    one.tags = tags(&[("b", "instance"), ("c", "instance")]);
    world.test.seed(one);
    let input = ComponentCreate { tags: tags(&[("c", "own")]), ..create_component("queue", Some("one")) };
    let view = component_create(world.api(), input).await.expect("valid");
    assert_eq!(view.component.tags, tags(&[("a", "environment"), ("b", "instance"), ("c", "own")]));
}

#[tokio::test]
async fn components_are_listed_by_place() {
    let mut world = with_queue(true).await;
    component_create(world.api(), create_component("other", None)).await.expect("valid");
    run(&mut world).await;
    let page = PageRequest { limit: 10, after: None };
    let (beta, shop) = (Some(records::name("beta")), Some(records::name("shop")));
    let cases = [
        (ComponentFilter::default(), vec!["other", "queue"]),
        (ComponentFilter { environment: beta.clone(), ..ComponentFilter::default() }, vec!["other", "queue"]),
        (ComponentFilter { service: shop.clone(), ..ComponentFilter::default() }, vec!["queue"]),
        (ComponentFilter { environment: beta, service: shop.clone(), service_instance: None }, vec!["queue"]),
        (
            ComponentFilter {
                environment: None,
                service: shop,
                service_instance: Some(records::name("two")),
            },
            vec![],
        ),
    ];
    for (filter, expected) in cases {
        let found = component_list(world.api(), &filter, &page).await.expect("a page");
        let names: Vec<_> = found.items.iter().map(|component| component.name.as_str()).collect();
        assert_eq!(names, expected, "{filter:?}");
    }
    let alone =
        ComponentFilter { service_instance: Some(records::name("one")), ..ComponentFilter::default() };
    refusal!(component_list(world.api(), &alone, &page).await, Validation);

    let locator =
        DeploymentLocator { component: Some(records::name("queue")), ..DeploymentLocator::default() };
    let found = deployment_list(world.api(), &locator, &page).await.expect("a page").items;
    assert_eq!(found.len(), 1);
    let view = deployment_get(world.api(), &found[0].id, &locator).await.expect("there");
    assert_eq!(view.target.template_file.as_deref(), Some(TEMPLATE));
    assert_eq!((view.initial, view.last_attempted_id), (None, Some(found[0].id.clone())));
}
