//! How long a fleet update is kept.
//!
//! Its record stays, as those of deployments do. Its targets, of which there may be 100,000, and the objects of its plan go.
//! Nobody touches them for that: a target's record is written with the time from which on DynamoDB may remove it, and S3
//! removes objects by their age. So that time has to be known when the first of them is written, long before anybody knows
//! when the fleet update ends; and it can't be moved on by whatever changes a target, because a target that is done rests
//! while its fleet update is paused, and a roll back has to find it. Therefore a fleet update has an end from its beginning,
//! [`FleetUpdate::kept_until`]. Until then it may run, rest and go back. Then [`super::decide`] stops what is still under way,
//! claims begin nothing more, requests that would are refused, and [`FleetUpdate::targets_until`], days later, the records
//! go of which nobody has need. So nothing that runs can lose what it runs on.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::update::FleetUpdate;
use crate::time::Timestamp;

/// For how many days from when it was asked for a fleet update can be carried out and rolled back, and its plan and
/// targets can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Retention(u32);

/// Longer than any deployment takes that was under way at the end.
const GRACE: Duration = days(7);

const fn days(count: u32) -> Duration {
    Duration::from_secs(count as u64 * 24 * 60 * 60)
}

impl Retention {
    /// So many days; at least one.
    #[must_use]
    pub const fn days(count: u32) -> Self {
        Self(if count == 0 { 1 } else { count })
    }

    /// How many days.
    #[must_use]
    pub const fn as_days(self) -> u32 {
        self.0
    }

    /// How long that is.
    #[must_use]
    pub const fn duration(self) -> Duration {
        days(self.0)
    }
}

/// Half a year: of a fleet update that takes weeks, months are left in which it can be looked at and rolled back.
impl Default for Retention {
    fn default() -> Self {
        Self(180)
    }
}

impl FleetUpdate {
    /// Until when it can be carried out and rolled back, and its plan and targets can be read.
    #[must_use]
    pub fn kept_until(&self) -> Timestamp {
        self.created_at.plus(self.retention.duration())
    }

    /// Whether that is over.
    #[must_use]
    pub fn is_past(&self, now: Timestamp) -> bool {
        now >= self.kept_until()
    }

    /// From when on the records of its targets may be removed. By then all have come to their ends.
    #[must_use]
    pub fn targets_until(&self) -> Timestamp {
        self.kept_until().plus(GRACE)
    }

    /// As messages say it.
    pub(super) fn past_words(&self) -> String {
        format!("past the {} days for which it is kept", self.retention.as_days())
    }
}
