//! `protium fleet start`: a version for everyone, after a look at the plan where somebody can look.

use super::{
    Session,
    act::follow,
    json,
    plan::{planned, sample},
    refused, request, show,
};
use crate::{
    Ending, Usage,
    args::fleet::{FleetForm, StartArgs},
    clock,
    output::{is_yes, note},
};
use anyhow::Result;
use protium_wire::fleet::{
    CancelFleetUpdateInput, FleetUpdate, FleetUpdateStatus, PlanFleetUpdateInput, StartFleetUpdateInput,
};
use std::io::IsTerminal;

pub(super) async fn run(session: &Session, args: &StartArgs) -> Result<Ending> {
    let Some(input) = input(session, args).await? else { return Ok(Ending::Good) };
    let update = session.client.call(&input).await.map_err(refused)?.fleet_update;
    if args.wait.wait {
        return follow(session, update, FleetUpdateStatus::Succeeded).await;
    }
    let line = || format!("{}  {}  {}\n", update.id, show::title(&update), show::status(update.status));
    session.print(line, || json::update(&update, &[]))?;
    note(&show::hints(&started(update.clone())));
    Ok(Ending::Good)
}

/// The hints of a plan that is made and started at once are those of one that runs.
fn started(mut update: FleetUpdate) -> FleetUpdate {
    if update.status == FleetUpdateStatus::Planning {
        update.status = FleetUpdateStatus::Running;
    }
    update
}

/// The request that starts; none when nobody is to be updated, or somebody looked at the plan and said no.
async fn input(session: &Session, args: &StartArgs) -> Result<Option<StartFleetUpdateInput>> {
    if let Some(id) = &args.id {
        return Ok(Some(request::start_planned(id.clone(), request::token())));
    }
    let Some(template) = &args.template else {
        let what = "name a template by --template, or a fleet update that is planned by its ID";
        return Err(Usage(what.to_owned()).into());
    };
    let plan = request::plan(template, &args.planning, request::token()).map_err(Usage)?;
    let is_asked = !args.yes && session.form == FleetForm::Human;
    if is_asked && std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
        return confirmed(session, plan).await;
    }
    Ok(Some(request::start(plan)))
}

/// Shows the plan and asks.
async fn confirmed(session: &Session, plan: PlanFleetUpdateInput) -> Result<Option<StartFleetUpdateInput>> {
    let watched = planned(session, &plan).await?;
    let update = &watched.update;
    if watched.left {
        note("Nothing was started.\n");
        return Ok(None);
    }
    if update.status != FleetUpdateStatus::Planned {
        note(&show::outcome(update, &[], clock::now()));
        anyhow::bail!("the plan could not be made");
    }
    note(&show::plan(update, &sample(session, update).await));
    if update.counts.selected == 0 {
        drop_plan(session, update).await;
        return Ok(None);
    }
    let count = update.counts.selected;
    let question = format!("\nUpdate {count} {}?", show::kind_word(update.kind, count));
    if is_yes(&question)? {
        note("\n");
        return Ok(Some(request::start_planned(update.id.clone(), request::token())));
    }
    drop_plan(session, update).await;
    note("Nothing was started.\n");
    Ok(None)
}

/// Cancels a plan that nobody wants. One that stays behind does no harm.
async fn drop_plan(session: &Session, update: &FleetUpdate) {
    let _ = session.client.call(&CancelFleetUpdateInput { fleet_update_id: update.id.clone() }).await;
}
