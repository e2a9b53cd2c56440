//! Definitions, and statuses before a first run: there is nothing to tell yet, but whom one may ask is known.

use protium_domain::name::ResourceName;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::repository::RepositoryId;
use protium_domain::sync::{SyncConfig, SyncSubject};
use protium_domain::template::TemplateKind;

use super::config::sync_config_get;
use crate::context::App;
use crate::error::{Error, Result};
use crate::paging::PageRequest;
use crate::ports::{Key, ListQuery, Record, StoreExt};
use crate::repository::{self, repository_find, repository_get};
use crate::service_instance::service_instance_find;

/// What a branch is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncType {
    /// Bundles of templates.
    Template,
    /// Specs of services.
    Service,
}

/// One thing that is synchronised from a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncDefinition {
    /// The branch.
    pub branch: String,
    /// The folder in it; `/` for the root.
    pub directory: String,
    /// The template or service. Which versions or instances its branch holds shows when the branch is read, so the
    /// definition as a whole aims at the template or service, too.
    pub parent: String,
}

/// All that is synchronised from a repository, by name.
///
/// # Errors
/// [`Error::Validation`] for a repository that is not linked: the operation knows no "not found".
pub async fn sync_definition_list(
    app: &App,
    id: &RepositoryId,
    sync_type: SyncType,
) -> Result<Vec<SyncDefinition>> {
    if repository_find(app, id).await?.is_none() {
        return Err(Error::Validation(format!(
            "repositoryName: {} is not linked",
            repository::described(id)
        )));
    }
    let keys = subjects(app, id, sync_type).await?.into_iter().map(Key::SyncConfig).collect::<Vec<_>>();
    let found = app.store.get_many(&keys).await?;
    let configs = found.into_iter().flatten().filter_map(SyncConfig::from_entity);
    Ok(configs.filter(|config| config.repository == *id).map(definition).collect())
}

async fn subjects(app: &App, id: &RepositoryId, sync_type: SyncType) -> Result<Vec<SyncSubject>> {
    let query = ListQuery::References(Referent::Repository { id: id.clone() });
    let (mut subjects, mut after) = (Vec::new(), None);
    loop {
        let page = app.store.page::<Reference>(&query, &PageRequest { limit: 100, after }).await?;
        subjects.extend(page.items.into_iter().filter_map(|reference| {
            match (reference.referrer, sync_type) {
                (Referrer::Sync { subject: subject @ SyncSubject::Template(..) }, SyncType::Template)
                | (Referrer::Sync { subject: subject @ SyncSubject::Service(_) }, SyncType::Service) => {
                    Some(subject)
                }
                _ => None,
            }
        }));
        after = page.next;
        if after.is_none() {
            return Ok(subjects);
        }
    }
}

fn definition(config: SyncConfig) -> SyncDefinition {
    let path = config.path.unwrap_or_default();
    let directory = match &config.subject {
        SyncSubject::Template(..) => path.as_str(),
        // The folder that the file lies in.
        SyncSubject::Service(_) => path.rsplit_once('/').map_or("", |(folder, _)| folder),
    };
    SyncDefinition {
        branch: config.branch,
        directory: if directory.is_empty() { "/".to_owned() } else { directory.to_owned() },
        parent: config.subject.name().to_string(),
    }
}

/// Sees to it that one may ask for the status of a repository.
///
/// # Errors
/// [`Error::NotFound`] when it is not linked.
pub async fn repository_sync_require(app: &App, id: &RepositoryId) -> Result<()> {
    repository_get(app, id).await.map(|_| ())
}

/// Sees to it that one may ask for the status of a template.
///
/// # Errors
/// [`Error::NotFound`] when it has no sync configuration.
pub async fn template_sync_require(app: &App, kind: TemplateKind, name: &ResourceName) -> Result<()> {
    sync_config_get(app, &SyncSubject::Template(kind, name.clone())).await.map(|_| ())
}

/// Sees to it that one may ask for the status of an instance.
///
/// # Errors
/// [`Error::NotFound`] for an unknown instance, or when its service has no sync configuration.
pub async fn instance_sync_require(app: &App, service: &ResourceName, name: &ResourceName) -> Result<()> {
    sync_config_get(app, &SyncSubject::Service(service.clone())).await?;
    service_instance_find(app, service, name).await.map(|_| ())
}
