//! One state of an installation, read from a table that others may write to.

use std::collections::BTreeMap;

use thiserror::Error;

use super::belonging::{self, Belonging};
use crate::fingerprint::sha256;
use crate::ports::{Entity, Inventory, Marked, PortError};

/// How many examples a refusal names.
const EXAMPLES: usize = 10;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// How many records move, by kind.
    pub records: BTreeMap<&'static str, u64>,
}

/// Why there is no snapshot.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// Something is in progress; some of it, and how much there is of it.
    #[error("{count} things are in progress, such as {}", .examples.join(", "))]
    Busy {
        /// Some of it.
        examples: Vec<String>,
        /// How much of it.
        count: usize,
    },
    /// Records were written meanwhile.
    #[error("the installation was written to while it was read")]
    Changed,
    /// A record could not be kept.
    #[error(transparent)]
    Kept(#[from] std::io::Error),
    /// The table could not be read.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Hands every record that moves to `keep`, and then makes sure that they are one state of the installation.
///
/// A Scan reads each item as it is at that moment, and takes minutes on a large table. So the table is read twice, the second
/// time only for the marks that every write leaves: when each record has the same mark in both, each was the same in the
/// moment between the two, and that moment is what was taken. What comes and goes between them leaves a deployment or a
/// revision behind, or mattered to nobody.
///
/// # Errors
/// [`SnapshotError`]; what `keep` got is worthless then.
pub async fn snapshot_take(
    inventory: &dyn Inventory,
    mut keep: impl FnMut(&Entity) -> std::io::Result<()> + Send,
) -> Result<Snapshot, SnapshotError> {
    let mut snapshot = Snapshot::default();
    let mut busy = Vec::new();
    let first = walk(inventory, |entity| {
        busy.extend(belonging::work(entity));
        if belonging::of_record(entity) == Belonging::Moves {
            *snapshot.records.entry(belonging::kind(entity)).or_default() += 1;
            keep(entity)?;
        }
        Ok(())
    })
    .await?;
    idle(busy)?;
    let mut busy = Vec::new();
    let second = walk(inventory, |entity| {
        busy.extend(belonging::work(entity));
        Ok(())
    })
    .await?;
    idle(busy)?;
    if first == second { Ok(snapshot) } else { Err(SnapshotError::Changed) }
}

fn idle(mut busy: Vec<String>) -> Result<(), SnapshotError> {
    let count = busy.len();
    busy.truncate(EXAMPLES);
    if count == 0 { Ok(()) } else { Err(SnapshotError::Busy { examples: busy, count }) }
}

/// Goes over all records; a digest of the keys and marks of those that move, whatever their order.
async fn walk(
    inventory: &dyn Inventory,
    mut look: impl FnMut(&Entity) -> std::io::Result<()> + Send,
) -> Result<u128, SnapshotError> {
    let (mut digest, mut after) = (0_u128, None);
    loop {
        let page = inventory.records(after.as_deref()).await?;
        for Marked { entity, mark } in &page.items {
            look(entity)?;
            if belonging::of_record(entity) == Belonging::Moves {
                digest = digest.wrapping_add(number(&format!("{:?} {mark}", entity.key())));
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(digest);
        }
    }
}

fn number(text: &str) -> u128 {
    sha256(text.as_bytes()).iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte))
}
