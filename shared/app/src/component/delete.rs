//! DeleteComponent (behaviour 2.7).

use protium_domain::component::Component;
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::{Deployment, DeploymentKind, NewDeployment, Retention};
use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;

use super::{ComponentView, described, require_idle};
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt};
use crate::race::Races;
use crate::workflow;

/// Begins the deletion of a component; the component as it is now, or nothing when it was gone already (behaviour 2.0
/// rule 4).
///
/// # Errors
/// [`Error::Conflict`] while it is attached to an instance, or a deployment of it is in progress.
pub async fn component_delete(app: &App, name: &ResourceName) -> Result<Option<ComponentView>> {
    component_delete_retaining(app, name, None).await
}

/// As [`component_delete`]; `retention` says what a forced deletion lets stay. A forced one takes an attached component,
/// too: detaching it is a deployment, which may be what can't be done any more.
pub(crate) async fn component_delete_retaining(
    app: &App,
    name: &ResourceName,
    retention: Option<Retention>,
) -> Result<Option<ComponentView>> {
    let mut races = Races::few();
    loop {
        let found: Option<Component> = app.store.find(Key::Component(name.clone())).await?;
        let Some(component) = found else { return Ok(None) };
        if component.deployable.status() == DeploymentStatus::DeleteInProgress {
            return Ok(Some(ComponentView::load(app, component).await?));
        }
        require_idle(&component)?;
        if retention.is_none() {
            require_detached(&component)?;
        }
        let (commit, component) = begin(app, component, retention)?;
        match commit.submit(app).await {
            Ok(()) => return Ok(Some(ComponentView::load(app, component).await?)),
            Err(error) => races.lost(error, &described(name))?,
        }
    }
}

fn require_detached(component: &Component) -> Result<()> {
    match &component.state.attachment {
        None => Ok(()),
        Some(attachment) => Err(Error::Conflict(format!(
            "{} is attached to the instance '{}' of the service '{}'; detach it first, by UpdateComponent with \
             deploymentType CURRENT_VERSION and serviceName and serviceInstanceName both \"\"",
            described(&component.name),
            attachment.instance,
            attachment.service
        ))),
    }
}

fn begin(app: &App, mut component: Component, retention: Option<Retention>) -> Result<(Commit, Component)> {
    let (now, id, location) = (app.now(), app.ids.identifier(), app.location());
    let change = component.deployable.delete(id.clone(), now)?;
    let new = NewDeployment {
        id,
        target: component.target(),
        kind: DeploymentKind::Delete,
        target_created_at: component.created_at,
        initial_state: Some(component.state.clone().into()),
        target_state: component.state.clone().into(),
        service_operation_id: None,
    };
    let (mut deployment, began) = Deployment::new(new, now);
    deployment.retention = retention;
    let mut commit = Commit::new(Partition::Component(component.name.clone()));
    let component = commit.replace(component);
    commit.create(&deployment);
    commit.announce(StatusEvent::component(location, &component, change));
    commit.announce(StatusEvent::deployment(location, &deployment, began));
    commit.start(workflow::provision_start(&deployment));
    Ok((commit, component))
}
