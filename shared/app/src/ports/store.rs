//! The table, as use cases see it: records by key, lists by access pattern, one kind of write.

use async_trait::async_trait;
use protium_domain::account::AccountSettings;
use protium_domain::account_connection::{AccountConnection, ConnectionClaim};
use protium_domain::component::Component;
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::Deployment;
use protium_domain::environment::Environment;
use protium_domain::fleet::{FleetTarget, FleetUpdate, TargetStatus};
use protium_domain::identifier::Identifier;
use protium_domain::import::Import;
use protium_domain::intent::{Intent, Partition};
use protium_domain::name::ResourceName;
use protium_domain::preview::Preview;
use protium_domain::reference::{Reference, Referent};
use protium_domain::repository::{Repository, RepositoryId};
use protium_domain::revision::Revision;
use protium_domain::service::Service;
use protium_domain::service_instance::ServiceInstance;
use protium_domain::service_pipeline::ServicePipeline;
use protium_domain::sync::{SyncBlocker, SyncConfig, SyncSubject};
use protium_domain::tally::{Counter, Tally};
use protium_domain::template::{Template, TemplateKind};
use protium_domain::template_version::{BundleSource, CompatibleEnvironmentTemplate, TemplateVersion};
use protium_domain::time::Timestamp;
use protium_domain::token::{ClientToken, StackWait};
use protium_domain::upload::Upload;
use protium_domain::version::VersionNumber;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::PortError;
use crate::paging::{Page, PageRequest};

/// The key of one record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Key {
    /// A template.
    Template(TemplateKind, ResourceName),
    /// A template version.
    TemplateVersion(TemplateKind, ResourceName, VersionNumber),
    /// An environment.
    Environment(ResourceName),
    /// A service.
    Service(ResourceName),
    /// A service instance: service, name.
    ServiceInstance(ResourceName, ResourceName),
    /// The pipeline of a service, by the service's name.
    ServicePipeline(ResourceName),
    /// A component.
    Component(ResourceName),
    /// A deployment.
    Deployment(Identifier),
    /// A preview.
    Preview(Identifier),
    /// An import, by the id of its export.
    Import(Identifier),
    /// A link to a repository.
    Repository(RepositoryId),
    /// An environment account connection.
    AccountConnection(Identifier),
    /// The claim of a connection: management account, environment name.
    ConnectionClaim(String, ResourceName),
    /// A sync configuration.
    SyncConfig(SyncSubject),
    /// A sync blocker.
    SyncBlocker(Identifier),
    /// A counter.
    Tally(Counter),
    /// A reference.
    Reference(Reference),
    /// A client token: operation, token.
    ClientToken(String, String),
    /// The account settings.
    AccountSettings,
    /// The wait for a stack, by the stack's name.
    StackWait(String),
    /// An upload that was seen.
    Upload(BundleSource),
    /// An intent: partition, id.
    Intent(Partition, Identifier),
    /// A fleet update.
    FleetUpdate(Identifier),
    /// A target of a fleet update: the fleet update, its number in the plan.
    FleetTarget(Identifier, u32),
}

/// Any record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant is the record of its name")]
pub enum Entity {
    Template(Template),
    TemplateVersion(Box<TemplateVersion>),
    Environment(Box<Environment>),
    Service(Box<Service>),
    ServiceInstance(Box<ServiceInstance>),
    ServicePipeline(Box<ServicePipeline>),
    Component(Box<Component>),
    Deployment(Box<Deployment>),
    Preview(Box<Preview>),
    Import(Import),
    Repository(Box<Repository>),
    AccountConnection(Box<AccountConnection>),
    ConnectionClaim(ConnectionClaim),
    SyncConfig(Box<SyncConfig>),
    SyncBlocker(Box<SyncBlocker>),
    Tally(Tally),
    Reference(Reference),
    ClientToken(ClientToken),
    AccountSettings(AccountSettings),
    StackWait(StackWait),
    Upload(Upload),
    Intent(Intent),
    FleetUpdate(Box<FleetUpdate>),
    FleetTarget(Box<FleetTarget>),
}

/// A kind of record: ties a domain type to its key and to [`Entity`].
pub trait Record: Sized + Clone + Into<Entity> + Send {
    /// Its key.
    fn key(&self) -> Key;
    /// The record in `entity`, if it is of this kind.
    fn from_entity(entity: Entity) -> Option<Self>;
}

/// A record whose writes are guarded by its revision.
pub trait Revisioned: Record {
    /// Its revision.
    fn revision(&self) -> Revision;
    /// Sets its revision.
    fn set_revision(&mut self, revision: Revision);
}

macro_rules! record {
    ($type:ident, $self:ident => $key:expr $(, $wrap:ident)?) => {
        impl From<$type> for Entity {
            fn from(record: $type) -> Self {
                Self::$type(record!(@wrap record $($wrap)?))
            }
        }
        impl Record for $type {
            fn key(&$self) -> Key {
                $key
            }
            fn from_entity(entity: Entity) -> Option<Self> {
                match entity {
                    Entity::$type(record) => Some(record!(@unwrap record $($wrap)?)),
                    _ => None,
                }
            }
        }
    };
    (@wrap $record:ident Box) => { Box::new($record) };
    (@wrap $record:ident) => { $record };
    (@unwrap $record:ident Box) => { *$record };
    (@unwrap $record:ident) => { $record };
}

record!(Template, self => Key::Template(self.kind, self.name.clone()));
record!(TemplateVersion, self => Key::TemplateVersion(self.kind, self.template.clone(), self.version), Box);
record!(Environment, self => Key::Environment(self.name.clone()), Box);
record!(Service, self => Key::Service(self.name.clone()), Box);
record!(ServiceInstance, self => Key::ServiceInstance(self.service.clone(), self.name.clone()), Box);
record!(ServicePipeline, self => Key::ServicePipeline(self.service.clone()), Box);
record!(Component, self => Key::Component(self.name.clone()), Box);
record!(Deployment, self => Key::Deployment(self.id.clone()), Box);
record!(Repository, self => Key::Repository(self.id.clone()), Box);
record!(AccountConnection, self => Key::AccountConnection(self.id.clone()), Box);
record!(
    ConnectionClaim,
    self => Key::ConnectionClaim(self.management_account.clone(), self.environment_name.clone())
);
record!(SyncConfig, self => Key::SyncConfig(self.subject.clone()), Box);
record!(SyncBlocker, self => Key::SyncBlocker(self.id.clone()), Box);
record!(Tally, self => Key::Tally(self.counter.clone()));
record!(Preview, self => Key::Preview(self.id.clone()), Box);
record!(Import, self => Key::Import(self.id.clone()));
record!(Reference, self => Key::Reference(self.clone()));
record!(ClientToken, self => Key::ClientToken(self.operation.clone(), self.token.clone()));
record!(AccountSettings, self => Key::AccountSettings);
record!(StackWait, self => Key::StackWait(self.stack_name.clone()));
record!(Upload, self => Key::Upload(self.source.clone()));
record!(Intent, self => Key::Intent(self.partition.clone(), self.id.clone()));
record!(FleetUpdate, self => Key::FleetUpdate(self.id.clone()), Box);
record!(FleetTarget, self => Key::FleetTarget(self.fleet_update_id.clone(), self.ordinal), Box);

macro_rules! revisioned {
    ($($type:ident),+) => {
        $(impl Revisioned for $type {
            fn revision(&self) -> Revision {
                self.revision
            }
            fn set_revision(&mut self, revision: Revision) {
                self.revision = revision;
            }
        })+
    };
}

revisioned!(
    Template,
    TemplateVersion,
    Environment,
    Service,
    ServiceInstance,
    ServicePipeline,
    Component,
    Deployment,
    Preview,
    Import,
    Repository,
    AccountConnection,
    SyncConfig,
    SyncBlocker,
    FleetUpdate,
    FleetTarget
);

impl Entity {
    /// The record's key.
    #[must_use]
    pub fn key(&self) -> Key {
        match self {
            Self::Template(record) => record.key(),
            Self::TemplateVersion(record) => record.key(),
            Self::Environment(record) => record.key(),
            Self::Service(record) => record.key(),
            Self::ServiceInstance(record) => record.key(),
            Self::ServicePipeline(record) => record.key(),
            Self::Component(record) => record.key(),
            Self::Deployment(record) => record.key(),
            Self::Preview(record) => record.key(),
            Self::Import(record) => record.key(),
            Self::Repository(record) => record.key(),
            Self::AccountConnection(record) => record.key(),
            Self::ConnectionClaim(record) => record.key(),
            Self::SyncConfig(record) => record.key(),
            Self::SyncBlocker(record) => record.key(),
            Self::Tally(record) => record.key(),
            Self::Reference(record) => record.key(),
            Self::ClientToken(record) => record.key(),
            Self::AccountSettings(record) => record.key(),
            Self::StackWait(record) => record.key(),
            Self::Upload(record) => record.key(),
            Self::Intent(record) => record.key(),
            Self::FleetUpdate(record) => record.key(),
            Self::FleetTarget(record) => record.key(),
        }
    }

    /// The record's revision; nothing for kinds that have none, and for settings that were never written.
    #[must_use]
    pub const fn revision(&self) -> Option<Revision> {
        match self {
            Self::Template(record) => Some(record.revision),
            Self::TemplateVersion(record) => Some(record.revision),
            Self::Environment(record) => Some(record.revision),
            Self::Service(record) => Some(record.revision),
            Self::ServiceInstance(record) => Some(record.revision),
            Self::ServicePipeline(record) => Some(record.revision),
            Self::Component(record) => Some(record.revision),
            Self::Deployment(record) => Some(record.revision),
            Self::Preview(record) => Some(record.revision),
            Self::Import(record) => Some(record.revision),
            Self::Repository(record) => Some(record.revision),
            Self::AccountConnection(record) => Some(record.revision),
            Self::SyncConfig(record) => Some(record.revision),
            Self::SyncBlocker(record) => Some(record.revision),
            Self::FleetUpdate(record) => Some(record.revision),
            Self::FleetTarget(record) => Some(record.revision),
            Self::AccountSettings(record) => record.revision,
            Self::Reference(_)
            | Self::ClientToken(_)
            | Self::ConnectionClaim(_)
            | Self::Tally(_)
            | Self::StackWait(_)
            | Self::Upload(_)
            | Self::Intent(_) => None,
        }
    }
}

/// One write of a transaction. Every write is conditional, so that of racing calls one wins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Write {
    /// The record must not exist yet.
    Create(Entity),
    /// The record must exist with this revision.
    Replace(Entity, Revision),
    /// The record must exist with this revision, and goes.
    Delete(Key, Revision),
    /// Writes whatever is there: for records without a revision whose repetition is harmless (references, waits).
    Put(Entity),
    /// Removes whatever is there.
    Remove(Key),
    /// The client token must be free: absent, or expired at this time.
    Claim(ClientToken, Timestamp),
    /// Moves a counter on by so many; with a limit only as long as it stands below that. One that isn't there stands at 0.
    Count(Counter, i64, Option<u64>),
    /// The template version must exist, be deployable, and not be about to be deleted at this time.
    RequireDeployable(TemplateKind, ResourceName, VersionNumber, Timestamp),
    /// The environment must exist, not be deleted or about to be deleted at this time.
    RequireInhabitable(ResourceName, Timestamp),
    /// The template must exist.
    RequireTemplate(TemplateKind, ResourceName),
    /// The service must exist.
    RequireService(ResourceName),
    /// Nothing may lie under this key.
    RequireAbsent(Key),
    /// The fleet update must exist, and let targets of this wave begin; with `true` begin to go back.
    RequireAdmitting(Identifier, u32, bool),
    /// The repository must be linked, and its link not be about to be deleted at this time.
    RequireLinked(RepositoryId, Timestamp),
    /// The settings must have this revision; nothing when they were never written.
    ReplaceSettings(AccountSettings, Option<Revision>),
}

impl Write {
    /// Whether it asks for nothing that `other` doesn't: it is the same write, or the same requirement at another moment.
    #[must_use]
    pub fn repeats(&self, other: &Self) -> bool {
        let is_timed = matches!(
            self,
            Self::RequireDeployable(..) | Self::RequireInhabitable(..) | Self::RequireLinked(..)
        );
        let is_same = || std::mem::discriminant(self) == std::mem::discriminant(other);
        if is_timed && is_same() { self.key() == other.key() } else { self == other }
    }

    /// The key of the record that it writes or checks.
    #[must_use]
    pub fn key(&self) -> Key {
        match self {
            Self::Create(entity) | Self::Replace(entity, _) | Self::Put(entity) => entity.key(),
            Self::Delete(key, _) | Self::Remove(key) => key.clone(),
            Self::Claim(token, _) => token.key(),
            Self::Count(counter, ..) => Key::Tally(counter.clone()),
            Self::RequireDeployable(kind, name, version, _) => {
                Key::TemplateVersion(*kind, name.clone(), *version)
            }
            Self::RequireInhabitable(name, _) => Key::Environment(name.clone()),
            Self::RequireTemplate(kind, name) => Key::Template(*kind, name.clone()),
            Self::RequireService(name) => Key::Service(name.clone()),
            Self::RequireAbsent(key) => key.clone(),
            Self::RequireAdmitting(id, ..) => Key::FleetUpdate(id.clone()),
            Self::RequireLinked(id, _) => Key::Repository(id.clone()),
            Self::ReplaceSettings(_, _) => Key::AccountSettings,
        }
    }
}

/// Why a commit did not happen. Nothing of it was written then.
#[derive(Debug, Error)]
pub enum CommitError {
    /// The condition of the write at this position (counted from 0) did not hold.
    #[error("the condition of write {0} did not hold")]
    Condition(usize),
    /// The store failed, or stayed busy after retries.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// The access patterns: every list that Protium reads, each one Query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListQuery {
    /// Templates of a kind, by name.
    Templates(TemplateKind),
    /// The versions of one major of a template, highest minor first.
    TemplateVersions(TemplateKind, ResourceName, u64),
    /// Environments by name; with filters only those of one of these template majors.
    Environments(Vec<CompatibleEnvironmentTemplate>),
    /// Services by name.
    Services,
    /// Instances by service and name.
    ServiceInstances,
    /// Instances of one service, by name.
    ServiceInstancesOfService(ResourceName),
    /// Instances in one environment, by service and name.
    ServiceInstancesOfEnvironment(ResourceName),
    /// Instances of one template, by service and name.
    ServiceInstancesOfTemplate(ResourceName),
    /// Instances whose deployments have this status, by service and name.
    ServiceInstancesOfStatus(DeploymentStatus),
    /// A list backwards.
    Reversed(Box<ListQuery>),
    /// Components by name.
    Components,
    /// Components in one environment, by name.
    ComponentsOfEnvironment(ResourceName),
    /// Components attached to instances of one service, by name.
    ComponentsOfService(ResourceName),
    /// Components attached to one instance (service, name).
    ComponentsOfServiceInstance(ResourceName, ResourceName),
    /// Deployments, newest first.
    Deployments,
    /// Deployments of and in one environment, newest first.
    DeploymentsOfEnvironment(ResourceName),
    /// Deployments of a service's instances and of its pipeline, newest first.
    DeploymentsOfService(ResourceName),
    /// Deployments of one instance (service, name), newest first.
    DeploymentsOfServiceInstance(ResourceName, ResourceName),
    /// Deployments of one component, newest first.
    DeploymentsOfComponent(ResourceName),
    /// Sync blockers of a service as a whole, or of one of its instances, newest first.
    SyncBlockers(ResourceName, Option<ResourceName>),
    /// The counters of all slots; read strongly consistent.
    Tallies,
    /// Links to repositories, by name.
    Repositories,
    /// Connections that this account made, newest first.
    ConnectionsFrom(String),
    /// Connections that are addressed to this management account, newest first.
    ConnectionsTo(String),
    /// Who uses something; read strongly consistent.
    References(Referent),
    /// Intents committed before this time and not carried out yet, oldest first.
    IntentsBefore(Timestamp),
    /// Deployments, services, template versions and fleet updates in progress whose watch is due by this time, most overdue
    /// first.
    WatchesDue(Timestamp),
    /// Fleet updates, newest first.
    FleetUpdates,
    /// Fleet updates of the templates of one name, newest first.
    FleetUpdatesOfTemplate(ResourceName),
    /// The targets of a fleet update that were claimed, by their number in the plan; read strongly consistent.
    FleetTargets(Identifier),
    /// The targets of a fleet update that are so far, by their number in the plan.
    FleetTargetsOfStatus(Identifier, TargetStatus),
    /// The counters of a fleet update; read strongly consistent.
    FleetTallies(Identifier),
}

/// Which records of a list are wanted.
pub type Keep<'a> = dyn Fn(&Entity) -> bool + Send + Sync + 'a;

/// The table.
#[async_trait]
pub trait Store: Send + Sync {
    /// One record, read strongly consistent; nothing when there is none.
    async fn get(&self, key: &Key) -> Result<Option<Entity>, PortError>;

    /// Several records at once, in the order of their keys, read strongly consistent.
    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entity>>, PortError>;

    /// One page of a list; with `keep`, of those records in it that are to be kept.
    ///
    /// Whatever `keep` says, a page looks at a bounded number of records: it may come out short, or empty, and its
    /// position leads on.
    ///
    /// # Errors
    /// [`PortError::ForeignPosition`] for a page position that this list can't have written.
    async fn select(
        &self,
        query: &ListQuery,
        page: &PageRequest,
        keep: Option<&Keep<'_>>,
    ) -> Result<Page<Entity>, PortError>;

    /// One page of a list.
    ///
    /// # Errors
    /// As [`Store::select`].
    async fn list(&self, query: &ListQuery, page: &PageRequest) -> Result<Page<Entity>, PortError> {
        self.select(query, page, None).await
    }

    /// Writes everything or nothing: at most 100 writes, each of another record. Contention is retried with jitter
    /// before [`PortError::Throttled`].
    async fn commit(&self, writes: &[Write]) -> Result<(), CommitError>;
}

/// Typed reading on top of [`Store`].
#[async_trait]
pub trait StoreExt {
    /// The record under `key`, which must be a key of this kind of record.
    async fn find<R: Record>(&self, key: Key) -> Result<Option<R>, PortError>;
    /// One page of a list of this kind of record.
    async fn page<R: Record>(&self, query: &ListQuery, page: &PageRequest) -> Result<Page<R>, PortError>;
    /// One page of those records of a list of this kind that are to be kept; see [`Store::select`].
    async fn page_where<R: Record>(
        &self,
        query: &ListQuery,
        page: &PageRequest,
        keep: &Keep<'_>,
    ) -> Result<Page<R>, PortError>;
    /// Whether a list has no item at all.
    async fn is_empty(&self, query: &ListQuery) -> Result<bool, PortError>;
}

#[async_trait]
impl<S: Store + ?Sized> StoreExt for S {
    async fn find<R: Record>(&self, key: Key) -> Result<Option<R>, PortError> {
        match self.get(&key).await? {
            None => Ok(None),
            Some(entity) => typed(entity).map(Some),
        }
    }

    async fn page<R: Record>(&self, query: &ListQuery, page: &PageRequest) -> Result<Page<R>, PortError> {
        let page = self.list(query, page).await?;
        let items = page.items.into_iter().map(typed).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
    }

    async fn page_where<R: Record>(
        &self,
        query: &ListQuery,
        page: &PageRequest,
        keep: &Keep<'_>,
    ) -> Result<Page<R>, PortError> {
        let page = self.select(query, page, Some(keep)).await?;
        let items = page.items.into_iter().map(typed).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
    }

    async fn is_empty(&self, query: &ListQuery) -> Result<bool, PortError> {
        let mut after = None;
        loop {
            let page = self.list(query, &PageRequest { limit: 1, after }).await?;
            if !page.items.is_empty() || page.next.is_none() {
                return Ok(page.items.is_empty());
            }
            after = page.next;
        }
    }
}

fn typed<R: Record>(entity: Entity) -> Result<R, PortError> {
    R::from_entity(entity)
        .ok_or_else(|| PortError::Unreadable("a record of another kind under this key".to_owned()))
}
