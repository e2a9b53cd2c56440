//! The Lambda that hears of uploads.

use std::process::ExitCode;

use protium_bundle_upload::{about, handle};
use protium_runtime::serve;
use protium_runtime::wiring::Wiring;

fn main() -> ExitCode {
    serve(Wiring::app, about, handle)
}
