//! Revisions of records: optimistic concurrency and the `sequence` of events from one counter.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Counts the commits of one record. A write names the revision that it read; of two writers one wins.
///
/// A record begins at its creation time in milliseconds and grows by one with every commit. So the sequence that
/// events carry also grows when a resource is deleted and made again under its old name, and consumers can drop
/// whatever is not newer than what they saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(u64);

impl Revision {
    /// The first revision of a record made at `created_at`.
    #[must_use]
    pub fn first(created_at: Timestamp) -> Self {
        Self(u64::try_from(created_at.as_millis()).unwrap_or(0))
    }

    /// The revision after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The revision before this one: what a write of this revision expects to find.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// The number itself.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}
