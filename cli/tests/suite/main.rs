//! The `protium` binary as people run it: bundles, requests through the proxy, models through real clients.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests"
)]

mod bundle;
mod capture;
mod clients;
mod command;
mod fleet;
mod manual;
mod policy;
mod proxy;
mod readme;
mod tls;
