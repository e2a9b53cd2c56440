//! Client tokens (behaviour 2.0 rule 1).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::arn::Resource;
use crate::digest::RequestDigest;
use crate::time::Timestamp;

/// The memory of one request with a client token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientToken {
    /// The operation; the same token may serve another one.
    pub operation: String,
    /// What the client sent.
    pub token: String,
    /// The fingerprint of the request.
    pub digest: RequestDigest,
    /// What it made.
    pub resource: Resource,
    /// When the token is free again.
    pub expires_at: Timestamp,
}

impl ClientToken {
    /// How long a token lives.
    pub const LIFETIME: Duration = Duration::from_secs(8 * 60 * 60);
}

/// The wait of a workflow for a stack: whoever hears of the stack resumes the task with this token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StackWait {
    /// The stack's name, unique by its random suffix.
    pub stack_name: String,
    /// The deployment that waits.
    pub deployment_id: crate::identifier::Identifier,
    /// The Step Functions task token.
    pub task_token: String,
    /// When the record may go.
    pub expires_at: Timestamp,
}

/// A task token lets its holder end the task: it must not reach a log.
impl std::fmt::Debug for StackWait {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "StackWait({}, {})", self.stack_name, self.deployment_id)
    }
}
