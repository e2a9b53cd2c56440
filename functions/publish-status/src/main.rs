//! The Lambda behind the table's stream.

use std::process::ExitCode;

use protium_publish_status::handle;
use protium_runtime::serve;

fn main() -> ExitCode {
    serve(|wiring| wiring.executions().task_tokens().events().app(), handle)
}
