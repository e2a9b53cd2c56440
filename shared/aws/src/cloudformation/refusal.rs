//! Reading CloudFormation's refusals.
//!
//! CloudFormation answers nearly everything with `ValidationError`; only the text tells the cases apart. The texts
//! are matched loosely, by the few words that the CLI and other tools have relied on for years.

use std::error::Error as StdError;

use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use protium_app::ports::CloudFormationError;

use crate::failure::{CallError, Failure};

/// What a refusal means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is no such stack.
    Absent,
    /// A stack of that name exists.
    Exists,
    /// "No updates are to be performed".
    NoChange,
    /// The ClientRequestToken was used for this before.
    TokenUsed,
    /// The stack is in a status from which it can't be cancelled, or its rollback not be continued.
    WrongStatus(String),
    /// Repeating may help.
    Transient(String),
    /// Repeating won't help; CloudFormation's own text.
    Final(String),
}

impl Refusal {
    pub(super) fn of(failure: &Failure) -> Self {
        let message = failure.message.as_str();
        match failure.code.as_deref() {
            Some("AlreadyExistsException") => Self::Exists,
            Some("TokenAlreadyExistsException") => Self::TokenUsed,
            _ if failure.is_transient() => Self::Transient(failure.text()),
            Some("StackNotFoundException" | "ChangeSetNotFound" | "ChangeSetNotFoundException") => {
                Self::Absent
            }
            Some("ValidationError") if message.contains("does not exist") && message.contains("tack") => {
                Self::Absent
            }
            Some("ValidationError") if message.contains("No updates are to be performed") => Self::NoChange,
            Some("ValidationError") if is_wrong_status(message) => Self::WrongStatus(message.to_owned()),
            _ => Self::Final(message.to_owned()),
        }
    }
}

/// "CancelUpdateStack cannot be called from current stack status", "Stack:… is in UPDATE_COMPLETE state and can not be
/// continued rolling back."
fn is_wrong_status(message: &str) -> bool {
    message.contains("cannot be called from current stack status") || message.contains(" state and can not ")
}

impl From<Refusal> for CloudFormationError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Transient(text) => Self::Unavailable(text),
            Refusal::Final(text) | Refusal::WrongStatus(text) => Self::Refused(text),
            Refusal::Absent => Self::Refused("the stack does not exist".to_owned()),
            Refusal::Exists => Self::Refused("a stack of this name exists".to_owned()),
            Refusal::NoChange => Self::Refused("no updates are to be performed".to_owned()),
            Refusal::TokenUsed => {
                Self::Refused("the request token was used for another change of the stack".to_owned())
            }
        }
    }
}

/// The failure of a call that has no special cases.
pub(super) fn refused<E>(error: CallError<E>) -> CloudFormationError
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    Refusal::of(&Failure::read(&error)).into()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn failure(code: Option<&str>, message: &str, status: u16) -> Failure {
        Failure { code: code.map(ToOwned::to_owned), message: message.to_owned(), status: Some(status) }
    }

    #[rstest]
    #[case("ValidationError", "Stack with id AWSProton-x does not exist", 400, Refusal::Absent)]
    #[case("ValidationError", "Stack [AWSProton-x] does not exist", 400, Refusal::Absent)]
    #[case(
        "ValidationError",
        "CancelUpdateStack cannot be called from current stack status",
        400,
        Refusal::WrongStatus("CancelUpdateStack cannot be called from current stack status".into())
    )]
    #[case("ValidationError", "No updates are to be performed.", 400, Refusal::NoChange)]
    #[case("AlreadyExistsException", "Stack [x] already exists", 400, Refusal::Exists)]
    #[case("TokenAlreadyExistsException", "token in use", 400, Refusal::TokenUsed)]
    #[case("Throttling", "Rate exceeded", 400, Refusal::Transient("Throttling: Rate exceeded".into()))]
    #[case("InternalFailure", "oops", 500, Refusal::Transient("InternalFailure: oops".into()))]
    #[case("ExpiredToken", "old", 403, Refusal::Transient("ExpiredToken: old".into()))]
    #[case("AccessDenied", "User: x is not authorized", 403, Refusal::Final("User: x is not authorized".into()))]
    #[case(
        "ValidationError",
        "Template error: resource Foo does not support attribute type Arn",
        400,
        Refusal::Final("Template error: resource Foo does not support attribute type Arn".into())
    )]
    #[case(
        "ValidationError",
        "Stack [x] cannot be deleted while TerminationProtection is enabled",
        400,
        Refusal::Final("Stack [x] cannot be deleted while TerminationProtection is enabled".into())
    )]
    fn refusals_are_told_apart(
        #[case] code: &str,
        #[case] message: &str,
        #[case] status: u16,
        #[case] expected: Refusal,
    ) {
        assert_eq!(Refusal::of(&failure(Some(code), message, status)), expected);
    }

    #[test]
    fn no_answer_may_be_repeated() {
        let failure = Failure { code: None, message: "connection reset".to_owned(), status: None };
        assert_eq!(Refusal::of(&failure), Refusal::Transient("connection reset".to_owned()));
    }
}
