//! Proton's rules, as simply as they can be said: maps of what there is, and for each call the rules that it would break.
//!
//! When a call breaks several rules at once, which one is told is up to the implementation; that one of them is, isn't.
//! Nothing here knows of records, revisions, references, stacks' names or workflows.

mod components;
mod environments;
mod services;
mod templates;

use std::collections::{BTreeMap, BTreeSet};

use super::acts::{Act, Attach, Kind, Name, Number, Place, Size, Type, Weather};
use super::deployable::{Code, Deployable, Status};

/// A class of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Validation,
    NotFound,
    Conflict,
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
    size: Size,
}

#[derive(Debug, Clone)]
pub(super) struct Environment {
    template: Name,
    creation: (Name, u64, Option<u64>, Size),
    modified: bool,
    pub(super) deployed: Deployable<EnvironmentState>,
}

#[derive(Debug, Clone)]
pub(super) struct Instance {
    pub(super) environment: Name,
    pub(super) deployed: Deployable<Number>,
    /// The component that is attached to it, or is about to be.
    component: Option<Name>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Create,
    Update,
    Delete,
}

#[derive(Debug, Clone)]
pub(super) struct Service {
    template: Name,
    creation: (Name, u64, Vec<Name>, Name),
    modified: bool,
    /// Where each of its sections lives.
    spec: BTreeMap<Name, Name>,
    version: Number,
    /// What is under way, the instances that it makes, and the spec that it leads to.
    operation: Option<(Operation, Vec<Name>, BTreeMap<Name, Name>)>,
    pub(super) status: &'static str,
}

impl EnvironmentState {
    pub(super) fn size(self) -> Size {
        self.size
    }
}

impl ComponentState {
    pub(super) fn code(self) -> Code {
        (self.code, self.attached)
    }
}

/// What a component is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ComponentState {
    code: Size,
    pub(super) attached: Option<(Name, Name)>,
}

#[derive(Debug, Clone)]
pub(super) struct Component {
    environment: Name,
    pub(super) deployed: Deployable<ComponentState>,
}

/// Everything that there is.
#[derive(Debug, Default)]
pub(super) struct Domain {
    pub(super) templates: BTreeMap<(Kind, Name), Template>,
    pub(super) environments: BTreeMap<Name, Environment>,
    pub(super) services: BTreeMap<Name, Service>,
    pub(super) instances: BTreeMap<(Name, Name), Instance>,
    pub(super) components: BTreeMap<Name, Component>,
    pub(super) repositories: BTreeMap<Name, u8>,
    pub(super) syncs: BTreeMap<Name, Name>,
}

fn broken(rules: &[(bool, Class)]) -> Broken {
    rules.iter().filter(|(is_broken, _)| *is_broken).map(|(_, class)| *class).collect()
}

fn only(class: Class) -> Broken {
    Broken::from([class])
}

impl Domain {
    /// Carries out a call unless it breaks rules.
    pub(super) fn act(&mut self, act: &Act) -> Broken {
        match act {
            Act::TemplateCreate(kind, name, word) => self.template_create(*kind, name, word),
            Act::TemplateUpdate(kind, name, _) => {
                let Some(template) = self.templates.get_mut(&(*kind, *name)) else {
                    return only(Class::NotFound);
                };
                template.modified = true;
                Broken::new()
            }
            Act::TemplateDelete(kind, name) => self.template_delete(*kind, name),
            Act::VersionCreate(kind, name, major) => self.version_create(*kind, name, *major),
            Act::VersionPublish(kind, name, number) => self.version_publish(*kind, name, *number),
            Act::VersionDelete(kind, name, number) => self.version_delete(*kind, name, *number),
            Act::EnvironmentCreate { name, template, major, minor, size } => {
                self.environment_create(name, (template, *major, *minor, *size))
            }
            Act::EnvironmentUpdate { name, by, major, minor, size } => {
                self.environment_update(name, *by, (*major, *minor), *size)
            }
            Act::EnvironmentCancel(name) => match self.environments.get_mut(name) {
                None => only(Class::NotFound),
                Some(environment) => environment.deployed.cancel(),
            },
            Act::EnvironmentDelete(name) => self.environment_delete(name),
            Act::ServiceCreate { name, template, major, instances, environment } => {
                self.service_create(name, (template, *major, instances.clone(), environment))
            }
            Act::ServiceUpdate { name, instances, environment } => self
                .service_update(name, instances.iter().map(|instance| (*instance, *environment)).collect()),
            Act::ServiceDelete(name) => self.service_delete(name),
            Act::InstanceUpdate { service, name, by, minor } => {
                self.instance_update(service, name, *by, *minor)
            }
            Act::InstanceCancel(service, name) => match self.instances.get_mut(&(*service, *name)) {
                None => only(Class::NotFound),
                Some(instance) => {
                    let held = self.services[service].operation.is_some();
                    if held { only(Class::Conflict) } else { instance.deployed.cancel() }
                }
            },
            Act::ComponentCreate(name, place, code) => self.component_create(name, *place, *code),
            Act::ComponentUpdate(name, attach, code) => self.component_update(name, *attach, *code),
            Act::ComponentCancel(name) => match self.components.get_mut(name) {
                None => only(Class::NotFound),
                Some(component) => component.deployed.cancel(),
            },
            Act::ComponentDelete(name) => self.component_delete(name),
            Act::RepositoryCreate(name, number) => {
                let other = self.repositories.get(name).is_some_and(|linked| linked != number);
                if !other {
                    self.repositories.insert(name, *number);
                }
                broken(&[(other, Class::Conflict)])
            }
            Act::RepositoryDelete(name) => {
                let is_used = self.syncs.values().any(|used| used == name);
                let rules = broken(&[
                    (!self.repositories.contains_key(name), Class::NotFound),
                    (is_used, Class::Conflict),
                ]);
                if rules.is_empty() {
                    self.repositories.remove(name);
                }
                rules
            }
            Act::SyncCreate(template, repository) => self.sync_create(template, repository),
            Act::SyncUpdate(template, repository) => {
                let is_there =
                    self.syncs.contains_key(template) && self.repositories.contains_key(repository);
                if is_there {
                    self.syncs.insert(template, repository);
                }
                broken(&[(!is_there, Class::NotFound)])
            }
            Act::SyncDelete(template) => broken(&[(self.syncs.remove(template).is_none(), Class::NotFound)]),
            Act::Run(_) => Broken::new(),
        }
    }

    /// Whether carrying out a call is beyond this model: what becomes of an instance whose removal failed when an update of
    /// its service wants it again.
    pub(super) fn is_beyond(&self, act: &Act) -> bool {
        let Act::ServiceUpdate { name, instances, .. } = act else { return false };
        let is_left = |instance: &Name| {
            let found = self.instances.get(&(*name, *instance));
            found.is_some_and(|found| found.deployed.status == Status::DeleteFailed)
        };
        instances.iter().any(is_left)
    }

    /// All work ends, in this weather.
    pub(super) fn run(&mut self, weather: Weather) {
        let has_grid = self.has_grid();
        for ((kind, _), template) in &mut self.templates {
            let is_wrong = *kind == Kind::Service && !has_grid;
            let status = if is_wrong { VersionStatus::Failed } else { VersionStatus::Draft };
            for version in template.versions.values_mut().filter(|it| **it == VersionStatus::Registering) {
                *version = status;
            }
        }
        self.environments.retain(|_, it| it.deployed.finish(weather));
        self.components.retain(|name, component| {
            let stays = component.deployed.finish(weather);
            // An instance is let go by a component that was detached, or didn't come to be attached.
            let attached = component.deployed.state.attached.filter(|_| stays);
            for (place, instance) in &mut self.instances {
                if instance.component == Some(*name) && attached != Some(*place) {
                    instance.component = None;
                }
            }
            stays
        });
        let services: Vec<Name> = self.services.keys().copied().collect();
        for service in services {
            self.service_run(service, weather);
        }
        // What is left are updates of single instances.
        self.instances.retain(|_, it| it.deployed.finish(weather));
    }
}
