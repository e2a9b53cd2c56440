//! Customer-managed environments (behaviour 2.3, 4.1) and what lives in them.

use protium_app::component::component_create;
use protium_app::environment::{
    EnvironmentUpdate, environment_cancel, environment_create, environment_delete, environment_outputs,
    environment_provisioned_resources, environment_update,
};
use protium_app::ports::Key;
use protium_app::service::{service_create, service_delete};
use protium_app::service_instance::service_instance_update;
use protium_app::service_pipeline::{service_pipeline_cancel, service_pipeline_update};
use protium_app::target_version::DeploymentType;
use protium_domain::deployable::DeploymentStatus;
use protium_domain::environment::EnvironmentRoles;
use protium_domain::identifier::Identifier;
use protium_domain::service::ServiceStatus;
use protium_testkit::records;

use crate::component::{create_component, update_instance};
use crate::environment::{create_input, manage_by_customer, stored, update_input};
use crate::pipeline::{piped_spec, pipeline_update};
use crate::refusal;
use crate::service::{instance, service_input, stored as stored_service};
use crate::world::{SERVICE, World};

/// Shows what it sees of its environment.
const LOOKING: &str =
    "Resources: {}\nDescription: '{{ environment.name }} is {{ environment.outputs.size }}'\n";

/// A world with the customer-managed environment `beta`.
async fn with_beta() -> World {
    let mut world = World::new();
    manage_by_customer(&world.test);
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    world.run().await;
    world
}

fn resized(size: &str) -> EnvironmentUpdate {
    let spec = Some(format!("proton: EnvironmentSpec\nspec:\n  size: {size}\n"));
    EnvironmentUpdate { spec, ..update_input("beta", DeploymentType::CurrentVersion) }
}

async fn size(world: &World, id: Option<&Identifier>) -> String {
    let outputs = environment_outputs(world.api(), &records::name("beta"), id).await.expect("known");
    outputs.get("size").cloned().expect("it is an input")
}

fn latest(world: &World) -> Identifier {
    stored(&world.test, "beta").deployable.last_attempted_deployment_id
}

#[tokio::test]
async fn every_deployment_keeps_the_inputs_of_its_time_as_outputs() {
    let mut world = with_beta().await;
    let first = latest(&world);
    let view = environment_update(world.api(), resized("small")).await.expect("idle");
    let deployable = view.environment.deployable;
    assert_eq!(deployable.status(), DeploymentStatus::Succeeded);
    assert_eq!(deployable.last_succeeded_at, Some(deployable.last_attempted_at));
    world.run().await;
    world.check();
    assert_eq!(size(&world, None).await, "small");
    assert_eq!(size(&world, Some(&first)).await, "large");
    assert_eq!(size(&world, Some(&latest(&world))).await, "small");
    let resources = environment_provisioned_resources(world.api(), &records::name("beta")).await;
    assert!(resources.expect("known").is_empty());
    assert!(world.test.cloudformation.calls().is_empty());
}

#[tokio::test]
async fn it_needs_a_role_for_those_who_live_in_it_and_has_nothing_to_cancel() {
    let world = World::new();
    manage_by_customer(&world.test);
    let mut input = create_input("beta");
    input.roles =
        EnvironmentRoles { component_role_arn: input.roles.component_role_arn, ..Default::default() };
    let message = refusal!(environment_create(world.api(), input).await, Validation);
    assert!(message.starts_with("protonServiceRoleArn"), "{message}");
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    let message = refusal!(environment_cancel(world.api(), &records::name("beta")).await, Conflict);
    assert!(message.contains("SUCCEEDED"), "{message}");
}

#[tokio::test]
async fn services_and_components_live_in_it_as_in_any_other() {
    let mut world = with_beta().await;
    world.publish(SERVICE, "web", "1.1", LOOKING);
    service_create(world.api(), service_input("shop", &[("one", "beta")])).await.expect("valid");
    world.run().await;
    let rendered = |world: &World| {
        let id = instance(&world.test, "one").deployable.last_succeeded_deployment_id.expect("deployed");
        world.test.artifacts.text(&protium_app::artifact::rendered_key(&id)).expect("rendered")
    };
    assert!(rendered(&world).contains("'beta is large'"), "{}", rendered(&world));
    component_create(world.api(), create_component("queue", None)).await.expect("it has a role for them");
    environment_update(world.api(), resized("small")).await.expect("idle");
    world.run().await;
    assert!(rendered(&world).contains("'beta is large'"), "it isn't touched");
    service_instance_update(world.api(), update_instance("one")).await.expect("idle");
    world.run().await;
    world.check();
    assert!(rendered(&world).contains("'beta is small'"), "{}", rendered(&world));

    let beta = records::name("beta");
    refusal!(environment_delete(world.api(), &beta).await, Conflict);
    service_delete(world.api(), &records::name("shop")).await.expect("idle");
    protium_app::component::component_delete(world.api(), &records::name("queue")).await.expect("detached");
    world.run().await;
    environment_delete(world.api(), &beta).await.expect("nobody is in it");
    assert_eq!(
        world.test.store.peek::<protium_domain::environment::Environment>(&Key::Environment(beta)),
        None
    );
}

#[tokio::test]
async fn a_customer_managed_pipeline_is_none() {
    let mut world = with_beta().await;
    world.publish(SERVICE, "web", "1.1", LOOKING);
    service_create(world.api(), service_input("shop", &[("one", "beta")])).await.expect("valid");
    world.run().await;
    assert_eq!(stored_service(&world.test, "shop").status(), ServiceStatus::Active);
    let update = pipeline_update(DeploymentType::CurrentVersion, piped_spec(&[("one", "beta")], "src"));
    let message = refusal!(service_pipeline_update(world.api(), update).await, NotFound);
    assert!(message.ends_with("service/shop/pipeline"), "{message}");
    refusal!(service_pipeline_cancel(world.api(), &records::name("shop")).await, NotFound);
}
