//! What a request needs before any operation sees it, and what every answer has.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use protium_app::ports::PortError;
use protium_testkit::TestApp;
use rstest::rstest;
use serde_json::{Value, json};

use super::{call, event, send};

#[tokio::test]
async fn a_body_may_be_base64() {
    let test = TestApp::new();
    let mut encoded = event("CreateEnvironmentTemplate", "");
    encoded["body"] = STANDARD.encode(r#"{"name": "net"}"#).into();
    encoded["isBase64Encoded"] = true.into();
    let answer = send(&test, encoded).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["environmentTemplate"]["name"], "net");
}

#[tokio::test]
async fn no_body_is_an_empty_input() {
    let test = TestApp::new();
    let mut empty = event("ListEnvironmentTemplates", "");
    empty.as_object_mut().expect("an object").remove("body");
    let answer = send(&test, empty).await;
    assert_eq!(answer.body, json!({"templates": []}));
}

#[rstest]
#[case::no_authorizer("/requestContext/authorizer", Value::Null)]
#[case::no_iam("/requestContext/authorizer/iam", Value::Null)]
#[case::no_arn("/requestContext/authorizer/iam/userArn", Value::Null)]
#[case::empty_arn("/requestContext/authorizer/iam/userArn", json!(""))]
#[case::no_account("/requestContext/authorizer/iam/accountId", Value::Null)]
#[tokio::test]
async fn who_has_no_name_is_denied(#[case] pointer: &str, #[case] value: Value) {
    let test = TestApp::new();
    let mut unsigned = event("CreateEnvironmentTemplate", r#"{"name": "net"}"#);
    *unsigned.pointer_mut(pointer).expect("is there") = value;
    let answer = send(&test, unsigned).await;
    assert_eq!((answer.status, answer.kind.as_str()), (400, "AccessDeniedException"));
    let message = answer.body["message"].as_str().expect("a text");
    assert!(message.contains("is not authorized to perform: proton:CreateEnvironmentTemplate"), "{message}");
    assert!(test.store.everything().is_empty());
}

#[rstest]
#[case::not_base64("isBase64Encoded", json!(true), 400, "SerializationException")]
#[case::not_json("body", json!("{"), 400, "SerializationException")]
#[case::too_large("body", json!(" ".repeat(1_048_577)), 413, "RequestEntityTooLargeException")]
#[case::other_type("headers", json!({"content-type": "application/json"}), 415, "UnsupportedMediaTypeException")]
#[case::no_target("headers", json!({"content-type": "application/x-amz-json-1.0"}), 400, "UnknownOperationException")]
#[tokio::test]
async fn malformed_requests_are_told_so(
    #[case] member: &str,
    #[case] value: Value,
    #[case] status: i64,
    #[case] kind: &str,
) {
    let mut malformed = event("GetEnvironmentTemplate", "{]");
    malformed[member] = value;
    let answer = send(&TestApp::new(), malformed).await;
    assert_eq!((answer.status, answer.kind.as_str()), (status, kind), "{}", answer.body);
}

#[tokio::test]
async fn header_names_have_no_case() {
    let mut shouting = event("ListServiceTemplates", "{}");
    shouting["headers"] = json!({
        "Content-Type": "application/x-amz-json-1.0; charset=utf-8",
        "X-Amz-Target": "AwsProton20200720.ListServiceTemplates",
    });
    assert_eq!(send(&TestApp::new(), shouting).await.status, 200);
}

#[tokio::test]
async fn a_fault_below_is_an_internal_failure_without_details() {
    let test = TestApp::new();
    test.store.fail_next_read(PortError::Failed { operation: "dynamodb:GetItem", message: "secret".into() });
    let answer = call(&test, "GetEnvironmentTemplate", json!({"name": "net"})).await;
    assert_eq!((answer.status, answer.kind.as_str()), (500, "InternalServerException"));
    assert_eq!(answer.body["message"], "Internal service failure");
    test.store.fail_next_read(PortError::Throttled("secret".into()));
    let answer = call(&test, "GetEnvironmentTemplate", json!({"name": "net"})).await;
    assert_eq!((answer.status, answer.kind.as_str()), (400, "ThrottlingException"));
}
