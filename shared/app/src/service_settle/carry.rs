//! Carrying out what was decided: one commit each, under the condition that the service is as it was read.

use protium_domain::deployment::{Deployment, DeploymentState};
use protium_domain::event::StatusEvent;
use protium_domain::identifier::Identifier;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::service::{Service, ServiceOperation, ServicePhase, ServiceTrigger};
use protium_domain::service_instance::ServiceInstance;
use protium_domain::service_pipeline::ServicePipeline;
use protium_domain::sync::SyncSubject;

use super::begin::{PartDeletion, instances_make, instances_remove};
use super::decide::{Decision, Records};
use super::{DeploymentRun, Settlement};
use crate::commit::Commit;
use crate::context::App;
use crate::error::Error;
use crate::ports::{CommitError, Key, PortError, StoreExt, Write};
use crate::service::operation_reference;
use crate::service_pipeline::{pipeline_deletion, pipeline_release, pipeline_stay};
use crate::sync::sync_config_forget;
use crate::workflow::deployment_runs;

/// What the machine does next; nothing when it is still to be decided, because a step was only begun.
type Settled = std::result::Result<Option<Settlement>, Failure>;

/// Why a decision could not be carried out.
#[derive(Debug)]
pub(super) enum Failure {
    /// Somebody else changed one of the records.
    Race,
    /// Something failed.
    Error(Error),
}

impl From<CommitError> for Failure {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Condition(_) => Self::Race,
            CommitError::Port(error) => Self::Error(error.into()),
        }
    }
}

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        Self::Error(error.into())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Does what the records ask for.
pub(super) async fn carry_out(app: &App, records: Records) -> Settled {
    match records.decide() {
        Decision::Begin => begin(app, records).await,
        Decision::Wait => Ok(Some(Settlement::wait(deployment_runs(app, &records.operation).await?))),
        Decision::Nothing => Ok(Some(Settlement::done())),
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

/// Begins instances that an earlier commit had no room for.
async fn begin(app: &App, mut records: Records) -> Settled {
    let mut commit = commit_of(&records.service);
    let runs = if records.is_making() {
        instances_make(app, &mut commit, &mut records).await?
    } else {
        let is_clean_up = records.is_cleaning_up();
        instances_remove(app, &mut commit, &mut records.operation, &records.instances, is_clean_up)
    };
    let Records { mut service, mut operation, .. } = records;
    operation.deployment_ids.extend(ids(&runs));
    operation.watch = operation.watch.seen_alive(app.now());
    service.operation = Some(operation);
    commit.replace(service);
    commit.submit(app).await?;
    Ok(None)
}

/// The new instances stand: the service has its new spec from now on, and those that it leaves out are removed.
async fn remove_instances(app: &App, records: Records) -> Settled {
    let Records { mut service, operation, instances, .. } = records;
    let mut commit = commit_of(&service);
    let held = instances.iter().filter(|instance| instance.deployable.is_held());
    let held = held.map(|instance| instance.name.clone()).collect();
    let next = operation.next(ServicePhase::Removals, Vec::new(), app.now());
    let mut operation = next.with_pending(held);
    let runs = instances_remove(app, &mut commit, &mut operation, &instances, false);
    adopt_spec(&mut service);
    let begun = begun(&mut operation, runs);
    service.operation = Some(operation);
    commit.replace(service);
    commit.submit(app).await?;
    Ok(begun)
}

/// The phase that `operation` is in has begun with these runs; nothing is to be told while more are pending.
fn begun(operation: &mut ServiceOperation, runs: Vec<DeploymentRun>) -> Option<Settlement> {
    operation.deployment_ids.extend(ids(&runs));
    operation.pending.is_empty().then(|| Settlement::next(operation.phase, runs))
}

/// All instances are as they shall be: the pipeline follows.
async fn provision_pipeline(app: &App, records: Records, failure: Option<String>) -> Settled {
    let waiting = waiting_deployment(app, records.pipeline.as_ref()).await?;
    let Records { mut service, mut operation, pipeline, .. } = records;
    let Some(pipeline) = pipeline else { return Ok(Some(Settlement::done())) };
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
    Ok(Some(Settlement::next(ServicePhase::Pipeline, runs)))
}

/// Something failed: removes what this operation made, and gives back what it only marked. The spec stays the old one.
async fn clean_up(app: &App, records: Records, message: Option<String>) -> Settled {
    let mut commit = commit_of(&records.service);
    let is_marked = |instance: &&ServiceInstance| instance.deployable.is_held();
    let marked = records.instances.iter().filter(is_marked).map(|instance| instance.name.clone());
    let mut pending: Vec<ResourceName> = marked.collect();
    pending.extend(records.made_instances().into_iter().map(|instance| instance.name));
    let pipeline = give_up_pipeline(app, &mut commit, &records).await?;
    let Records { mut service, operation, instances, .. } = records;
    let now = app.now();
    let mut operation = operation.next(ServicePhase::Removals, Vec::new(), now).with_pending(pending);
    let mut runs = instances_remove(app, &mut commit, &mut operation, &instances, true);
    runs.extend(pipeline);
    let begun = begun(&mut operation, runs);
    let Ok(change) = service.begin(ServiceTrigger::CleanUp, operation, message, now) else {
        return Ok(Some(Settlement::done()));
    };
    let service = commit.replace(service);
    commit.announce(StatusEvent::service(app.location(), &service, change));
    commit.submit(app).await?;
    Ok(begun)
}

/// The pipeline is as it was, if its turn had not come; one that failed is removed, because the creation that it was part
/// of is undone.
async fn give_up_pipeline(
    app: &App,
    commit: &mut Commit,
    records: &Records,
) -> Result<Option<DeploymentRun>, PortError> {
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
        give_up_pipeline(app, &mut commit, &records).await?;
    }
    let mut service = records.service;
    if matches!(trigger, ServiceTrigger::Succeed | ServiceTrigger::RemovalFail) {
        adopt_spec(&mut service);
    }
    forget_version(&mut commit, &service);
    let Ok(change) = service.end(trigger, message, app.now()) else { return Ok(Some(Settlement::done())) };
    let service = commit.replace(service);
    commit.announce(StatusEvent::service(app.location(), &service, change));
    commit.submit(app).await?;
    Ok(Some(Settlement::done()))
}

async fn remove(app: &App, service: Service) -> Settled {
    let mut commit = commit_of(&service);
    sync_config_forget(app, &mut commit, SyncSubject::Service(service.name.clone())).await?;
    let service = commit.delete(service);
    commit.announce(StatusEvent::service_deleted(app.location(), &service));
    commit.submit(app).await?;
    Ok(Some(Settlement::done()))
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
