//! DeleteDeployment (behaviour 2.8): takes a deployment out of the history; infrastructure stays as it is.
//!
//! What a resource's deployment left behind outlives its place in the history: instances are rendered with the outputs of
//! their environment's last success, and may be at it this moment. So while the target exists its record stays, out of
//! every list and every answer, and is only removed when the target is gone.

use protium_domain::deployment::Deployment;
use protium_domain::identifier::Identifier;

use super::{DeploymentLocator, DeploymentView, deployment_get, target_created_at};
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::race::Races;
use crate::workflow::partition_of;

/// Deletes a deployment from the history; the deployment as it was.
///
/// # Errors
/// [`Error::NotFound`] for an unknown id; [`Error::Validation`] while it is in progress: the operation knows no conflict.
pub async fn deployment_delete(app: &App, id: &Identifier) -> Result<DeploymentView> {
    let mut races = Races::few();
    loop {
        let view = deployment_get(app, id, &DeploymentLocator::default()).await?;
        if view.deployment.is_open() {
            return Err(Error::Validation(format!(
                "id: the deployment {id} is {}; delete it once it has ended",
                view.deployment.status()
            )));
        }
        match remove(app, view.deployment.clone()).await?.submit(app).await {
            Ok(()) => return Ok(view),
            Err(error) => races.lost(error, &format!("the deployment {id}"))?,
        }
    }
}

async fn remove(app: &App, mut deployment: Deployment) -> Result<Commit> {
    let mut commit = Commit::new(partition_of(&deployment.target));
    let exists = target_created_at(app, &deployment.target).await? == Some(deployment.target_created_at);
    if exists {
        deployment.forgotten = true;
        commit.replace(deployment);
    } else {
        commit.delete(deployment);
    }
    Ok(commit)
}
