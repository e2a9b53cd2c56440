//! What previews may have left, and nobody removes.

use super::{finding::Finding, patient::Patient};
use crate::{ambient::SystemClock, aws_error::told};
use aws_sdk_cloudformation::types::StackStatus;
use protium_app::ports::Clock;

const AREA: &str = "leftovers";
/// A preview has ended by then, however it went.
const AGE_SECONDS: i64 = 24 * 60 * 60;

/// Stacks that are in REVIEW_IN_PROGRESS for a day.
pub(super) async fn check(patient: Patient) -> Vec<Finding> {
    let client = aws_sdk_cloudformation::Client::new(patient.sdk());
    let before = SystemClock.now().as_millis() / 1000 - AGE_SECONDS;
    let (mut left, mut next) = (Vec::new(), None);
    loop {
        let request =
            client.list_stacks().stack_status_filter(StackStatus::ReviewInProgress).set_next_token(next);
        let page = match request.send().await {
            Ok(page) => page,
            Err(error) => return vec![Finding::unknown(AREA, "stacks", &told(&error))],
        };
        left.extend(page.stack_summaries().iter().filter_map(|stack| {
            let name = stack.stack_name().filter(|name| name.starts_with("AWSProton-"))?;
            let is_old = stack.creation_time().is_none_or(|at| at.secs() < before);
            is_old.then(|| name.to_owned())
        }));
        next = page.next_token;
        if next.is_none() {
            break;
        }
    }
    if left.is_empty() {
        return vec![Finding::ok(AREA, "previews left no stacks behind")];
    }
    let told = |name: &String| {
        let message =
            format!("{name} is an empty stack that a preview left, of this installation or another");
        Finding::warning(AREA, message, format!("aws cloudformation delete-stack --stack-name {name}"))
    };
    left.iter().map(told).collect()
}
