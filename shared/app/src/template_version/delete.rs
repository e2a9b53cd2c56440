//! DeleteEnvironmentTemplateVersion and DeleteServiceTemplateVersion.

use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::reference::Referent;
use protium_domain::template::Template;
use protium_domain::template_version::{TemplateVersion, TemplateVersionStatus};

use super::{VersionId, VersionView, pair_find};
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::guard::{self, MARK_LIFETIME};
use crate::ports::CommitError;
use crate::race::Races;

/// Deletes a version; the version as it was, or nothing when it was gone already (behaviour 2.0 rule 3). Its number is
/// not used again, and its bundle stays in the artifact bucket: other versions may have the same.
///
/// # Errors
/// [`Error::Conflict`] while it is being registered, while something is deployed with it, and by rules (b) and (c) of
/// behaviour 2.1.
pub async fn version_delete(app: &App, id: &VersionId) -> Result<Option<VersionView>> {
    let mut races = Races::few();
    loop {
        let Some((template, version)) = pair_find(app, id).await? else { return Ok(None) };
        require_deletable(&template, &version)?;
        let view = VersionView::new(version.clone(), &template);
        let marked = match mark(app, id, version).await {
            Ok(marked) => marked,
            Err(error) => {
                races.lost(error, &id.described())?;
                continue;
            }
        };
        if let Some(referrer) = guard::referrer_find(app, referent(id)).await? {
            unmark(app, id, marked).await?;
            return Err(Error::Conflict(format!(
                "{} is used by {}; delete that, or update it to another version, first",
                id.described(),
                guard::described(&referrer)
            )));
        }
        match remove(app, id, template, marked).await {
            Ok(()) => return Ok(Some(view)),
            Err(error) => races.lost(error, &id.described())?,
        }
    }
}

fn require_deletable(template: &Template, version: &TemplateVersion) -> Result<()> {
    if version.status() == TemplateVersionStatus::RegistrationInProgress {
        return Err(Error::Conflict(format!(
            "{} is being registered; delete it once that has ended",
            VersionId::of(version).described()
        )));
    }
    template.version_deletable(version.version).map_err(|error| Error::Conflict(error.to_string()))
}

/// Keeps new users away from the version while references are looked for.
async fn mark(
    app: &App,
    id: &VersionId,
    mut version: TemplateVersion,
) -> std::result::Result<TemplateVersion, CommitError> {
    version.deleting_until = Some(app.now().plus(MARK_LIFETIME));
    let mut commit = Commit::new(partition(id));
    let version = commit.replace(version);
    commit.submit(app).await.map(|()| version)
}

/// Takes the mark back. Who changed the version meanwhile has decided about the mark; so a lost race is no failure.
async fn unmark(app: &App, id: &VersionId, mut version: TemplateVersion) -> Result<()> {
    version.deleting_until = None;
    let mut commit = Commit::new(partition(id));
    commit.replace(version);
    match commit.submit(app).await {
        Ok(()) | Err(CommitError::Condition(_)) => Ok(()),
        Err(CommitError::Port(error)) => Err(error.into()),
    }
}

async fn remove(
    app: &App,
    id: &VersionId,
    mut template: Template,
    marked: TemplateVersion,
) -> std::result::Result<(), CommitError> {
    template.version_deleted(id.version);
    let mut commit = Commit::new(partition(id));
    commit.replace(template);
    let deleted = commit.delete(marked);
    commit.announce(StatusEvent::template_version_deleted(app.location(), &deleted));
    commit.submit(app).await
}

fn partition(id: &VersionId) -> Partition {
    Partition::Template(id.kind, id.template.clone())
}

fn referent(id: &VersionId) -> Referent {
    Referent::TemplateVersion { kind: id.kind, name: id.template.clone(), version: id.version }
}
