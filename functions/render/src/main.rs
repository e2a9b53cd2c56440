//! The Lambda that renders templates.

use std::process::ExitCode;

use protium_render::{Step, handle};
use protium_runtime::serve;

fn main() -> ExitCode {
    serve(|wiring| wiring.artifacts().app(), Step::about, handle)
}
