//! CancelServicePipelineDeployment (behaviour 7.6).

use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;

use super::read::service_pipeline_find;
use super::{ServicePipelineView, described};
use crate::cancellation::Cancellation;
use crate::commit::Commit;
use crate::context::App;
use crate::error::Result;
use crate::race::Races;

/// Cancels the deployment in progress of a pipeline: CANCELLING, until what it began is undone. Where an update of its
/// service waits for it, that update fails: the pipeline is not as it was asked for.
///
/// # Errors
/// [`crate::Error::NotFound`] for an unknown service, or one without pipeline; [`crate::Error::Conflict`] unless the
/// pipeline is IN_PROGRESS, while it waits for its turn in an update of its service, and for its first creation.
pub async fn service_pipeline_cancel(app: &App, service: &ResourceName) -> Result<ServicePipelineView> {
    let what = described(service);
    let mut races = Races::few();
    loop {
        let mut pipeline = service_pipeline_find(app, service).await?;
        let accepted = Cancellation::accept(app, &mut pipeline.deployable, &what).await?;
        let mut commit = Commit::new(Partition::Service(service.clone()));
        let pipeline = commit.replace(pipeline);
        commit.announce(StatusEvent::service_pipeline(app.location(), &pipeline, accepted.change));
        accepted.commit(app, &mut commit, &pipeline.deployable);
        match commit.submit(app).await {
            Ok(()) => return ServicePipelineView::load(app, pipeline).await,
            Err(error) => races.lost(error, &what)?,
        }
    }
}
