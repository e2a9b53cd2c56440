//! The Lambda that decides what a fleet update does next.

use std::process::ExitCode;

use protium_fleet_advance::{Step, handle};
use protium_runtime::serve;

fn main() -> ExitCode {
    serve(|wiring| wiring.artifacts().alarms().app(), Step::about, handle)
}
