//! Deleting one instance, or the pipeline, of a service by itself: the way on when the service's operation failed at it.
//!
//! Ordinarily parts go with an operation of their service (behaviour 2.5). What an operation left in DELETE_FAILED is
//! nobody's business any more, so it may be deleted alone; the service's status stays.

use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::{Deployment, DeploymentTarget, Retention};
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::service::Service;

use super::unknown;
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt};
use crate::race::Races;
use crate::service_instance::{self, service_instance_find};
use crate::service_pipeline::{self, pipeline_deletion, service_pipeline_find};
use crate::service_settle::{PartDeletion, instance_deletion};
use crate::workflow;

/// Begins the deletion of the instance or pipeline `target` by itself; the deployment that carries it out.
///
/// # Errors
/// [`Error::NotFound`] for an unknown target; [`Error::Conflict`] unless its last deletion failed, and while its service is
/// in progress.
pub(crate) async fn part_delete(
    app: &App,
    target: &DeploymentTarget,
    retention: Option<Retention>,
) -> Result<Deployment> {
    let name = target.service().ok_or_else(|| Error::internal("only services have parts"))?;
    let mut races = Races::few();
    loop {
        let service = service_idle(app, name).await?;
        let mut commit = Commit::new(Partition::Service(name.clone()));
        let part = PartDeletion { operation_id: None, retention };
        let (what, begun) = match target {
            DeploymentTarget::ServiceInstance { service, name, .. } => {
                let what = service_instance::described(service, name);
                let instance = service_instance_find(app, service, name).await?;
                require_failed(&what, instance.deployable.status())?;
                (what, instance_deletion(app, &mut commit, instance, part))
            }
            _ => {
                let what = service_pipeline::described(name);
                let pipeline = service_pipeline_find(app, name).await?;
                require_failed(&what, pipeline.deployable.status())?;
                (what, pipeline_deletion(app, &mut commit, pipeline, part))
            }
        };
        let deployment = begun.ok_or_else(|| Error::Conflict(format!("{what} is in progress")))?;
        commit.start(workflow::provision_start(&deployment));
        // Whoever begins an operation of the service meanwhile decided without this deletion, and has to decide again.
        commit.replace(service);
        match commit.submit(app).await {
            Ok(()) => return Ok(deployment),
            Err(error) => races.lost(error, &what)?,
        }
    }
}

async fn service_idle(app: &App, name: &ResourceName) -> Result<Service> {
    let service: Option<Service> = app.store.find(Key::Service(name.clone())).await?;
    let service = service.ok_or_else(|| unknown(app, name))?;
    if service.status().is_in_progress() {
        return Err(Error::Conflict(format!(
            "{} is {}; wait until that has ended",
            super::described(name),
            service.status()
        )));
    }
    Ok(service)
}

fn require_failed(what: &str, status: DeploymentStatus) -> Result<()> {
    if status == DeploymentStatus::DeleteFailed {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "{what} is {status}; by itself only what is DELETE_FAILED can be deleted. Leave it out of the spec with \
         UpdateService, or delete the service"
    )))
}
