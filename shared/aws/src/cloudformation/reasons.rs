//! Why a stack's latest operation failed, told by its events.
//!
//! Of the failures of resources only the causes count: when one fails, CloudFormation cancels what else was under way
//! and reports each of those as a failure too.

use aws_sdk_cloudformation::types::StackEvent;

/// Reasons that people are shown: the first failures cause the later ones.
const MOST_REASONS: usize = 5;

/// How the operations of a stack begin; their rollbacks belong to them.
const BEGINNINGS: [&str; 4] =
    ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS"];

/// Whether an operation of the stack began with this event.
pub(super) fn begins_operation(event: &StackEvent) -> bool {
    is_of_stack(event) && BEGINNINGS.contains(&status(event))
}

/// The reasons of the failures of the latest operation, oldest first. `events` are newest first, as CloudFormation
/// lists them, and reach back at least to where that operation began.
pub(super) fn of_latest_operation(events: &[StackEvent]) -> Vec<String> {
    let end = events.iter().position(begins_operation).map_or(events.len(), |begin| begin + 1);
    let latest: Vec<_> = events[..end].iter().rev().collect();
    let resources = latest.iter().filter(|event| !is_of_stack(event) && status(event).ends_with("_FAILED"));
    let mut reasons: Vec<_> = resources.filter_map(|event| cause(event)).take(MOST_REASONS).collect();
    if reasons.is_empty() {
        // Nothing but the stack itself failed: a transform, a limit, a rollback that somebody asked for.
        let stack = latest.iter().filter(|event| is_of_stack(event) && tells_of_failure(event));
        reasons
            .extend(stack.filter_map(|event| event.resource_status_reason()).take(1).map(ToOwned::to_owned));
    }
    reasons
}

/// The stack is a resource of itself; a nested stack is one of its parent, with another id.
fn is_of_stack(event: &StackEvent) -> bool {
    event.physical_resource_id().is_some() && event.physical_resource_id() == event.stack_id()
}

fn status(event: &StackEvent) -> &str {
    event.resource_status().map_or("", |status| status.as_str())
}

fn tells_of_failure(event: &StackEvent) -> bool {
    let status = status(event);
    status.ends_with("_FAILED") || status.ends_with("ROLLBACK_IN_PROGRESS")
}

/// `Bucket (AWS::S3::Bucket): name taken`, unless the failure is the consequence of another.
fn cause(event: &StackEvent) -> Option<String> {
    let reason = event.resource_status_reason()?;
    let cancelled = reason.starts_with("Resource ") && reason.contains(" cancelled");
    let name = event.logical_resource_id().unwrap_or("a resource");
    let kind = event.resource_type().unwrap_or("of unknown type");
    (!cancelled).then(|| format!("{name} ({kind}): {reason}"))
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudformation::types::ResourceStatus;

    use super::*;

    const STACK: &str = "arn:aws:cloudformation:eu-west-1:111122223333:stack/AWSProton-x/1";

    fn event(name: &str, status: &str, reason: &str) -> StackEvent {
        let is_stack = name == "stack";
        StackEvent::builder()
            .stack_id(STACK)
            .event_id("1")
            .stack_name("AWSProton-x")
            .timestamp(aws_sdk_cloudformation::primitives::DateTime::from_secs(0))
            .logical_resource_id(name)
            .physical_resource_id(if is_stack { STACK } else { name })
            .resource_type(if is_stack { "AWS::CloudFormation::Stack" } else { "AWS::S3::Bucket" })
            .resource_status(ResourceStatus::from(status))
            .set_resource_status_reason((!reason.is_empty()).then(|| reason.to_owned()))
            .build()
    }

    #[test]
    fn causes_come_oldest_first_without_their_consequences() {
        let events = [
            event("stack", "UPDATE_ROLLBACK_COMPLETE", ""),
            event(
                "stack",
                "UPDATE_ROLLBACK_IN_PROGRESS",
                "The following resource(s) failed to update: [A, B, C].",
            ),
            event("C", "UPDATE_FAILED", "Resource update cancelled"),
            event("B", "CREATE_FAILED", "no quota"),
            event("A", "UPDATE_FAILED", "name taken"),
            event("A", "UPDATE_IN_PROGRESS", ""),
            event("stack", "UPDATE_IN_PROGRESS", "User Initiated"),
            event("A", "CREATE_FAILED", "of an earlier operation"),
            event("stack", "CREATE_IN_PROGRESS", "User Initiated"),
        ];
        assert_eq!(
            of_latest_operation(&events),
            ["A (AWS::S3::Bucket): name taken", "B (AWS::S3::Bucket): no quota"]
        );
    }

    #[test]
    fn a_failure_of_the_stack_itself_is_told() {
        let events = [
            event("stack", "ROLLBACK_COMPLETE", ""),
            event("stack", "ROLLBACK_IN_PROGRESS", "Transform AWS::Serverless-2016-10-31 failed"),
            event("stack", "CREATE_IN_PROGRESS", "User Initiated"),
        ];
        assert_eq!(of_latest_operation(&events), ["Transform AWS::Serverless-2016-10-31 failed"]);
    }

    #[test]
    fn success_has_no_reasons() {
        let events = [
            event("stack", "CREATE_COMPLETE", ""),
            event("A", "CREATE_COMPLETE", ""),
            event("stack", "CREATE_IN_PROGRESS", "User Initiated"),
        ];
        assert!(of_latest_operation(&events).is_empty());
        assert!(of_latest_operation(&[]).is_empty());
    }
}
