//! GetServiceInstance, ListServiceInstances, and what an instance's deployments left behind.

use std::collections::BTreeMap;

use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;
use protium_domain::service::Service;
use protium_domain::service_instance::ServiceInstance;

use super::{ServiceInstanceView, unknown};
use crate::context::App;
use crate::deployment::{deployment_outputs, deployment_resources};
use crate::error::Result;
use crate::paging::{Page, PageRequest};
use crate::ports::{Key, ListQuery, ProvisionedResource, StoreExt};

/// Which instances are listed. Each choice is one access pattern of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceInstanceFilter {
    /// All, by service and name.
    All,
    /// Those of one service, by name.
    Service(ResourceName),
    /// Those in one environment, by service and name.
    Environment(ResourceName),
}

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

/// Lists instances.
///
/// # Errors
/// [`crate::Error::NotFound`] for a service that does not exist.
pub async fn service_instance_list(
    app: &App,
    filter: ServiceInstanceFilter,
    page: &PageRequest,
) -> Result<Page<ServiceInstance>> {
    let query = match filter {
        ServiceInstanceFilter::All => ListQuery::ServiceInstances,
        ServiceInstanceFilter::Environment(environment) => {
            ListQuery::ServiceInstancesOfEnvironment(environment)
        }
        ServiceInstanceFilter::Service(service) => {
            let found: Option<Service> = app.store.find(Key::Service(service.clone())).await?;
            found.ok_or_else(|| crate::service::unknown(app, &service))?;
            ListQuery::ServiceInstancesOfService(service)
        }
    };
    Ok(app.store.page(&query, page).await?)
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
