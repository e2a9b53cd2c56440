//! Running a function.

use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;
use crate::logging;
use crate::wiring::Wiring;

/// Runs a function until Lambda ends it: `wire` chooses its ports, `handle` answers each event.
///
/// One thread, since a function handles one event at a time. A function that can't begin says why in its log and
/// exits, which Lambda reports as a failed start.
pub fn serve<S, E, R, X>(
    wire: impl FnOnce(Wiring) -> S,
    handle: impl AsyncFn(&S, E) -> Result<R, X>,
) -> ExitCode
where
    E: DeserializeOwned,
    R: Serialize,
    X: Into<Failure>,
{
    logging::init();
    match begin(wire, handle) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "the function could not begin");
            ExitCode::FAILURE
        }
    }
}

fn begin<S, E, R, X>(
    wire: impl FnOnce(Wiring) -> S,
    handle: impl AsyncFn(&S, E) -> Result<R, X>,
) -> Result<(), lambda_runtime::Error>
where
    E: DeserializeOwned,
    R: Serialize,
    X: Into<Failure>,
{
    let state = wire(Wiring::from_env()?);
    let (state, handle) = (&state, &handle);
    let service = service_fn(async |event: LambdaEvent<E>| {
        handle(state, event.payload).await.map_err(Into::<Failure>::into)
    });
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    threads.block_on(lambda_runtime::run(service))
}
