//! The Lambda that begins the deployment of one target of a fleet update.

use std::process::ExitCode;

use protium_fleet_deploy::{about, handle};
use protium_runtime::serve;

fn main() -> ExitCode {
    serve(|wiring| wiring.artifacts().task_tokens().app(), about, handle)
}
