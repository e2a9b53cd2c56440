//! UpdateComponent: new code, attaching and detaching (behaviour 2.7).

use protium_domain::component::{Attachment, Component, ComponentState};
use protium_domain::deployment::{Deployment, DeploymentKind, NewDeployment};
use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::service_instance::ServiceInstance;
use serde::Serialize;

use super::place::{environment_for_component, instance_idle, require_attachable, service_spec_check};
use super::read::component_find;
use super::{ComponentView, described, require_idle};
use crate::artifact::{document_load, document_store};
use crate::client_token::TokenUse;
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::Write;
use crate::race::Races;
use crate::workflow;

/// What an update does to the attachment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub enum AttachmentChange {
    /// It stays as it is.
    #[default]
    Keep,
    /// The component is attached to this instance.
    Attach(Attachment),
    /// The component is detached.
    Detach,
}

/// A request to update a component; what is absent stays.
#[derive(Debug, Clone, Serialize)]
pub struct ComponentUpdate {
    /// Its name.
    pub name: ResourceName,
    /// Whether it is deployed (CURRENT_VERSION), or only described anew (NONE).
    pub deploys: bool,
    /// For people.
    pub description: Option<String>,
    /// What becomes of the attachment.
    pub attachment: AttachmentChange,
    /// New infrastructure code.
    pub template_file: Option<String>,
    /// A new service spec.
    pub service_spec: Option<String>,
    /// Makes the request repeatable for eight hours. Not part of its fingerprint.
    #[serde(skip)]
    pub client_token: Option<String>,
}

/// Updates a component by a deployment; NONE changes its description only. Code, service spec and attachment change when
/// the deployment succeeds.
///
/// # Errors
/// [`Error::NotFound`] for an unknown component or instance; [`Error::Validation`] for members that NONE refuses, a
/// service spec that does not fit, an instance in another environment or of a template that takes no components, or a
/// token that was used for another request; [`Error::Conflict`] while the component, its instance or the instance's
/// service is in progress, and for an instance while the component is attached to another one, or another one to it.
pub async fn component_update(app: &App, input: ComponentUpdate) -> Result<ComponentView> {
    let mut races = Races::few();
    loop {
        let token = TokenUse::find(app, "UpdateComponent", input.client_token.as_ref(), &input).await?;
        let component = component_find(app, &input.name).await?;
        if token.is_known(component.created_at) {
            return ComponentView::load(app, component).await;
        }
        require_idle(&component)?;
        let (mut commit, component) = match input.deploys {
            false => describe(app, &input, component)?,
            true => deploy(app, &input, component).await?,
        };
        token.claim(app, &mut commit, component.target().resource());
        match commit.submit(app).await {
            Ok(()) => return ComponentView::load(app, component).await,
            Err(error) => races.lost(error, &described(&input.name))?,
        }
    }
}

/// What [`component_update`] would commit, where it deploys something.
pub(crate) async fn component_update_plan(app: &App, input: &ComponentUpdate) -> Result<Commit> {
    let component = component_find(app, &input.name).await?;
    require_idle(&component)?;
    let (commit, _) = match input.deploys {
        false => describe(app, input, component)?,
        true => deploy(app, input, component).await?,
    };
    Ok(commit)
}

/// NONE.
fn describe(app: &App, input: &ComponentUpdate, mut component: Component) -> Result<(Commit, Component)> {
    let refused = [
        ("templateFile", input.template_file.is_some()),
        ("serviceSpec", input.service_spec.is_some()),
        ("serviceName, serviceInstanceName", input.attachment != AttachmentChange::Keep),
    ];
    if let Some((member, _)) = refused.into_iter().find(|(_, given)| *given) {
        return Err(Error::Validation(format!(
            "{member}: deploymentType NONE deploys nothing and takes the description only; use CURRENT_VERSION"
        )));
    }
    touch(app, input, &mut component);
    let mut commit = Commit::new(Partition::Component(component.name.clone()));
    let component = commit.replace(component);
    Ok((commit, component))
}

/// What every update changes at once.
fn touch(app: &App, input: &ComponentUpdate, component: &mut Component) {
    component.description = input.description.clone().or(component.description.take());
    component.last_client_request_token =
        input.client_token.clone().or(component.last_client_request_token.take());
    component.last_modified_at = app.now();
}

/// CURRENT_VERSION.
async fn deploy(app: &App, input: &ComponentUpdate, mut component: Component) -> Result<(Commit, Component)> {
    let environment = environment_for_component(app, &component.environment).await?;
    let wanted = wanted_attachment(input, &component)?;
    let instance = match wanted.as_ref().or(component.state.attachment.as_ref()) {
        Some(attachment) => Some(instance_idle(app, attachment).await?),
        None => None,
    };
    if let (Some(instance), Some(_)) = (&instance, &wanted) {
        require_same_environment(instance, &component)?;
        require_attachable(app, instance, &component.name).await?;
    }
    let state = ComponentState {
        template_file: match &input.template_file {
            Some(text) => document_store(&*app.artifacts, text.clone()).await?,
            None => component.state.template_file.clone(),
        },
        service_spec: service_spec(app, input, &component, instance.as_ref().filter(|_| wanted.is_some()))
            .await?,
        attachment: wanted,
        environment_deployment_id: environment.deployable.last_succeeded_deployment_id,
    };
    touch(app, input, &mut component);
    begin(app, component, instance, state)
}

/// The attachment that the component shall have.
fn wanted_attachment(input: &ComponentUpdate, component: &Component) -> Result<Option<Attachment>> {
    match (&input.attachment, &component.state.attachment) {
        (AttachmentChange::Keep, attached) => Ok(attached.clone()),
        (AttachmentChange::Detach, _) => Ok(None),
        (AttachmentChange::Attach(wanted), Some(attached)) if wanted != attached => {
            Err(Error::Conflict(format!(
                "{} is attached to the instance '{}' of the service '{}'; detach it first, with serviceName and \
                 serviceInstanceName both \"\"",
                described(&component.name),
                attached.instance,
                attached.service
            )))
        }
        (AttachmentChange::Attach(wanted), _) => Ok(Some(wanted.clone())),
    }
}

fn require_same_environment(instance: &ServiceInstance, component: &Component) -> Result<()> {
    if instance.environment == component.environment {
        return Ok(());
    }
    Err(Error::Validation(format!(
        "serviceInstanceName: the instance lives in the environment '{}', but {} in '{}', and can't move; attach it to an \
         instance there",
        instance.environment,
        described(&component.name),
        component.environment
    )))
}

/// The service spec that the component shall have: only with an instance, whose section it gives.
async fn service_spec(
    app: &App,
    input: &ComponentUpdate,
    component: &Component,
    instance: Option<&ServiceInstance>,
) -> Result<Option<protium_domain::document::Document>> {
    let stored = component.state.service_spec.as_ref();
    match (instance, &input.service_spec) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Error::Validation(
            "serviceSpec: it gives a component the inputs of a service instance, so it goes with an attached component \
             only; leave it out"
                .to_owned(),
        )),
        (Some(_), None) => Ok(stored.cloned()),
        (Some(instance), Some(text)) => {
            let before = match stored {
                Some(spec) => Some(document_load(&*app.artifacts, spec).await?),
                None => None,
            };
            let text = service_spec_check(app, instance, text, before.as_deref()).await?;
            Ok(Some(document_store(&*app.artifacts, text).await?))
        }
    }
}

fn begin(
    app: &App,
    mut component: Component,
    instance: Option<ServiceInstance>,
    state: ComponentState,
) -> Result<(Commit, Component)> {
    let (now, id, location) = (app.now(), app.ids.identifier(), app.location());
    let succeeded_once = component.deployable.last_succeeded_deployment_id.is_some();
    let initial_state = succeeded_once.then(|| component.state.clone().into());
    let change = component.deployable.update(id.clone(), now)?;
    let is_attached = state.attachment.is_some();
    let new = NewDeployment {
        id,
        target: component.target(),
        kind: DeploymentKind::Deploy,
        target_created_at: component.created_at,
        initial_state,
        target_state: state.into(),
        service_operation_id: None,
    };
    let (deployment, began) = Deployment::new(new, now);
    let mut commit = Commit::new(Partition::Component(component.name.clone()));
    let component = commit.replace(component);
    commit.create(&deployment);
    commit.write(Write::RequireInhabitable(component.environment.clone(), now));
    if let Some(mut instance) = instance {
        // Written even when nothing changes: an update of the instance that begins at the same time loses, or wins.
        if is_attached {
            instance.component = Some(component.name.clone());
        }
        commit.replace(instance);
    }
    commit.announce(StatusEvent::component(location, &component, change));
    commit.announce(StatusEvent::deployment(location, &deployment, began));
    commit.start(workflow::provision_start(&deployment));
    Ok((commit, component))
}
