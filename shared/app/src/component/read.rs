//! GetComponent, ListComponents, and what a component's deployments left behind.

use std::collections::BTreeMap;

use protium_domain::component::Component;
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;

use super::{ComponentView, unknown};
use crate::context::App;
use crate::deployment::{deployment_outputs, deployment_resources};
use crate::error::{Error, Result};
use crate::paging::{Page, PageRequest};
use crate::ports::{Key, ListQuery, ProvisionedResource, StoreExt};

/// Which components are listed; what is absent doesn't count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComponentFilter {
    /// Those in this environment.
    pub environment: Option<ResourceName>,
    /// Those attached to instances of this service.
    pub service: Option<ResourceName>,
    /// Those attached to this instance; needs the service.
    pub service_instance: Option<ResourceName>,
}

/// Reads a component.
///
/// # Errors
/// [`Error::NotFound`] when there is none of that name.
pub async fn component_get(app: &App, name: &ResourceName) -> Result<ComponentView> {
    ComponentView::load(app, component_find(app, name).await?).await
}

/// The record of a component that must exist.
pub(crate) async fn component_find(app: &App, name: &ResourceName) -> Result<Component> {
    let found: Option<Component> = app.store.find(Key::Component(name.clone())).await?;
    found.ok_or_else(|| unknown(app, name))
}

/// Lists components by name.
///
/// # Errors
/// [`Error::Validation`] for an instance without its service.
pub async fn component_list(
    app: &App,
    filter: &ComponentFilter,
    page: &PageRequest,
) -> Result<Page<Component>> {
    let query = match (&filter.service, &filter.service_instance, &filter.environment) {
        (None, Some(_), _) => {
            return Err(Error::Validation(
                "serviceInstanceName: instance names are unique within their service only; give serviceName too"
                    .to_owned(),
            ));
        }
        (Some(service), Some(instance), _) => {
            ListQuery::ComponentsOfServiceInstance(service.clone(), instance.clone())
        }
        (Some(service), None, _) => ListQuery::ComponentsOfService(service.clone()),
        (None, None, Some(environment)) => ListQuery::ComponentsOfEnvironment(environment.clone()),
        (None, None, None) => ListQuery::Components,
    };
    let mut page = app.store.page::<Component>(&query, page).await?;
    // Service and environment together: the page may come out short, its token leads on.
    let wanted = filter.environment.as_ref();
    page.items.retain(|component| wanted.is_none_or(|wanted| component.environment == *wanted));
    Ok(page)
}

/// The outputs of a component: of its last successful deployment, or of the deployment asked for.
///
/// # Errors
/// [`Error::NotFound`] for an unknown component, or a deployment that is not one of its own.
pub async fn component_outputs(
    app: &App,
    name: &ResourceName,
    deployment_id: Option<&Identifier>,
) -> Result<BTreeMap<String, String>> {
    let component = component_find(app, name).await?;
    let latest = component.deployable.last_succeeded_deployment_id.as_ref();
    deployment_outputs(app, &component.target(), deployment_id, latest).await
}

/// What the last successful deployment of a component provisioned.
///
/// # Errors
/// [`Error::NotFound`] for an unknown component.
pub async fn component_provisioned_resources(
    app: &App,
    name: &ResourceName,
) -> Result<Vec<ProvisionedResource>> {
    let component = component_find(app, name).await?;
    deployment_resources(app, component.deployable.last_succeeded_deployment_id.as_ref()).await
}
