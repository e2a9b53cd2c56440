//! Components: infrastructure that developers define themselves and attach to a service instance (behaviour 2.7).
//!
//! A component has no template in the catalogue: it carries one file of infrastructure code and a manifest. What it is
//! made of, its attachment included, changes when a deployment succeeds. The instance's record names the component that
//! is attached to it, or is about to be, so that an instance has one at most, and isn't deleted under a component.

use serde::{Deserialize, Serialize};

use crate::deployable::{Deployable, DeploymentOutcome, DeploymentTransition};
use crate::deployment::DeploymentTarget;
use crate::document::Document;
use crate::identifier::Identifier;
use crate::name::ResourceName;
use crate::revision::Revision;
use crate::tag::Tags;
use crate::tally::Counted;
use crate::time::Timestamp;
use crate::transition::IllegalTransition;

/// The service instance that a component is attached to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// The service.
    pub service: ResourceName,
    /// The instance.
    pub instance: ResourceName,
}

/// What a component is, or shall be, made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ComponentState {
    /// Its infrastructure code.
    pub template_file: Document,
    /// The instance that it is attached to.
    pub attachment: Option<Attachment>,
    /// A service spec whose section of that instance becomes `service_instance.inputs`.
    pub service_spec: Option<Document>,
    /// Deployments only: the environment deployment whose outputs it is rendered with.
    #[serde(default)]
    pub environment_deployment_id: Option<Identifier>,
}

/// A component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Component {
    /// Its name.
    pub name: ResourceName,
    /// For people.
    pub description: Option<String>,
    /// The environment that it lives in; never changes.
    pub environment: ResourceName,
    /// The manifest, verbatim; never changes.
    pub manifest: Document,
    /// The name of the template file, as the manifest gives it.
    pub file: String,
    /// What it is made of.
    pub state: ComponentState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a request last changed it.
    pub last_modified_at: Timestamp,
    /// The client token last used.
    pub last_client_request_token: Option<String>,
    /// Status and deployments.
    pub deployable: Deployable,
    /// The customer's tags.
    pub tags: Tags,
    /// Counts commits.
    pub revision: Revision,
    /// Where it is counted.
    #[serde(default, skip_serializing_if = "Counted::is_absent")]
    pub counted: Counted,
}

/// What a new component is made from.
#[derive(Debug, Clone)]
pub struct NewComponent {
    /// Its name.
    pub name: ResourceName,
    /// For people.
    pub description: Option<String>,
    /// The environment that it lives in.
    pub environment: ResourceName,
    /// The manifest, verbatim.
    pub manifest: Document,
    /// The name of the template file.
    pub file: String,
    /// What it shall be made of.
    pub state: ComponentState,
    /// The client token of the request.
    pub client_token: Option<String>,
    /// The customer's tags.
    pub tags: Tags,
}

impl Component {
    /// A new component whose first deployment is accepted.
    #[must_use]
    pub fn new(new: NewComponent, deployment_id: Identifier, now: Timestamp) -> (Self, DeploymentTransition) {
        let (deployable, transition) = Deployable::new(deployment_id, now);
        let component = Self {
            name: new.name,
            description: new.description,
            environment: new.environment,
            manifest: new.manifest,
            file: new.file,
            state: ComponentState { environment_deployment_id: None, ..new.state },
            created_at: now,
            last_modified_at: now,
            last_client_request_token: new.client_token,
            deployable,
            tags: new.tags,
            revision: Revision::first(now),
            counted: Counted::default(),
        };
        (component, transition)
    }

    /// What deployments of it name.
    #[must_use]
    pub fn target(&self) -> DeploymentTarget {
        DeploymentTarget::Component { name: self.name.clone(), environment: self.environment.clone() }
    }

    /// Records how its current deployment ended; on success it is made of `target` from now on.
    ///
    /// A detachment counts even when the deployment that came with it failed. Otherwise a component whose code can't be
    /// deployed could neither be detached nor, because of that, deleted.
    ///
    /// # Errors
    /// [`IllegalTransition`] when nothing is in progress.
    pub fn finish(
        &mut self,
        outcome: DeploymentOutcome,
        message: Option<String>,
        target: &ComponentState,
    ) -> Result<DeploymentTransition, IllegalTransition> {
        let transition = self.deployable.finish(outcome, message)?;
        match outcome {
            DeploymentOutcome::Succeeded => {
                self.state = ComponentState { environment_deployment_id: None, ..target.clone() };
            }
            DeploymentOutcome::Failed if target.attachment.is_none() => {
                self.state.attachment = None;
                self.state.service_spec = None;
            }
            DeploymentOutcome::Failed | DeploymentOutcome::Cancelled => {}
        }
        Ok(transition)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn name(text: &str) -> ResourceName {
        ResourceName::new(text).expect("valid")
    }

    fn id(number: u8) -> Identifier {
        Identifier::new(format!("00000000-0000-7000-8000-0000000000{number:02x}")).expect("valid")
    }

    fn state(file: &str, instance: Option<&str>) -> ComponentState {
        ComponentState {
            template_file: Document::Inline(file.to_owned()),
            attachment: instance
                .map(|instance| Attachment { service: name("shop"), instance: name(instance) }),
            service_spec: None,
            environment_deployment_id: Some(id(9)),
        }
    }

    fn deployed(state: ComponentState) -> Component {
        let new = NewComponent {
            name: name("queue"),
            description: None,
            environment: name("beta"),
            manifest: Document::Inline(String::new()),
            file: "queue.yaml".to_owned(),
            state: state.clone(),
            client_token: None,
            tags: Tags::default(),
        };
        let (mut component, _) = Component::new(new, id(1), Timestamp::from_millis(1));
        component.finish(DeploymentOutcome::Succeeded, None, &state).expect("in progress");
        component
    }

    #[rstest]
    #[case::attached(None, Some("one"), DeploymentOutcome::Succeeded, Some("one"), "new")]
    #[case::attachment_failed(None, Some("one"), DeploymentOutcome::Failed, None, "old")]
    #[case::attachment_cancelled(None, Some("one"), DeploymentOutcome::Cancelled, None, "old")]
    #[case::detached(Some("one"), None, DeploymentOutcome::Succeeded, None, "new")]
    #[case::detachment_failed(Some("one"), None, DeploymentOutcome::Failed, None, "old")]
    #[case::detachment_cancelled(Some("one"), None, DeploymentOutcome::Cancelled, Some("one"), "old")]
    fn the_state_follows_success_and_detachment(
        #[case] before: Option<&str>,
        #[case] wanted: Option<&str>,
        #[case] outcome: DeploymentOutcome,
        #[case] attached: Option<&str>,
        #[case] file: &str,
    ) {
        let mut component = deployed(state("old", before));
        component.deployable.update(id(2), Timestamp::from_millis(2)).expect("settled");
        component.finish(outcome, None, &state("new", wanted)).expect("in progress");
        let instance = component.state.attachment.map(|attachment| attachment.instance.to_string());
        assert_eq!(instance.as_deref(), attached);
        assert_eq!(component.state.template_file, Document::Inline(file.to_owned()));
        assert_eq!(component.state.environment_deployment_id, None);
    }
}
