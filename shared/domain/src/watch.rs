//! When the reconciler looks at work that should have ended (design 2.5).
//!
//! A record in progress carries the point in time at which somebody should check that its workflow still lives. The
//! sparse index of the table is sorted by it, so that the reconciler reads what is due and nothing else.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The next check of work in progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Watch {
    /// When the work began.
    pub began_at: Timestamp,
    /// When to look.
    pub due_at: Timestamp,
    /// How often its workflow was started; part of the execution's name.
    pub attempt: u32,
}

impl Watch {
    /// How long work may be quiet before its first check.
    pub const FIRST: Duration = Duration::from_secs(2 * 60);
    /// The longest pause between two checks.
    pub const LONGEST: Duration = Duration::from_secs(15 * 60);
    /// How often a workflow that died is started again before the work is given up.
    pub const MOST_ATTEMPTS: u32 = 5;

    /// The watch over work that begins `now`.
    #[must_use]
    pub fn begin(now: Timestamp) -> Self {
        Self { began_at: now, due_at: now.plus(Self::FIRST), attempt: 1 }
    }

    /// The watch after a check that found the workflow alive: the older the work, the longer the pause.
    #[must_use]
    pub fn seen_alive(self, now: Timestamp) -> Self {
        let pause = now.since(self.began_at).clamp(Self::FIRST, Self::LONGEST);
        Self { due_at: now.plus(pause), ..self }
    }

    /// The watch after the workflow is started again; nothing once the attempts are used up.
    #[must_use]
    pub fn restarted(self, now: Timestamp) -> Option<Self> {
        let attempt = self.attempt + 1;
        (attempt <= Self::MOST_ATTEMPTS).then_some(Self { due_at: now.plus(Self::FIRST), attempt, ..self })
    }

    /// The watch after the workflow is started again, for work that is never given up: from
    /// [`Watch::MOST_ATTEMPTS`] on in long pauses.
    #[must_use]
    pub fn restarted_always(self, now: Timestamp) -> Self {
        let attempt = self.attempt.saturating_add(1);
        self.restarted(now).unwrap_or(Self { due_at: now.plus(Self::LONGEST), attempt, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(count: i64) -> Timestamp {
        Timestamp::from_millis(count * 60_000)
    }

    #[test]
    fn pauses_grow_with_the_age_of_the_work() {
        let watch = Watch::begin(minutes(0));
        assert_eq!(watch.due_at, minutes(2));
        assert_eq!(watch.seen_alive(minutes(2)).due_at, minutes(4));
        assert_eq!(watch.seen_alive(minutes(8)).due_at, minutes(16));
        assert_eq!(watch.seen_alive(minutes(60)).due_at, minutes(75));
    }

    #[test]
    fn attempts_end() {
        let mut watch = Some(Watch::begin(minutes(0)));
        let mut attempts = 0;
        while let Some(current) = watch {
            attempts = current.attempt;
            watch = current.restarted(minutes(1));
        }
        assert_eq!(attempts, Watch::MOST_ATTEMPTS);
    }
}
