//! Versions of templates (behaviour 2.1, 2.2, 3.1): one implementation over [`TemplateKind`].
//!
//! The number of a version is taken from its template's record, which the same transaction writes. So concurrent
//! creations get different numbers, and what depends on all versions together (the recommended one, the rules of
//! deletion) is decided from one record.

mod create;
mod delete;
mod read;
mod update;

pub(crate) use create::{Unbegun, VersionSeed, version_begin};
pub use create::{VersionCreate, version_create, version_import};
pub use delete::version_delete;
pub use read::{version_get, version_list};
pub(crate) use update::template_note_published;
pub use update::{VersionUpdate, version_update};

use std::collections::{BTreeMap, BTreeSet};

use protium_domain::arn::Resource;
use protium_domain::name::ResourceName;
use protium_domain::template::{Template, TemplateKind};
use protium_domain::template_version::{CompatibleEnvironmentTemplate, TemplateVersion};
use protium_domain::version::VersionNumber;

use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, Record};

/// Which version is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionId {
    /// What the template makes.
    pub kind: TemplateKind,
    /// The template.
    pub template: ResourceName,
    /// The number.
    pub version: VersionNumber,
}

impl VersionId {
    fn of(version: &TemplateVersion) -> Self {
        Self { kind: version.kind, template: version.template.clone(), version: version.version }
    }

    /// The key of its record.
    pub(crate) fn key(&self) -> Key {
        Key::TemplateVersion(self.kind, self.template.clone(), self.version)
    }

    /// What its ARN names.
    #[must_use]
    pub fn resource(&self) -> Resource {
        Resource::TemplateVersion { kind: self.kind, name: self.template.clone(), version: self.version }
    }

    /// As messages name it: `version 1.2 of the environment template 'net'`.
    pub(crate) fn described(&self) -> String {
        format!("version {} of the {} '{}'", self.version, self.kind.noun(), self.template)
    }
}

/// A version as it is shown: with what only its template knows.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionView {
    /// The version.
    pub version: TemplateVersion,
    /// The recommended minor of its major.
    pub recommended_minor: Option<u64>,
    /// The schema file's text; only where a single version is read, and only once it is registered.
    pub schema: Option<String>,
}

impl VersionView {
    fn new(version: TemplateVersion, template: &Template) -> Self {
        let recommended_minor = template.recommended_minor(version.version.major);
        Self { version, recommended_minor, schema: None }
    }

    /// Which version it is.
    #[must_use]
    pub fn id(&self) -> VersionId {
        VersionId::of(&self.version)
    }
}

/// A template and one of its versions, read together.
pub(crate) async fn pair_find(app: &App, id: &VersionId) -> Result<Option<(Template, TemplateVersion)>> {
    let keys = [Key::Template(id.kind, id.template.clone()), id.key()];
    let mut found = app.store.get_many(&keys).await?.into_iter().flatten();
    let template = found.next().and_then(Template::from_entity);
    let version = found.next().and_then(TemplateVersion::from_entity);
    Ok(template.zip(version))
}

/// A template and one of its versions that must exist.
async fn pair_get(app: &App, id: &VersionId) -> Result<(Template, TemplateVersion)> {
    pair_find(app, id).await?.ok_or_else(|| unknown(app, id))
}

/// The refusal of a version that doesn't exist; wording of behaviour 14.
fn unknown(app: &App, id: &VersionId) -> Error {
    let arn = app.location().arn(&id.resource());
    Error::NotFound(format!("The requested {} version does not exist: {arn}", id.kind.noun()))
}

/// Those of `wanted` that don't exist.
pub(crate) async fn majors_missing(
    app: &App,
    wanted: &[CompatibleEnvironmentTemplate],
) -> Result<Vec<CompatibleEnvironmentTemplate>> {
    let names: BTreeSet<&ResourceName> = wanted.iter().map(|major| &major.template_name).collect();
    let key = |name: &ResourceName| Key::Template(TemplateKind::Environment, name.clone());
    let keys: Vec<Key> = names.into_iter().map(key).collect();
    let found = app.store.get_many(&keys).await?.into_iter().flatten().filter_map(Template::from_entity);
    let found: BTreeMap<ResourceName, Template> =
        found.map(|template| (template.name.clone(), template)).collect();
    let exists = |major: &CompatibleEnvironmentTemplate| {
        found.get(&major.template_name).is_some_and(|template| template.has_major(major.major_version))
    };
    Ok(wanted.iter().filter(|major| !exists(major)).cloned().collect())
}

/// Checks the environment template majors that a request names.
async fn require_majors(app: &App, wanted: &[CompatibleEnvironmentTemplate]) -> Result<()> {
    let missing = majors_missing(app, wanted).await?;
    if missing.is_empty() {
        return Ok(());
    }
    let named = missing.iter().map(|major| {
        let (kind, name) = (TemplateKind::Environment, major.template_name.clone());
        app.location().arn(&Resource::TemplateMajorVersion { kind, name, major: major.major_version })
    });
    Err(Error::NotFound(format!(
        "compatibleEnvironmentTemplates: the requested environment template major versions do not exist: {}",
        named.collect::<Vec<_>>().join(", ")
    )))
}
