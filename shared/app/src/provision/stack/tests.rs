//! The decisions, as tables.

use protium_domain::component::ComponentState;
use protium_domain::deployable::{DeploymentOutcome, StackOperation};
use protium_domain::deployment::{DeploymentTarget, NewDeployment};
use protium_domain::document::Document;
use protium_domain::name::ResourceName;
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
        trace: None,
        operation: operation.map(|(by, kind)| StackOperation { deployment_id: id(by), kind, before: None }),
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
    StackDescription {
        arn: "arn".into(),
        status,
        status_reason: None,
        changed_at,
        outputs: Vec::new(),
        tags: Vec::new(),
    }
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
fn deployment_follows_the_stack(#[case] arn: bool, #[case] status: Option<&str>, #[case] expected: Deploy) {
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

/// A deployment and the attributes of its target, in this status and with this call noted.
fn at_work(
    status: DeploymentStatus,
    call: Option<StackOperationKind>,
    is_latest: bool,
) -> (Deployment, Deployable) {
    let now = Timestamp::from_millis(1);
    let (mut target, _) = Deployable::new(id('1'), now);
    target.finish(DeploymentOutcome::Succeeded, None).expect("in progress");
    let kind = match status {
        DeploymentStatus::DeleteInProgress => DeploymentKind::Delete,
        _ => DeploymentKind::Deploy,
    };
    match kind {
        DeploymentKind::Delete => target.delete(id('1'), now),
        DeploymentKind::Deploy | DeploymentKind::RollBack => target.update(id('1'), now),
    }
    .expect("settled");
    if matches!(status, DeploymentStatus::Cancelling | DeploymentStatus::Cancelled) {
        target.cancel().expect("in progress");
    }
    if status == DeploymentStatus::Cancelled {
        target.finish(DeploymentOutcome::Cancelled, None).expect("cancelling");
    }
    target.stack = Some(stack(true, call.map(|kind| ('1', kind))));
    let name = ResourceName::new("beta").expect("valid");
    let state = ComponentState {
        template_file: Document::Inline(String::new()),
        attachment: None,
        service_spec: None,
        environment_deployment_id: None,
    };
    let new = NewDeployment {
        id: id(if is_latest { '1' } else { '2' }),
        target: DeploymentTarget::Environment { name },
        kind,
        target_created_at: now,
        initial_state: None,
        target_state: state.into(),
        service_operation_id: None,
    };
    (Deployment::new(new, now).0, target)
}

#[rstest]
#[case::deploys(DeploymentStatus::InProgress, None, true, true)]
#[case::deletes(DeploymentStatus::DeleteInProgress, None, true, true)]
#[case::repeats(DeploymentStatus::InProgress, Some(StackOperationKind::Update), true, true)]
#[case::somebody_else_s_turn(DeploymentStatus::InProgress, None, false, false)]
#[case::cancelled_first(DeploymentStatus::Cancelling, None, true, false)]
#[case::makes_sure(DeploymentStatus::Cancelling, Some(StackOperationKind::Update), true, true)]
#[case::cancelled_before_the_update(
    DeploymentStatus::Cancelling,
    Some(StackOperationKind::ContinueRollback),
    true,
    false
)]
#[case::over(DeploymentStatus::Cancelled, Some(StackOperationKind::Update), true, false)]
fn what_was_cancelled_begins_nothing_more(
    #[case] status: DeploymentStatus,
    #[case] call: Option<StackOperationKind>,
    #[case] is_latest: bool,
    #[case] expected: bool,
) {
    let (deployment, target) = at_work(status, call, is_latest);
    assert_eq!(may_begin(&deployment, &target, StackOperationKind::Update), expected);
}

#[test]
fn an_earlier_failure_is_not_taken_for_that_of_our_deletion() {
    let found = described("DELETE_FAILED");
    let ours = called(StackOperationKind::Delete, &found);
    assert_eq!(delete(&id('1'), false, &ours, Some(&found)), Delete::Call, "the same call again");
    assert_eq!(deploy(&id('1'), &ours, Some(&found)), Deploy::Replace);
    let judged = |moment| judge(&id('1'), true, &ours, Some(&found), moment);
    assert_eq!((judged(Moment::AfterCall), judged(Moment::Later)), (Verdict::Pending, Verdict::Failed));
}

#[test]
fn what_was_made_a_moment_ago_may_not_be_described_yet() {
    let ours = stack(true, Some(('1', StackOperationKind::Create)));
    let judged = |moment| judge(&id('1'), false, &ours, None, moment);
    assert_eq!((judged(Moment::AfterCall), judged(Moment::Later)), (Verdict::Pending, Verdict::Failed));
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
#[case(Some(StackOperationKind::Update), "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", Verdict::Pending)]
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
    assert_eq!(delete(&id('1'), false, &theirs, found.as_ref()), expected);
}

#[test]
fn a_deletion_that_failed_is_not_tried_again_by_the_same_deployment() {
    let (ours, found) = (stack(true, Some(('1', StackOperationKind::Delete))), described("DELETE_FAILED"));
    assert_eq!(delete(&id('1'), false, &ours, Some(&found)), Delete::Await);
    assert_eq!(delete(&id('2'), false, &ours, Some(&found)), Delete::Call);
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
