//! Targets: what a fleet update does to one resource.
//!
//! The plan says who is a target; its record is made when somebody claims it. So a target without a record is PENDING, and
//! a fleet update that ends early leaves nothing to tidy up. Record and deployment begin in one transaction and end in
//! one, and the counters move with them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::deployable::DeploymentOutcome;
use crate::deployment::{DeploymentState, DeploymentTarget};
use crate::identifier::Identifier;
use crate::revision::Revision;
use crate::time::Timestamp;
use crate::transition::IllegalTransition;
use crate::version::VersionNumber;

/// How far a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TargetStatus {
    /// Not claimed yet: there is no record.
    Pending,
    /// Its deployment is under way.
    Deploying,
    /// It is at the version of the fleet update.
    Succeeded,
    /// Its deployment failed, or was cancelled.
    Failed,
    /// Not touched, by the plan or because the world had changed since.
    Skipped,
    /// Going back to what it was.
    RollingBack,
    /// Back at what it was.
    RolledBack,
    /// It could not be brought back.
    RollBackFailed,
    /// Deployed by the fleet update, and changed by somebody else before it was rolled back: left alone.
    Superseded,
}

impl TargetStatus {
    /// All of them, for tables.
    pub const ALL: [Self; 9] = [
        Self::Pending,
        Self::Deploying,
        Self::Succeeded,
        Self::Failed,
        Self::Skipped,
        Self::RollingBack,
        Self::RolledBack,
        Self::RollBackFailed,
        Self::Superseded,
    ];

    /// As the wire and keys write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Deploying => "DEPLOYING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Skipped => "SKIPPED",
            Self::RollingBack => "ROLLING_BACK",
            Self::RolledBack => "ROLLED_BACK",
            Self::RollBackFailed => "ROLL_BACK_FAILED",
            Self::Superseded => "SUPERSEDED",
        }
    }

    /// Whether a deployment of it is under way.
    #[must_use]
    pub const fn is_in_flight(self) -> bool {
        matches!(self, Self::Deploying | Self::RollingBack)
    }
}

impl fmt::Display for TargetStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Why a resource is not touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SkipReason {
    /// Its policy says `pinned`.
    Pinned,
    /// The fleet update began by itself, and its policy doesn't say `auto-minor`.
    OptedOut,
    /// It is at the version already.
    UpToDate,
    /// It is at a newer version.
    Newer,
    /// Somebody else is deploying it.
    Busy,
    /// Its last deployment, before the fleet update, failed.
    Failed,
    /// Its spec does not fit the schema of the version.
    IncompatibleSpec,
    /// The version can't be deployed into its environment.
    EnvironmentIncompatible,
    /// It has changed since the plan was made.
    Changed,
    /// It is gone since the plan was made.
    Gone,
}

impl SkipReason {
    /// All of them, for tables.
    pub const ALL: [Self; 10] = [
        Self::Pinned,
        Self::OptedOut,
        Self::UpToDate,
        Self::Newer,
        Self::Busy,
        Self::Failed,
        Self::IncompatibleSpec,
        Self::EnvironmentIncompatible,
        Self::Changed,
        Self::Gone,
    ];

    /// As the wire writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pinned => "PINNED",
            Self::OptedOut => "OPTED_OUT",
            Self::UpToDate => "UP_TO_DATE",
            Self::Newer => "NEWER",
            Self::Busy => "BUSY",
            Self::Failed => "FAILED",
            Self::IncompatibleSpec => "INCOMPATIBLE_SPEC",
            Self::EnvironmentIncompatible => "ENVIRONMENT_INCOMPATIBLE",
            Self::Changed => "CHANGED",
            Self::Gone => "GONE",
        }
    }
}

/// That a resource is not touched, and why.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Skip {
    /// The kind of reason.
    pub reason: SkipReason,
    /// For people. May quote a spec.
    pub message: String,
}

impl Skip {
    /// A skip.
    #[must_use]
    pub fn new(reason: SkipReason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }
}

/// Messages may quote what an owner wrote.
impl fmt::Debug for Skip {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Skip({:?}, {} bytes)", self.reason, self.message.len())
    }
}

/// A task token of Step Functions. It lets its holder end the task: it must not reach a log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskToken(pub String);

impl fmt::Debug for TaskToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TaskToken")
    }
}

/// The fleet update that a deployment belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FleetOrigin {
    /// Its id.
    pub fleet_update_id: Identifier,
    /// Which of its targets.
    pub ordinal: u32,
    /// Whether the deployment brings the target back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub roll_back: bool,
}

/// One resource in a fleet update, from its claim on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FleetTarget {
    /// The fleet update.
    pub fleet_update_id: Identifier,
    /// Its number in the plan.
    pub ordinal: u32,
    /// The resource.
    pub resource: DeploymentTarget,
    /// The account that it lies in.
    pub account: String,
    /// The wave that it goes in.
    pub wave: u32,
    /// What it was made of when it was claimed: what a roll back goes to. Absent when it was skipped.
    pub from: Option<DeploymentState>,
    /// The version that it goes to.
    pub to: VersionNumber,
    /// The inputs that get another value by that version: see [`super::PlanRow::changed_inputs`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed_inputs: Vec<String>,
    /// From when on its record may be removed: [`super::FleetUpdate::targets_until`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The deployment to that version.
    pub deployment_id: Option<Identifier>,
    /// The deployment back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roll_back_deployment_id: Option<Identifier>,
    /// The task that waits for its deployment; absent while none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_token: Option<TaskToken>,
    /// When it was claimed.
    pub created_at: Timestamp,
    /// When it last changed.
    pub last_modified_at: Timestamp,
    /// Counts commits.
    pub revision: Revision,
    /// Where it is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<TargetStatus>,
    status: TargetStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<SkipReason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

/// A text for people that a log doesn't show.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Message(String);

impl fmt::Debug for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} bytes", self.0.len())
    }
}

/// What the record of a target is made from.
#[derive(Debug, Clone)]
pub struct NewFleetTarget {
    /// The fleet update.
    pub fleet_update_id: Identifier,
    /// Its number in the plan.
    pub ordinal: u32,
    /// The resource.
    pub resource: DeploymentTarget,
    /// The account that it lies in.
    pub account: String,
    /// The wave that it goes in.
    pub wave: u32,
    /// The version that it goes to.
    pub to: VersionNumber,
    /// The inputs that get another value by that version.
    pub changed_inputs: Vec<String>,
    /// From when on its record may be removed.
    pub expires_at: Timestamp,
}

impl FleetTarget {
    /// A target that is claimed: the deployment `id` begins, from what the resource is made of.
    #[must_use]
    pub fn deploying(
        new: NewFleetTarget,
        from: DeploymentState,
        id: Identifier,
        task_token: Option<TaskToken>,
        now: Timestamp,
    ) -> Self {
        let mut target = Self::new(new, TargetStatus::Deploying, now);
        (target.from, target.deployment_id, target.task_token) = (Some(from), Some(id), task_token);
        target
    }

    /// A target that is left alone after all.
    #[must_use]
    pub fn skipped(new: NewFleetTarget, skip: Skip, now: Timestamp) -> Self {
        let mut target = Self::new(new, TargetStatus::Skipped, now);
        (target.reason, target.message) = (Some(skip.reason), Some(Message(skip.message)));
        target
    }

    fn new(new: NewFleetTarget, status: TargetStatus, now: Timestamp) -> Self {
        Self {
            fleet_update_id: new.fleet_update_id,
            ordinal: new.ordinal,
            resource: new.resource,
            account: new.account,
            wave: new.wave,
            from: None,
            to: new.to,
            changed_inputs: new.changed_inputs,
            expires_at: Some(new.expires_at),
            deployment_id: None,
            roll_back_deployment_id: None,
            task_token: None,
            created_at: now,
            last_modified_at: now,
            revision: Revision::first(now),
            counted: None,
            status,
            reason: None,
            message: None,
        }
    }

    /// Its status.
    #[must_use]
    pub const fn status(&self) -> TargetStatus {
        self.status
    }

    /// Why it was skipped.
    #[must_use]
    pub const fn reason(&self) -> Option<SkipReason> {
        self.reason
    }

    /// What people should know of it: why it failed, or was skipped.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_ref().map(|message| message.0.as_str())
    }

    /// The deployment that works on it now.
    #[must_use]
    pub const fn current_deployment(&self) -> Option<&Identifier> {
        match self.status {
            TargetStatus::Deploying => self.deployment_id.as_ref(),
            TargetStatus::RollingBack => self.roll_back_deployment_id.as_ref(),
            _ => None,
        }
    }

    /// Begins to bring it back by the deployment `id`.
    ///
    /// # Errors
    /// [`IllegalTransition`] unless its deployment has ended.
    pub fn roll_back(
        &mut self,
        id: Identifier,
        task_token: Option<TaskToken>,
        now: Timestamp,
    ) -> Result<(), IllegalTransition> {
        self.change(&[TargetStatus::Succeeded, TargetStatus::Failed], TargetStatus::RollingBack, now)?;
        (self.roll_back_deployment_id, self.task_token) = (Some(id), task_token);
        Ok(())
    }

    /// Leaves it alone in a roll back, because somebody else has changed the resource since.
    ///
    /// # Errors
    /// [`IllegalTransition`] unless its deployment has ended.
    pub fn supersede(&mut self, message: String, now: Timestamp) -> Result<(), IllegalTransition> {
        self.change(&[TargetStatus::Succeeded, TargetStatus::Failed], TargetStatus::Superseded, now)?;
        self.message = Some(Message(message));
        Ok(())
    }

    /// Gives up bringing it back, because that is refused: its old version is gone, for example.
    ///
    /// # Errors
    /// [`IllegalTransition`] unless its deployment has ended.
    pub fn roll_back_refused(&mut self, message: String, now: Timestamp) -> Result<(), IllegalTransition> {
        self.change(&[TargetStatus::Succeeded, TargetStatus::Failed], TargetStatus::RollBackFailed, now)?;
        self.message = Some(Message(message));
        Ok(())
    }

    /// Records how the deployment that works on it ended; the task that waits, if one does.
    ///
    /// # Errors
    /// [`IllegalTransition`] when none is under way.
    pub fn finish(
        &mut self,
        outcome: DeploymentOutcome,
        message: Option<String>,
        now: Timestamp,
    ) -> Result<Option<TaskToken>, IllegalTransition> {
        let succeeded = outcome == DeploymentOutcome::Succeeded;
        let to = match (self.status, succeeded) {
            (TargetStatus::RollingBack, true) => TargetStatus::RolledBack,
            (TargetStatus::RollingBack, false) => TargetStatus::RollBackFailed,
            (_, true) => TargetStatus::Succeeded,
            (_, false) => TargetStatus::Failed,
        };
        self.change(&[TargetStatus::Deploying, TargetStatus::RollingBack], to, now)?;
        let cancelled =
            (outcome == DeploymentOutcome::Cancelled).then(|| "its deployment was cancelled".to_owned());
        // What failed before a roll back stays known until the roll back has something to say itself.
        if to != TargetStatus::RolledBack {
            self.message = message.or(cancelled).map(Message);
        }
        Ok(self.task_token.take())
    }

    fn change(
        &mut self,
        from: &[TargetStatus],
        to: TargetStatus,
        now: Timestamp,
    ) -> Result<(), IllegalTransition> {
        if !from.contains(&self.status) {
            let verb = match to {
                TargetStatus::RollingBack | TargetStatus::Superseded => "be rolled back",
                _ => "end",
            };
            return Err(IllegalTransition::new("the target", self.status, verb));
        }
        self.status = to;
        self.last_modified_at = now;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::name::ResourceName;

    fn id(number: u8) -> Identifier {
        Identifier::new(format!("00000000-0000-7000-8000-0000000000{number:02x}")).expect("valid")
    }

    fn new() -> NewFleetTarget {
        NewFleetTarget {
            fleet_update_id: id(1),
            ordinal: 7,
            resource: DeploymentTarget::Environment { name: ResourceName::new("beta").expect("valid") },
            account: "111122223333".to_owned(),
            wave: 0,
            to: VersionNumber::new(1, 1),
            changed_inputs: Vec::new(),
            expires_at: Timestamp::from_millis(9),
        }
    }

    fn deploying() -> FleetTarget {
        let name = ResourceName::new("net").expect("valid");
        let from = DeploymentState::new(name, VersionNumber::new(1, 0), Document::Inline(String::new()));
        FleetTarget::deploying(
            new(),
            from,
            id(2),
            Some(TaskToken("secret".into())),
            Timestamp::from_millis(1),
        )
    }

    #[test]
    fn it_is_deployed_and_brought_back_once() {
        for (outcome, ended) in [
            (DeploymentOutcome::Succeeded, TargetStatus::Succeeded),
            (DeploymentOutcome::Failed, TargetStatus::Failed),
            (DeploymentOutcome::Cancelled, TargetStatus::Failed),
        ] {
            let now = Timestamp::from_millis(2);
            let mut target = deploying();
            assert_eq!(target.current_deployment(), Some(&id(2)));
            assert!(target.roll_back(id(3), None, now).is_err(), "it is under way");
            assert!(target.supersede(String::new(), now).is_err());
            let token = target.finish(outcome, None, now).expect("under way");
            assert_eq!(token, Some(TaskToken("secret".into())));
            assert_eq!((target.status(), target.current_deployment()), (ended, None));
            assert!(target.finish(outcome, None, now).is_err(), "once only");

            let mut left = target.clone();
            left.supersede("moved on".to_owned(), now).expect("ended");
            assert!(left.roll_back(id(3), None, now).is_err());

            target.roll_back(id(3), None, now).expect("ended");
            assert_eq!(target.current_deployment(), Some(&id(3)));
            let mut stuck = target.clone();
            stuck.finish(DeploymentOutcome::Failed, Some("why".into()), now).expect("under way");
            assert_eq!((stuck.status(), stuck.message()), (TargetStatus::RollBackFailed, Some("why")));
            target.finish(DeploymentOutcome::Succeeded, None, now).expect("under way");
            assert_eq!(target.status(), TargetStatus::RolledBack);
            assert!(target.roll_back(id(4), None, now).is_err(), "once only");
        }
    }

    #[test]
    fn a_skipped_one_stays_skipped() {
        let skip = Skip::new(SkipReason::Busy, "somebody is at it");
        let mut target = FleetTarget::skipped(new(), skip, Timestamp::from_millis(1));
        assert_eq!((target.status(), target.reason()), (TargetStatus::Skipped, Some(SkipReason::Busy)));
        assert!(target.finish(DeploymentOutcome::Succeeded, None, Timestamp::from_millis(2)).is_err());
        assert!(target.roll_back(id(3), None, Timestamp::from_millis(2)).is_err());
    }

    #[test]
    fn tokens_and_messages_are_not_printed() {
        let mut target = deploying();
        target
            .finish(
                DeploymentOutcome::Failed,
                Some("the spec says hunter2".into()),
                Timestamp::from_millis(2),
            )
            .expect("under way");
        let text = format!("{target:?} {:?}", deploying());
        assert!(!text.contains("secret") && !text.contains("hunter2"), "{text}");
    }

    #[test]
    fn the_wire_form_is_the_serde_form() {
        for status in TargetStatus::ALL {
            assert_eq!(serde_json::to_value(status).expect("json"), status.as_str());
        }
        for reason in SkipReason::ALL {
            assert_eq!(serde_json::to_value(reason).expect("json"), reason.as_str());
        }
    }
}
