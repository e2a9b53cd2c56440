//! Every answer that any test of the API gets, against the model: a client that was generated from it must be able to read
//! it.

use serde_json::Value;

use super::model::{Kind, Operation, Shape};

/// Errors of the protocol, which no model declares; and the one for engines that a later release brings.
const OF_PROTOCOL: [&str; 5] = [
    "NotImplementedException",
    "SerializationException",
    "UnknownOperationException",
    "UnsupportedMediaTypeException",
    "RequestEntityTooLargeException",
];

/// Members that the model calls required and that Proton leaves out until there is a value (behaviour 1.3, 2.8): roles of
/// a connection for CodeBuild alone, environments of pipelines' deployments, successes before there was one.
const EVENTUAL: [&str; 3] = ["lastDeploymentSucceededAt", "roleArn", "environmentName"];
const EVENTUAL_IN: [&str; 9] = [
    "Environment",
    "EnvironmentSummary",
    "EnvironmentAccountConnection",
    "EnvironmentAccountConnectionSummary",
    "Deployment",
    "DeploymentSummary",
    "ServiceInstance",
    "ServiceInstanceSummary",
    "ServicePipeline",
];

/// Checks an answer to an operation.
///
/// # Panics
/// When a client would stumble over it.
pub(crate) fn judge(operation: Operation, status: i64, kind: &str, body: &Value) {
    let name = operation.name;
    if status == 200 {
        assert_eq!(kind, "", "{name}: a success names no error");
        check(body, operation.output(), name);
        return;
    }
    let is_modelled = operation.errors().contains(kind);
    assert!(is_modelled || OF_PROTOCOL.contains(&kind), "{name} doesn't declare {kind}: {body}");
    let message = body["message"].as_str().unwrap_or_else(|| panic!("{name}: {kind} without a message"));
    assert!(!message.trim().is_empty(), "{name}: {kind} says nothing");
    let full = body["__type"].as_str().unwrap_or_default();
    let namespace = if is_modelled { "com.amazonaws.proton.v20200720" } else { "com.amazon.coral.service" };
    assert_eq!(full, format!("{namespace}#{kind}"), "{name}");
    let expected = match kind {
        "InternalServerException" => 500,
        "NotImplementedException" => 501,
        "UnsupportedMediaTypeException" => 415,
        "RequestEntityTooLargeException" => 413,
        _ => 400,
    };
    assert_eq!(status, expected, "{name}: {kind}");
}

fn check(value: &Value, shape: Shape, at: &str) {
    match (shape.kind(), value) {
        (Kind::Structure, Value::Object(_)) => check_members(value, shape, at),
        (Kind::Union, Value::Object(given)) => {
            assert_eq!(given.len(), 1, "{at} has exactly one member: {value}");
            check_members(value, shape, at);
        }
        (Kind::List(of), Value::Array(elements)) => {
            check_length(elements.len(), shape, at);
            for (index, element) in elements.iter().enumerate() {
                check(element, of, &format!("{at}[{index}]"));
            }
        }
        (Kind::Enum(values), Value::String(text)) => {
            assert!(values.contains(&text.as_str()), "{at}: the model knows no '{text}'");
        }
        (Kind::Text, Value::String(text)) => {
            check_length(text.chars().count(), shape, at);
            assert!(shape.matches(text), "{at}: '{text}' doesn't match {:?}", shape.pattern());
        }
        (Kind::Integer, Value::Number(number)) => {
            let number = number.as_i64().unwrap_or_else(|| panic!("{at}: {number} is no whole number"));
            assert!(i32::try_from(number).is_ok(), "{at}: {number} is no Integer");
        }
        (Kind::Timestamp, Value::Number(number)) => {
            let seconds = number.as_f64().expect("a number");
            assert!((1e9..1e11).contains(&seconds), "{at}: {number} are no epoch seconds");
        }
        (Kind::Boolean, Value::Bool(_)) => {}
        (_, other) => panic!("{at}: {other} is no {}", shape.name),
    }
}

fn check_members(value: &Value, shape: Shape, at: &str) {
    let given = value.as_object().expect("a structure");
    let members = shape.members();
    for name in given.keys() {
        assert!(
            members.iter().any(|member| member.name == name),
            "{at}.{name}: the model has no such member"
        );
    }
    for member in members {
        let at = format!("{at}.{}", member.name);
        match given.get(member.name) {
            Some(value) => check(value, member.shape, &at),
            None if !member.required => {}
            None => {
                let is_eventual = EVENTUAL.contains(&member.name) && EVENTUAL_IN.contains(&shape.name);
                assert!(is_eventual, "{at} is missing in {value}");
            }
        }
    }
}

fn check_length(length: usize, shape: Shape, at: &str) {
    let length = i64::try_from(length).expect("a length");
    assert!(
        shape.min().is_none_or(|min| length >= min),
        "{at} is shorter than the model's {:?}",
        shape.min()
    );
    assert!(shape.max().is_none_or(|max| length <= max), "{at} is longer than the model's {:?}", shape.max());
}
