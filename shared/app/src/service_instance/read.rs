//! GetServiceInstance, and what an instance's deployments left behind.

use std::collections::BTreeMap;

use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;
use protium_domain::service_instance::ServiceInstance;

use super::{ServiceInstanceView, unknown};
use crate::context::App;
use crate::deployment::{deployment_outputs, deployment_resources};
use crate::error::Result;
use crate::ports::{Key, ProvisionedResource, StoreExt};

/// Reads an instance.
///
/// # Errors
/// [`crate::Error::NotFound`] when there is none of that name.
pub async fn service_instance_get(
    app: &App,
    service: &ResourceName,
    name: &ResourceName,
) -> Result<ServiceInstanceView> {
    ServiceInstanceView::load(app, service_instance_find(app, service, name).await?).await
}

/// The record of an instance that must exist.
pub(crate) async fn service_instance_find(
    app: &App,
    service: &ResourceName,
    name: &ResourceName,
) -> Result<ServiceInstance> {
    let found: Option<ServiceInstance> =
        app.store.find(Key::ServiceInstance(service.clone(), name.clone())).await?;
    found.ok_or_else(|| unknown(app, service, name))
}

/// The outputs of an instance: of its last successful deployment, or of the deployment asked for.
///
/// # Errors
/// [`crate::Error::NotFound`] for an unknown instance, or a deployment that is not one of its own.
pub async fn service_instance_outputs(
    app: &App,
    service: &ResourceName,
    name: &ResourceName,
    deployment_id: Option<&Identifier>,
) -> Result<BTreeMap<String, String>> {
    let instance = service_instance_find(app, service, name).await?;
    let latest = instance.deployable.last_succeeded_deployment_id.as_ref();
    deployment_outputs(app, &instance.target(), deployment_id, latest).await
}

/// What the last successful deployment of an instance provisioned.
///
/// # Errors
/// [`crate::Error::NotFound`] for an unknown instance.
pub async fn service_instance_provisioned_resources(
    app: &App,
    service: &ResourceName,
    name: &ResourceName,
) -> Result<Vec<ProvisionedResource>> {
    let instance = service_instance_find(app, service, name).await?;
    deployment_resources(app, instance.deployable.last_succeeded_deployment_id.as_ref()).await
}
