//! Customer-managed environments (behaviour 2.3, 4.1): nothing is deployed, so a deployment of one ends as it begins, and
//! its inputs are its outputs. They are kept with the deployment as a stack's are, so that nobody who reads them has to
//! know where they come from.

use protium_bundle::{EnvironmentSpec, Schema};
use protium_domain::deployable::DeploymentOutcome;
use protium_domain::deployment::{Deployment, DeploymentState};
use protium_domain::document::Document;
use protium_domain::environment::Environment;
use protium_domain::event::StatusEvent;
use protium_domain::transition::IllegalTransition;
use serde_json::{Map, Value};

use crate::artifact::document_store;
use crate::context::App;
use crate::error::Result;
use crate::spec::invalid;

/// Stores the inputs of a spec, with the schema's defaults, as outputs.
///
/// # Errors
/// [`crate::Error::Validation`] when the spec doesn't fit the schema.
pub(super) async fn outputs_store(app: &App, spec: &str, schema: &Schema) -> Result<Document> {
    let inputs = EnvironmentSpec::parse(spec).and_then(|spec| spec.inputs(schema)).map_err(invalid)?;
    let outputs: Map<String, Value> =
        inputs.into_iter().map(|(key, value)| (key, Value::String(text_of(value)))).collect();
    document_store(&*app.artifacts, Value::Object(outputs).to_string()).await
}

fn text_of(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// Ends the deployment that has just begun; the events that follow. Both changes of status are stored together, but each
/// has a sequence of its own.
///
/// # Errors
/// [`IllegalTransition`] when nothing is in progress.
pub(super) fn settle(
    app: &App,
    environment: &mut Environment,
    deployment: &mut Deployment,
    state: &DeploymentState,
    outputs: Document,
) -> std::result::Result<[StatusEvent; 2], IllegalTransition> {
    let change = environment.finish(DeploymentOutcome::Succeeded, None, state)?;
    environment.revision = environment.revision.next();
    let ended = deployment.finish(DeploymentOutcome::Succeeded, None, app.now())?;
    deployment.outputs = Some(outputs);
    deployment.revision = deployment.revision.next();
    Ok([
        StatusEvent::environment(app.location(), environment, change),
        StatusEvent::deployment(app.location(), deployment, ended),
    ])
}
