//! GetEnvironment, ListEnvironments, and what an environment's deployments left behind.

use std::collections::BTreeMap;

use protium_domain::environment::Environment;
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;
use protium_domain::template_version::CompatibleEnvironmentTemplate;

use super::{EnvironmentView, unknown};
use crate::context::App;
use crate::deployment::{deployment_outputs, deployment_resources};
use crate::error::Result;
use crate::paging::{Page, PageRequest};
use crate::ports::{Key, ListQuery, ProvisionedResource, StoreExt};

/// Reads an environment.
///
/// # Errors
/// [`crate::Error::NotFound`] when there is none of that name.
pub async fn environment_get(app: &App, name: &ResourceName) -> Result<EnvironmentView> {
    EnvironmentView::load(app, environment_find(app, name).await?).await
}

/// The record of an environment that must exist.
pub(crate) async fn environment_find(app: &App, name: &ResourceName) -> Result<Environment> {
    let found: Option<Environment> = app.store.find(Key::Environment(name.clone())).await?;
    found.ok_or_else(|| unknown(app, name))
}

/// Lists environments by name; with `templates` only those of one of these template majors.
///
/// # Errors
/// The store's failures only.
pub async fn environment_list(
    app: &App,
    templates: Vec<CompatibleEnvironmentTemplate>,
    page: &PageRequest,
) -> Result<Page<Environment>> {
    Ok(app.store.page(&ListQuery::Environments(templates), page).await?)
}

/// The outputs of an environment: of its last successful deployment, or of the deployment asked for. The inputs of a
/// customer-managed environment act as its outputs (behaviour 4.1).
///
/// # Errors
/// [`crate::Error::NotFound`] for an unknown environment, or a deployment that is not one of its own.
pub async fn environment_outputs(
    app: &App,
    name: &ResourceName,
    deployment_id: Option<&Identifier>,
) -> Result<BTreeMap<String, String>> {
    let environment = environment_find(app, name).await?;
    let latest = environment.deployable.last_succeeded_deployment_id.as_ref();
    deployment_outputs(app, &environment.target(), deployment_id, latest).await
}

/// What the last successful deployment of an environment provisioned.
///
/// # Errors
/// [`crate::Error::NotFound`] for an unknown environment.
pub async fn environment_provisioned_resources(
    app: &App,
    name: &ResourceName,
) -> Result<Vec<ProvisionedResource>> {
    let environment = environment_find(app, name).await?;
    deployment_resources(app, environment.deployable.last_succeeded_deployment_id.as_ref()).await
}
