//! The stack of a resource, and what Protium last did with it (behaviour 7.2).

use serde::{Deserialize, Serialize};

use crate::identifier::Identifier;
use crate::trace::TraceId;

/// The CloudFormation stack of a resource. Its name is made once and remembered, never computed again (behaviour 7.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stack {
    /// The name, committed before the stack is made.
    pub name: String,
    /// The ARN, known after it is made.
    pub arn: Option<String>,
    /// The trace of the request that it was made for: its tag `protium:trace`. It stays when the stack is updated, because a
    /// tag that changes would change every resource in the stack; what updated it stands in the stack's events, whose
    /// client tokens begin with the deployment's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceId>,
    /// What Protium last began to do with it. Written before the call, so that after a restart we can tell our own
    /// work on the stack from somebody else's.
    pub operation: Option<StackOperation>,
}

impl Stack {
    /// A name for a stack that is still to be made.
    #[must_use]
    pub const fn named(name: String) -> Self {
        Self { name, arn: None, trace: None, operation: None }
    }

    /// Whether it has a name only: no call to make it was ever begun, so it doesn't exist.
    #[must_use]
    pub const fn was_never_asked_for(&self) -> bool {
        self.arn.is_none() && self.operation.is_none()
    }

    /// What CloudFormation knows it by: its ARN, or its name while the ARN is unknown.
    #[must_use]
    pub fn handle(&self) -> &str {
        self.arn.as_deref().unwrap_or(&self.name)
    }
}

/// A call that changes a stack, on behalf of one deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StackOperation {
    /// The deployment.
    pub deployment_id: Identifier,
    /// The call.
    pub kind: StackOperationKind,
    /// What CloudFormation said of the stack before the call, in one text: its status and when it was last changed. A
    /// description that still says the same is from before the call, whatever it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

/// Which call changes a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StackOperationKind {
    /// CreateStack.
    Create,
    /// UpdateStack.
    Update,
    /// ContinueUpdateRollback: to bring back a stack whose rollback failed, before it can be updated.
    ContinueRollback,
    /// DeleteStack: for a deletion, or to make room for a new creation.
    Delete,
    /// DeleteStack of a stack whose deletion failed, without the resources that could not go.
    DeleteRetaining,
}
