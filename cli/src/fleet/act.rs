//! Commands that act on one fleet update.

use super::{Session, json, refused, show, watch::watch};
use crate::{Ending, api::CallError, args::fleet::ActArgs, clock, output::note};
use anyhow::Result;
use protium_wire::fleet::{
    ApproveFleetUpdateInput, CancelFleetUpdateInput, FleetUpdate, FleetUpdateStatus, PauseFleetUpdateInput,
    ResumeFleetUpdateInput, RollBackFleetUpdateInput,
};

pub(super) async fn pause(session: &Session, args: &ActArgs) -> Result<Ending> {
    let answer = session.client.call(&PauseFleetUpdateInput { fleet_update_id: args.id.clone() }).await;
    told(session, args, answer.map(|answer| answer.fleet_update), FleetUpdateStatus::Succeeded).await
}

pub(super) async fn resume(session: &Session, args: &ActArgs) -> Result<Ending> {
    let answer = session.client.call(&ResumeFleetUpdateInput { fleet_update_id: args.id.clone() }).await;
    told(session, args, answer.map(|answer| answer.fleet_update), FleetUpdateStatus::Succeeded).await
}

pub(super) async fn cancel(session: &Session, args: &ActArgs) -> Result<Ending> {
    let answer = session.client.call(&CancelFleetUpdateInput { fleet_update_id: args.id.clone() }).await;
    told(session, args, answer.map(|answer| answer.fleet_update), FleetUpdateStatus::Cancelled).await
}

pub(super) async fn approve(session: &Session, args: &ActArgs) -> Result<Ending> {
    let answer = session.client.call(&ApproveFleetUpdateInput { fleet_update_id: args.id.clone() }).await;
    told(session, args, answer.map(|answer| answer.fleet_update), FleetUpdateStatus::Succeeded).await
}

pub(super) async fn roll_back(session: &Session, args: &ActArgs) -> Result<Ending> {
    let answer = session.client.call(&RollBackFleetUpdateInput { fleet_update_id: args.id.clone() }).await;
    told(session, args, answer.map(|answer| answer.fleet_update), FleetUpdateStatus::RolledBack).await
}

/// Tells how it stands now, or waits for its end; `good` is the end that was meant.
async fn told(
    session: &Session,
    args: &ActArgs,
    answer: Result<FleetUpdate, CallError>,
    good: FleetUpdateStatus,
) -> Result<Ending> {
    let update = answer.map_err(refused)?;
    if args.wait.wait {
        return follow(session, update, good).await;
    }
    let line = || format!("{}  {}\n", show::title(&update), show::status(update.status));
    session.print(line, || json::update(&update, &[]))?;
    note(&show::hints(&update));
    Ok(Ending::Good)
}

/// Watches a fleet update to its end, tells the outcome, and says whether it is the one that was meant.
pub(super) async fn follow(
    session: &Session,
    update: FleetUpdate,
    good: FleetUpdateStatus,
) -> Result<Ending> {
    let watched = watch(session, update, FleetUpdateStatus::is_final).await?;
    let (update, failures) = (&watched.update, &watched.failures);
    if watched.left {
        note(&left(update));
    }
    let now = clock::now();
    let text = || {
        if watched.left { show::card(update, failures, now) } else { show::outcome(update, failures, now) }
    };
    session.print(text, || json::update(update, failures))?;
    if !watched.left {
        note(&format!("\n{}", show::hints(update)));
    }
    Ok(if update.status == good { Ending::Good } else { Ending::Bad })
}

/// What Ctrl-C did, and what it didn't.
fn left(update: &FleetUpdate) -> String {
    let id = &update.id;
    format!(
        "Stopped watching; the fleet update goes on.\n  protium fleet status {id} --wait   watch it again\n  \
         protium fleet pause {id}           begin no more deployments\n  \
         protium fleet cancel {id}          end it and leave everyone where they are\n\n"
    )
}
