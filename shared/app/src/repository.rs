//! Links to repositories (behaviour 2.11, 8.1).
//!
//! A link is the record alone: whether its code connection can be used shows when something is read through it. What is
//! checked at once is that the ARN names a connection at all.

use protium_domain::arn::Resource;
use protium_domain::intent::Partition;
use protium_domain::reference::Referent;
use protium_domain::repository::{Repository, RepositoryId};
use protium_domain::revision::Revision;
use protium_domain::tag::Tags;

use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::guard::{self, MARK_LIFETIME};
use crate::paging::{Page, PageRequest};
use crate::ports::{CommitError, Key, ListQuery, StoreExt};
use crate::race::Races;

/// The services whose ARNs name code connections; the second one is the name that AWS gave it later.
const CONNECTION_SERVICES: [&str; 2] = ["codestar-connections", "codeconnections"];

/// A request to link a repository.
#[derive(Debug, Clone)]
pub struct RepositoryCreate {
    /// Which repository.
    pub id: RepositoryId,
    /// ARN of the code connection.
    pub connection_arn: String,
    /// A KMS key's ARN, kept as given.
    pub encryption_key: Option<String>,
    /// The customer's tags.
    pub tags: Tags,
}

/// Links a repository. A repeat of the request answers with the link that is there, so that a client whose answer was
/// lost may ask again; tags don't count, since organisations tag what others made.
///
/// # Errors
/// [`Error::Validation`] when the ARN names no code connection; [`Error::Conflict`] when the repository is linked
/// already through another connection or with another key.
pub async fn repository_create(app: &App, input: RepositoryCreate) -> Result<Repository> {
    require_connection(&input.connection_arn)?;
    let mut races = Races::few();
    loop {
        if let Some(existing) = repository_find(app, &input.id).await? {
            return repeated(existing, &input);
        }
        let now = app.now();
        let repository = Repository {
            id: input.id.clone(),
            connection_arn: input.connection_arn.clone(),
            encryption_key: input.encryption_key.clone(),
            created_at: now,
            tags: input.tags.clone(),
            deleting_until: None,
            revision: Revision::first(now),
        };
        let mut commit = new_commit(&input.id);
        commit.create(&repository);
        match commit.submit(app).await {
            Ok(()) => return Ok(repository),
            Err(error) => races.lost(error, &described(&input.id))?,
        }
    }
}

/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:connection/ID`.
fn require_connection(arn: &str) -> Result<()> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let is_connection = matches!(parts.as_slice(), ["arn", _, service, _, _, resource]
        if CONNECTION_SERVICES.contains(service) && resource.starts_with("connection/"));
    if is_connection {
        return Ok(());
    }
    Err(Error::Validation(format!(
        "connectionArn: '{arn}' names no code connection; give an ARN such as \
         arn:aws:codestar-connections:REGION:ACCOUNT:connection/ID"
    )))
}

fn repeated(existing: Repository, input: &RepositoryCreate) -> Result<Repository> {
    let same =
        existing.connection_arn == input.connection_arn && existing.encryption_key == input.encryption_key;
    if same {
        return Ok(existing);
    }
    Err(Error::Conflict(format!(
        "{} is linked already, through another connection or with another key; delete that link first",
        described(&input.id)
    )))
}

/// Reads a link.
///
/// # Errors
/// [`Error::NotFound`] when the repository is not linked.
pub async fn repository_get(app: &App, id: &RepositoryId) -> Result<Repository> {
    repository_find(app, id).await?.ok_or_else(|| unknown(app, id))
}

/// Lists links by the repositories' names.
///
/// # Errors
/// The store's failures only.
pub async fn repository_list(app: &App, page: &PageRequest) -> Result<Page<Repository>> {
    Ok(app.store.page(&ListQuery::Repositories, page).await?)
}

/// Deletes a link; the link as it was.
///
/// # Errors
/// [`Error::NotFound`] when the repository is not linked; [`Error::Conflict`] while something uses the link.
pub async fn repository_delete(app: &App, id: &RepositoryId) -> Result<Repository> {
    let mut races = Races::few();
    loop {
        let repository = repository_get(app, id).await?;
        match attempt(app, repository.clone()).await? {
            Ok(()) => return Ok(repository),
            Err(error) => races.lost(error, &described(id))?,
        }
    }
}

async fn attempt(app: &App, mut repository: Repository) -> Result<std::result::Result<(), CommitError>> {
    repository.deleting_until = Some(app.now().plus(MARK_LIFETIME));
    let mut mark = new_commit(&repository.id);
    let mut repository = mark.replace(repository);
    if let Err(error) = mark.submit(app).await {
        return Ok(Err(error));
    }
    let referent = Referent::Repository { id: repository.id.clone() };
    let user = guard::referrer_find(app, referent).await?;
    let mut commit = new_commit(&repository.id);
    let Some(user) = user else {
        commit.delete(repository);
        return Ok(commit.submit(app).await);
    };
    let message = format!(
        "{} can't be deleted while {} uses it; end that first",
        described(&repository.id),
        guard::described(&user)
    );
    repository.deleting_until = None;
    commit.replace(repository);
    // Who changed the link meanwhile has decided about the mark, which also ends by itself.
    match commit.submit(app).await {
        Ok(()) | Err(CommitError::Condition(_)) => Err(Error::Conflict(message)),
        Err(CommitError::Port(error)) => Err(error.into()),
    }
}

fn new_commit(id: &RepositoryId) -> Commit {
    Commit::new(Partition::Repository(id.clone()))
}

pub(crate) async fn repository_find(app: &App, id: &RepositoryId) -> Result<Option<Repository>> {
    Ok(app.store.find(Key::Repository(id.clone())).await?)
}

/// A link as messages name it.
pub(crate) fn described(id: &RepositoryId) -> String {
    format!("the repository '{}' of {}", id.name, id.provider.as_str())
}

/// The refusal of a repository that is not linked; wording of behaviour 14.
pub(crate) fn unknown(app: &App, id: &RepositoryId) -> Error {
    let arn = app.location().arn(&Resource::Repository { id: id.clone() });
    Error::NotFound(format!("The requested repository does not exist: {arn}"))
}
