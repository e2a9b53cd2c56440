//! NotifyResourceDeploymentStatusChange (behaviour 7.7): somebody outside tells how a deployment goes that they carry out.
//!
//! What Protium carries out itself, it knows better: a deployment by CloudFormation ends as its stack does, and nobody talks
//! it into something else. For every other one a report closes it as the step `Record` of the state machine would.

use std::collections::BTreeMap;

use protium_domain::arn::Resource;
use protium_domain::deployable::{Deployable, DeploymentOutcome, DeploymentStatus};
use protium_domain::deployment::{Deployment, DeploymentTarget};
use protium_domain::environment::Environment;
use protium_domain::identifier::Identifier;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::{BundlePart, ProvisioningEngine, TemplateVersion};
use serde_json::{Map, Value};

use super::{deployable_find, target_find};
use crate::artifact::document_store;
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt};
use crate::provision::{Report, close, outputs};
use crate::race::Races;
use crate::workflow::partition_of;

/// How a deployment goes, as it is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportedStatus {
    /// Still at it.
    InProgress,
    /// Done as asked for.
    Succeeded,
    /// Not to be had.
    Failed,
}

/// A report from outside.
#[derive(Clone, PartialEq, Eq)]
pub struct DeploymentNotice {
    /// ARN of the environment, instance, pipeline or component.
    pub resource_arn: String,
    /// The deployment; absent for the latest one.
    pub deployment_id: Option<Identifier>,
    /// How it goes.
    pub status: Option<ReportedStatus>,
    /// Outputs, which replace all earlier ones; absent leaves those as they are.
    pub outputs: Option<BTreeMap<String, String>>,
    /// For people.
    pub message: Option<String>,
}

/// Outputs and messages are sensitive.
impl std::fmt::Debug for DeploymentNotice {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "DeploymentNotice({}, {:?})", self.resource_arn, self.status)
    }
}

/// Takes a report of the account `caller`: the installation's own, or the one that the resource lives in.
///
/// # Errors
/// [`Error::Validation`] for an ARN that names nothing deployable; [`Error::NotFound`] for an unknown resource, or one that
/// isn't the caller's to report on; [`Error::Conflict`] for a deployment that isn't the latest, or ended in another way, or
/// is carried out by CloudFormation.
pub async fn deployment_notify(app: &App, caller: &str, notice: &DeploymentNotice) -> Result<()> {
    let (target, deployable) = target(app, caller, &notice.resource_arn).await?;
    let latest = &deployable.last_attempted_deployment_id;
    if let Some(id) = notice.deployment_id.as_ref().filter(|id| *id != latest) {
        return Err(Error::Conflict(format!(
            "the deployment {id} is not the latest one of {target}, which is {latest}; what it did is overtaken"
        )));
    }
    let found: Option<Deployment> = app.store.find(Key::Deployment(latest.clone())).await?;
    let deployment = found.ok_or_else(|| super::unknown(app, latest))?;
    match (deployment.is_open(), notice.status) {
        (true, Some(ReportedStatus::Succeeded | ReportedStatus::Failed)) => {
            require_reported(app, &deployment).await?;
            end(app, &deployment, notice).await
        }
        (false, Some(status)) => require_same(&deployment, status),
        (_, None | Some(ReportedStatus::InProgress)) => note(app, deployment, notice).await,
    }
}

/// The deployable that an ARN names, where the caller may report on it.
async fn target(app: &App, caller: &str, arn: &str) -> Result<(DeploymentTarget, Deployable)> {
    let resource = app.location().resource(arn).map_err(|error| Error::Validation(error.to_string()))?;
    let missing = || Error::NotFound(format!("The requested resource does not exist: {arn}"));
    let deploys = matches!(
        resource,
        Resource::Environment { .. }
            | Resource::ServiceInstance { .. }
            | Resource::ServicePipeline { .. }
            | Resource::Component { .. }
    );
    if !deploys {
        return Err(Error::Validation(format!(
            "resourceArn: '{arn}' names nothing that is deployed; give an environment, service instance, pipeline or component"
        )));
    }
    let target = target_find(app, resource).await?.ok_or_else(missing)?;
    require_caller(app, caller, &target).await?.ok_or_else(missing)?;
    let deployable = deployable_find(app, &target).await?.ok_or_else(missing)?;
    Ok((target, deployable))
}

/// Something, when the caller is the management account or the one that the target lives in.
async fn require_caller(app: &App, caller: &str, target: &DeploymentTarget) -> Result<Option<()>> {
    if caller == app.location().account {
        return Ok(Some(()));
    }
    let Some(name) = target.environment() else { return Ok(None) };
    let environment: Option<Environment> = app.store.find(Key::Environment(name.clone())).await?;
    Ok(environment.filter(|environment| environment.account == caller).map(|_| ()))
}

/// Refuses reports on what CloudFormation does.
async fn require_reported(app: &App, deployment: &Deployment) -> Result<()> {
    if !is_by_cloudformation(app, deployment).await? {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "{} is provisioned by CloudFormation, whose stack tells Protium status and outputs; reports are for what is \
         provisioned elsewhere",
        deployment.target
    )))
}

async fn is_by_cloudformation(app: &App, deployment: &Deployment) -> Result<bool> {
    // Components, and versions that can't be found any more: whoever has a stack is CloudFormation's.
    let has_stack =
        deployable_find(app, &deployment.target).await?.is_some_and(|found| found.stack.is_some());
    let Some(state) = deployment.target_state.template() else { return Ok(true) };
    let (kind, part) = match deployment.target {
        DeploymentTarget::Environment { .. } => (TemplateKind::Environment, BundlePart::Infrastructure),
        DeploymentTarget::ServicePipeline { .. } => {
            (TemplateKind::Service, BundlePart::PipelineInfrastructure)
        }
        _ => (TemplateKind::Service, BundlePart::InstanceInfrastructure),
    };
    let key = Key::TemplateVersion(kind, state.template.clone(), state.version);
    let version: Option<TemplateVersion> = app.store.find(key).await?;
    Ok(match version.as_ref().and_then(|version| version.part(part)).map(|part| &part.engine) {
        Some(engine) => matches!(engine, ProvisioningEngine::Cloudformation { .. }),
        None => has_stack,
    })
}

async fn end(app: &App, deployment: &Deployment, notice: &DeploymentNotice) -> Result<()> {
    let succeeded = notice.status == Some(ReportedStatus::Succeeded);
    let outputs = match &notice.outputs {
        _ if !succeeded => BTreeMap::new(),
        Some(outputs) => outputs.clone(),
        None => outputs(app, deployment.outputs.as_ref()).await?,
    };
    let report = Report {
        outcome: if succeeded { DeploymentOutcome::Succeeded } else { DeploymentOutcome::Failed },
        message: notice.message.clone(),
        outputs: outputs.into_iter().collect(),
        ..Report::succeeded()
    };
    close(app, &deployment.id, &report).await
}

/// A report that is repeated says what is known already.
fn require_same(deployment: &Deployment, reported: ReportedStatus) -> Result<()> {
    let status = deployment.status();
    let is_same = match reported {
        ReportedStatus::InProgress => false,
        ReportedStatus::Succeeded => {
            matches!(status, DeploymentStatus::Succeeded | DeploymentStatus::DeleteComplete)
        }
        ReportedStatus::Failed => matches!(status, DeploymentStatus::Failed | DeploymentStatus::DeleteFailed),
    };
    if is_same {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "the deployment {} of {} has ended already: it is {status}",
        deployment.id, deployment.target
    )))
}

/// Keeps outputs that are reported without an end.
async fn note(app: &App, mut deployment: Deployment, notice: &DeploymentNotice) -> Result<()> {
    let Some(outputs) = &notice.outputs else { return Ok(()) };
    require_reported(app, &deployment).await?;
    let json: Map<String, Value> =
        outputs.iter().map(|(key, value)| (key.clone(), Value::from(value.clone()))).collect();
    let document = document_store(&*app.artifacts, Value::Object(json).to_string()).await?;
    let mut races = Races::few();
    loop {
        if !deployment.is_open() && deployment.status() != DeploymentStatus::Succeeded {
            return require_same(&deployment, ReportedStatus::InProgress);
        }
        deployment.outputs = Some(document.clone());
        deployment.last_modified_at = app.now();
        let mut commit = Commit::new(partition_of(&deployment.target));
        commit.replace(deployment.clone());
        match commit.submit(app).await {
            Ok(()) => return Ok(()),
            Err(error) => races.lost(error, &format!("the deployment {}", deployment.id))?,
        }
        let found: Option<Deployment> = app.store.find(Key::Deployment(deployment.id.clone())).await?;
        deployment = found.ok_or_else(|| super::unknown(app, &deployment.id))?;
    }
}
