//! The Lambda behind the HTTP API; see the library.

use std::process::ExitCode;

use protium_api::handle;
use protium_runtime::{Failure, serve_untold};

fn main() -> ExitCode {
    // The handler tells of each request itself: it knows the operation, and errors are answers here.
    serve_untold(
        // Specs, outputs and schemas lie in the artifact bucket; everything else follows from the table's stream.
        |wiring| wiring.artifacts().app(),
        async |app, request| Ok::<_, Failure>(handle(app, request).await),
    )
}
