//! CreateServiceInstance (behaviour 2.5).

use std::time::Duration;

use protium_app::service::{service_delete, service_get, service_update};
use protium_app::service_instance::{
    ServiceInstanceCreate, ServiceInstanceUpdate, service_instance_create, service_instance_update,
};
use protium_app::target_version::{DeploymentType, VersionChoice};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::service::ServiceStatus;
use protium_domain::service_instance::ServiceInstance;
use protium_domain::tag::Tags;
use protium_testkit::records;
use rstest::rstest;

use crate::pipeline::{piped_spec, pipeline, with_piped_shop};
use crate::refusal;
use crate::service::{instance, service_spec, stored, with_shop};
use crate::service_update::update_input;
use crate::world::{SERVICE, World};

pub(crate) fn create_instance(name: &str) -> ServiceInstanceCreate {
    ServiceInstanceCreate {
        service: records::name("shop"),
        name: records::name(name),
        version: VersionChoice::default(),
        spec: service_spec(&[(name, "beta")]),
        tags: Tags::default(),
        client_token: None,
    }
}

async fn spec_of_shop(world: &World) -> String {
    service_get(world.api(), &records::name("shop")).await.expect("there").spec
}

#[rstest]
#[case::alone(service_spec(&[("three", "beta")]))]
#[case::whole(service_spec(&[("one", "nowhere"), ("three", "beta")]))]
#[tokio::test]
async fn its_section_joins_the_spec_when_it_is_deployed(#[case] spec: String) {
    let mut world = with_shop(&["one"]).await;
    let before = spec_of_shop(&world).await;
    let tags = Tags::new([("team".to_owned(), "a".to_owned())]).expect("valid");
    let input = ServiceInstanceCreate { spec: spec.clone(), tags, ..create_instance("three") };
    let view = service_instance_create(world.api(), input).await.expect("valid");
    assert_eq!((view.instance.deployable.status(), view.spec), (DeploymentStatus::InProgress, spec));
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::Active);
    assert_eq!(spec_of_shop(&world).await, before);
    world.run().await;
    world.check();
    let three = instance(&world.test, "three");
    assert_eq!(three.deployable.status(), DeploymentStatus::Succeeded);
    assert_eq!(three.tags.iter().collect::<Vec<_>>(), [("team", "a")]);
    assert_eq!(spec_of_shop(&world).await, service_spec(&[("one", "beta"), ("three", "beta")]));
    service_update(world.api(), update_input(&["three"])).await.expect("it is one of them");
    world.run().await;
    world.check();
}

#[tokio::test]
async fn one_that_failed_may_be_updated_or_removed() {
    let mut world = with_shop(&["one"]).await;
    for mended in [true, false] {
        world.test.advance(Duration::from_secs(1));
        world.script.creations.push_back("ROLLBACK_COMPLETE");
        service_instance_create(world.api(), create_instance("three")).await.expect("valid");
        world.run().await;
        world.check();
        assert_eq!(instance(&world.test, "three").deployable.status(), DeploymentStatus::Failed);
        assert_eq!(spec_of_shop(&world).await, service_spec(&[("one", "beta")]));
        if mended {
            let input = ServiceInstanceUpdate {
                service: records::name("shop"),
                name: records::name("three"),
                deployment_type: DeploymentType::CurrentVersion,
                version: VersionChoice::default(),
                spec: None,
                client_token: None,
            };
            service_instance_update(world.api(), input).await.expect("settled");
            world.run().await;
            assert!(spec_of_shop(&world).await.contains("three"));
        }
        service_update(world.api(), update_input(&["one"])).await.expect("settled");
        world.run().await;
        world.check();
        assert_eq!(world.test.store.all::<ServiceInstance>().len(), 1);
    }
}

#[tokio::test]
async fn a_token_makes_it_repeatable() {
    let mut world = with_shop(&["one"]).await;
    let input = ServiceInstanceCreate { client_token: Some("t".to_owned()), ..create_instance("three") };
    let first = service_instance_create(world.api(), input.clone()).await.expect("valid");
    assert_eq!(service_instance_create(world.api(), input.clone()).await.expect("the same"), first);
    let other = ServiceInstanceCreate { spec: service_spec(&[("three", "gamma")]), ..input.clone() };
    let message = refusal!(service_instance_create(world.api(), other).await, Validation);
    assert!(message.starts_with("IdempotentParameterMismatch"), "{message}");
    let without = ServiceInstanceCreate { client_token: None, ..input.clone() };
    refusal!(service_instance_create(world.api(), without).await, Conflict);
    world.run().await;
    service_update(world.api(), update_input(&["one"])).await.expect("idle");
    world.run().await;
    world.test.advance(Duration::from_secs(1));
    service_instance_create(world.api(), input).await.expect("the one that it was for is gone");
    world.run().await;
    world.check();
}

#[tokio::test]
async fn versions_default_to_what_the_service_uses() {
    let mut world = with_shop(&["one"]).await;
    world.publish(SERVICE, "web", "1.1", "Resources: {}\n");
    world.publish(SERVICE, "web", "2.0", "Resources: {}\n");
    service_instance_create(world.api(), create_instance("three")).await.expect("valid");
    let choice = VersionChoice { major: None, minor: Some(0) };
    let older = ServiceInstanceCreate { version: choice, ..create_instance("four") };
    service_instance_create(world.api(), older).await.expect("valid");
    let choice = VersionChoice { major: Some(2), minor: None };
    let newer = ServiceInstanceCreate { version: choice, ..create_instance("five") };
    service_instance_create(world.api(), newer).await.expect("valid");
    world.run().await;
    world.check();
    let versions = ["three", "four", "five"].map(|name| instance(&world.test, name).version.to_string());
    assert_eq!(versions, ["1.1", "1.0", "2.0"]);
    let choice = VersionChoice { major: Some(7), minor: None };
    let unknown = ServiceInstanceCreate { version: choice, ..create_instance("six") };
    refusal!(service_instance_create(world.api(), unknown).await, NotFound);
}

#[tokio::test]
async fn a_version_defaults_to_the_recommended_minor_although_the_pipeline_is_behind() {
    let mut world = with_piped_shop(&["one"]).await;
    world.publish_piped("1.1");
    let spec = piped_spec(&[("three", "beta")], "src");
    service_instance_create(world.api(), ServiceInstanceCreate { spec, ..create_instance("three") })
        .await
        .expect("valid");
    world.run().await;
    world.check();
    assert_eq!(instance(&world.test, "three").version.to_string(), "1.1");
    assert_eq!(pipeline(&world.test).version.to_string(), "1.0");
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let world = with_shop(&["one"]).await;
    let unknown = ServiceInstanceCreate { service: records::name("nix"), ..create_instance("three") };
    refusal!(service_instance_create(world.api(), unknown).await, NotFound);
    let missing =
        ServiceInstanceCreate { spec: service_spec(&[("one", "beta")]), ..create_instance("three") };
    refusal!(service_instance_create(world.api(), missing).await, Validation);
    let nowhere =
        ServiceInstanceCreate { spec: service_spec(&[("three", "nix")]), ..create_instance("three") };
    refusal!(service_instance_create(world.api(), nowhere).await, Validation);
    refusal!(service_instance_create(world.api(), create_instance("one")).await, Conflict);
    for number in 0..19 {
        service_instance_create(world.api(), create_instance(&format!("i{number}"))).await.expect("room");
    }
    let message = refusal!(service_instance_create(world.api(), create_instance("last")).await, Validation);
    assert!(message.contains("20 are allowed"), "{message}");
    let mut world = with_shop(&["one"]).await;
    service_delete(world.api(), &records::name("shop")).await.expect("idle");
    refusal!(service_instance_create(world.api(), create_instance("three")).await, Conflict);
    world.run().await;
}
