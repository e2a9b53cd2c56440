//! New instances of a service: where they live, and the records that make them.
//!
//! CreateService, UpdateService and CreateServiceInstance make instances alike. An instance that exists but was never
//! deployed, or could not be removed, is made anew under its record: its name and perhaps its stack are taken.

use std::collections::BTreeMap;

use protium_bundle::InstanceSection;
use protium_domain::deployable::{DeploymentTransition, Stack};
use protium_domain::deployment::{Deployment, DeploymentKind, DeploymentState, NewDeployment};
use protium_domain::document::Document;
use protium_domain::environment::Environment;
use protium_domain::event::StatusEvent;
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::service_instance::{NewServiceInstance, ServiceInstance};
use protium_domain::service_pipeline::ServicePipeline;
use protium_domain::tag::Tags;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::TemplateVersion;
use protium_domain::version::VersionNumber;

use crate::commit::Commit;
use crate::compatibility;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt, Write};
use crate::service_instance::described;
use crate::service_settle::DeploymentRun;

/// How many writes of a commit are for instances. DynamoDB commits at most 100 at once; the others are for the service
/// itself, its pipeline, the template version, the intent, and the counters of what is made and changed.
pub(crate) const ROOM: usize = 86;

/// The most writes that removing an instance takes: record and deployment.
pub(crate) const REMOVAL_WRITES: usize = 2;

/// An instance that shall be made.
#[derive(Debug)]
pub(crate) struct PlannedInstance {
    name: ResourceName,
    environment: Environment,
    /// The record that has the name already.
    existing: Option<ServiceInstance>,
}

impl PlannedInstance {
    /// The most writes that making it takes: record, deployment, environment and reference to it, and what a record that
    /// has the name already refers to.
    const fn most_writes(&self) -> usize {
        if self.existing.is_some() { 6 } else { 4 }
    }
}

/// Finds the environment of every instance, and everything that is wrong with them at once. `existing` are the records
/// that have their names already.
///
/// # Errors
/// [`Error::Validation`] with every problem; [`Error::Conflict`] when a component is attached to an instance that would
/// be made anew.
pub(crate) async fn instances_plan(
    app: &App,
    sections: &[&InstanceSection],
    existing: &[ServiceInstance],
    version: &TemplateVersion,
) -> Result<Vec<PlannedInstance>> {
    let mut environments: BTreeMap<String, Option<Environment>> = BTreeMap::new();
    let (mut planned, mut problems) = (Vec::new(), Vec::new());
    for section in sections {
        let name = ResourceName::new(section.name());
        let key = ResourceName::new(section.environment());
        let (Ok(name), Ok(key)) = (name, key) else {
            problems.push(format!("{}: name and environment must be resource names", section.path()));
            continue;
        };
        if !environments.contains_key(key.as_str()) {
            let found: Option<Environment> = app.store.find(Key::Environment(key.clone())).await?;
            environments.insert(key.to_string(), found);
        }
        let found = environments.get(key.as_str()).cloned().flatten();
        let existing = existing.iter().find(|existing| existing.name == name).cloned();
        let checked = compatibility::require_inhabitable(found, key.as_str(), version)
            .and_then(|environment| require_movable(existing.as_ref(), &environment).map(|()| environment));
        match checked {
            Ok(environment) => planned.push(PlannedInstance { name, environment, existing }),
            Err(problem) => problems.push(format!("{}.environment: {problem}", section.path())),
        }
    }
    if !problems.is_empty() {
        return Err(Error::Validation(problems.join("; ")));
    }
    match planned.iter().filter_map(|planned| planned.existing.as_ref()).find(|it| it.component.is_some()) {
        Some(attached) => Err(Error::Conflict(format!(
            "{} was never deployed and has a component attached; detach the component first",
            described(&attached.service, &attached.name)
        ))),
        None => Ok(planned),
    }
}

/// What has a stack stays in its environment; what has none may be made elsewhere.
fn require_movable(
    existing: Option<&ServiceInstance>,
    wanted: &Environment,
) -> std::result::Result<(), String> {
    match existing {
        Some(existing) if existing.environment != wanted.name && has_stack(existing) => Err(format!(
            "{} was begun in '{}' and can't move to '{}'; remove it first, then create it there",
            described(&existing.service, &existing.name),
            existing.environment,
            wanted.name
        )),
        _ => Ok(()),
    }
}

fn has_stack(instance: &ServiceInstance) -> bool {
    !instance.deployable.stack.as_ref().is_none_or(Stack::was_never_asked_for)
}

/// What the instances of one request have in common.
pub(crate) struct Making<'a> {
    pub(crate) service: &'a ResourceName,
    pub(crate) template: &'a ResourceName,
    pub(crate) version: VersionNumber,
    /// The whole spec.
    pub(crate) spec: &'a Document,
    pub(crate) tags: &'a Tags,
    /// The pipeline of the service.
    pub(crate) pipeline: Option<&'a ServicePipeline>,
    /// The service's operation; nothing when the instance is made by itself.
    pub(crate) operation_id: Option<&'a Identifier>,
    pub(crate) client_token: Option<&'a String>,
}

impl Making<'_> {
    /// Adds as many instances to `commit` as there is [`ROOM`] for: their runs, and the names of those that are left.
    ///
    /// # Errors
    /// As [`Making::stage`].
    pub(crate) fn stage_some(
        &self,
        app: &App,
        commit: &mut Commit,
        planned: &[PlannedInstance],
    ) -> Result<(Vec<DeploymentRun>, Vec<ResourceName>)> {
        let (mut runs, mut left) = (Vec::new(), Vec::new());
        for planned in planned {
            if commit.len() + planned.most_writes() > ROOM {
                left.push(planned.name.clone());
            } else {
                runs.push(DeploymentRun::of(&self.stage(app, commit, planned)?.1));
            }
        }
        Ok((runs, left))
    }

    /// Adds one instance with its first deployment to `commit`.
    ///
    /// The instance's own reference to its template version is written when its deployment ends: until then the
    /// service refers to it for all of them. One that is made by itself refers to it at once.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the record that has the name is in progress.
    pub(crate) fn stage(
        &self,
        app: &App,
        commit: &mut Commit,
        planned: &PlannedInstance,
    ) -> Result<(ServiceInstance, Deployment)> {
        let (now, id) = (app.now(), app.ids.identifier());
        let state = self.state(planned);
        let (instance, change, initial_state) = match planned.existing.clone() {
            None => {
                let (instance, change) = self.make(planned, state.clone(), id.clone(), app);
                commit.create(&instance);
                (instance, change, None)
            }
            Some(existing) => {
                let succeeded = existing.deployable.last_succeeded_deployment_id.is_some();
                let initial = succeeded.then(|| existing.state().into());
                let (instance, change) = self.make_anew(commit, planned, existing, id.clone(), app)?;
                (instance, change, initial)
            }
        };
        let new = NewDeployment {
            id,
            target: instance.target(),
            kind: DeploymentKind::Deploy,
            target_created_at: instance.created_at,
            initial_state,
            target_state: state.into(),
            service_operation_id: self.operation_id.cloned(),
        };
        let (deployment, began) = Deployment::new(new, now);
        commit.create(&deployment);
        commit.write(Write::RequireInhabitable(instance.environment.clone(), now));
        commit.write(Write::Put(environment_reference(&instance, &instance.environment).into()));
        if self.operation_id.is_none() {
            commit.write(Write::Put(version_reference(&instance, self.version).into()));
        }
        commit.announce(StatusEvent::service_instance(app.location(), &instance, change));
        commit.announce(StatusEvent::deployment(app.location(), &deployment, began));
        Ok((instance, deployment))
    }

    fn state(&self, planned: &PlannedInstance) -> DeploymentState {
        let pipeline = self.pipeline.and_then(|it| it.deployable.last_succeeded_deployment_id.clone());
        DeploymentState {
            environment_deployment_id: planned.environment.deployable.last_succeeded_deployment_id.clone(),
            pipeline_deployment_id: pipeline,
            ..DeploymentState::new(self.template.clone(), self.version, self.spec.clone())
        }
    }

    fn make(
        &self,
        planned: &PlannedInstance,
        state: DeploymentState,
        id: Identifier,
        app: &App,
    ) -> (ServiceInstance, DeploymentTransition) {
        let new = NewServiceInstance {
            service: self.service.clone(),
            name: planned.name.clone(),
            environment: planned.environment.name.clone(),
            state,
            tags: self.tags.clone(),
        };
        let (mut instance, change) = ServiceInstance::new(new, id, app.now());
        instance.last_client_request_token = self.client_token.cloned();
        (instance, change)
    }

    fn make_anew(
        &self,
        commit: &mut Commit,
        planned: &PlannedInstance,
        mut instance: ServiceInstance,
        id: Identifier,
        app: &App,
    ) -> Result<(ServiceInstance, DeploymentTransition)> {
        let before = instance.version;
        let change = instance.update(id, &self.state(planned), app.now())?;
        if instance.version != before {
            // The service refers to the new version, and the instance itself once its deployment ends.
            commit.write(Write::Remove(Key::Reference(version_reference(&instance, before))));
        }
        if instance.environment != planned.environment.name {
            let left = environment_reference(&instance, &instance.environment);
            commit.write(Write::Remove(Key::Reference(left)));
            instance.environment = planned.environment.name.clone();
        }
        instance.last_client_request_token = self.client_token.cloned();
        Ok((commit.replace(instance), change))
    }
}

fn version_reference(instance: &ServiceInstance, version: VersionNumber) -> Reference {
    let (kind, name) = (TemplateKind::Service, instance.template.clone());
    Reference { referent: Referent::TemplateVersion { kind, name, version }, referrer: referrer(instance) }
}

fn referrer(instance: &ServiceInstance) -> Referrer {
    Referrer::ServiceInstance { service: instance.service.clone(), name: instance.name.clone() }
}

fn environment_reference(instance: &ServiceInstance, environment: &ResourceName) -> Reference {
    Reference { referent: Referent::Environment { name: environment.clone() }, referrer: referrer(instance) }
}

/// The reference of a service to the template version that its operation deploys.
pub(crate) fn operation_reference(
    service: &ResourceName,
    template: &ResourceName,
    version: VersionNumber,
) -> Reference {
    Reference {
        referent: Referent::TemplateVersion { kind: TemplateKind::Service, name: template.clone(), version },
        referrer: Referrer::Service { name: service.clone() },
    }
}

/// Refuses more instances than a service may have. Those count whose removal failed.
///
/// # Errors
/// [`Error::QuotaExceeded`].
pub(crate) fn require_quota(app: &App, service: &ResourceName, instances: usize) -> Result<()> {
    let most = app.installation.quotas.instances_per_service;
    if instances as u64 <= most {
        return Ok(());
    }
    Err(Error::QuotaExceeded(format!(
        "the service '{service}' would have {instances} instances, and {most} are allowed; remove instances that \
         are not needed, or spread them over several services"
    )))
}
