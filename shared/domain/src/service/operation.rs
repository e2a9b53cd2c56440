//! What a service is going through, step by step (behaviour 3.3, 7.4).

use serde::{Deserialize, Serialize};

use crate::deployment::Retention;
use crate::document::Document;
use crate::identifier::Identifier;
use crate::name::ResourceName;
use crate::time::Timestamp;
use crate::trace::TraceId;
use crate::version::VersionNumber;
use crate::watch::Watch;

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
