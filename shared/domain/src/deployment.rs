//! Deployments: the record of one attempt to create, update or delete a resource (behaviour 2.8).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::arn::Resource;
use crate::component::ComponentState;
use crate::deployable::{DeploymentOutcome, DeploymentStatus, DeploymentTransition, DeploymentTrigger};
use crate::document::Document;
use crate::fleet::FleetOrigin;
use crate::identifier::Identifier;
use crate::name::ResourceName;
use crate::revision::Revision;
use crate::time::Timestamp;
use crate::trace::TraceId;
use crate::transition::{IllegalTransition, Transition};
use crate::version::VersionNumber;
use crate::watch::Watch;

/// The resource that a deployment works on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", tag = "type")]
pub enum DeploymentTarget {
    /// An environment.
    Environment {
        /// Its name.
        name: ResourceName,
    },
    /// A service instance.
    ServiceInstance {
        /// Its service's name.
        service: ResourceName,
        /// Its name within the service.
        name: ResourceName,
        /// The environment that it lives in.
        environment: ResourceName,
    },
    /// The pipeline of a service.
    ServicePipeline {
        /// Its service's name.
        service: ResourceName,
    },
    /// A component.
    Component {
        /// Its name.
        name: ResourceName,
        /// The environment that it lives in.
        environment: ResourceName,
    },
}

impl DeploymentTarget {
    /// `DeploymentTargetResourceType` as the wire writes it.
    #[must_use]
    pub const fn resource_type(&self) -> &'static str {
        match self {
            Self::Environment { .. } => "ENVIRONMENT",
            Self::ServiceInstance { .. } => "SERVICE_INSTANCE",
            Self::ServicePipeline { .. } => "SERVICE_PIPELINE",
            Self::Component { .. } => "COMPONENT",
        }
    }

    /// What its ARN names.
    #[must_use]
    pub fn resource(&self) -> Resource {
        match self.clone() {
            Self::Environment { name } => Resource::Environment { name },
            Self::ServiceInstance { service, name, .. } => Resource::ServiceInstance { service, name },
            Self::ServicePipeline { service } => Resource::ServicePipeline { service },
            Self::Component { name, .. } => Resource::Component { name },
        }
    }

    /// The environment that it is, or lives in; a pipeline lives in none.
    #[must_use]
    pub const fn environment(&self) -> Option<&ResourceName> {
        match self {
            Self::Environment { name } => Some(name),
            Self::ServiceInstance { environment, .. } | Self::Component { environment, .. } => {
                Some(environment)
            }
            Self::ServicePipeline { .. } => None,
        }
    }

    /// The service that it belongs to, where it does.
    #[must_use]
    pub const fn service(&self) -> Option<&ResourceName> {
        match self {
            Self::ServiceInstance { service, .. } | Self::ServicePipeline { service } => Some(service),
            Self::Environment { .. } | Self::Component { .. } => None,
        }
    }
}

impl fmt::Display for DeploymentTarget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.resource().fmt(formatter)
    }
}

/// What a deployment does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeploymentKind {
    /// Creates or updates.
    Deploy,
    /// Deletes.
    Delete,
    /// Updates, back to what the resource was made of before a fleet update: free of the rules about the direction of
    /// versions.
    RollBack,
}

/// What a deletion lets stay of the stack, when somebody forces it: a way on where a stack can't go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Retention {
    /// Those resources that CloudFormation failed to delete.
    FailedResources,
    /// The whole stack: CloudFormation isn't asked at all.
    Stack,
}

/// What a resource with a template is, or shall be, made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentState {
    /// The template.
    pub template: ResourceName,
    /// Its version.
    pub version: VersionNumber,
    /// The spec, verbatim.
    pub spec: Document,
    /// Instances only: the environment deployment whose outputs the instance is rendered with.
    pub environment_deployment_id: Option<Identifier>,
    /// Instances only: the deployment of the attached component whose outputs the instance is rendered with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component_deployment_id: Option<Identifier>,
    /// Instances only: the deployment of the service's pipeline that stood when the instance's was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline_deployment_id: Option<Identifier>,
}

impl DeploymentState {
    /// Of this template version and spec, and built on no other deployment.
    #[must_use]
    pub const fn new(template: ResourceName, version: VersionNumber, spec: Document) -> Self {
        Self {
            template,
            version,
            spec,
            environment_deployment_id: None,
            component_deployment_id: None,
            pipeline_deployment_id: None,
        }
    }
}

/// What any resource is, or shall be, made of: `DeploymentState` on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TargetState {
    /// Of a template version and a spec.
    Template(DeploymentState),
    /// Of code of its own.
    Component(ComponentState),
}

impl TargetState {
    /// Template version and spec; nothing for a component.
    #[must_use]
    pub const fn template(&self) -> Option<&DeploymentState> {
        match self {
            Self::Template(state) => Some(state),
            Self::Component(_) => None,
        }
    }

    /// The code of a component; nothing for anything else.
    #[must_use]
    pub const fn component(&self) -> Option<&ComponentState> {
        match self {
            Self::Template(_) => None,
            Self::Component(state) => Some(state),
        }
    }

    /// The spec, where there is one.
    #[must_use]
    pub const fn spec(&self) -> Option<&Document> {
        match self {
            Self::Template(state) => Some(&state.spec),
            Self::Component(state) => state.service_spec.as_ref(),
        }
    }

    /// The environment deployment whose outputs the target is rendered with, where it lives in an environment.
    #[must_use]
    pub const fn environment_deployment_id(&self) -> Option<&Identifier> {
        match self {
            Self::Template(state) => state.environment_deployment_id.as_ref(),
            Self::Component(state) => state.environment_deployment_id.as_ref(),
        }
    }
}

impl From<DeploymentState> for TargetState {
    fn from(state: DeploymentState) -> Self {
        Self::Template(state)
    }
}

impl From<ComponentState> for TargetState {
    fn from(state: ComponentState) -> Self {
        Self::Component(state)
    }
}

/// One attempt. Once closed it is never reopened (behaviour 3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// Its id.
    pub id: Identifier,
    /// What it works on.
    pub target: DeploymentTarget,
    /// What it does.
    pub kind: DeploymentKind,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it last changed.
    pub last_modified_at: Timestamp,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// When its target was made.
    pub target_created_at: Timestamp,
    /// What the target was made of before; absent on its first deployment.
    pub initial_state: Option<TargetState>,
    /// What the target shall be made of.
    pub target_state: TargetState,
    /// Outputs of the resource once it succeeded: a JSON object of strings.
    pub outputs: Option<Document>,
    /// Provisioned resources once it succeeded: a JSON list of `{name, identifier}`.
    pub provisioned_resources: Option<Document>,
    /// When the reconciler looks after it; absent once closed.
    pub watch: Option<Watch>,
    /// The id of the service operation that waits for it, if any.
    pub service_operation_id: Option<Identifier>,
    /// The trace of the request that began it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceId>,
    /// What a forced deletion lets stay; absent for every other deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
    /// Somebody deleted it from the history. Its record stays because of what it left behind, as long as its target does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forgotten: bool,
    /// The fleet update that it belongs to, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fleet: Option<FleetOrigin>,
    /// Counts commits.
    pub revision: Revision,
    status: DeploymentStatus,
    status_message: Option<String>,
}

/// What a new deployment is made from.
#[derive(Debug, Clone)]
pub struct NewDeployment {
    /// Its id.
    pub id: Identifier,
    /// What it works on.
    pub target: DeploymentTarget,
    /// What it does.
    pub kind: DeploymentKind,
    /// When its target was made.
    pub target_created_at: Timestamp,
    /// What the target was made of before.
    pub initial_state: Option<TargetState>,
    /// What the target shall be made of.
    pub target_state: TargetState,
    /// The service operation that waits for it.
    pub service_operation_id: Option<Identifier>,
}

impl Deployment {
    /// A deployment that was just accepted.
    #[must_use]
    pub fn new(new: NewDeployment, now: Timestamp) -> (Self, DeploymentTransition) {
        let status = match new.kind {
            DeploymentKind::Deploy | DeploymentKind::RollBack => DeploymentStatus::InProgress,
            DeploymentKind::Delete => DeploymentStatus::DeleteInProgress,
        };
        let deployment = Self {
            id: new.id,
            target: new.target,
            kind: new.kind,
            created_at: now,
            last_modified_at: now,
            completed_at: None,
            target_created_at: new.target_created_at,
            initial_state: new.initial_state,
            target_state: new.target_state,
            outputs: None,
            provisioned_resources: None,
            watch: Some(Watch::begin(now)),
            service_operation_id: new.service_operation_id,
            trace: None,
            forgotten: false,
            fleet: None,
            retention: None,
            revision: Revision::first(now),
            status,
            status_message: None,
        };
        (deployment, Transition { from: None, to: status })
    }

    /// A deployment that was accepted, but waits for an earlier step of its service's operation: nobody starts it yet.
    #[must_use]
    pub fn waiting(new: NewDeployment, now: Timestamp) -> (Self, DeploymentTransition) {
        let (mut deployment, transition) = Self::new(new, now);
        deployment.watch = None;
        (deployment, transition)
    }

    /// Lets a waiting deployment begin: somebody is about to start its workflow, and the reconciler looks after it.
    pub fn begin(&mut self, now: Timestamp) {
        if self.is_open() && self.watch.is_none() {
            self.watch = Some(Watch::begin(now));
            self.last_modified_at = now;
        }
    }

    /// Its status.
    #[must_use]
    pub const fn status(&self) -> DeploymentStatus {
        self.status
    }

    /// Why it failed, for people.
    #[must_use]
    pub fn status_message(&self) -> Option<&str> {
        self.status_message.as_deref()
    }

    /// Whether it still runs.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.status.is_in_progress()
    }

    /// The name of the execution that works on it: `<id>-<attempt>` (design 2.5).
    #[must_use]
    pub fn execution_name(&self) -> String {
        format!("{}-{}", self.id, self.watch.map_or(1, |watch| watch.attempt))
    }

    /// Accepts its cancellation; it stays open until what it began is undone.
    ///
    /// # Errors
    /// [`IllegalTransition`] unless it is IN_PROGRESS.
    pub fn cancel(&mut self, now: Timestamp) -> Result<DeploymentTransition, IllegalTransition> {
        let from = self.status;
        self.status = from.on(DeploymentTrigger::Cancel)?;
        self.last_modified_at = now;
        Ok(Transition { from: Some(from), to: self.status })
    }

    /// Closes it.
    ///
    /// # Errors
    /// [`IllegalTransition`] when it is closed already.
    pub fn finish(
        &mut self,
        outcome: DeploymentOutcome,
        message: Option<String>,
        now: Timestamp,
    ) -> Result<DeploymentTransition, IllegalTransition> {
        let trigger = match (outcome, self.kind) {
            (DeploymentOutcome::Succeeded, DeploymentKind::Delete) => DeploymentTrigger::Deleted,
            (DeploymentOutcome::Failed, DeploymentKind::Delete) => DeploymentTrigger::DeleteFail,
            (DeploymentOutcome::Succeeded, _) => DeploymentTrigger::Succeed,
            (DeploymentOutcome::Failed, _) => DeploymentTrigger::Fail,
            (DeploymentOutcome::Cancelled, _) => DeploymentTrigger::Cancelled,
        };
        let from = self.status;
        self.status = from.on(trigger)?;
        self.status_message = message;
        self.completed_at = Some(now);
        self.last_modified_at = now;
        self.watch = None;
        Ok(Transition { from: Some(from), to: self.status })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(kind: DeploymentKind) -> Deployment {
        let name = ResourceName::new("beta").expect("valid");
        let net = ResourceName::new("net").expect("valid");
        let state = DeploymentState::new(net, VersionNumber::new(1, 0), Document::Inline(String::new()));
        let new = NewDeployment {
            id: Identifier::new("0190163d-8694-739b-aea5-966c26f8ad91").expect("valid"),
            target: DeploymentTarget::Environment { name },
            kind,
            target_created_at: Timestamp::from_millis(1),
            initial_state: None,
            target_state: state.into(),
            service_operation_id: None,
        };
        Deployment::new(new, Timestamp::from_millis(2)).0
    }

    #[test]
    fn a_closed_deployment_is_never_reopened() {
        for kind in [DeploymentKind::Deploy, DeploymentKind::Delete, DeploymentKind::RollBack] {
            let mut closed = deployment(kind);
            closed.finish(DeploymentOutcome::Succeeded, None, Timestamp::from_millis(3)).expect("open");
            assert!(!closed.is_open());
            for outcome in
                [DeploymentOutcome::Succeeded, DeploymentOutcome::Failed, DeploymentOutcome::Cancelled]
            {
                assert!(closed.finish(outcome, None, Timestamp::from_millis(4)).is_err());
            }
            assert_eq!(closed.completed_at, Some(Timestamp::from_millis(3)));
            assert_eq!(closed.watch, None);
        }
    }

    #[test]
    fn a_waiting_deployment_is_watched_once_it_begins() {
        let mut waiting = deployment(DeploymentKind::Deploy);
        waiting.watch = None;
        assert!(waiting.is_open());
        waiting.begin(Timestamp::from_millis(5));
        let watch = waiting.watch;
        assert_eq!(watch, Some(Watch::begin(Timestamp::from_millis(5))));
        waiting.begin(Timestamp::from_millis(6));
        assert_eq!(waiting.watch, watch, "it begins once");
        waiting.finish(DeploymentOutcome::Cancelled, None, Timestamp::from_millis(7)).expect("open");
        waiting.begin(Timestamp::from_millis(8));
        assert_eq!(waiting.watch, None, "what is closed never begins");
    }

    #[test]
    fn executions_are_named_by_attempt() {
        let mut open = deployment(DeploymentKind::Deploy);
        assert_eq!(open.execution_name(), "0190163d-8694-739b-aea5-966c26f8ad91-1");
        open.watch = open.watch.and_then(|watch| watch.restarted(Timestamp::from_millis(3)));
        assert_eq!(open.execution_name(), "0190163d-8694-739b-aea5-966c26f8ad91-2");
    }
}
