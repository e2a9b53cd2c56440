//! Protium's table in DynamoDB: the implementation of [`protium_app::ports::Store`].
//!
//! One table holds everything. Each record is one item; the modules follow the way of a call:
//!
//! - [`keys`] has every key string, and the table of access patterns.
//! - `items` turns a record into an item and back: its JSON in one attribute, and beside it only what conditions,
//!   filters and indexes look at.
//! - `inventory` reads the whole table for an operator's export, and `portable` writes records into files.
//! - `queries` answers each list by one Query, and makes the positions where its pages end.
//! - `transact` turns writes into one transaction and its cancellation reasons into the write that lost.
//!
//! What can't be read is an error, never skipped: a list that silently lost a record would let a deletion guard
//! believe that nothing uses what it deletes.

#[cfg(test)]
mod calls;
mod error;
mod inventory;
mod items;
mod queries;
mod reads;
mod store;
mod transact;

pub mod keys;
pub mod portable;

pub use items::intent_from_image;
pub use store::DynamoStore;
