//! UpdateService: instances added and removed, and every way in which that ends (behaviour 2.4, 3.3).

use std::time::Duration;

use protium_app::component::component_create;
use protium_app::service::{ServiceUpdate, service_create, service_get, service_update};
use protium_app::service_instance::{ServiceInstanceUpdate, service_instance_update};
use protium_app::target_version::{DeploymentType, VersionChoice};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::service::ServiceStatus;
use protium_domain::service_instance::ServiceInstance;
use protium_testkit::records;
use rstest::rstest;

use crate::component::create_component;
use crate::environment::with_beta;
use crate::pipeline::{piped_input, piped_spec, pipeline, rendered, with_piped, with_piped_shop};
use crate::refusal;
use crate::service::{instance, service_input, service_spec, stored, with_shop};
use crate::world::{SERVICE, World};

/// What is made again under its name continues the sequence of its events because time has passed.
const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn update_to(spec: String) -> ServiceUpdate {
    ServiceUpdate { name: records::name("shop"), description: None, spec: Some(spec) }
}

pub(crate) fn update_input(instances: &[&str]) -> ServiceUpdate {
    let instances: Vec<_> = instances.iter().map(|name| (*name, "beta")).collect();
    update_to(service_spec(&instances))
}

pub(crate) fn piped_update(instances: &[&str]) -> ServiceUpdate {
    let instances: Vec<_> = instances.iter().map(|name| (*name, "beta")).collect();
    update_to(piped_spec(&instances, "src"))
}

fn names(world: &World) -> Vec<String> {
    world.test.store.all::<ServiceInstance>().iter().map(|instance| instance.name.to_string()).collect()
}

async fn spec_of_shop(world: &World) -> String {
    service_get(world.api(), &records::name("shop")).await.expect("there").spec
}

#[tokio::test]
async fn instances_are_added_then_removed_then_the_pipeline_follows() {
    let mut world = with_piped_shop(&["one", "two"]).await;
    let input = piped_update(&["two", "three"]);
    let view = service_update(world.api(), input.clone()).await.expect("valid");
    assert_eq!(view.service.status(), ServiceStatus::UpdateInProgress);
    let statuses =
        |world: &World| ["one", "two", "three"].map(|name| instance(&world.test, name).deployable.status());
    use DeploymentStatus::{DeleteInProgress, InProgress, Succeeded};
    assert_eq!(statuses(&world), [DeleteInProgress, Succeeded, InProgress]);
    assert_eq!(pipeline(&world.test).deployable.status(), InProgress);
    world.run().await;
    world.check();
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::Active);
    assert_eq!(names(&world), ["three", "two"]);
    assert_eq!(Some(spec_of_shop(&world).await), input.spec);
    let text = rendered(&world);
    assert!(text.contains("'two(small, https://x, beta) three(small, https://x, beta) '"), "{text}");
    let two = "service/shop/service-instance/two";
    assert_eq!(world.told(two), ["IN_PROGRESS", "SUCCEEDED"], "it was left alone");
    assert_eq!(world.told("service/shop/pipeline").len(), 4);
    let told = world.told("service/shop");
    assert_eq!(told, ["CREATE_IN_PROGRESS", "ACTIVE", "UPDATE_IN_PROGRESS", "ACTIVE"]);
}

#[tokio::test]
async fn a_description_changes_at_once() {
    let world = with_shop(&["one"]).await;
    let input =
        ServiceUpdate { name: records::name("shop"), description: Some("of letters".to_owned()), spec: None };
    let view = service_update(world.api(), input.clone()).await.expect("valid");
    assert_eq!(view.service.status(), ServiceStatus::Active);
    assert_eq!(stored(&world.test, "shop").description.as_deref(), Some("of letters"));
    refusal!(service_create(world.api(), service_input("shop", &[("one", "beta")])).await, Conflict);
    let before = world.test.store.everything();
    let nothing = ServiceUpdate { description: None, ..input.clone() };
    service_update(world.api(), nothing).await.expect("nothing to do");
    assert_eq!(world.test.store.everything(), before);
    let unknown = ServiceUpdate { name: records::name("nix"), ..input };
    refusal!(service_update(world.api(), unknown).await, NotFound);
}

#[tokio::test]
async fn a_new_instance_that_fails_takes_the_update_back() {
    let mut world = with_piped_shop(&["one", "two"]).await;
    let before = (spec_of_shop(&world).await, pipeline(&world.test), instance(&world.test, "one"));
    world.script.creations.push_back("ROLLBACK_COMPLETE");
    service_update(world.api(), piped_update(&["two", "three", "four"])).await.expect("valid");
    world.run().await;
    world.check();
    let shop = stored(&world.test, "shop");
    assert_eq!(shop.status(), ServiceStatus::UpdateFailedCleanupComplete);
    let why = shop.status_message().expect("a reason");
    assert!(why.contains("the name is taken"), "{why}");
    assert_eq!(names(&world), ["one", "two"]);
    assert_eq!(spec_of_shop(&world).await, before.0);
    assert_eq!(pipeline(&world.test).deployable, before.1.deployable, "it has its former status");
    assert_eq!(instance(&world.test, "one").deployable, before.2.deployable);
    let one = "service/shop/service-instance/one";
    assert_eq!(world.told(one), ["IN_PROGRESS", "SUCCEEDED", "DELETE_IN_PROGRESS", "SUCCEEDED"]);
    world.test.advance(SECOND);
    service_update(world.api(), piped_update(&["two", "three"])).await.expect("nothing is stuck");
    world.run().await;
    world.check();
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::Active);
    assert_eq!(names(&world), ["three", "two"]);
}

#[tokio::test]
async fn a_clean_up_that_fails_is_taken_up_by_the_next_update() {
    let mut world = with_shop(&["one"]).await;
    world.script.creations.push_back("ROLLBACK_COMPLETE");
    world.script.deletions.push_back("DELETE_FAILED");
    service_update(world.api(), update_input(&["one", "three"])).await.expect("valid");
    world.run().await;
    world.check();
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::UpdateFailedCleanupFailed);
    assert_eq!(instance(&world.test, "three").deployable.status(), DeploymentStatus::DeleteFailed);
    service_update(world.api(), update_input(&["one"])).await.expect("retries the removal");
    world.run().await;
    world.check();
    assert_eq!(
        (stored(&world.test, "shop").status(), names(&world)),
        (ServiceStatus::Active, vec!["one".to_owned()])
    );
}

#[tokio::test]
async fn an_instance_that_cannot_be_removed_counts_and_is_tried_again() {
    let mut world = with_piped_shop(&["one", "two"]).await;
    world.script.deletions.push_back("DELETE_FAILED");
    let input = piped_update(&["two"]);
    service_update(world.api(), input.clone()).await.expect("valid");
    world.run().await;
    world.check();
    let shop = stored(&world.test, "shop");
    assert_eq!(shop.status(), ServiceStatus::UpdateCompleteCleanupFailed);
    assert!(shop.status_message().is_some_and(|why| why.contains("service-instance/one")));
    assert_eq!(instance(&world.test, "one").deployable.status(), DeploymentStatus::DeleteFailed);
    assert_eq!(Some(spec_of_shop(&world).await), input.spec);
    assert_eq!(pipeline(&world.test).deployable.status(), DeploymentStatus::Succeeded);
    assert!(!rendered(&world).contains("one("), "the pipeline sees those that remain");

    let many: Vec<String> = (0..19).map(|number| format!("i{number}")).collect();
    let many: Vec<&str> = std::iter::once("two").chain(many.iter().map(String::as_str)).collect();
    refusal!(service_update(world.api(), piped_update(&many)).await, QuotaExceeded);
    service_update(world.api(), input).await.expect("settled");
    world.run().await;
    world.check();
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::Active);
    assert_eq!(names(&world), ["two"]);
}

#[tokio::test]
async fn an_instance_that_could_not_be_removed_may_come_back() {
    let mut world = with_shop(&["one", "three"]).await;
    world.script.deletions.push_back("DELETE_FAILED");
    service_update(world.api(), update_input(&["three"])).await.expect("valid");
    world.run().await;
    service_update(world.api(), update_input(&["one", "three"])).await.expect("valid");
    world.run().await;
    world.check();
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::Active);
    assert_eq!(instance(&world.test, "one").deployable.status(), DeploymentStatus::Succeeded);
}

#[tokio::test]
async fn a_pipeline_that_fails_fails_the_update_and_nothing_is_taken_back() {
    let mut world = with_piped_shop(&["one"]).await;
    world.script.updates.push_back("UPDATE_ROLLBACK_COMPLETE");
    let input = piped_update(&["one", "two"]);
    service_update(world.api(), input.clone()).await.expect("valid");
    world.run().await;
    world.check();
    let shop = stored(&world.test, "shop");
    assert_eq!(shop.status(), ServiceStatus::UpdateFailed);
    assert!(shop.status_message().is_some_and(|why| why.contains("service/shop/pipeline")));
    assert_eq!(names(&world), ["one", "two"]);
    assert_eq!(Some(spec_of_shop(&world).await), input.spec);
    service_update(world.api(), input).await.expect("again");
    world.run().await;
    world.check();
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::Active);
    assert_eq!(pipeline(&world.test).deployable.status(), DeploymentStatus::Succeeded);
}

#[tokio::test]
async fn a_failed_creation_is_created_anew_with_the_version_that_mends_it() {
    let mut world = with_piped().await;
    world.script.creations.push_back("ROLLBACK_COMPLETE");
    service_create(world.api(), piped_input(&["one", "two"])).await.expect("valid");
    world.run().await;
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::CreateFailedCleanupComplete);
    world.publish_piped("1.1");
    let spec = piped_spec(&[("one", "beta")], "lib").replace("small", "large");
    world.test.advance(SECOND);
    service_update(world.api(), update_to(spec.clone())).await.expect("never stuck");
    world.run().await;
    world.check();
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::Active);
    assert_eq!(spec_of_shop(&world).await, spec);
    assert_eq!(instance(&world.test, "one").version.to_string(), "1.1");
    assert_eq!(pipeline(&world.test).version.to_string(), "1.1");
    assert!(rendered(&world).contains("'lib of") && rendered(&world).contains("one(large"));
}

#[tokio::test]
async fn a_creation_that_provisioned_nothing_may_be_moved_elsewhere() {
    let mut world = with_beta().await;
    let broken = "Resources: '{{ nix.nix }}'\n";
    world.publish(SERVICE, "web", "1.1", broken);
    service_create(world.api(), service_input("shop", &[("one", "beta"), ("two", "beta")]))
        .await
        .expect("valid");
    world.run().await;
    world.check();
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::CreateFailed);
    assert_eq!(names(&world), ["one", "two"], "they tell why");
    world.publish(SERVICE, "web", "1.2", "Resources: {}\n");
    service_update(world.api(), update_input(&["one"])).await.expect("never stuck");
    world.run().await;
    world.check();
    assert_eq!(
        (stored(&world.test, "shop").status(), names(&world)),
        (ServiceStatus::Active, vec!["one".to_owned()])
    );
    assert_eq!(instance(&world.test, "one").version.to_string(), "1.2");
}

#[rstest]
#[case::changed(service_spec(&[("one", "beta")]).replace("small", "large"), "UpdateServiceInstance")]
#[case::moved(service_spec(&[("one", "gamma")]), "spec.instances[0]")]
#[case::none_left("proton: ServiceSpec\ninstances: []\n".to_owned(), "at least one instance must remain")]
#[case::piped(piped_spec(&[("one", "beta")], "x"), "spec.pipeline")]
#[case::unknown_environment(service_spec(&[("one", "beta"), ("two", "nix")]), "'nix' does not exist")]
#[case::no_value(service_spec(&[("one", "beta"), ("two", "beta\n    spec:\n      nix: 1\n    x")]), "spec")]
#[tokio::test]
async fn a_spec_that_does_not_fit_changes_nothing(#[case] spec: String, #[case] named: &str) {
    let world = with_shop(&["one"]).await;
    let before = world.test.store.everything();
    let message = refusal!(service_update(world.api(), update_to(spec)).await, Validation);
    assert!(message.contains(named), "{message}");
    assert_eq!(world.test.store.everything(), before);
}

#[tokio::test]
async fn current_values_are_the_stored_ones() {
    let mut world = with_shop(&["one"]).await;
    let spec = service_spec(&[("one", "beta"), ("three", "beta")]);
    let current = spec.replacen("small", "\"${Proton::CURRENT_VAL}\"", 1);
    service_update(world.api(), update_to(current)).await.expect("the same");
    world.run().await;
    world.check();
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::Active);
    assert!(!spec_of_shop(&world).await.contains("CURRENT_VAL"));
    let fresh = service_spec(&[("one", "beta"), ("three", "beta"), ("four", "beta")]);
    let at = fresh.rfind("small").expect("the last");
    let fresh = format!("{}\"${{Proton::CURRENT_VAL}}\"\n", &fresh[..at]);
    refusal!(service_update(world.api(), update_to(fresh)).await, Validation);
}

#[tokio::test]
async fn what_is_at_work_is_not_updated() {
    let mut world = with_beta().await;
    service_create(world.api(), service_input("shop", &[("one", "beta")])).await.expect("valid");
    refusal!(service_update(world.api(), update_input(&["one"])).await, Conflict);
    world.run().await;
    service_update(world.api(), update_input(&["one", "two"])).await.expect("idle");
    refusal!(service_update(world.api(), update_input(&["one"])).await, Conflict);
    refusal!(service_instance_update(world.api(), instance_input("one")).await, Conflict);
    world.run().await;
    service_instance_update(world.api(), instance_input("one")).await.expect("idle");
    let message = refusal!(service_update(world.api(), update_input(&["one"])).await, Conflict);
    assert!(message.contains("its instance 'one' is IN_PROGRESS"), "{message}");
}

fn instance_input(name: &str) -> ServiceInstanceUpdate {
    ServiceInstanceUpdate {
        service: records::name("shop"),
        name: records::name(name),
        deployment_type: DeploymentType::CurrentVersion,
        version: VersionChoice::default(),
        spec: None,
        client_token: None,
    }
}

#[tokio::test]
async fn an_instance_that_begins_to_deploy_meanwhile_is_seen() {
    let world = with_shop(&["one", "two"]).await;
    let accepted = {
        let other = world.test.app.clone();
        service_instance_update(&other, instance_input("two")).await.expect("idle").instance
    };
    let (mut shop, two) = (stored(&world.test, "shop"), accepted);
    // As if the update of the instance came between the reads and the commit of the service's.
    let mut idle = two.clone();
    idle.deployable = with_shop(&["two"]).await.test.store.all::<ServiceInstance>().remove(0).deployable;
    let revision = shop.revision;
    world.test.seed(idle);
    shop.revision = revision.next();
    world.test.store.before_next_commit(move |store| {
        store.seed(two);
        store.seed(shop);
    });
    refusal!(service_update(world.api(), update_input(&["one", "two", "three"])).await, Conflict);
}

#[tokio::test]
async fn an_instance_with_a_component_stays() {
    let mut world = with_shop(&["one", "two"]).await;
    component_create(world.api(), create_component("queue", Some("one"))).await.expect("valid");
    world.run().await;
    let message = refusal!(service_update(world.api(), update_input(&["two"])).await, Conflict);
    assert!(message.contains("'queue' is attached"), "{message}");
}
