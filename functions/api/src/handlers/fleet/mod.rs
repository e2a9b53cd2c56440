//! Fleet updates (docs/fleet-updates.md).

mod answer;
mod changes;
mod request;

use protium_app::fleet::{
    FleetTargetFilter, FleetUpdateFilter, FleetUpdatePlan, FleetUpdateRequest, FleetUpdateStart,
    FleetUpdateView, fleet_update_approve, fleet_update_cancel, fleet_update_get, fleet_update_list,
    fleet_update_pause, fleet_update_plan, fleet_update_resume, fleet_update_roll_back, fleet_update_start,
    fleet_update_targets,
};
use protium_app::{App, Error};
use protium_domain::identifier::Identifier;
use protium_wire::Page;
use protium_wire::fleet as wire;

use super::convert;
use crate::error::{Answer, Failure};
use crate::http::Caller;

/// PlanFleetUpdate.
pub(crate) async fn plan(
    app: &App,
    caller: &Caller<'_>,
    input: wire::PlanFleetUpdateInput,
) -> Answer<wire::PlanFleetUpdateOutput> {
    let view = fleet_update_plan(app, asked(caller, input)?).await?;
    Ok(wire::PlanFleetUpdateOutput { fleet_update: answer::detail(app.location(), &view) })
}

/// StartFleetUpdate: one that is planned, or one of which the request holds the members of a plan.
pub(crate) async fn start(
    app: &App,
    caller: &Caller<'_>,
    input: wire::StartFleetUpdateInput,
) -> Answer<wire::StartFleetUpdateOutput> {
    let view = fleet_update_start(app, started(caller, input)?).await?;
    Ok(wire::StartFleetUpdateOutput { fleet_update: answer::detail(app.location(), &view) })
}

fn started(caller: &Caller<'_>, input: wire::StartFleetUpdateInput) -> Answer<FleetUpdateStart> {
    let (kind, name, selection, strategy) = (input.kind, input.name, input.selection, input.strategy);
    let (major, minor) = (input.to_major_version, input.to_minor_version);
    match (input.fleet_update_id, input.template_name) {
        (None, Some(template_name)) => {
            let plan = wire::PlanFleetUpdateInput {
                client_token: input.client_token,
                kind,
                name,
                selection,
                strategy,
                template_name,
                to_major_version: major,
                to_minor_version: minor,
            };
            Ok(FleetUpdateStart::New(asked(caller, plan)?))
        }
        (Some(id), None)
            if kind.is_none()
                && name.is_none()
                && selection.is_none()
                && strategy.is_none()
                && major.is_none()
                && minor.is_none() =>
        {
            Ok(FleetUpdateStart::Planned(Identifier::new(id)?))
        }
        (Some(_), _) => Err(Failure::validation(
            "fleetUpdateId: a fleet update that is planned is started as it is; leave out the other members, or plan \
             another one",
        )),
        (None, None) => Err(Failure::validation(
            "fleetUpdateId, templateName: name the fleet update that is planned, or the template of a new one",
        )),
    }
}

fn asked(caller: &Caller<'_>, input: wire::PlanFleetUpdateInput) -> Answer<FleetUpdatePlan> {
    let request = FleetUpdateRequest {
        name: input.name,
        kind: input.kind.map(request::kind),
        template: convert::name(input.template_name)?,
        to_major: convert::part(input.to_major_version.as_deref())?,
        to_minor: convert::part(input.to_minor_version.as_deref())?,
        selection: request::selection(input.selection)?,
        strategy: request::strategy(input.strategy)?,
    };
    Ok(FleetUpdatePlan {
        request,
        requested_by: caller.arn.to_owned(),
        client_token: convert::token(input.client_token),
    })
}

/// GetFleetUpdate.
pub(crate) async fn get(app: &App, input: wire::GetFleetUpdateInput) -> Answer<wire::GetFleetUpdateOutput> {
    let view = fleet_update_get(app, &Identifier::new(input.fleet_update_id)?).await?;
    Ok(wire::GetFleetUpdateOutput { fleet_update: answer::detail(app.location(), &view) })
}

/// ListFleetUpdates.
pub(crate) async fn list(
    app: &App,
    input: wire::ListFleetUpdatesInput,
) -> Answer<wire::ListFleetUpdatesOutput> {
    let page = Page::of(&input)?;
    let filter = FleetUpdateFilter {
        template: input.template_name.map(convert::name).transpose()?,
        status: input.status.map(request::update_status),
    };
    let found = fleet_update_list(app, &filter, &convert::page_request(&page)).await?;
    Ok(wire::ListFleetUpdatesOutput {
        next_token: page.next(found.next.as_deref()),
        fleet_updates: found.items.iter().map(|update| answer::summary(app.location(), update)).collect(),
    })
}

/// ListFleetUpdateTargets.
pub(crate) async fn targets(
    app: &App,
    input: wire::ListFleetUpdateTargetsInput,
) -> Answer<wire::ListFleetUpdateTargetsOutput> {
    let page = Page::of(&input)?;
    let id = Identifier::new(input.fleet_update_id)?;
    let filter = FleetTargetFilter {
        status: input.status.map(request::target_status),
        wave: input.wave.and_then(|wave| u32::try_from(wave).ok()),
    };
    let found = fleet_update_targets(app, &id, filter, &convert::page_request(&page)).await?;
    Ok(wire::ListFleetUpdateTargetsOutput {
        next_token: page.next(found.next.as_deref()),
        targets: found.items.into_iter().map(|view| answer::target(app.location(), view)).collect(),
    })
}

/// PauseFleetUpdate.
pub(crate) async fn pause(
    app: &App,
    input: wire::PauseFleetUpdateInput,
) -> Answer<wire::PauseFleetUpdateOutput> {
    let fleet_update = act(app, input.fleet_update_id, fleet_update_pause).await?;
    Ok(wire::PauseFleetUpdateOutput { fleet_update })
}

/// ResumeFleetUpdate.
pub(crate) async fn resume(
    app: &App,
    input: wire::ResumeFleetUpdateInput,
) -> Answer<wire::ResumeFleetUpdateOutput> {
    let fleet_update = act(app, input.fleet_update_id, fleet_update_resume).await?;
    Ok(wire::ResumeFleetUpdateOutput { fleet_update })
}

/// CancelFleetUpdate.
pub(crate) async fn cancel(
    app: &App,
    input: wire::CancelFleetUpdateInput,
) -> Answer<wire::CancelFleetUpdateOutput> {
    let fleet_update = act(app, input.fleet_update_id, fleet_update_cancel).await?;
    Ok(wire::CancelFleetUpdateOutput { fleet_update })
}

/// ApproveFleetUpdate.
pub(crate) async fn approve(
    app: &App,
    input: wire::ApproveFleetUpdateInput,
) -> Answer<wire::ApproveFleetUpdateOutput> {
    let fleet_update = act(app, input.fleet_update_id, fleet_update_approve).await?;
    Ok(wire::ApproveFleetUpdateOutput { fleet_update })
}

/// RollBackFleetUpdate.
pub(crate) async fn roll_back(
    app: &App,
    input: wire::RollBackFleetUpdateInput,
) -> Answer<wire::RollBackFleetUpdateOutput> {
    let fleet_update = act(app, input.fleet_update_id, fleet_update_roll_back).await?;
    Ok(wire::RollBackFleetUpdateOutput { fleet_update })
}

/// Does to the fleet update of that id what `action` does.
async fn act(
    app: &App,
    id: String,
    action: impl AsyncFnOnce(&App, &Identifier) -> Result<FleetUpdateView, Error>,
) -> Answer<wire::FleetUpdate> {
    let view = action(app, &Identifier::new(id)?).await?;
    Ok(answer::detail(app.location(), &view))
}
