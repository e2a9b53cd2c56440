//! What a template may use: steps and memory.
//!
//! Both are counted as things are made and never given back, so a text that doubles itself is stopped before it is there.

use super::failure::{Result, failure};

/// Most steps of the engine per template. The largest sample takes a few thousand; a second is not reached.
pub(super) const FUEL: u64 = 1_500_000;
/// Most bytes of values that a template may make, all together.
pub(super) const MEMORY: usize = 24 * 1024 * 1024;
/// Widest column of formats and indentations.
pub(super) const WIDTH_LIMIT: usize = 9_999;
/// Bytes that are gone through in one step.
const BYTES_PER_STEP: usize = 64;
/// What a value takes, in bytes.
pub(super) const VALUE: usize = 64;

/// What is left.
#[derive(Debug)]
pub(super) struct Budget {
    fuel: u64,
    memory: usize,
    changes: u64,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { fuel: FUEL, memory: MEMORY, changes: 0 }
    }

    /// How many times lists and mappings were changed.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Counts a change of a list or mapping.
    pub(super) fn changed(&mut self) {
        self.changes += 1;
    }

    /// Takes steps.
    pub(super) fn steps(&mut self, steps: usize) -> Result<()> {
        let left = self.fuel.checked_sub(steps as u64);
        self.fuel = left.ok_or_else(|| {
            failure(format!("the template takes more than {FUEL} steps")).with_remedy("Shorten its loops.")
        })?;
        Ok(())
    }

    /// Takes the steps for going through bytes.
    pub(super) fn work(&mut self, bytes: usize) -> Result<()> {
        self.steps(bytes / BYTES_PER_STEP)
    }

    /// Takes memory for what is about to be made.
    pub(super) fn memory(&mut self, bytes: usize) -> Result<()> {
        let left = self.memory.checked_sub(bytes);
        self.memory = left.ok_or_else(|| {
            failure(format!("the template makes values of more than {} MB", MEMORY / 1024 / 1024))
                .with_remedy("Repeat and join less text.")
        })?;
        self.work(bytes)
    }

    /// Gives memory back.
    pub(super) fn release(&mut self, bytes: usize) {
        self.memory += bytes;
    }

    /// Takes memory for `count` times `size` bytes.
    pub(super) fn product(&mut self, count: i128, size: usize) -> Result<()> {
        let bytes = usize::try_from(count.max(0)).unwrap_or(usize::MAX).saturating_mul(size);
        self.memory(bytes)
    }
}

/// Refuses columns wider than the limit.
pub(super) fn width(width: i128) -> Result<usize> {
    let width = usize::try_from(width.max(0)).unwrap_or(usize::MAX);
    if width > WIDTH_LIMIT {
        return Err(failure(format!("a width of more than {WIDTH_LIMIT} is not supported")));
    }
    Ok(width)
}
