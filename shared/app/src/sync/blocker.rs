//! Blockers: what keeps a service from being synchronised until somebody resolves it (behaviour 8.3).

use protium_domain::identifier::Identifier;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::service::Service;
use protium_domain::sync::SyncBlocker;

use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::paging::PageRequest;
use crate::ports::{Key, ListQuery, StoreExt};
use crate::race::Races;
use crate::service::unknown;
use crate::service_instance::service_instance_find;

/// How many blockers a summary tells of: the latest ones.
const LATEST: usize = 100;

/// The latest blockers of a service as a whole, or of one of its instances, newest first.
///
/// # Errors
/// [`Error::NotFound`] for an unknown service or instance.
pub async fn blocker_summary(
    app: &App,
    service: &ResourceName,
    instance: Option<&ResourceName>,
) -> Result<Vec<SyncBlocker>> {
    let found: Option<Service> = app.store.find(Key::Service(service.clone())).await?;
    let since = found.ok_or_else(|| unknown(app, service))?.created_at;
    if let Some(instance) = instance {
        service_instance_find(app, service, instance).await?;
    }
    let query = ListQuery::SyncBlockers(service.clone(), instance.cloned());
    let page = app.store.page::<SyncBlocker>(&query, &PageRequest { limit: LATEST, after: None }).await?;
    // A service of the same name may have been deleted before this one was made.
    Ok(page.items.into_iter().filter(|blocker| blocker.created_at >= since).collect())
}

/// Resolves a blocker, so that synchronisation goes on.
///
/// # Errors
/// [`Error::Validation`] without a reason; [`Error::NotFound`] for an unknown id; [`Error::Conflict`] when it is resolved
/// already.
pub async fn blocker_resolve(app: &App, id: &str, reason: &str) -> Result<SyncBlocker> {
    if reason.trim().is_empty() {
        return Err(Error::Validation("resolvedReason: say why the blocker is resolved".to_owned()));
    }
    let unknown = || Error::NotFound(format!("The requested service sync blocker does not exist: {id}"));
    let id = Identifier::new(id).map_err(|_| unknown())?;
    let mut races = Races::few();
    loop {
        let found: Option<SyncBlocker> = app.store.find(Key::SyncBlocker(id.clone())).await?;
        let mut blocker = found.ok_or_else(unknown)?;
        blocker.resolve(reason.to_owned(), app.now())?;
        let mut commit = Commit::new(Partition::Service(blocker.service.clone()));
        let blocker = commit.replace(blocker);
        match commit.submit(app).await {
            Ok(()) => return Ok(blocker),
            Err(error) => races.lost(error, "the sync blocker")?,
        }
    }
}
