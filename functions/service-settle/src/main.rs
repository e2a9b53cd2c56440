//! The Lambda that settles operations of services.

use std::process::ExitCode;

use protium_runtime::serve;
use protium_service_settle::{Step, handle};

fn main() -> ExitCode {
    serve(|wiring| wiring.artifacts().app(), Step::about, handle)
}
