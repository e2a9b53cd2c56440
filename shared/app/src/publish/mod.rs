//! The publish workflow: a bundle becomes DRAFT, or REGISTRATION_FAILED with what its author has to repair
//! (behaviour 3.1, 4.7).
//!
//! First everything is read and checked, which changes nothing but the artifact bucket; then the verdict is settled in
//! one commit. Both may be repeated at any time: objects lie under their digest, and a version that is no longer in
//! registration is left alone.

mod compatibility;
mod examine;
mod registered;

use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::revision::Revision;
use protium_domain::template::Template;
use protium_domain::template_version::{TemplateVersion, TemplateVersionStatus};
use protium_domain::transition::IllegalTransition;

use crate::commit::Commit;
use crate::context::App;
use crate::error::Result;
use crate::fleet::follow_publication;
use crate::ports::Write;
use crate::race::Races;
use crate::template_version::{VersionId, pair_find, template_note_published};
pub(crate) use examine::part_of;
use examine::{Accepted, Verdict, examine};
pub(crate) use registered::bundle as registered_bundle;

/// Validates a bundle and registers it; the status that the version has then, or nothing when the version is gone.
/// What is registered already stays as it is.
///
/// # Errors
/// [`crate::Error::Internal`] or [`crate::Error::Throttling`] when a service below fails: repeat the call. Whatever
/// the author can mend ends as REGISTRATION_FAILED instead.
pub async fn bundle_validate(app: &App, id: &VersionId) -> Result<Option<TemplateVersionStatus>> {
    let Some((template, version)) = pair_find(app, id).await? else { return Ok(None) };
    if version.status() != TemplateVersionStatus::RegistrationInProgress {
        return Ok(Some(version.status()));
    }
    let verdict = examine(app, &template, &version).await?;
    settle(app, id, verdict).await
}

/// Ends the registration with `verdict`, unless somebody else has ended it.
async fn settle(app: &App, id: &VersionId, verdict: Verdict) -> Result<Option<TemplateVersionStatus>> {
    let mut races = Races::few();
    loop {
        let Some((template, version)) = pair_find(app, id).await? else { return Ok(None) };
        if version.status() != TemplateVersionStatus::RegistrationInProgress {
            return Ok(Some(version.status()));
        }
        let mut commit = Commit::new(Partition::Template(id.kind, id.template.clone()));
        let status = match &verdict {
            Verdict::Refused(reason) => refuse(app, &mut commit, version, reason)?,
            Verdict::Accepted(accepted) => accept(app, &mut commit, template, version, accepted).await?,
        };
        match commit.submit(app).await {
            Ok(()) => return Ok(Some(status)),
            Err(error) => races.lost(error, &id.described())?,
        }
    }
}

fn refuse(
    app: &App,
    commit: &mut Commit,
    mut version: TemplateVersion,
    reason: &str,
) -> std::result::Result<TemplateVersionStatus, IllegalTransition> {
    let change = version.refuse(reason.to_owned(), app.now())?;
    let version = commit.replace(version);
    commit.announce(StatusEvent::template_version(app.location(), &version, change));
    Ok(version.status())
}

/// DRAFT, and PUBLISHED too where the bundle asks for it. Both in one commit, so that no crash in between leaves a
/// draft behind that nobody publishes; two steps of the revision, so that consumers who drop what is not newer than
/// what they saw take the second event.
async fn accept(
    app: &App,
    commit: &mut Commit,
    template: Template,
    mut version: TemplateVersion,
    accepted: &Accepted,
) -> Result<TemplateVersionStatus> {
    let read: Revision = version.revision;
    if version.compatible_environment_templates.is_empty() {
        version.compatible_environment_templates.clone_from(&accepted.environments);
    }
    version.supports_components |= accepted.supports_components;
    let change = version.accept(accepted.bundle.clone(), accepted.warnings.clone(), app.now())?;
    version.revision = read.next();
    commit.announce(StatusEvent::template_version(app.location(), &version, change));
    if accepted.publish {
        let change = version.publish(app.now())?;
        version.revision = version.revision.next();
        commit.announce(StatusEvent::template_version(app.location(), &version, change));
        let template = template_note_published(app, commit, template, version.version);
        follow_publication(app, commit, &template, &version).await?;
    }
    let status = version.status();
    commit.write(Write::Replace(version.into(), read));
    Ok(status)
}
