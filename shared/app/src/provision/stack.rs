//! What to do with a stack, and what its status means: pure decisions, tested as tables (behaviour 7.2).

use protium_domain::deployable::{Deployable, DeploymentStatus, Stack, StackOperationKind};
use protium_domain::deployment::{Deployment, DeploymentKind};
use protium_domain::identifier::Identifier;

use crate::ports::StackDescription;

/// The next call for a resource that shall exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deploy {
    /// Make the stack under its name.
    Create,
    /// The stack that it had is gone: make one under a new name.
    CreateAnew,
    /// Update it.
    Update,
    /// Its last update could not be undone: bring it back first (behaviour 7.2).
    ContinueRollback,
    /// Its creation failed once: delete it, then make it again (behaviour 7.2).
    Replace,
    /// Our own call is at work.
    Await,
    /// Somebody else is at work on it; go on when they are done.
    AwaitOthers,
    /// Nothing that Protium may do by itself helps. The text says what a person can do.
    Refuse(String),
}

/// Decides how to deploy `stack` for the deployment `id`, given what CloudFormation says of it.
///
/// The step may run again after its call went through. So what this deployment began already is looked at, not begun
/// once more: a creation that failed is the deployment's outcome, not something in its way.
#[must_use]
pub fn deploy(id: &Identifier, stack: &Stack, found: Option<&StackDescription>) -> Deploy {
    let Some(found) = found.filter(|found| !found.status.is_deleted()) else {
        return match own_call(id, stack) {
            // Somebody deleted it under our hands: judged, like any other ending.
            Some(StackOperationKind::Create | StackOperationKind::Update) if stack.arn.is_some() => {
                Deploy::Await
            }
            _ if stack.arn.is_some() || found.is_some() => Deploy::CreateAnew,
            _ => Deploy::Create,
        };
    };
    let status = &found.status;
    match own_call(id, stack) {
        Some(StackOperationKind::Create) => return Deploy::Await,
        // DELETE_FAILED is how the call ended. Any other status that rests is from before it: it never arrived.
        Some(StackOperationKind::Delete)
            if status.is_in_progress() || status.0 == "DELETE_FAILED" && is_seen(stack, found) =>
        {
            return Deploy::Await;
        }
        // The same call with the same token again, as long as nothing is to be seen of it.
        Some(StackOperationKind::Update) if is_seen(stack, found) || !status.is_updatable() => {
            return Deploy::Await;
        }
        Some(StackOperationKind::ContinueRollback)
            if status.is_in_progress() || status.is_rollback_failed() && is_seen(stack, found) =>
        {
            return Deploy::Await;
        }
        _ => {}
    }
    if status.must_be_replaced() {
        Deploy::Replace
    } else if status.is_in_progress() {
        Deploy::AwaitOthers
    } else if status.is_updatable() {
        Deploy::Update
    } else if status.is_rollback_failed() {
        Deploy::ContinueRollback
    } else {
        Deploy::Refuse(format!(
            "The stack {} is in {}, from which CloudFormation accepts no update. Bring it into a status that accepts \
             one, or delete it; then repeat the deployment.",
            stack.name, status.0
        ))
    }
}

/// Whether `deployment` may still begin this call on the stack of its target. What was cancelled begins nothing more; only
/// the update that it began already may be asked for again, to make sure of what there is to be undone.
#[must_use]
pub fn may_begin(deployment: &Deployment, target: &Deployable, kind: StackOperationKind) -> bool {
    let is_begun = target.stack.as_ref().is_some_and(|stack| own_call(&deployment.id, stack) == Some(kind));
    let is_wanted = match target.status() {
        DeploymentStatus::InProgress => deployment.kind != DeploymentKind::Delete,
        DeploymentStatus::DeleteInProgress => deployment.kind == DeploymentKind::Delete,
        DeploymentStatus::Cancelling => is_begun,
        _ => false,
    };
    is_wanted && target.last_attempted_deployment_id == deployment.id
}

/// Whether the deployment `id` has begun anything on `stack`.
#[must_use]
pub fn has_begun(id: &Identifier, stack: &Stack) -> bool {
    own_call(id, stack).is_some()
}

/// Whether a description is from after the last call. CloudFormation's descriptions may lag behind its calls, and one
/// that says UPDATE_COMPLETE may speak of an earlier update.
fn is_seen(stack: &Stack, found: &StackDescription) -> bool {
    let before = stack.operation.as_ref().and_then(|operation| operation.before.as_ref());
    before.is_none_or(|before| *before != found.fingerprint())
}

/// The next call for a resource that shall go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delete {
    /// There is no stack.
    Nothing,
    /// Delete it.
    Call,
    /// Delete it without the resources that could not go.
    CallRetaining,
    /// It is being deleted, or our own deletion of it has failed.
    Await,
    /// Something else is at work on it; go on when that is done.
    AwaitOthers,
}

/// Decides how to delete `stack` for the deployment `id`, given what CloudFormation says of it. A deletion of its own
/// that failed is the deployment's outcome, and not tried again by it; only one that `retains` what can't go has a second
/// call left.
#[must_use]
pub fn delete(id: &Identifier, retains: bool, stack: &Stack, found: Option<&StackDescription>) -> Delete {
    let last_call = if retains { StackOperationKind::DeleteRetaining } else { StackOperationKind::Delete };
    let is_own = own_call(id, stack) == Some(last_call);
    let Some(found) = found.filter(|found| !found.status.is_deleted()) else { return Delete::Nothing };
    match found.status.0.as_str() {
        "DELETE_IN_PROGRESS" => Delete::Await,
        "DELETE_FAILED" if is_own && is_seen(stack, found) => Delete::Await,
        "DELETE_FAILED" if retains => Delete::CallRetaining,
        // A stack under review has never been executed; CloudFormation deletes it at once.
        "REVIEW_IN_PROGRESS" => Delete::Call,
        _ if found.status.is_in_progress() => Delete::AwaitOthers,
        _ => Delete::Call,
    }
}

/// What a look at the stack tells about a deployment under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Not done yet.
    Pending,
    /// The stack is as asked for, or gone as asked for.
    Succeeded,
    /// It is not.
    Failed,
    /// The way is free: decide anew what to do.
    Restart,
    /// It shall be cancelled, and can be.
    Cancel,
    /// What was cancelled is undone.
    Cancelled,
}

/// When the stack is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Straight after a call: what is described may be from before it.
    AfterCall,
    /// Later.
    Later,
}

/// Judges the stack for the deployment `id`. `deleting` tells a deletion from a deployment.
#[must_use]
pub fn judge(
    id: &Identifier,
    deleting: bool,
    stack: &Stack,
    found: Option<&StackDescription>,
    moment: Moment,
) -> Verdict {
    let Some(call) = own_call(id, stack) else {
        let busy = found.is_some_and(|found| found.status.is_in_progress());
        return if busy { Verdict::Pending } else { Verdict::Restart };
    };
    let Some(found) = found.filter(|found| !found.status.is_deleted()) else {
        return match (deleting, call) {
            (true, _) => Verdict::Succeeded,
            (false, StackOperationKind::Delete) => Verdict::Restart,
            // What was made a moment ago may not be described yet.
            (false, StackOperationKind::Create) if moment == Moment::AfterCall => Verdict::Pending,
            // The call never reached CloudFormation, or somebody deleted the stack under our hands.
            (false, _) => {
                if stack.arn.is_some() {
                    Verdict::Failed
                } else {
                    Verdict::Restart
                }
            }
        };
    };
    let status = &found.status;
    if status.is_in_progress() {
        return Verdict::Pending;
    }
    let is_unseen = !is_seen(stack, found);
    match (call, status.0.as_str()) {
        _ if is_unseen && moment == Moment::AfterCall => Verdict::Pending,
        (StackOperationKind::Delete | StackOperationKind::DeleteRetaining, "DELETE_FAILED") => {
            Verdict::Failed
        }
        // The call never arrived, or changed nothing: it is made again, with the same token.
        (StackOperationKind::Update, _) if is_unseen => Verdict::Restart,
        (StackOperationKind::ContinueRollback, _) if status.is_rollback_failed() => Verdict::Failed,
        (StackOperationKind::ContinueRollback, _) => Verdict::Restart,
        // What was read is from before the call: look again later.
        (StackOperationKind::Delete | StackOperationKind::DeleteRetaining, _)
        | (StackOperationKind::Update, "CREATE_COMPLETE" | "IMPORT_COMPLETE") => Verdict::Pending,
        _ if status.is_deployed() => Verdict::Succeeded,
        _ => Verdict::Failed,
    }
}

/// Judges the stack for the forced deletion `id`: when the stack could not go as a whole, it is deleted once more without
/// what could not go.
#[must_use]
pub fn judge_retaining(
    id: &Identifier,
    stack: &Stack,
    found: Option<&StackDescription>,
    moment: Moment,
) -> Verdict {
    match (judge(id, true, stack, found, moment), own_call(id, stack)) {
        (Verdict::Failed, Some(StackOperationKind::Delete)) => Verdict::Restart,
        (verdict, _) => verdict,
    }
}

/// Judges the stack for the deployment `id`, which somebody cancelled after it had begun (behaviour 7.6): its update is
/// undone as long as that is possible, and otherwise counts.
#[must_use]
pub fn judge_cancellation(
    id: &Identifier,
    stack: &Stack,
    found: Option<&StackDescription>,
    moment: Moment,
) -> Verdict {
    let verdict = judge(id, false, stack, found, moment);
    let status = found.map(|found| found.status.0.as_str());
    match (own_call(id, stack), verdict, status) {
        (None, ..) => Verdict::Cancelled,
        // The update itself was never begun; what was done before it is finished and does no harm.
        (Some(StackOperationKind::ContinueRollback), Verdict::Restart | Verdict::Failed, _) => {
            Verdict::Cancelled
        }
        (Some(StackOperationKind::Update), Verdict::Pending, Some("UPDATE_IN_PROGRESS")) => Verdict::Cancel,
        (Some(StackOperationKind::Update), Verdict::Failed, Some("UPDATE_ROLLBACK_COMPLETE")) => {
            Verdict::Cancelled
        }
        (_, verdict, _) => verdict,
    }
}

/// The call that the deployment `id` began already.
fn own_call(id: &Identifier, stack: &Stack) -> Option<StackOperationKind> {
    stack
        .operation
        .as_ref()
        .filter(|operation| operation.deployment_id == *id)
        .map(|operation| operation.kind)
}

#[cfg(test)]
mod tests;
