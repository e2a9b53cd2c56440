//! API Gateway -> all operations of Proton's API.
//!
//! One HTTP request is one operation: [`http`] reads it, [`gate`] asks the policies, [`dispatch`] finds the handler, the
//! handler turns wire types into the use case's and back, and [`error`] turns whatever went wrong into what the caller
//! may read. Nothing is decided here. What becomes of a request is told to the journal once, whoever refused it and however early: who asked
//! for which operation on what, and how it ended. Bodies, and texts that may quote them, never reach the log.

mod authority;
pub mod dispatch;
pub mod error;
pub mod gate;
mod handlers;
pub mod http;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use protium_app::ports::{Fault, JournalEntry};
use protium_app::{App, Origin};
use protium_domain::trace::TraceId;
use protium_wire::{Operation, WireError, protocol};
use serde_json::Value;
use tracing::{Instrument, info_span};

use crate::error::Failure;
use crate::gate::Gate;
use crate::http::Caller;

/// Answers one request. There is always an answer: what can't be done is an error in wire form.
pub async fn handle(app: &App, gate: &Gate, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    let request_id = request.request_context.request_id.clone().unwrap_or_default();
    let began = app.now();
    let asked = asked(&request);
    let app = app.because_of(origin(app, &request, &asked));
    let trace = app.origin.trace.map(|trace| tracing::field::display(trace.id));
    let span = info_span!("request", requestId = request_id, trace);
    let result = answer(&app, gate, &request, asked).instrument(span).await;
    let (response, fault) = match result {
        Ok(body) => (http::success(body, &request_id), None),
        Err(Refusal { error, causes }) => {
            (http::failure(&error, &request_id), Some(Fault { class: error.code.name(), causes }))
        }
    };
    app.tell(JournalEntry::Answered { duration: app.now().since(began), fault });
    response
}

/// A request that isn't answered with what it asks for.
struct Refusal {
    /// What the caller reads.
    error: WireError,
    /// What operators read of a fault of ours.
    causes: Option<String>,
}

impl From<WireError> for Refusal {
    fn from(error: WireError) -> Self {
        Self { error, causes: None }
    }
}

/// The operation, and its input, that the request asks for.
fn asked(request: &ApiGatewayV2httpRequest) -> Result<(Operation, Value), WireError> {
    let body = http::body(request)?;
    let (target, content_type) = (http::header(request, http::TARGET), http::header(request, "content-type"));
    protocol::request(target, content_type, &body)
}

async fn answer(
    app: &App,
    gate: &Gate,
    request: &ApiGatewayV2httpRequest,
    asked: Result<(Operation, Value), WireError>,
) -> Result<String, Refusal> {
    let (operation, input) = asked?;
    let caller = Caller::of(request, operation, &app.installation)?;
    authority::require_authority(&app.installation, &caller, operation, &input)?;
    let refusal =
        |failure: Failure| Refusal { causes: failure.causes(), error: failure.into_wire(operation) };
    gate.admit(app, &caller, operation, &input).await.map_err(refusal)?;
    dispatch::dispatch(app, &caller, operation, &input).await.map_err(refusal)
}

/// Where the work comes from. Lambda's trace goes first, since it is what X-Ray shows; then that of the client; every
/// request has one.
fn origin(
    app: &App,
    request: &ApiGatewayV2httpRequest,
    asked: &Result<(Operation, Value), WireError>,
) -> Origin {
    let trace = app.origin.trace.or_else(|| http::trace(request));
    let trace = trace.unwrap_or_else(|| TraceId::made(app.now(), &app.ids.identifier()).into());
    let operation = http::header(request, http::TARGET).and_then(Operation::from_target);
    let input = asked.as_ref().ok().map(|(_, input)| input);
    Origin {
        trace: Some(trace),
        request_id: request.request_context.request_id.clone(),
        call: Some(http::call(request, operation, input, &app.installation)),
    }
}
