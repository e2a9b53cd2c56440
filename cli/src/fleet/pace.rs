//! How fast a fleet update goes, from what was seen of it.

use super::show::done;
use protium_wire::fleet::{FleetUpdate, FleetUpdateStatus};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// What is older no longer tells how fast it goes.
const WINDOW: Duration = Duration::from_secs(300);
/// From a shorter time nothing can be told.
const LEAST: Duration = Duration::from_secs(5);

/// How many targets were through, and when.
#[derive(Default)]
pub(super) struct Pace {
    seen: VecDeque<(Instant, i32)>,
    back: bool,
}

/// What a [`Pace`] tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Speed {
    /// Targets that come through in a minute.
    pub(super) per_minute: f64,
    /// Until the last deployment ends, if it goes on like this; waits for windows and people come on top.
    pub(super) left: Duration,
}

impl Pace {
    /// Takes in what is known now.
    pub(super) fn observe(&mut self, update: &FleetUpdate, now: Instant) {
        let back = update.status == FleetUpdateStatus::RollingBack;
        if back != self.back {
            self.seen.clear();
            self.back = back;
        }
        self.seen.push_back((now, self.through(update)));
        // One look from before the window stays, as the window's beginning.
        while self.seen.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= WINDOW) {
            self.seen.pop_front();
        }
    }

    /// The speed, once there is one, of a fleet update that deploys.
    pub(super) fn speed(&self, update: &FleetUpdate) -> Option<Speed> {
        use FleetUpdateStatus as S;
        if !matches!(update.status, S::Running | S::RollingBack | S::Cancelling) {
            return None;
        }
        let ((began, before), (ended, after)) = (*self.seen.front()?, *self.seen.back()?);
        let (took, came) = (ended.duration_since(began), after - before);
        if took < LEAST || came <= 0 {
            return None;
        }
        let per_second = f64::from(came) / took.as_secs_f64();
        let still = if self.back { update.counts.attempted - after } else { update.counts.selected - after };
        let left = Duration::from_secs_f64(f64::from(still.max(0)) / per_second);
        Some(Speed { per_minute: per_second * 60.0, left: left + self.bakes(update) })
    }

    /// What will be watched after the waves that are still to come.
    fn bakes(&self, update: &FleetUpdate) -> Duration {
        let bake = update.strategy.bake_seconds.and_then(|bake| u64::try_from(bake).ok()).unwrap_or(0);
        let waves = update.waves.len() as u64;
        let current = update.current_wave.and_then(|wave| u64::try_from(wave).ok()).unwrap_or(0);
        // The last wave isn't watched: nothing follows it.
        Duration::from_secs(if self.back {
            0
        } else {
            bake.saturating_mul(waves.saturating_sub(current + 1))
        })
    }

    fn through(&self, update: &FleetUpdate) -> i32 {
        if self.back { update.counts.rolled_back } else { done(&update.counts) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::sample::update;
    use rstest::rstest;

    fn seen(done: &[(u64, i32)], status: FleetUpdateStatus) -> Option<Speed> {
        let (start, mut pace, mut update) = (Instant::now(), Pace::default(), update(status));
        update.counts.selected = 100;
        for (second, done) in done {
            (update.counts.pending, update.counts.in_progress) = (100 - done, 0);
            pace.observe(&update, start + Duration::from_secs(*second));
        }
        pace.speed(&update)
    }

    #[rstest]
    #[case::nothing_yet(&[(0, 0)], None)]
    #[case::too_short(&[(0, 0), (4, 10)], None)]
    #[case::standing(&[(0, 10), (60, 10)], None)]
    #[case::steady(&[(0, 0), (60, 10)], Some((10.0, 540)))]
    #[case::old_looks_count_no_more(&[(0, 0), (10, 40), (310, 50), (610, 60)], Some((2.0, 1200)))]
    fn speed_is_that_of_the_last_minutes(#[case] done: &[(u64, i32)], #[case] expected: Option<(f64, u64)>) {
        let found = seen(done, FleetUpdateStatus::Running);
        assert_eq!(found.map(|speed| (speed.per_minute.round(), speed.left.as_secs())), expected);
    }

    #[test]
    fn what_waits_has_no_speed() {
        assert_eq!(seen(&[(0, 0), (60, 10)], FleetUpdateStatus::Paused), None);
    }
}
