//! What users of the wire interface rely on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests"
)]

mod constraints;
mod contract;
mod decoding;
mod golden;
mod pages;
mod redaction;
