//! The Lambda that hears of stacks.

use std::process::ExitCode;

use protium_runtime::serve;
use protium_stack_events::{about, handle};

fn main() -> ExitCode {
    serve(|wiring| wiring.task_tokens().app(), about, handle)
}
