//! Imports: the memory of an export of another installation that was brought in here.

use serde::{Deserialize, Serialize};

use crate::arn::Location;
use crate::identifier::Identifier;
use crate::revision::Revision;
use crate::time::Timestamp;

/// One import. Its being there, and its end, tell a repetition what is left to do: an import that was cut goes on, and
/// one that is complete is never carried out again, which would bring back what was deleted since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Import {
    /// The id of the export.
    pub id: Identifier,
    /// The installation that it was made of.
    pub from: Location,
    /// When it began.
    pub began_at: Timestamp,
    /// When everything was there and verified.
    pub completed_at: Option<Timestamp>,
    /// Revision of the record.
    pub revision: Revision,
}

impl Import {
    /// An import that begins.
    #[must_use]
    pub fn new(id: Identifier, from: Location, now: Timestamp) -> Self {
        Self { id, from, began_at: now, completed_at: None, revision: Revision::first(now) }
    }

    /// Everything is there.
    pub const fn complete(&mut self, now: Timestamp) {
        self.completed_at = Some(now);
    }
}
