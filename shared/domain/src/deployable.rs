//! The lifecycle that environments, service instances, pipelines and components share (behaviour 1.3, 3.2).
//!
//! [`Deployable`] is the only place where a `deploymentStatus` changes. A resource embeds it; the deployment record
//! follows the same enum and is closed together with it.

mod stack;
mod status;

use serde::{Deserialize, Serialize};

use crate::identifier::Identifier;
use crate::time::Timestamp;
use crate::transition::{IllegalTransition, Transition};

pub use self::stack::{Stack, StackOperation, StackOperationKind};
pub use self::status::{DeploymentStatus, DeploymentTrigger};

/// What a resource is held for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldFor {
    /// To be updated.
    Update,
    /// To be deleted.
    Delete,
}

/// How a deployment of a resource ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeploymentOutcome {
    /// Everything is as asked for; for a deletion: gone.
    Succeeded,
    /// It is not; the message says why.
    Failed,
    /// Undone on request.
    Cancelled,
}

/// The deployment attributes of one resource (behaviour 1.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployable {
    /// When the latest deployment was accepted.
    pub last_attempted_at: Timestamp,
    /// The *attempt* time of the latest deployment that succeeded.
    pub last_succeeded_at: Option<Timestamp>,
    /// The latest deployment.
    pub last_attempted_deployment_id: Identifier,
    /// The latest deployment that succeeded; its outputs are the resource's outputs.
    pub last_succeeded_deployment_id: Option<Identifier>,
    /// The stack, where CloudFormation provisions.
    pub stack: Option<Stack>,
    status: DeploymentStatus,
    status_message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    held: Option<Held>,
}

/// What a resource was before it began to wait for a deployment of its service's operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Held {
    status: DeploymentStatus,
    status_message: Option<String>,
}

/// A change of [`DeploymentStatus`].
pub type DeploymentTransition = Transition<DeploymentStatus>;

impl Deployable {
    /// A resource whose first deployment is accepted: `IN_PROGRESS`.
    #[must_use]
    pub fn new(deployment_id: Identifier, now: Timestamp) -> (Self, DeploymentTransition) {
        let status = DeploymentStatus::InProgress;
        let deployable = Self {
            last_attempted_at: now,
            last_succeeded_at: None,
            last_attempted_deployment_id: deployment_id,
            last_succeeded_deployment_id: None,
            stack: None,
            status,
            status_message: None,
            held: None,
        };
        (deployable, Transition { from: None, to: status })
    }

    /// Its status.
    #[must_use]
    pub const fn status(&self) -> DeploymentStatus {
        self.status
    }

    /// Why the last deployment failed, for people.
    #[must_use]
    pub fn status_message(&self) -> Option<&str> {
        self.status_message.as_deref()
    }

    /// Accepts an update.
    ///
    /// # Errors
    /// [`IllegalTransition`] while something is in progress.
    pub fn update(
        &mut self,
        id: Identifier,
        now: Timestamp,
    ) -> Result<DeploymentTransition, IllegalTransition> {
        self.begin(DeploymentTrigger::Update, id, now)
    }

    /// Accepts a deletion.
    ///
    /// # Errors
    /// [`IllegalTransition`] while something is in progress.
    pub fn delete(
        &mut self,
        id: Identifier,
        now: Timestamp,
    ) -> Result<DeploymentTransition, IllegalTransition> {
        self.begin(DeploymentTrigger::Delete, id, now)
    }

    /// Locks it for a later step of its service's operation: the status is that of an update or a deletion already, but
    /// no deployment has begun (behaviour 3.3, service edit 1).
    ///
    /// # Errors
    /// [`IllegalTransition`] while something is in progress.
    pub fn hold(&mut self, kind: HeldFor) -> Result<DeploymentTransition, IllegalTransition> {
        let before = Held { status: self.status, status_message: self.status_message.take() };
        let trigger = match kind {
            HeldFor::Update => DeploymentTrigger::Update,
            HeldFor::Delete => DeploymentTrigger::Delete,
        };
        match self.transition(trigger) {
            Ok(transition) => {
                self.held = Some(before);
                Ok(transition)
            }
            Err(error) => {
                self.status_message = before.status_message;
                Err(error)
            }
        }
    }

    /// Whether it is locked by [`Deployable::hold`].
    #[must_use]
    pub const fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Begins the deployment that it was held for. Its status stays, so there is no event.
    pub fn release(&mut self, id: Identifier, now: Timestamp) {
        if self.held.take().is_some() {
            self.last_attempted_at = now;
            self.last_attempted_deployment_id = id;
        }
    }

    /// Gives back the status that it had before it was held; nothing when it isn't held.
    pub fn restore(&mut self) -> Option<DeploymentTransition> {
        let Held { status, status_message } = self.held.take()?;
        let from = std::mem::replace(&mut self.status, status);
        self.status_message = status_message;
        Some(Transition { from: Some(from), to: status })
    }

    /// Accepts the cancellation of the deployment in progress (behaviour 7.6).
    ///
    /// # Errors
    /// [`IllegalTransition`] unless it is IN_PROGRESS.
    pub fn cancel(&mut self) -> Result<DeploymentTransition, IllegalTransition> {
        self.transition(DeploymentTrigger::Cancel)
    }

    /// Records how the deployment `id` ended. For a deletion, success means DELETE_COMPLETE.
    ///
    /// # Errors
    /// [`IllegalTransition`] when nothing is in progress.
    pub fn finish(
        &mut self,
        outcome: DeploymentOutcome,
        message: Option<String>,
    ) -> Result<DeploymentTransition, IllegalTransition> {
        let deleting = self.status == DeploymentStatus::DeleteInProgress;
        let trigger = match (outcome, deleting) {
            (DeploymentOutcome::Succeeded, false) => DeploymentTrigger::Succeed,
            (DeploymentOutcome::Failed, false) => DeploymentTrigger::Fail,
            (DeploymentOutcome::Cancelled, _) => DeploymentTrigger::Cancelled,
            (DeploymentOutcome::Succeeded, true) => DeploymentTrigger::Deleted,
            (DeploymentOutcome::Failed, true) => DeploymentTrigger::DeleteFail,
        };
        let transition = self.transition(trigger)?;
        if transition.to == DeploymentStatus::Succeeded {
            self.last_succeeded_at = Some(self.last_attempted_at);
            self.last_succeeded_deployment_id = Some(self.last_attempted_deployment_id.clone());
        }
        self.status_message = message;
        Ok(transition)
    }

    /// Tells people what a deployment in progress waits for; whether that is news.
    pub fn note(&mut self, message: &str) -> bool {
        let is_news = self.status.is_in_progress() && self.status_message.as_deref() != Some(message);
        if is_news {
            self.status_message = Some(message.to_owned());
        }
        is_news
    }

    fn begin(
        &mut self,
        trigger: DeploymentTrigger,
        id: Identifier,
        now: Timestamp,
    ) -> Result<DeploymentTransition, IllegalTransition> {
        let transition = self.transition(trigger)?;
        self.last_attempted_at = now;
        self.last_attempted_deployment_id = id;
        self.status_message = None;
        Ok(transition)
    }

    fn transition(&mut self, trigger: DeploymentTrigger) -> Result<DeploymentTransition, IllegalTransition> {
        let from = self.status;
        self.status = from.on(trigger)?;
        Ok(Transition { from: Some(from), to: self.status })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> Identifier {
        Identifier::new(format!("00000000-0000-7000-8000-0000000000{number:02x}")).expect("valid")
    }

    #[test]
    fn what_is_held_goes_on_or_back() {
        for outcome in [DeploymentOutcome::Succeeded, DeploymentOutcome::Failed, DeploymentOutcome::Cancelled]
        {
            for kind in [HeldFor::Update, HeldFor::Delete] {
                let (mut resource, _) = Deployable::new(id(1), Timestamp::from_millis(10));
                assert!(resource.hold(kind).is_err(), "it is in progress");
                resource.finish(outcome, Some("so".to_owned())).expect("in progress");
                let before = resource.clone();
                let change = resource.hold(kind).expect("settled");
                assert!(resource.is_held() && resource.status().is_in_progress());
                assert_eq!(resource.last_attempted_deployment_id, id(1), "no deployment has begun");
                assert!(resource.hold(kind).is_err(), "once only");

                let mut back = resource.clone();
                let restored = back.restore().expect("it was held");
                assert_eq!((restored.from, restored.to), (Some(change.to), before.status()));
                assert_eq!(back, before);
                assert_eq!(back.restore(), None);

                resource.release(id(2), Timestamp::from_millis(20));
                assert!(!resource.is_held() && resource.status() == change.to);
                assert_eq!(resource.last_attempted_deployment_id, id(2));
                assert_eq!(resource.restore(), None, "it is on its way");
            }
        }
    }

    #[test]
    fn success_is_dated_by_its_attempt() {
        let (mut resource, _) = Deployable::new(id(1), Timestamp::from_millis(10));
        resource.finish(DeploymentOutcome::Succeeded, None).expect("in progress");
        assert_eq!(resource.last_succeeded_at, Some(Timestamp::from_millis(10)));
        resource.update(id(2), Timestamp::from_millis(20)).expect("settled");
        resource.finish(DeploymentOutcome::Failed, Some("why".into())).expect("in progress");
        assert_eq!(resource.last_succeeded_at, Some(Timestamp::from_millis(10)));
        assert_eq!(resource.last_succeeded_deployment_id, Some(id(1)));
        assert_eq!(resource.last_attempted_deployment_id, id(2));
        assert_eq!(resource.status_message(), Some("why"));
    }

    #[test]
    fn a_deletion_ends_in_the_deletion_statuses() {
        let (mut resource, _) = Deployable::new(id(1), Timestamp::from_millis(10));
        resource.finish(DeploymentOutcome::Failed, None).expect("in progress");
        resource.delete(id(2), Timestamp::from_millis(20)).expect("settled");
        resource.finish(DeploymentOutcome::Failed, None).expect("deleting");
        assert_eq!(resource.status(), DeploymentStatus::DeleteFailed);
        resource.delete(id(3), Timestamp::from_millis(30)).expect("may be repeated");
        resource.finish(DeploymentOutcome::Succeeded, None).expect("deleting");
        assert_eq!(resource.status(), DeploymentStatus::DeleteComplete);
    }

    #[test]
    fn a_cancelled_update_leaves_what_succeeded_before() {
        let (mut resource, _) = Deployable::new(id(1), Timestamp::from_millis(10));
        resource.finish(DeploymentOutcome::Succeeded, None).expect("in progress");
        assert!(resource.cancel().is_err(), "nothing is in progress");
        resource.update(id(2), Timestamp::from_millis(20)).expect("settled");
        assert_eq!(resource.cancel().expect("in progress").to, DeploymentStatus::Cancelling);
        assert!(resource.cancel().is_err(), "it is being cancelled already");
        resource.finish(DeploymentOutcome::Cancelled, Some("why".into())).expect("cancelling");
        assert_eq!(resource.status(), DeploymentStatus::Cancelled);
        assert_eq!(resource.last_succeeded_deployment_id, Some(id(1)));
        assert_eq!(resource.last_attempted_deployment_id, id(2));
        resource.update(id(3), Timestamp::from_millis(30)).expect("cancelled is settled");
    }
}
