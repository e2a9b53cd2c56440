//! CancelEnvironmentDeployment (behaviour 7.6).

use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;

use super::read::environment_find;
use super::{EnvironmentView, described};
use crate::cancellation::Cancellation;
use crate::commit::Commit;
use crate::context::App;
use crate::error::Result;
use crate::race::Races;

/// Cancels the deployment in progress of an environment: CANCELLING, until what it began is undone.
///
/// # Errors
/// [`crate::Error::NotFound`] for an unknown environment; [`crate::Error::Conflict`] unless it is IN_PROGRESS, and for
/// its first creation.
pub async fn environment_cancel(app: &App, name: &ResourceName) -> Result<EnvironmentView> {
    let mut races = Races::few();
    loop {
        let mut environment = environment_find(app, name).await?;
        let accepted = Cancellation::accept(app, &mut environment.deployable, &described(name)).await?;
        let mut commit = Commit::new(Partition::Environment(name.clone()));
        let environment = commit.replace(environment);
        commit.announce(StatusEvent::environment(app.location(), &environment, accepted.change));
        accepted.commit(app, &mut commit, &environment.deployable);
        match commit.submit(app).await {
            Ok(()) => return EnvironmentView::load(app, environment).await,
            Err(error) => races.lost(error, &described(name))?,
        }
    }
}
