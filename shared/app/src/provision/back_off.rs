//! Backing off: work that is throttled goes on later, and never fails for it.
//!
//! CloudFormation's limits are those of an account and region, which others use too. So a step that is throttled ends its
//! task by `RESTART_LATER` or `LATER` with the seconds to pause, the state machine pauses and hands them back to the next
//! attempt, which pauses longer if it has to. There is no last attempt. Each pause is drawn at random from between the
//! shortest one and three times the one before, so that many that were throttled together come back one by one.

use std::time::Duration;

use protium_domain::identifier::Identifier;

use super::observe::{conclude, note_down};
use super::{StepOutcome, Work, open_work};
use crate::context::App;
use crate::error::{Error, Result};

/// The shortest pause.
const SHORTEST: u32 = 2;
/// The longest pause.
const LONGEST: u32 = 120;

/// The task that a step ends: its token, and how its execution came to it.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    /// Ends the task; whoever holds it may.
    pub token: &'a str,
    /// How long the execution has just paused, in seconds, because the attempt before was throttled; 0 for a first one.
    pub paused_seconds: u32,
}

/// A token lets its holder end the task: it must not reach a log.
impl std::fmt::Debug for Task<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Task(after {} s)", self.paused_seconds)
    }
}

/// A task that nothing was throttled before.
impl<'a> From<&'a str> for Task<'a> {
    fn from(token: &'a str) -> Self {
        Self { token, paused_seconds: 0 }
    }
}

/// Ends `task` by the outcome that `again` makes of the seconds to pause, when the step was throttled; else what the step
/// ended with stays.
pub(super) async fn unless_throttled(
    app: &App,
    id: &Identifier,
    task: Task<'_>,
    result: Result<()>,
    again: impl FnOnce(u32) -> StepOutcome,
) -> Result<()> {
    let Err(Error::Throttling(reason)) = result else { return result };
    let seconds = pause(task.paused_seconds, chance(&app.ids.identifier()));
    tracing::info!(deployment = %id, seconds, reason, "throttled");
    if let Err(error) = explain(app, id).await {
        // The owner hears of it at the next attempt, or reads how it ended.
        tracing::info!(deployment = %id, %error, "nobody could be told of it");
    }
    conclude(app, task.token, again(seconds)).await
}

/// Tells the owner why nothing moves.
async fn explain(app: &App, id: &Identifier) -> Result<()> {
    let Work::Deployment(deployment) = open_work(app, id).await? else { return Ok(()) };
    let note = "Waiting: AWS accepts no more calls in this account and region for the moment, or does not answer. The \
                deployment goes on by itself.";
    note_down(app, &deployment, note).await
}

/// The next pause after one of `before` seconds, by a `chance` between 0 and 1.
fn pause(before: u32, chance: f64) -> u32 {
    let most = before.saturating_mul(3).clamp(SHORTEST * 3, LONGEST);
    let room = Duration::from_secs(u64::from(most - SHORTEST)).mul_f64(chance);
    SHORTEST + u32::try_from(room.as_secs()).unwrap_or(0)
}

/// A number from 0 to below 1, of the random end of a fresh id.
fn chance(id: &Identifier) -> f64 {
    let digits = id.as_str();
    let end = digits.len().checked_sub(8).and_then(|start| digits.get(start..));
    let number = end.and_then(|end| u32::from_str_radix(end, 16).ok()).unwrap_or(0);
    f64::from(number) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0, 0.0, 2)]
    #[case(0, 0.999, 5)]
    #[case(5, 0.0, 2)]
    #[case(5, 0.5, 8)]
    #[case(40, 0.999, 119)]
    #[case(120, 0.999, 119)]
    #[case(u32::MAX, 0.999, 119)]
    fn pauses_grow_by_chance(#[case] before: u32, #[case] chance: f64, #[case] expected: u32) {
        assert_eq!(pause(before, chance), expected);
    }

    #[test]
    fn pauses_spread_over_the_whole_range() {
        let mut longest = 0;
        for step in 0..100 {
            let seconds = pause(LONGEST, f64::from(step) / 100.0);
            assert!((SHORTEST..=LONGEST).contains(&seconds));
            longest = longest.max(seconds);
        }
        assert!(longest > LONGEST - 5);
    }

    #[rstest]
    #[case("0199a3c2-7b10-7c55-8c1e-2f6a00000000", 0.0)]
    #[case("0199a3c2-7b10-7c55-8c1e-2f6a80000000", 0.5)]
    #[case("0199a3c2-7b10-7c55-8c1e-2f6affffffff", 0.999_999_999)]
    fn chance_is_of_the_end_of_an_id(#[case] id: &str, #[case] expected: f64) {
        let chance = chance(&Identifier::new(id).expect("an id"));
        assert!((chance - expected).abs() < 1e-6 && chance < 1.0, "{chance}");
    }
}
