//! The Lambda that commits outcomes.

use std::process::ExitCode;

use protium_provision_record::{Step, handle};
use protium_runtime::serve;

fn main() -> ExitCode {
    serve(|wiring| wiring.artifacts().app(), Step::about, handle)
}
