//! Protium's domain: names, versions, ARNs, resources and the rules of their lifecycles.
//!
//! Everything here is pure: no I/O, no clock, no randomness, no AWS SDK. Time and ids come in as arguments, so that
//! each rule can be tested as a table. Status fields are private to the modules that own their transitions; the rest
//! of the project reads a status and asks for a transition, but can't assign one (behaviour section 3).

pub mod account;
pub mod account_connection;
pub mod arn;
pub mod component;
pub mod deployable;
pub mod deployment;
pub mod digest;
pub mod document;
pub mod environment;
pub mod event;
pub mod fleet;
pub mod identifier;
pub mod import;
pub mod intent;
pub mod name;
pub mod policy;
pub mod preview;
pub mod provisioning;
pub mod quota;
pub mod reference;
pub mod repository;
pub mod revision;
pub mod service;
pub mod service_instance;
pub mod service_pipeline;
pub mod sync;
pub mod tag;
pub mod tally;
pub mod template;
pub mod template_version;
pub mod time;
pub mod token;
pub mod trace;
pub mod transition;
pub mod upload;
pub mod version;
pub mod watch;
