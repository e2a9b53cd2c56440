//! Reading what the SDK reports, the same way for every service.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use protium_app::ports::PortError;

/// Codes that mean "slow down"; the SDK has retried them already.
const THROTTLING: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "BandwidthLimitExceeded",
    "SlowDown",
    "ExecutionLimitExceeded",
];

/// Codes for credentials that ended or aren't known: newer ones help.
const STALE_CREDENTIALS: &[&str] =
    &["ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"];

/// What a call of any SDK client fails with.
pub(crate) type CallError<E> = SdkError<E, HttpResponse>;

/// A failed call, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The service's error code; nothing when no answer came.
    pub(crate) code: Option<String>,
    /// The service's message alone, for people; what went wrong on the way when no answer came.
    pub(crate) message: String,
    /// The HTTP status of the answer.
    pub(crate) status: Option<u16>,
}

impl Failure {
    pub(crate) fn read<E>(error: &CallError<E>) -> Self
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let SdkError::ServiceError(context) = error else {
            return Self { code: None, message: chain(error), status };
        };
        let metadata = context.err().meta();
        let code = metadata.code().map(ToOwned::to_owned);
        let message = match metadata.message() {
            Some(message) => message.to_owned(),
            None => code.clone().unwrap_or_else(|| chain(error)),
        };
        Self { code, message, status }
    }

    /// Whether it has this code.
    pub(crate) fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    pub(crate) fn is_throttling(&self) -> bool {
        self.status == Some(429) || self.is_any(THROTTLING)
    }

    pub(crate) fn has_stale_credentials(&self) -> bool {
        self.is_any(STALE_CREDENTIALS)
    }

    /// Whether a repeat may help: throttling, stale credentials, a failure of the service, or no answer at all.
    pub(crate) fn is_transient(&self) -> bool {
        self.code.is_none()
            || self.is_throttling()
            || self.has_stale_credentials()
            || self.status.is_some_and(|status| status >= 500)
    }

    fn is_any(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// Code and message, for operators.
    pub(crate) fn text(&self) -> String {
        match &self.code {
            Some(code) if *code != self.message => format!("{code}: {}", self.message),
            _ => self.message.clone(),
        }
    }

    pub(crate) fn into_port_error(self, operation: &'static str) -> PortError {
        let message = self.text();
        if self.is_throttling() {
            PortError::Throttled(format!("{operation}: {message}"))
        } else {
            PortError::Failed { operation, message }
        }
    }
}

/// The failure of a call that no use case can do anything about.
pub(crate) fn port_error<E>(operation: &'static str) -> impl Fn(CallError<E>) -> PortError
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    move |error| Failure::read(&error).into_port_error(operation)
}

/// An error and its sources. Their `Debug` output, which the SDK's own helper shows, would hold whole responses.
pub(crate) fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let message = error.to_string();
        if !text.ends_with(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        source = error.source();
    }
    text
}
