//! One call of the API: written, signed, sent, repeated where that helps, read.

use super::{Connection, Endpoint, Signer, Upstream, connection_make};
use crate::args::ConnectionArgs;
use anyhow::Result;
use aws_smithy_types::body::SdkBody;
use backon::{ExponentialBuilder, Retryable};
use http::{HeaderValue, Method, Request as HttpRequest, Response, header};
use http_body_util::{BodyExt, Limited};
use protium_wire::{
    ErrorCode, Request,
    error::CONTENT_TYPE,
    protocol::{self, BODY_LIMIT},
};
use serde_json::Value;
use std::time::Duration;

/// Pause before the first repetition; it doubles, and jitter keeps callers apart.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause between two repetitions.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Repetitions of one call: some ten seconds, in which a throttled API mostly has room again.
const REPETITIONS: usize = 6;
/// Bytes of an answer that are read: API Gateway gives no more than ten megabytes.
const ANSWER_LIMIT: usize = 16 * BODY_LIMIT;

/// Why a call has no answer.
#[derive(Debug)]
pub(crate) enum CallError {
    /// There are no credentials, or they can't sign; the text says what to do.
    Unsigned(String),
    /// Nobody answered.
    Unreachable {
        /// The URL that was tried.
        endpoint: String,
        /// What the network said.
        why: String,
    },
    /// The endpoint answered that it won't or can't.
    Refused {
        /// Class of the error, e.g. `ConflictException`; empty where the gateway didn't say.
        code: String,
        /// What the endpoint said, for people.
        message: String,
        /// HTTP status.
        status: u16,
    },
    /// The answer isn't one of this API.
    Unintelligible {
        /// The URL that answered.
        endpoint: String,
        /// What is odd about it.
        why: String,
    },
}

impl CallError {
    /// Whether the same call may well succeed a little later: throttling, a fault of the service, a lost connection.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { code, status, .. } => {
                matches!(status, 429 | 500 | 502..=504) || code == ErrorCode::Throttling.name()
            }
            Self::Unsigned(_) | Self::Unintelligible { .. } => false,
        }
    }

    /// Whether the endpoint refused with an error of this class.
    pub(crate) fn is(&self, class: ErrorCode) -> bool {
        matches!(self, Self::Refused { code, .. } if code == class.name())
    }
}

impl std::fmt::Display for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unsigned(why) => f.write_str(why),
            Self::Unreachable { endpoint, why } => {
                write!(f, "can't reach {endpoint}: {why}. Check --endpoint-url and the network.")
            }
            Self::Refused { code, message, status: 403 } if code.is_empty() => write!(
                f,
                "API Gateway refused the request ({message}): the credentials may not call execute-api:Invoke here, \
                 or the endpoint is another region's."
            ),
            Self::Refused { code, message, .. } if !code.is_empty() => write!(f, "{message} ({code})"),
            Self::Refused { message, status, .. } => write!(f, "the endpoint answered {status}: {message}"),
            Self::Unintelligible { endpoint, why } => write!(
                f,
                "{endpoint} answered something that is no answer of Protium's: {why}. Check --endpoint-url."
            ),
        }
    }
}

impl std::error::Error for CallError {}

/// Calls an installation's API with the caller's own credentials.
pub(crate) struct Client {
    endpoint: Endpoint,
    signer: Signer,
    upstream: Upstream,
}

impl Client {
    /// A client for what the command line names.
    ///
    /// # Errors
    ///
    /// As [`connection_make`].
    pub(crate) async fn connect(args: &ConnectionArgs) -> Result<Self> {
        let Connection { endpoint, signer } = connection_make(args).await?;
        Ok(Self { upstream: Upstream::new(&endpoint), endpoint, signer })
    }

    /// Calls the operation whose input this is; what is transient is repeated a few times. An input with a client token
    /// is thereby carried out once, whatever gets lost on the way.
    ///
    /// # Errors
    ///
    /// The error of the last attempt.
    pub(crate) async fn call<R: Request>(&self, input: &R) -> Result<R::Answer, CallError> {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(REPETITIONS)
            .with_jitter();
        (|| self.call_once(input)).retry(pauses).when(CallError::is_transient).await
    }

    /// As [`Client::call`], in one attempt: for callers that have a patience of their own.
    ///
    /// # Errors
    ///
    /// [`CallError`]
    pub(crate) async fn call_once<R: Request>(&self, input: &R) -> Result<R::Answer, CallError> {
        let body = protocol::encode(input).map_err(|error| self.unintelligible(&error))?;
        let mut request = HttpRequest::new(SdkBody::from(body.as_str()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.uri().clone();
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        let target = HeaderValue::try_from(R::OPERATION.target());
        headers.insert("x-amz-target", target.map_err(|error| self.unintelligible(&error))?);
        self.signer.sign(&mut request, body.as_bytes()).await.map_err(CallError::Unsigned)?;
        let response = self.upstream.send(request).await.map_err(|why| self.unreachable(why))?;
        self.read::<R>(response).await
    }

    async fn read<R: Request>(&self, response: Response<SdkBody>) -> Result<R::Answer, CallError> {
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_LIMIT).collect().await;
        let body = body.map_err(|error| self.unreachable(format!("the answer broke off ({error})")))?;
        let body = body.to_bytes();
        if parts.status.is_success() {
            return serde_json::from_slice(&body).map_err(|error| self.unintelligible(&error));
        }
        let told = parts.headers.get("x-amzn-errortype").and_then(|kind| kind.to_str().ok());
        Err(refusal(parts.status.as_u16(), told, &body))
    }

    fn unreachable(&self, why: String) -> CallError {
        CallError::Unreachable { endpoint: self.endpoint.uri().to_string(), why }
    }

    fn unintelligible(&self, why: &dyn std::fmt::Display) -> CallError {
        CallError::Unintelligible { endpoint: self.endpoint.uri().to_string(), why: why.to_string() }
    }
}

const USER_AGENT: &str = concat!("protium-cli/", env!("CARGO_PKG_VERSION"));

/// Reads an error as AWS's clients do: its class from the header or from `__type`, without namespace and URL.
fn refusal(status: u16, told: Option<&str>, body: &[u8]) -> CallError {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |names: [&str; 2]| names.iter().find_map(|name| body[*name].as_str());
    let class = told.or_else(|| text(["__type", "code"])).unwrap_or_default();
    let class = class.rsplit('#').next().unwrap_or_default().split(':').next().unwrap_or_default();
    let message = text(["message", "Message"]).filter(|message| !message.is_empty());
    CallError::Refused {
        code: class.to_owned(),
        message: message.unwrap_or("it didn't say why").to_owned(),
        status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::ours(
        400,
        Some("ConflictException"),
        r#"{"__type":"x#Y","message":"busy"}"#,
        "busy (ConflictException)"
    )]
    #[case::body_only(
        400,
        None,
        r#"{"__type":"com.x#ThrottlingException","Message":"slow"}"#,
        "slow (ThrottlingException)"
    )]
    #[case::with_url(400, Some("A:http://b/"), r#"{"message":"m"}"#, "m (A)")]
    #[case::gateway(403, None, r#"{"message":"Forbidden"}"#, "execute-api:Invoke")]
    #[case::no_json(502, None, "<html>", "the endpoint answered 502: it didn't say why")]
    fn refusals_are_told(
        #[case] status: u16,
        #[case] told: Option<&str>,
        #[case] body: &str,
        #[case] text: &str,
    ) {
        let error = refusal(status, told, body.as_bytes()).to_string();
        assert!(error.contains(text), "{error}");
    }

    #[rstest]
    #[case(400, Some("ThrottlingException"), true)]
    #[case(429, None, true)]
    #[case(500, Some("InternalServerException"), true)]
    #[case(503, None, true)]
    #[case(501, Some("NotImplementedException"), false)]
    #[case(400, Some("ConflictException"), false)]
    #[case(403, None, false)]
    fn what_may_pass_is_tried_again(#[case] status: u16, #[case] told: Option<&str>, #[case] again: bool) {
        assert_eq!(refusal(status, told, b"{}").is_transient(), again);
    }
}
