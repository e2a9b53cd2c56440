//! What a use case answers when it can't do what was asked.
//!
//! The message of every variant but [`Error::Internal`] is for the caller. What operators need to know about an
//! internal failure is its source, which the boundary logs once; the caller only reads that something failed.

use protium_domain::transition::IllegalTransition;
use thiserror::Error;

use crate::ports::PortError;

/// The result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a use case was refused or failed; one variant per modelled error of the wire (behaviour section 14).
#[derive(Debug, Error)]
pub enum Error {
    /// Malformed input, schema mismatch, or a wrong combination of parameters.
    #[error("{0}")]
    Validation(String),
    /// Something that the request names does not exist.
    #[error("{0}")]
    NotFound(String),
    /// Wrong state, busy, has dependants, or duplicate.
    #[error("{0}")]
    Conflict(String),
    /// A quota is used up.
    #[error("{0}")]
    QuotaExceeded(String),
    /// The caller may not do this.
    #[error("{0}")]
    AccessDenied(String),
    /// Too much at once; the same request may succeed in a moment.
    #[error("{0}")]
    Throttling(String),
    /// Something that a later release brings.
    #[error("{0}")]
    NotImplemented(String),
    /// A fault of Protium or of something below it.
    #[error("Internal service failure")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// The refusal of a repeat with other input (behaviour 2.0).
    #[must_use]
    pub fn idempotent_parameter_mismatch(what: &str) -> Self {
        Self::Validation(format!(
            "IdempotentParameterMismatch: {what} was made by a request with other parameters; repeat the request \
             with the same parameters, or use another name or client token"
        ))
    }

    /// A broken assumption of Protium itself.
    #[must_use]
    pub fn internal(message: impl Into<String>) -> Self {
        Self::Internal(message.into().into())
    }
}

impl From<PortError> for Error {
    fn from(error: PortError) -> Self {
        match error {
            PortError::Throttled(_) => {
                Self::Throttling("Rate exceeded; repeat the request in a moment".to_owned())
            }
            PortError::Quota(message) => Self::QuotaExceeded(message),
            PortError::ForeignPosition => Self::Validation(
                "nextToken: it is not a token of this list; begin again without it".to_owned(),
            ),
            other => Self::Internal(Box::new(other)),
        }
    }
}

impl From<IllegalTransition> for Error {
    fn from(error: IllegalTransition) -> Self {
        Self::Conflict(error.to_string())
    }
}
