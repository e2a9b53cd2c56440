//! The Lambda that validates bundles.

use std::process::ExitCode;

use protium_runtime::serve;
use protium_validate_bundle::{about, handle};

fn main() -> ExitCode {
    serve(|wiring| wiring.artifacts().sources().app(), about, handle)
}
