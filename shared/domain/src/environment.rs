//! Environments: the shared infrastructure that service instances are deployed into (behaviour 2.3).

use serde::{Deserialize, Serialize};

use crate::deployable::{Deployable, DeploymentOutcome, DeploymentStatus, DeploymentTransition};
use crate::deployment::{DeploymentState, DeploymentTarget};
use crate::digest::Creation;
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

/// The roles that provision an environment and what lives in it (behaviour 7.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentRoles {
    /// For CloudFormation: `protonServiceRoleArn`.
    pub proton_service_role_arn: Option<String>,
    /// For CodeBuild.
    pub codebuild_role_arn: Option<String>,
    /// For components.
    pub component_role_arn: Option<String>,
}

/// An environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    /// Its name.
    pub name: ResourceName,
    /// For people.
    pub description: Option<String>,
    /// The account that it lives in (twelve digits).
    pub account: String,
    /// Its template. While an update runs, template, version and spec keep describing the last successful state
    /// (behaviour 1.3).
    pub template: ResourceName,
    /// The template's version.
    pub version: VersionNumber,
    /// The spec, verbatim.
    pub spec: Document,
    /// The template is `CUSTOMER_MANAGED`: nothing is deployed.
    pub customer_managed: bool,
    /// What provisions it.
    pub roles: EnvironmentRoles,
    /// The connection that lends it these roles, when it lives in another account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<Identifier>,
    /// When it was made.
    pub created_at: Timestamp,
    /// For name idempotency.
    pub creation: Creation,
    /// Status and deployments.
    pub deployable: Deployable,
    /// The customer's tags.
    pub tags: Tags,
    /// Set while a deletion looks for instances: nobody may move in until this point in time.
    pub deleting_until: Option<Timestamp>,
    /// Counts commits.
    pub revision: Revision,
    /// What to do about newer versions of the template, where it was set by API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_policy: Option<UpdatePolicy>,
    /// Where it is counted.
    #[serde(default, skip_serializing_if = "Counted::is_absent")]
    pub counted: Counted,
}

/// What a new environment is made from.
#[derive(Debug, Clone)]
pub struct NewEnvironment {
    /// Its name.
    pub name: ResourceName,
    /// For people.
    pub description: Option<String>,
    /// The account that it lives in.
    pub account: String,
    /// Whether the customer provisions.
    pub customer_managed: bool,
    /// What provisions it.
    pub roles: EnvironmentRoles,
    /// The connection that lends the roles.
    pub connection_id: Option<Identifier>,
    /// Template, version and spec.
    pub state: DeploymentState,
    /// The customer's tags.
    pub tags: Tags,
    /// The request.
    pub creation: Creation,
}

impl Environment {
    /// A new environment whose first deployment is accepted.
    #[must_use]
    pub fn new(
        new: NewEnvironment,
        deployment_id: Identifier,
        now: Timestamp,
    ) -> (Self, DeploymentTransition) {
        let (deployable, transition) = Deployable::new(deployment_id, now);
        let environment = Self {
            name: new.name,
            description: new.description,
            account: new.account,
            template: new.state.template,
            version: new.state.version,
            spec: new.state.spec,
            customer_managed: new.customer_managed,
            roles: new.roles,
            connection_id: new.connection_id,
            created_at: now,
            creation: new.creation,
            deployable,
            tags: new.tags,
            deleting_until: None,
            revision: Revision::first(now),
            update_policy: None,
            counted: Counted::default(),
        };
        (environment, transition)
    }

    /// Whether instances may move in, as far as its status is concerned: not once its deletion has begun. What more
    /// they ask for, such as a successful deployment, is decided where they are made (behaviour 2.4).
    #[must_use]
    pub const fn is_inhabitable(&self) -> bool {
        !matches!(
            self.deployable.status(),
            DeploymentStatus::DeleteInProgress | DeploymentStatus::DeleteComplete
        )
    }

    /// What deployments of it name.
    #[must_use]
    pub fn target(&self) -> DeploymentTarget {
        DeploymentTarget::Environment { name: self.name.clone() }
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
