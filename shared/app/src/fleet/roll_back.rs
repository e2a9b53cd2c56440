//! The step that brings one target back, to what it was made of when it was claimed.
//!
//! Only a resource whose latest deployment is that of this fleet update is touched: what somebody has done since is theirs.

use protium_domain::fleet::{FleetTarget, TargetStatus};

use super::candidates::Found;
use super::deploy::{FleetTargetDeploy, Verdict, admitting, mark, records, wait_for};
use super::target_update::{Way, update_plan};
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};

/// How often a busy resource is tried again before it is left to the next pass.
const MOST_ATTEMPTS: u32 = 4;

pub(super) async fn roll_back_once(app: &App, input: &FleetTargetDeploy) -> Result<Verdict> {
    let (update, target) = records(app, input).await?;
    let Some(target) = target else { return Ok(Verdict::Done) };
    match target.status() {
        TargetStatus::RollingBack => return Ok(wait_for(app, input, target).await),
        TargetStatus::Succeeded | TargetStatus::Failed => {}
        _ => return Ok(Verdict::Done),
    }
    if !update.is_some_and(|update| update.admits(input.item.wave, true) && !update.is_past(app.now())) {
        return Ok(Verdict::Done);
    }
    let Some(from) = target.from.clone() else {
        return Err(Error::internal("a target that was deployed was made of nothing before"));
    };
    let found = Found::read(app, &target.resource).await?;
    let is_ours = |found: &Found| {
        target.deployment_id.as_ref() == Some(&found.deployable().last_attempted_deployment_id)
    };
    let Some(found) = found.filter(is_ours) else {
        let message =
            "it was changed or deleted by somebody else after its deployment, so it is left as it is";
        return end(app, input, target, |target| {
            target.supersede(message.to_owned(), app.now()).map_err(Error::from)
        })
        .await;
    };
    match update_plan(app, &found, Way::Back(from)).await {
        Ok(commit) => begin(app, input, target, commit).await,
        Err(Error::Conflict(_)) if input.attempt < MOST_ATTEMPTS => Ok(Verdict::Busy),
        Err(Error::Conflict(_)) => Ok(Verdict::Done),
        Err(Error::Validation(reason) | Error::NotFound(reason)) => {
            end(app, input, target, |target| {
                target.roll_back_refused(reason.clone(), app.now()).map_err(Error::from)
            })
            .await
        }
        Err(error) => Err(error),
    }
}

async fn begin(
    app: &App,
    input: &FleetTargetDeploy,
    mut target: FleetTarget,
    mut commit: Commit,
) -> Result<Verdict> {
    let (id, _) = mark(&mut commit, input)?;
    target.roll_back(id, Some(input.task_token.clone()), app.now())?;
    commit.replace(target);
    commit.write(admitting(input));
    Ok(commit.submit(app).await.map_or_else(Verdict::Again, |()| Verdict::Waits))
}

/// Closes a target that isn't deployed.
async fn end(
    app: &App,
    input: &FleetTargetDeploy,
    mut target: FleetTarget,
    close: impl FnOnce(&mut FleetTarget) -> Result<()>,
) -> Result<Verdict> {
    close(&mut target)?;
    let partition = protium_domain::intent::Partition::FleetUpdate(input.fleet_update_id.clone());
    let mut commit = Commit::new(partition);
    commit.replace(target);
    commit.write(admitting(input));
    Ok(commit.submit(app).await.map_or_else(Verdict::Again, |()| Verdict::Done))
}
