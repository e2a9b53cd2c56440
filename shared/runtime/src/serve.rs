//! Running a function.

use std::process::ExitCode;

use lambda_runtime::{Context, LambdaEvent, service_fn};
use protium_app::ports::JournalEntry;
use protium_app::{App, Origin};
use protium_domain::arn::Location;
use protium_domain::trace::TraceId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::{Instrument, info_span};

use crate::failure::Failure;
use crate::logging;
use crate::wiring::Wiring;

/// What a function works with: the application, and whatever else it needs.
pub trait State: Clone {
    /// The application.
    fn app(&mut self) -> &mut App;
}

impl State for App {
    fn app(&mut self) -> &mut App {
        self
    }
}

/// What an event says of the work that it belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// The trace of the request that the work began with, where the event has it; else Lambda's own is taken.
    pub trace: Option<TraceId>,
    /// The ARN of what the event is about.
    pub resource: Option<String>,
}

/// Runs a function until Lambda ends it: `wire` chooses its ports, `about` tells whose work an event is, `handle` answers
/// it. The journal hears of every event once, when it is over.
///
/// One thread, since a function handles one event at a time. A function that can't begin says why in its log and
/// exits, which Lambda reports as a failed start.
pub fn serve<S, E, R, X>(
    wire: impl FnOnce(Wiring) -> S,
    about: impl Fn(&E, &Location) -> About,
    handle: impl AsyncFn(&S, E) -> Result<R, X>,
) -> ExitCode
where
    S: State,
    E: DeserializeOwned,
    R: Serialize,
    X: Into<Failure>,
{
    serve_untold(wire, async |state: &S, event: E| {
        let mut state = state.clone();
        let About { trace, resource } = about(&event, state.app().location());
        *state.app() = state.app().part_of(trace);
        let began = state.app().now();
        let origin = state.app().origin.clone();
        let span = info_span!(
            "invocation",
            requestId = origin.request_id,
            trace = origin.trace.map(|trace| tracing::field::display(trace.id)),
        );
        let result = handle(&state, event).instrument(span).await.map_err(Into::<Failure>::into);
        let duration = state.app().now().since(began);
        let fault = result.as_ref().err().map(Failure::fault);
        state.app().tell(JournalEntry::Invoked { resource, duration, fault });
        result
    })
}

/// As [`serve`], for a handler that tells the journal of each event by itself, because it knows more of it.
pub fn serve_untold<S, E, R, X>(
    wire: impl FnOnce(Wiring) -> S,
    handle: impl AsyncFn(&S, E) -> Result<R, X>,
) -> ExitCode
where
    S: State,
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
    S: State,
    E: DeserializeOwned,
    R: Serialize,
    X: Into<Failure>,
{
    let state = wire(Wiring::from_env()?);
    let (state, handle) = (&state, &handle);
    let service = service_fn(async |event: LambdaEvent<E>| {
        let mut state = state.clone();
        *state.app() = state.app().because_of(origin(event.context));
        handle(&state, event.payload).await.map_err(Into::<Failure>::into)
    });
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    threads.block_on(lambda_runtime::run(service))
}

fn origin(context: Context) -> Origin {
    let trace = context.xray_trace_id.and_then(|header| header.parse().ok());
    Origin { trace, request_id: Some(context.request_id), call: None }
}
