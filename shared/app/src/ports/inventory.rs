//! Everything that the table and the artifact bucket hold, for an operator who takes an installation somewhere else.
//!
//! No request and no step reads like this: whatever they list is a Query (`shared/store/src/keys.rs`). An export reads
//! every record once whatever it is asked for, and a new kind of record must not be able to hide from it, so here the whole
//! table is the right thing to read. Lambda functions have no permission to.

use async_trait::async_trait;

use super::{Entity, PortError};
use crate::paging::Page;

/// A record, and the mark that its last write left.
#[derive(Debug, Clone, PartialEq)]
pub struct Marked {
    /// The record.
    pub entity: Entity,
    /// Another one with every write: whether a record is still as it was is told without comparing it.
    pub mark: String,
}

/// The whole table.
#[async_trait]
pub trait Inventory: Send + Sync {
    /// One page of all records, in no order that means anything; each read strongly consistent.
    ///
    /// # Errors
    /// [`PortError::ForeignPosition`] for a position that isn't one of these; [`PortError::Unreadable`] for a record of a
    /// format that this version doesn't know; or the store's failure.
    async fn records(&self, after: Option<&str>) -> Result<Page<Marked>, PortError>;
}

/// What a listing tells of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectSummary {
    /// Its key.
    pub key: String,
    /// Its size.
    pub bytes: u64,
}

/// The whole artifact bucket.
#[async_trait]
pub trait ObjectInventory: Send + Sync {
    /// One page of all objects, by key.
    ///
    /// # Errors
    /// [`PortError`] when S3 fails.
    async fn objects(&self, after: Option<&str>) -> Result<Page<ObjectSummary>, PortError>;

    /// The size of an object; nothing when there is none.
    ///
    /// # Errors
    /// [`PortError`] when S3 fails.
    async fn size(&self, key: &str) -> Result<Option<u64>, PortError>;
}
