//! The API's Lambda over fakes: events in, answers out.

#![expect(clippy::expect_used, clippy::panic, reason = "a broken premise of a test should stop it")]

mod components;
mod connections;
mod contract;
mod deployables;
mod dispatch;
mod fleet;
mod gate;
mod http;
mod journal;
mod own;
mod pages;
mod races;
mod reference;
mod repositories;
mod templates;
mod update_policy;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use protium_api::gate::Gate;
use protium_testkit::TestApp;
use serde_json::{Value, json};

/// An answer as a client reads it.
struct Answer {
    status: i64,
    kind: String,
    body: Value,
}

/// What names an operation of either interface; what neither has is asked of Proton's.
fn target(operation: &str) -> String {
    protium_wire::Operation::from_name(operation)
        .map_or_else(|| format!("AwsProton20200720.{operation}"), protium_wire::Operation::target)
}

/// The event of a signed call, as API Gateway makes it.
fn event(operation: &str, body: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "POST /",
        "rawPath": "/",
        "rawQueryString": "",
        "headers": {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": target(operation),
            "x-amzn-trace-id": "Root=1-5759e988-bd862e3fe1be46a994272793",
        },
        "requestContext": {
            "accountId": "111122223333",
            "apiId": "abcdef",
            "authorizer": {"iam": {
                "accessKey": "AKIAEXAMPLE",
                "accountId": "111122223333",
                "callerId": "AIDAEXAMPLE",
                "cognitoIdentity": null,
                "principalOrgId": null,
                "userArn": "arn:aws:iam::111122223333:user/alice",
                "userId": "AIDAEXAMPLE",
            }},
            "domainName": "abcdef.execute-api.eu-west-1.amazonaws.com",
            "http": {"method": "POST", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "x"},
            "requestId": "request-1",
            "routeKey": "POST /",
            "stage": "$default",
            "time": "02/Nov/2026:09:00:00 +0000",
            "timeEpoch": 1_793_610_000_000_i64,
        },
        "body": body,
        "isBase64Encoded": false,
    })
}

/// Sends an event; whatever it is, the answer is as the model has it.
async fn send(test: &TestApp, event: Value) -> Answer {
    send_through(&Gate::open(test.app.clock.clone()), test, event).await
}

/// Sends an event through a gate of its own.
async fn send_through(gate: &Gate, test: &TestApp, event: Value) -> Answer {
    let target = event["headers"]["x-amz-target"].as_str().map(ToOwned::to_owned);
    let request: ApiGatewayV2httpRequest = serde_json::from_value(event).expect("an event of API Gateway");
    let response = protium_api::handle(&test.app, gate, request).await;
    read(target.as_deref().unwrap_or_default(), response)
}

/// What a client reads of an answer to what the header names.
fn read(target: &str, response: ApiGatewayV2httpResponse) -> Answer {
    let response = serde_json::to_value(response).expect("an answer of a Lambda");
    assert_eq!(response["headers"]["content-type"], "application/x-amz-json-1.0");
    assert_eq!(response["headers"]["x-amzn-requestid"], "request-1");
    let answer = Answer {
        status: response["statusCode"].as_i64().expect("a status"),
        kind: response["headers"]["x-amzn-errortype"].as_str().unwrap_or_default().to_owned(),
        body: serde_json::from_str(response["body"].as_str().expect("a body")).expect("JSON"),
    };
    if let Some(operation) = contract::Operation::of_target(target) {
        contract::judge(operation, answer.status, &answer.kind, &answer.body);
    }
    answer
}

/// Calls an operation.
async fn call(test: &TestApp, operation: &str, input: Value) -> Answer {
    send(test, event(operation, &input.to_string())).await
}

/// Calls an operation that succeeds; what it answers.
async fn ok(test: &TestApp, operation: &str, input: Value) -> Value {
    let answer = call(test, operation, input).await;
    assert_eq!(answer.status, 200, "{operation}: {}", answer.body);
    answer.body
}

/// Calls an operation that is refused; the class and the text.
async fn refused(test: &TestApp, operation: &str, input: Value) -> (String, String) {
    let answer = call(test, operation, input).await;
    assert_ne!(answer.status, 200, "{operation}: {}", answer.body);
    (answer.kind, answer.body["message"].as_str().unwrap_or_default().to_owned())
}
