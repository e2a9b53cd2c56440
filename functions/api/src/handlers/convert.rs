//! Conversions that several families share.

use protium_app::PageRequest;
use protium_domain::name::ResourceName;
use protium_domain::repository::{RepositoryId, RepositoryName, RepositoryProvider};
use protium_domain::tag::Tags;
use protium_domain::template_version::{BundleSource, TemplateVersionStatus};
use protium_domain::version::{VersionNumber, version_part};
use protium_wire::common::{self, Provisioning, Tag, TagList, TemplateVersionSourceInput};
use protium_wire::{Page, Timestamp};

use crate::error::Answer;

/// A name.
pub(crate) fn name(text: String) -> Answer<ResourceName> {
    Ok(ResourceName::new(text)?)
}

/// A version out of its two parts.
pub(crate) fn version(major: &str, minor: &str) -> Answer<VersionNumber> {
    Ok(VersionNumber::new(version_part(major)?, version_part(minor)?))
}

/// A part of a version that may be absent.
pub(crate) fn part(text: Option<&str>) -> Answer<Option<u64>> {
    Ok(text.map(version_part).transpose()?)
}

/// The tags of a request.
pub(crate) fn tags(tags: Option<TagList>) -> Answer<Tags> {
    Ok(Tags::new(tags.unwrap_or_default().into_iter().map(|Tag { key, value }| (key, value)))?)
}

/// Where a bundle lies.
pub(crate) fn source(source: TemplateVersionSourceInput) -> BundleSource {
    let TemplateVersionSourceInput::S3(object) = source;
    BundleSource { bucket: object.bucket, key: object.key, version_id: None }
}

/// A client token; an empty one is none.
pub(crate) fn token(token: Option<String>) -> Option<String> {
    token.filter(|token| !token.is_empty())
}

/// `CUSTOMER_MANAGED`, or nothing.
pub(crate) fn provisioning(customer_managed: bool) -> Option<Provisioning> {
    customer_managed.then_some(Provisioning::CustomerManaged)
}

/// What a repository is found by.
pub(crate) fn repository(provider: common::RepositoryProvider, name: String) -> Answer<RepositoryId> {
    let provider = match provider {
        common::RepositoryProvider::Github => RepositoryProvider::Github,
        common::RepositoryProvider::GithubEnterprise => RepositoryProvider::GithubEnterprise,
        common::RepositoryProvider::Bitbucket => RepositoryProvider::Bitbucket,
    };
    Ok(RepositoryId { provider, name: RepositoryName::new(name)? })
}

/// Who hosts a repository, as it travels.
pub(crate) const fn repository_provider(provider: RepositoryProvider) -> common::RepositoryProvider {
    match provider {
        RepositoryProvider::Github => common::RepositoryProvider::Github,
        RepositoryProvider::GithubEnterprise => common::RepositoryProvider::GithubEnterprise,
        RepositoryProvider::Bitbucket => common::RepositoryProvider::Bitbucket,
    }
}

/// The status of a template version.
pub(crate) const fn version_status(status: common::TemplateVersionStatus) -> TemplateVersionStatus {
    match status {
        common::TemplateVersionStatus::RegistrationInProgress => {
            TemplateVersionStatus::RegistrationInProgress
        }
        common::TemplateVersionStatus::RegistrationFailed => TemplateVersionStatus::RegistrationFailed,
        common::TemplateVersionStatus::Draft => TemplateVersionStatus::Draft,
        common::TemplateVersionStatus::Published => TemplateVersionStatus::Published,
    }
}

/// The status of a template version, as it travels.
pub(crate) const fn version_status_wire(status: TemplateVersionStatus) -> common::TemplateVersionStatus {
    match status {
        TemplateVersionStatus::RegistrationInProgress => {
            common::TemplateVersionStatus::RegistrationInProgress
        }
        TemplateVersionStatus::RegistrationFailed => common::TemplateVersionStatus::RegistrationFailed,
        TemplateVersionStatus::Draft => common::TemplateVersionStatus::Draft,
        TemplateVersionStatus::Published => common::TemplateVersionStatus::Published,
    }
}

/// A point in time.
pub(crate) const fn timestamp(time: protium_domain::time::Timestamp) -> Timestamp {
    Timestamp::from_millis(time.as_millis())
}

/// The page that a request asks for.
pub(crate) fn page_request(page: &Page) -> PageRequest {
    PageRequest { limit: page.limit(), after: page.position().map(ToOwned::to_owned) }
}
