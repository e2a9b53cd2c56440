//! The one place where what went wrong becomes what the caller reads (behaviour 14).
//!
//! A caller learns what they can do something about. Of a fault of ours they learn only that there was one; its causes
//! go to the journal, once.

use protium_app::Error;
use protium_domain::identifier::InvalidIdentifier;
use protium_domain::name::InvalidName;
use protium_domain::repository::InvalidRepositoryName;
use protium_domain::tag::InvalidTag;
use protium_domain::version::InvalidVersion;
use protium_wire::error::ErrorCode;
use protium_wire::{Operation, WireError};

/// Why a handler has no answer.
#[derive(Debug)]
pub enum Failure {
    /// The request isn't well formed, or names something that isn't carried out yet.
    Wire(WireError),
    /// The use case refused or failed.
    App(Error),
}

/// What a handler answers.
pub type Answer<T> = Result<T, Failure>;

impl Failure {
    /// A request that breaks a rule which the wire's model doesn't state.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::Wire(WireError::new(ErrorCode::Validation, message))
    }

    /// The error that a caller of `operation` reads.
    ///
    /// What the operation doesn't declare is `ValidationException`, so that clients which were generated from the model know
    /// every class that they meet (behaviour 14: "where modelled, else Validation").
    #[must_use]
    pub fn into_wire(self, operation: Operation) -> WireError {
        let error = match self {
            Self::Wire(error) => return error,
            Self::App(error) => error,
        };
        WireError::new(declared(code(&error), operation), error.to_string())
    }

    /// Of a fault of ours, for operators: what failed, down to the first cause. Of refusals there is nothing to tell: their
    /// texts may quote the input.
    #[must_use]
    pub fn causes(&self) -> Option<String> {
        match self {
            Self::App(Error::Internal(source)) => Some(causes(source.as_ref())),
            _ => None,
        }
    }
}

fn declared(code: ErrorCode, operation: Operation) -> ErrorCode {
    let is_declared = operation.description().errors().any(|declared| declared == code);
    let is_modelled = ErrorCode::MODELLED.contains(&code);
    if is_modelled && !is_declared { ErrorCode::Validation } else { code }
}

const fn code(error: &Error) -> ErrorCode {
    match error {
        Error::Validation(_) => ErrorCode::Validation,
        Error::NotFound(_) => ErrorCode::ResourceNotFound,
        Error::Conflict(_) => ErrorCode::Conflict,
        Error::QuotaExceeded(_) => ErrorCode::ServiceQuotaExceeded,
        Error::AccessDenied(_) => ErrorCode::AccessDenied,
        Error::Throttling(_) => ErrorCode::Throttling,
        Error::NotImplemented(_) => ErrorCode::NotImplemented,
        Error::Internal(_) => ErrorCode::InternalServer,
    }
}

/// An error and what it came from, down to the first cause.
fn causes(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl From<WireError> for Failure {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::App(error)
    }
}

macro_rules! validation {
    ($($invalid:ident),+) => {
        $(impl From<$invalid> for Failure {
            fn from(error: $invalid) -> Self {
                Self::validation(error.to_string())
            }
        })+
    };
}

validation!(InvalidIdentifier, InvalidName, InvalidRepositoryName, InvalidTag, InvalidVersion);

#[cfg(test)]
mod tests {
    use protium_app::ports::PortError;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Error::Validation("why".into()), ErrorCode::Validation)]
    #[case(Error::NotFound("why".into()), ErrorCode::ResourceNotFound)]
    #[case(Error::Conflict("why".into()), ErrorCode::Conflict)]
    #[case(Error::QuotaExceeded("why".into()), ErrorCode::ServiceQuotaExceeded)]
    #[case(Error::AccessDenied("why".into()), ErrorCode::AccessDenied)]
    #[case(Error::Throttling("why".into()), ErrorCode::Throttling)]
    #[case(Error::NotImplemented("why".into()), ErrorCode::NotImplemented)]
    fn a_refusal_keeps_its_class_and_its_text(#[case] error: Error, #[case] code: ErrorCode) {
        let operation = Operation::CreateEnvironment;
        assert_eq!(Failure::App(error).into_wire(operation), WireError::new(code, "why"));
    }

    #[rstest]
    #[case(Operation::UpdateAccountSettings, Error::NotFound("why".into()))]
    #[case(Operation::CreateServiceInstance, Error::QuotaExceeded("why".into()))]
    #[case(Operation::DeleteDeployment, Error::Conflict("why".into()))]
    fn a_class_that_the_operation_does_not_declare_is_a_validation(
        #[case] operation: Operation,
        #[case] error: Error,
    ) {
        assert_eq!(Failure::App(error).into_wire(operation), WireError::new(ErrorCode::Validation, "why"));
    }

    #[test]
    fn of_a_fault_the_caller_learns_nothing_but_that_there_was_one() {
        let fault = PortError::Failed { operation: "dynamodb:GetItem", message: "table protium-x".into() };
        let error = Failure::App(fault.into()).into_wire(Operation::GetService);
        assert_eq!(error, WireError::new(ErrorCode::InternalServer, "Internal service failure"));
    }

    #[test]
    fn operators_read_every_cause() {
        let fault = PortError::Failed { operation: "dynamodb:GetItem", message: "table protium-x".into() };
        let causes = Failure::App(fault.into()).causes();
        assert_eq!(causes.as_deref(), Some("dynamodb:GetItem failed: table protium-x"));
    }

    #[test]
    fn what_a_refusal_says_is_for_the_caller_alone() {
        assert_eq!(Failure::App(Error::Validation("the spec says 'secret'".into())).causes(), None);
    }
}
