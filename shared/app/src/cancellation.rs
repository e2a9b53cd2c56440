//! Cancelling deployments, whatever they work on (behaviour 7.6).
//!
//! The request only changes statuses: resource and deployment become CANCELLING in one commit, whose intent wakes the
//! step that waits for the stack. The step, or the next one if none waits, finds the status and does what it asks for:
//! nothing, when nothing was begun; CancelUpdateStack, while the update runs; and when the stack was faster, what counts
//! is how it ended. So a cancellation may be cut off, come late or come twice, as everything else.

use protium_domain::deployable::{Deployable, DeploymentStatus, DeploymentTransition, StackOperationKind};
use protium_domain::deployment::Deployment;
use protium_domain::event::StatusEvent;

use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt};

/// A cancellation that was accepted, as far as it concerns the deployment.
pub(crate) struct Cancellation {
    deployment: Deployment,
    /// What it changed on the resource.
    pub(crate) change: DeploymentTransition,
}

impl Cancellation {
    /// Cancels the deployment in progress of the resource that messages call `what`.
    ///
    /// # Errors
    /// [`Error::Conflict`] unless the resource is IN_PROGRESS, and while its stack is being made: there is nothing to go
    /// back to then.
    pub(crate) async fn accept(app: &App, deployable: &mut Deployable, what: &str) -> Result<Self> {
        let status = deployable.status();
        if status != DeploymentStatus::InProgress {
            return Err(Error::Conflict(format!(
                "{what} is {status}; only a deployment that is IN_PROGRESS can be cancelled"
            )));
        }
        if deployable.is_held() {
            return Err(Error::Conflict(format!(
                "{what} waits for the update of its service, which can't be cancelled; wait until it has ended"
            )));
        }
        let key = Key::Deployment(deployable.last_attempted_deployment_id.clone());
        let deployment: Option<Deployment> = app.store.find(key).await?;
        let mut deployment = deployment
            .ok_or_else(|| Error::internal(format!("the deployment in progress of {what} is missing")))?;
        if deployment.initial_state.is_none() || is_making_stack(deployable, &deployment) {
            return Err(Error::Conflict(format!(
                "{what} is being created, which can't be cancelled: there is nothing to go back to. Wait until it has \
                 ended, then update or delete it"
            )));
        }
        let change = deployable.cancel()?;
        deployment.cancel(app.now())?;
        Ok(Self { deployment, change })
    }

    /// Adds the deployment to `commit`, and wakes the step that waits for the stack of `deployable`.
    pub(crate) fn commit(self, app: &App, commit: &mut Commit, deployable: &Deployable) {
        let deployment = commit.replace(self.deployment);
        commit.announce(StatusEvent::deployment(app.location(), &deployment, self.change));
        if let Some(stack) = &deployable.stack {
            commit.wake(stack.name.clone());
        }
    }
}

/// Whether the deployment makes a new stack, because the one before was gone or unusable.
fn is_making_stack(deployable: &Deployable, deployment: &Deployment) -> bool {
    let operation = deployable.stack.as_ref().and_then(|stack| stack.operation.as_ref());
    operation.is_some_and(|operation| {
        operation.deployment_id == deployment.id
            && matches!(operation.kind, StackOperationKind::Create | StackOperationKind::Delete)
    })
}
