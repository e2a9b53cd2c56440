//! Configurations: where a template's bundles or a service's spec are read from.

use protium_domain::intent::Partition;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::repository::RepositoryId;
use protium_domain::revision::Revision;
use protium_domain::service::Service;
use protium_domain::sync::{SyncConfig, SyncSubject};

use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, PortError, StoreExt, Write};
use crate::race::Races;
use crate::repository::{self, repository_find, repository_get};
use crate::template::template_find;

/// A request to create a configuration, or to replace all that one says.
#[derive(Debug, Clone)]
pub struct SyncConfigInput {
    /// What is synchronised.
    pub subject: SyncSubject,
    /// The linked repository.
    pub repository: RepositoryId,
    /// Its branch.
    pub branch: String,
    /// The folder of templates, absent for the root; the file of a service.
    pub path: Option<String>,
}

/// Creates a configuration.
///
/// # Errors
/// [`Error::Validation`] for an unknown template or service, and a repository that is not linked: the operation knows no
/// "not found"; [`Error::Conflict`] when the subject has a configuration.
pub async fn sync_config_create(app: &App, input: SyncConfigInput) -> Result<SyncConfig> {
    let mut races = Races::few();
    loop {
        if find(app, &input.subject).await?.is_some() {
            return Err(Error::Conflict(format!("{} exists already; update it", described(&input.subject))));
        }
        let subject = require_subject(app, &input.subject).await?;
        if repository_find(app, &input.repository).await?.is_none() {
            return Err(Error::Validation(format!(
                "repositoryName: {} is not linked; link it with CreateRepository",
                repository::described(&input.repository)
            )));
        }
        let now = app.now();
        let config = SyncConfig {
            subject: input.subject.clone(),
            repository: input.repository.clone(),
            branch: input.branch.clone(),
            path: input.path.clone(),
            created_at: now,
            last_modified_at: now,
            revision: Revision::first(now),
        };
        let mut commit = commit_of(&config.subject);
        commit.create(&config);
        commit.write(subject);
        begin_use(app, &mut commit, &config);
        match commit.submit(app).await {
            Ok(()) => return Ok(config),
            Err(error) => races.lost(error, &described(&input.subject))?,
        }
    }
}

/// Reads a configuration.
///
/// # Errors
/// [`Error::NotFound`] when the subject has none.
pub async fn sync_config_get(app: &App, subject: &SyncSubject) -> Result<SyncConfig> {
    find(app, subject).await?.ok_or_else(|| unknown(subject))
}

/// Replaces all that a configuration says; an absent path is none from now on.
///
/// # Errors
/// [`Error::NotFound`] when the subject has no configuration, or the repository is not linked.
pub async fn sync_config_update(app: &App, input: SyncConfigInput) -> Result<SyncConfig> {
    let mut races = Races::few();
    loop {
        let mut config = sync_config_get(app, &input.subject).await?;
        let mut commit = commit_of(&config.subject);
        if config.repository != input.repository {
            repository_get(app, &input.repository).await?;
            commit.write(Write::Remove(Key::Reference(use_of(&config))));
            config.repository = input.repository.clone();
            begin_use(app, &mut commit, &config);
        }
        config.branch = input.branch.clone();
        config.path = input.path.clone();
        config.last_modified_at = app.now();
        let config = commit.replace(config);
        match commit.submit(app).await {
            Ok(()) => return Ok(config),
            Err(error) => races.lost(error, &described(&input.subject))?,
        }
    }
}

/// Deletes a configuration; what was made by it stays. The configuration as it was.
///
/// # Errors
/// [`Error::NotFound`] when the subject has none.
pub async fn sync_config_delete(app: &App, subject: &SyncSubject) -> Result<SyncConfig> {
    let mut races = Races::few();
    loop {
        let config = sync_config_get(app, subject).await?;
        let mut commit = commit_of(subject);
        commit.write(Write::Remove(Key::Reference(use_of(&config))));
        commit.delete(config.clone());
        match commit.submit(app).await {
            Ok(()) => return Ok(config),
            Err(error) => races.lost(error, &described(subject))?,
        }
    }
}

/// Lets the configuration of a subject go with it (behaviour 2.1, 2.4), or sees to it that none comes meanwhile.
pub(crate) async fn sync_config_forget(
    app: &App,
    commit: &mut Commit,
    subject: SyncSubject,
) -> std::result::Result<(), PortError> {
    match find(app, &subject).await? {
        None => {
            commit.write(Write::RequireAbsent(Key::SyncConfig(subject)));
        }
        Some(config) => {
            commit.write(Write::Remove(Key::Reference(use_of(&config))));
            commit.delete(config);
        }
    }
    Ok(())
}

async fn find(app: &App, subject: &SyncSubject) -> std::result::Result<Option<SyncConfig>, PortError> {
    app.store.find(Key::SyncConfig(subject.clone())).await
}

/// The template or service must be there, now and when the configuration is committed.
async fn require_subject(app: &App, subject: &SyncSubject) -> Result<Write> {
    let (exists, write) = match subject {
        SyncSubject::Template(kind, name) => {
            let found = template_find(app, *kind, name).await?.is_some();
            (found, Write::RequireTemplate(*kind, name.clone()))
        }
        SyncSubject::Service(name) => {
            let found: Option<Service> = app.store.find(Key::Service(name.clone())).await?;
            (found.is_some(), Write::RequireService(name.clone()))
        }
    };
    if exists {
        return Ok(write);
    }
    let (member, noun) = match subject {
        SyncSubject::Template(kind, _) => ("templateName", kind.noun()),
        SyncSubject::Service(_) => ("serviceName", "service"),
    };
    Err(Error::Validation(format!(
        "{member}: the {noun} '{}' does not exist; create it first",
        subject.name()
    )))
}

fn begin_use(app: &App, commit: &mut Commit, config: &SyncConfig) {
    commit.write(Write::RequireLinked(config.repository.clone(), app.now()));
    commit.write(Write::Put(use_of(config).into()));
}

fn use_of(config: &SyncConfig) -> Reference {
    Reference {
        referent: Referent::Repository { id: config.repository.clone() },
        referrer: Referrer::Sync { subject: config.subject.clone() },
    }
}

fn commit_of(subject: &SyncSubject) -> Commit {
    Commit::new(match subject {
        SyncSubject::Template(kind, name) => Partition::Template(*kind, name.clone()),
        SyncSubject::Service(name) => Partition::Service(name.clone()),
    })
}

/// A configuration as messages name it.
pub(super) fn described(subject: &SyncSubject) -> String {
    match subject {
        SyncSubject::Template(kind, name) => {
            format!("the template sync config of the {} '{name}'", kind.noun())
        }
        SyncSubject::Service(name) => format!("the service sync config of the service '{name}'"),
    }
}

fn unknown(subject: &SyncSubject) -> Error {
    let what = match subject {
        SyncSubject::Template(..) => "template sync config",
        SyncSubject::Service(_) => "service sync config",
    };
    Error::NotFound(format!("The requested {what} does not exist: {}", subject.name()))
}
