//! CloudFormation, through a customer's provisioning role.

use async_trait::async_trait;
pub use protium_bundle::StackParameter;
use protium_domain::time::Timestamp;
use thiserror::Error;

use super::{ChangeSetRequest, ChangeSetState};

/// The role to act by: assumed through the provisioning principal with the installation's ExternalId.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoleAccess {
    /// The role's ARN.
    pub role_arn: String,
    /// The session's name, which CloudTrail shows.
    pub session_name: String,
}

/// A stack's template.
#[derive(Clone, PartialEq, Eq)]
pub enum StackTemplate {
    /// Up to 51,200 bytes.
    Body(String),
    /// Above that: a presigned URL.
    Url(String),
}

/// Templates hold inputs: only their size may reach a log.
impl std::fmt::Debug for StackTemplate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Body(body) => write!(formatter, "StackTemplate::Body({} bytes)", body.len()),
            Self::Url(_) => formatter.write_str("StackTemplate::Url"),
        }
    }
}

/// A stack to create or update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackRequest {
    /// Name (create) or ARN (update).
    pub stack: String,
    /// The template.
    pub template: StackTemplate,
    /// Values of the template's parameters; those that aren't named take their default.
    pub parameters: Vec<StackParameter>,
    /// Tags, in order.
    pub tags: Vec<(String, String)>,
    /// ClientRequestToken: one per attempt to change the stack.
    pub token: String,
}

/// What a request to update did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StackChange {
    /// It began.
    Started,
    /// "No updates are to be performed": the stack is as asked for.
    Unchanged,
}

/// A stack's status: CloudFormation's own enum, read by its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackStatus(pub String);

impl StackStatus {
    /// Whether CloudFormation is at work on it.
    #[must_use]
    pub fn is_in_progress(&self) -> bool {
        self.0.ends_with("_IN_PROGRESS")
    }

    /// Whether it was deleted.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.0 == "DELETE_COMPLETE"
    }

    /// Whether the last create or update reached what was asked for.
    #[must_use]
    pub fn is_deployed(&self) -> bool {
        matches!(self.0.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE")
    }

    /// Whether UpdateStack is accepted (trap #46: after a rolled-back update it is).
    #[must_use]
    pub fn is_updatable(&self) -> bool {
        self.is_deployed()
            || matches!(self.0.as_str(), "UPDATE_ROLLBACK_COMPLETE" | "IMPORT_ROLLBACK_COMPLETE")
    }

    /// Whether an update could not be undone. Only ContinueUpdateRollback or deletion helps.
    #[must_use]
    pub fn is_rollback_failed(&self) -> bool {
        self.0 == "UPDATE_ROLLBACK_FAILED"
    }

    /// Whether nothing but deletion helps: its creation failed, so that it never was what somebody asked for.
    #[must_use]
    pub fn must_be_replaced(&self) -> bool {
        matches!(
            self.0.as_str(),
            "ROLLBACK_COMPLETE"
                | "ROLLBACK_FAILED"
                | "CREATE_FAILED"
                | "DELETE_FAILED"
                | "REVIEW_IN_PROGRESS"
        )
    }
}

/// A stack as described.
#[derive(Clone, PartialEq, Eq)]
pub struct StackDescription {
    /// Its ARN.
    pub arn: String,
    /// Its status.
    pub status: StackStatus,
    /// CloudFormation's reason.
    pub status_reason: Option<String>,
    /// When it was last changed: made, or the latest update begun.
    pub changed_at: Option<Timestamp>,
    /// Outputs, in the order of CloudFormation.
    pub outputs: Vec<(String, String)>,
    /// Tags.
    pub tags: Vec<(String, String)>,
}

impl StackDescription {
    /// Status and last change in one text. CloudFormation's descriptions may lag behind its calls: one that still says
    /// what was said before a call tells nothing of the call.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let changed_at = self.changed_at.map_or(0, Timestamp::as_millis);
        format!("{}@{changed_at}", self.status.0)
    }
}

/// Outputs are sensitive: only their number may reach a log.
impl std::fmt::Debug for StackDescription {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "StackDescription({}, {}, {} outputs)", self.arn, self.status.0, self.outputs.len())
    }
}

/// A resource that a stack made.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ProvisionedResource {
    /// Its logical id.
    pub name: String,
    /// Its physical id.
    pub identifier: String,
}

/// Why CloudFormation could not be asked, or refused.
#[derive(Debug, Error)]
pub enum CloudFormationError {
    /// The role can't be assumed: it is missing, or does not trust Protium. Ends the deployment with the trust
    /// statement to paste.
    #[error("the role {role_arn} could not be assumed: {message}")]
    RoleNotAssumable {
        /// The role.
        role_arn: String,
        /// What STS said.
        message: String,
    },
    /// CloudFormation refused the request, in its own words: a template that it doesn't accept, a permission that the
    /// role lacks, termination protection. Repeating won't help.
    #[error("{0}")]
    Refused(String),
    /// Throttling, or a failure of the service: repeating helps.
    #[error("CloudFormation is not available: {0}")]
    Unavailable(String),
}

/// CloudFormation in one region, by any role.
#[async_trait]
pub trait CloudFormation: Send + Sync {
    /// The stack of this name or ARN; nothing when there never was one, or when only its name is known and it is gone.
    async fn describe(
        &self,
        access: &RoleAccess,
        stack: &str,
    ) -> Result<Option<StackDescription>, CloudFormationError>;

    /// CreateStack with capabilities IAM, NAMED_IAM and AUTO_EXPAND; its ARN. A stack that exists already under this
    /// name is success with its ARN: names are unique, so it is ours.
    async fn create(
        &self,
        access: &RoleAccess,
        request: &StackRequest,
    ) -> Result<String, CloudFormationError>;

    /// UpdateStack.
    async fn update(
        &self,
        access: &RoleAccess,
        request: &StackRequest,
    ) -> Result<StackChange, CloudFormationError>;

    /// CancelUpdateStack: the update that is under way is rolled back. One that can't be cancelled any more, because it
    /// has ended or only cleans up, is success: the stack tells what became of it.
    async fn cancel_update(
        &self,
        access: &RoleAccess,
        stack: &str,
        token: &str,
    ) -> Result<(), CloudFormationError>;

    /// ContinueUpdateRollback of a stack in UPDATE_ROLLBACK_FAILED. One that is no longer in it is success.
    async fn continue_rollback(
        &self,
        access: &RoleAccess,
        stack: &str,
        token: &str,
    ) -> Result<(), CloudFormationError>;

    /// DeleteStack; deleting what is gone succeeds. `retained` names resources to keep, by their logical ids; only a
    /// stack in DELETE_FAILED keeps any.
    async fn delete(
        &self,
        access: &RoleAccess,
        stack: &str,
        retained: &[String],
        token: &str,
    ) -> Result<(), CloudFormationError>;

    /// The logical ids of the resources that the stack's deletion failed at (every page).
    async fn undeletable(&self, access: &RoleAccess, stack: &str)
    -> Result<Vec<String>, CloudFormationError>;

    /// Lets CloudFormation compute a change set. One that exists already under this name is success: names are unique,
    /// so it is ours.
    async fn change_set_create(
        &self,
        access: &RoleAccess,
        request: &ChangeSetRequest,
    ) -> Result<(), CloudFormationError>;

    /// The change set `name` of a stack, every page of it; nothing when there is none.
    async fn change_set(
        &self,
        access: &RoleAccess,
        stack: &str,
        name: &str,
    ) -> Result<Option<ChangeSetState>, CloudFormationError>;

    /// Removes a change set; removing what is gone succeeds.
    async fn change_set_delete(
        &self,
        access: &RoleAccess,
        stack: &str,
        name: &str,
    ) -> Result<(), CloudFormationError>;

    /// All resources of the stack (every page).
    async fn resources(
        &self,
        access: &RoleAccess,
        stack: &str,
    ) -> Result<Vec<ProvisionedResource>, CloudFormationError>;

    /// The reasons that CloudFormation gave for the failures of the stack's latest operation, oldest first, at most a
    /// few; consequences ("Resource creation cancelled") left out.
    async fn failure_reasons(
        &self,
        access: &RoleAccess,
        stack: &str,
    ) -> Result<Vec<String>, CloudFormationError>;
}
