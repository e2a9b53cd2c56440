//! The step `Settle` of the `service` state machine: decides, by what the table says, how an operation goes on.
//!
//! The machine runs one `provision` execution per deployment and asks this step afterwards. The step trusts nothing
//! but the deployments' records: whichever executions failed, ran twice or were started by the reconciler, an
//! operation settles when all its deployments are closed.

use protium_domain::deployable::{DeploymentStatus, Stack};
use protium_domain::deployment::{Deployment, DeploymentKind, DeploymentTarget, NewDeployment};
use protium_domain::event::StatusEvent;
use protium_domain::identifier::Identifier;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::service::{Service, ServiceOperation, ServiceStatus, ServiceTrigger};
use protium_domain::service_instance::ServiceInstance;
use protium_domain::watch::Watch;
use serde::Serialize;

use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{CommitError, Key, ListQuery, StoreExt};
use crate::{Page, PageRequest};

/// How often the commit is tried again after somebody else changed one of the records.
const RACES: usize = 8;

/// A deployment to run, for the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentRun {
    /// The deployment.
    pub deployment_id: Identifier,
    /// The name of its execution.
    pub execution_name: String,
}

impl DeploymentRun {
    /// The run of this deployment's current attempt.
    #[must_use]
    pub fn of(deployment: &Deployment) -> Self {
        Self { deployment_id: deployment.id.clone(), execution_name: deployment.execution_name() }
    }
}

/// What the state machine does next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Settlement {
    /// The operation is over.
    pub done: bool,
    /// A deployment still runs: ask again later.
    pub wait: bool,
    /// Deployments to run before asking again.
    pub cleanup: Vec<DeploymentRun>,
}

impl Settlement {
    fn done() -> Self {
        Self { done: true, ..Self::default() }
    }

    fn wait() -> Self {
        Self { wait: true, ..Self::default() }
    }
}

/// Settles the operation `operation_id` of a service. An operation that is over stays over: asking again changes nothing.
///
/// # Errors
/// [`Error`] when a port fails; the step is repeated then.
pub async fn settle(app: &App, service: &ResourceName, operation_id: &Identifier) -> Result<Settlement> {
    for _ in 0..RACES {
        let found: Option<Service> = app.store.find(Key::Service(service.clone())).await?;
        let Some((service, operation)) = found.and_then(|service| current(service, operation_id)) else {
            return Ok(Settlement::done());
        };
        let deployments = deployments(app, &operation).await?;
        if deployments.iter().any(Deployment::is_open) {
            return Ok(Settlement::wait());
        }
        match decide(app, service, &deployments).await {
            Ok(settlement) => return Ok(settlement),
            Err(CommitError::Condition(_)) => {}
            Err(CommitError::Port(error)) => return Err(error.into()),
        }
    }
    Err(Error::Throttling(format!("the records of service {service} are changed by others all the time")))
}

/// The service with its operation, if that is still the one asked for.
fn current(service: Service, operation_id: &Identifier) -> Option<(Service, ServiceOperation)> {
    let operation = service.operation.clone().filter(|operation| operation.id == *operation_id)?;
    Some((service, operation))
}

async fn deployments(app: &App, operation: &ServiceOperation) -> Result<Vec<Deployment>> {
    let keys: Vec<Key> = operation.deployment_ids.iter().cloned().map(Key::Deployment).collect();
    let found = app.store.get_many(&keys).await?;
    // A deployment that somebody deleted from the history is closed: only closed ones can be.
    Ok(found.into_iter().flatten().filter_map(crate::ports::Record::from_entity).collect())
}

/// All deployments are closed: what follows?
async fn decide(
    app: &App,
    service: Service,
    deployments: &[Deployment],
) -> std::result::Result<Settlement, CommitError> {
    let failed: Vec<&Deployment> = deployments.iter().filter(|deployment| is_failed(deployment)).collect();
    let message = failure_message(&failed);
    match service.status() {
        ServiceStatus::DeleteInProgress if failed.is_empty() => remove(app, service).await,
        ServiceStatus::DeleteInProgress => end(app, service, ServiceTrigger::DeleteFail, message).await,
        ServiceStatus::CreateFailedCleanupInProgress | ServiceStatus::UpdateFailedCleanupInProgress => {
            let trigger =
                if failed.is_empty() { ServiceTrigger::CleanedUp } else { ServiceTrigger::CleanUpFail };
            // The reason of the failure that led here says more than the clean-up's own.
            let earlier = service.status_message().map(str::to_owned);
            let message = [earlier, message].into_iter().flatten().collect::<Vec<_>>().join("\n");
            end(app, service, trigger, Some(message)).await
        }
        ServiceStatus::CreateInProgress | ServiceStatus::UpdateInProgress if failed.is_empty() => {
            end(app, service, ServiceTrigger::Succeed, None).await
        }
        ServiceStatus::CreateInProgress | ServiceStatus::UpdateInProgress => {
            clean_up(app, service, deployments, message).await
        }
        _ => Ok(Settlement::done()),
    }
}

fn is_failed(deployment: &Deployment) -> bool {
    !matches!(deployment.status(), DeploymentStatus::Succeeded | DeploymentStatus::DeleteComplete)
}

fn failure_message(failed: &[&Deployment]) -> Option<String> {
    let lines: Vec<String> = failed
        .iter()
        .map(|deployment| {
            format!(
                "{}: {}",
                deployment.target,
                deployment.status_message().unwrap_or("failed without a reason")
            )
        })
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

async fn end(
    app: &App,
    mut service: Service,
    trigger: ServiceTrigger,
    message: Option<String>,
) -> std::result::Result<Settlement, CommitError> {
    let Ok(change) = service.end(trigger, message, app.now()) else { return Ok(Settlement::done()) };
    let mut commit = Commit::new(Partition::Service(service.name.clone()));
    let service = commit.replace(service);
    commit.announce(StatusEvent::service(app.location(), &service, change));
    commit.submit(app).await?;
    Ok(Settlement::done())
}

async fn remove(app: &App, service: Service) -> std::result::Result<Settlement, CommitError> {
    let mut commit = Commit::new(Partition::Service(service.name.clone()));
    let service = commit.delete(service);
    commit.announce(StatusEvent::service_deleted(app.location(), &service));
    commit.submit(app).await?;
    Ok(Settlement::done())
}

/// Something failed: removes the instances that this operation made, or ends at once when nothing was provisioned
/// (behaviour 3.3).
async fn clean_up(
    app: &App,
    mut service: Service,
    deployments: &[Deployment],
    message: Option<String>,
) -> std::result::Result<Settlement, CommitError> {
    let made = made_instances(app, &service, deployments).await?;
    if made.iter().all(|instance| instance.deployable.stack.as_ref().is_none_or(Stack::was_never_asked_for)) {
        return end(app, service, ServiceTrigger::Fail, message).await;
    }
    let now = app.now();
    let operation_id = match &service.operation {
        Some(operation) => operation.id.clone(),
        None => return Ok(Settlement::done()),
    };
    let mut commit = Commit::new(Partition::Service(service.name.clone()));
    let mut runs = Vec::new();
    for instance in made {
        runs.extend(instance_deletion(app, &mut commit, instance, &operation_id));
    }
    let operation = ServiceOperation {
        id: operation_id,
        deployment_ids: runs.iter().map(|run| run.deployment_id.clone()).collect(),
        watch: service
            .operation
            .as_ref()
            .map_or_else(|| Watch::begin(now), |operation| operation.watch.seen_alive(now)),
    };
    let Ok(change) = service.begin(ServiceTrigger::CleanUp, operation, message, now) else {
        return Ok(Settlement::done());
    };
    let service = commit.replace(service);
    commit.announce(StatusEvent::service(app.location(), &service, change));
    commit.submit(app).await?;
    Ok(Settlement { cleanup: runs, ..Settlement::default() })
}

/// The instances that the operation's deployments were the first deployments of.
async fn made_instances(
    app: &App,
    service: &Service,
    deployments: &[Deployment],
) -> std::result::Result<Vec<ServiceInstance>, CommitError> {
    let instances = service_instances(app, &service.name).await?;
    let is_made = |instance: &ServiceInstance| {
        deployments.iter().any(|deployment| {
            deployment.initial_state.is_none()
                && deployment.target == instance.target()
                && deployment.kind == DeploymentKind::Deploy
        })
    };
    Ok(instances.into_iter().filter(is_made).collect())
}

/// All instances of a service.
pub(crate) async fn service_instances(
    app: &App,
    service: &ResourceName,
) -> std::result::Result<Vec<ServiceInstance>, crate::ports::PortError> {
    let query = ListQuery::ServiceInstancesOfService(service.clone());
    let mut instances = Vec::new();
    let mut after = None;
    loop {
        let Page { items, next } = app.store.page(&query, &PageRequest { limit: 100, after }).await?;
        instances.extend(items);
        match next {
            Some(position) => after = Some(position),
            None => return Ok(instances),
        }
    }
}

/// Adds the deletion of one instance to `commit`; nothing when it is in progress already.
pub(crate) fn instance_deletion(
    app: &App,
    commit: &mut Commit,
    mut instance: ServiceInstance,
    operation_id: &Identifier,
) -> Option<DeploymentRun> {
    let now = app.now();
    let id = app.ids.identifier();
    let change = instance.deployable.delete(id.clone(), now).ok()?;
    let new = NewDeployment {
        id,
        target: DeploymentTarget::clone(&instance.target()),
        kind: DeploymentKind::Delete,
        target_created_at: instance.created_at,
        initial_state: Some(instance.state().into()),
        target_state: instance.state().into(),
        service_operation_id: Some(operation_id.clone()),
    };
    let (deployment, deployment_change) = Deployment::new(new, now);
    let instance = commit.replace(instance);
    commit.announce(StatusEvent::service_instance(app.location(), &instance, change));
    commit.create(&deployment);
    commit.announce(StatusEvent::deployment(app.location(), &deployment, deployment_change));
    Some(DeploymentRun::of(&deployment))
}
