//! What callers of other accounts may do.
//!
//! An installation belongs to one account, the management account, and serves it. Environment accounts, which lend their
//! roles for environments, come through one role of the management account (`infra/protium.yaml`), whose trust policy
//! binds the name of each session to the account that assumes it. They are served what concerns their own connections and
//! reports on deployments in them, and nothing else.

use protium_app::Installation;
use protium_domain::arn::Resource;
use protium_wire::error::ErrorCode;
use protium_wire::{Operation, WireError};
use serde_json::Value;

use crate::http::Caller;

/// Refuses a caller of another account what is the management account's alone.
///
/// # Errors
/// `AccessDeniedException`, in Proton's words (behaviour 14).
pub(crate) fn require_authority(
    installation: &Installation,
    caller: &Caller<'_>,
    operation: Operation,
    input: &Value,
) -> Result<(), WireError> {
    let is_own = caller.account == installation.location.account;
    if is_own
        || is_open(operation)
        || (is_of_tags(operation) && names_own_connection(installation, caller, input))
    {
        return Ok(());
    }
    Err(WireError::new(
        ErrorCode::AccessDenied,
        format!(
            "User: {} is not authorized to perform: proton:{operation}. This installation belongs to the account {}; \
             callers of the account {} manage their own environment account connections only",
            caller.arn, installation.location.account, caller.account
        ),
    ))
}

/// Operations that decide by the calling account themselves.
const fn is_open(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::CreateEnvironmentAccountConnection
            | Operation::GetEnvironmentAccountConnection
            | Operation::ListEnvironmentAccountConnections
            | Operation::UpdateEnvironmentAccountConnection
            | Operation::DeleteEnvironmentAccountConnection
            | Operation::AcceptEnvironmentAccountConnection
            | Operation::RejectEnvironmentAccountConnection
            | Operation::NotifyResourceDeploymentStatusChange
    )
}

const fn is_of_tags(operation: Operation) -> bool {
    matches!(operation, Operation::TagResource | Operation::UntagResource | Operation::ListTagsForResource)
}

fn names_own_connection(installation: &Installation, caller: &Caller<'_>, input: &Value) -> bool {
    let mut location = installation.location.clone();
    location.account = caller.account.to_owned();
    let arn = input.get("resourceArn").and_then(Value::as_str).unwrap_or_default();
    matches!(location.resource(arn), Ok(ref resource @ Resource::AccountConnection { .. }) if location.arn(resource) == arn)
}
