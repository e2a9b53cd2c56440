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
        Some(StackOperationKind::Delete) if status.is_in_progress() || status.0 == "DELETE_FAILED" => {
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
        DeploymentStatus::InProgress => deployment.kind == DeploymentKind::Deploy,
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
    /// It is being deleted, or our own deletion of it has failed.
    Await,
    /// Something else is at work on it; go on when that is done.
    AwaitOthers,
}

/// Decides how to delete `stack` for the deployment `id`, given what CloudFormation says of it. A deletion of its own
/// that failed is the deployment's outcome, and not tried again by it.
#[must_use]
pub fn delete(id: &Identifier, stack: &Stack, found: Option<&StackDescription>) -> Delete {
    let is_own = own_call(id, stack) == Some(StackOperationKind::Delete);
    match found.map(|found| &found.status) {
        None => Delete::Nothing,
        Some(status) if status.is_deleted() => Delete::Nothing,
        Some(status) if status.0 == "DELETE_IN_PROGRESS" => Delete::Await,
        Some(status) if status.0 == "DELETE_FAILED" && is_own => Delete::Await,
        // A stack under review has never been executed; CloudFormation deletes it at once.
        Some(status) if status.is_in_progress() && status.0 != "REVIEW_IN_PROGRESS" => Delete::AwaitOthers,
        Some(_) => Delete::Call,
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
        (StackOperationKind::Delete, "DELETE_FAILED") => Verdict::Failed,
        (StackOperationKind::Update | StackOperationKind::ContinueRollback, _)
            if is_unseen && moment == Moment::AfterCall =>
        {
            Verdict::Pending
        }
        // The call never arrived, or changed nothing: it is made again, with the same token.
        (StackOperationKind::Update, _) if is_unseen => Verdict::Restart,
        (StackOperationKind::ContinueRollback, _) if status.is_rollback_failed() => Verdict::Failed,
        (StackOperationKind::ContinueRollback, _) => Verdict::Restart,
        // What was read is from before the call: look again later.
        (StackOperationKind::Delete, _)
        | (StackOperationKind::Update, "CREATE_COMPLETE" | "IMPORT_COMPLETE") => Verdict::Pending,
        _ if status.is_deployed() => Verdict::Succeeded,
        _ => Verdict::Failed,
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
mod tests {
    use protium_domain::deployable::StackOperation;
    use protium_domain::time::Timestamp;
    use rstest::rstest;

    use crate::ports::StackStatus;

    use super::*;

    fn id(last: char) -> Identifier {
        Identifier::new(format!("0190163d-8694-739b-aea5-966c26f8ad9{last}")).expect("valid")
    }

    fn stack(arn: bool, operation: Option<(char, StackOperationKind)>) -> Stack {
        Stack {
            name: "AWSProton-net-AAAAAAAAAAAAAAA".into(),
            arn: arn.then(|| "arn".into()),
            operation: operation.map(|(by, kind)| StackOperation {
                deployment_id: id(by),
                kind,
                before: None,
            }),
        }
    }

    /// As [`stack`], with our own call noted after the stack was described so.
    fn called(kind: StackOperationKind, before: &StackDescription) -> Stack {
        let mut stack = stack(true, Some(('1', kind)));
        if let Some(operation) = &mut stack.operation {
            operation.before = Some(before.fingerprint());
        }
        stack
    }

    fn described(status: &str) -> StackDescription {
        let status = StackStatus(status.into());
        let changed_at = Some(Timestamp::from_millis(7));
        StackDescription { arn: "arn".into(), status, status_reason: None, changed_at, outputs: Vec::new() }
    }

    #[rstest]
    #[case(false, None, Deploy::Create)]
    #[case(true, None, Deploy::CreateAnew)]
    #[case(true, Some("DELETE_COMPLETE"), Deploy::CreateAnew)]
    #[case(true, Some("CREATE_COMPLETE"), Deploy::Update)]
    #[case(true, Some("UPDATE_COMPLETE"), Deploy::Update)]
    #[case(true, Some("UPDATE_ROLLBACK_COMPLETE"), Deploy::Update)]
    #[case(true, Some("ROLLBACK_COMPLETE"), Deploy::Replace)]
    #[case(true, Some("ROLLBACK_FAILED"), Deploy::Replace)]
    #[case(true, Some("CREATE_FAILED"), Deploy::Replace)]
    #[case(true, Some("DELETE_FAILED"), Deploy::Replace)]
    #[case(true, Some("UPDATE_IN_PROGRESS"), Deploy::AwaitOthers)]
    fn deployment_follows_the_stack(
        #[case] arn: bool,
        #[case] status: Option<&str>,
        #[case] expected: Deploy,
    ) {
        let found = status.map(described);
        assert_eq!(deploy(&id('1'), &stack(arn, None), found.as_ref()), expected);
    }

    #[test]
    fn our_own_work_is_told_from_that_of_others() {
        let found = described("UPDATE_IN_PROGRESS");
        let ours = stack(true, Some(('1', StackOperationKind::Update)));
        assert_eq!(deploy(&id('1'), &ours, Some(&found)), Deploy::Await);
        assert_eq!(deploy(&id('2'), &ours, Some(&found)), Deploy::AwaitOthers);
    }

    #[rstest]
    #[case(StackOperationKind::Create, "CREATE_IN_PROGRESS", Deploy::Await)]
    #[case(StackOperationKind::Create, "CREATE_COMPLETE", Deploy::Await)]
    #[case(StackOperationKind::Create, "ROLLBACK_COMPLETE", Deploy::Await)]
    #[case(StackOperationKind::Create, "CREATE_FAILED", Deploy::Await)]
    #[case(StackOperationKind::Create, "DELETE_COMPLETE", Deploy::Await)]
    #[case(StackOperationKind::Update, "DELETE_COMPLETE", Deploy::Await)]
    #[case(StackOperationKind::Delete, "DELETE_IN_PROGRESS", Deploy::Await)]
    #[case(StackOperationKind::Delete, "DELETE_FAILED", Deploy::Await)]
    #[case(StackOperationKind::Delete, "ROLLBACK_COMPLETE", Deploy::Replace)]
    #[case(StackOperationKind::Delete, "DELETE_COMPLETE", Deploy::CreateAnew)]
    #[case(StackOperationKind::Update, "UPDATE_COMPLETE", Deploy::Await)]
    #[case(StackOperationKind::ContinueRollback, "UPDATE_ROLLBACK_IN_PROGRESS", Deploy::Await)]
    #[case(StackOperationKind::ContinueRollback, "UPDATE_ROLLBACK_FAILED", Deploy::Await)]
    #[case(StackOperationKind::ContinueRollback, "UPDATE_ROLLBACK_COMPLETE", Deploy::Update)]
    #[case(StackOperationKind::Update, "UPDATE_ROLLBACK_FAILED", Deploy::Await)]
    fn what_the_deployment_began_is_not_begun_again(
        #[case] call: StackOperationKind,
        #[case] status: &str,
        #[case] expected: Deploy,
    ) {
        let ours = stack(true, Some(('1', call)));
        assert_eq!(deploy(&id('1'), &ours, Some(&described(status))), expected);
    }

    #[test]
    fn a_stack_that_only_a_person_can_free_says_so() {
        let found = described("IMPORT_ROLLBACK_FAILED");
        match deploy(&id('1'), &stack(true, None), Some(&found)) {
            Deploy::Refuse(text) => assert!(text.contains("IMPORT_ROLLBACK_FAILED"), "{text}"),
            other => panic!("{other:?}"),
        }
    }

    #[rstest]
    #[case("UPDATE_COMPLETE")]
    #[case("CREATE_COMPLETE")]
    #[case("UPDATE_ROLLBACK_COMPLETE")]
    fn an_earlier_ending_is_not_taken_for_that_of_our_update(#[case] status: &str) {
        let found = described(status);
        let ours = called(StackOperationKind::Update, &found);
        let judged = |moment| judge(&id('1'), false, &ours, Some(&found), moment);
        assert_eq!(judged(Moment::AfterCall), Verdict::Pending);
        assert_eq!(judged(Moment::Later), Verdict::Restart);
        assert_eq!(deploy(&id('1'), &ours, Some(&found)), Deploy::Update, "the same call again");
        let later =
            StackDescription { changed_at: Some(Timestamp::from_millis(8)), ..described("UPDATE_COMPLETE") };
        assert_eq!(judge(&id('1'), false, &ours, Some(&later), Moment::AfterCall), Verdict::Succeeded);
        assert_eq!(deploy(&id('1'), &ours, Some(&later)), Deploy::Await);
    }

    #[test]
    fn a_rollback_is_continued_once() {
        let found = described("UPDATE_ROLLBACK_FAILED");
        assert_eq!(deploy(&id('1'), &stack(true, None), Some(&found)), Deploy::ContinueRollback);
        let ours = called(StackOperationKind::ContinueRollback, &found);
        assert_eq!(deploy(&id('1'), &ours, Some(&found)), Deploy::ContinueRollback);
        assert_eq!(judge(&id('1'), false, &ours, Some(&found), Moment::AfterCall), Verdict::Pending);
        assert_eq!(judge(&id('1'), false, &ours, Some(&found), Moment::Later), Verdict::Failed);
    }

    #[rstest]
    #[case(None, "UPDATE_COMPLETE", Verdict::Cancelled)]
    #[case(None, "UPDATE_IN_PROGRESS", Verdict::Cancelled)]
    #[case(Some(StackOperationKind::Update), "UPDATE_IN_PROGRESS", Verdict::Cancel)]
    #[case(Some(StackOperationKind::Update), "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Verdict::Pending)]
    #[case(Some(StackOperationKind::Update), "UPDATE_COMPLETE", Verdict::Succeeded)]
    #[case(Some(StackOperationKind::Update), "UPDATE_ROLLBACK_IN_PROGRESS", Verdict::Pending)]
    #[case(
        Some(StackOperationKind::Update),
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        Verdict::Pending
    )]
    #[case(Some(StackOperationKind::Update), "UPDATE_ROLLBACK_COMPLETE", Verdict::Cancelled)]
    #[case(Some(StackOperationKind::Update), "UPDATE_ROLLBACK_FAILED", Verdict::Failed)]
    #[case(Some(StackOperationKind::Update), "DELETE_COMPLETE", Verdict::Failed)]
    #[case(Some(StackOperationKind::ContinueRollback), "UPDATE_ROLLBACK_IN_PROGRESS", Verdict::Pending)]
    #[case(Some(StackOperationKind::ContinueRollback), "UPDATE_ROLLBACK_COMPLETE", Verdict::Cancelled)]
    #[case(Some(StackOperationKind::ContinueRollback), "UPDATE_ROLLBACK_FAILED", Verdict::Cancelled)]
    fn a_cancellation_undoes_what_can_be_undone(
        #[case] call: Option<StackOperationKind>,
        #[case] status: &str,
        #[case] expected: Verdict,
    ) {
        let ours = stack(true, call.map(|kind| ('1', kind)));
        let judged = judge_cancellation(&id('1'), &ours, Some(&described(status)), Moment::Later);
        assert_eq!(judged, expected);
    }

    #[test]
    fn a_cancelled_update_that_is_not_to_be_seen_is_asked_for_again_before_it_is_undone() {
        let found = described("UPDATE_COMPLETE");
        let ours = called(StackOperationKind::Update, &found);
        assert_eq!(judge_cancellation(&id('1'), &ours, Some(&found), Moment::Later), Verdict::Restart);
    }

    #[rstest]
    #[case(None, Delete::Nothing)]
    #[case(Some("DELETE_COMPLETE"), Delete::Nothing)]
    #[case(Some("DELETE_IN_PROGRESS"), Delete::Await)]
    #[case(Some("UPDATE_IN_PROGRESS"), Delete::AwaitOthers)]
    #[case(Some("REVIEW_IN_PROGRESS"), Delete::Call)]
    #[case(Some("DELETE_FAILED"), Delete::Call)]
    #[case(Some("UPDATE_ROLLBACK_FAILED"), Delete::Call)]
    #[case(Some("CREATE_COMPLETE"), Delete::Call)]
    fn deletion_follows_the_stack(#[case] status: Option<&str>, #[case] expected: Delete) {
        let found = status.map(described);
        let theirs = stack(true, Some(('2', StackOperationKind::Delete)));
        assert_eq!(delete(&id('1'), &theirs, found.as_ref()), expected);
    }

    #[test]
    fn a_deletion_that_failed_is_not_tried_again_by_the_same_deployment() {
        let (ours, found) =
            (stack(true, Some(('1', StackOperationKind::Delete))), described("DELETE_FAILED"));
        assert_eq!(delete(&id('1'), &ours, Some(&found)), Delete::Await);
        assert_eq!(delete(&id('2'), &ours, Some(&found)), Delete::Call);
    }

    #[rstest]
    #[case(StackOperationKind::Create, "CREATE_IN_PROGRESS", Verdict::Pending)]
    #[case(StackOperationKind::Create, "CREATE_COMPLETE", Verdict::Succeeded)]
    #[case(StackOperationKind::Create, "ROLLBACK_COMPLETE", Verdict::Failed)]
    #[case(StackOperationKind::Create, "CREATE_FAILED", Verdict::Failed)]
    #[case(StackOperationKind::Create, "DELETE_COMPLETE", Verdict::Failed)]
    #[case(StackOperationKind::Update, "UPDATE_COMPLETE", Verdict::Succeeded)]
    #[case(StackOperationKind::Update, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Verdict::Pending)]
    #[case(StackOperationKind::Update, "UPDATE_ROLLBACK_COMPLETE", Verdict::Failed)]
    #[case(StackOperationKind::Update, "UPDATE_ROLLBACK_FAILED", Verdict::Failed)]
    #[case(StackOperationKind::Update, "CREATE_COMPLETE", Verdict::Pending)]
    #[case(StackOperationKind::Delete, "DELETE_COMPLETE", Verdict::Restart)]
    #[case(StackOperationKind::Delete, "DELETE_FAILED", Verdict::Failed)]
    #[case(StackOperationKind::Delete, "ROLLBACK_COMPLETE", Verdict::Pending)]
    fn a_deployment_is_judged_by_its_own_call(
        #[case] kind: StackOperationKind,
        #[case] status: &str,
        #[case] expected: Verdict,
    ) {
        let ours = stack(true, Some(('1', kind)));
        assert_eq!(judge(&id('1'), false, &ours, Some(&described(status)), Moment::Later), expected);
    }

    #[rstest]
    #[case(None, Verdict::Succeeded)]
    #[case(Some("DELETE_COMPLETE"), Verdict::Succeeded)]
    #[case(Some("DELETE_IN_PROGRESS"), Verdict::Pending)]
    #[case(Some("DELETE_FAILED"), Verdict::Failed)]
    #[case(Some("CREATE_COMPLETE"), Verdict::Pending)]
    fn a_deletion_is_judged_by_its_own_call(#[case] status: Option<&str>, #[case] expected: Verdict) {
        let ours = stack(true, Some(('1', StackOperationKind::Delete)));
        let found = status.map(described);
        assert_eq!(judge(&id('1'), true, &ours, found.as_ref(), Moment::Later), expected);
    }

    #[rstest]
    #[case(Some("UPDATE_IN_PROGRESS"), Verdict::Pending)]
    #[case(Some("UPDATE_COMPLETE"), Verdict::Restart)]
    #[case(None, Verdict::Restart)]
    fn the_work_of_others_is_never_taken_for_ours(#[case] status: Option<&str>, #[case] expected: Verdict) {
        let theirs = stack(true, Some(('2', StackOperationKind::Update)));
        let found = status.map(described);
        for deleting in [false, true] {
            assert_eq!(judge(&id('1'), deleting, &theirs, found.as_ref(), Moment::Later), expected);
        }
    }

    #[test]
    fn a_call_that_never_arrived_is_made_again() {
        let ours = stack(false, Some(('1', StackOperationKind::Create)));
        assert_eq!(judge(&id('1'), false, &ours, None, Moment::Later), Verdict::Restart);
    }
}
