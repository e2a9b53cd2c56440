//! How far a plan is while it is made, and what the record of a fleet update keeps of it.

use serde::{Deserialize, Serialize};

use super::plan::Wave;
use super::target::SkipReason;
use crate::version::VersionNumber;

/// How many were skipped by the plan, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SkipCount {
    /// The reason.
    pub reason: SkipReason,
    /// How many.
    pub count: u64,
}

/// A plan, as the record of a fleet update has it. The rows lie in objects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanSummary {
    /// How many rows it has.
    pub rows: u32,
    /// The waves, in order.
    pub waves: Vec<Wave>,
    /// How many are skipped by it, by reason.
    pub skipped: Vec<SkipCount>,
}

impl PlanSummary {
    /// How many targets it has.
    #[must_use]
    pub fn targets(&self) -> u64 {
        self.waves.iter().map(|wave| wave.targets).sum()
    }

    /// How many rows it skips.
    #[must_use]
    pub fn skips(&self) -> u64 {
        self.skipped.iter().map(|skip| skip.count).sum()
    }
}

/// How many targets come from a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionCount {
    /// The version.
    pub version: VersionNumber,
    /// How many.
    pub targets: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Where planning goes on after a step: a step takes so long only, and the next one knows where the last one ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanCursor {
    /// Where the list of candidates goes on; nothing before the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Whether all candidates were read: the waves are still to be dealt.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_complete: bool,
    /// Rows that are stored.
    pub rows: u32,
    /// How many of them are skipped, by reason.
    pub skipped: Vec<SkipCount>,
    /// How many targets come from each version, for the first [`PlanCursor::MOST_VERSIONS`] that were met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<VersionCount>,
    /// How many targets come from yet other versions.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub other_versions: u64,
    /// Whether the versions were compared, once all candidates were read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_compared: bool,
}

impl PlanCursor {
    /// The most versions to come from that a plan compares with the one to go to: each takes two reads and some
    /// milliseconds, whatever the size of the fleet.
    pub const MOST_VERSIONS: usize = 50;

    /// Counts a target by the version that it comes from; whether that version is one of those that are compared.
    pub fn count_target(&mut self, from: VersionNumber) -> bool {
        if let Some(count) = self.versions.iter_mut().find(|count| count.version == from) {
            count.targets += 1;
        } else if self.versions.len() < Self::MOST_VERSIONS {
            self.versions.push(VersionCount { version: from, targets: 1 });
        } else {
            self.other_versions += 1;
            return false;
        }
        true
    }

    /// Counts a skip.
    pub fn count_skip(&mut self, reason: SkipReason) {
        match self.skipped.iter_mut().find(|skip| skip.reason == reason) {
            Some(skip) => skip.count += 1,
            None => self.skipped.push(SkipCount { reason, count: 1 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_counted_by_version_up_to_a_limit() {
        let mut cursor = PlanCursor::default();
        let most = PlanCursor::MOST_VERSIONS as u64;
        for minor in (0..most + 5).chain([0, most + 1]) {
            assert_eq!(cursor.count_target(VersionNumber::new(1, minor)), minor < most, "1.{minor}");
        }
        assert_eq!((cursor.versions.len() as u64, cursor.other_versions), (most, 6));
        assert_eq!(cursor.versions[0], VersionCount { version: VersionNumber::new(1, 0), targets: 2 });
        let all: u64 = cursor.versions.iter().map(|count| count.targets).sum();
        assert_eq!(all + cursor.other_versions, most + 7);
    }
}
