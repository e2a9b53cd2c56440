//! The Lambda behind the table's stream.

use std::process::ExitCode;

use protium_publish_status::handle;
use protium_runtime::{About, serve};

fn main() -> ExitCode {
    // A batch has many origins; each intent that is carried out is told of by itself.
    serve(|wiring| wiring.executions().task_tokens().events().app(), |_, _| About::default(), handle)
}
