//! CancelComponentDeployment (behaviour 7.6).

use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;

use super::read::component_find;
use super::{ComponentView, described};
use crate::cancellation::Cancellation;
use crate::commit::Commit;
use crate::context::App;
use crate::error::Result;
use crate::race::Races;

/// Cancels the deployment in progress of a component: CANCELLING, until what it began is undone.
///
/// # Errors
/// [`crate::Error::NotFound`] for an unknown component; [`crate::Error::Conflict`] unless it is IN_PROGRESS, and for its
/// first creation.
pub async fn component_cancel(app: &App, name: &ResourceName) -> Result<ComponentView> {
    let mut races = Races::few();
    loop {
        let mut component = component_find(app, name).await?;
        let accepted = Cancellation::accept(app, &mut component.deployable, &described(name)).await?;
        let mut commit = Commit::new(Partition::Component(name.clone()));
        let component = commit.replace(component);
        commit.announce(StatusEvent::component(app.location(), &component, accepted.change));
        accepted.commit(app, &mut commit, &component.deployable);
        match commit.submit(app).await {
            Ok(()) => return ComponentView::load(app, component).await,
            Err(error) => races.lost(error, &described(name))?,
        }
    }
}
