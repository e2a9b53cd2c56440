//! `protium fleet status`: how far one is.

use super::{Session, act::follow, json, refused, show, watch::failures};
use crate::{Ending, args::fleet::StatusArgs, clock, output::note};
use anyhow::{Result, anyhow};
use protium_wire::fleet::{FleetUpdateStatus, GetFleetUpdateInput, ListFleetUpdatesInput};

pub(super) async fn run(session: &Session, args: &StatusArgs) -> Result<Ending> {
    let id = match &args.id {
        Some(id) => id.clone(),
        None => newest(session).await?,
    };
    let update = session.client.call(&GetFleetUpdateInput { fleet_update_id: id }).await;
    let update = update.map_err(refused)?.fleet_update;
    if args.wait.wait {
        return follow(session, update, FleetUpdateStatus::Succeeded).await;
    }
    let rolls_back = matches!(update.status, FleetUpdateStatus::RollingBack | FleetUpdateStatus::RolledBack);
    let failures = if update.counts.failed > 0 || rolls_back {
        failures(session, &update).await.map_err(refused)?
    } else {
        Vec::new()
    };
    session.print(|| show::card(&update, &failures, clock::now()), || json::update(&update, &failures))?;
    note(&format!("\n{}", show::hints(&update)));
    Ok(Ending::Good)
}

/// The id of the fleet update that was made last.
async fn newest(session: &Session) -> Result<String> {
    let input =
        ListFleetUpdatesInput { max_results: Some(1), next_token: None, status: None, template_name: None };
    let newest = session.client.call(&input).await.map_err(refused)?.fleet_updates.into_iter().next();
    newest.map(|update| update.id).ok_or_else(|| {
        anyhow!("there is no fleet update yet; begin with `protium fleet plan --template NAME --to VERSION`")
    })
}
