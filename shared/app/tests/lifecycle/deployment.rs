//! GetDeployment and ListDeployments.

use protium_app::PageRequest;
use protium_app::deployment::{DeploymentLocator, deployment_get, deployment_list};
use protium_app::environment::{environment_outputs, environment_update};
use protium_app::target_version::DeploymentType;
use protium_domain::deployment::Deployment;
use protium_testkit::records;
use rstest::rstest;

use crate::environment::{stored, update_input, with_beta};
use crate::refusal;
use crate::service::{instance, with_shop};
use crate::world::World;

fn locator(
    environment: Option<&str>,
    service: Option<&str>,
    service_instance: Option<&str>,
) -> DeploymentLocator {
    DeploymentLocator {
        environment: environment.map(records::name),
        service: service.map(records::name),
        service_instance: service_instance.map(records::name),
        component: None,
    }
}

async fn listed(world: &World, locator: &DeploymentLocator) -> Vec<Deployment> {
    let page = PageRequest { limit: 100, after: None };
    deployment_list(world.api(), locator, &page).await.expect("a page").items
}

#[tokio::test]
async fn a_deployment_shows_its_states_and_the_latest_of_its_target() {
    let mut world = with_beta().await;
    let first = stored(&world.test, "beta").deployable.last_attempted_deployment_id;
    world.test.advance(std::time::Duration::from_secs(1));
    let mut input = update_input("beta", DeploymentType::CurrentVersion);
    input.spec = Some("proton: EnvironmentSpec\nspec:\n  size: small\n".to_owned());
    environment_update(world.api(), input).await.expect("idle");
    let second = stored(&world.test, "beta").deployable.last_attempted_deployment_id;
    let view = deployment_get(world.api(), &first, &DeploymentLocator::default()).await.expect("known");
    assert_eq!(view.initial, None);
    assert_eq!((view.last_attempted_id, view.last_succeeded_id), (Some(second.clone()), Some(first.clone())));
    let view =
        deployment_get(world.api(), &second, &locator(Some("beta"), None, None)).await.expect("agrees");
    assert!(view.initial.and_then(|texts| texts.spec).is_some_and(|spec| spec.contains("large")));
    assert!(view.target.spec.is_some_and(|spec| spec.contains("small")));
    world.run().await;
    let past = environment_outputs(world.api(), &records::name("beta"), Some(&first)).await.expect("kept");
    assert_eq!(past.get("Endpoint").map(String::as_str), Some("https://x"));
    let ids: Vec<_> = listed(&world, &DeploymentLocator::default()).await.into_iter().map(|d| d.id).collect();
    assert_eq!(ids, [second, first], "newest first");
}

#[rstest]
#[case::nothing(locator(None, None, None), true)]
#[case::environment(locator(Some("beta"), None, None), true)]
#[case::service(locator(None, Some("shop"), None), true)]
#[case::all(locator(Some("beta"), Some("shop"), Some("one")), true)]
#[case::other_environment(locator(Some("gamma"), None, None), false)]
#[case::other_service(locator(None, Some("blog"), None), false)]
#[case::other_instance(locator(None, Some("shop"), Some("two")), false)]
#[case::component(DeploymentLocator { component: Some(records::name("c")), ..locator(None, None, None) }, false)]
#[tokio::test]
async fn locators_must_agree(#[case] locator: DeploymentLocator, #[case] agrees: bool) {
    let world = with_shop(&["one"]).await;
    let id = instance(&world.test, "one").deployable.last_attempted_deployment_id;
    let found = deployment_get(world.api(), &id, &locator).await;
    if agrees {
        assert_eq!(found.expect("agrees").deployment.id, id);
    } else {
        refusal!(found, NotFound);
    }
    let is_listed = listed(&world, &locator).await.iter().any(|deployment| deployment.id == id);
    assert_eq!(is_listed, agrees);
}

#[tokio::test]
async fn an_instance_needs_its_service_and_an_id_must_be_known() {
    let world = with_beta().await;
    let alone = locator(None, None, Some("one"));
    refusal!(deployment_get(world.api(), &world.test.id(), &alone).await, Validation);
    let page = PageRequest { limit: 100, after: None };
    refusal!(deployment_list(world.api(), &alone, &page).await, Validation);
    refusal!(deployment_get(world.api(), &world.test.id(), &locator(None, None, None)).await, NotFound);
}

#[tokio::test]
async fn the_history_of_what_is_gone_remains() {
    let mut world = with_shop(&["one"]).await;
    let id = instance(&world.test, "one").deployable.last_attempted_deployment_id;
    protium_app::service::service_delete(world.api(), &records::name("shop")).await.expect("idle");
    world.run().await;
    let view = deployment_get(world.api(), &id, &DeploymentLocator::default()).await.expect("kept");
    assert_eq!((view.last_attempted_id, view.last_succeeded_id), (None, None));
    assert_eq!(listed(&world, &locator(None, Some("shop"), None)).await.len(), 2);
}
