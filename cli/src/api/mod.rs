//! The way to an installation's API: where it is, who asks, and one call.
//!
//! `protium proxy` takes [`Signer`] and [`Upstream`] and forwards what others ask; commands that ask themselves take a
//! [`Client`], which speaks the very types that the API's handlers are written for.

mod client;
mod connection;
mod endpoint;
mod signer;
mod upstream;

pub(crate) use client::{CallError, Client};
pub(crate) use connection::{Connection, connection_make};
pub(crate) use endpoint::{Endpoint, is_loopback_host};
pub(crate) use signer::{SERVICE, Signer};
pub(crate) use upstream::Upstream;
