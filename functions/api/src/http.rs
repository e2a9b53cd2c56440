//! HTTP as API Gateway hands it over (payload format 2.0): reading a request, writing an answer.

use std::borrow::Cow;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use protium_app::{Call, Installation};
use protium_domain::arn::Location;
use protium_domain::trace::Trace;
use protium_wire::error::{CONTENT_TYPE, ErrorCode};
use protium_wire::{Operation, WireError};
use serde_json::Value;

/// The header that names the operation.
pub const TARGET: &str = "x-amz-target";
/// The header in which AWS answers with the request's id; clients show it.
const REQUEST_ID: &str = "x-amzn-requestid";
/// Characters that are kept of what a client calls itself.
const LONGEST_AGENT: usize = 256;

/// Who asks: what API Gateway's IAM authorisation found out. Whether they may is decided there, by the caller's policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller<'a> {
    /// The ARN of the user or of the session of a role.
    pub arn: &'a str,
    /// Their account: the environment account whose session it is, for sessions of the role that stands for those.
    pub account: &'a str,
}

impl<'a> Caller<'a> {
    /// Reads `requestContext.authorizer.iam`.
    ///
    /// # Errors
    /// `AccessDeniedException` when it isn't there: the route would be open then, and must not serve anybody. Also for a
    /// session of the environment accounts' role that isn't named after an account.
    pub fn of(
        request: &'a ApiGatewayV2httpRequest,
        operation: Operation,
        installation: &Installation,
    ) -> Result<Self, WireError> {
        let iam = request.request_context.authorizer.as_ref().and_then(|authorizer| authorizer.iam.as_ref());
        let arn = iam.and_then(|iam| iam.user_arn.as_deref()).filter(|arn| !arn.is_empty());
        let account = iam.and_then(|iam| iam.account_id.as_deref()).filter(|account| !account.is_empty());
        match (arn, account) {
            (Some(arn), Some(account)) => Ok(Self {
                arn,
                account: environment_account(arn, operation, installation)?.unwrap_or(account),
            }),
            _ => Err(WireError::new(
                ErrorCode::AccessDenied,
                format!(
                    "User: anonymous is not authorized to perform: proton:{operation}. Sign the request with AWS \
                     Signature Version 4 for the service execute-api"
                ),
            )),
        }
    }
}

/// The account that a session of the environment accounts' role speaks for; nothing for other callers.
///
/// The role's trust policy allows session names that equal the number of the account which assumes it, and no others. So
/// the name is as good as the signature.
fn environment_account<'a>(
    arn: &'a str,
    operation: Operation,
    installation: &Installation,
) -> Result<Option<&'a str>, WireError> {
    let Some(role) = &installation.environment_account_role else { return Ok(None) };
    let location = &installation.location;
    let prefix = format!("arn:{}:sts::{}:assumed-role/{role}/", location.partition, location.account);
    let Some(session) = arn.strip_prefix(&prefix) else { return Ok(None) };
    if session.len() == 12 && session.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Some(session));
    }
    Err(WireError::new(
        ErrorCode::AccessDenied,
        format!(
            "User: {arn} is not authorized to perform: proton:{operation}. Sessions of this role must be named after the \
             account that assumes it"
        ),
    ))
}

/// What there is to be known of a request for `operation`, whether it is served or not.
#[must_use]
pub fn call(
    request: &ApiGatewayV2httpRequest,
    operation: Option<Operation>,
    input: Option<&Value>,
    installation: &Installation,
) -> Call {
    let iam = request.request_context.authorizer.as_ref().and_then(|authorizer| authorizer.iam.as_ref());
    let speaks_for = operation.and_then(|operation| Caller::of(request, operation, installation).ok());
    let account = speaks_for.map(|caller| caller.account.to_owned());
    let http = &request.request_context.http;
    Call {
        operation: operation.map(Operation::name),
        is_mutating: operation.is_some_and(is_mutating),
        caller: iam.and_then(|iam| iam.user_arn.clone()),
        account: account.or_else(|| iam.and_then(|iam| iam.account_id.clone())),
        source_ip: http.source_ip.clone(),
        user_agent: http.user_agent.as_deref().map(|agent| agent.chars().take(LONGEST_AGENT).collect()),
        resource: operation
            .zip(input)
            .and_then(|(operation, input)| named(operation, input, &installation.location)),
    }
}

/// The ARN that the input names, as policies read it; nothing where it names no single resource. Whatever isn't well
/// formed is left out, since it may be any text.
fn named(operation: Operation, input: &Value, location: &Location) -> Option<String> {
    let call = protium_authorization::Call::of(operation, input, location);
    call.resource.is_some().then_some(call.arn)
}

/// Whether there is to be a record of the call. What reads is named so, in either interface.
fn is_mutating(operation: Operation) -> bool {
    !["Get", "List"].into_iter().any(|reads| operation.name().starts_with(reads))
}

/// The trace that the client is in, by the header of X-Ray or of W3C Trace Context.
#[must_use]
pub fn trace(request: &ApiGatewayV2httpRequest) -> Option<Trace> {
    let x_ray = header(request, "x-amzn-trace-id").and_then(|text| text.parse().ok());
    x_ray.or_else(|| Trace::from_traceparent(header(request, "traceparent")?).ok())
}

/// A header's value, where it is text.
#[must_use]
pub fn header<'a>(request: &'a ApiGatewayV2httpRequest, name: &str) -> Option<&'a str> {
    request.headers.get(name)?.to_str().ok()
}

/// The body's bytes. API Gateway encodes bodies of content types that it takes for binary.
///
/// # Errors
/// `SerializationException` for a body that is marked as Base64 and isn't.
pub fn body(request: &ApiGatewayV2httpRequest) -> Result<Cow<'_, [u8]>, WireError> {
    let body = request.body.as_deref().unwrap_or_default();
    if !request.is_base64_encoded {
        return Ok(Cow::Borrowed(body.as_bytes()));
    }
    STANDARD.decode(body).map(Cow::Owned).map_err(|_| {
        WireError::new(ErrorCode::Serialization, "The request body is marked as Base64, but is none.")
    })
}

/// The answer of an operation that succeeded.
#[must_use]
pub fn success(body: String, request_id: &str) -> ApiGatewayV2httpResponse {
    response(200, &[("content-type", CONTENT_TYPE)], body, request_id)
}

/// The answer to a request that was refused or failed.
#[must_use]
pub fn failure(error: &WireError, request_id: &str) -> ApiGatewayV2httpResponse {
    let answer = error.response();
    response(answer.status, &answer.headers, answer.body, request_id)
}

fn response(
    status: u16,
    headers: &[(&'static str, &'static str)],
    body: String,
    request_id: &str,
) -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = status.into();
    response.body = Some(Body::Text(body));
    for (name, value) in headers {
        response.headers.insert(*name, aws_lambda_events::http::HeaderValue::from_static(value));
    }
    if let Ok(id) = request_id.parse() {
        response.headers.insert(REQUEST_ID, id);
    }
    response
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "0199a3c2-7b10-7c55-8c1e-2f6a90d4e811";

    fn arn(operation: &str, input: &Value) -> Option<String> {
        let location =
            Location { partition: "aws".into(), region: "eu-west-1".into(), account: "111122223333".into() };
        named(Operation::from_name(operation).expect("there is one"), input, &location)
    }

    #[test]
    fn the_journal_tells_what_a_call_is_about() {
        for (operation, input, tail) in [
            ("CreateEnvironment", json!({"name": "beta", "templateName": "net"}), "environment/beta"),
            (
                "UpdateServiceInstance",
                json!({"name": "i", "serviceName": "s"}),
                "service/s/service-instance/i",
            ),
            (
                "TagResource",
                json!({"resourceArn": "arn:aws:proton:eu-west-1:111122223333:service/s"}),
                "service/s",
            ),
            (
                "PauseFleetUpdate",
                json!({"fleetUpdateId": ID}),
                "fleet-update/0199a3c2-7b10-7c55-8c1e-2f6a90d4e811",
            ),
        ] {
            let expected = format!("arn:aws:proton:eu-west-1:111122223333:{tail}");
            assert_eq!(arn(operation, &input), Some(expected), "{operation}");
        }
    }

    /// An input is anybody's text: what isn't a name is not repeated.
    #[test]
    fn what_is_no_name_is_not_told() {
        for operation in Operation::ALL {
            for junk in [
                json!(null),
                json!([1]),
                json!("x"),
                json!({"name": "a secret, with spaces"}),
                json!({"resourceArn": "secret"}),
                json!({"request": {"": {}}}),
            ] {
                let told = arn(operation.name(), &junk);
                assert!(!told.is_some_and(|told| told.contains("secret")), "{operation}");
            }
        }
    }
}
