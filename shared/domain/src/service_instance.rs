//! Service instances: a service deployed into one environment (behaviour 2.5).

use serde::{Deserialize, Serialize};

use crate::deployable::{Deployable, DeploymentOutcome, DeploymentTransition};
use crate::deployment::{DeploymentState, DeploymentTarget};
use crate::document::Document;
use crate::fleet::UpdatePolicy;
use crate::identifier::Identifier;
use crate::name::ResourceName;
use crate::revision::Revision;
use crate::tag::Tags;
use crate::tally::Counted;
use crate::time::Timestamp;
use crate::transition::IllegalTransition;
use crate::version::VersionNumber;

/// An instance of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceInstance {
    /// Its service.
    pub service: ResourceName,
    /// Its name, unique within the service.
    pub name: ResourceName,
    /// The environment that it lives in; never changes.
    pub environment: ResourceName,
    /// Its template. While an update runs, template, version and spec keep describing the last successful state.
    pub template: ResourceName,
    /// The template's version.
    pub version: VersionNumber,
    /// The *whole* service spec last used, verbatim (behaviour 2.5).
    pub spec: Document,
    /// The deployments of others that it is built on; as template, version and spec of the last successful state.
    #[serde(default, skip_serializing_if = "BuiltOn::is_nothing")]
    pub built_on: BuiltOn,
    /// The component that is attached to it, or is about to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<ResourceName>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The client token last used.
    pub last_client_request_token: Option<String>,
    /// Status and deployments.
    pub deployable: Deployable,
    /// The customer's tags, copied from the service when it was made.
    pub tags: Tags,
    /// Counts commits.
    pub revision: Revision,
    /// What to do about newer versions of the template, where it was set by API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_policy: Option<UpdatePolicy>,
    /// Where it is counted.
    #[serde(default, skip_serializing_if = "Counted::is_absent")]
    pub counted: Counted,
}

/// The deployments of others that an instance is built on (behaviour 2.8).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BuiltOn {
    /// Of its environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Identifier>,
    /// Of the component that is attached to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<Identifier>,
    /// Of its service's pipeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<Identifier>,
}

impl BuiltOn {
    fn of(state: &DeploymentState) -> Self {
        Self {
            environment: state.environment_deployment_id.clone(),
            component: state.component_deployment_id.clone(),
            pipeline: state.pipeline_deployment_id.clone(),
        }
    }

    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What a new instance is made from.
#[derive(Debug, Clone)]
pub struct NewServiceInstance {
    /// Its service.
    pub service: ResourceName,
    /// Its name.
    pub name: ResourceName,
    /// Its environment.
    pub environment: ResourceName,
    /// Template, version and spec.
    pub state: DeploymentState,
    /// The customer's tags.
    pub tags: Tags,
}

impl ServiceInstance {
    /// A new instance whose first deployment is accepted.
    #[must_use]
    pub fn new(
        new: NewServiceInstance,
        deployment_id: Identifier,
        now: Timestamp,
    ) -> (Self, DeploymentTransition) {
        let (deployable, transition) = Deployable::new(deployment_id, now);
        let instance = Self {
            service: new.service,
            name: new.name,
            environment: new.environment,
            built_on: BuiltOn::of(&new.state),
            template: new.state.template,
            version: new.state.version,
            spec: new.state.spec,
            component: None,
            created_at: now,
            last_client_request_token: None,
            deployable,
            tags: new.tags,
            revision: Revision::first(now),
            update_policy: None,
            counted: Counted::default(),
        };
        (instance, transition)
    }

    /// What deployments of it name.
    #[must_use]
    pub fn target(&self) -> DeploymentTarget {
        DeploymentTarget::ServiceInstance {
            service: self.service.clone(),
            name: self.name.clone(),
            environment: self.environment.clone(),
        }
    }

    /// What it is made of now.
    #[must_use]
    pub fn state(&self) -> DeploymentState {
        DeploymentState {
            template: self.template.clone(),
            version: self.version,
            spec: self.spec.clone(),
            environment_deployment_id: self.built_on.environment.clone(),
            component_deployment_id: self.built_on.component.clone(),
            pipeline_deployment_id: self.built_on.pipeline.clone(),
        }
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
        self.built_on = BuiltOn::of(state);
    }

    fn attempt(&mut self, target: &DeploymentState) {
        if self.deployable.last_succeeded_deployment_id.is_none() {
            self.become_made_of(target);
        }
    }
}
