//! Step of the `publish` machine: validates a bundle and registers it, or says why not.

use protium_app::publish::bundle_validate;
use protium_app::template_version::VersionId;
use protium_app::workflow::PublishInput;
use protium_app::{App, Error, Result};
use protium_domain::arn::{Location, Resource};
use protium_domain::template_version::TemplateVersionStatus;
use protium_domain::version::{VersionNumber, version_part};
use protium_runtime::About;

/// Whose work it is.
#[must_use]
pub fn about(input: &PublishInput, location: &Location) -> About {
    let version = id(input).ok();
    let resource =
        version.map(|id| Resource::TemplateVersion { kind: id.kind, name: id.template, version: id.version });
    About { trace: input.trace, resource: resource.map(|resource| location.arn(&resource)) }
}

/// Registers the version that the machine's input names; the status that it has then, or nothing when it is gone.
///
/// # Errors
/// [`Error`] when a service below fails; the machine repeats the step.
pub async fn handle(app: &App, input: PublishInput) -> Result<Option<TemplateVersionStatus>> {
    bundle_validate(app, &id(&input)?).await
}

fn id(input: &PublishInput) -> Result<VersionId> {
    let version = VersionNumber::new(part(&input.major_version)?, part(&input.minor_version)?);
    Ok(VersionId { kind: input.kind, template: input.template_name.clone(), version })
}

fn part(text: &str) -> Result<u64> {
    version_part(text).map_err(|error| Error::Validation(error.to_string()))
}

#[cfg(test)]
mod tests {
    use protium_app::ports::StoreExt;
    use protium_domain::template::TemplateKind;
    use protium_domain::template_version::TemplateVersion;
    use protium_testkit::{TestApp, records};

    use super::*;

    fn sample() -> PublishInput {
        let json = include_str!("../../../events-samples/validate-bundle/step.json");
        serde_json::from_str(json).expect("the sample is the step's input")
    }

    #[tokio::test]
    async fn a_broken_bundle_fails_its_registration_with_a_reason() {
        let test = TestApp::new();
        let (template, _) = test.template_published(TemplateKind::Environment, "net");
        let number = VersionNumber::new(1, 3);
        let version = records::version_registering(
            TemplateKind::Environment,
            template.name.as_str(),
            number,
            test.now(),
        );
        let version = test.seed(version);
        test.sources.seed(version.source.clone(), *b"no archive");
        let status = handle(&test.app, sample()).await.expect("decided");
        assert_eq!(status, Some(TemplateVersionStatus::RegistrationFailed));
        let key = protium_app::ports::Record::key(&version);
        let found: TemplateVersion = test.app.store.find(key).await.expect("read").expect("there");
        assert!(found.status_message().is_some_and(|message| !message.is_empty()));
    }

    #[tokio::test]
    async fn a_version_that_is_gone_is_nobodys_fault() {
        assert_eq!(handle(&TestApp::new().app, sample()).await.expect("nothing to do"), None);
    }
}
