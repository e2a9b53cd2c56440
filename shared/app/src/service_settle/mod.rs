//! The step `Settle` of the `service` state machine: decides, by what the table says, how an operation goes on.
//!
//! An operation goes through phases: instances, removals, pipeline (behaviour 3.3). The machine runs one `provision`
//! execution per deployment of a phase and asks this step afterwards. What follows is decided by a pure function over the
//! records (`decide`) and committed at once; an empty phase is passed over. Whoever comes second finds the next phase
//! under way, and waits; but first they see to it that its deployments run, because the one who came first may have died
//! before anybody heard their answer.
//!
//! A phase with more instances than one commit holds is begun by several. The operation names those that are pending, so
//! nobody has to know how many commits there were, or who made them.

mod begin;
mod carry;
mod decide;

use protium_domain::deployment::Deployment;
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;
use protium_domain::service::{Service, ServicePhase};
use protium_domain::service_instance::ServiceInstance;
use serde::Serialize;

pub(crate) use begin::{PartDeletion, instance_deletion};

use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, ListQuery, PortError, StoreExt};
use crate::service_pipeline::service_pipeline_of;
use crate::{Page, PageRequest};
use carry::Failure;
use decide::Records;

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
    /// A deployment still runs: ask again later, after its execution has been started once more, in case nobody did.
    pub wait: bool,
    /// The phase that has begun; for people who read the machine's history.
    pub phase: Option<ServicePhase>,
    /// Deployments to run before asking again; those that run already are waited for.
    pub deployments: Vec<DeploymentRun>,
}

impl Settlement {
    fn done() -> Self {
        Self { done: true, ..Self::default() }
    }

    fn wait(deployments: Vec<DeploymentRun>) -> Self {
        Self { wait: true, deployments, ..Self::default() }
    }

    fn next(phase: ServicePhase, deployments: Vec<DeploymentRun>) -> Self {
        Self { phase: Some(phase), deployments, ..Self::default() }
    }
}

/// Settles the operation `operation_id` of a service. An operation that is over stays over: asking again changes nothing.
///
/// # Errors
/// [`Error`] when a port fails; the step is repeated then.
pub async fn settle(app: &App, service: &ResourceName, operation_id: &Identifier) -> Result<Settlement> {
    let (mut races, mut has_begun) = (0, false);
    while races < RACES {
        let Some(records) = records(app, service, operation_id).await? else {
            return Ok(Settlement::done());
        };
        let phase = records.operation.phase;
        match carry::carry_out(app, records).await {
            // What has just begun is started at once.
            Ok(Some(settlement)) if settlement.wait && has_begun => {
                return Ok(Settlement::next(phase, settlement.deployments));
            }
            Ok(Some(settlement)) => return Ok(settlement),
            Ok(None) => has_begun = true,
            Err(Failure::Race) => races += 1,
            Err(Failure::Error(error)) => return Err(error),
        }
    }
    Err(Error::Throttling(format!("the records of service {service} are changed by others all the time")))
}

/// The service with its parts, if the operation is still the one asked for.
async fn records(app: &App, name: &ResourceName, operation_id: &Identifier) -> Result<Option<Records>> {
    let found: Option<Service> = app.store.find(Key::Service(name.clone())).await?;
    let Some(service) = found else { return Ok(None) };
    let operation = service.operation.clone().filter(|operation| operation.id == *operation_id);
    let Some(operation) = operation else { return Ok(None) };
    let instances = service_instances(app, name).await?;
    let pipeline = service_pipeline_of(app, name).await?;
    Ok(Some(Records { service, operation, instances, pipeline }))
}

/// All instances of a service, read strongly consistent.
pub(crate) async fn service_instances(
    app: &App,
    service: &ResourceName,
) -> std::result::Result<Vec<ServiceInstance>, PortError> {
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
