//! One trace from the request to the stack, and one record of every call that changed something.

use protium_app::account::{SettingsUpdate, settings_update};
use protium_app::environment::{environment_create, environment_update};
use protium_app::ports::{Deployed, JournalEntry};
use protium_app::service::service_create;
use protium_app::target_version::DeploymentType;
use protium_app::{App, Call, Origin, relay};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::Deployment;
use protium_domain::event::StatusEvent;
use protium_domain::intent::Intent;
use protium_domain::provisioning::TRACE_TAG;
use protium_domain::service_instance::ServiceInstance;
use protium_testkit::records;
use serde_json::json;

use crate::environment::{create_input, update_input, with_beta};
use crate::service::service_input;
use crate::world::{ENVIRONMENT, World};

const TRACE: &str = "1-5759e988-bd862e3fe1be46a994272793";
const HEADER: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
const OTHER: &str = "Root=1-5759e988-bd862e3fe1be46a994272794";
const BETA: &str = "arn:aws:proton:eu-west-1:111122223333:environment/beta";

/// The app as a call of the API gets it.
fn called(app: &App, header: &str) -> App {
    let call = Call {
        operation: Some("CreateEnvironment"),
        is_mutating: true,
        caller: Some("arn:aws:iam::111122223333:user/alice".to_owned()),
        account: Some("111122223333".to_owned()),
        source_ip: Some("192.0.2.1".to_owned()),
        user_agent: Some("aws-cli".to_owned()),
        resource: Some(BETA.to_owned()),
    };
    app.because_of(Origin {
        trace: Some(header.parse().expect("a header")),
        request_id: Some("request-1".to_owned()),
        call: Some(call),
    })
}

fn only<T>(mut all: Vec<T>) -> T {
    assert_eq!(all.len(), 1);
    all.pop().expect("one")
}

fn ended(world: &World) -> Vec<Deployed> {
    let told = world.test.journal.drain().into_iter();
    told.filter_map(|(_, entry)| match entry {
        JournalEntry::Deployed(deployed) => Some(deployed),
        _ => None,
    })
    .collect()
}

fn audited(events: &[StatusEvent]) -> Vec<&StatusEvent> {
    events.iter().filter(|event| event.detail_type == "Protium API Call").collect()
}

#[tokio::test]
async fn intent_and_execution_carry_the_trace_of_the_request() {
    let world = World::new();
    environment_create(&called(world.api(), HEADER), create_input("beta")).await.expect("accepted");
    let intent: Intent = only(world.test.store.all());
    assert_eq!(intent.trace.map(|trace| trace.to_string()).as_deref(), Some(HEADER));
    let start = only(intent.workflows.clone());
    assert_eq!(start.input["trace"], TRACE);

    relay::carry_out(world.api(), &intent).await.expect("nothing fails");
    assert_eq!(only(world.test.executions.traces()).map(|trace| trace.to_string()).as_deref(), Some(HEADER));
    let (_, relayed) = only(world.test.journal.drain());
    assert!(
        matches!(&relayed, JournalEntry::Relayed { trace, executions, .. }
            if *trace == TRACE.parse().ok() && *executions == [start.name]),
        "{relayed:?}"
    );
}

#[tokio::test]
async fn deployment_and_stack_carry_the_trace_of_the_request() {
    let mut world = World::new();
    environment_create(&called(world.api(), HEADER), create_input("beta")).await.expect("accepted");
    world.run().await;
    let deployment: Deployment = only(world.test.store.all());
    assert_eq!(deployment.trace, TRACE.parse().ok());
    let told = only(ended(&world));
    assert_eq!((told.id, told.trace, told.resource.as_str()), (deployment.id, TRACE.parse().ok(), BETA));
    assert_eq!((told.resource_type, told.status), ("ENVIRONMENT", DeploymentStatus::Succeeded));
    let stack = only(world.test.cloudformation.stacks());
    assert!(stack.tags.contains(&(TRACE_TAG.to_owned(), TRACE.to_owned())), "{:?}", stack.tags);
}

/// A tag that changed with each update would change every resource of the stack.
#[tokio::test]
async fn an_update_keeps_the_stack_s_tag() {
    let mut world = World::new();
    environment_create(&called(world.api(), HEADER), create_input("beta")).await.expect("accepted");
    world.run().await;
    world.publish(ENVIRONMENT, "net", "1.1", "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n");
    let api = called(world.api(), OTHER);
    environment_update(&api, update_input("beta", DeploymentType::MinorVersion)).await.expect("idle");
    world.run().await;
    let traces: Vec<_> = ended(&world).into_iter().map(|told| told.trace.map(|id| id.to_string())).collect();
    assert_eq!(traces, [Some(TRACE.to_owned()), Some(TRACE.replace("793", "794"))]);
    let stack = only(world.test.cloudformation.stacks());
    assert!(stack.tags.contains(&(TRACE_TAG.to_owned(), TRACE.to_owned())), "{:?}", stack.tags);
}

/// Whatever the steps of a service begin, and whatever dies meanwhile.
#[tokio::test]
async fn all_deployments_of_a_service_carry_the_trace_of_the_request() {
    for dies_after in [None, Some(0), Some(2), Some(5)] {
        let mut world = with_beta().await;
        let _ = ended(&world);
        world.dies_after = dies_after;
        let input = service_input("shop", &[("one", "beta"), ("two", "beta")]);
        service_create(&called(world.api(), HEADER), input).await.expect("accepted");
        world.run_until_quiet().await;
        let told = ended(&world);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told.iter().all(|told| told.trace == TRACE.parse().ok()), "{dies_after:?}: {told:?}");
        let instances: Vec<ServiceInstance> = world.test.store.all();
        let stacks = instances.iter().filter_map(|instance| instance.deployable.stack.as_ref());
        assert!(stacks.clone().count() == 2 && stacks.clone().all(|stack| stack.trace == TRACE.parse().ok()));
    }
}

#[tokio::test]
async fn a_call_s_record_is_committed_with_what_it_changed() {
    let mut world = World::new();
    environment_create(&called(world.api(), HEADER), create_input("beta")).await.expect("accepted");
    let at = world.test.now().as_millis();
    let intent: Intent = only(world.test.store.all());
    let record = only(audited(&intent.events));
    assert_eq!(record.resource.as_deref(), Some(BETA));
    assert_eq!(
        record.detail,
        json!({
            "at": at, "operation": "CreateEnvironment", "resource": BETA,
            "caller": "arn:aws:iam::111122223333:user/alice", "account": "111122223333",
            "sourceIp": "192.0.2.1", "userAgent": "aws-cli",
            "requestId": "request-1", "trace": TRACE, "outcome": "Success",
        })
    );
    world.run().await;
    // What Protium does by itself is nobody's call.
    assert_eq!(audited(&world.test.events.published()).len(), 1);
}

/// It publishes nothing else, so its intent has the record alone.
#[tokio::test]
async fn a_call_without_events_has_its_record_too() {
    let world = World::new();
    let input = SettingsUpdate {
        pipeline_service_role_arn: Some(records::ROLE_ARN.to_owned()),
        ..SettingsUpdate::default()
    };
    settings_update(&called(world.api(), HEADER), input).await.expect("allowed");
    let intent: Intent = only(world.test.store.all());
    assert_eq!(audited(&intent.events).len(), intent.events.len());
    relay::carry_out(world.api(), &intent).await.expect("nothing fails");
    assert_eq!(audited(&world.test.events.published()).len(), 1);
}
