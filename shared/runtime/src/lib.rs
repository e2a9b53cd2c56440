//! What every Lambda of Protium begins with.
//!
//! A Lambda is one line: [`serve`] with the ports that it uses and the handler of its crate. Here, and nowhere else,
//! the environment is read ([`config`]), the clock is read and ids are made, logging is set up ([`logging`]), real
//! ports are chosen ([`wiring`]), and each invocation is told of, once (the journal).
//!
//! Beginning is cheap on purpose, since it is part of every cold start: nothing is read but the environment, no
//! client is built before its first use, and a function links only the clients of the ports that it wires.

pub mod config;
pub mod failure;
pub mod logging;
pub mod wiring;

mod ambient;
mod emf;
mod journal;
mod serve;
mod unwired;

pub use failure::Failure;
pub use serve::{About, State, serve, serve_untold};
