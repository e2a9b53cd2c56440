//! Errors of the API as tests look at them.

use aws_sdk_proton::error::ProvideErrorMetadata;
use aws_smithy_runtime_api::client::result::SdkError;

/// Class and text of a refusal.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) message: String,
}

/// The refusal that a call is expected to end in.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug, E, R>(result: Result<T, SdkError<E, R>>) -> Refusal
where
    E: ProvideErrorMetadata + std::fmt::Debug,
    R: std::fmt::Debug,
{
    match result {
        Ok(answer) => panic!("accepted what should be refused: {answer:?}"),
        Err(SdkError::ServiceError(error)) => Refusal {
            code: error.err().code().unwrap_or_default().to_owned(),
            message: error.err().message().unwrap_or_default().to_owned(),
        },
        Err(error) => panic!("no answer of the service: {error:?}"),
    }
}

impl Refusal {
    /// Checks class and the words that the text must hold.
    #[track_caller]
    pub(crate) fn is(&self, code: &str, words: &[&str]) {
        assert_eq!(self.code, code, "{}", self.message);
        for word in words {
            assert!(self.message.contains(word), "'{word}' is missing in: {}", self.message);
        }
    }
}
