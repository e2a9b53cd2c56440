//! One request of a client: checked, signed anew, forwarded, answered.

use super::guard;
use crate::api::{Endpoint, Signer, Upstream};
use aws_smithy_types::body::SdkBody;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use protium_wire::{
    error::{ErrorCode, WireError},
    protocol::BODY_LIMIT,
};
use std::{io::Write, time::Instant};

/// What the client's own signature consists of.
const SIGNATURE_HEADERS: [&str; 5] =
    ["authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "x-amz-region-set"];

/// What concerns one connection and not the request (RFC 9110, 7.6.1), and what is made anew for the next one.
const CONNECTION_HEADERS: [&str; 11] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Everything that answering takes.
pub(super) struct Relay {
    pub(super) endpoint: Endpoint,
    pub(super) upstream: Upstream,
    pub(super) signer: Signer,
    pub(super) allow_remote: bool,
    pub(super) quiet: bool,
}

/// Why the proxy itself answers with an error.
struct Refusal {
    status: StatusCode,
    error: WireError,
}

impl Refusal {
    fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self { status, error: WireError::new(code, message) }
    }
}

impl Relay {
    /// Answers one request; the proxy's own errors take the form in which Proton clients expect errors.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<SdkBody> {
        let began = Instant::now();
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        let operation = target.and_then(|target| target.split('.').nth(1)).unwrap_or("-").to_owned();
        let result = self.forward(request).await;
        let (response, why) = match result {
            Ok(response) => (response, String::new()),
            Err(refusal) => {
                let why = format!("  {}", refusal.error.message);
                (refusal_response(&refusal), why)
            }
        };
        if !self.quiet {
            let (status, took) = (response.status().as_u16(), began.elapsed().as_millis());
            // A terminal that has gone is no reason to stop answering.
            let _ = writeln!(anstream::stderr(), "{status} {operation} {took} ms{}", why.escape_debug());
        }
        response
    }

    async fn forward(&self, request: Request<Incoming>) -> Result<Response<SdkBody>, Refusal> {
        let (parts, body) = request.into_parts();
        guard::request_check(&parts.uri, &parts.headers, self.allow_remote)
            .map_err(|why| Refusal::new(StatusCode::FORBIDDEN, ErrorCode::AccessDenied, why))?;
        if parts.method != Method::POST || parts.uri.path() != "/" || parts.uri.query().is_some() {
            let message = "protium proxy forwards Proton's requests, which are all POST /.";
            return Err(Refusal::new(StatusCode::NOT_FOUND, ErrorCode::UnknownOperation, message));
        }
        let body = body_read(body).await?;
        let mut request = Request::new(SdkBody::from(body.clone()));
        *request.method_mut() = parts.method;
        *request.uri_mut() = self.endpoint.uri().clone();
        *request.headers_mut() = headers_forwarded(parts.headers);
        self.signer
            .sign(&mut request, &body)
            .await
            .map_err(|why| Refusal::new(StatusCode::BAD_REQUEST, ErrorCode::AccessDenied, why))?;
        let mut response = self.upstream.send(request).await.map_err(|why| self.unreachable(&why))?;
        connection_headers_remove(response.headers_mut());
        Ok(response)
    }

    fn unreachable(&self, why: &str) -> Refusal {
        let message = format!(
            "protium proxy can't reach {}: {why}. Check --endpoint-url and the network.",
            self.endpoint.uri()
        );
        Refusal::new(StatusCode::BAD_GATEWAY, ErrorCode::InternalServer, message)
    }
}

async fn body_read(body: Incoming) -> Result<Bytes, Refusal> {
    match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::RequestEntityTooLarge,
            format!("The request body has more than {BODY_LIMIT} bytes."),
        )),
        Err(_) => Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            ErrorCode::Serialization,
            "The request body broke off before its end.",
        )),
    }
}

/// The client's headers without its signature and without what belongs to its connection.
fn headers_forwarded(mut headers: HeaderMap) -> HeaderMap {
    for name in SIGNATURE_HEADERS {
        headers.remove(name);
    }
    connection_headers_remove(&mut headers);
    headers
}

fn connection_headers_remove(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in CONNECTION_HEADERS {
        headers.remove(name);
    }
}

fn refusal_response(refusal: &Refusal) -> Response<SdkBody> {
    let answer = refusal.error.response();
    let mut response = Response::new(SdkBody::from(answer.body));
    *response.status_mut() = refusal.status;
    for (name, value) in answer.headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
