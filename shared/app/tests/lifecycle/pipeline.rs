//! Pipelines: made with their service, provisioned after its instances, updated by themselves (behaviour 2.6, 7.4).

use protium_app::deployment::{DeploymentLocator, deployment_list};
use protium_app::ports::{Key, ProvisionedResource};
use protium_app::service::{RepositoryMembers, ServiceCreate, service_create, service_delete, service_get};
use protium_app::service_pipeline::{
    ServicePipelineUpdate, service_pipeline_outputs, service_pipeline_provisioned_resources,
    service_pipeline_update,
};
use protium_app::target_version::{DeploymentType, VersionChoice};
use protium_app::{App, PageRequest};
use protium_domain::account::AccountSettings;
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::Deployment;
use protium_domain::service::{Service, ServiceStatus};
use protium_domain::service_instance::ServiceInstance;
use protium_domain::service_pipeline::ServicePipeline;
use protium_testkit::{StackCallKind, TestApp, records};
use rstest::rstest;

use crate::environment::with_beta;
use crate::refusal;
use crate::service::{instance, service_input, service_spec, stored, with_shop};
use crate::world::World;

/// A service with these instances in `beta` and a pipeline.
pub(crate) fn piped_input(instances: &[&str]) -> ServiceCreate {
    let instances: Vec<_> = instances.iter().map(|name| (*name, "beta")).collect();
    ServiceCreate {
        template: records::name("piped"),
        spec: piped_spec(&instances, "src"),
        repository: RepositoryMembers {
            connection_arn: Some("arn:aws:codestar-connections:eu-west-1:1:connection/1".to_owned()),
            id: Some("owner/repo".to_owned()),
            branch: Some("main".to_owned()),
        },
        ..service_input("shop", &[])
    }
}

/// A spec with these instances and this folder for the pipeline.
pub(crate) fn piped_spec(instances: &[(&str, &str)], dir: &str) -> String {
    service_spec(instances)
        .replace("proton: ServiceSpec\n", &format!("proton: ServiceSpec\npipeline:\n  dir: {dir}\n"))
}

/// A world in which services with pipelines can be made.
pub(crate) async fn with_piped() -> World {
    let world = with_beta().await;
    world.publish_piped("1.0");
    world
}

/// A world with the service `shop`, whose instances and pipeline are deployed.
pub(crate) async fn with_piped_shop(instances: &[&str]) -> World {
    let mut world = with_piped().await;
    service_create(world.api(), piped_input(instances)).await.expect("valid");
    world.run().await;
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::Active);
    world
}

pub(crate) fn pipeline(test: &TestApp) -> ServicePipeline {
    test.store.peek(&Key::ServicePipeline(records::name("shop"))).expect("the pipeline is there")
}

pub(crate) fn pipeline_update(kind: DeploymentType, spec: String) -> ServicePipelineUpdate {
    let (service, version) = (records::name("shop"), VersionChoice::default());
    ServicePipelineUpdate { service, deployment_type: kind, version, spec }
}

/// What the pipeline's last deployment rendered.
pub(crate) fn rendered(world: &World) -> String {
    let id = pipeline(&world.test).deployable.last_attempted_deployment_id;
    world.test.artifacts.text(&protium_app::artifact::rendered_key(&id)).expect("rendered")
}

async fn deployments_of_shop(app: &App) -> Vec<Deployment> {
    let locator = DeploymentLocator { service: Some(records::name("shop")), ..DeploymentLocator::default() };
    let page = PageRequest { limit: 100, after: None };
    deployment_list(app, &locator, &page).await.expect("a page").items
}

#[tokio::test]
async fn a_pipeline_is_provisioned_after_the_instances_and_sees_them() {
    let mut world = with_piped().await;
    let view = service_create(world.api(), piped_input(&["two", "one"])).await.expect("valid");
    let shown = view.pipeline.expect("it has one");
    assert_eq!(shown.pipeline.deployable.status(), DeploymentStatus::InProgress);
    assert_eq!(shown.spec, view.spec);
    world.run().await;
    world.check();
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::Active);
    assert_eq!(pipeline(&world.test).deployable.status(), DeploymentStatus::Succeeded);
    let text = rendered(&world);
    assert!(text.contains("DisplayName: 'src of owner/repo on main'"), "{text}");
    assert!(text.contains("'two(small, https://x, beta) one(small, https://x, beta) '"), "{text}");
    assert_eq!(world.told("service/shop/pipeline"), ["IN_PROGRESS", "SUCCEEDED"]);
    let made = world.test.cloudformation.calls_of(StackCallKind::Create);
    let last = made.last().and_then(|call| call.request.clone()).expect("stacks were made").stack;
    assert!(last.starts_with("AWSProton-shop-pipeline-yaml-"), "{last}");
    let of_shop = deployments_of_shop(world.api()).await;
    assert_eq!(of_shop.len(), 3);
    assert!(of_shop.iter().any(|deployment| deployment.target.resource_type() == "SERVICE_PIPELINE"));

    let shop = records::name("shop");
    let outputs = service_pipeline_outputs(world.api(), &shop, None).await.expect("there");
    assert_eq!(outputs["Endpoint"], "https://x");
    let resources = service_pipeline_provisioned_resources(world.api(), &shop).await.expect("there");
    let topic = ProvisionedResource { name: "Topic".to_owned(), identifier: "topic-1".to_owned() };
    assert_eq!(resources, [topic]);
    let get = service_get(world.api(), &shop).await.expect("there");
    assert_eq!(get.pipeline.map(|view| view.pipeline), Some(pipeline(&world.test)));
}

#[rstest]
#[case::connection(|members: &mut RepositoryMembers| members.connection_arn = None, "repositoryConnectionArn")]
#[case::id(|members: &mut RepositoryMembers| members.id = None, "repositoryId")]
#[case::branch(|members: &mut RepositoryMembers| members.branch = None, "branchName")]
#[tokio::test]
async fn a_template_with_pipeline_needs_a_whole_repository(
    #[case] change: fn(&mut RepositoryMembers),
    #[case] named: &str,
) {
    let world = with_piped().await;
    let mut input = piped_input(&["one"]);
    change(&mut input.repository);
    let message = refusal!(service_create(world.api(), input).await, Validation);
    assert!(message.starts_with(&format!("{named}:")), "{message}");
}

#[tokio::test]
async fn an_account_without_a_role_for_pipelines_takes_none() {
    let world = with_piped().await;
    world.test.seed(AccountSettings::default());
    let message = refusal!(service_create(world.api(), piped_input(&["one"])).await, Validation);
    assert!(message.contains("UpdateAccountSettings"), "{message}");
    assert!(world.test.store.all::<Service>().is_empty());
}

#[tokio::test]
async fn when_an_instance_fails_the_pipeline_is_cancelled_and_says_why() {
    let mut world = with_piped().await;
    world.script.creations.push_back("ROLLBACK_COMPLETE");
    service_create(world.api(), piped_input(&["one", "two"])).await.expect("valid");
    world.run().await;
    world.check();
    let shop = stored(&world.test, "shop");
    assert_eq!(shop.status(), ServiceStatus::CreateFailedCleanupComplete);
    let cancelled = pipeline(&world.test);
    assert_eq!(cancelled.deployable.status(), DeploymentStatus::Cancelled);
    let arn = "arn:aws:proton:eu-west-1:111122223333:service/shop/service-instance/one";
    let why = format!("Service Instance(s): [{arn}] failed to deploy - canceling pipeline deployment");
    assert_eq!(cancelled.deployable.status_message(), Some(why.as_str()));
    assert_eq!(world.told("service/shop/pipeline"), ["IN_PROGRESS", "CANCELLED"]);
    assert!(cancelled.deployable.stack.is_none());
    let record: Deployment = world
        .test
        .store
        .peek(&Key::Deployment(cancelled.deployable.last_attempted_deployment_id))
        .expect("kept");
    assert_eq!(record.status(), DeploymentStatus::Cancelled);
    assert!(world.test.store.all::<ServiceInstance>().is_empty());
    // No role is needed to remove what was never made.
    world.test.seed(AccountSettings::default());
    service_delete(world.api(), &records::name("shop")).await.expect("settled");
    world.run().await;
    world.check();
    assert!(world.test.store.all::<ServicePipeline>().is_empty());
}

#[tokio::test]
async fn a_creation_whose_pipeline_fails_is_undone() {
    let mut world = with_piped().await;
    world.script.creations.extend(["CREATE_COMPLETE", "ROLLBACK_COMPLETE"]);
    service_create(world.api(), piped_input(&["one"])).await.expect("valid");
    world.run().await;
    world.check();
    let shop = stored(&world.test, "shop");
    assert_eq!(shop.status(), ServiceStatus::CreateFailedCleanupComplete);
    assert!(shop.status_message().is_some_and(|why| why.contains("service/shop/pipeline")));
    assert!(world.test.store.all::<ServicePipeline>().is_empty());
    assert!(world.test.cloudformation.stacks().iter().skip(1).all(|stack| stack.status.is_deleted()));
}

#[tokio::test]
async fn a_deleted_service_takes_its_pipeline_with_it() {
    let mut world = with_piped_shop(&["one"]).await;
    service_delete(world.api(), &records::name("shop")).await.expect("idle");
    world.run().await;
    world.check();
    assert!(world.test.store.all::<Service>().is_empty());
    assert!(world.test.store.all::<ServicePipeline>().is_empty());
    assert_eq!(world.told("service/shop/pipeline").last().map(String::as_str), Some("DELETED"));
    assert!(world.test.cloudformation.stacks().iter().skip(1).all(|stack| stack.status.is_deleted()));
}

#[tokio::test]
async fn an_update_takes_the_pipelines_section_alone() {
    let mut world = with_piped_shop(&["one"]).await;
    world.publish_piped("1.1");
    let spec = piped_spec(&[("other", "nowhere")], "lib");
    let view = service_pipeline_update(world.api(), pipeline_update(DeploymentType::MinorVersion, spec))
        .await
        .expect("valid");
    assert_eq!(view.pipeline.version.to_string(), "1.0", "the old one until success");
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::Active);
    world.run().await;
    world.check();
    let updated = pipeline(&world.test);
    assert_eq!(
        (updated.version.to_string().as_str(), updated.deployable.status()),
        ("1.1", DeploymentStatus::Succeeded)
    );
    let text = rendered(&world);
    assert!(text.contains("'lib of") && text.contains("'one(small"), "{text}");
    let spec = service_get(world.api(), &records::name("shop")).await.expect("there").spec;
    assert_eq!(spec, piped_spec(&[("one", "beta")], "lib"));
    assert_eq!(instance(&world.test, "one").version.to_string(), "1.0");
}

#[tokio::test]
async fn a_failed_update_of_a_pipeline_blocks_nobody() {
    let mut world = with_piped_shop(&["one"]).await;
    world.script.updates.push_back("UPDATE_ROLLBACK_COMPLETE");
    let spec = piped_spec(&[("one", "beta")], "lib");
    let input = pipeline_update(DeploymentType::CurrentVersion, spec.clone());
    service_pipeline_update(world.api(), input.clone()).await.expect("valid");
    world.run().await;
    world.check();
    assert_eq!(pipeline(&world.test).deployable.status(), DeploymentStatus::Failed);
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::Active);
    let kept = service_get(world.api(), &records::name("shop")).await.expect("there").spec;
    assert!(kept.contains("dir: src"), "{kept}");
    service_pipeline_update(world.api(), input).await.expect("again");
    world.run().await;
    world.check();
    assert_eq!(pipeline(&world.test).deployable.status(), DeploymentStatus::Succeeded);
}

#[tokio::test]
async fn current_values_and_nothing_to_deploy() {
    let mut world = with_piped_shop(&["one"]).await;
    let current = piped_spec(&[("one", "beta")], "\"${Proton::CURRENT_VAL}\"");
    let input = pipeline_update(DeploymentType::CurrentVersion, current.clone());
    service_pipeline_update(world.api(), input).await.expect("valid");
    world.run().await;
    assert!(rendered(&world).contains("'src of"));
    let before = world.test.store.everything();
    service_pipeline_update(world.api(), pipeline_update(DeploymentType::None, current))
        .await
        .expect("valid");
    let broken = pipeline_update(DeploymentType::None, "instances: []".to_owned());
    refusal!(service_pipeline_update(world.api(), broken).await, Validation);
    let unknown = pipeline_update(DeploymentType::CurrentVersion, piped_spec(&[], "x\n  nix: 1"));
    refusal!(service_pipeline_update(world.api(), unknown).await, Validation);
    assert_eq!(world.test.store.everything(), before);
}

#[tokio::test]
async fn an_update_needs_a_pipeline_that_rests() {
    let world = with_shop(&["one"]).await;
    let input = pipeline_update(DeploymentType::CurrentVersion, piped_spec(&[], "x"));
    refusal!(service_pipeline_update(world.api(), input.clone()).await, NotFound);
    let shop = records::name("shop");
    refusal!(service_pipeline_outputs(world.api(), &shop, None).await, NotFound);
    refusal!(service_pipeline_outputs(world.api(), &records::name("nix"), None).await, NotFound);

    let world = with_piped().await;
    service_create(world.api(), piped_input(&["one"])).await.expect("valid");
    refusal!(service_pipeline_update(world.api(), input.clone()).await, Conflict);
    let world = with_piped_shop(&["one"]).await;
    service_pipeline_update(world.api(), input.clone()).await.expect("idle");
    refusal!(service_pipeline_update(world.api(), input).await, Conflict);
    let message = refusal!(service_delete(world.api(), &shop).await, Conflict);
    assert!(message.contains("its pipeline is IN_PROGRESS"), "{message}");
}
