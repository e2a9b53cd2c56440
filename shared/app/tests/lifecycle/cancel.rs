//! Cancelling deployments (behaviour 7.6).

use std::sync::{Arc, Mutex};

use protium_app::App;
use protium_app::component::component_cancel;
use protium_app::environment::{
    environment_cancel, environment_create, environment_delete, environment_update,
};
use protium_app::ports::{CloudFormationError, Key};
use protium_app::service_instance::{
    ServiceInstanceUpdate, service_instance_cancel, service_instance_get, service_instance_update,
};
use protium_app::service_pipeline::{service_pipeline_cancel, service_pipeline_update};
use protium_app::target_version::{DeploymentType, VersionChoice};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::Deployment;
use protium_domain::environment::Environment;
use protium_testkit::{FaultTime, Faults, StackCallKind, records};
use rstest::rstest;

use crate::environment::{create_input, stored, update_input, versions_in_use, with_beta};
use crate::pipeline::{piped_spec, pipeline, pipeline_update, with_piped_shop};
use crate::refusal;
use crate::service::{service_spec, with_shop};
use crate::world::{ENVIRONMENT, World};

const OTHER_TEMPLATE: &str = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n";
const MESSAGE: &str = "User initiated cancellation.";

/// An environment whose update to 1.1 was accepted.
async fn beta_updating() -> World {
    let world = with_beta().await;
    world.publish(ENVIRONMENT, "net", "1.1", OTHER_TEMPLATE);
    environment_update(world.api(), update_input("beta", DeploymentType::MinorVersion)).await.expect("idle");
    world
}

/// An environment whose stack is being updated; its workflow has died.
pub(crate) async fn beta_updating_stack() -> World {
    let mut world = beta_updating().await;
    world.frozen = true;
    world.dies_after = Some(2);
    world.run_until_quiet().await;
    world.frozen = false;
    assert_eq!(stack_status(&world), "UPDATE_IN_PROGRESS");
    world
}

async fn cancel(world: &World) {
    environment_cancel(world.api(), &records::name("beta")).await.expect("it is in progress");
}

async fn run(world: &mut World) {
    world.run().await;
    world.check();
}

fn stack_status(world: &World) -> String {
    world.test.cloudformation.stacks().pop().expect("there is one").status.0
}

fn calls(world: &World, kind: StackCallKind) -> usize {
    world.test.cloudformation.calls_of(kind).len()
}

fn status(world: &World) -> (DeploymentStatus, String) {
    let beta = stored(&world.test, "beta").deployable;
    (beta.status(), beta.status_message().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn before_the_update_has_begun_the_stack_is_not_touched() {
    let mut world = beta_updating().await;
    let before = world.test.cloudformation.calls().len();
    let view = environment_cancel(world.api(), &records::name("beta")).await.expect("it is in progress");
    assert_eq!(view.environment.deployable.status(), DeploymentStatus::Cancelling);
    assert_eq!(view.environment.version.to_string(), "1.0");
    run(&mut world).await;
    assert_eq!(status(&world), (DeploymentStatus::Cancelled, MESSAGE.to_owned()));
    assert_eq!(world.test.cloudformation.calls().len(), before);
    assert_eq!(stored(&world.test, "beta").version.to_string(), "1.0");
    assert_eq!(versions_in_use(&world.test).await, ["1.0"]);
    assert_eq!(world.told("environment/beta")[2..], ["IN_PROGRESS", "CANCELLING", "CANCELLED"]);
}

#[tokio::test]
async fn an_update_under_way_is_rolled_back() {
    let mut world = beta_updating_stack().await;
    cancel(&world).await;
    run(&mut world).await;
    assert_eq!(status(&world), (DeploymentStatus::Cancelled, MESSAGE.to_owned()));
    assert_eq!(stack_status(&world), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(calls(&world, StackCallKind::CancelUpdate), 1);
    let beta = stored(&world.test, "beta");
    assert_eq!(beta.version.to_string(), "1.0");
    let id = beta.deployable.last_attempted_deployment_id;
    let deployment: Deployment = world.test.store.peek(&Key::Deployment(id)).expect("is there");
    assert_eq!(deployment.status(), DeploymentStatus::Cancelled);
    assert_eq!(deployment.status_message(), Some(MESSAGE));
    assert!(deployment.completed_at.is_some() && deployment.outputs.is_none());

    environment_update(world.api(), update_input("beta", DeploymentType::MinorVersion))
        .await
        .expect("a cancelled one may be updated");
    run(&mut world).await;
    assert_eq!(status(&world).0, DeploymentStatus::Succeeded);
    assert_eq!(stored(&world.test, "beta").version.to_string(), "1.1");
}

#[tokio::test]
async fn a_waiting_deployment_is_woken_at_once() {
    let mut world = beta_updating_stack().await;
    // Its successor waits for the stack when the request comes.
    let token = || world.test.task_tokens.resumed().len();
    let before = token();
    cancel(&world).await;
    let intent = world.test.drain_intents().pop().expect("what follows from the request");
    let stack = stored(&world.test, "beta").deployable.stack.expect("it has one").name;
    assert_eq!(intent.wakes, [stack]);
    protium_app::relay::carry_out(world.api(), &intent).await.expect("nothing fails");
    assert_eq!(token(), before + 1);
    run(&mut world).await;
    assert_eq!(status(&world).0, DeploymentStatus::Cancelled);
}

#[rstest]
#[case::too_late("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")]
#[case::finished("UPDATE_COMPLETE")]
#[tokio::test]
async fn what_was_finished_first_has_succeeded(#[case] stack: &str) {
    let mut world = beta_updating_stack().await;
    cancel(&world).await;
    let arn = world.test.cloudformation.stacks()[0].arn.clone();
    world.test.cloudformation.finish(&arn, stack, &[("Endpoint", "https://x")]);
    run(&mut world).await;
    assert_eq!(status(&world), (DeploymentStatus::Succeeded, String::new()));
    assert_eq!(calls(&world, StackCallKind::CancelUpdate), 0);
    assert_eq!(stored(&world.test, "beta").version.to_string(), "1.1");
    assert_eq!(world.told("environment/beta")[2..], ["IN_PROGRESS", "CANCELLING", "SUCCEEDED"]);
}

#[tokio::test]
async fn a_rollback_that_fails_fails_the_deployment_and_the_next_one_goes_on() {
    let mut world = beta_updating_stack().await;
    cancel(&world).await;
    world.script.rollbacks.push_back("UPDATE_ROLLBACK_FAILED");
    run(&mut world).await;
    let (ended, message) = status(&world);
    assert_eq!(ended, DeploymentStatus::Failed);
    assert!(message.contains("UPDATE_ROLLBACK_FAILED") && message.contains("the name is taken"), "{message}");
    environment_update(world.api(), update_input("beta", DeploymentType::MinorVersion))
        .await
        .expect("failed");
    run(&mut world).await;
    assert_eq!(status(&world).0, DeploymentStatus::Succeeded);
}

#[tokio::test]
async fn a_role_that_may_not_cancel_lets_the_update_go_on() {
    let mut world = beta_updating_stack().await;
    cancel(&world).await;
    let refusal = "User: x is not authorized to perform: cloudformation:CancelUpdateStack";
    for _ in 0..2 {
        world
            .test
            .cloudformation
            .fail_next(StackCallKind::CancelUpdate, CloudFormationError::Refused(refusal.into()));
    }
    run(&mut world).await;
    assert_eq!(status(&world).0, DeploymentStatus::Succeeded);
}

#[tokio::test]
async fn a_stack_deleted_while_it_is_rolled_back_fails() {
    let mut world = beta_updating_stack().await;
    cancel(&world).await;
    let arn = world.test.cloudformation.stacks()[0].arn.clone();
    world.test.cloudformation.finish(&arn, "DELETE_COMPLETE", &[]);
    run(&mut world).await;
    assert_eq!(status(&world).0, DeploymentStatus::Failed);
    environment_update(world.api(), update_input("beta", DeploymentType::CurrentVersion))
        .await
        .expect("idle");
    run(&mut world).await;
    assert_eq!(status(&world).0, DeploymentStatus::Succeeded);
}

#[tokio::test]
async fn only_what_is_in_progress_can_be_cancelled() {
    let world = with_beta().await;
    let beta = records::name("beta");
    let message = refusal!(environment_cancel(world.api(), &beta).await, Conflict);
    assert!(message.contains("SUCCEEDED"), "{message}");
    refusal!(environment_cancel(world.api(), &records::name("nix")).await, NotFound);
    let mut world = beta_updating().await;
    cancel(&world).await;
    let message = refusal!(environment_cancel(world.api(), &beta).await, Conflict);
    assert!(message.contains("CANCELLING"), "{message}");
    refusal!(environment_delete(world.api(), &beta).await, Conflict);
    let update = update_input("beta", DeploymentType::None);
    refusal!(environment_update(world.api(), update).await, Conflict);
    run(&mut world).await;
    environment_delete(world.api(), &beta).await.expect("cancelled");
    refusal!(environment_cancel(world.api(), &beta).await, Conflict);
    run(&mut world).await;
    refusal!(environment_cancel(world.api(), &beta).await, NotFound);
}

#[tokio::test]
async fn a_first_creation_can_t_be_cancelled() {
    let mut world = World::new();
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    let message = refusal!(environment_cancel(world.api(), &records::name("beta")).await, Conflict);
    assert!(message.contains("being created"), "{message}");
    world.script.creations.push_back("ROLLBACK_COMPLETE");
    run(&mut world).await;
    // Neither can its repetition.
    environment_update(world.api(), update_input("beta", DeploymentType::CurrentVersion))
        .await
        .expect("idle");
    refusal!(environment_cancel(world.api(), &records::name("beta")).await, Conflict);
    run(&mut world).await;
    assert_eq!(status(&world).0, DeploymentStatus::Succeeded);
}

#[tokio::test]
async fn a_stack_that_is_made_anew_can_t_be_cancelled() {
    let mut world = with_beta().await;
    let arn = world.test.cloudformation.stacks()[0].arn.clone();
    world.test.cloudformation.finish(&arn, "DELETE_COMPLETE", &[]);
    environment_update(world.api(), update_input("beta", DeploymentType::CurrentVersion))
        .await
        .expect("idle");
    world.frozen = true;
    world.dies_after = Some(2);
    world.run_until_quiet().await;
    world.frozen = false;
    refusal!(environment_cancel(world.api(), &records::name("beta")).await, Conflict);
    run(&mut world).await;
    assert_eq!(status(&world).0, DeploymentStatus::Succeeded);
}

/// Cancels, if that is possible at the moment.
pub(crate) async fn cancel_if_possible(app: &App) {
    let (beta, shop, one) = (records::name("beta"), records::name("shop"), records::name("one"));
    for result in [
        environment_cancel(app, &beta).await.map(drop),
        service_instance_cancel(app, &shop, &one).await.map(drop),
        service_pipeline_cancel(app, &shop).await.map(drop),
        component_cancel(app, &records::name("queue")).await.map(drop),
    ] {
        match result {
            Ok(()) | Err(protium_app::Error::Conflict(_) | protium_app::Error::NotFound(_)) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// Cancels whatever can be cancelled before a call.
pub(crate) fn cancel_at(world: &World, call: usize) -> Arc<Faults> {
    let app = world.api().clone();
    Faults::interrupt(
        call,
        Box::new(move || {
            let app = app.clone();
            Box::pin(async move { cancel_if_possible(&app).await })
        }),
    )
}

/// Cancels before a call, and notes whether the update of the stack had been begun by then.
fn cancel_and_note(world: &World, call: usize, begun: Arc<Mutex<Option<bool>>>) -> Arc<Faults> {
    let (app, store) = (world.api().clone(), world.test.store.clone());
    Faults::interrupt(
        call,
        Box::new(move || {
            let (app, store, begun) = (app.clone(), store.clone(), begun.clone());
            Box::pin(async move {
                let key = Key::Environment(records::name("beta"));
                let beta: Environment = store.peek(&key).expect("the environment is there");
                let id = beta.deployable.last_attempted_deployment_id;
                let operation = beta.deployable.stack.and_then(|stack| stack.operation);
                let is_begun = operation.is_some_and(|operation| operation.deployment_id == id);
                *begun.lock().expect("one thread") = Some(is_begun);
                cancel_if_possible(&app).await;
            })
        }),
    )
}

/// Whenever the request comes, between any two calls of the work: the deployment is cancelled or has succeeded, and the
/// stack is as the environment says.
#[rstest]
#[case::heard(false)]
#[case::deaf(true)]
#[tokio::test]
async fn a_cancellation_may_come_at_any_moment(#[case] deaf: bool) {
    let mut endings = std::collections::BTreeSet::new();
    for call in 0.. {
        let mut world = beta_updating().await;
        world.deaf = deaf;
        let begun = Arc::new(Mutex::new(None));
        let faults = cancel_and_note(&world, call, begun.clone());
        world.arm(&faults);
        run(&mut world).await;
        let Some(during) = faults.fired() else { break };
        if *begun.lock().expect("one thread") == Some(false) {
            let touched = calls(&world, StackCallKind::Update);
            assert_eq!(touched, 0, "nothing was begun when it was cancelled: {during} (call {call})");
        }
        let (status, message) = status(&world);
        let expected = match status {
            DeploymentStatus::Cancelled => ("1.0", MESSAGE),
            _ => ("1.1", ""),
        };
        let beta = stored(&world.test, "beta");
        assert_eq!((beta.version.to_string().as_str(), message.as_str()), expected, "{during} (call {call})");
        assert!(
            matches!(status, DeploymentStatus::Cancelled | DeploymentStatus::Succeeded),
            "{status} {during}"
        );
        endings.insert(format!("{status} {}", stack_status(&world)));
    }
    let expected =
        ["CANCELLED CREATE_COMPLETE", "CANCELLED UPDATE_ROLLBACK_COMPLETE", "SUCCEEDED UPDATE_COMPLETE"];
    assert_eq!(endings.into_iter().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_request_that_failed_may_be_repeated() {
    let world = beta_updating_stack().await;
    let faults = Faults::none();
    let beta = records::name("beta");
    environment_cancel(&faults.wrap(world.api()), &beta).await.expect("nothing fails");
    for time in [FaultTime::Before, FaultTime::After] {
        for call in 0..faults.calls() {
            let mut world = beta_updating_stack().await;
            let faults = Faults::at(call, time);
            environment_cancel(&faults.wrap(world.api()), &beta).await.expect_err("it is told");
            // It is accepted now, or was accepted before.
            cancel_if_possible(world.api()).await;
            run(&mut world).await;
            assert_eq!(status(&world).0, DeploymentStatus::Cancelled, "{:?} {time:?}", faults.fired());
        }
    }
}

#[tokio::test]
async fn an_instance_keeps_version_and_spec_and_its_service_the_spec() {
    let mut world = with_shop(&["one"]).await;
    let (shop, one) = (records::name("shop"), records::name("one"));
    let before = service_instance_get(world.api(), &shop, &one).await.expect("there");
    let input = ServiceInstanceUpdate {
        service: shop.clone(),
        name: one.clone(),
        deployment_type: DeploymentType::CurrentVersion,
        version: VersionChoice::default(),
        spec: Some(service_spec(&[("one", "beta")]).replace("small", "large")),
        client_token: None,
    };
    service_instance_update(world.api(), input.clone()).await.expect("idle");
    world.frozen = true;
    world.dies_after = Some(2);
    world.run_until_quiet().await;
    world.frozen = false;
    let view = service_instance_cancel(world.api(), &shop, &one).await.expect("in progress");
    assert_eq!(view.instance.deployable.status(), DeploymentStatus::Cancelling);
    refusal!(service_instance_update(world.api(), input.clone()).await, Conflict);
    run(&mut world).await;
    let after = service_instance_get(world.api(), &shop, &one).await.expect("there");
    assert_eq!(after.instance.deployable.status(), DeploymentStatus::Cancelled);
    assert_eq!(after.instance.deployable.status_message(), Some(MESSAGE));
    assert_eq!(after.spec, before.spec);
    let service = protium_app::service::service_get(world.api(), &shop).await.expect("there");
    assert!(!service.spec.contains("large"), "{}", service.spec);
    assert_eq!(world.told("service-instance/one")[2..], ["IN_PROGRESS", "CANCELLING", "CANCELLED"]);
    service_instance_update(world.api(), input).await.expect("cancelled");
    run(&mut world).await;
    assert!(service_instance_get(world.api(), &shop, &one).await.expect("there").spec.contains("large"));
}

/// A pipeline whose stack is being updated; its workflow has died.
pub(crate) async fn pipeline_updating_stack() -> World {
    let mut world = with_piped_shop(&["one"]).await;
    let input = pipeline_update(DeploymentType::CurrentVersion, piped_spec(&[("one", "beta")], "other"));
    service_pipeline_update(world.api(), input).await.expect("idle");
    world.frozen = true;
    world.dies_after = Some(2);
    world.run_until_quiet().await;
    world.frozen = false;
    world
}

#[tokio::test]
async fn a_pipeline_keeps_its_spec_and_its_service_stays_active() {
    let mut world = pipeline_updating_stack().await;
    let shop = records::name("shop");
    let before = pipeline(&world.test).spec;
    let view = service_pipeline_cancel(world.api(), &shop).await.expect("in progress");
    assert_eq!(view.pipeline.deployable.status(), DeploymentStatus::Cancelling);
    refusal!(service_pipeline_cancel(world.api(), &shop).await, Conflict);
    run(&mut world).await;
    let after = pipeline(&world.test);
    assert_eq!(after.deployable.status(), DeploymentStatus::Cancelled);
    assert_eq!((after.deployable.status_message(), after.spec), (Some(MESSAGE), before));
    let service = protium_app::service::service_get(world.api(), &shop).await.expect("there");
    assert!(!service.spec.contains("other"), "{}", service.spec);
    assert_eq!(service.service.status().as_str(), "ACTIVE");
    refusal!(service_pipeline_cancel(world.api(), &records::name("nix")).await, NotFound);
}

#[tokio::test]
async fn a_pipeline_that_waits_for_its_service_is_not_cancelled() {
    let mut world = with_piped_shop(&["one"]).await;
    let shop = records::name("shop");
    let spec = piped_spec(&[("one", "beta"), ("two", "beta")], "src");
    let input =
        protium_app::service::ServiceUpdate { name: shop.clone(), description: None, spec: Some(spec) };
    protium_app::service::service_update(world.api(), input).await.expect("idle");
    let message = refusal!(service_pipeline_cancel(world.api(), &shop).await, Conflict);
    assert!(message.contains("waits for the update of its service"), "{message}");
    run(&mut world).await;
    assert_eq!(pipeline(&world.test).deployable.status(), DeploymentStatus::Succeeded);
}
