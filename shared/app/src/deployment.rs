//! Deployments: the history of attempts, and what they left behind (behaviour 2.8).

mod delete;
mod notify;
mod target;

pub use delete::deployment_delete;
pub use notify::{DeploymentNotice, ReportedStatus, deployment_notify};
pub(crate) use target::deployable_find;
use target::{target_created_at, target_find};

use std::collections::BTreeMap;

use protium_domain::arn::Resource;
use protium_domain::component::Component;
use protium_domain::deployable::Deployable;
use protium_domain::deployment::{Deployment, DeploymentTarget, TargetState};
use protium_domain::document::Document;
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;
use protium_domain::service_instance::ServiceInstance;

use crate::artifact::document_load;
use crate::context::App;
use crate::error::{Error, Result};
use crate::paging::{Page, PageRequest};
use crate::ports::{Key, ListQuery, ProvisionedResource, StoreExt};
use crate::provision::outputs;

/// Whose deployment is meant: the optional locators of GetDeployment and ListDeployments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeploymentLocator {
    /// `environmentName`.
    pub environment: Option<ResourceName>,
    /// `serviceName`.
    pub service: Option<ResourceName>,
    /// `serviceInstanceName`; needs the service.
    pub service_instance: Option<ResourceName>,
    /// `componentName`.
    pub component: Option<ResourceName>,
}

/// A deployment as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploymentView {
    /// The deployment.
    pub deployment: Deployment,
    /// The texts that the target was made of before, where it was.
    pub initial: Option<StateTexts>,
    /// The texts that the target shall be made of.
    pub target: StateTexts,
    /// The latest deployment of the target, as it is now; nothing when the target is gone.
    pub last_attempted_id: Option<Identifier>,
    /// The latest successful deployment of the target, as it is now.
    pub last_succeeded_id: Option<Identifier>,
}

/// The texts that belong to a [`TargetState`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StateTexts {
    /// The spec, or the service spec of a component.
    pub spec: Option<String>,
    /// The code of a component.
    pub template_file: Option<String>,
}

impl StateTexts {
    async fn load(app: &App, state: &TargetState) -> Result<Self> {
        let mut texts = Self::default();
        if let Some(spec) = state.spec() {
            texts.spec = Some(document_load(&*app.artifacts, spec).await?);
        }
        if let Some(component) = state.component() {
            texts.template_file = Some(document_load(&*app.artifacts, &component.template_file).await?);
        }
        Ok(texts)
    }
}

/// Reads one deployment. The locators must agree with it.
///
/// # Errors
/// [`Error::Validation`] for an instance without its service; [`Error::NotFound`] for an unknown id, or one of another
/// target.
pub async fn deployment_get(
    app: &App,
    id: &Identifier,
    locator: &DeploymentLocator,
) -> Result<DeploymentView> {
    locator.check()?;
    let found = deployment_find(app, id).await?;
    let deployment =
        found.filter(|deployment| locator.agrees(&deployment.target)).ok_or_else(|| unknown(app, id))?;
    let current = deployable_find(app, &deployment.target).await?;
    let initial = match &deployment.initial_state {
        Some(state) => Some(StateTexts::load(app, state).await?),
        None => None,
    };
    let target = StateTexts::load(app, &deployment.target_state).await?;
    Ok(DeploymentView {
        initial,
        target,
        last_attempted_id: current.as_ref().map(|current| current.last_attempted_deployment_id.clone()),
        last_succeeded_id: current.and_then(|current| current.last_succeeded_deployment_id),
        deployment,
    })
}

/// Lists deployments, newest first. `environment` alone also lists the instances in it; `service` alone all its
/// instances.
///
/// # Errors
/// [`Error::Validation`] for an instance without its service.
pub async fn deployment_list(
    app: &App,
    locator: &DeploymentLocator,
    page: &PageRequest,
) -> Result<Page<Deployment>> {
    locator.check()?;
    let place = (locator.service.clone(), locator.service_instance.clone(), locator.environment.clone());
    let query = match (locator.component.clone(), place) {
        (Some(component), _) => ListQuery::DeploymentsOfComponent(component),
        (None, place) => query_by_place(place),
    };
    let mut page = app.store.page::<Deployment>(&query, page).await?;
    // Several locators together: the page may come out short, its token leads on.
    page.items.retain(|deployment| locator.agrees(&deployment.target));
    Ok(page)
}

/// By service, instance and environment.
fn query_by_place(place: (Option<ResourceName>, Option<ResourceName>, Option<ResourceName>)) -> ListQuery {
    match place {
        (Some(service), Some(instance), _) => ListQuery::DeploymentsOfServiceInstance(service, instance),
        (Some(service), None, _) => ListQuery::DeploymentsOfService(service),
        (None, _, Some(environment)) => ListQuery::DeploymentsOfEnvironment(environment),
        (None, _, None) => ListQuery::Deployments,
    }
}

impl DeploymentLocator {
    fn check(&self) -> Result<()> {
        if self.service_instance.is_some() && self.service.is_none() {
            return Err(Error::Validation(
                "serviceInstanceName: instance names are unique within their service only; give serviceName too"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    fn agrees(&self, target: &DeploymentTarget) -> bool {
        let (service, instance, component) = match target {
            DeploymentTarget::Environment { .. } => (None, None, None),
            DeploymentTarget::ServiceInstance { service, name, .. } => (Some(service), Some(name), None),
            DeploymentTarget::ServicePipeline { service } => (Some(service), None, None),
            DeploymentTarget::Component { name, .. } => (None, None, Some(name)),
        };
        let agrees = |asked: &Option<ResourceName>, has: Option<&ResourceName>| {
            asked.as_ref().is_none_or(|asked| has == Some(asked))
        };
        agrees(&self.environment, target.environment())
            && agrees(&self.service, service)
            && agrees(&self.service_instance, instance)
            && agrees(&self.component, component)
    }
}

/// The outputs of one deployment of `target`: the one asked for, or the latest successful one.
///
/// # Errors
/// [`Error::NotFound`] for a deployment of something else.
pub(crate) async fn deployment_outputs(
    app: &App,
    target: &DeploymentTarget,
    asked: Option<&Identifier>,
    latest: Option<&Identifier>,
) -> Result<BTreeMap<String, String>> {
    let Some(id) = asked.or(latest) else { return Ok(BTreeMap::new()) };
    let found: Option<Deployment> = app.store.find(Key::Deployment(id.clone())).await?;
    let is_known = |found: &Deployment| asked.is_none() || !found.forgotten;
    let found = found.filter(|found| found.target == *target && is_known(found));
    match found {
        Some(deployment) => outputs(app, deployment.outputs.as_ref()).await,
        None if asked.is_some() => Err(unknown(app, id)),
        None => Ok(BTreeMap::new()),
    }
}

/// What the deployment with this id provisioned.
pub(crate) async fn deployment_resources(
    app: &App,
    id: Option<&Identifier>,
) -> Result<Vec<ProvisionedResource>> {
    let Some(id) = id else { return Ok(Vec::new()) };
    let found: Option<Deployment> = app.store.find(Key::Deployment(id.clone())).await?;
    match found.and_then(|deployment| deployment.provisioned_resources) {
        Some(document) => resources(app, &document).await,
        None => Ok(Vec::new()),
    }
}

async fn resources(app: &App, document: &Document) -> Result<Vec<ProvisionedResource>> {
    let json = document_load(&*app.artifacts, document).await?;
    serde_json::from_str(&json).map_err(|error| Error::Internal(Box::new(error)))
}

/// The deployment attributes of a resource; nothing when it is gone, or isn't one that is deployed.
pub(crate) async fn resource_deployable(app: &App, resource: &Resource) -> Result<Option<Deployable>> {
    let target = match resource.clone() {
        Resource::Environment { name } => DeploymentTarget::Environment { name },
        Resource::ServicePipeline { service } => DeploymentTarget::ServicePipeline { service },
        Resource::Component { name } => {
            let found: Option<Component> = app.store.find(Key::Component(name)).await?;
            return Ok(found.map(|component| component.deployable));
        }
        Resource::ServiceInstance { service, name } => {
            let found: Option<ServiceInstance> = app.store.find(Key::ServiceInstance(service, name)).await?;
            return Ok(found.map(|instance| instance.deployable));
        }
        _ => return Ok(None),
    };
    deployable_find(app, &target).await
}

/// What a deployment deploys; nothing when there is no such deployment.
///
/// # Errors
/// When the store fails.
pub async fn deployment_target(app: &App, id: &Identifier) -> Result<Option<Resource>> {
    Ok(deployment_find(app, id).await?.map(|deployment| deployment.target.resource()))
}

/// The record of a deployment; nothing when there is none.
pub(crate) async fn deployment_find(app: &App, id: &Identifier) -> Result<Option<Deployment>> {
    let found: Option<Deployment> = app.store.find(Key::Deployment(id.clone())).await?;
    Ok(found.filter(|found| !found.forgotten))
}

/// The refusal of an id that no deployment has; wording of behaviour 14.
pub(crate) fn unknown(app: &App, id: &Identifier) -> Error {
    let arn = app.location().arn(&Resource::Deployment { id: id.clone() });
    Error::NotFound(format!("The requested deployment does not exist: {arn}"))
}
