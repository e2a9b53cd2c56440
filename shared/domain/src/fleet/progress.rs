//! Progress: how many targets are how far, and what that means.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::plan::Lane;
use super::target::TargetStatus;

/// How many targets of a wave are how far. Those without a record aren't in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WaveCounts {
    /// Their deployments are under way.
    pub deploying: u64,
    /// Deployed.
    pub succeeded: u64,
    /// Their deployments failed.
    pub failed: u64,
    /// Left alone, because the world had changed since the plan.
    pub skipped: u64,
    /// Going back.
    pub rolling_back: u64,
    /// Back.
    pub rolled_back: u64,
    /// Not brought back.
    pub roll_back_failed: u64,
    /// Changed by somebody else before they were rolled back.
    pub superseded: u64,
}

impl WaveCounts {
    /// Moves the count of `status`. Counters stand in shards, of which single ones may be negative; only sums are shown.
    pub fn add(&mut self, status: TargetStatus, by: i64) {
        let count = match status {
            TargetStatus::Pending => return,
            TargetStatus::Deploying => &mut self.deploying,
            TargetStatus::Succeeded => &mut self.succeeded,
            TargetStatus::Failed => &mut self.failed,
            TargetStatus::Skipped => &mut self.skipped,
            TargetStatus::RollingBack => &mut self.rolling_back,
            TargetStatus::RolledBack => &mut self.rolled_back,
            TargetStatus::RollBackFailed => &mut self.roll_back_failed,
            TargetStatus::Superseded => &mut self.superseded,
        };
        *count = count.wrapping_add_signed(by);
    }

    /// Deployments to the new version that were begun.
    #[must_use]
    pub const fn attempted(&self) -> u64 {
        self.deploying
            + self.succeeded
            + self.failed
            + self.rolling_back
            + self.rolled_back
            + self.roll_back_failed
            + self.superseded
    }

    /// Targets with a record.
    #[must_use]
    pub const fn claimed(&self) -> u64 {
        self.attempted() + self.skipped
    }

    /// Deployments under way.
    #[must_use]
    pub const fn in_flight(&self) -> u64 {
        self.deploying + self.rolling_back
    }
}

/// All that a decision about a fleet update looks at besides its record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// The counts of the waves, by number; a wave of which nothing was claimed may be missing.
    pub waves: BTreeMap<u32, WaveCounts>,
    /// The lanes of the wave that the record stands at, as the plan has them.
    pub lanes: Vec<Lane>,
    /// The alarms of the strategy that ring now. Looked at only where [`super::FleetUpdate::watches_alarms`].
    pub ringing: Vec<String>,
}

impl Progress {
    /// The counts of one wave.
    #[must_use]
    pub fn wave(&self, wave: u32) -> WaveCounts {
        self.waves.get(&wave).cloned().unwrap_or_default()
    }

    /// The sum of a count over all waves.
    #[must_use]
    pub fn total(&self, count: impl Fn(&WaveCounts) -> u64) -> u64 {
        self.waves.values().map(count).sum()
    }
}

/// How many resources of a fleet update are how far, as people see it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FleetCounts {
    /// Targets of the plan: what it doesn't skip.
    pub selected: u64,
    /// Deployments to the new version that were begun, however they ended.
    pub attempted: u64,
    /// At the new version.
    pub succeeded: u64,
    /// Their deployments failed, and they were not brought back; also what a roll back could not bring back.
    pub failed: u64,
    /// Not touched, by the plan or since.
    pub skipped: u64,
    /// Back at what they were.
    pub rolled_back: u64,
    /// Under way now, in either direction.
    pub in_progress: u64,
    /// Not begun.
    pub pending: u64,
}

impl FleetCounts {
    /// The counts of a plan with so many targets and skips, as far as `progress` tells.
    #[must_use]
    pub fn of(targets: u64, skipped_by_plan: u64, progress: &Progress) -> Self {
        Self {
            selected: targets,
            attempted: progress.total(WaveCounts::attempted),
            succeeded: progress.total(|wave| wave.succeeded + wave.superseded),
            failed: progress.total(|wave| wave.failed + wave.roll_back_failed),
            skipped: skipped_by_plan + progress.total(|wave| wave.skipped),
            rolled_back: progress.total(|wave| wave.rolled_back),
            in_progress: progress.total(WaveCounts::in_flight),
            pending: targets.saturating_sub(progress.total(WaveCounts::claimed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_counted_once() {
        let mut progress = Progress::default();
        for (wave, status) in (0..3).flat_map(|wave| TargetStatus::ALL.map(|status| (wave, status))) {
            let counts = progress.waves.entry(wave).or_default();
            counts.add(status, 3);
            counts.add(status, -1);
        }
        let counts = FleetCounts::of(100, 5, &progress);
        assert_eq!((counts.selected, counts.attempted, counts.skipped), (100, 3 * 7 * 2, 5 + 6));
        assert_eq!(counts.pending, 100 - 3 * 8 * 2);
        let shown =
            counts.succeeded + counts.failed + counts.rolled_back + counts.in_progress + counts.pending;
        assert_eq!(shown + counts.skipped - 5, counts.selected);
    }
}
