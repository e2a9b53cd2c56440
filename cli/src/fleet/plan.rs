//! `protium fleet plan`: who would be updated.

use super::{
    Session, json, refused, request, show,
    watch::{Watched, targets, watch},
};
use crate::{Ending, Usage, args::fleet::PlanArgs, output::note};
use anyhow::Result;
use protium_wire::fleet::{FleetTarget, FleetUpdate, FleetUpdateStatus, PlanFleetUpdateInput};

/// Targets that are shown of a plan.
const SAMPLE: usize = 5;

pub(super) async fn run(session: &Session, args: &PlanArgs) -> Result<Ending> {
    let input = request::plan(&args.template, &args.planning, request::token()).map_err(Usage)?;
    let Watched { update, left, .. } = planned(session, &input).await?;
    if left {
        note(&format!(
            "Stopped watching; the plan goes on being made.\n  protium fleet status {}\n",
            update.id
        ));
        return Ok(Ending::Bad);
    }
    let sample = sample(session, &update).await;
    session.print(|| show::plan(&update, &sample), || json::update(&update, &[]))?;
    note(&format!("\n{}", show::hints(&update)));
    Ok(if update.status == FleetUpdateStatus::Failed { Ending::Bad } else { Ending::Good })
}

/// Has a plan made and waits for it.
pub(super) async fn planned(session: &Session, input: &PlanFleetUpdateInput) -> Result<Watched> {
    let update = session.client.call(input).await.map_err(refused)?.fleet_update;
    watch(session, update, |status| status != FleetUpdateStatus::Planning).await
}

/// A few of the targets; a plan without them is worth showing, too.
pub(super) async fn sample(session: &Session, update: &FleetUpdate) -> Vec<FleetTarget> {
    if update.counts.selected == 0 {
        return Vec::new();
    }
    targets(session, &update.id, None, Some(0), SAMPLE).await.unwrap_or_default()
}
