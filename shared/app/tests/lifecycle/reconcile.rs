//! What finishes work that died: the sweep, news of executions, the relay, news of stacks.

use std::time::Duration;

use protium_app::environment::environment_create;
use protium_app::ports::{ExecutionState, Key, PortError};
use protium_app::{provision, reconcile, relay, stack_event};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::Deployment;
use protium_domain::intent::{Intent, Workflow};
use protium_domain::service::Service;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::{TemplateVersion, TemplateVersionStatus};
use protium_domain::version::VersionNumber;
use protium_domain::watch::Watch;
use protium_testkit::{TestApp, records};
use serde_json::json;

use crate::environment::{create_input, stored};
use crate::service::with_shop;
use crate::world::World;

/// The creation of `beta` is accepted; nobody has carried out its intent.
async fn accepted() -> World {
    let world = World::new();
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    world
}

fn deployment(test: &TestApp) -> Deployment {
    let id = stored(test, "beta").deployable.last_attempted_deployment_id;
    test.store.peek(&Key::Deployment(id)).expect("is there")
}

fn intent(test: &TestApp) -> Intent {
    test.store.all().into_iter().next().expect("an intent")
}

async fn sweep(world: &World) -> reconcile::SweepReport {
    reconcile::sweep(world.api()).await.expect("the lists can be read")
}

fn started(test: &TestApp) -> Vec<String> {
    test.executions.started().into_iter().map(|start| start.name).collect()
}

#[tokio::test]
async fn an_intent_that_nobody_carried_out_is_carried_out_once_it_is_old() {
    let world = accepted().await;
    world.test.advance(Duration::from_secs(30));
    assert_eq!(sweep(&world).await.intents, 0, "the stream has its chance first");
    world.test.advance(Duration::from_secs(60));
    let report = sweep(&world).await;
    assert_eq!((report.intents, report.oldest_intent), (1, Duration::from_secs(90)));
    assert_eq!(world.test.events.published().len(), 2);
    assert_eq!(started(&world.test), [deployment(&world.test).execution_name()]);
    assert!(world.test.store.all::<Intent>().is_empty());
}

#[tokio::test]
async fn one_item_that_fails_does_not_keep_the_others() {
    let world = accepted().await;
    environment_create(world.api(), create_input("gamma")).await.expect("valid");
    world.test.advance(Duration::from_secs(90));
    let broken = PortError::Failed { operation: "events:PutEvents", message: "no such bus".to_owned() };
    world.test.events.fail_next(broken);
    let report = sweep(&world).await;
    assert_eq!((report.intents, report.failures), (1, 1));
    assert_eq!(sweep(&world).await.intents, 1, "the next sweep comes back to it");
}

#[tokio::test]
async fn a_relay_that_dies_before_the_end_repeats_events_but_no_workflow() {
    let world = accepted().await;
    let intent = intent(&world.test);
    let dead = PortError::Failed { operation: "dynamodb:TransactWriteItems", message: "killed".to_owned() };
    world.test.store.fail_next_commit(dead.into());
    assert!(relay::carry_out(world.api(), &intent).await.is_err());
    assert_eq!(world.test.store.all::<Intent>().len(), 1, "it stays");
    relay::carry_out(world.api(), &intent).await.expect("nothing fails");
    relay::carry_out(world.api(), &intent).await.expect("a late record of the stream");
    let published = world.test.events.published();
    assert_eq!(published.len(), 6);
    assert_eq!(published[..2], published[2..4], "with the same sequence");
    assert_eq!(started(&world.test).len(), 1);
    assert!(world.test.store.all::<Intent>().is_empty());
}

#[tokio::test]
async fn work_that_runs_is_only_watched_on() {
    let world = accepted().await;
    relay::carry_out(world.api(), &intent(&world.test)).await.expect("nothing fails");
    assert_eq!(sweep(&world).await.checked, 0, "nothing is due yet");
    world.test.advance(Watch::FIRST);
    let report = sweep(&world).await;
    assert_eq!((report.checked, report.restarted), (1, 0));
    let watch = deployment(&world.test).watch.expect("open");
    assert_eq!((watch.attempt, watch.due_at), (1, world.test.now().plus(Watch::FIRST)));
    assert!(world.test.store.all::<Intent>().is_empty());
    assert_eq!(sweep(&world).await.checked, 0);
}

#[tokio::test]
async fn work_whose_execution_is_absent_is_started_under_the_same_name() {
    let mut world = accepted().await;
    let _ = world.test.drain_intents();
    world.test.advance(Watch::FIRST);
    assert_eq!(sweep(&world).await.restarted, 1);
    let name = deployment(&world.test).execution_name();
    assert!(name.ends_with("-1"), "{name}");
    world.run().await;
    assert_eq!(started(&world.test), [name]);
    assert_eq!(stored(&world.test, "beta").deployable.status(), DeploymentStatus::Succeeded);
}

#[tokio::test]
async fn work_whose_execution_died_is_started_under_a_new_name_and_given_up_after_the_last_attempt() {
    let mut world = accepted().await;
    for attempt in 1..=Watch::MOST_ATTEMPTS {
        world.dies_after = Some(1);
        world.run_until_quiet().await;
        assert_eq!(deployment(&world.test).watch.expect("open").attempt, attempt);
        world.test.advance(Watch::LONGEST);
        let report = sweep(&world).await;
        assert_eq!(report.restarted, usize::from(attempt < Watch::MOST_ATTEMPTS));
    }
    world.run().await;
    world.check();
    let beta = stored(&world.test, "beta").deployable;
    assert_eq!(beta.status(), DeploymentStatus::Failed);
    assert!(beta.status_message().is_some_and(|message| message.contains("died repeatedly")));
    let id = &deployment(&world.test).id;
    let names: Vec<_> = (1..=Watch::MOST_ATTEMPTS).map(|attempt| format!("{id}-{attempt}")).collect();
    assert_eq!(started(&world.test), names);
}

#[tokio::test]
async fn news_of_a_dead_execution_restarts_its_work_at_once() {
    let mut world = accepted().await;
    world.dies_after = Some(1);
    world.run_until_quiet().await;
    let dead = deployment(&world.test).execution_name();
    let input = json!({"deploymentId": deployment(&world.test).id});
    reconcile::execution_ended(world.api(), Workflow::Provision, &dead, &input).await.expect("nothing fails");
    assert_eq!(deployment(&world.test).watch.expect("open").attempt, 2);
    // The same news again, and news of nothing of ours.
    for (name, input) in
        [(dead.as_str(), &input), ("other", &json!({})), ("other", &json!({"deploymentId": 1}))]
    {
        let late = reconcile::execution_ended(world.api(), Workflow::Provision, name, input).await;
        late.expect("nothing fails");
    }
    assert_eq!(deployment(&world.test).watch.expect("open").attempt, 2);
    world.run().await;
    world.check();
    let closed = reconcile::execution_ended(world.api(), Workflow::Provision, &dead, &input).await;
    closed.expect("nothing is left to do");
    assert!(world.test.drain_intents().is_empty());
}

#[tokio::test]
async fn a_service_s_execution_is_restarted_with_the_deployments_that_are_still_open() {
    let mut world = with_shop(&["one"]).await;
    protium_app::service::service_delete(world.api(), &records::name("shop")).await.expect("idle");
    let _ = world.test.drain_intents();
    let operation = crate::service::stored(&world.test, "shop").operation.expect("at work");
    world.test.executions.set(Workflow::Service, operation.execution_name(), ExecutionState::Ended);
    let input = json!({"serviceName": "shop", "operationId": operation.id});
    let news =
        reconcile::execution_ended(world.api(), Workflow::Service, &operation.execution_name(), &input).await;
    news.expect("nothing fails");
    let intent = intent(&world.test);
    let [start] = intent.workflows.as_slice() else { panic!("{intent:?}") };
    assert_eq!(start.name, format!("{}-2", operation.id));
    assert_eq!(start.input["deployments"].as_array().map(Vec::len), Some(1));
    world.run().await;
    assert!(world.test.store.all::<Service>().is_empty());
}

#[tokio::test]
async fn a_registration_whose_execution_died_is_restarted_and_given_up_at_last() {
    let test = TestApp::new();
    let number = VersionNumber::new(1, 0);
    let kind = TemplateKind::Environment;
    test.seed(records::version_registering(kind, "net", number, test.now()));
    let key = Key::TemplateVersion(kind, records::name("net"), number);
    let version = || -> TemplateVersion { test.store.peek(&key).expect("is there") };
    for attempt in 1..=Watch::MOST_ATTEMPTS {
        let watch = version().watch.expect("registration is in progress");
        assert_eq!(watch.attempt, attempt);
        let name = protium_app::workflow::publish_name(&version(), attempt);
        test.executions.set(Workflow::Publish, name, ExecutionState::Ended);
        test.advance(Watch::LONGEST);
        reconcile::sweep(&test.app).await.expect("the lists can be read");
    }
    assert_eq!(version().status(), TemplateVersionStatus::RegistrationFailed);
    assert!(version().status_message().is_some_and(|message| message.contains("died repeatedly")));
    assert!(version().watch.is_none());
}

#[tokio::test]
async fn news_of_a_stack_wakes_who_waits_and_nobody_else() {
    let world = accepted().await;
    let id = deployment(&world.test).id;
    provision::render(world.api(), &id).await.expect("nothing fails");
    provision::start(world.api(), &id, "one").await.expect("nothing fails");
    assert!(world.test.task_tokens.resumed().is_empty(), "the stack is at work");
    let arn = stored(&world.test, "beta").deployable.stack.and_then(|stack| stack.arn).expect("made");
    let other = "arn:aws:cloudformation:eu-west-1:111122223333:stack/AWSProton-other/1";
    for unknown in [other, "arn:aws:s3:::bucket", ""] {
        stack_event::heard(world.api(), unknown).await.expect("none of our business");
    }
    assert!(world.test.task_tokens.resumed().is_empty());
    stack_event::heard(world.api(), &arn).await.expect("nothing fails");
    assert_eq!(world.test.task_tokens.resumed(), [("one".to_owned(), json!({"outcome": "WAIT"}))]);
    provision::observe(world.api(), &id, "two").await.expect("nothing fails");
    stack_event::heard(world.api(), &arn).await.expect("nothing fails");
    let last = world.test.task_tokens.resumed().pop();
    assert_eq!(last, Some(("two".to_owned(), json!({"outcome": "WAIT"}))), "the newest wait");
}

#[tokio::test]
async fn forged_news_costs_a_look_and_nothing_else() {
    let mut world = accepted().await;
    world.deaf = true;
    let id = deployment(&world.test).id;
    provision::render(world.api(), &id).await.expect("nothing fails");
    provision::start(world.api(), &id, "one").await.expect("nothing fails");
    let arn = stored(&world.test, "beta").deployable.stack.and_then(|stack| stack.arn).expect("made");
    stack_event::heard(world.api(), &arn).await.expect("nothing fails");
    provision::observe(world.api(), &id, "two").await.expect("nothing fails");
    assert_eq!(
        world.test.task_tokens.resumed().len(),
        1,
        "the stack is still at work: nobody is told otherwise"
    );
    assert_eq!(stored(&world.test, "beta").deployable.status(), DeploymentStatus::InProgress);
}
