//! DeleteService (behaviour 2.4).

use protium_domain::deployable::HeldFor;
use protium_domain::deployment::{Deployment, Retention};
use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::service::{Service, ServiceOperation, ServicePhase, ServiceStatus, ServiceTrigger};
use protium_domain::service_instance::ServiceInstance;
use protium_domain::service_pipeline::ServicePipeline;

use super::making::{REMOVAL_WRITES, ROOM};
use super::{ServiceView, described};
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt};
use crate::race::Races;
use crate::service_pipeline::{pipeline_deletion, service_pipeline_of};
use crate::service_settle::{DeploymentRun, PartDeletion, instance_deletion, service_instances};
use crate::workflow;

/// Begins the deletion of a service with all its instances and its pipeline; the service as it is now, or nothing when it
/// was gone already (behaviour 2.0 rule 4).
///
/// # Errors
/// [`Error::Conflict`] while the service, one of its instances or its pipeline is in progress, or a component is attached,
/// and when it has more instances than one commit can mark.
pub async fn service_delete(app: &App, name: &ResourceName) -> Result<Option<ServiceView>> {
    service_delete_retaining(app, name, None).await
}

/// As [`service_delete`]; `retention` says what a forced deletion lets stay.
pub(crate) async fn service_delete_retaining(
    app: &App,
    name: &ResourceName,
    retention: Option<Retention>,
) -> Result<Option<ServiceView>> {
    let mut races = Races::few();
    loop {
        let found: Option<Service> = app.store.find(Key::Service(name.clone())).await?;
        let Some(service) = found else { return Ok(None) };
        if service.status() == ServiceStatus::DeleteInProgress {
            return Ok(Some(ServiceView::load(app, service).await?));
        }
        let instances = service_instances(app, name).await?;
        let pipeline = service_pipeline_of(app, name).await?;
        require_idle(&service, &instances, pipeline.as_ref())?;
        let (commit, service) = begin(app, service, instances, pipeline, retention)?;
        match commit.submit(app).await {
            Ok(()) => return Ok(Some(ServiceView::load(app, service).await?)),
            Err(error) => races.lost(error, &described(name))?,
        }
    }
}

fn require_idle(
    service: &Service,
    instances: &[ServiceInstance],
    pipeline: Option<&ServicePipeline>,
) -> Result<()> {
    if service.status().is_in_progress() {
        return Err(Error::Conflict(format!(
            "{} is {}; wait until it has ended",
            described(&service.name),
            service.status()
        )));
    }
    let attached =
        instances.iter().find_map(|instance| instance.component.as_ref().zip(Some(&instance.name)));
    if let Some((component, instance)) = attached {
        return Err(Error::Conflict(format!(
            "{} can't be deleted while the component '{component}' is attached to its instance '{instance}'; detach it first",
            described(&service.name)
        )));
    }
    let instances =
        instances.iter().map(|it| (format!("its instance '{}'", it.name), it.deployable.status()));
    let pipeline = pipeline.map(|pipeline| ("its pipeline".to_owned(), pipeline.deployable.status()));
    match instances.chain(pipeline).find(|(_, status)| status.is_in_progress()) {
        Some((what, status)) => Err(Error::Conflict(format!(
            "{} can't be deleted while {what} is {status}; wait until its deployment has ended",
            described(&service.name)
        ))),
        None => Ok(()),
    }
}

/// All instances are begun to be removed, or marked, in one commit.
fn require_fits(commit: &Commit, service: &ResourceName, instances: usize) -> Result<()> {
    if commit.len() <= ROOM {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "{} can't be deleted with {instances} instances at once; remove some with UpdateService first",
        described(service)
    )))
}

fn begin(
    app: &App,
    mut service: Service,
    instances: Vec<ServiceInstance>,
    pipeline: Option<ServicePipeline>,
    retention: Option<Retention>,
) -> Result<(Commit, Service)> {
    let now = app.now();
    let operation_id = app.ids.identifier();
    let mut commit = Commit::new(Partition::Service(service.name.clone()));
    let part = PartDeletion { operation_id: Some(&operation_id), retention };
    let count = instances.len();
    let (mut deletions, left) = instances_remove(app, &mut commit, instances, part)?;
    require_fits(&commit, &service.name, count)?;
    if let Some(pipeline) = pipeline {
        deletions.extend(pipeline_deletion(app, &mut commit, pipeline, part));
    }
    let runs: Vec<DeploymentRun> = deletions.iter().map(DeploymentRun::of).collect();
    let ids = runs.iter().map(|run| run.deployment_id.clone()).collect();
    let operation = ServiceOperation::new(operation_id, ServicePhase::Removals, ids, None, now);
    let operation = ServiceOperation { retention, ..operation.with_pending(left) };
    commit.start(workflow::service_start(&service.name, &operation, &runs));
    let change = service.begin(ServiceTrigger::Delete, operation, None, now)?;
    let service = commit.replace(service);
    commit.announce(StatusEvent::service(app.location(), &service, change));
    Ok((commit, service))
}

/// Begins to remove as many instances as one commit holds, and marks the others, so that nobody else begins anything with
/// them; the deletions of those that are begun, and the names of those that are left.
fn instances_remove(
    app: &App,
    commit: &mut Commit,
    instances: Vec<ServiceInstance>,
    part: PartDeletion<'_>,
) -> Result<(Vec<Deployment>, Vec<ResourceName>)> {
    let (mut deletions, mut left, mut rest) = (Vec::new(), Vec::new(), instances.len());
    for mut instance in instances {
        rest -= 1;
        if commit.len() + rest + REMOVAL_WRITES <= ROOM {
            deletions.extend(instance_deletion(app, commit, instance, part));
            continue;
        }
        left.push(instance.name.clone());
        let change = instance.deployable.hold(HeldFor::Delete)?;
        let instance = commit.replace(instance);
        commit.announce(StatusEvent::service_instance(app.location(), &instance, change));
    }
    Ok((deletions, left))
}
