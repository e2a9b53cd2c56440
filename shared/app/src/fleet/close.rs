//! Closing a target: part of the commit that closes its deployment.

use protium_domain::deployable::DeploymentOutcome;
use protium_domain::deployment::Deployment;
use protium_domain::fleet::FleetTarget;

use crate::commit::Commit;
use crate::context::App;
use crate::error::Result;
use crate::ports::{Key, StoreExt};

/// Adds the end of the target that `deployment` belongs to, if it belongs to one, and the resumption of the task that waits
/// for it.
///
/// # Errors
/// The store's failures.
pub(crate) async fn close_target(
    app: &App,
    commit: &mut Commit,
    deployment: &Deployment,
    outcome: DeploymentOutcome,
    message: Option<String>,
) -> Result<()> {
    let Some(origin) = &deployment.fleet else { return Ok(()) };
    let key = Key::FleetTarget(origin.fleet_update_id.clone(), origin.ordinal);
    let found: Option<FleetTarget> = app.store.find(key).await?;
    let works_on = |target: &FleetTarget| target.current_deployment() == Some(&deployment.id);
    let Some(mut target) = found.filter(works_on) else { return Ok(()) };
    let token = target.finish(outcome, message, app.now())?;
    commit.replace(target);
    if let Some(token) = token {
        commit.resume(token);
    }
    Ok(())
}
