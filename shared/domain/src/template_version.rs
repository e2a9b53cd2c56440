//! Template versions: registered bundles (behaviour 2.1, 2.2, 3.1).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::name::ResourceName;
use crate::revision::Revision;
use crate::tag::Tags;
use crate::template::TemplateKind;
use crate::time::Timestamp;
use crate::transition::{IllegalTransition, Transition};
use crate::version::VersionNumber;
use crate::watch::Watch;

/// `TemplateVersionStatus` (behaviour 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TemplateVersionStatus {
    /// The bundle is being validated.
    RegistrationInProgress,
    /// The bundle was refused; the status message says why.
    RegistrationFailed,
    /// The bundle was accepted. Drafts may be deployed by their number, but are never recommended.
    Draft,
    /// Released to developers.
    Published,
}

impl TemplateVersionStatus {
    /// All of them, for tables.
    pub const ALL: [Self; 4] =
        [Self::RegistrationInProgress, Self::RegistrationFailed, Self::Draft, Self::Published];

    /// As the wire writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RegistrationInProgress => "REGISTRATION_IN_PROGRESS",
            Self::RegistrationFailed => "REGISTRATION_FAILED",
            Self::Draft => "DRAFT",
            Self::Published => "PUBLISHED",
        }
    }

    /// Whether resources may be deployed with a version in this status.
    #[must_use]
    pub const fn is_deployable(self) -> bool {
        matches!(self, Self::Draft | Self::Published)
    }
}

impl fmt::Display for TemplateVersionStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What happens to a template version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationTrigger {
    /// The bundle passed validation.
    Accept,
    /// The bundle failed validation.
    Refuse,
    /// The owner publishes it.
    Publish,
}

impl TemplateVersionStatus {
    /// All legal transitions. Publishing what is published changes nothing and is handled by the caller.
    ///
    /// # Errors
    /// [`IllegalTransition`] for every other pair.
    pub fn on(self, trigger: RegistrationTrigger) -> Result<Self, IllegalTransition> {
        use RegistrationTrigger as On;
        match (self, trigger) {
            (Self::RegistrationInProgress, On::Accept) => Ok(Self::Draft),
            (Self::RegistrationInProgress, On::Refuse) => Ok(Self::RegistrationFailed),
            (Self::Draft, On::Publish) => Ok(Self::Published),
            (status, On::Accept) => {
                Err(IllegalTransition::new("the template version", status, "be accepted"))
            }
            (status, On::Refuse) => Err(IllegalTransition::new("the template version", status, "be refused")),
            (status, On::Publish) => {
                Err(IllegalTransition::new("the template version", status, "be published"))
            }
        }
    }
}

/// An object in S3 that holds a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BundleSource {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// The object's version where it is known, so that an upload registers exactly what was uploaded.
    pub version_id: Option<String>,
}

/// How a version came in; decides what its registration file may do (behaviour 2.1, issue "S3 upload intake").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Intake {
    /// By CreateEnvironmentTemplateVersion or CreateServiceTemplateVersion: ends as DRAFT.
    Api,
    /// By an object under `publish/` of the upload bucket: the registration file names compatible environments, and
    /// `publish: true` in it publishes the version.
    Upload,
}

/// The part of a bundle that provisions one kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BundlePart {
    /// `infrastructure/` of an environment bundle.
    Infrastructure,
    /// `instance_infrastructure/` of a service bundle.
    InstanceInfrastructure,
    /// `pipeline_infrastructure/` of a service bundle.
    PipelineInfrastructure,
}

/// How a part is provisioned, as its manifest says (behaviour 7.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", tag = "engine")]
pub enum ProvisioningEngine {
    /// One CloudFormation template, rendered by Jinja.
    Cloudformation {
        /// The template's file name, which stack names carry (behaviour 7.2).
        file: String,
    },
    /// Terraform files, handed to a repository.
    Terraform,
    /// A build that runs the author's commands.
    Codebuild,
}

/// One part of a registered bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartSummary {
    /// Which part.
    pub part: BundlePart,
    /// How it is provisioned.
    #[serde(flatten)]
    pub engine: ProvisioningEngine,
}

/// An environment template's major that a service template works with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompatibleEnvironmentTemplate {
    /// The environment template's name.
    pub template_name: ResourceName,
    /// Its major version.
    pub major_version: u64,
}

/// What validation found in a bundle that it accepts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisteredBundle {
    /// SHA-256 of the archive in lowercase hexadecimal digits: its address in the artifact bucket.
    pub digest: String,
    /// The schema file's text, verbatim.
    pub schema: Document,
    /// The parts that it has.
    pub parts: Vec<PartSummary>,
}

/// One version of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplateVersion {
    /// What the template makes.
    pub kind: TemplateKind,
    /// The template's name.
    pub template: ResourceName,
    /// The number.
    pub version: VersionNumber,
    /// For people.
    pub description: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub last_modified_at: Timestamp,
    /// Where the bundle was read from.
    pub source: BundleSource,
    /// How it came in.
    pub intake: Intake,
    /// The bundle, once it is registered.
    pub bundle: Option<RegisteredBundle>,
    /// Service templates only: 1 to 10 once registered.
    pub compatible_environment_templates: Vec<CompatibleEnvironmentTemplate>,
    /// Service templates only: whether `DIRECTLY_DEFINED` components may attach.
    pub supports_components: bool,
    /// The customer's tags.
    pub tags: Tags,
    /// Counts commits.
    pub revision: Revision,
    /// Set while a deletion looks for users of the version: nobody may begin to use it until this point in time.
    pub deleting_until: Option<Timestamp>,
    /// When the reconciler looks after a registration that does not end.
    pub watch: Option<Watch>,
    status: TemplateVersionStatus,
    status_message: Option<String>,
}

/// What a new version is made from.
#[derive(Debug, Clone)]
pub struct NewTemplateVersion {
    /// What the template makes.
    pub kind: TemplateKind,
    /// The template's name.
    pub template: ResourceName,
    /// The number that the template allocated.
    pub version: VersionNumber,
    /// For people.
    pub description: Option<String>,
    /// Where the bundle lies.
    pub source: BundleSource,
    /// How it comes in.
    pub intake: Intake,
    /// Service templates by API only.
    pub compatible_environment_templates: Vec<CompatibleEnvironmentTemplate>,
    /// Service templates only.
    pub supports_components: bool,
    /// The customer's tags.
    pub tags: Tags,
}

impl TemplateVersion {
    /// A new version, `REGISTRATION_IN_PROGRESS`.
    #[must_use]
    pub fn new(new: NewTemplateVersion, now: Timestamp) -> (Self, Transition<TemplateVersionStatus>) {
        let status = TemplateVersionStatus::RegistrationInProgress;
        let version = Self {
            kind: new.kind,
            template: new.template,
            version: new.version,
            description: new.description,
            created_at: now,
            last_modified_at: now,
            source: new.source,
            intake: new.intake,
            bundle: None,
            compatible_environment_templates: new.compatible_environment_templates,
            supports_components: new.supports_components,
            tags: new.tags,
            revision: Revision::first(now),
            deleting_until: None,
            watch: Some(Watch::begin(now)),
            status,
            status_message: None,
        };
        (version, Transition { from: None, to: status })
    }

    /// Its status.
    #[must_use]
    pub const fn status(&self) -> TemplateVersionStatus {
        self.status
    }

    /// Why registration failed, or what it warned of.
    #[must_use]
    pub fn status_message(&self) -> Option<&str> {
        self.status_message.as_deref()
    }

    /// Ends registration well: DRAFT. `warnings` become the status message.
    ///
    /// # Errors
    /// [`IllegalTransition`] unless registration is in progress.
    pub fn accept(
        &mut self,
        bundle: RegisteredBundle,
        warnings: Option<String>,
        now: Timestamp,
    ) -> Result<Transition<TemplateVersionStatus>, IllegalTransition> {
        let transition = self.transition(RegistrationTrigger::Accept, now)?;
        self.bundle = Some(bundle);
        self.status_message = warnings;
        self.watch = None;
        Ok(transition)
    }

    /// Ends registration badly: REGISTRATION_FAILED with the reason.
    ///
    /// # Errors
    /// [`IllegalTransition`] unless registration is in progress.
    pub fn refuse(
        &mut self,
        reason: String,
        now: Timestamp,
    ) -> Result<Transition<TemplateVersionStatus>, IllegalTransition> {
        let transition = self.transition(RegistrationTrigger::Refuse, now)?;
        self.status_message = Some(reason);
        self.watch = None;
        Ok(transition)
    }

    /// Publishes a draft. The template must be told too: [`crate::template::Template::version_published`].
    ///
    /// # Errors
    /// [`IllegalTransition`] unless it is a draft.
    pub fn publish(
        &mut self,
        now: Timestamp,
    ) -> Result<Transition<TemplateVersionStatus>, IllegalTransition> {
        self.transition(RegistrationTrigger::Publish, now)
    }

    /// The summary of `part`, where the registered bundle has it.
    #[must_use]
    pub fn part(&self, part: BundlePart) -> Option<&PartSummary> {
        self.bundle.as_ref()?.parts.iter().find(|summary| summary.part == part)
    }

    fn transition(
        &mut self,
        trigger: RegistrationTrigger,
        now: Timestamp,
    ) -> Result<Transition<TemplateVersionStatus>, IllegalTransition> {
        let from = self.status;
        self.status = from.on(trigger)?;
        self.last_modified_at = now;
        Ok(Transition { from: Some(from), to: self.status })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legal_transitions_are_exactly_these() {
        use RegistrationTrigger::{Accept, Publish, Refuse};
        use TemplateVersionStatus as S;
        let legal = [
            (S::RegistrationInProgress, Accept, S::Draft),
            (S::RegistrationInProgress, Refuse, S::RegistrationFailed),
            (S::Draft, Publish, S::Published),
        ];
        for status in S::ALL {
            for trigger in [Accept, Refuse, Publish] {
                let expected = legal.iter().find(|(from, on, _)| *from == status && *on == trigger);
                assert_eq!(status.on(trigger).ok(), expected.map(|(_, _, to)| *to), "{status} {trigger:?}");
            }
        }
    }

    #[test]
    fn the_wire_form_is_the_serde_form() {
        for status in TemplateVersionStatus::ALL {
            assert_eq!(serde_json::to_value(status).expect("json"), status.as_str());
        }
    }
}
