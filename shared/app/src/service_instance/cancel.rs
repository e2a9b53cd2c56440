//! CancelServiceInstanceDeployment (behaviour 7.6).

use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;

use super::read::service_instance_find;
use super::{ServiceInstanceView, described};
use crate::cancellation::Cancellation;
use crate::commit::Commit;
use crate::context::App;
use crate::error::Result;
use crate::race::Races;

/// Cancels the deployment in progress of an instance: CANCELLING, until what it began is undone.
///
/// # Errors
/// [`crate::Error::NotFound`] for an unknown instance; [`crate::Error::Conflict`] unless it is IN_PROGRESS, and for its
/// first creation.
pub async fn service_instance_cancel(
    app: &App,
    service: &ResourceName,
    name: &ResourceName,
) -> Result<ServiceInstanceView> {
    let what = described(service, name);
    let mut races = Races::few();
    loop {
        let mut instance = service_instance_find(app, service, name).await?;
        let accepted = Cancellation::accept(app, &mut instance.deployable, &what).await?;
        let mut commit = Commit::new(Partition::Service(service.clone()));
        let instance = commit.replace(instance);
        commit.announce(StatusEvent::service_instance(app.location(), &instance, accepted.change));
        accepted.commit(app, &mut commit, &instance.deployable);
        match commit.submit(app).await {
            Ok(()) => return ServiceInstanceView::load(app, instance).await,
            Err(error) => races.lost(error, &what)?,
        }
    }
}
