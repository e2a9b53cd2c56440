//! Everything that a test needs instead of AWS: fakes of all ports, records to begin with, and the contract of the
//! store.
//!
//! The fakes are strict where AWS is strict: [`MemoryStore`] checks every condition, commits all or nothing, and pages
//! lists, so that a use case that works against it works against DynamoDB. [`store_contract`] holds both to that. The
//! fakes can be told to fail and remember what was asked of them; time stands still unless a test moves it, and ids
//! count up, so that every run of a test is the same. [`world`] plays what surrounds the use cases: the stream, the state
//! machines, CloudFormation and the schedule.
//!
//! Tests of `app` and `domain`, which this crate depends on, use it from their `tests/` folder: a unit test would see
//! two copies of its own crate, whose types differ.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "only tests use this crate: a broken premise of a test should stop it"
)]

mod app;
mod cloudformation;
mod contention;
mod faults;
mod journal;
mod lock;
mod objects;
mod policies;
mod store;
mod time;
mod workflows;

pub mod records;
pub mod store_contract;
pub mod world;

pub use app::{TestApp, TestAppBuilder};
pub use cloudformation::{FakeCloudFormation, FakeStack, StackCall, StackCallKind};
pub use contention::race;
pub use faults::{FaultTime, Faults, Interruption};
pub use journal::MemoryJournal;
pub use objects::{MemoryArtifacts, MemorySources};
pub use policies::MemoryPolicies;
pub use store::{MemoryStore, StoreCalls};
pub use time::{FixedClock, SequentialIds};
pub use workflows::{MemoryAlarms, MemoryEventBus, MemoryExecutions, MemoryTaskTokens};
pub use world::World;
