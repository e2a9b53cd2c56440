//! The journal in memory.

use std::sync::Mutex;

use protium_app::Origin;
use protium_app::ports::{Journal, JournalEntry};

use crate::lock::lock;

/// Keeps what was told, in order.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<Vec<(Origin, JournalEntry)>>);

impl MemoryJournal {
    /// What was told since the last call, with where it came from.
    #[must_use]
    pub fn drain(&self) -> Vec<(Origin, JournalEntry)> {
        std::mem::take(&mut *lock(&self.0))
    }
}

impl Journal for MemoryJournal {
    fn write(&self, origin: &Origin, entry: JournalEntry) {
        lock(&self.0).push((origin.clone(), entry));
    }
}
