//! Failures of a function, at its boundary.
//!
//! A handler returns its use case's error and logs nothing. The journal's line of the invocation has the class and, of a
//! fault of ours, the causes ([`Failure::fault`]); so each failure is logged once. Step Functions sees the name, and repeats
//! what may pass: `Protium.Internal`, `Protium.Throttling`, `Protium.Conflict`.

use std::error::Error as StdError;
use std::fmt;

use lambda_runtime::Diagnostic;
use protium_app::Error;
use protium_app::ports::Fault;

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

    /// What the journal tells of it. The texts of refusals are left out, because they may quote what people wrote.
    #[must_use]
    pub fn fault(&self) -> Fault {
        let is_ours = matches!(self.name, "Protium.Internal" | "Protium.Throttling");
        Fault { class: self.name, causes: is_ours.then(|| self.causes()) }
    }

    /// The message and every cause.
    fn causes(&self) -> String {
        let first: &dyn StdError = &*self.error;
        let chain = std::iter::successors(Some(first), |&error| error.source());
        chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
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
        write!(formatter, "{}: {}", self.name, self.causes())
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
        let causes = failure.fault().causes.expect("it is a fault of ours");
        assert!(causes.ends_with("s3:GetObject failed: AccessDenied: secret key"), "{causes}");
        let answer = Diagnostic::from(failure);
        assert_eq!(answer.error_type, "Protium.Internal");
        assert!(!answer.error_message.contains("secret"), "{}", answer.error_message);
    }

    #[test]
    fn the_journal_does_not_quote_refusals() {
        let failure = Failure::from(Error::Validation("the spec says 'secret'".to_owned()));
        assert_eq!(failure.fault(), Fault { class: "Protium.Validation", causes: None });
    }
}
