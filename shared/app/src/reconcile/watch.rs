//! Looking after one piece of work in progress: does its workflow live, and what if not?

use protium_domain::deployment::Deployment;
use protium_domain::event::StatusEvent;
use protium_domain::fleet::FleetUpdate;
use protium_domain::identifier::Identifier;
use protium_domain::intent::{Partition, Workflow, WorkflowStart};
use protium_domain::name::ResourceName;
use protium_domain::preview::Preview;
use protium_domain::service::Service;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::TemplateVersion;
use protium_domain::trace::TraceId;
use protium_domain::version::VersionNumber;
use protium_domain::watch::Watch;
use serde::Deserialize;
use serde_json::Value;

use crate::commit::Commit;
use crate::context::App;
use crate::error::Result;
use crate::ports::{CommitError, Entity, ExecutionState, Key};
use crate::provision::{self, RecordInput, StepError};
use crate::{preview, workflow};

/// The records that an execution of `workflow` with this input may work on: one of them exists.
pub(super) fn keys_of(workflow: Workflow, input: &Value) -> Vec<Key> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Provision {
        deployment_id: Identifier,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Service {
        service_name: ResourceName,
    }
    match workflow {
        Workflow::Provision => match Provision::deserialize(input) {
            Ok(Provision { deployment_id: id }) => vec![Key::Deployment(id.clone()), Key::Preview(id)],
            Err(_) => Vec::new(),
        },
        Workflow::Service => {
            let service = Service::deserialize(input).ok();
            service.map(|input| Key::Service(input.service_name)).into_iter().collect()
        }
        Workflow::Fleet => {
            let input = workflow::FleetInput::deserialize(input).ok();
            input.map(|input| Key::FleetUpdate(input.fleet_update_id)).into_iter().collect()
        }
        Workflow::Publish => {
            let version = workflow::PublishInput::deserialize(input).ok();
            version.and_then(|input| publish_key(&input)).into_iter().collect()
        }
    }
}

fn publish_key(input: &workflow::PublishInput) -> Option<Key> {
    let version = VersionNumber::new(input.major_version.parse().ok()?, input.minor_version.parse().ok()?);
    let kind: TemplateKind = input.kind;
    Some(Key::TemplateVersion(kind, input.template_name.clone(), version))
}

/// The name of the execution that works on `entity` now.
pub(super) fn execution_name(entity: &Entity) -> Option<String> {
    match entity {
        Entity::Deployment(deployment) => deployment.is_open().then(|| deployment.execution_name()),
        Entity::Preview(preview) => preview.is_open().then(|| preview.execution_name()),
        Entity::Service(service) => service.operation.as_ref().map(|operation| operation.execution_name()),
        Entity::FleetUpdate(update) => update.watch.map(|_| update.execution_name()),
        Entity::TemplateVersion(version) => {
            version.watch.map(|watch| workflow::publish_name(version, watch.attempt))
        }
        _ => None,
    }
}

/// The trace of the request that the work began with.
fn trace(entity: &Entity) -> Option<TraceId> {
    match entity {
        Entity::Deployment(deployment) => deployment.trace,
        Entity::Preview(preview) => preview.trace,
        Entity::FleetUpdate(update) => update.trace,
        Entity::Service(service) => service.operation.as_ref().and_then(|operation| operation.trace),
        _ => None,
    }
}

/// Checks one piece of work; whether its workflow was started again.
pub(super) async fn check(app: &App, entity: Entity) -> Result<bool> {
    let Some(name) = execution_name(&entity) else { return Ok(false) };
    let app = &app.part_of(trace(&entity));
    let workflow = match &entity {
        Entity::Deployment(_) | Entity::Preview(_) => Workflow::Provision,
        Entity::Service(_) => Workflow::Service,
        Entity::FleetUpdate(_) => Workflow::Fleet,
        _ => Workflow::Publish,
    };
    let state = app.executions.state(workflow, &name).await?;
    match entity {
        Entity::Deployment(deployment) => check_deployment(app, *deployment, state).await,
        Entity::Preview(preview) => check_preview(app, *preview, state).await,
        Entity::Service(service) => check_service(app, *service, state).await,
        Entity::FleetUpdate(update) => check_fleet_update(app, *update, state).await,
        Entity::TemplateVersion(version) => check_registration(app, *version, state).await,
        _ => Ok(false),
    }
}

async fn check_deployment(app: &App, mut deployment: Deployment, state: ExecutionState) -> Result<bool> {
    let Some(watch) = deployment.watch else { return Ok(false) };
    let restarted = match next(watch, state, app) {
        Some(watch) => watch,
        None => return give_up_deployment(app, &deployment).await,
    };
    deployment.watch = Some(restarted);
    let partition = workflow::partition_of(&deployment.target);
    let start = workflow::provision_start(&deployment);
    renew(app, partition, |commit| drop(commit.replace(deployment.clone())), state, start).await
}

async fn give_up_deployment(app: &App, deployment: &Deployment) -> Result<bool> {
    let error = StepError { error: Some("the workflow died repeatedly".to_owned()), cause: None };
    provision::record(app, &deployment.id, RecordInput { outcome: None, error: Some(error) }).await?;
    Ok(false)
}

async fn check_preview(app: &App, mut preview: Preview, state: ExecutionState) -> Result<bool> {
    let Some(watch) = preview.watch else { return Ok(false) };
    let Some(restarted) = next(watch, state, app) else {
        provision::preview_give_up(app, preview).await?;
        return Ok(false);
    };
    preview.watch = Some(restarted);
    let partition = workflow::partition_of(&preview.target);
    let start = preview::workflow_start(&preview);
    renew(app, partition, |commit| drop(commit.replace(preview.clone())), state, start).await
}

async fn check_service(app: &App, mut service: Service, state: ExecutionState) -> Result<bool> {
    let Some(mut operation) = service.operation.clone() else { return Ok(false) };
    operation.watch = match state {
        ExecutionState::Ended => operation.watch.restarted_always(app.now()),
        ExecutionState::Running | ExecutionState::Absent => operation.watch.seen_alive(app.now()),
    };
    let deployments = workflow::deployment_runs(app, &operation).await?;
    let start = workflow::service_start(&service.name, &operation, &deployments);
    service.operation = Some(operation);
    let partition = Partition::Service(service.name.clone());
    renew(app, partition, |commit| drop(commit.replace(service.clone())), state, start).await
}

/// A fleet update is never given up: another run begins where the dead one, or the one that went to sleep, ended.
async fn check_fleet_update(app: &App, mut update: FleetUpdate, state: ExecutionState) -> Result<bool> {
    match state {
        ExecutionState::Ended => update.restart_run(app.now()),
        ExecutionState::Running | ExecutionState::Absent => update.see_alive(app.now()),
    }
    let start = workflow::fleet_start(&update);
    let partition = Partition::FleetUpdate(update.id.clone());
    renew(app, partition, |commit| drop(commit.replace(update.clone())), state, start).await
}

async fn check_registration(app: &App, mut version: TemplateVersion, state: ExecutionState) -> Result<bool> {
    let Some(watch) = version.watch else { return Ok(false) };
    let partition = Partition::Template(version.kind, version.template.clone());
    let Some(restarted) = next(watch, state, app) else {
        let reason = "Protium could not validate the bundle: its workflow died repeatedly. Register the bundle again; \
                      if that does not help, ask the operators of this installation to look into the logs.";
        let change = version.refuse(reason.to_owned(), app.now())?;
        let mut commit = Commit::new(partition);
        let version = commit.replace(version);
        commit.announce(StatusEvent::template_version(app.location(), &version, change));
        return submit(app, commit).await.map(|_| false);
    };
    version.watch = Some(restarted);
    let start = workflow::publish_start(&version);
    renew(app, partition, |commit| drop(commit.replace(version.clone())), state, start).await
}

/// The next watch; nothing when the work is given up.
fn next(watch: Watch, state: ExecutionState, app: &App) -> Option<Watch> {
    match state {
        ExecutionState::Ended => watch.restarted(app.now()),
        ExecutionState::Running | ExecutionState::Absent => Some(watch.seen_alive(app.now())),
    }
}

/// Commits the renewed watch, and starts the workflow unless it runs.
async fn renew(
    app: &App,
    partition: Partition,
    replace: impl Fn(&mut Commit),
    state: ExecutionState,
    start: WorkflowStart,
) -> Result<bool> {
    let mut commit = Commit::new(partition);
    replace(&mut commit);
    let starts = state != ExecutionState::Running;
    if starts {
        commit.start(start);
    }
    Ok(submit(app, commit).await? && starts)
}

/// Commits; whether nobody else was faster. Whoever was has changed the work, and the next sweep looks again.
async fn submit(app: &App, commit: Commit) -> Result<bool> {
    match commit.submit(app).await {
        Ok(()) => Ok(true),
        Err(CommitError::Condition(_)) => Ok(false),
        Err(CommitError::Port(error)) => Err(error.into()),
    }
}
