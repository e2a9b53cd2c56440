//! Moving all state of one installation into another, in whichever account: export and import.
//!
//! An operator who moves wants the new installation to manage the very stacks that the old one made. So records move as
//! they are, under their names, ids and stack ARNs, by somebody who may read and write the two tables; through the API
//! they could only be made anew. What belongs to the place is rewritten ([`Route`]), what belongs to the moment stays
//! ([`belonging`]), and counters are not copied but counted again as records come in, in the transactions that write
//! them.
//!
//! An export is one state of the installation ([`snapshot_take`]): nothing is in progress in it, and nothing was written while
//! it was read, or there is none. An import can be cut anywhere and be repeated ([`Importer`]): a record that is there is
//! left alone, and an import that is complete is never carried out again.

pub mod belonging;

mod import;
mod roles;
mod route;
mod snapshot;

pub use import::{Begun, Census, ImportError, Importer, Lot, MOST_RECORDS};
pub use roles::roles;
pub use route::Route;
pub use snapshot::{Snapshot, SnapshotError, snapshot_take};
