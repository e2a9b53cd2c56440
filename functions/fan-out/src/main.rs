//! The Lambda that plans fleet updates.

use std::process::ExitCode;

use protium_fan_out::{Step, handle};
use protium_runtime::serve;

fn main() -> ExitCode {
    serve(|wiring| wiring.artifacts().app(), Step::about, handle)
}
