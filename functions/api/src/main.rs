//! The Lambda behind the HTTP API; see the library.

use std::process::ExitCode;

use protium_api::handle;
use protium_runtime::{Failure, serve};

fn main() -> ExitCode {
    serve(
        // Specs, outputs and schemas lie in the artifact bucket; everything else follows from the table's stream.
        |wiring| wiring.artifacts().app(),
        async |app, request| Ok::<_, Failure>(handle(app, request).await),
    )
}
