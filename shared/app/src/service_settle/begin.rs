//! Beginning the instances of a phase: as many at once as one commit holds. The names of the others stay pending, and the
//! next commit goes on with them, whoever makes it.

use protium_bundle::{InstanceSection, ServiceSpec};
use protium_domain::deployment::{Deployment, DeploymentKind, NewDeployment, Retention};
use protium_domain::event::StatusEvent;
use protium_domain::identifier::Identifier;
use protium_domain::service::{ServiceOperation, ServiceTarget};
use protium_domain::service_instance::ServiceInstance;
use protium_domain::template::TemplateKind;
use protium_domain::version::VersionNumber;

use super::DeploymentRun;
use super::decide::Records;
use crate::artifact::document_load;
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::service::making::{Making, PlannedInstance, REMOVAL_WRITES, ROOM, instances_plan};
use crate::spec::invalid;
use crate::target_version::version_deployable;

/// Begins to make pending instances. What is invalid by now, such as an environment that is gone, fails the operation.
///
/// # Errors
/// [`Error`] when a port fails.
pub(super) async fn instances_make(
    app: &App,
    commit: &mut Commit,
    records: &mut Records,
) -> Result<Vec<DeploymentRun>> {
    let Some((target, version)) = deployed(&records.operation) else {
        return Err(Error::internal("an operation that makes instances says not of what"));
    };
    let planned = match planned(app, records, &target, version).await {
        Ok(planned) => planned,
        Err(Error::Validation(problem) | Error::Conflict(problem) | Error::NotFound(problem)) => {
            records.operation.pending.clear();
            records.operation.failure = Some(problem);
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let making = Making {
        service: &records.service.name,
        template: &records.service.template,
        version,
        spec: &target.spec,
        tags: &records.service.tags,
        pipeline: records.pipeline.as_ref(),
        operation_id: Some(&records.operation.id),
        client_token: None,
    };
    let (runs, left) = making.stage_some(app, commit, &planned)?;
    records.operation.pending = left;
    Ok(runs)
}

fn deployed(operation: &ServiceOperation) -> Option<(ServiceTarget, VersionNumber)> {
    let target = operation.target.clone()?;
    let version = target.version?;
    Some((target, version))
}

async fn planned(
    app: &App,
    records: &Records,
    target: &ServiceTarget,
    version: VersionNumber,
) -> Result<Vec<PlannedInstance>> {
    let (kind, template) = (TemplateKind::Service, &records.service.template);
    let version = version_deployable(app, kind, template, version).await?;
    let spec = document_load(&*app.artifacts, &target.spec).await?;
    let spec = ServiceSpec::parse(&spec).map_err(invalid)?;
    let is_pending = |section: &&InstanceSection| {
        records.operation.pending.iter().any(|name| name.as_str() == section.name())
    };
    let sections: Vec<&InstanceSection> = spec.instances().iter().filter(is_pending).collect();
    instances_plan(app, &sections, &records.instances, &version).await
}

/// Begins to remove pending instances. A clean-up removes what the operation made, and gives back to others the status
/// that they had before they were marked.
pub(super) fn instances_remove(
    app: &App,
    commit: &mut Commit,
    operation: &mut ServiceOperation,
    instances: &[ServiceInstance],
    is_clean_up: bool,
) -> Vec<DeploymentRun> {
    let mut runs = Vec::new();
    let (id, retention) = (operation.id.clone(), operation.retention);
    let part = PartDeletion { operation_id: Some(&id), retention };
    for name in std::mem::take(&mut operation.pending) {
        let Some(instance) = instances.iter().find(|instance| instance.name == name).cloned() else {
            continue;
        };
        if commit.len() + REMOVAL_WRITES > ROOM {
            operation.pending.push(name);
        } else if !instance.deployable.is_held() {
            runs.extend(instance_deletion(app, commit, instance, part).as_ref().map(DeploymentRun::of));
        } else if is_clean_up {
            instance_restore(app, commit, instance);
        } else {
            runs.push(instance_release(app, commit, instance, part));
        }
    }
    runs
}

fn instance_restore(app: &App, commit: &mut Commit, mut instance: ServiceInstance) {
    if let Some(change) = instance.deployable.restore() {
        let instance = commit.replace(instance);
        commit.announce(StatusEvent::service_instance(app.location(), &instance, change));
    }
}

/// Adds the deletion that an instance is marked for to `commit`.
fn instance_release(
    app: &App,
    commit: &mut Commit,
    mut instance: ServiceInstance,
    part: PartDeletion<'_>,
) -> DeploymentRun {
    let (now, id) = (app.now(), app.ids.identifier());
    instance.deployable.release(id.clone(), now);
    let (mut deployment, began) = Deployment::new(deletion(&instance, id, part.operation_id), now);
    deployment.retention = part.retention;
    commit.replace(instance);
    commit.create(&deployment);
    commit.announce(StatusEvent::deployment(app.location(), &deployment, began));
    DeploymentRun::of(&deployment)
}

/// Why a part of a service is deleted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PartDeletion<'a> {
    /// The service's operation; nothing when the part is deleted by itself.
    pub(crate) operation_id: Option<&'a Identifier>,
    /// What a forced deletion lets stay.
    pub(crate) retention: Option<Retention>,
}

impl<'a> PartDeletion<'a> {
    /// For an operation of the service.
    pub(crate) const fn of(operation_id: &'a Identifier) -> Self {
        Self { operation_id: Some(operation_id), retention: None }
    }
}

/// Adds the deletion of one instance to `commit`; nothing when it is in progress already.
pub(crate) fn instance_deletion(
    app: &App,
    commit: &mut Commit,
    mut instance: ServiceInstance,
    part: PartDeletion<'_>,
) -> Option<Deployment> {
    let (now, id) = (app.now(), app.ids.identifier());
    let change = instance.deployable.delete(id.clone(), now).ok()?;
    let (mut deployment, began) = Deployment::new(deletion(&instance, id, part.operation_id), now);
    deployment.retention = part.retention;
    let instance = commit.replace(instance);
    commit.announce(StatusEvent::service_instance(app.location(), &instance, change));
    commit.create(&deployment);
    commit.announce(StatusEvent::deployment(app.location(), &deployment, began));
    Some(deployment)
}

fn deletion(instance: &ServiceInstance, id: Identifier, operation_id: Option<&Identifier>) -> NewDeployment {
    NewDeployment {
        id,
        target: instance.target(),
        kind: DeploymentKind::Delete,
        target_created_at: instance.created_at,
        initial_state: Some(instance.state().into()),
        target_state: instance.state().into(),
        service_operation_id: operation_id.cloned(),
    }
}
