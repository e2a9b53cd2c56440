//! The step that deploys one target: its claim, or the resumption of a claim whose task was lost.
//!
//! The plan may be older than the world, so everything is looked at again: whether the fleet update still admits the target,
//! whether it is the same resource at the same version, what its owner's policy says now. Then one commit does it all: the
//! ordinary update of the resource, under the revisions that were read; the target's record, which must not exist yet, with
//! the task's token; its counter; under the condition that the fleet update admits it. So of two claims one wins, and one
//! that comes late does nothing.

use protium_domain::deployment::{Deployment, DeploymentState};
use protium_domain::fleet::{
    Candidate, ChunkItem, FleetOrigin, FleetTarget, FleetUpdate, NewFleetTarget, Skip, SkipReason,
    TargetStatus, TaskToken, halted, policy_skip, status_skip, windows_open,
};
use protium_domain::identifier::Identifier;
use protium_domain::trace::TraceId;
use serde::Deserialize;
use serde_json::json;

use super::candidates::Found;
use super::fit::Fitting;
use super::progress::failures_load;
use super::target_update::{Way, update_plan};
use super::{commit_of, described};
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Entity, Key, Record, Write};
use crate::race::Races;
use crate::template::template_get;

/// One target, as a child of the Map run gets it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FleetTargetDeploy {
    /// The fleet update.
    pub fleet_update_id: Identifier,
    /// The target, out of its chunk.
    pub item: ChunkItem,
    /// Whether it is brought back.
    pub roll_back: bool,
    /// How often it was found busy already, in a row.
    #[serde(default)]
    pub attempt: u32,
    /// The task that waits until the target is done with.
    pub task_token: TaskToken,
    /// The trace that the fleet update is part of; its deployments belong to it.
    #[serde(default)]
    pub trace: Option<TraceId>,
}

/// How often a busy resource is tried again, in growing pauses, before it is skipped.
const MOST_ATTEMPTS: u32 = 4;

/// What a look at a target leads to.
pub(super) enum Verdict {
    /// Its deployment is under way: the task waits, and is resumed when it ends.
    Waits,
    /// There is nothing to wait for.
    Done,
    /// Somebody else is at it: the task comes again later.
    Busy,
    /// Somebody was faster: look again.
    Again(crate::ports::CommitError),
}

/// Begins the deployment of a target, or its roll back. When there is nothing (more) to wait for, the task is resumed with
/// `{}`; while somebody else is at the resource with `{"again": true}`, to come again in a while with one attempt more.
///
/// # Errors
/// The failures of ports, and [`Error::Conflict`] when others change the resource all the time; the step is repeated then.
pub async fn fleet_target_deploy(app: &App, input: &FleetTargetDeploy) -> Result<()> {
    let app = &app.part_of(input.trace);
    let mut races = Races::many();
    let output = loop {
        let verdict = if input.roll_back {
            Box::pin(super::roll_back::roll_back_once(app, input)).await?
        } else {
            Box::pin(deploy_once(app, input)).await?
        };
        match verdict {
            Verdict::Waits => return Ok(()),
            Verdict::Done => break json!({}),
            Verdict::Busy => break json!({"again": true}),
            Verdict::Again(error) => races.lost(error, &described(&input.fleet_update_id))?,
        }
    };
    Ok(app.task_tokens.resume(&input.task_token.0, output).await?)
}

/// The fleet update and the target's record, if there are any.
pub(super) async fn records(
    app: &App,
    input: &FleetTargetDeploy,
) -> Result<(Option<FleetUpdate>, Option<FleetTarget>)> {
    let id = &input.fleet_update_id;
    let keys = [Key::FleetUpdate(id.clone()), Key::FleetTarget(id.clone(), input.item.ordinal)];
    let mut found = app.store.get_many(&keys).await?.into_iter();
    let update = found.next().flatten().and_then(FleetUpdate::from_entity);
    Ok((update, found.next().flatten().and_then(FleetTarget::from_entity)))
}

/// The step is repeated, or another execution took over: whoever waits now is the one to be resumed.
pub(super) async fn wait_for(app: &App, input: &FleetTargetDeploy, mut target: FleetTarget) -> Verdict {
    target.task_token = Some(input.task_token.clone());
    let mut commit =
        Commit::new(protium_domain::intent::Partition::FleetUpdate(input.fleet_update_id.clone()));
    commit.replace(target);
    commit.submit(app).await.map_or_else(Verdict::Again, |()| Verdict::Waits)
}

async fn deploy_once(app: &App, input: &FleetTargetDeploy) -> Result<Verdict> {
    let (update, target) = records(app, input).await?;
    match target {
        Some(target) if target.status() == TargetStatus::Deploying => {
            return Ok(wait_for(app, input, target).await);
        }
        Some(_) => return Ok(Verdict::Done),
        None => {}
    }
    let is_open = |update: &FleetUpdate| update.admits(input.item.wave, false) && !update.is_past(app.now());
    let Some(update) = update.filter(is_open) else {
        return Ok(Verdict::Done);
    };
    let failures = failures_load(app, &update.id, input.item.wave).await?;
    if halted(&update, &failures).is_some() {
        return Ok(Verdict::Done);
    }
    match Box::pin(judge(app, input, &update)).await? {
        Judgement::Leave => Ok(Verdict::Done),
        Judgement::Skip(skip) if skip.reason == SkipReason::Busy && input.attempt < MOST_ATTEMPTS => {
            Ok(Verdict::Busy)
        }
        Judgement::Skip(skip) => {
            let target = FleetTarget::skipped(new_target(&update, input), skip, app.now());
            let mut commit = commit_of(&update);
            commit.create(&target);
            commit.write(admitting(input));
            Ok(commit.submit(app).await.map_or_else(Verdict::Again, |()| Verdict::Done))
        }
        Judgement::Deploy(mut commit) => {
            let (id, from) = mark(&mut commit, input)?;
            let new = new_target(&update, input);
            let target = FleetTarget::deploying(new, from, id, Some(input.task_token.clone()), app.now());
            commit.create(&target);
            commit.write(admitting(input));
            Ok(commit.submit(app).await.map_or_else(Verdict::Again, |()| Verdict::Waits))
        }
    }
}

/// What is to be done about a target.
enum Judgement {
    /// It may not be touched now: it stays pending.
    Leave,
    /// It is left alone for good.
    Skip(Skip),
    /// It is deployed by this commit.
    Deploy(Commit),
}

async fn judge(app: &App, input: &FleetTargetDeploy, update: &FleetUpdate) -> Result<Judgement> {
    let gone = || Judgement::Skip(Skip::new(SkipReason::Gone, "it is gone since the plan was made"));
    let Some(found) = Found::read(app, &input.item.resource).await? else { return Ok(gone()) };
    let kind = update.template.kind.template_kind();
    let template = template_get(app, kind, &update.template.name).await?;
    let candidate = found.candidate(app, &template);
    if candidate.made_at != input.item.made_at {
        return Ok(gone());
    }
    if let Some(skip) = moved_skip(&candidate, update, input, found.state()) {
        return Ok(Judgement::Skip(skip));
    }
    if !windows_open(&candidate.policy.windows, app.now()) {
        if candidate.policy.windows == input.item.windows {
            return Ok(Judgement::Leave);
        }
        let message = "its maintenance windows have changed since the plan was made, and are closed now";
        return Ok(Judgement::Skip(Skip::new(SkipReason::Changed, message)));
    }
    if let Some(skip) = status_skip(candidate.status, candidate.is_service_busy) {
        return Ok(Judgement::Skip(skip));
    }
    match update_plan(app, &found, Way::To(update.template.to)).await {
        Ok(commit) => Ok(Judgement::Deploy(commit)),
        Err(Error::Conflict(reason)) => Ok(Judgement::Skip(Skip::new(SkipReason::Busy, reason))),
        Err(Error::NotFound(reason)) => Ok(Judgement::Skip(Skip::new(SkipReason::Changed, reason))),
        Err(Error::Validation(reason)) => {
            let obstacle = Fitting::load(app, update).await?.obstacle(app, &found).await?;
            Ok(Judgement::Skip(obstacle.unwrap_or(Skip::new(SkipReason::IncompatibleSpec, reason))))
        }
        Err(error) => Err(error),
    }
}

/// What has changed since the plan that keeps a target out.
fn moved_skip(
    candidate: &Candidate,
    update: &FleetUpdate,
    input: &FleetTargetDeploy,
    state: DeploymentState,
) -> Option<Skip> {
    let (at, to) = (candidate.version, update.template.to);
    if let Some(skip) = policy_skip(&candidate.policy, update.automatic) {
        return Some(skip);
    }
    if state.template != update.template.name {
        return Some(Skip::new(SkipReason::Changed, "it is made of another template now"));
    }
    if at == to {
        return Some(Skip::new(
            SkipReason::UpToDate,
            format!("it has come to version {to} since the plan was made"),
        ));
    }
    if at > to {
        return Some(Skip::new(
            SkipReason::Newer,
            format!("it has come to version {at} since the plan was made"),
        ));
    }
    (at != input.item.from).then(|| {
        let from = input.item.from;
        Skip::new(
            SkipReason::Changed,
            format!("it was at version {from} when the plan was made, and is at {at} now"),
        )
    })
}

fn new_target(update: &FleetUpdate, input: &FleetTargetDeploy) -> NewFleetTarget {
    NewFleetTarget {
        fleet_update_id: update.id.clone(),
        ordinal: input.item.ordinal,
        resource: input.item.resource.clone(),
        account: input.item.account.clone(),
        wave: input.item.wave,
        to: update.template.to,
        changed_inputs: input.item.changed_inputs.clone(),
        expires_at: update.targets_until(),
    }
}

pub(super) fn admitting(input: &FleetTargetDeploy) -> Write {
    Write::RequireAdmitting(input.fleet_update_id.clone(), input.item.wave, input.roll_back)
}

/// Lets the deployment of the commit know whose it is; its id, and what its target was made of before.
pub(super) fn mark(commit: &mut Commit, input: &FleetTargetDeploy) -> Result<(Identifier, DeploymentState)> {
    let deployment: Option<&mut Deployment> = commit.entities_mut().find_map(|entity| match entity {
        Entity::Deployment(deployment) => Some(&mut **deployment),
        _ => None,
    });
    let deployment = deployment.ok_or_else(|| Error::internal("the update of a target deploys nothing"))?;
    deployment.fleet = Some(FleetOrigin {
        fleet_update_id: input.fleet_update_id.clone(),
        ordinal: input.item.ordinal,
        roll_back: input.roll_back,
    });
    let before = deployment.initial_state.as_ref().and_then(|state| state.template()).cloned();
    let before =
        before.ok_or_else(|| Error::internal("a target that has succeeded was made of nothing before"))?;
    Ok((deployment.id.clone(), before))
}
