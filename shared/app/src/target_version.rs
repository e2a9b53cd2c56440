//! Which template version a deployment uses (behaviour 2.3, 2.9).

use protium_domain::deployment::DeploymentKind;
use protium_domain::name::ResourceName;
use protium_domain::template::{Template, TemplateKind};
use protium_domain::template_version::{BundlePart, ProvisioningEngine, TemplateVersion};
use protium_domain::version::VersionNumber;
use serde::{Deserialize, Serialize};

use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::StoreExt;
use crate::template::template_get;
use crate::template_version::VersionId;

/// `deploymentType` of an update (behaviour 2.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeploymentType {
    /// Metadata only.
    None,
    /// The same version again.
    CurrentVersion,
    /// Another minor of the same major.
    MinorVersion,
    /// A higher major.
    MajorVersion,
    /// Back to a version that it was made of before, whichever way that is. No request asks for it: only who knows what
    /// the resource was made of does.
    RollBack,
}

impl DeploymentType {
    /// The kind of the deployments of this type.
    #[must_use]
    pub const fn kind(self) -> DeploymentKind {
        match self {
            Self::RollBack => DeploymentKind::RollBack,
            Self::None | Self::CurrentVersion | Self::MinorVersion | Self::MajorVersion => {
                DeploymentKind::Deploy
            }
        }
    }
}

/// The version members of an update request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionChoice {
    /// `templateMajorVersion`.
    pub major: Option<u64>,
    /// `templateMinorVersion`.
    pub minor: Option<u64>,
}

/// The version that a new resource uses: the minor that was asked for, or the recommended one of the major.
///
/// # Errors
/// [`Error::NotFound`] when the major has no published minor to default to.
pub(crate) fn version_for_creation(
    template: &Template,
    major: u64,
    minor: Option<u64>,
) -> Result<VersionNumber> {
    minor.or_else(|| template.recommended_minor(major)).map(|minor| VersionNumber::new(major, minor)).ok_or_else(|| {
        Error::NotFound(format!(
            "the {} '{}' has no published version of major version {major}; publish one, or name a draft with \
             templateMinorVersion",
            template.kind.noun(),
            template.name
        ))
    })
}

/// The version that an update goes to: the table of behaviour 2.9. [`DeploymentType::None`] stays where it is.
///
/// # Errors
/// [`Error::Validation`] for version members that the deployment type refuses, [`Error::NotFound`] when there is no
/// recommended version to default to.
pub(crate) fn version_for_update(
    template: &Template,
    current: VersionNumber,
    deployment_type: DeploymentType,
    choice: VersionChoice,
) -> Result<VersionNumber> {
    match deployment_type {
        DeploymentType::RollBack => match choice {
            VersionChoice { major: Some(major), minor: Some(minor) } => Ok(VersionNumber::new(major, minor)),
            _ => Err(Error::internal("a roll back names the version that it goes to")),
        },
        DeploymentType::None | DeploymentType::CurrentVersion => {
            if choice == VersionChoice::default() {
                Ok(current)
            } else {
                Err(refused(
                    "NONE and CURRENT_VERSION take no template version; leave templateMajorVersion and \
                             templateMinorVersion out, or use MINOR_VERSION or MAJOR_VERSION",
                ))
            }
        }
        DeploymentType::MinorVersion => match choice.major {
            Some(major) if major != current.major => Err(refused(&format!(
                "MINOR_VERSION stays on major version {}; use MAJOR_VERSION to go to {major}",
                current.major
            ))),
            _ => version_for_creation(template, current.major, choice.minor),
        },
        DeploymentType::MajorVersion => {
            let major = match choice.major.or_else(|| template.recommended().map(|version| version.major)) {
                Some(major) => major,
                None => return Err(Error::NotFound(format!("{} has no published version", template.name))),
            };
            if major <= current.major {
                return Err(refused(&format!(
                    "MAJOR_VERSION goes to a higher major version than {}, but {major} is not; use MINOR_VERSION or \
                     CURRENT_VERSION",
                    current.major
                )));
            }
            version_for_creation(template, major, choice.minor)
        }
    }
}

fn refused(reason: &str) -> Error {
    Error::Validation(format!("deploymentType: {reason}"))
}

/// Reads a version that is about to be deployed.
///
/// # Errors
/// [`Error::NotFound`] when it does not exist, [`Error::Validation`] when it is not registered.
pub(crate) async fn version_deployable(
    app: &App,
    kind: TemplateKind,
    template: &ResourceName,
    version: VersionNumber,
) -> Result<TemplateVersion> {
    let id = VersionId { kind, template: template.clone(), version };
    let found: Option<TemplateVersion> = app.store.find(id.key()).await?;
    let Some(found) = found else {
        let arn = app.location().arn(&id.resource());
        return Err(Error::NotFound(format!("The requested {} version does not exist: {arn}", kind.noun())));
    };
    if found.status().is_deployable() {
        Ok(found)
    } else {
        Err(Error::Validation(format!(
            "{} is {} and can't be deployed; wait until it is DRAFT or PUBLISHED, or use another version",
            id.described(),
            found.status()
        )))
    }
}

/// Reads the template and the version that a new resource uses.
///
/// # Errors
/// As [`version_for_creation`] and [`version_deployable`].
pub(crate) async fn version_resolve(
    app: &App,
    kind: TemplateKind,
    template: &ResourceName,
    major: u64,
    minor: Option<u64>,
) -> Result<(Template, TemplateVersion)> {
    let template = template_get(app, kind, template).await?;
    let number = version_for_creation(&template, major, minor)?;
    let version = version_deployable(app, kind, &template.name, number).await?;
    Ok((template, version))
}

/// Refuses what only a later release provisions.
///
/// # Errors
/// [`Error::NotImplemented`] that names the engine.
pub(crate) fn require_cloudformation(version: &TemplateVersion, part: BundlePart) -> Result<()> {
    let engine = match version.part(part).map(|summary| &summary.engine) {
        Some(ProvisioningEngine::Cloudformation { .. }) => return Ok(()),
        Some(ProvisioningEngine::Terraform) => "Terraform",
        Some(ProvisioningEngine::Codebuild) => "CodeBuild",
        None => return Err(Error::internal("a registered version lacks the part that it deploys")),
    };
    Err(Error::NotImplemented(format!(
        "version {} of '{}' is provisioned by {engine}, which this release of Protium can't do yet; use a CloudFormation \
         bundle",
        version.version, version.template
    )))
}

#[cfg(test)]
mod tests {
    use protium_domain::digest::{Creation, RequestDigest};
    use protium_domain::tag::Tags;
    use protium_domain::template::NewTemplate;
    use protium_domain::time::Timestamp;
    use rstest::rstest;

    use super::*;

    /// 1.0 and 1.1 published, 1.2 a draft, 2.0 published, 3.0 a draft.
    fn template() -> Template {
        let new = NewTemplate {
            kind: TemplateKind::Environment,
            name: ResourceName::new("net").expect("valid"),
            display_name: None,
            description: None,
            encryption_key: None,
            customer_managed: false,
            tags: Tags::default(),
            creation: Creation::by(RequestDigest(String::new())),
        };
        let mut template = Template::new(new, Timestamp::from_millis(1));
        for major in [None, Some(1), Some(1), None, None] {
            template.version_allocate(major).expect("known");
        }
        for version in ["1.0", "1.1", "2.0"] {
            template.version_published(version.parse().expect("valid"));
        }
        template
    }

    #[rstest]
    #[case(1, None, Some("1.1"))]
    #[case(1, Some(2), Some("1.2"))]
    #[case(2, None, Some("2.0"))]
    #[case(3, None, None)]
    #[case(3, Some(0), Some("3.0"))]
    fn creation_defaults_to_the_recommended_minor(
        #[case] major: u64,
        #[case] minor: Option<u64>,
        #[case] expected: Option<&str>,
    ) {
        let version = version_for_creation(&template(), major, minor).ok().map(|version| version.to_string());
        assert_eq!(version.as_deref(), expected);
    }

    #[rstest]
    #[case(DeploymentType::None, None, None, Some("1.0"))]
    #[case(DeploymentType::None, Some(1), None, None)]
    #[case(DeploymentType::CurrentVersion, None, None, Some("1.0"))]
    #[case(DeploymentType::CurrentVersion, None, Some(0), None)]
    #[case(DeploymentType::MinorVersion, None, None, Some("1.1"))]
    #[case(DeploymentType::MinorVersion, Some(1), Some(0), Some("1.0"))]
    #[case(DeploymentType::MinorVersion, Some(2), None, None)]
    #[case(DeploymentType::MajorVersion, None, None, Some("2.0"))]
    #[case(DeploymentType::MajorVersion, Some(2), None, Some("2.0"))]
    #[case(DeploymentType::MajorVersion, Some(1), None, None)]
    #[case(DeploymentType::MajorVersion, Some(3), None, None)]
    #[case(DeploymentType::MajorVersion, Some(3), Some(0), Some("3.0"))]
    #[case(DeploymentType::RollBack, Some(0), Some(7), Some("0.7"))]
    #[case(DeploymentType::RollBack, Some(2), Some(0), Some("2.0"))]
    #[case(DeploymentType::RollBack, Some(1), None, None)]
    #[case(DeploymentType::RollBack, None, None, None)]
    fn updates_follow_the_table(
        #[case] deployment_type: DeploymentType,
        #[case] major: Option<u64>,
        #[case] minor: Option<u64>,
        #[case] expected: Option<&str>,
    ) {
        let current = VersionNumber::new(1, 0);
        let version =
            version_for_update(&template(), current, deployment_type, VersionChoice { major, minor });
        assert_eq!(version.ok().map(|version| version.to_string()).as_deref(), expected);
    }
}
