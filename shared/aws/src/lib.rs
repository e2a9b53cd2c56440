//! The ports of `protium-app` on AWS, one adapter each.
//!
//! An adapter translates: a port's call into one or a few SDK calls, and what the service answers into what the port
//! promises. It decides nothing. Which failures are worth a repeat, which are the caller's to mend and which mean that
//! somebody was here before, is read in one place per service.
//!
//! Clients are built by the first call that needs them, so that a Lambda's cold start pays only for what it uses
//! ([`Connection`]).

mod connection;
mod failure;
#[cfg(test)]
mod scripted;

pub mod cloudformation;
pub mod cloudwatch;
pub mod credentials;
pub mod eventbridge;
pub mod s3;
pub mod sfn;

pub use connection::{Access, Connection};
