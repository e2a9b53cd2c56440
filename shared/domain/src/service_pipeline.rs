//! The pipeline of a service (behaviour 2.6): one at most, provisioned in the management account after the instances.

use serde::{Deserialize, Serialize};

use crate::deployable::{Deployable, DeploymentOutcome, DeploymentTransition};
use crate::deployment::{DeploymentState, DeploymentTarget};
use crate::document::Document;
use crate::fleet::UpdatePolicy;
use crate::identifier::Identifier;
use crate::name::ResourceName;
use crate::revision::Revision;
use crate::tally::Counted;
use crate::time::Timestamp;
use crate::transition::IllegalTransition;
use crate::version::VersionNumber;

/// The pipeline of a service. It has no name and no tags of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePipeline {
    /// Its service.
    pub service: ResourceName,
    /// Its template. While an update runs, template, version and spec keep describing the last successful state.
    pub template: ResourceName,
    /// The template's version.
    pub version: VersionNumber,
    /// The *whole* service spec last used, verbatim; only its section `pipeline` counts.
    pub spec: Document,
    /// When it was made.
    pub created_at: Timestamp,
    /// Status and deployments.
    pub deployable: Deployable,
    /// Counts commits.
    pub revision: Revision,
    /// What to do about newer versions of the template, where it was set by API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_policy: Option<UpdatePolicy>,
    /// Where it is counted.
    #[serde(default, skip_serializing_if = "Counted::is_absent")]
    pub counted: Counted,
}

impl ServicePipeline {
    /// A new pipeline whose first deployment is accepted.
    #[must_use]
    pub fn new(
        service: ResourceName,
        state: DeploymentState,
        deployment_id: Identifier,
        now: Timestamp,
    ) -> (Self, DeploymentTransition) {
        let (deployable, transition) = Deployable::new(deployment_id, now);
        let pipeline = Self {
            service,
            template: state.template,
            version: state.version,
            spec: state.spec,
            created_at: now,
            deployable,
            revision: Revision::first(now),
            update_policy: None,
            counted: Counted::default(),
        };
        (pipeline, transition)
    }

    /// What deployments of it name.
    #[must_use]
    pub fn target(&self) -> DeploymentTarget {
        DeploymentTarget::ServicePipeline { service: self.service.clone() }
    }

    /// What it is made of now.
    #[must_use]
    pub fn state(&self) -> DeploymentState {
        DeploymentState::new(self.template.clone(), self.version, self.spec.clone())
    }

    /// Accepts an update to `target`. It goes on being described by its last success; while there was none, by the latest
    /// attempt (behaviour 1.3).
    ///
    /// # Errors
    /// [`IllegalTransition`] while something is in progress.
    pub fn update(
        &mut self,
        id: Identifier,
        target: &DeploymentState,
        now: Timestamp,
    ) -> Result<DeploymentTransition, IllegalTransition> {
        let transition = self.deployable.update(id, now)?;
        self.attempt(target);
        Ok(transition)
    }

    /// Begins the update to `target` that it was held for.
    pub fn release(&mut self, id: Identifier, target: &DeploymentState, now: Timestamp) {
        self.deployable.release(id, now);
        self.attempt(target);
    }

    /// Records how its current deployment ended; on success it is made of `target` from now on.
    ///
    /// # Errors
    /// [`IllegalTransition`] when nothing is in progress.
    pub fn finish(
        &mut self,
        outcome: DeploymentOutcome,
        message: Option<String>,
        target: &DeploymentState,
    ) -> Result<DeploymentTransition, IllegalTransition> {
        let transition = self.deployable.finish(outcome, message)?;
        if outcome == DeploymentOutcome::Succeeded {
            self.become_made_of(target);
        }
        Ok(transition)
    }

    fn become_made_of(&mut self, state: &DeploymentState) {
        self.template = state.template.clone();
        self.version = state.version;
        self.spec = state.spec.clone();
    }

    fn attempt(&mut self, target: &DeploymentState) {
        if self.deployable.last_succeeded_deployment_id.is_none() {
            self.become_made_of(target);
        }
    }
}
