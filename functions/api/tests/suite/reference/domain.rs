//! Proton's rules, as simply as they can be said: maps of what there is, and for each call the rules that it would break.
//!
//! When a call breaks several rules at once, which one is told is up to the implementation; that one of them is, isn't.
//! Nothing here knows of records, revisions, references, stacks' names or workflows.

mod components;
mod connections;
mod deployments;
mod environments;
mod operations;
mod pipelines;
mod repositories;
mod services;
mod tags;
mod templates;

use std::collections::{BTreeMap, BTreeSet};

use super::acts::{
    Account, Act, Attach, Kind, Name, Number, Place, Setting, Size, Subject, Target, Thing, Type, Weather,
};
use super::deployable::{Deployable, History, Status};

/// A class of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Validation,
    NotFound,
    Conflict,
    Denied,
}

/// The rules that a call breaks; none: it is carried out.
pub(super) type Broken = BTreeSet<Class>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum VersionStatus {
    Registering,
    Failed,
    Draft,
    Published,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Template {
    /// What the creation said; nothing when no call said it.
    word: Option<Name>,
    modified: bool,
    /// Numbers aren't used again: the next minor of each major.
    next: BTreeMap<u64, u64>,
    pub(super) versions: BTreeMap<Number, VersionStatus>,
    /// Versions whose instances take components.
    open: BTreeSet<Number>,
}

/// What an environment is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EnvironmentState {
    pub(super) version: Number,
    pub(super) size: Size,
}

/// What creates an environment.
type EnvironmentCreation = (Name, u64, Option<u64>, Size, Option<usize>);

#[derive(Debug, Clone)]
pub(super) struct Environment {
    pub(super) template: Name,
    creation: EnvironmentCreation,
    modified: bool,
    /// The connection that lends its roles; without one it has its own.
    pub(super) connection: Option<usize>,
    pub(super) deployed: Deployable<EnvironmentState>,
}

#[derive(Debug, Clone)]
pub(super) struct Instance {
    pub(super) environment: Name,
    pub(super) deployed: Deployable<Number>,
    /// The component that is attached to it, or is about to be.
    component: Option<Name>,
}

/// What a pipeline is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PipelineState {
    pub(super) version: Number,
    pub(super) size: Option<Size>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Create,
    Update,
    Delete,
}

/// Where each of a service's sections lives, and that of its pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Spec {
    instances: BTreeMap<Name, Name>,
    pipeline: Option<Size>,
}

/// What is under way with a service.
#[derive(Debug, Clone)]
struct Work {
    operation: Operation,
    /// The instances that it makes, of this version.
    added: Vec<Name>,
    version: Option<Number>,
    /// The spec that it leads to.
    spec: Spec,
}

#[derive(Debug, Clone)]
pub(super) struct Service {
    pub(super) template: Name,
    creation: (Name, u64, Vec<Name>, Name, Option<Size>),
    modified: bool,
    spec: Spec,
    pub(super) version: Number,
    /// Whether it has a repository, and so shall have a pipeline.
    linked: bool,
    pub(super) pipeline: Option<Deployable<PipelineState>>,
    work: Option<Work>,
    pub(super) status: &'static str,
}

/// What a component is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ComponentState {
    pub(super) code: Size,
    pub(super) attached: Option<(Name, Name)>,
}

#[derive(Debug, Clone)]
pub(super) struct Component {
    environment: Name,
    pub(super) deployed: Deployable<ComponentState>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConnectionStatus {
    Pending,
    Connected,
    Rejected,
}

/// What an account lends for an environment.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    pub(super) by: Account,
    pub(super) environment: Name,
    pub(super) status: ConnectionStatus,
    /// Whether it was deleted.
    pub(super) gone: bool,
}

/// What keeps a service, or one of its instances, from being synchronised.
#[derive(Debug, Clone)]
pub(super) struct Blocker {
    pub(super) place: (Name, Option<Name>),
    pub(super) resolved: bool,
    /// Whether its service was deleted since.
    pub(super) past: bool,
}

/// Everything that there is.
#[derive(Debug, Default)]
pub(super) struct Domain {
    pub(super) templates: BTreeMap<(Kind, Name), Template>,
    pub(super) environments: BTreeMap<Name, Environment>,
    pub(super) services: BTreeMap<Name, Service>,
    pub(super) instances: BTreeMap<(Name, Name), Instance>,
    pub(super) components: BTreeMap<Name, Component>,
    /// All that ever were, in their order.
    pub(super) connections: Vec<Connection>,
    pub(super) repositories: BTreeMap<Name, u8>,
    pub(super) syncs: BTreeMap<Subject, Name>,
    /// All that ever were, in their order.
    pub(super) blockers: Vec<Blocker>,
    /// Whether pipelines have a role, and the repository of those that manage themselves.
    pub(super) settings: (bool, Option<Name>),
    pub(super) tags: BTreeMap<Thing, BTreeMap<Name, Name>>,
    pub(super) histories: BTreeMap<Target, History>,
}

fn broken(rules: &[(bool, Class)]) -> Broken {
    rules.iter().filter(|(is_broken, _)| *is_broken).map(|(_, class)| *class).collect()
}

fn only(class: Class) -> Broken {
    Broken::from([class])
}

/// Who cancels what isn't there.
fn cancel<S: super::deployable::State>(found: Option<&mut Deployable<S>>) -> Broken {
    found.map_or(only(Class::NotFound), Deployable::cancel)
}

impl Domain {
    /// Carries out a call unless it breaks rules.
    pub(super) fn act(&mut self, act: &Act) -> Broken {
        let broken = self.carry_out(act);
        self.tags_settle();
        broken
    }

    fn carry_out(&mut self, act: &Act) -> Broken {
        match act {
            Act::TemplateCreate(kind, name, word) => self.template_create(*kind, name, word),
            Act::TemplateUpdate(kind, name, _) => self.template_update(*kind, name),
            Act::TemplateDelete(kind, name) => self.template_delete(*kind, name),
            Act::VersionCreate(kind, name, major) => self.version_create(*kind, name, *major),
            Act::VersionPublish(kind, name, number) => self.version_publish(*kind, name, *number),
            Act::VersionDelete(kind, name, number) => self.version_delete(*kind, name, *number),
            Act::EnvironmentCreate { name, template, major, minor, size, connection } => {
                self.environment_create(name, (template, *major, *minor, *size, *connection))
            }
            Act::EnvironmentUpdate { name, by, major, minor, size, connection } => {
                self.environment_update(name, *by, (*major, *minor), *size, *connection)
            }
            Act::EnvironmentCancel(name) => {
                cancel(self.environments.get_mut(name).map(|it| &mut it.deployed))
            }
            Act::EnvironmentDelete(name) => self.environment_delete(name),
            Act::ServiceCreate { name, template, major, instances, environment, pipeline } => {
                self.service_create(name, (template, *major, instances.clone(), environment, *pipeline))
            }
            Act::ServiceUpdate { name, instances, environment, pipeline } => {
                let instances = instances.iter().map(|instance| (*instance, *environment)).collect();
                self.service_update(name, Spec { instances, pipeline: *pipeline })
            }
            Act::ServiceDelete(name) => self.service_delete(name),
            Act::InstanceCreate { service, name, environment, minor } => {
                self.instance_create(service, name, environment, *minor)
            }
            Act::InstanceUpdate { service, name, by, minor } => {
                self.instance_update(service, name, *by, *minor)
            }
            Act::InstanceCancel(service, name) => self.instance_cancel(service, name),
            Act::PipelineUpdate { service, by, minor, size } => {
                self.pipeline_update(service, *by, *minor, *size)
            }
            Act::PipelineCancel(service) => self.pipeline_cancel(service),
            Act::ComponentCreate(name, place, code) => self.component_create(name, *place, *code),
            Act::ComponentUpdate(name, attach, code) => self.component_update(name, *attach, *code),
            Act::ComponentCancel(name) => cancel(self.components.get_mut(name).map(|it| &mut it.deployed)),
            Act::ComponentDelete(name) => self.component_delete(name),
            Act::ConnectionCreate(by, environment) => self.connection_create(*by, environment),
            Act::ConnectionUpdate(by, number) => self.connection_update(*by, *number),
            Act::ConnectionAccept(by, number) => self.connection_accept(*by, *number),
            Act::ConnectionReject(by, number) => self.connection_reject(*by, *number),
            Act::ConnectionDelete(by, number) => self.connection_delete(*by, *number),
            Act::RepositoryCreate(name, number) => self.repository_create(name, *number),
            Act::RepositoryDelete(name) => self.repository_delete(name),
            Act::SyncCreate(subject, repository) => self.sync_create(*subject, repository),
            Act::SyncUpdate(subject, repository) => self.sync_update(*subject, repository),
            Act::SyncDelete(subject) => broken(&[(self.syncs.remove(subject).is_none(), Class::NotFound)]),
            Act::BlockerResolve(number) => self.blocker_resolve(*number),
            Act::SettingsUpdate { role, repository } => self.settings_update(*role, *repository),
            Act::Tag(thing, key, value) => self.tag(*thing, key, Some(value)),
            Act::Untag(thing, key) => self.tag(*thing, key, None),
            Act::DeploymentDelete(target, number) => self.deployment_delete(*target, *number),
            Act::Notify(target, status) => self.notify(*target, *status),
            Act::Block(..) | Act::Run(_) => Broken::new(),
        }
    }

    /// All work ends, in this weather.
    pub(super) fn run(&mut self, weather: Weather) {
        self.versions_run();
        self.environments_run(weather);
        self.components_run(weather);
        let services: Vec<Name> = self.services.keys().copied().collect();
        for service in services {
            self.service_run(service, weather);
        }
        // What is left are updates of single instances.
        self.instances_run(weather);
        self.tags_settle();
    }
}
