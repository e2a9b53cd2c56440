//! What a pipeline's deployments left behind. The pipeline itself is read with its service (behaviour 2.6).

use std::collections::BTreeMap;

use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;
use protium_domain::service::Service;
use protium_domain::service_pipeline::ServicePipeline;

use super::unknown;
use crate::context::App;
use crate::deployment::{deployment_outputs, deployment_resources};
use crate::error::Result;
use crate::ports::{Key, PortError, ProvisionedResource, StoreExt};

/// The pipeline of a service, where there is one.
pub(crate) async fn service_pipeline_of(
    app: &App,
    service: &ResourceName,
) -> std::result::Result<Option<ServicePipeline>, PortError> {
    app.store.find(Key::ServicePipeline(service.clone())).await
}

/// The pipeline of a service that must have one.
///
/// # Errors
/// [`crate::Error::NotFound`] for an unknown service, or one without pipeline.
pub(crate) async fn service_pipeline_find(app: &App, service: &ResourceName) -> Result<ServicePipeline> {
    if let Some(pipeline) = service_pipeline_of(app, service).await? {
        return Ok(pipeline);
    }
    let found: Option<Service> = app.store.find(Key::Service(service.clone())).await?;
    Err(found.map_or_else(|| crate::service::unknown(app, service), |_| unknown(app, service)))
}

/// The outputs of a pipeline: of its last successful deployment, or of the deployment asked for.
///
/// # Errors
/// [`crate::Error::NotFound`] for an unknown service, one without pipeline, or a deployment that is not its pipeline's.
pub async fn service_pipeline_outputs(
    app: &App,
    service: &ResourceName,
    deployment_id: Option<&Identifier>,
) -> Result<BTreeMap<String, String>> {
    let pipeline = service_pipeline_find(app, service).await?;
    let latest = pipeline.deployable.last_succeeded_deployment_id.as_ref();
    deployment_outputs(app, &pipeline.target(), deployment_id, latest).await
}

/// What the last successful deployment of a pipeline provisioned.
///
/// # Errors
/// [`crate::Error::NotFound`] for an unknown service, or one without pipeline.
pub async fn service_pipeline_provisioned_resources(
    app: &App,
    service: &ResourceName,
) -> Result<Vec<ProvisionedResource>> {
    let pipeline = service_pipeline_find(app, service).await?;
    deployment_resources(app, pipeline.deployable.last_succeeded_deployment_id.as_ref()).await
}
