//! The Lambda that hears of uploads.

use std::process::ExitCode;

use protium_bundle_upload::handle;
use protium_runtime::serve;
use protium_runtime::wiring::Wiring;

fn main() -> ExitCode {
    serve(Wiring::app, handle)
}
