//! Roll backs: deployments to what a resource was made of before, whichever way that is.

use protium_app::environment::{EnvironmentUpdate, environment_update};
use protium_app::ports::Key;
use protium_app::retry::{DeploymentRetry, deployment_retry};
use protium_app::target_version::{DeploymentType, VersionChoice};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::{Deployment, DeploymentKind};
use protium_domain::fleet::TaskToken;
use protium_domain::intent::{Intent, Partition};
use protium_testkit::{SequentialIds, TestApp, records};
use rstest::rstest;
use serde_json::json;

use crate::environment::{SPEC, stored, update_input, versions_in_use, with_beta};
use crate::world::{ENVIRONMENT, World};

const OTHER_TEMPLATE: &str = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n";
const OTHER_SPEC: &str = "proton: EnvironmentSpec\nspec:\n  size: small\n";

/// An environment that was at 1.0 and is at `version`, with another spec.
async fn moved_to(deployment_type: DeploymentType, version: &str) -> World {
    let mut world = with_beta().await;
    world.publish(ENVIRONMENT, "net", version, OTHER_TEMPLATE);
    let spec = Some(OTHER_SPEC.to_owned());
    let update = EnvironmentUpdate { spec, ..update_input("beta", deployment_type) };
    environment_update(world.api(), update).await.expect("idle");
    world.run().await;
    assert_eq!(stored(&world.test, "beta").version.to_string(), version);
    world
}

async fn roll_back(world: &mut World) -> Deployment {
    let version = VersionChoice { major: Some(1), minor: Some(0) };
    let spec = Some(SPEC.to_owned());
    let back = EnvironmentUpdate { version, spec, ..update_input("beta", DeploymentType::RollBack) };
    environment_update(world.api(), back).await.expect("idle");
    world.run().await;
    world.check();
    latest(world)
}

fn latest(world: &World) -> Deployment {
    let id = stored(&world.test, "beta").deployable.last_attempted_deployment_id;
    world.test.store.peek(&Key::Deployment(id)).expect("is there")
}

#[rstest]
#[case(DeploymentType::MinorVersion, "1.1")]
#[case(DeploymentType::MajorVersion, "2.0")]
#[tokio::test]
async fn version_and_spec_are_those_of_before(#[case] way: DeploymentType, #[case] version: &str) {
    let mut world = moved_to(way, version).await;
    let deployment = roll_back(&mut world).await;
    assert_eq!(
        (deployment.kind, deployment.status()),
        (DeploymentKind::RollBack, DeploymentStatus::Succeeded)
    );
    let beta = stored(&world.test, "beta");
    assert_eq!(
        (beta.version.to_string().as_str(), versions_in_use(&world.test).await),
        ("1.0", vec!["1.0".into()])
    );
    let shown = protium_app::environment::environment_get(world.api(), &records::name("beta")).await;
    assert_eq!(shown.expect("there").spec, SPEC);
}

#[tokio::test]
async fn the_retry_of_a_roll_back_is_one() {
    let mut world = moved_to(DeploymentType::MajorVersion, "2.0").await;
    world.script.updates.push_back("UPDATE_ROLLBACK_COMPLETE");
    let failed = roll_back(&mut world).await;
    assert_eq!(failed.status(), DeploymentStatus::Failed);
    assert_eq!(stored(&world.test, "beta").version.to_string(), "2.0");
    let again = DeploymentRetry { id: failed.id, spec: None, template_file: None };
    deployment_retry(world.api(), again).await.expect("failed");
    world.run().await;
    world.check();
    assert_eq!(latest(&world).kind, DeploymentKind::RollBack);
    assert_eq!(stored(&world.test, "beta").version.to_string(), "1.0");
}

#[tokio::test]
async fn a_task_that_waited_for_a_commit_ends_when_its_intent_is_carried_out() {
    let test = TestApp::new();
    let intent = test.seed(Intent {
        id: SequentialIds::nth(7),
        partition: Partition::Environment(records::name("beta")),
        created_at: test.now(),
        trace: None,
        events: Vec::new(),
        workflows: Vec::new(),
        wakes: Vec::new(),
        resumes: vec![TaskToken("waiting".to_owned())],
    });
    assert!(!format!("{intent:?}").contains("waiting"));
    protium_app::relay::carry_out(&test.app, &intent).await.expect("nothing fails");
    assert_eq!(test.task_tokens.resumed(), [("waiting".to_owned(), json!({}))]);
    assert!(test.store.all::<Intent>().is_empty());
}
