//! What operators read of a request: one entry each, whoever refused it, and nothing of what people wrote.

use std::sync::{Arc, Mutex};

use protium_app::ports::{Fault, JournalEntry, PortError};
use protium_app::{Call, Origin};
use protium_testkit::TestApp;
use protium_wire::Operation;
use rstest::rstest;
use serde_json::{Map, Value, json};
use tracing::Level;

use super::{event, send};

const X_RAY: &str = "1-5759e988-bd862e3fe1be46a994272793";
const W3C: &str = "00-5759e988bd862e3fe1be46a994272794-53995c3f42cd8ad8-01";

/// The one entry of one request: where it came from, and why it failed if it did.
async fn told(test: &TestApp, event: Value) -> (Origin, Option<Fault>) {
    let _ = test.journal.drain();
    send(test, event).await;
    let mut told = test.journal.drain();
    assert_eq!(told.len(), 1, "{told:?}");
    match told.pop() {
        Some((origin, JournalEntry::Answered { fault, .. })) => (origin, fault),
        other => panic!("{other:?}"),
    }
}

fn call(origin: &Origin) -> &Call {
    origin.call.as_ref().expect("a call")
}

#[tokio::test]
async fn who_asks_for_what_is_told() {
    let test = TestApp::new();
    let (origin, fault) = told(&test, event("CreateEnvironmentTemplate", r#"{"name": "net"}"#)).await;
    assert_eq!(fault, None);
    assert_eq!(origin.request_id.as_deref(), Some("request-1"));
    let expected = Call {
        operation: Some("CreateEnvironmentTemplate"),
        is_mutating: true,
        caller: Some("arn:aws:iam::111122223333:user/alice".to_owned()),
        account: Some("111122223333".to_owned()),
        source_ip: Some("192.0.2.1".to_owned()),
        user_agent: Some("x".to_owned()),
        resource: Some("arn:aws:proton:eu-west-1:111122223333:environment-template/net".to_owned()),
    };
    assert_eq!(call(&origin), &expected);
    let (origin, _) = told(&test, event("ListEnvironmentTemplates", "{}")).await;
    assert!(!call(&origin).is_mutating && call(&origin).resource.is_none());
}

#[rstest]
#[case::by_a_rule("CreateEnvironmentTemplate", r#"{"name": "!"}"#, "ValidationException")]
#[case::by_the_use_case("GetEnvironmentTemplate", r#"{"name": "net"}"#, "ResourceNotFoundException")]
#[case::by_the_protocol("CreateEnvironmentTemplate", "{", "SerializationException")]
#[tokio::test]
async fn refusals_are_told_by_their_class(
    #[case] operation: &str,
    #[case] body: &str,
    #[case] class: &'static str,
) {
    let (origin, fault) = told(&TestApp::new(), event(operation, body)).await;
    assert_eq!(fault, Some(Fault { class, causes: None }));
    assert_eq!(call(&origin).operation, Some(operation));
}

/// Nobody is served who has no name; who tried is told as far as it is known.
#[tokio::test]
async fn who_is_denied_is_told() {
    let mut unsigned = event("DeleteEnvironment", r#"{"name": "beta"}"#);
    unsigned["requestContext"]["authorizer"] = Value::Null;
    let (origin, fault) = told(&TestApp::new(), unsigned).await;
    assert_eq!(fault, Some(Fault { class: "AccessDeniedException", causes: None }));
    assert_eq!(
        (call(&origin).caller.as_deref(), call(&origin).source_ip.as_deref()),
        (None, Some("192.0.2.1"))
    );
    assert!(call(&origin).is_mutating);

    let mut foreign = event("DeleteEnvironment", r#"{"name": "beta"}"#);
    foreign["requestContext"]["authorizer"]["iam"]["accountId"] = json!("222233334444");
    let (origin, fault) = told(&TestApp::new(), foreign).await;
    assert_eq!(fault.map(|fault| fault.class), Some("AccessDeniedException"));
    assert_eq!(call(&origin).account.as_deref(), Some("222233334444"));
    assert_eq!(
        call(&origin).resource.as_deref(),
        Some("arn:aws:proton:eu-west-1:111122223333:environment/beta")
    );
}

#[tokio::test]
async fn a_fault_of_ours_is_told_with_its_causes() {
    let test = TestApp::new();
    let fault =
        PortError::Failed { operation: "dynamodb:TransactWriteItems", message: "no such table".into() };
    test.store.fail_next_commit(fault.into());
    let (_, fault) = told(&test, event("CreateEnvironmentTemplate", r#"{"name": "net"}"#)).await;
    let fault = fault.expect("it failed");
    assert_eq!(fault.class, "InternalServerException");
    assert!(fault.causes.expect("causes").contains("no such table"));
}

/// Lambda's own trace goes before what the client says of its; a request without any gets one.
#[rstest]
#[case(Some(X_RAY), &[("traceparent", W3C)], Some(X_RAY))]
#[case(None, &[("x-amzn-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793"), ("traceparent", W3C)], Some(X_RAY))]
#[case(None, &[("traceparent", W3C)], Some("1-5759e988-bd862e3fe1be46a994272794"))]
#[case(None, &[("traceparent", "nonsense")], None)]
#[case(None, &[], None)]
#[tokio::test]
async fn every_request_has_a_trace(
    #[case] lambda: Option<&str>,
    #[case] headers: &[(&str, &str)],
    #[case] expected: Option<&str>,
) {
    let mut test = TestApp::new();
    let trace = lambda.and_then(|id| format!("Root={id};Sampled=1").parse().ok());
    test.app = test.app.because_of(Origin { trace, ..Origin::default() });
    let mut request = event("ListEnvironments", "{}");
    request["headers"].as_object_mut().expect("headers").remove("x-amzn-trace-id");
    for (name, value) in headers {
        request["headers"][name] = json!(value);
    }
    let (origin, _) = told(&test, request).await;
    let trace = origin.trace.expect("every request has one").id.to_string();
    assert_eq!(trace, expected.map_or(trace.clone(), ToOwned::to_owned));
}

/// Any text of any input, well formed or not, may be a secret: the journal repeats names and nothing else.
#[tokio::test]
async fn what_people_write_is_not_told() {
    const SECRET: &str = "!secret: s3cr3t!";
    let test = TestApp::new();
    let log = Log::default();
    let lines = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(Level::TRACE).with_writer(move || lines.clone());
    let _guard = tracing::subscriber::set_default(subscriber.finish());
    for operation in Operation::ALL {
        let members = operation.description().input.members().iter();
        let input: Map<String, Value> =
            members.map(|member| (member.name.to_owned(), json!(SECRET))).collect();
        let input = Value::Object(input);
        for body in [input.to_string(), format!("{{\"spec\": \"{SECRET}\""), json!(SECRET).to_string()] {
            let (origin, fault) = told(&test, event(operation.name(), &body)).await;
            let told = format!("{origin:?} {fault:?}");
            assert!(!told.contains("s3cr3t"), "{operation}: {told}");
        }
    }
    assert!(!log.text().contains("s3cr3t"), "{}", log.text());
}

/// What is logged beside the journal.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("nobody panicked")).into_owned()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panicked").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
