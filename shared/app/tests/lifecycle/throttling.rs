//! CloudFormation's limits delay a deployment and never fail it.

use protium_app::environment::{environment_delete, environment_update};
use protium_app::ports::{CloudFormationError, Key};
use protium_app::provision::{self, Task};
use protium_app::target_version::DeploymentType;
use protium_domain::deployable::DeploymentStatus;
use protium_domain::environment::Environment;
use protium_testkit::{StackCallKind, TestApp, records};
use rstest::rstest;
use serde_json::{Value, json};

use crate::environment::{stored, update_input, with_beta};
use crate::world::{ENVIRONMENT, World};

const OTHER_TEMPLATE: &str = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n";
/// More refusals in a row than any step is repeated for.
const MANY: usize = 20;

fn throttle(test: &TestApp, kind: StackCallKind, times: usize) {
    for _ in 0..times {
        let error = CloudFormationError::Unavailable("Throttling: Rate exceeded".to_owned());
        test.cloudformation.fail_next(kind, error);
    }
}

#[rstest]
#[case(StackCallKind::Describe)]
#[case(StackCallKind::Update)]
#[case(StackCallKind::Resources)]
#[tokio::test]
async fn an_update_succeeds_however_often_it_is_throttled(#[case] kind: StackCallKind) {
    let mut world = with_beta().await;
    world.publish(ENVIRONMENT, "net", "1.1", OTHER_TEMPLATE);
    environment_update(world.api(), update_input("beta", DeploymentType::MinorVersion)).await.expect("idle");
    throttle(&world.test, kind, MANY);
    world.run().await;
    world.check();
    let beta = stored(&world.test, "beta");
    assert_eq!(beta.deployable.status(), DeploymentStatus::Succeeded);
    assert_eq!(beta.deployable.status_message(), None, "what was waited for is past");
    assert_eq!(beta.version.to_string(), "1.1");
    assert!(world.test.cloudformation.calls_of(kind).len() > MANY);
}

#[tokio::test]
async fn a_failure_is_told_however_often_its_reasons_are_throttled() {
    let mut world = with_beta().await;
    world.publish(ENVIRONMENT, "net", "1.1", OTHER_TEMPLATE);
    world.script.updates.push_back("UPDATE_ROLLBACK_COMPLETE");
    environment_update(world.api(), update_input("beta", DeploymentType::MinorVersion)).await.expect("idle");
    throttle(&world.test, StackCallKind::FailureReasons, MANY);
    world.run().await;
    world.check();
    let beta = stored(&world.test, "beta");
    assert_eq!(beta.deployable.status(), DeploymentStatus::Failed);
    assert!(beta.deployable.status_message().is_some_and(|message| message.contains("the name is taken")));
}

#[tokio::test]
async fn a_deletion_succeeds_however_often_it_is_throttled() {
    let mut world = with_beta().await;
    environment_delete(world.api(), &records::name("beta")).await.expect("idle");
    throttle(&world.test, StackCallKind::Delete, MANY);
    world.run().await;
    world.check();
    let key = Key::Environment(records::name("beta"));
    assert_eq!(world.test.store.peek::<Environment>(&key), None);
}

/// An environment whose update can't begin, and the id of the deployment.
async fn throttled_update() -> (World, protium_domain::identifier::Identifier) {
    let world = with_beta().await;
    world.publish(ENVIRONMENT, "net", "1.1", OTHER_TEMPLATE);
    environment_update(world.api(), update_input("beta", DeploymentType::MinorVersion)).await.expect("idle");
    let id = stored(&world.test, "beta").deployable.last_attempted_deployment_id;
    provision::render(world.api(), &id).await.expect("rendered");
    (world, id)
}

fn answers(world: &World, token: &str) -> Vec<Value> {
    let resumed = world.test.task_tokens.resumed();
    resumed.into_iter().filter(|(answered, _)| answered == token).map(|(_, output)| output).collect()
}

#[tokio::test]
async fn the_owner_reads_what_is_waited_for_and_each_step_comes_back_to_itself() {
    let (world, id) = throttled_update().await;
    throttle(&world.test, StackCallKind::Update, 1);
    provision::start(world.api(), &id, "start").await.expect("no error");
    assert_eq!(answers(&world, "start"), [json!({"outcome": "RESTART_LATER", "seconds": 2})]);
    let beta = stored(&world.test, "beta");
    assert_eq!(beta.deployable.status(), DeploymentStatus::InProgress);
    assert!(beta.deployable.status_message().is_some_and(|message| message.contains("goes on by itself")));

    throttle(&world.test, StackCallKind::Describe, 1);
    let after_a_pause = Task { token: "observe", paused_seconds: 40 };
    provision::observe(world.api(), &id, after_a_pause).await.expect("no error");
    assert_eq!(answers(&world, "observe"), [json!({"outcome": "LATER", "seconds": 2})]);
    assert_eq!(stored(&world.test, "beta").revision, beta.revision, "the owner is told once");
}
