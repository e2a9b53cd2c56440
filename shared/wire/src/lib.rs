//! Proton's wire interface, declared once.
//!
//! Every shape of the service's interface is declared in one place, by the macros of `macros.rs` (see below),
//! and yields two things that therefore can't drift apart:
//!
//! - a Rust type that handlers use ([`environment::CreateEnvironmentInput`](struct@environment::CreateEnvironmentInput)
//!   …), and
//! - a [`shape::Shape`], a static description of the same members and constraints.
//!
//! The description drives everything that is not plain serde: validation with the texts AWS uses ([`protocol`],
//! [`validate`]), redaction of sensitive members in `Debug`, and the botocore model that `protium model` writes
//! ([`model`]). [`operations`] is the one list of the 87 operations, and of
//! Protium's own.
//!
//! # Reading a request, answering it
//!
//! ```
//! use protium_wire::{operations::Operation, protocol, environment::GetEnvironmentInput};
//!
//! let body = br#"{"name": "staging"}"#;
//! let (operation, value) =
//!     protocol::request(Some("AwsProton20200720.GetEnvironment"), Some("application/x-amz-json-1.0"), body)?;
//! assert_eq!(operation, Operation::GetEnvironment);
//! let input: GetEnvironmentInput = protocol::decode(&value)?;
//! assert_eq!(input.name, "staging");
//! # Ok::<(), protium_wire::error::WireError>(())
//! ```
//!
//! # Declaring a shape
//!
//! Types and statics live in different namespaces, so each shape's static description carries the same name as
//! its type: `ResourceName` is both `type ResourceName = String` and `static ResourceName: Shape` (which these pages
//! don't show). One `use` brings both, and a member is declared by naming its shape once:
//! `name: ResourceName (required)`.
//!
//! What is where: strings and numbers in [`values`], shapes that several families share in [`common`], everything
//! else in its family's file. Strings stay `String`: this crate knows what travels, the domain knows what it means.

mod macros;

pub mod error;
pub mod model;
pub mod operations;
pub mod page;
pub mod protocol;
pub mod shape;
pub mod timestamp;
pub mod validate;

pub mod common;
pub mod values;

pub mod account;
pub mod account_connection;
pub mod component;
pub mod deployment;
pub mod environment;
pub mod environment_template;
pub mod fleet;
pub mod notify;
pub mod own;
pub mod preview;
pub mod repository;
pub mod service;
pub mod service_instance;
pub mod service_pipeline;
pub mod service_sync;
pub mod service_template;
pub mod tag;
pub mod template_sync;
pub mod update_policy;

pub use error::{ErrorCode, WireError};
pub use operations::{Interface, Operation, Request};
pub use page::Page;
pub use protocol::decode;
pub use timestamp::Timestamp;
