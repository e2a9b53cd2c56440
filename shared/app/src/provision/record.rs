//! The step `Record`: commits how a deployment ended. The only step that changes a status.

use protium_domain::deployable::{DeploymentOutcome, DeploymentStatus};
use protium_domain::deployment::{Deployment, DeploymentKind, DeploymentTarget};
use protium_domain::document::Document;
use protium_domain::event::StatusEvent;
use protium_domain::identifier::Identifier;
use protium_domain::service::Service;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::subject::Subject;
use super::{Report, StepOutcome, Work, open_work, preview};
use crate::account_connection::connection_release;
use crate::artifact::{document_load, document_store};
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::fleet::close_target;
use crate::ports::{CommitError, Key, StoreExt};

/// How often the commit is tried again after somebody else changed one of the records.
const RACES: usize = 8;

/// What the state machine hands to the step: what a step decided, or the error of the step that broke.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RecordInput {
    /// What the last step decided.
    pub outcome: Option<StepOutcome>,
    /// Why the last step broke.
    pub error: Option<StepError>,
}

/// An error as Step Functions describes it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StepError {
    /// Its name, such as `Lambda.Unknown`.
    pub error: Option<String>,
    /// Its cause; of a Lambda a JSON object with `errorMessage`.
    pub cause: Option<String>,
}

/// Causes may quote what a resource's owner wrote.
impl std::fmt::Debug for StepError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "StepError({:?})", self.error)
    }
}

/// Closes the deployment `id`. Closing a closed one does nothing, so that the step may be repeated.
///
/// # Errors
/// [`Error::Internal`] or [`Error::Throttling`] when the commit does not go through; the step is repeated then.
pub async fn record(app: &App, id: &Identifier, input: RecordInput) -> Result<()> {
    let report = match (&input.outcome, &input.error) {
        (Some(_), None) => None,
        (_, Some(error)) => Some(broken(id, error)),
        (None, None) => {
            Some(Report::failed("The deployment's workflow ended without an outcome. Repeat the deployment."))
        }
    };
    match (open_work(app, id).await?, report) {
        (Work::Nothing, _) => Ok(()),
        (Work::Preview(preview), _) => preview::record(app, *preview, &input).await,
        (Work::Deployment(_), Some(report)) => close(app, id, &report).await,
        (Work::Deployment(_), None) => close(app, id, &Report::load(app, id).await?).await,
    }
}

/// Closes the deployment `id` as `report` tells, and its target with it. Closing a closed one does nothing.
///
/// # Errors
/// [`Error::Internal`] or [`Error::Throttling`] when the commit does not go through.
pub(crate) async fn close(app: &App, id: &Identifier, report: &Report) -> Result<()> {
    for _ in 0..RACES {
        let Work::Deployment(deployment) = open_work(app, id).await? else { return Ok(()) };
        // On the heap: it holds several records, and would make every future around it large.
        match Box::pin(commit(app, *deployment, report.clone())).await {
            Err(CommitOrError::Race) => {}
            Err(CommitOrError::Error(error)) => return Err(error),
            Ok(()) => return Ok(()),
        }
    }
    Err(Error::Throttling(format!("the records of deployment {id} are changed by others all the time")))
}

/// What the owner reads when a step broke. Operators find the cause in the step's log.
fn broken(id: &Identifier, error: &StepError) -> Report {
    tracing::error!(deployment = %id, error = error.error.as_deref().unwrap_or("unknown"), "a provisioning step broke");
    Report::failed(format!(
        "Protium could not carry out the deployment ({}). Repeat it; if that does not help, ask the operators of this \
         installation to look into the logs for deployment {id}.",
        error.error.as_deref().unwrap_or("unknown error")
    ))
}

enum CommitOrError {
    Race,
    Error(Error),
}

impl<E: Into<Error>> From<E> for CommitOrError {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

async fn commit(
    app: &App,
    mut deployment: Deployment,
    report: Report,
) -> std::result::Result<(), CommitOrError> {
    let subject = Subject::load(app, &deployment).await?;
    let mut commit = Commit::new(subject.partition());
    if subject.deployable().last_attempted_deployment_id == deployment.id {
        match (deployment.kind, report.outcome) {
            (DeploymentKind::Delete, DeploymentOutcome::Succeeded) => {
                if let Subject::Environment(environment) = &subject {
                    connection_release(app, &mut commit, environment).await?;
                }
                subject.remove(app, &mut commit, &deployment.target_state)?;
            }
            _ => {
                let message = report.message.clone();
                subject.finish(app, &mut commit, report.outcome, message, &deployment.target_state)?;
            }
        }
    }
    let change = deployment.finish(report.outcome, report.message.clone(), app.now())?;
    if change.to == DeploymentStatus::Succeeded {
        keep_results(app, &mut deployment, &report).await?;
        merge_spec(app, &deployment, &mut commit).await?;
    }
    close_target(app, &mut commit, &deployment, report.outcome, report.message.clone()).await?;
    let deployment = commit.replace(deployment);
    commit.announce(StatusEvent::deployment(app.location(), &deployment, change));
    match commit.submit(app).await {
        Ok(()) => Ok(()),
        Err(CommitError::Condition(_)) => Err(CommitOrError::Race),
        Err(CommitError::Port(error)) => Err(CommitOrError::Error(error.into())),
    }
}

/// Keeps outputs and resources with the deployment that made them: the outputs of a resource are those of its last
/// successful deployment.
async fn keep_results(app: &App, deployment: &mut Deployment, report: &Report) -> Result<()> {
    let outputs: Map<String, Value> =
        report.outputs.iter().map(|(key, value)| (key.clone(), Value::from(value.clone()))).collect();
    deployment.outputs = Some(json_document(app, &Value::Object(outputs)).await?);
    let resources =
        serde_json::to_value(&report.resources).map_err(|error| Error::Internal(Box::new(error)))?;
    deployment.provisioned_resources = Some(json_document(app, &resources).await?);
    Ok(())
}

async fn json_document(app: &App, value: &Value) -> Result<Document> {
    document_store(&*app.artifacts, value.to_string()).await
}

/// Writes the section of an instance or pipeline that was updated by itself into its service's spec, and leaves the other
/// sections as they are (behaviour 5.2).
async fn merge_spec(app: &App, deployment: &Deployment, commit: &mut Commit) -> Result<()> {
    let Some(service) = deployment.target.service() else { return Ok(()) };
    if deployment.service_operation_id.is_some() {
        return Ok(());
    }
    let service: Option<Service> = app.store.find(Key::Service(service.clone())).await?;
    let Some(mut service) = service else { return Ok(()) };
    let before = document_load(&*app.artifacts, &service.spec).await?;
    let Some(spec) = deployment.target_state.spec() else { return Ok(()) };
    let deployed = document_load(&*app.artifacts, spec).await?;
    let merged = match &deployment.target {
        DeploymentTarget::ServiceInstance { name, .. } => {
            crate::spec::instance_merge(&before, &deployed, name)?
        }
        _ => crate::spec::pipeline_merge(&before, &deployed)?,
    };
    if merged != before {
        service.spec = document_store(&*app.artifacts, merged).await?;
        // A repetition of its creation is told that it isn't as it was created (behaviour 2.0).
        service.creation.modified = true;
        commit.replace(service);
    }
    Ok(())
}
