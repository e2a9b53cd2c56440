//! Use cases: what each operation and each workflow step does, over narrow ports.
//!
//! A use case reads records, lets the domain decide, and commits once: records, deployment, client token and the
//! intent together (design 2.5). It knows no SDK, no wire format and no clock; it gets them as [`App`].

mod cancellation;
mod client_token;
mod commit;
mod compatibility;
mod context;
mod error;
mod fingerprint;
mod guard;
mod origin;
mod paging;
mod race;
mod tally;

pub mod account;
pub mod account_connection;
pub mod artifact;
pub mod component;
pub mod deployment;
pub mod environment;
pub mod fleet;
pub mod force_delete;
pub mod policies;
pub mod ports;
pub mod preview;
pub mod provision;
pub mod publish;
pub mod reconcile;
pub mod relay;
pub mod relocation;
pub mod rendered;
pub mod repository;
pub mod retry;
pub mod service;
pub mod service_instance;
pub mod service_pipeline;
pub mod service_settle;
pub mod spec;
pub mod stack_event;
pub mod summary;
pub mod sync;
pub mod tag;
pub mod target_version;
pub mod template;
pub mod template_version;
pub mod upload;
pub mod workflow;

pub use commit::Commit;
pub use context::{App, Installation};
pub use error::{Error, Result};
pub use fingerprint::fingerprint;
pub use origin::{Call, Origin};
pub use paging::{Page, PageRequest};
