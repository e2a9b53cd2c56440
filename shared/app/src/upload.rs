//! Bundles that arrive as uploads under `publish/` (issue "S3 upload intake", behaviour 4.1).
//!
//! S3 tells of an object at least once, so each object version is remembered in the transaction that makes something
//! of it. Nothing is silent: an upload that can't become a template version ends in an event that says why.

use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::template::{Template, TemplateKind, UnknownMajor};
use protium_domain::template_version::{BundleSource, Intake};
use protium_domain::upload::{Upload, UploadKey, UploadProblem};
use protium_domain::version::VersionNumber;

use crate::commit::Commit;
use crate::context::App;
use crate::error::Result;
use crate::ports::{CommitError, Key, StoreExt};
use crate::race::Races;
use crate::template::{described, template_find};
use crate::template_version::{Unbegun, VersionSeed, version_begin};

/// What became of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadOutcome {
    /// It is this version now, in registration.
    Registered(VersionNumber),
    /// It can't become a version; an event says so.
    Refused(String),
    /// It was dealt with before.
    Known,
}

/// Makes the next version of the template that the object's key names, and starts its registration. The major must
/// exist or be the next one.
///
/// # Errors
/// [`crate::Error::Internal`] or [`crate::Error::Throttling`] when the store fails: deliver the event again. [`crate::Error::Conflict`]
/// when too many others took numbers at the same moment: likewise.
pub async fn bundle_uploaded(app: &App, source: BundleSource) -> Result<UploadOutcome> {
    let mut races = Races::many();
    loop {
        if app.store.find::<Upload>(Key::Upload(source.clone())).await?.is_some() {
            return Ok(UploadOutcome::Known);
        }
        let (mut commit, outcome) = decide(app, &source).await?;
        let memory = Upload { source: source.clone(), version: outcome.version() };
        let position = commit.create(&memory);
        match commit.submit(app).await {
            Ok(()) => return Ok(outcome),
            // Somebody else deals with the same event.
            Err(CommitError::Condition(lost)) if lost == position => return Ok(UploadOutcome::Known),
            Err(error) => races.lost(error, "the template")?,
        }
    }
}

impl UploadOutcome {
    const fn version(&self) -> Option<VersionNumber> {
        match self {
            Self::Registered(version) => Some(*version),
            Self::Refused(_) | Self::Known => None,
        }
    }
}

/// What is to become of the upload, as far as the records tell now.
async fn decide(app: &App, source: &BundleSource) -> Result<(Commit, UploadOutcome)> {
    let registered = match target(app, source).await? {
        Ok((template, major)) => register(app, source, template, major).map_err(|why| for_author(&why)),
        Err(reason) => Err(reason),
    };
    Ok(match registered {
        Ok((commit, version)) => (commit, UploadOutcome::Registered(version)),
        Err(reason) => (refuse(source, &reason), UploadOutcome::Refused(reason)),
    })
}

/// The template that the upload belongs to and its major, or why there is none.
async fn target(app: &App, source: &BundleSource) -> Result<std::result::Result<(Template, u64), String>> {
    if source.bucket != app.installation.upload_bucket {
        let bucket = &app.installation.upload_bucket;
        return Ok(Err(format!("bundles are published by upload in the bucket '{bucket}' only")));
    }
    let key = match UploadKey::parse(&source.key) {
        Ok(key) => key,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let template = template_find(app, key.kind, &key.template).await?;
    Ok(template.map(|template| (template, key.major)).ok_or_else(|| no_template(&key)))
}

fn no_template(key: &UploadKey) -> String {
    let create = match key.kind {
        TemplateKind::Environment => "CreateEnvironmentTemplate",
        TemplateKind::Service => "CreateServiceTemplate",
    };
    format!(
        "{} does not exist; create it with {create}, then upload the bundle again",
        described(key.kind, &key.template)
    )
}

fn register(
    app: &App,
    source: &BundleSource,
    mut template: Template,
    major: u64,
) -> std::result::Result<(Commit, VersionNumber), Unbegun> {
    let seed = VersionSeed {
        number: None,
        major: Some(major),
        description: None,
        source: source.clone(),
        intake: Intake::Upload,
        compatible_environment_templates: Vec::new(),
        supports_components: false,
        tags: template.tags.clone(),
    };
    let mut commit = Commit::new(Partition::Template(template.kind, template.name.clone()));
    let version = version_begin(app, &mut commit, &mut template, seed)?;
    Ok((commit, version.version))
}

/// Authors choose the major by the key, not by a parameter.
fn for_author(why: &Unbegun) -> String {
    match why {
        Unbegun::UnknownMajor(UnknownMajor { major, next }) => format!(
            "the major version {major} does not exist; upload the bundle under that of an existing one, or under \
             v{next}/ to begin version {next}.0"
        ),
        Unbegun::Taken(_) | Unbegun::Quota(..) => why.to_string(),
    }
}

fn refuse(source: &BundleSource, reason: &str) -> Commit {
    let mut commit = Commit::new(Partition::Upload(source.clone()));
    let problem = UploadProblem { source: source.clone(), reason: reason.to_owned() };
    commit.announce(StatusEvent::upload_refused(&problem));
    commit
}
