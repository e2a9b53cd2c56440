//! Services: what developers deploy, as instances in environments (behaviour 2.4, 3.3).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::deployment::Retention;
use crate::digest::Creation;
use crate::document::Document;
use crate::fleet::UpdatePolicy;
use crate::identifier::Identifier;
use crate::name::ResourceName;
use crate::revision::Revision;
use crate::tag::Tags;
use crate::tally::Counted;
use crate::time::Timestamp;
use crate::trace::TraceId;
use crate::transition::{IllegalTransition, Transition};
use crate::version::VersionNumber;
use crate::watch::Watch;

/// `ServiceStatus` (behaviour 3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ServiceStatus {
    /// Its instances are being created.
    CreateInProgress,
    /// An instance failed; what was made is being removed.
    CreateFailedCleanupInProgress,
    /// An instance failed; what was made is removed.
    CreateFailedCleanupComplete,
    /// An instance failed, and something made could not be removed.
    CreateFailedCleanupFailed,
    /// Creation failed before anything was provisioned.
    CreateFailed,
    /// All is as asked for.
    Active,
    /// Being deleted.
    DeleteInProgress,
    /// Something could not be deleted.
    DeleteFailed,
    /// Instances or the pipeline are being changed.
    UpdateInProgress,
    /// A new instance failed; the new ones are being removed.
    UpdateFailedCleanupInProgress,
    /// A new instance failed; the new ones are removed.
    UpdateFailedCleanupComplete,
    /// A new instance failed, and something made could not be removed.
    UpdateFailedCleanupFailed,
    /// The pipeline failed, or the update was invalid late.
    UpdateFailed,
    /// Updated, but a removed instance could not be deleted.
    UpdateCompleteCleanupFailed,
}

/// What happens to a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServiceTrigger {
    /// All that the operation began has succeeded.
    Succeed,
    /// Something failed and nothing was provisioned.
    Fail,
    /// Something failed and what was made has to be removed.
    CleanUp,
    /// The clean-up removed everything.
    CleanedUp,
    /// The clean-up could not remove everything.
    CleanUpFail,
    /// The update went through, but a removed instance stayed.
    RemovalFail,
    /// An update of the spec is accepted.
    Update,
    /// A deletion is accepted.
    Delete,
    /// Something could not be deleted.
    DeleteFail,
}

impl ServiceTrigger {
    /// All of them, for tables.
    pub const ALL: [Self; 9] = [
        Self::Succeed,
        Self::Fail,
        Self::CleanUp,
        Self::CleanedUp,
        Self::CleanUpFail,
        Self::RemovalFail,
        Self::Update,
        Self::Delete,
        Self::DeleteFail,
    ];

    const fn verb(self) -> &'static str {
        match self {
            Self::Succeed => "succeed",
            Self::Fail => "fail",
            Self::CleanUp => "be cleaned up",
            Self::CleanedUp => "end cleaned up",
            Self::CleanUpFail => "fail to be cleaned up",
            Self::RemovalFail => "keep a removed instance",
            Self::Update => "be updated",
            Self::Delete => "be deleted",
            Self::DeleteFail => "fail to be deleted",
        }
    }
}

impl ServiceStatus {
    /// All of them, for tables.
    pub const ALL: [Self; 14] = [
        Self::CreateInProgress,
        Self::CreateFailedCleanupInProgress,
        Self::CreateFailedCleanupComplete,
        Self::CreateFailedCleanupFailed,
        Self::CreateFailed,
        Self::Active,
        Self::DeleteInProgress,
        Self::DeleteFailed,
        Self::UpdateInProgress,
        Self::UpdateFailedCleanupInProgress,
        Self::UpdateFailedCleanupComplete,
        Self::UpdateFailedCleanupFailed,
        Self::UpdateFailed,
        Self::UpdateCompleteCleanupFailed,
    ];

    /// As the wire writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreateInProgress => "CREATE_IN_PROGRESS",
            Self::CreateFailedCleanupInProgress => "CREATE_FAILED_CLEANUP_IN_PROGRESS",
            Self::CreateFailedCleanupComplete => "CREATE_FAILED_CLEANUP_COMPLETE",
            Self::CreateFailedCleanupFailed => "CREATE_FAILED_CLEANUP_FAILED",
            Self::CreateFailed => "CREATE_FAILED",
            Self::Active => "ACTIVE",
            Self::DeleteInProgress => "DELETE_IN_PROGRESS",
            Self::DeleteFailed => "DELETE_FAILED",
            Self::UpdateInProgress => "UPDATE_IN_PROGRESS",
            Self::UpdateFailedCleanupInProgress => "UPDATE_FAILED_CLEANUP_IN_PROGRESS",
            Self::UpdateFailedCleanupComplete => "UPDATE_FAILED_CLEANUP_COMPLETE",
            Self::UpdateFailedCleanupFailed => "UPDATE_FAILED_CLEANUP_FAILED",
            Self::UpdateFailed => "UPDATE_FAILED",
            Self::UpdateCompleteCleanupFailed => "UPDATE_COMPLETE_CLEANUP_FAILED",
        }
    }

    /// Whether an operation is at work; nothing else may change the service then.
    #[must_use]
    pub const fn is_in_progress(self) -> bool {
        matches!(
            self,
            Self::CreateInProgress
                | Self::CreateFailedCleanupInProgress
                | Self::DeleteInProgress
                | Self::UpdateInProgress
                | Self::UpdateFailedCleanupInProgress
        )
    }

    /// The table of behaviour 3.3. A failed creation accepts an update, which creates anew: never stuck.
    ///
    /// # Errors
    /// [`IllegalTransition`] for every pair that the table doesn't have.
    pub fn on(self, trigger: ServiceTrigger) -> Result<Self, IllegalTransition> {
        use ServiceTrigger as On;
        match (self, trigger) {
            (Self::CreateInProgress | Self::UpdateInProgress, On::Succeed) => Ok(Self::Active),
            (Self::CreateInProgress, On::Fail) => Ok(Self::CreateFailed),
            (Self::CreateInProgress, On::CleanUp) => Ok(Self::CreateFailedCleanupInProgress),
            (Self::CreateFailedCleanupInProgress, On::CleanedUp) => Ok(Self::CreateFailedCleanupComplete),
            (Self::CreateFailedCleanupInProgress, On::CleanUpFail) => Ok(Self::CreateFailedCleanupFailed),
            (Self::UpdateInProgress, On::Fail) => Ok(Self::UpdateFailed),
            (Self::UpdateInProgress, On::CleanUp) => Ok(Self::UpdateFailedCleanupInProgress),
            (Self::UpdateFailedCleanupInProgress, On::CleanedUp) => Ok(Self::UpdateFailedCleanupComplete),
            (Self::UpdateFailedCleanupInProgress, On::CleanUpFail) => Ok(Self::UpdateFailedCleanupFailed),
            (Self::UpdateInProgress, On::RemovalFail) => Ok(Self::UpdateCompleteCleanupFailed),
            (Self::DeleteInProgress, On::DeleteFail) => Ok(Self::DeleteFailed),
            (status, On::Update) if !status.is_in_progress() && status != Self::DeleteFailed => {
                Ok(Self::UpdateInProgress)
            }
            (status, On::Delete) if !status.is_in_progress() => Ok(Self::DeleteInProgress),
            (status, trigger) => Err(IllegalTransition::new("the service", status, trigger.verb())),
        }
    }
}

impl fmt::Display for ServiceStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The operation that a service is going through, for its state machine and the reconciler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceOperation {
    /// Its id; its executions are named `<id>-<attempt>`.
    pub id: Identifier,
    /// Which step it is at.
    #[serde(default)]
    pub phase: ServicePhase,
    /// The deployments that the current phase waits for.
    pub deployment_ids: Vec<Identifier>,
    /// Instances whose part in the current phase is still to begin, because there are more than one commit holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<ResourceName>,
    /// What it deploys; nothing for a deletion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<ServiceTarget>,
    /// What failed without being a deployment of the current phase, for people: removals of an earlier one, or instances
    /// that could not be begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// What a forced deletion lets stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
    /// The trace of the request that began it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceId>,
    /// When the reconciler looks after it.
    pub watch: Watch,
}

/// A step of a service's operation (behaviour 3.3, service edit; 7.4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ServicePhase {
    /// New instances are deployed.
    #[default]
    Instances,
    /// Instances are removed: those that the spec left out, those of a failed operation, or all of them.
    Removals,
    /// The pipeline is provisioned, with the instances that there are then.
    Pipeline,
}

/// What an operation makes a service of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceTarget {
    /// The spec that the service has once its new instances are deployed.
    pub spec: Document,
    /// The template version of what is deployed. The service refers to it as long as the operation lasts.
    pub version: Option<VersionNumber>,
}

impl ServiceOperation {
    /// An operation that was just accepted, with the deployments of its first phase.
    #[must_use]
    pub fn new(
        id: Identifier,
        phase: ServicePhase,
        deployment_ids: Vec<Identifier>,
        target: Option<ServiceTarget>,
        now: Timestamp,
    ) -> Self {
        let (pending, watch) = (Vec::new(), Watch::begin(now));
        Self {
            id,
            phase,
            deployment_ids,
            pending,
            target,
            failure: None,
            retention: None,
            trace: None,
            watch,
        }
    }

    /// The same operation at its next step.
    #[must_use]
    pub fn next(self, phase: ServicePhase, deployment_ids: Vec<Identifier>, now: Timestamp) -> Self {
        Self { phase, deployment_ids, pending: Vec::new(), watch: self.watch.seen_alive(now), ..self }
    }

    /// The same operation with these instances still to begin.
    #[must_use]
    pub fn with_pending(self, pending: Vec<ResourceName>) -> Self {
        Self { pending, ..self }
    }

    /// The name of the execution that works on it.
    #[must_use]
    pub fn execution_name(&self) -> String {
        format!("{}-{}", self.id, self.watch.attempt)
    }
}

/// The repository that a service hands to its pipeline template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRepository {
    /// ARN of the code connection.
    pub connection_arn: String,
    /// `owner/repo`.
    pub id: String,
    /// The branch.
    pub branch: String,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// Its name.
    pub name: ResourceName,
    /// For people.
    pub description: Option<String>,
    /// Its template.
    pub template: ResourceName,
    /// The spec, verbatim: its instances and pipeline.
    pub spec: Document,
    /// The template version that its creation, or the last update of its spec, deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<VersionNumber>,
    /// The repository, where the template has a pipeline.
    pub repository: Option<ServiceRepository>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a request last changed it.
    pub last_modified_at: Timestamp,
    /// For name idempotency.
    pub creation: Creation,
    /// The operation in progress.
    pub operation: Option<ServiceOperation>,
    /// The customer's tags.
    pub tags: Tags,
    /// Counts commits.
    pub revision: Revision,
    /// What to do about newer versions of the template, where it was set by API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_policy: Option<UpdatePolicy>,
    /// Where it is counted.
    #[serde(default, skip_serializing_if = "Counted::is_absent")]
    pub counted: Counted,
    status: ServiceStatus,
    status_message: Option<String>,
}

/// A change of [`ServiceStatus`].
pub type ServiceTransition = Transition<ServiceStatus>;

/// What a new service is made from.
#[derive(Debug, Clone)]
pub struct NewService {
    /// Its name.
    pub name: ResourceName,
    /// For people.
    pub description: Option<String>,
    /// Its template.
    pub template: ResourceName,
    /// The spec, verbatim.
    pub spec: Document,
    /// The repository.
    pub repository: Option<ServiceRepository>,
    /// The customer's tags.
    pub tags: Tags,
    /// The request.
    pub creation: Creation,
}

impl Service {
    /// A new service whose creation is accepted.
    #[must_use]
    pub fn new(
        new: NewService,
        operation: ServiceOperation,
        now: Timestamp,
    ) -> (Self, Transition<ServiceStatus>) {
        let status = ServiceStatus::CreateInProgress;
        let service = Self {
            name: new.name,
            description: new.description,
            template: new.template,
            spec: new.spec,
            version: operation.target.as_ref().and_then(|target| target.version),
            repository: new.repository,
            created_at: now,
            last_modified_at: now,
            creation: new.creation,
            operation: Some(operation),
            tags: new.tags,
            revision: Revision::first(now),
            update_policy: None,
            counted: Counted::default(),
            status,
            status_message: None,
        };
        (service, Transition { from: None, to: status })
    }

    /// A service whose parts exist already and are adopted one by one: `ACTIVE` at once.
    #[must_use]
    pub fn adopted(new: NewService, now: Timestamp) -> (Self, ServiceTransition) {
        let status = ServiceStatus::Active;
        let service = Self {
            name: new.name,
            description: new.description,
            template: new.template,
            spec: new.spec,
            version: None,
            repository: new.repository,
            created_at: now,
            last_modified_at: now,
            creation: new.creation,
            operation: None,
            tags: new.tags,
            update_policy: None,
            counted: Counted::default(),
            revision: Revision::first(now),
            status,
            status_message: None,
        };
        (service, Transition { from: None, to: status })
    }

    /// Its status.
    #[must_use]
    pub const fn status(&self) -> ServiceStatus {
        self.status
    }

    /// Why its last operation failed, for people.
    #[must_use]
    pub fn status_message(&self) -> Option<&str> {
        self.status_message.as_deref()
    }

    /// Accepts an operation (`trigger` is Update or Delete), or moves on to the clean-up of a failed one (CleanUp).
    ///
    /// # Errors
    /// [`IllegalTransition`] when the lifecycle doesn't have it.
    pub fn begin(
        &mut self,
        trigger: ServiceTrigger,
        operation: ServiceOperation,
        message: Option<String>,
        now: Timestamp,
    ) -> Result<Transition<ServiceStatus>, IllegalTransition> {
        let transition = self.transition(trigger, message, now)?;
        self.operation = Some(operation);
        Ok(transition)
    }

    /// Ends the operation.
    ///
    /// # Errors
    /// [`IllegalTransition`] when the lifecycle doesn't have it.
    pub fn end(
        &mut self,
        trigger: ServiceTrigger,
        message: Option<String>,
        now: Timestamp,
    ) -> Result<Transition<ServiceStatus>, IllegalTransition> {
        let transition = self.transition(trigger, message, now)?;
        self.operation = None;
        Ok(transition)
    }

    fn transition(
        &mut self,
        trigger: ServiceTrigger,
        message: Option<String>,
        now: Timestamp,
    ) -> Result<Transition<ServiceStatus>, IllegalTransition> {
        let from = self.status;
        self.status = from.on(trigger)?;
        self.status_message = message;
        self.last_modified_at = now;
        Ok(Transition { from: Some(from), to: self.status })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legal_transitions_are_exactly_those_of_behaviour_3_3() {
        use ServiceStatus as S;
        use ServiceTrigger as T;
        let mut legal = vec![
            (S::CreateInProgress, T::Succeed, S::Active),
            (S::CreateInProgress, T::Fail, S::CreateFailed),
            (S::CreateInProgress, T::CleanUp, S::CreateFailedCleanupInProgress),
            (S::CreateFailedCleanupInProgress, T::CleanedUp, S::CreateFailedCleanupComplete),
            (S::CreateFailedCleanupInProgress, T::CleanUpFail, S::CreateFailedCleanupFailed),
            (S::UpdateInProgress, T::Succeed, S::Active),
            (S::UpdateInProgress, T::Fail, S::UpdateFailed),
            (S::UpdateInProgress, T::CleanUp, S::UpdateFailedCleanupInProgress),
            (S::UpdateInProgress, T::RemovalFail, S::UpdateCompleteCleanupFailed),
            (S::UpdateFailedCleanupInProgress, T::CleanedUp, S::UpdateFailedCleanupComplete),
            (S::UpdateFailedCleanupInProgress, T::CleanUpFail, S::UpdateFailedCleanupFailed),
            (S::DeleteInProgress, T::DeleteFail, S::DeleteFailed),
            (S::DeleteFailed, T::Delete, S::DeleteInProgress),
        ];
        let settled = [
            S::Active,
            S::CreateFailed,
            S::CreateFailedCleanupComplete,
            S::CreateFailedCleanupFailed,
            S::UpdateFailed,
            S::UpdateFailedCleanupComplete,
            S::UpdateFailedCleanupFailed,
            S::UpdateCompleteCleanupFailed,
        ];
        for status in settled {
            legal.push((status, T::Update, S::UpdateInProgress));
            legal.push((status, T::Delete, S::DeleteInProgress));
        }
        for status in S::ALL {
            for trigger in T::ALL {
                let expected = legal.iter().find(|(from, on, _)| *from == status && *on == trigger);
                assert_eq!(status.on(trigger).ok(), expected.map(|(_, _, to)| *to), "{status} {trigger:?}");
            }
        }
    }

    #[test]
    fn the_wire_form_is_the_serde_form() {
        for status in ServiceStatus::ALL {
            assert_eq!(serde_json::to_value(status).expect("json"), status.as_str());
        }
    }
}
