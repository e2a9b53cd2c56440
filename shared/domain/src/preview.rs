//! Previews: what a request would deploy, without deploying it; and adoptions, which begin as one.
//!
//! A preview renders, lets CloudFormation compute a change set, and removes that again. Its record names what may lie
//! with CloudFormation before it is made, so that whoever goes on after a crash removes it. An adoption asks for a stack
//! that exists; when the change set is empty, the resource is made around the stack.

use serde::{Deserialize, Serialize};
use std::time::Duration;

use crate::deployable::Stack;
use crate::deployment::DeploymentTarget;
use crate::identifier::Identifier;
use crate::revision::Revision;
use crate::time::Timestamp;
use crate::trace::TraceId;
use crate::transition::IllegalTransition;
use crate::watch::Watch;

/// How far a preview is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PreviewStatus {
    /// Being made.
    InProgress,
    /// Made; of an adoption: the stack is as it would be deployed, and the resource was made around it.
    Succeeded,
    /// It could not be made; of an adoption: the stack differs, or was not to be had.
    Failed,
}

impl PreviewStatus {
    /// As the wire writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
        }
    }
}

impl std::fmt::Display for PreviewStatus {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Where the change set of a preview lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeSetPlace {
    /// The stack: the name of one that is made for the change set alone, else the resource's own by name or ARN.
    pub stack: String,
    /// The change set's name.
    pub change_set: String,
    /// The stack is made for the change set and goes with it. It is never more than REVIEW_IN_PROGRESS.
    pub is_new_stack: bool,
}

/// A preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// Its id; executions and objects are named by it.
    pub id: Identifier,
    /// The resource that would be deployed, which may not exist.
    pub target: DeploymentTarget,
    /// The id of the deployment in the plan.
    pub deployment_id: Identifier,
    /// The stack to adopt; nothing for a mere preview.
    pub adopts: Option<Stack>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// The trace of the request that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceId>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// What may lie with CloudFormation because of it.
    pub place: Option<ChangeSetPlace>,
    /// When the reconciler looks after it; absent once ended.
    pub watch: Option<Watch>,
    /// When its record may go; absent until it has ended.
    pub expires_at: Option<Timestamp>,
    /// Counts commits.
    pub revision: Revision,
    status: PreviewStatus,
    status_message: Option<String>,
}

impl Preview {
    /// How long one that has ended is kept.
    pub const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);
    /// How long CloudFormation may take for a change set.
    pub const PATIENCE: Duration = Duration::from_secs(30 * 60);

    /// A preview that was just asked for.
    #[must_use]
    pub fn new(
        id: Identifier,
        target: DeploymentTarget,
        deployment_id: Identifier,
        adopts: Option<Stack>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            target,
            deployment_id,
            adopts,
            created_at: now,
            trace: None,
            completed_at: None,
            place: None,
            watch: Some(Watch::begin(now)),
            expires_at: None,
            revision: Revision::first(now),
            status: PreviewStatus::InProgress,
            status_message: None,
        }
    }

    /// Its status.
    #[must_use]
    pub const fn status(&self) -> PreviewStatus {
        self.status
    }

    /// Why it failed, for people.
    #[must_use]
    pub fn status_message(&self) -> Option<&str> {
        self.status_message.as_deref()
    }

    /// Whether it is still being made.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.status, PreviewStatus::InProgress)
    }

    /// The name of the execution that works on it: `<id>-<attempt>` (design 2.5).
    #[must_use]
    pub fn execution_name(&self) -> String {
        format!("{}-{}", self.id, self.watch.map_or(1, |watch| watch.attempt))
    }

    /// Ends it, well when there is no `failure`.
    ///
    /// # Errors
    /// [`IllegalTransition`] when it has ended already.
    pub fn finish(&mut self, failure: Option<String>, now: Timestamp) -> Result<(), IllegalTransition> {
        if !self.is_open() {
            return Err(IllegalTransition::new("the preview", self.status, "end once more"));
        }
        self.status = if failure.is_some() { PreviewStatus::Failed } else { PreviewStatus::Succeeded };
        self.status_message = failure;
        self.completed_at = Some(now);
        self.expires_at = Some(now.plus(Self::LIFETIME));
        self.watch = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::ResourceName;

    #[test]
    fn a_preview_ends_once() {
        let id = Identifier::new("0190163d-8694-739b-aea5-966c26f8ad91").expect("valid");
        let target = DeploymentTarget::Environment { name: ResourceName::new("beta").expect("valid") };
        let mut preview = Preview::new(id.clone(), target, id, None, Timestamp::from_millis(1));
        assert!(preview.is_open() && preview.execution_name().ends_with("-1"));
        preview.finish(Some("why".to_owned()), Timestamp::from_millis(2)).expect("open");
        assert_eq!((preview.status(), preview.watch), (PreviewStatus::Failed, None));
        assert!(preview.expires_at.is_some());
        assert!(preview.finish(None, Timestamp::from_millis(3)).is_err());
    }
}
