//! What users of the wire interface rely on.

mod constraints;
mod contract;
mod decoding;
mod golden;
mod pages;
mod redaction;
