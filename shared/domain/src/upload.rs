//! Bundles that arrive as uploads: the key says which template they belong to (issue "S3 upload intake", behaviour 4.1).

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::name::ResourceName;
use crate::template::TemplateKind;
use crate::template_version::BundleSource;
use crate::version::{VersionNumber, version_part};

/// What a key under `publish/` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadKey {
    /// Environment or service template.
    pub kind: TemplateKind,
    /// The template.
    pub template: ResourceName,
    /// The major version whose next minor it becomes.
    pub major: u64,
}

/// Why a key names no template version.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the key '{key}' does not say which template version to publish: {problem}. Upload bundles as publish/{{environment|service}}/<template>/v<major>/<anything>.tar.gz"
)]
pub struct InvalidUploadKey {
    /// The key.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
}

impl UploadKey {
    /// Where uploads have to lie to be published.
    pub const PREFIX: &'static str = "publish/";

    /// Reads a key such as `publish/service/web/v1/web-1.4.tar.gz`.
    ///
    /// # Errors
    /// [`InvalidUploadKey`] that says which part is wrong.
    pub fn parse(key: &str) -> Result<Self, InvalidUploadKey> {
        let refuse = |problem: &str| InvalidUploadKey { key: key.to_owned(), problem: problem.to_owned() };
        let parts: Vec<&str> = key.split('/').collect();
        let [prefix, kind, template, major, file @ ..] = parts.as_slice() else {
            return Err(refuse("it has too few parts"));
        };
        if format!("{prefix}/") != Self::PREFIX {
            return Err(refuse("it does not begin with publish/"));
        }
        let kind = match *kind {
            "environment" => TemplateKind::Environment,
            "service" => TemplateKind::Service,
            other => return Err(refuse(&format!("'{other}' is neither 'environment' nor 'service'"))),
        };
        let template = ResourceName::new(*template).map_err(|error| refuse(&error.to_string()))?;
        let major = major
            .strip_prefix('v')
            .and_then(|major| version_part(major).ok())
            .filter(|major| *major > 0)
            .ok_or_else(|| refuse(&format!("'{major}' is not v and a major version, such as v1")))?;
        if !file.last().is_some_and(|file| file.len() > ".tar.gz".len() && file.ends_with(".tar.gz")) {
            return Err(refuse("the file's name does not end in .tar.gz"));
        }
        Ok(Self { kind, template, major })
    }
}

/// The memory of an upload that was registered, so that each object version becomes one template version however
/// often its event comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    /// The object, with its version.
    pub source: BundleSource,
    /// What it became; nothing when it was refused.
    pub version: Option<VersionNumber>,
}

/// An upload that could not become a template version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadProblem {
    /// The object.
    pub source: BundleSource,
    /// What is wrong and what to do.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("publish/service/web/v1/web.tar.gz", Some((TemplateKind::Service, "web", 1)))]
    #[case("publish/environment/net/v12/deep/down/b.tar.gz", Some((TemplateKind::Environment, "net", 12)))]
    #[case("publish/environment/net/1/b.tar.gz", None)]
    #[case("publish/environment/net/v0/b.tar.gz", None)]
    #[case("publish/environment/net/v01/b.tar.gz", None)]
    #[case("publish/environment/net/v1/b.zip", None)]
    #[case("publish/environment/net/v1/.tar.gz", None)]
    #[case("publish/environment/net/v1", None)]
    #[case("publish/component/net/v1/b.tar.gz", None)]
    #[case("publish/environment/-net/v1/b.tar.gz", None)]
    #[case("other/environment/net/v1/b.tar.gz", None)]
    #[case("publish/", None)]
    #[case("", None)]
    fn keys_say_what_to_publish(#[case] key: &str, #[case] expected: Option<(TemplateKind, &str, u64)>) {
        let parsed = UploadKey::parse(key).ok();
        let parsed = parsed.as_ref().map(|key| (key.kind, key.template.as_str(), key.major));
        assert_eq!(parsed, expected);
    }
}
