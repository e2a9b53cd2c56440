//! The wire protocol: behaviour 0 and 14.

use serde_json::json;

use crate::support::http::{JSON, Request};
use crate::support::protium::with_protium;
use crate::support::unique;

const LIST: &str = "AwsProton20200720.ListEnvironments";

#[test]
fn an_operation_that_proton_does_not_have_is_unknown() {
    with_protium(async |protium| {
        let url = &protium.outputs.proton_endpoint;
        for target in ["AwsProton20200720.MakeCoffee", "SomethingElse.ListEnvironments", "nonsense"] {
            let request = Request::post(url).header("content-type", JSON).header("x-amz-target", target);
            let answer = request.body("{}").send().await;
            assert_eq!(
                (answer.status, answer.code()),
                (400, "UnknownOperationException"),
                "{target}: {answer:?}"
            );
        }
        let answer = Request::post(url).header("content-type", JSON).body("{}").send().await;
        assert_eq!(answer.code(), "UnknownOperationException", "{answer:?}");
        assert!(answer.message().contains("X-Amz-Target"), "{answer:?}");
    });
}

#[test]
fn a_body_that_is_no_json_is_refused() {
    with_protium(async |protium| {
        for body in ["{", "not json", "[]", "\"text\"", "{\"a\":1}trailing"] {
            let request = Request::post(&protium.outputs.proton_endpoint);
            let request = request.header("content-type", JSON).header("x-amz-target", LIST);
            let answer = request.body(body).send().await;
            assert_eq!((answer.status, answer.code()), (400, "SerializationException"), "{body}: {answer:?}");
        }
    });
}

#[test]
fn another_content_type_is_refused() {
    with_protium(async |protium| {
        for content_type in ["application/json", "application/x-amz-json-1.1", "text/plain"] {
            let request = Request::post(&protium.outputs.proton_endpoint);
            let request = request.header("content-type", content_type).header("x-amz-target", LIST);
            let answer = request.body("{}").send().await;
            assert_eq!((answer.status, answer.code()), (415, "UnsupportedMediaTypeException"), "{answer:?}");
            assert!(answer.message().contains(JSON), "{answer:?}");
        }
    });
}

#[test]
fn a_body_over_a_megabyte_is_refused() {
    with_protium(async |protium| {
        let body = json!({"nextToken": "a".repeat(1_048_576)});
        let answer =
            Request::operation(&protium.outputs.proton_endpoint, "ListEnvironments", &body).send().await;
        assert_eq!(
            (answer.status, answer.code()),
            (413, "RequestEntityTooLargeException"),
            "{}",
            answer.status
        );
    });
}

#[test]
fn an_unsigned_request_is_forbidden() {
    with_protium(async |protium| {
        let request = Request::operation(&protium.outputs.proton_endpoint, "ListEnvironments", &json!({}));
        let answer = request.unsigned().send().await;
        assert_eq!(answer.status, 403, "{answer:?}");
    });
}

#[test]
fn signatures_for_execute_api_are_accepted_as_on_aws() {
    with_protium(async |protium| {
        let request = Request::operation(&protium.outputs.api_endpoint, "ListEnvironments", &json!({}));
        let answer = request.signed_for("execute-api").send().await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.headers["content-type"], JSON);
        assert!(answer.headers.contains_key("x-amzn-requestid"), "{:?}", answer.headers);
    });
}

#[test]
fn a_refused_input_names_every_broken_constraint() {
    with_protium(async |protium| {
        let body = json!({
            "name": "-not a name",
            "templateName": "",
            "spec": "",
            "templateMinorVersion": "01",
        });
        let answer =
            Request::operation(&protium.outputs.proton_endpoint, "CreateEnvironment", &body).send().await;
        assert_eq!((answer.status, answer.code()), (400, "ValidationException"), "{answer:?}");
        assert_eq!(answer.body["__type"], "com.amazonaws.proton.v20200720#ValidationException");
        let message = answer.message();
        assert!(message.contains("validation errors detected: "), "{message}");
        for member in
            ["'name'", "'templateName'", "'spec'", "'templateMinorVersion'", "'templateMajorVersion'"]
        {
            assert!(
                message.contains(&format!("at {member} failed to satisfy constraint: ")),
                "{member}: {message}"
            );
        }
    });
}

#[test]
fn one_broken_constraint_is_told_in_the_singular() {
    with_protium(async |protium| {
        let body = json!({"name": "!"});
        let answer =
            Request::operation(&protium.outputs.proton_endpoint, "GetEnvironment", &body).send().await;
        let expected = "1 validation error detected: Value '!' at 'name' failed to satisfy constraint: ";
        assert!(answer.message().starts_with(expected), "{answer:?}");
    });
}

#[test]
fn what_does_not_exist_is_not_found_with_status_400() {
    with_protium(async |protium| {
        let body = json!({"name": unique("nothing")});
        let answer =
            Request::operation(&protium.outputs.proton_endpoint, "GetEnvironment", &body).send().await;
        assert_eq!((answer.status, answer.code()), (400, "ResourceNotFoundException"), "{answer:?}");
        assert!(answer.message().contains(body["name"].as_str().unwrap()), "{answer:?}");
    });
}

#[test]
fn times_are_numbers_and_members_without_value_are_left_out() {
    with_protium(async |protium| {
        let body = json!({"name": unique("template")});
        let request =
            Request::operation(&protium.outputs.proton_endpoint, "CreateEnvironmentTemplate", &body);
        let answer = request.send().await;
        let template = answer.body["environmentTemplate"].as_object().expect("the template");
        assert!(template["createdAt"].as_f64().is_some_and(|seconds| seconds > 1.7e9), "{template:?}");
        assert!(!template.contains_key("displayName"), "{template:?}");
        assert!(template.values().all(|value| !value.is_null()), "{template:?}");
    });
}
