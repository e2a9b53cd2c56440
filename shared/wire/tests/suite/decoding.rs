//! From header and body to an operation with a typed input, and from any bytes never to a panic.

use proptest::prelude::*;
use protium_wire::{
    ErrorCode, Operation, Timestamp,
    common::{DeploymentStatus, TemplateVersionSourceInput},
    decode,
    deployment::DeploymentState,
    environment::{CreateEnvironmentInput, Environment, GetEnvironmentInput},
    environment_template::CreateEnvironmentTemplateVersionInput,
    operations::Request,
    protocol, validate,
};
use rstest::rstest;
use serde_json::{Value, json};

const TARGET: Option<&str> = Some("AwsProton20200720.GetEnvironment");
const JSON: Option<&str> = Some("application/x-amz-json-1.0");

#[rstest]
#[case::no_target(None, JSON, b"{}", ErrorCode::UnknownOperation)]
#[case::other_service(Some("DynamoDB_20120810.GetItem"), JSON, b"{}", ErrorCode::UnknownOperation)]
#[case::no_such_operation(Some("AwsProton20200720.Deploy"), JSON, b"{}", ErrorCode::UnknownOperation)]
#[case::no_content_type(TARGET, None, b"{}", ErrorCode::UnsupportedMediaType)]
#[case::other_content_type(TARGET, Some("application/json"), b"{}", ErrorCode::UnsupportedMediaType)]
#[case::no_json(TARGET, JSON, b"{\"name\"", ErrorCode::Serialization)]
#[case::no_utf8(TARGET, JSON, b"{\"name\": \"\xff\"}", ErrorCode::Serialization)]
#[case::too_deep(TARGET, JSON, &[b'['; 1000], ErrorCode::Serialization)]
#[case::too_large(TARGET, JSON, &[b' '; protocol::BODY_LIMIT + 1], ErrorCode::RequestEntityTooLarge)]
fn what_is_no_request_of_proton(
    #[case] target: Option<&str>,
    #[case] content_type: Option<&str>,
    #[case] body: &[u8],
    #[case] expected: ErrorCode,
) {
    let error = protocol::request(target, content_type, body).unwrap_err();
    assert_eq!(error.code, expected, "{}", error.message);
    assert!(!error.message.is_empty());
}

#[rstest]
#[case::nothing(b"")]
#[case::blank(b" \n")]
#[case::null(b"null")]
#[case::empty(b"{}")]
#[case::as_large_as_allowed(&[b' '; protocol::BODY_LIMIT])]
fn an_empty_body_is_an_empty_input(#[case] body: &[u8]) {
    let request = protocol::request(TARGET, Some("Application/X-Amz-Json-1.0; charset=utf-8"), body).unwrap();
    assert_eq!(request, (Operation::GetEnvironment, json!({})));
}

#[test]
fn a_syntax_error_says_where_and_quotes_nothing() {
    let error = protocol::request(TARGET, JSON, b"{\n  \"spec\": secret}").unwrap_err();
    assert_eq!(error.message, "The request body is no valid JSON at line 2, column 11.");
}

#[test]
fn unknown_members_and_nulls_are_as_absent() {
    let input: CreateEnvironmentInput = decode(&json!({
        "name": "staging", "spec": "s", "templateName": "vpc", "templateMajorVersion": "1",
        "description": null, "shiny": {"new": [1]},
    }))
    .unwrap();
    assert_eq!((input.name.as_str(), input.description), ("staging", None));
}

#[test]
fn a_union_is_an_enum_and_ignores_what_it_does_not_know() {
    let input: CreateEnvironmentTemplateVersionInput = decode(&json!({
        "templateName": "vpc", "source": {"__type": "x", "s3": {"bucket": "my-bucket", "key": "a.tar.gz"}},
    }))
    .unwrap();
    let TemplateVersionSourceInput::S3(object) = input.source;
    assert_eq!((object.bucket.as_str(), object.key.as_str()), ("my-bucket", "a.tar.gz"));
}

fn environment() -> Environment {
    Environment {
        arn: "arn:aws:proton:eu-west-1:111122223333:environment/staging".into(),
        codebuild_role_arn: None,
        component_role_arn: None,
        created_at: Timestamp::from_millis(1_600_000_000_123),
        deployment_status: DeploymentStatus::InProgress,
        deployment_status_message: None,
        description: Some("for trials".into()),
        environment_account_connection_id: None,
        environment_account_id: None,
        last_attempted_deployment_id: None,
        last_deployment_attempted_at: Timestamp::from_millis(1_600_000_000_123),
        last_deployment_succeeded_at: None,
        last_succeeded_deployment_id: None,
        name: "staging".into(),
        proton_service_role_arn: None,
        provisioning: None,
        provisioning_repository: None,
        spec: None,
        template_major_version: "1".into(),
        template_minor_version: "0".into(),
        template_name: "vpc".into(),
    }
}

#[test]
fn answers_leave_out_what_has_no_value() {
    let expected = json!({
        "arn": "arn:aws:proton:eu-west-1:111122223333:environment/staging", "createdAt": 1_600_000_000.123,
        "deploymentStatus": "IN_PROGRESS", "description": "for trials", "lastDeploymentAttemptedAt": 1_600_000_000.123,
        "name": "staging", "templateMajorVersion": "1", "templateMinorVersion": "0", "templateName": "vpc",
    });
    let body = protocol::encode(&environment()).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), expected);
    assert_eq!(serde_json::from_str::<Environment>(&body).unwrap(), environment());
}

#[test]
fn a_deployment_state_travels_as_its_one_member() {
    let state: DeploymentState = serde_json::from_value(json!({"serviceInstance": {
        "spec": "s", "templateName": "web", "templateMajorVersion": "1", "templateMinorVersion": "2",
    }}))
    .unwrap();
    assert!(matches!(&state, DeploymentState::ServiceInstance(instance) if instance.template_name == "web"));
    assert!(serde_json::to_value(&state).unwrap().get("serviceInstance").is_some());
}

#[test]
fn an_input_knows_its_operation() {
    fn operation_of<R: Request>(_: &R) -> Operation {
        R::OPERATION
    }
    assert_eq!(operation_of(&GetEnvironmentInput { name: "a".into() }), Operation::GetEnvironment);
}

/// JSON of all sorts, its members often such as the model knows.
fn json_of_all_sorts() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        Just("name".to_owned()),
        Just("tags".to_owned()),
        Just("source".to_owned()),
        Just("s3".to_owned()),
        Just("maxResults".to_owned()),
        Just("nextToken".to_owned()),
        Just("provider".to_owned()),
        Just("key".to_owned()),
        Just("filters".to_owned()),
        Just("statuses".to_owned()),
        ".*",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_makes_any_operation_panic(value in json_of_all_sorts()) {
        for operation in Operation::ALL {
            if let Err(error) = validate::check(&value, operation.description().input) {
                prop_assert!(matches!(error.code, ErrorCode::Validation | ErrorCode::Serialization));
            }
        }
    }

    #[test]
    fn no_bytes_make_the_protocol_panic(target in ".*", content_type in ".*", body: Vec<u8>) {
        let _ = protocol::request(Some(&target), Some(&content_type), &body);
        let _ = protocol::request(TARGET, JSON, &body);
    }

    #[test]
    fn what_passes_the_check_decodes(value in json_of_all_sorts()) {
        macro_rules! decodes {
            ($($input:ty)*) => {$(
                let checked = validate::check(&value, <$input as protium_wire::shape::Shaped>::shape());
                prop_assert_eq!(checked.is_ok(), decode::<$input>(&value).is_ok());
            )*};
        }
        decodes! {
            protium_wire::service_instance::ListServiceInstancesInput
            protium_wire::account_connection::ListEnvironmentAccountConnectionsInput
            protium_wire::environment::ListEnvironmentsInput
            protium_wire::account::UpdateAccountSettingsInput
            protium_wire::environment_template::CreateEnvironmentTemplateInput
        }
    }
}
