//! API Gateway -> all operations of Proton's API.
//!
//! One HTTP request is one operation: [`http`] reads it, [`dispatch`] finds the handler, the handler turns wire types
//! into the use case's and back, and [`error`] turns whatever went wrong into what the caller may read. Nothing is
//! decided here. Bodies, names of people's things and error texts never reach a log: what is logged of a request is who
//! asked for which operation and how it ended.

mod authority;
pub mod dispatch;
pub mod error;
mod handlers;
pub mod http;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use protium_app::App;
use protium_wire::{WireError, protocol};
use tracing::{Instrument, info, info_span};

use crate::http::Caller;

/// Answers one request. There is always an answer: what can't be done is an error in wire form.
pub async fn handle(app: &App, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    let request_id = request.request_context.request_id.clone().unwrap_or_default();
    let span = info_span!("request", request_id);
    async {
        match answer(app, &request).await {
            Ok(body) => http::success(body, &request_id),
            Err(error) => http::failure(&error, &request_id),
        }
    }
    .instrument(span)
    .await
}

async fn answer(app: &App, request: &ApiGatewayV2httpRequest) -> Result<String, WireError> {
    let body = http::body(request)?;
    let (target, content_type) = (http::header(request, http::TARGET), http::header(request, "content-type"));
    let (operation, input) = protocol::request(target, content_type, &body)?;
    let caller = Caller::of(request, operation, &app.installation)?;
    authority::require_authority(&app.installation, &caller, operation, &input)?;
    let result = dispatch::dispatch(app, &caller, operation, &input).await;
    let result = result.map_err(|failure| failure.into_wire(operation));
    let outcome = result.as_ref().err().map_or("Success", |error| error.code.name());
    info!(%operation, caller = caller.arn, account = caller.account, outcome, "answered");
    result
}
