//! Errors of the SDK as errors of the port.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::RequestId;
use protium_app::ports::PortError;

/// Codes that say: the same call may succeed in a moment.
const BUSY: [&str; 5] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// Whether the service refuses because it has too much to do, or because others work on the same items.
pub(crate) fn is_busy<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code).is_some_and(|code| BUSY.contains(&code))
}

/// The port's error for a call that failed. It tells code, message and request id, and never the request.
pub(crate) fn port_error<E, R>(operation: &'static str, error: &SdkError<E, R>) -> PortError
where
    E: ProvideErrorMetadata + RequestId + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    let message = describe(error);
    if is_busy(error) { PortError::Throttled(message) } else { PortError::Failed { operation, message } }
}

fn describe<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + RequestId + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match error.as_service_error() {
        Some(refusal) => format!(
            "{}: {} (request {})",
            refusal.code().unwrap_or("unknown"),
            refusal.message().unwrap_or("no message"),
            refusal.request_id().unwrap_or("unknown")
        ),
        None => chain(error),
    }
}

/// An error and what caused it: a timeout alone doesn't say of what.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
