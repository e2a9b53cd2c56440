//! Errors of AWS's SDKs, for people.

use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};

/// What went wrong: code and message of a service's answer, or why there was none. The SDK's own words begin with "service
/// error", which tells nobody anything.
pub(crate) fn told<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match error.as_service_error() {
        Some(refusal) => match (refusal.code(), refusal.message()) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(told), None) | (None, Some(told)) => told.to_owned(),
            (None, None) => "it answered an error without saying which".to_owned(),
        },
        None => chain(error),
    }
}

/// An error and what caused it, each said once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
