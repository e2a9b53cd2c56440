//! Carrying out what was decided: one commit each, under the condition that the service is as it was read.

use protium_domain::deployment::{Deployment, DeploymentKind, DeploymentState, NewDeployment, Retention};
use protium_domain::event::StatusEvent;
use protium_domain::identifier::Identifier;
use protium_domain::intent::Partition;
use protium_domain::service::{Service, ServicePhase, ServiceTrigger};
use protium_domain::service_instance::ServiceInstance;
use protium_domain::service_pipeline::ServicePipeline;
use protium_domain::sync::SyncSubject;

use super::decide::{Decision, Records};
use super::{DeploymentRun, Settlement};
use crate::commit::Commit;
use crate::context::App;
use crate::ports::{CommitError, Key, PortError, StoreExt, Write};
use crate::service::operation_reference;
use crate::service_pipeline::{pipeline_deletion, pipeline_release, pipeline_stay};
use crate::sync::sync_config_forget;
use crate::workflow::deployment_runs;

type Settled = std::result::Result<Settlement, CommitError>;

/// Does what the records ask for.
pub(super) async fn carry_out(app: &App, records: Records) -> Settled {
    match records.decide() {
        Decision::Wait => Ok(Settlement::wait(deployment_runs(app, &records.operation).await?)),
        Decision::Nothing => Ok(Settlement::done()),
        Decision::Removals => remove_instances(app, records).await,
        Decision::Pipeline(failure) => provision_pipeline(app, records, failure).await,
        Decision::CleanUp(message) => clean_up(app, records, message).await,
        Decision::End(trigger, message) => end(app, records, trigger, message).await,
        Decision::Remove => remove(app, records.service).await,
    }
}

fn commit_of(service: &Service) -> Commit {
    Commit::new(Partition::Service(service.name.clone()))
}

/// The new instances stand: the service has its new spec from now on, and those that it leaves out are removed.
async fn remove_instances(app: &App, records: Records) -> Settled {
    let Records { mut service, operation, instances, .. } = records;
    let (now, mut commit, mut runs) = (app.now(), commit_of(&service), Vec::new());
    for mut instance in instances.into_iter().filter(|instance| instance.deployable.is_held()) {
        let id = app.ids.identifier();
        instance.deployable.release(id.clone(), now);
        let (deployment, began) = Deployment::new(deletion(&instance, id, Some(&operation.id)), now);
        commit.replace(instance);
        commit.create(&deployment);
        commit.announce(StatusEvent::deployment(app.location(), &deployment, began));
        runs.push(DeploymentRun::of(&deployment));
    }
    adopt_spec(&mut service);
    service.operation = Some(operation.next(ServicePhase::Removals, ids(&runs), now));
    commit.replace(service);
    commit.submit(app).await?;
    Ok(Settlement::next(ServicePhase::Removals, runs))
}

/// All instances are as they shall be: the pipeline follows.
async fn provision_pipeline(app: &App, records: Records, failure: Option<String>) -> Settled {
    let waiting = waiting_deployment(app, records.pipeline.as_ref()).await?;
    let Records { mut service, mut operation, pipeline, .. } = records;
    let Some(pipeline) = pipeline else { return Ok(Settlement::done()) };
    let mut commit = commit_of(&service);
    let target = operation.target.as_ref();
    let version = target.and_then(|target| target.version).unwrap_or(pipeline.version);
    let state = DeploymentState {
        version: if pipeline.deployable.last_succeeded_deployment_id.is_some() {
            pipeline.version
        } else {
            version
        },
        spec: target.map_or_else(|| service.spec.clone(), |target| target.spec.clone()),
        ..pipeline.state()
    };
    let run = pipeline_release(app, &mut commit, pipeline, waiting, state, &operation.id);
    let runs: Vec<DeploymentRun> = run.into_iter().collect();
    adopt_spec(&mut service);
    operation.failure = failure;
    service.operation = Some(operation.next(ServicePhase::Pipeline, ids(&runs), app.now()));
    commit.replace(service);
    commit.submit(app).await?;
    Ok(Settlement::next(ServicePhase::Pipeline, runs))
}

/// Something failed: removes what this operation made, and gives back what it only marked. The spec stays the old one.
async fn clean_up(app: &App, records: Records, message: Option<String>) -> Settled {
    let mut commit = commit_of(&records.service);
    let mut runs = Vec::new();
    for instance in records.made_instances() {
        let deletion = PartDeletion::of(&records.operation.id);
        runs.extend(instance_deletion(app, &mut commit, instance, deletion).as_ref().map(DeploymentRun::of));
    }
    runs.extend(give_up_rest(app, &mut commit, &records).await?);
    let Records { mut service, operation, .. } = records;
    let now = app.now();
    let operation = operation.next(ServicePhase::Removals, ids(&runs), now);
    let Ok(change) = service.begin(ServiceTrigger::CleanUp, operation, message, now) else {
        return Ok(Settlement::done());
    };
    let service = commit.replace(service);
    commit.announce(StatusEvent::service(app.location(), &service, change));
    commit.submit(app).await?;
    Ok(Settlement::next(ServicePhase::Removals, runs))
}

/// Marked instances are as they were. So is the pipeline, if its turn had not come; one that failed is removed, because
/// the creation that it was part of is undone.
async fn give_up_rest(
    app: &App,
    commit: &mut Commit,
    records: &Records,
) -> Result<Option<DeploymentRun>, PortError> {
    for instance in records.instances.iter().filter(|instance| instance.deployable.is_held()) {
        let mut instance = instance.clone();
        if let Some(change) = instance.deployable.restore() {
            let instance = commit.replace(instance);
            commit.announce(StatusEvent::service_instance(app.location(), &instance, change));
        }
    }
    let Some(pipeline) = records.pipeline.clone() else { return Ok(None) };
    if pipeline.deployable.status().is_in_progress() {
        let waiting = waiting_deployment(app, Some(&pipeline)).await?;
        let arn = |instance: &ServiceInstance| app.location().arn(&instance.target().resource());
        pipeline_stay(app, commit, pipeline, waiting, &records.pipeline_cancellation(arn));
        return Ok(None);
    }
    let is_part = records.is_at_work(&pipeline.deployable);
    let deletion = PartDeletion::of(&records.operation.id);
    let begun = if is_part { pipeline_deletion(app, commit, pipeline, deletion) } else { None };
    Ok(begun.as_ref().map(DeploymentRun::of))
}

async fn end(app: &App, records: Records, trigger: ServiceTrigger, message: Option<String>) -> Settled {
    let mut commit = commit_of(&records.service);
    let has_failed_early =
        trigger == ServiceTrigger::Fail && records.operation.phase == ServicePhase::Instances;
    if has_failed_early {
        give_up_rest(app, &mut commit, &records).await?;
    }
    let mut service = records.service;
    if matches!(trigger, ServiceTrigger::Succeed | ServiceTrigger::RemovalFail) {
        adopt_spec(&mut service);
    }
    forget_version(&mut commit, &service);
    let Ok(change) = service.end(trigger, message, app.now()) else { return Ok(Settlement::done()) };
    let service = commit.replace(service);
    commit.announce(StatusEvent::service(app.location(), &service, change));
    commit.submit(app).await?;
    Ok(Settlement::done())
}

async fn remove(app: &App, service: Service) -> Settled {
    let mut commit = commit_of(&service);
    sync_config_forget(app, &mut commit, SyncSubject::Service(service.name.clone())).await?;
    let service = commit.delete(service);
    commit.announce(StatusEvent::service_deleted(app.location(), &service));
    commit.submit(app).await?;
    Ok(Settlement::done())
}

/// The spec of the operation becomes the service's.
fn adopt_spec(service: &mut Service) {
    if let Some(target) = service.operation.as_ref().and_then(|operation| operation.target.clone()) {
        service.spec = target.spec;
        service.version = target.version.or(service.version);
    }
}

/// The operation is over: whatever it deployed refers to the template version by itself.
fn forget_version(commit: &mut Commit, service: &Service) {
    let target = service.operation.as_ref().and_then(|operation| operation.target.as_ref());
    if let Some(version) = target.and_then(|target| target.version) {
        let reference = operation_reference(&service.name, &service.template, version);
        commit.write(Write::Remove(Key::Reference(reference)));
    }
}

/// The first deployment of a pipeline whose turn hasn't come.
async fn waiting_deployment(
    app: &App,
    pipeline: Option<&ServicePipeline>,
) -> Result<Option<Deployment>, PortError> {
    let Some(pipeline) = pipeline.filter(|pipeline| !pipeline.deployable.is_held()) else { return Ok(None) };
    app.store.find(Key::Deployment(pipeline.deployable.last_attempted_deployment_id.clone())).await
}

fn ids(runs: &[DeploymentRun]) -> Vec<Identifier> {
    runs.iter().map(|run| run.deployment_id.clone()).collect()
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
