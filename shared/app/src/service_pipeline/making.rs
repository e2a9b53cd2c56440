//! What operations of a service do with its pipeline: pure changes of records, added to the operation's commit.

use protium_domain::deployable::{DeploymentOutcome, HeldFor};
use protium_domain::deployment::{Deployment, DeploymentKind, DeploymentState, NewDeployment};
use protium_domain::event::StatusEvent;
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::service_pipeline::ServicePipeline;
use protium_domain::template::TemplateKind;
use protium_domain::transition::IllegalTransition;

use crate::commit::Commit;
use crate::context::App;
use crate::ports::{Key, Write};
use crate::service_settle::{DeploymentRun, PartDeletion};

/// The pipeline's reference to its template version.
pub(crate) fn pipeline_reference(service: &ResourceName, state: &DeploymentState) -> Reference {
    Reference {
        referent: Referent::TemplateVersion {
            kind: TemplateKind::Service,
            name: state.template.clone(),
            version: state.version,
        },
        referrer: Referrer::ServicePipeline { service: service.clone() },
    }
}

/// Makes the pipeline with its first deployment, which waits until the instances are deployed.
pub(crate) fn pipeline_make(
    app: &App,
    commit: &mut Commit,
    service: &ResourceName,
    state: DeploymentState,
    operation_id: &Identifier,
) {
    let (now, id) = (app.now(), app.ids.identifier());
    let (pipeline, change) = ServicePipeline::new(service.clone(), state.clone(), id.clone(), now);
    commit.write(Write::Put(pipeline_reference(service, &state).into()));
    let new = NewDeployment {
        id,
        target: pipeline.target(),
        kind: DeploymentKind::Deploy,
        target_created_at: now,
        initial_state: None,
        target_state: state.into(),
        service_operation_id: Some(operation_id.clone()),
    };
    let (deployment, began) = Deployment::waiting(new, now);
    commit.create(&pipeline);
    commit.create(&deployment);
    commit.announce(StatusEvent::service_pipeline(app.location(), &pipeline, change));
    commit.announce(StatusEvent::deployment(app.location(), &deployment, began));
}

/// Locks the pipeline until the instances of an update are settled.
///
/// # Errors
/// [`IllegalTransition`] while it is in progress.
pub(crate) fn pipeline_hold(
    app: &App,
    commit: &mut Commit,
    mut pipeline: ServicePipeline,
) -> Result<(), IllegalTransition> {
    let change = pipeline.deployable.hold(HeldFor::Update)?;
    let pipeline = commit.replace(pipeline);
    commit.announce(StatusEvent::service_pipeline(app.location(), &pipeline, change));
    Ok(())
}

/// Begins the deployment that the pipeline waits for. `waiting` is its first one, where that has yet to begin.
pub(crate) fn pipeline_release(
    app: &App,
    commit: &mut Commit,
    mut pipeline: ServicePipeline,
    waiting: Option<Deployment>,
    state: DeploymentState,
    operation_id: &Identifier,
) -> Option<DeploymentRun> {
    let now = app.now();
    if !pipeline.deployable.is_held() {
        let mut deployment = waiting?;
        deployment.begin(now);
        return Some(DeploymentRun::of(&commit.replace(deployment)));
    }
    let id = app.ids.identifier();
    let before = pipeline.state();
    let succeeded = pipeline.deployable.last_succeeded_deployment_id.is_some();
    pipeline.release(id.clone(), &state, now);
    commit.write(Write::Put(pipeline_reference(&pipeline.service, &state).into()));
    if pipeline.version != before.version {
        commit.write(Write::Remove(Key::Reference(pipeline_reference(&pipeline.service, &before))));
    }
    let new = NewDeployment {
        id,
        target: pipeline.target(),
        kind: DeploymentKind::Deploy,
        target_created_at: pipeline.created_at,
        initial_state: succeeded.then(|| before.into()),
        target_state: state.into(),
        service_operation_id: Some(operation_id.clone()),
    };
    commit.replace(pipeline);
    let (deployment, began) = Deployment::new(new, now);
    commit.create(&deployment);
    commit.announce(StatusEvent::deployment(app.location(), &deployment, began));
    Some(DeploymentRun::of(&deployment))
}

/// The pipeline's deployment is not to be: an earlier step of the operation failed. A pipeline that was there before is
/// as it was; a new one ends CANCELLED with `reason` (behaviour 3.3, 7.4).
pub(crate) fn pipeline_stay(
    app: &App,
    commit: &mut Commit,
    mut pipeline: ServicePipeline,
    waiting: Option<Deployment>,
    reason: &str,
) {
    if let Some(change) = pipeline.deployable.restore() {
        let pipeline = commit.replace(pipeline);
        commit.announce(StatusEvent::service_pipeline(app.location(), &pipeline, change));
        return;
    }
    let (outcome, message) = (DeploymentOutcome::Cancelled, Some(reason.to_owned()));
    if let Ok(change) = pipeline.deployable.finish(outcome, message.clone()) {
        let pipeline = commit.replace(pipeline);
        commit.announce(StatusEvent::service_pipeline(app.location(), &pipeline, change));
    }
    if let Some(mut deployment) = waiting
        && let Ok(change) = deployment.finish(outcome, message, app.now())
    {
        let deployment = commit.replace(deployment);
        commit.announce(StatusEvent::deployment(app.location(), &deployment, change));
    }
}

/// Adds the deletion of the pipeline to `commit`; nothing when it is in progress already.
pub(crate) fn pipeline_deletion(
    app: &App,
    commit: &mut Commit,
    mut pipeline: ServicePipeline,
    part: PartDeletion<'_>,
) -> Option<Deployment> {
    let (now, id) = (app.now(), app.ids.identifier());
    let change = pipeline.deployable.delete(id.clone(), now).ok()?;
    let new = NewDeployment {
        id,
        target: pipeline.target(),
        kind: DeploymentKind::Delete,
        target_created_at: pipeline.created_at,
        initial_state: Some(pipeline.state().into()),
        target_state: pipeline.state().into(),
        service_operation_id: part.operation_id.cloned(),
    };
    let (mut deployment, began) = Deployment::new(new, now);
    deployment.retention = part.retention;
    let pipeline = commit.replace(pipeline);
    commit.announce(StatusEvent::service_pipeline(app.location(), &pipeline, change));
    commit.create(&deployment);
    commit.announce(StatusEvent::deployment(app.location(), &deployment, began));
    Some(deployment)
}
