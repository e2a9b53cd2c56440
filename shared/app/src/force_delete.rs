//! `ForceDelete`: deleting what ordinarily can't be deleted any more (behaviour 15, #81).
//!
//! A forced deletion is an ordinary one whose deployment carries a [`Retention`]: same guards, same workflow, same events.
//! With FAILED_RESOURCES the stack is deleted, and if CloudFormation fails at some resources, deleted once more without
//! them. With STACK nothing but Protium's own records is touched, without any role: that way out is always open.

use protium_domain::arn::Resource;
use protium_domain::deployment::{Deployment, DeploymentTarget, Retention};
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;

use crate::component::component_delete_retaining;
use crate::context::App;
use crate::deployment::{deployable_find, deployment_find};
use crate::environment::environment_delete_retaining;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt};
use crate::service::{part_delete, service_delete_retaining};
use crate::service_pipeline::service_pipeline_of;
use crate::service_settle::service_instances;
use crate::{component, environment, service, service_instance};

/// Begins the deletion of the resource with this ARN, which lets stay what `retention` says; the deployments that carry
/// it out: one, or for a service one for each of its parts.
///
/// # Errors
/// [`Error::Validation`] for an ARN of something that isn't deployed; [`Error::NotFound`] for an unknown resource;
/// [`Error::Conflict`] while something is in progress, while an environment has instances or components in it or a service
/// has components attached, and for an instance or a pipeline whose deletion hasn't failed.
pub async fn force_delete(app: &App, arn: &str, retention: Retention) -> Result<Vec<Deployment>> {
    let resource = app.location().resource(arn).map_err(|error| Error::Validation(error.to_string()))?;
    let begun = match resource {
        Resource::Environment { name } => environment(app, name, retention).await?,
        Resource::Component { name } => component(app, name, retention).await?,
        Resource::Service { name } => return service(app, &name, retention).await,
        Resource::ServiceInstance { service, name } => {
            let found = service_instance::service_instance_find(app, &service, &name).await?;
            return Ok(vec![part_delete(app, &found.target(), Some(retention)).await?]);
        }
        Resource::ServicePipeline { service } => {
            let target = DeploymentTarget::ServicePipeline { service };
            return Ok(vec![part_delete(app, &target, Some(retention)).await?]);
        }
        _ => {
            return Err(Error::Validation(
                "resourceArn: it is the ARN of something that isn't deployed; give that of an environment, a service, a \
                 service instance, a service pipeline or a component"
                    .to_owned(),
            ));
        }
    };
    Ok(deployment_find(app, &begun).await?.into_iter().collect())
}

async fn environment(app: &App, name: ResourceName, retention: Retention) -> Result<Identifier> {
    let target = DeploymentTarget::Environment { name: name.clone() };
    require_idle(app, &target, &environment::described(&name)).await?;
    let deleted = environment_delete_retaining(app, &name, Some(retention)).await?;
    let view = deleted.ok_or_else(|| environment::unknown(app, &name))?;
    Ok(view.environment.deployable.last_attempted_deployment_id)
}

async fn component(app: &App, name: ResourceName, retention: Retention) -> Result<Identifier> {
    let found = component::component_find(app, &name).await?;
    require_idle(app, &found.target(), &component::described(&name)).await?;
    let deleted = component_delete_retaining(app, &name, Some(retention)).await?;
    let view = deleted.ok_or_else(|| component::unknown(app, &name))?;
    Ok(view.component.deployable.last_attempted_deployment_id)
}

/// A deletion that is under way is an ordinary one: it can't be turned into a forced one.
async fn require_idle(app: &App, target: &DeploymentTarget, what: &str) -> Result<()> {
    let status = deployable_find(app, target).await?.map(|deployable| deployable.status());
    match status.filter(|status| status.is_in_progress()) {
        Some(status) => {
            Err(Error::Conflict(format!("{what} is {status}; wait until its deployment has ended")))
        }
        None => Ok(()),
    }
}

async fn service(app: &App, name: &ResourceName, retention: Retention) -> Result<Vec<Deployment>> {
    let found: Option<protium_domain::service::Service> = app.store.find(Key::Service(name.clone())).await?;
    let found = found.ok_or_else(|| service::unknown(app, name))?;
    if found.status().is_in_progress() {
        let what = service::described(name);
        return Err(Error::Conflict(format!("{what} is {}; wait until that has ended", found.status())));
    }
    service_delete_retaining(app, name, Some(retention)).await?;
    let instances = service_instances(app, name).await?;
    let pipeline = service_pipeline_of(app, name).await?;
    let deployables =
        instances.iter().map(|it| &it.deployable).chain(pipeline.iter().map(|it| &it.deployable));
    let mut begun = Vec::new();
    // What is only marked has no deployment yet.
    for deployable in deployables.filter(|deployable| !deployable.is_held()) {
        begun.extend(deployment_find(app, &deployable.last_attempted_deployment_id).await?);
    }
    Ok(begun)
}
