//! Requests as bytes: signed, unsigned, and such as no client would send.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::{Client, Method};
use serde_json::Value;
use xtask::cloud::{LOCAL_KEY, LOCAL_REGION};

/// The content type of the protocol.
pub(crate) const JSON: &str = "application/x-amz-json-1.0";

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// The error's class, without its namespace.
    pub(crate) fn code(&self) -> &str {
        let kind = self.body["__type"].as_str().unwrap_or_default();
        kind.rsplit('#').next().unwrap_or_default()
    }

    pub(crate) fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }
}

/// A request under construction.
pub(crate) struct Request<'a> {
    url: &'a str,
    headers: Vec<(&'a str, String)>,
    body: Vec<u8>,
    service: Option<&'a str>,
}

impl<'a> Request<'a> {
    /// A `POST` without headers and body, signed for `proton`.
    pub(crate) fn post(url: &'a str) -> Self {
        Self { url, headers: Vec::new(), body: Vec::new(), service: Some("proton") }
    }

    /// What a client sends for `operation`, which is one of Proton's unless Protium has one of that name.
    pub(crate) fn operation(url: &'a str, operation: &str, body: &Value) -> Self {
        let known = protium_wire::Operation::from_name(operation);
        let target =
            known.map_or_else(|| format!("AwsProton20200720.{operation}"), protium_wire::Operation::target);
        Self::post(url).header("x-amz-target", &target).header("content-type", JSON).body(body.to_string())
    }

    pub(crate) fn header(mut self, name: &'a str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Signed for another service.
    pub(crate) fn signed_for(mut self, service: &'a str) -> Self {
        self.service = Some(service);
        self
    }

    pub(crate) fn unsigned(mut self) -> Self {
        self.service = None;
        self
    }

    pub(crate) async fn send(self) -> Answer {
        let mut headers = self.headers.clone();
        if let Some(service) = self.service {
            headers.extend(self.signature(service));
        }
        let mut request = Client::new().request(Method::POST, self.url).body(self.body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.send().await.expect("the endpoint answers");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.expect("an answer has a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer { status, headers, body }
    }

    #[expect(clippy::disallowed_methods, reason = "signatures carry the time, and no clock is injected here")]
    fn signature(&self, service: &str) -> Vec<(&'static str, String)> {
        let identity = Credentials::new(LOCAL_KEY, LOCAL_KEY, None, None, "local").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(LOCAL_REGION)
            .name(service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .expect("all parameters are set")
            .into();
        let headers = self.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let request = SignableRequest::new("POST", self.url, headers, SignableBody::Bytes(&self.body));
        let signed = sign(request.expect("a request that can be signed"), &parameters).expect("signed");
        let (instructions, _) = signed.into_parts();
        let (headers, _) = instructions.into_parts();
        headers.into_iter().map(|header| (header.name(), header.value().to_owned())).collect()
    }
}
