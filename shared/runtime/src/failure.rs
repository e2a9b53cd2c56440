//! Failures of a function, at its boundary.
//!
//! A handler returns its use case's error and logs nothing. The Lambda runtime writes the failure's `Debug` form, in
//! the span that has the request's id, and answers with its `Display` form; so each failure is logged once. Step
//! Functions sees the name, and repeats what may pass: `Protium.Internal`, `Protium.Throttling`, `Protium.Conflict`.

use std::error::Error as StdError;
use std::fmt;

use lambda_runtime::Diagnostic;
use protium_app::Error;

/// Why a function failed.
pub struct Failure {
    error: Box<dyn StdError + Send + Sync>,
    name: &'static str,
}

impl Failure {
    /// Its name, as Step Functions knows it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let name = match &error {
            Error::Validation(_) => "Protium.Validation",
            Error::NotFound(_) => "Protium.NotFound",
            Error::Conflict(_) => "Protium.Conflict",
            Error::QuotaExceeded(_) => "Protium.QuotaExceeded",
            Error::AccessDenied(_) => "Protium.AccessDenied",
            Error::Throttling(_) => "Protium.Throttling",
            Error::NotImplemented(_) => "Protium.NotImplemented",
            Error::Internal(_) => "Protium.Internal",
        };
        Self { error: Box::new(error), name }
    }
}

/// For callers: no causes.
impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(formatter)
    }
}

/// For operators: the name, the message, and every cause.
impl fmt::Debug for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.name, self.error)?;
        let mut source = self.error.source();
        while let Some(error) = source {
            write!(formatter, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.name.to_owned(), error_message: failure.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use protium_app::ports::PortError;

    use super::*;

    #[test]
    fn callers_read_less_than_operators() {
        let cause =
            PortError::Failed { operation: "s3:GetObject", message: "AccessDenied: secret key".to_owned() };
        let failure = Failure::from(Error::from(cause));
        assert!(format!("{failure:?}").ends_with("s3:GetObject failed: AccessDenied: secret key"));
        let answer = Diagnostic::from(failure);
        assert_eq!(answer.error_type, "Protium.Internal");
        assert!(!answer.error_message.contains("secret"), "{}", answer.error_message);
    }
}
