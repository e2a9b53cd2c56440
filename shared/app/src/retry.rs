//! `RetryDeployment`: once more what failed, with its inputs or with corrected ones.
//!
//! A retry is an ordinary request of its resource, made up from the deployment that failed: an update to the version that
//! it aimed at, or a deletion. So every rule of those requests holds, and the outputs of environment and component are
//! those of now, not those of then: they may be what was mended.

use protium_domain::component::{Component, ComponentState};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::{Deployment, DeploymentKind, DeploymentState, DeploymentTarget};
use protium_domain::environment::EnvironmentRoles;
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;
use protium_domain::version::VersionNumber;

use crate::artifact::document_load;
use crate::component::{
    AttachmentChange, ComponentUpdate, component_delete_retaining, component_find, component_update,
};
use crate::context::App;
use crate::deployment::{
    DeploymentLocator, DeploymentView, deployable_find, deployment_find, deployment_get,
};
use crate::environment::{
    EnvironmentUpdate, environment_delete_retaining, environment_find, environment_update,
};
use crate::error::{Error, Result};
use crate::service::part_delete;
use crate::service_instance::{ServiceInstanceUpdate, service_instance_find, service_instance_update};
use crate::service_pipeline::{ServicePipelineUpdate, service_pipeline_find, service_pipeline_update};
use crate::target_version::{DeploymentType, VersionChoice};

/// A request to repeat a deployment.
#[derive(Debug, Clone)]
pub struct DeploymentRetry {
    /// The deployment that failed.
    pub id: Identifier,
    /// Replaces its spec; of a component, the service spec.
    pub spec: Option<String>,
    /// Replaces the code of a component.
    pub template_file: Option<String>,
}

/// Repeats the latest deployment of a resource, which must have failed or been cancelled; the new deployment.
///
/// # Errors
/// [`Error::NotFound`] for an unknown deployment, or a version that is gone; [`Error::Conflict`] when the deployment is in
/// progress or has succeeded, when it isn't the latest of its resource or the resource is gone, and for whatever the update
/// or deletion conflicts with; [`Error::Validation`] for inputs that a deployment of this kind doesn't take, and for a spec
/// that does not fit.
pub async fn deployment_retry(app: &App, input: DeploymentRetry) -> Result<DeploymentView> {
    let found = deployment_find(app, &input.id).await?;
    let failed = found.ok_or_else(|| crate::deployment::unknown(app, &input.id))?;
    require_failed(&failed)?;
    require_latest(app, &failed).await?;
    let id = match failed.kind {
        DeploymentKind::Delete => delete(app, &input, &failed).await?,
        DeploymentKind::Deploy | DeploymentKind::RollBack => deploy(app, &input, &failed).await?,
    };
    deployment_get(app, &id, &DeploymentLocator::default()).await
}

fn require_failed(deployment: &Deployment) -> Result<()> {
    match deployment.status() {
        DeploymentStatus::Failed | DeploymentStatus::Cancelled | DeploymentStatus::DeleteFailed => Ok(()),
        status if status.is_in_progress() => Err(Error::Conflict(format!(
            "the deployment {} is {status}; wait until it has ended",
            deployment.id
        ))),
        status => Err(Error::Conflict(format!(
            "the deployment {} is {status}, so there is nothing to retry; to deploy the same once more, update the \
             resource with deploymentType CURRENT_VERSION",
            deployment.id
        ))),
    }
}

/// Whoever repeats an earlier deployment would undo the later ones without knowing.
async fn require_latest(app: &App, deployment: &Deployment) -> Result<()> {
    let (id, target) = (&deployment.id, app.location().arn(&deployment.target.resource()));
    match deployable_find(app, &deployment.target).await? {
        Some(deployable) if deployable.last_attempted_deployment_id == *id => Ok(()),
        Some(deployable) => Err(Error::Conflict(format!(
            "the deployment {id} isn't the latest of {target}; that is {}",
            deployable.last_attempted_deployment_id
        ))),
        None => Err(Error::Conflict(format!(
            "the resource {target} is gone, and with it what the deployment {id} could be retried on; create it anew \
             (an instance with UpdateService)"
        ))),
    }
}

async fn delete(app: &App, input: &DeploymentRetry, failed: &Deployment) -> Result<Identifier> {
    let takes = [("spec", input.spec.is_some()), ("templateFile", input.template_file.is_some())];
    refuse(takes, "a deletion takes no inputs")?;
    let gone = || Error::Conflict(format!("what the deployment {} deletes is gone already", failed.id));
    Ok(match &failed.target {
        DeploymentTarget::Environment { name } => {
            let view = environment_delete_retaining(app, name, failed.retention).await?.ok_or_else(gone)?;
            view.environment.deployable.last_attempted_deployment_id
        }
        DeploymentTarget::Component { name, .. } => {
            let view = component_delete_retaining(app, name, failed.retention).await?.ok_or_else(gone)?;
            view.component.deployable.last_attempted_deployment_id
        }
        target => part_delete(app, target, failed.retention).await?.id,
    })
}

async fn deploy(app: &App, input: &DeploymentRetry, failed: &Deployment) -> Result<Identifier> {
    match (&failed.target, failed.target_state.template(), failed.target_state.component()) {
        (DeploymentTarget::Component { name, .. }, _, Some(state)) => {
            component(app, input, name, state).await
        }
        (target, Some(state), _) => {
            refuse(
                [("templateFile", input.template_file.is_some())],
                "only components have code of their own",
            )?;
            templated(app, input, target, failed.kind, state).await
        }
        _ => Err(Error::internal("the deployment's state is one of another kind of resource")),
    }
}

async fn templated(
    app: &App,
    input: &DeploymentRetry,
    target: &DeploymentTarget,
    kind: DeploymentKind,
    state: &DeploymentState,
) -> Result<Identifier> {
    let spec = match &input.spec {
        Some(spec) => spec.clone(),
        None => document_load(&*app.artifacts, &state.spec).await?,
    };
    Ok(match target {
        DeploymentTarget::Environment { name } => {
            let current = environment_find(app, name).await?.version;
            let (deployment_type, version) = way(kind, current, state.version);
            let update = EnvironmentUpdate {
                name: name.clone(),
                description: None,
                deployment_type,
                version,
                spec: Some(spec),
                roles: EnvironmentRoles::default(),
                connection_id: None,
                has_repository: false,
            };
            environment_update(app, update).await?.environment.deployable.last_attempted_deployment_id
        }
        DeploymentTarget::ServiceInstance { service, name, .. } => {
            let current = service_instance_find(app, service, name).await?.version;
            let (deployment_type, version) = way(kind, current, state.version);
            let update = ServiceInstanceUpdate {
                service: service.clone(),
                name: name.clone(),
                deployment_type,
                version,
                spec: Some(spec),
                client_token: None,
            };
            service_instance_update(app, update).await?.instance.deployable.last_attempted_deployment_id
        }
        DeploymentTarget::ServicePipeline { service } => {
            let current = service_pipeline_find(app, service).await?.version;
            let (deployment_type, version) = way(kind, current, state.version);
            let update = ServicePipelineUpdate { service: service.clone(), deployment_type, version, spec };
            service_pipeline_update(app, update).await?.pipeline.deployable.last_attempted_deployment_id
        }
        DeploymentTarget::Component { .. } => {
            return Err(Error::internal("a component has no template version"));
        }
    })
}

async fn component(
    app: &App,
    input: &DeploymentRetry,
    name: &ResourceName,
    state: &ComponentState,
) -> Result<Identifier> {
    let current: Component = component_find(app, name).await?;
    let attachment = match (&state.attachment, &current.state.attachment) {
        (None, Some(_)) => AttachmentChange::Detach,
        (None, None) => AttachmentChange::Keep,
        (Some(attachment), _) => AttachmentChange::Attach(attachment.clone()),
    };
    let service_spec = match (&input.spec, &state.service_spec) {
        (Some(spec), _) => Some(spec.clone()),
        (None, Some(stored)) => Some(document_load(&*app.artifacts, stored).await?),
        (None, None) => None,
    };
    let template_file = match &input.template_file {
        Some(text) => text.clone(),
        None => document_load(&*app.artifacts, &state.template_file).await?,
    };
    let update = ComponentUpdate {
        name: name.clone(),
        deploys: true,
        description: None,
        attachment,
        template_file: Some(template_file),
        service_spec,
        client_token: None,
    };
    Ok(component_update(app, update).await?.component.deployable.last_attempted_deployment_id)
}

/// How an update gets from the version that a resource is made of to the one that its deployment aimed at.
fn way(
    kind: DeploymentKind,
    current: VersionNumber,
    wanted: VersionNumber,
) -> (DeploymentType, VersionChoice) {
    if current == wanted && kind != DeploymentKind::RollBack {
        return (DeploymentType::CurrentVersion, VersionChoice::default());
    }
    let deployment_type = if kind == DeploymentKind::RollBack {
        DeploymentType::RollBack
    } else if current.major == wanted.major {
        DeploymentType::MinorVersion
    } else {
        DeploymentType::MajorVersion
    };
    (deployment_type, VersionChoice { major: Some(wanted.major), minor: Some(wanted.minor) })
}

fn refuse<const N: usize>(members: [(&str, bool); N], reason: &str) -> Result<()> {
    match members.into_iter().find(|(_, given)| *given) {
        Some((member, _)) => Err(Error::Validation(format!("{member}: {reason}; leave it out"))),
        None => Ok(()),
    }
}
