//! `RetryDeployment` and `GetRenderedTemplate`.

use protium_app::environment::{environment_create, environment_delete, environment_get, environment_update};
use protium_app::ports::{Key, StackTemplate};
use protium_app::rendered::{INLINE_BYTES, RenderedText, rendered_template_get};
use protium_app::retry::{DeploymentRetry, deployment_retry};
use protium_app::service::{ServiceUpdate, service_create, service_delete, service_update};
use protium_app::service_instance::service_instance_update;
use protium_app::service_pipeline::service_pipeline_update;
use protium_app::target_version::DeploymentType;
use protium_domain::component::Component;
use protium_domain::deployable::DeploymentStatus;
use protium_domain::identifier::Identifier;
use protium_domain::service::Service;
use protium_testkit::records;
use rstest::rstest;

use crate::component::{attach, change_component, update_instance, with_queue};
use crate::environment::{SPEC, create_input, stored, update_input, with_beta};
use crate::pipeline::{piped_spec, pipeline, pipeline_update, with_piped_shop};
use crate::refusal;
use crate::service::{instance, service_input, service_spec, with_shop};
use crate::world::{ENVIRONMENT, World};

async fn run(world: &mut World) {
    world.run().await;
    world.check();
}

fn again(id: &Identifier) -> DeploymentRetry {
    DeploymentRetry { id: id.clone(), spec: None, template_file: None }
}

fn latest(world: &World) -> Identifier {
    stored(&world.test, "beta").deployable.last_attempted_deployment_id
}

#[rstest]
#[case::with_the_same_spec(None)]
#[case::with_a_corrected_one(Some("proton: EnvironmentSpec\nspec:\n  size: small\n"))]
#[tokio::test]
async fn a_failed_first_creation_is_retried(#[case] spec: Option<&str>) {
    let mut world = World::new();
    world.script.creations.push_back("ROLLBACK_COMPLETE");
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    run(&mut world).await;
    let failed = latest(&world);
    let input = DeploymentRetry { spec: spec.map(ToOwned::to_owned), ..again(&failed) };
    let view = deployment_retry(world.api(), input).await.expect("failed");
    assert_ne!(view.deployment.id, failed);
    run(&mut world).await;
    assert_eq!(stored(&world.test, "beta").deployable.status(), DeploymentStatus::Succeeded);
    let shown = environment_get(world.api(), &records::name("beta")).await.expect("there");
    assert_eq!(shown.spec, spec.unwrap_or(SPEC));
}

#[rstest]
#[case(DeploymentType::MinorVersion, "1.1")]
#[case(DeploymentType::MajorVersion, "2.0")]
#[tokio::test]
async fn a_retry_goes_to_the_version_that_the_deployment_aimed_at(
    #[case] deployment_type: DeploymentType,
    #[case] number: &str,
) {
    let mut world = with_beta().await;
    world.publish(ENVIRONMENT, "net", number, "Resources: {}\n");
    world.script.updates.push_back("UPDATE_ROLLBACK_COMPLETE");
    environment_update(world.api(), update_input("beta", deployment_type)).await.expect("idle");
    world.run().await;
    assert_eq!(stored(&world.test, "beta").version.to_string(), "1.0");
    deployment_retry(world.api(), again(&latest(&world))).await.expect("failed");
    world.run().await;
    assert_eq!(stored(&world.test, "beta").version.to_string(), number);
}

#[tokio::test]
async fn a_failed_deletion_is_retried() {
    let mut world = with_beta().await;
    world.script.deletions.push_back("DELETE_FAILED");
    environment_delete(world.api(), &records::name("beta")).await.expect("idle");
    run(&mut world).await;
    let failed = latest(&world);
    let input = DeploymentRetry { spec: Some(SPEC.to_owned()), ..again(&failed) };
    assert!(refusal!(deployment_retry(world.api(), input).await, Validation).starts_with("spec:"));
    deployment_retry(world.api(), again(&failed)).await.expect("failed");
    run(&mut world).await;
    assert!(environment_get(world.api(), &records::name("beta")).await.is_err());
}

#[tokio::test]
async fn only_the_latest_and_only_what_failed_is_retried() {
    let mut world = with_beta().await;
    let succeeded = latest(&world);
    let refused = refusal!(deployment_retry(world.api(), again(&succeeded)).await, Conflict);
    assert!(refused.contains("CURRENT_VERSION"), "{refused}");
    world.script.updates.push_back("UPDATE_ROLLBACK_COMPLETE");
    world.publish(ENVIRONMENT, "net", "1.1", "Resources: {}\n");
    environment_update(world.api(), update_input("beta", DeploymentType::MinorVersion)).await.expect("idle");
    let failed = latest(&world);
    assert!(refusal!(deployment_retry(world.api(), again(&failed)).await, Conflict).contains("IN_PROGRESS"));
    world.run().await;
    let (first, second) = (
        deployment_retry(world.api(), again(&failed)).await,
        deployment_retry(world.api(), again(&failed)).await,
    );
    first.expect("failed");
    assert!(refusal!(second, Conflict).contains("isn't the latest"));
    world.run().await;
    let unknown = Identifier::new("00000000-0000-4000-8000-000000000000").expect("an id");
    refusal!(deployment_retry(world.api(), again(&unknown)).await, NotFound);
}

#[tokio::test]
async fn an_instance_is_retried_by_itself() {
    let mut world = with_shop(&["one"]).await;
    world.script.updates.push_back("UPDATE_ROLLBACK_COMPLETE");
    let mut input = update_instance("one");
    input.spec = Some(service_spec(&[("one", "beta")]).replace("small", "large"));
    service_instance_update(world.api(), input.clone()).await.expect("idle");
    run(&mut world).await;
    let failed = instance(&world.test, "one").deployable.last_attempted_deployment_id;
    deployment_retry(world.api(), again(&failed)).await.expect("failed");
    run(&mut world).await;
    let stored: Service = world.test.store.peek(&Key::Service(records::name("shop"))).expect("there");
    let spec = protium_app::artifact::document_load(&*world.test.artifacts, &stored.spec).await;
    assert_eq!(Some(spec.expect("there")), input.spec, "the service's spec has the section now");
}

#[tokio::test]
async fn an_instance_whose_removal_failed_is_retried_by_itself() {
    let mut world = with_shop(&["one", "two"]).await;
    world.script.deletions.push_back("DELETE_FAILED");
    let spec = Some(service_spec(&[("two", "beta")]));
    let update = ServiceUpdate { name: records::name("shop"), description: None, spec };
    service_update(world.api(), update).await.expect("idle");
    run(&mut world).await;
    let failed = instance(&world.test, "one").deployable.last_attempted_deployment_id;
    deployment_retry(world.api(), again(&failed)).await.expect("failed");
    run(&mut world).await;
    service_delete(world.api(), &records::name("shop")).await.expect("idle");
    run(&mut world).await;
}

#[tokio::test]
async fn an_instance_that_is_gone_leads_to_update_service() {
    let mut world = with_beta().await;
    world.script.creations.push_back("ROLLBACK_COMPLETE");
    service_create(world.api(), service_input("shop", &[("one", "beta")])).await.expect("valid");
    let failed = instance(&world.test, "one").deployable.last_attempted_deployment_id;
    run(&mut world).await;
    let message = refusal!(deployment_retry(world.api(), again(&failed)).await, Conflict);
    assert!(message.contains("UpdateService"), "{message}");
}

#[tokio::test]
async fn a_pipeline_is_retried() {
    let mut world = with_piped_shop(&["one"]).await;
    world.script.updates.push_back("UPDATE_ROLLBACK_COMPLETE");
    let input = pipeline_update(DeploymentType::CurrentVersion, piped_spec(&[], "lib"));
    service_pipeline_update(world.api(), input).await.expect("idle");
    run(&mut world).await;
    let failed = pipeline(&world.test).deployable;
    assert_eq!(failed.status(), DeploymentStatus::Failed);
    deployment_retry(world.api(), again(&failed.last_attempted_deployment_id)).await.expect("failed");
    run(&mut world).await;
    assert_eq!(pipeline(&world.test).deployable.status(), DeploymentStatus::Succeeded);
}

#[tokio::test]
async fn a_component_is_retried_with_its_attachment_and_other_code() {
    let mut world = with_queue(false).await;
    world.script.updates.push_back("UPDATE_ROLLBACK_COMPLETE");
    let mut input = change_component("queue", attach("one"));
    input.template_file = Some("Resources: {}\nDescription: wrong\n".to_owned());
    protium_app::component::component_update(world.api(), input).await.expect("idle");
    run(&mut world).await;
    let queue = |world: &World| -> Component {
        world.test.store.peek(&Key::Component(records::name("queue"))).expect("there")
    };
    let failed = queue(&world);
    assert_eq!(failed.state.attachment, None);
    let code = "Resources: {}\nDescription: right\n".to_owned();
    let retry = DeploymentRetry {
        template_file: Some(code),
        ..again(&failed.deployable.last_attempted_deployment_id)
    };
    deployment_retry(world.api(), retry).await.expect("failed");
    run(&mut world).await;
    assert!(queue(&world).state.attachment.is_some());
    let stacks = world.test.cloudformation.stacks();
    let stack = stacks.iter().find(|stack| stack.name.contains("queue")).expect("there");
    assert!(matches!(&stack.template, StackTemplate::Body(text) if text.contains("right")));
}

#[tokio::test]
async fn the_rendered_template_is_the_deployed_one() {
    let mut world = with_beta().await;
    let id = latest(&world);
    let files = rendered_template_get(world.api(), &id).await.expect("it was rendered");
    let StackTemplate::Body(deployed) = world.test.cloudformation.stacks()[0].template.clone() else {
        panic!("a short template")
    };
    assert_eq!(files[0].name, "cloudformation.yaml");
    assert!(files[0].text == RenderedText::Inline(deployed));
    assert!(!format!("{files:?}").contains("Topic"), "never logged");

    let key = protium_app::artifact::rendered_key(&id);
    world.test.artifacts.seed(key, vec![b'x'; INLINE_BYTES + 1]);
    let files = rendered_template_get(world.api(), &id).await.expect("it was rendered");
    assert!(matches!(files[0].text, RenderedText::Url(_)));

    environment_delete(world.api(), &records::name("beta")).await.expect("idle");
    let deletion = latest(&world);
    refusal!(rendered_template_get(world.api(), &deletion).await, Validation);
    world.run().await;
    assert!(rendered_template_get(world.api(), &id).await.is_ok(), "history outlives the environment");
    let unknown = Identifier::new("00000000-0000-4000-8000-000000000000").expect("an id");
    refusal!(rendered_template_get(world.api(), &unknown).await, NotFound);
}
