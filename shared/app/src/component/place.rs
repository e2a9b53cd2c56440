//! Where a component lives: its environment, and the instance that it is attached to (behaviour 2.7).

use protium_bundle::ServiceSpec;
use protium_domain::component::{Attachment, Component};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::environment::Environment;
use protium_domain::name::ResourceName;
use protium_domain::service::Service;
use protium_domain::service_instance::ServiceInstance;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::TemplateVersion;

use crate::compatibility::role_remedy;
use crate::context::App;
use crate::environment;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt};
use crate::service_instance::{self, service_instance_find};
use crate::spec::{self, invalid};

/// The environment, if a component can be deployed into it.
///
/// # Errors
/// [`Error::NotFound`] for an unknown environment; [`Error::Conflict`] for one that is being deleted;
/// [`Error::Validation`] for one that was never deployed, or lets no components in because it has no role for them.
pub(super) async fn environment_for_component(app: &App, name: &ResourceName) -> Result<Environment> {
    let found: Option<Environment> = app.store.find(Key::Environment(name.clone())).await?;
    let environment = found.ok_or_else(|| environment::unknown(app, name))?;
    let what = environment::described(name);
    if !environment.is_inhabitable() {
        return Err(Error::Conflict(format!("{what} is being deleted")));
    }
    if environment.deployable.last_succeeded_deployment_id.is_none() {
        return Err(Error::Validation(format!(
            "{what} is {} and was never deployed successfully; wait for it, or repair it",
            environment.deployable.status()
        )));
    }
    if environment.roles.component_role_arn.is_none() {
        return Err(Error::Validation(format!(
            "{what} takes no components, because it has no role for them; {}",
            role_remedy(&environment, "componentRoleArn")
        )));
    }
    Ok(environment)
}

/// The instance of an attachment, which must be idle, as its service must be.
///
/// # Errors
/// [`Error::NotFound`] for an unknown instance; [`Error::Conflict`] while it or its service is in progress.
pub(super) async fn instance_idle(app: &App, attachment: &Attachment) -> Result<ServiceInstance> {
    let Attachment { service, instance } = attachment;
    let found = service_instance_find(app, service, instance).await?;
    let what = service_instance::described(service, instance);
    let status = found.deployable.status();
    if status.is_in_progress() {
        return Err(Error::Conflict(format!("{what} is {status}; wait until its deployment has ended")));
    }
    let service: Option<Service> = app.store.find(Key::Service(service.clone())).await?;
    match service.map(|service| service.status()).filter(|status| status.is_in_progress()) {
        Some(status) => {
            Err(Error::Conflict(format!("the service of {what} is {status}; wait until that has ended")))
        }
        None => Ok(found),
    }
}

/// Refuses an instance that can't take the component `name`.
///
/// # Errors
/// [`Error::Conflict`] when it has another component or is to be deleted; [`Error::Validation`] when its template lets no
/// components in.
pub(super) async fn require_attachable(
    app: &App,
    instance: &ServiceInstance,
    name: &ResourceName,
) -> Result<()> {
    let what = service_instance::described(&instance.service, &instance.name);
    if let Some(other) = instance.component.as_ref().filter(|other| *other != name) {
        return Err(Error::Conflict(format!(
            "{what} has the component '{other}' already, and can have one only; detach that one first"
        )));
    }
    if instance.deployable.status() == DeploymentStatus::DeleteFailed {
        return Err(Error::Conflict(format!("{what} is to be deleted and takes no component")));
    }
    if !version(app, instance).await?.supports_components {
        return Err(Error::Validation(format!(
            "version {} of the service template '{}', of which {what} is made, takes no components; add \
             DIRECTLY_DEFINED to its supportedComponentSources with UpdateServiceTemplateVersion",
            instance.version, instance.template
        )));
    }
    Ok(())
}

/// Checks the service spec of a component: the text to store.
///
/// # Errors
/// [`Error::Validation`] with every problem of the instance's section.
pub(super) async fn service_spec_check(
    app: &App,
    instance: &ServiceInstance,
    text: &str,
    stored: Option<&str>,
) -> Result<String> {
    let schema = spec::schema(app, &version(app, instance).await?).await?;
    let name = instance.name.as_str();
    let given = ServiceSpec::parse(text).map_err(invalid)?;
    let stored = stored.map(ServiceSpec::parse).transpose().map_err(invalid)?;
    let given = given.with_current_values_of_instance(name, stored.as_ref()).map_err(invalid)?;
    given.validate_instance(&schema, name).map_err(invalid)?;
    Ok(given.text().to_owned())
}

async fn version(app: &App, instance: &ServiceInstance) -> Result<TemplateVersion> {
    let key = Key::TemplateVersion(TemplateKind::Service, instance.template.clone(), instance.version);
    let found: Option<TemplateVersion> = app.store.find(key).await?;
    found.ok_or_else(|| Error::internal("the instance's template version is missing"))
}

/// The component that is attached to an instance, which must be idle; nothing when there is none.
///
/// # Errors
/// [`Error::Conflict`] while a deployment of the component is under way: it may attach or detach it.
pub(crate) async fn component_idle(app: &App, instance: &ServiceInstance) -> Result<Option<Component>> {
    let Some(name) = &instance.component else { return Ok(None) };
    let found: Option<Component> = app.store.find(Key::Component(name.clone())).await?;
    let Some(component) = found else { return Ok(None) };
    let status = component.deployable.status();
    if status.is_in_progress() {
        return Err(Error::Conflict(format!(
            "{} can't be updated while its component '{name}' is {status}; wait until that has ended",
            service_instance::described(&instance.service, &instance.name)
        )));
    }
    Ok(Some(component))
}
