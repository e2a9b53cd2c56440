//! HTTP as API Gateway hands it to the Lambda.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use hyper::body::Bytes;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use protium_testkit::records::ACCOUNT;
use serde_json::{Value, json};

/// The event of a signed call of a user of the installation's account. Nobody looks at the signature: that is API Gateway's
/// part.
pub(crate) fn event(headers: &HeaderMap, body: &Bytes) -> ApiGatewayV2httpRequest {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let names = ["content-type", "x-amz-target"];
    let headers: Value =
        names.iter().filter_map(|name| Some(((*name).to_owned(), Value::from(text(name)?)))).collect();
    let event = json!({
        "version": "2.0",
        "routeKey": "POST /",
        "rawPath": "/",
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "clients",
            "authorizer": {"iam": {
                "accessKey": "AKIAEXAMPLE",
                "accountId": ACCOUNT,
                "callerId": "AIDAEXAMPLE",
                "userArn": format!("arn:aws:iam::{ACCOUNT}:user/alice"),
                "userId": "AIDAEXAMPLE",
            }},
            "domainName": "clients",
            "http": {"method": "POST", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "x"},
            "requestId": "request-1",
            "routeKey": "POST /",
            "stage": "$default",
            "time": "02/Nov/2026:09:00:00 +0000",
            "timeEpoch": 1_793_610_000_000_i64,
        },
        "body": String::from_utf8_lossy(body),
        "isBase64Encoded": false,
    });
    serde_json::from_value(event).expect("an event of API Gateway")
}

/// Status, headers and body of the Lambda's answer.
pub(crate) fn answer(response: ApiGatewayV2httpResponse) -> (u16, HeaderMap, String) {
    let mut headers = HeaderMap::new();
    for (name, value) in &response.headers {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).expect("a name");
        headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).expect("a value"));
    }
    let body = match response.body {
        Some(Body::Text(text)) => text,
        other => panic!("the API answers with text, not with {other:?}"),
    };
    (u16::try_from(response.status_code).expect("a status"), headers, body)
}
