//! One module per family of operations: wire input -> use case -> wire answer.
//!
//! Texts of the wire become types of the domain here and nowhere else, so a use case never sees a name that isn't one.

pub(crate) mod account;
pub(crate) mod account_connection;
pub(crate) mod component;
pub(crate) mod convert;
pub(crate) mod deployable;
pub(crate) mod deployment;
pub(crate) mod environment;
pub(crate) mod environment_template;
pub(crate) mod fleet;
pub(crate) mod notify;
pub(crate) mod own;
pub(crate) mod preview;
pub(crate) mod repository;
pub(crate) mod service;
pub(crate) mod service_instance;
pub(crate) mod service_pipeline;
pub(crate) mod service_sync;
pub(crate) mod service_template;
pub(crate) mod tag;
pub(crate) mod template_sync;
pub(crate) mod update_policy;
