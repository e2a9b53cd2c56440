//! The Lambda that begins the work on stacks.

use std::process::ExitCode;

use protium_provision_start::{Step, handle};
use protium_runtime::serve;

fn main() -> ExitCode {
    serve(|wiring| wiring.artifacts().cloudformation().task_tokens().app(), Step::about, handle)
}
