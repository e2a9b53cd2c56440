//! Telling owners what will happen to their resources, and when: once a fleet update has begun, before its first deployment.

use protium_domain::event::StatusEvent;
use protium_domain::fleet::{FleetUpdate, PlanRow, windows_next_opening};
use protium_domain::identifier::Identifier;

use super::objects::{ROWS_PER_OBJECT, rows_load};
use super::{commit_of, fleet_update_find};
use crate::context::App;
use crate::error::Result;
use crate::ports::CommitError;

/// How many notices one intent carries.
const NOTICES: usize = 100;
/// How many rows a step goes over.
const ROWS_PER_STEP: u32 = 10 * ROWS_PER_OBJECT;

/// Tells the owners of the next rows. Where it stands is committed with the notices, so each is sent as often as an intent
/// is carried out: once, but for deaths between two calls.
///
/// # Errors
/// The failures of ports; the step is repeated then.
pub(super) async fn tell_owners(app: &App, id: &Identifier) -> Result<()> {
    let mut told = 0;
    while told < ROWS_PER_STEP {
        let mut update = fleet_update_find(app, id).await?;
        let Some(from) = update.owners_to_tell() else { return Ok(()) };
        let rows = rows_load(app, id, from / ROWS_PER_OBJECT).await?;
        let rows: Vec<PlanRow> = rows.into_iter().filter(|row| row.ordinal >= from).take(NOTICES).collect();
        let Some(last) = rows.last() else { return Ok(()) };
        update.note_told(last.ordinal + 1);
        told += rows.len() as u32;
        let mut commit = commit_of(&update);
        for row in &rows {
            if let Some(event) = notice(app, &update, row) {
                commit.announce(event);
            }
        }
        commit.replace(update);
        match commit.submit(app).await {
            // Whoever was faster has told them, or has paused or cancelled it: look again.
            Ok(()) | Err(CommitError::Condition(_)) => {}
            Err(CommitError::Port(error)) => return Err(error.into()),
        }
    }
    Ok(())
}

fn notice(app: &App, update: &FleetUpdate, row: &PlanRow) -> Option<StatusEvent> {
    let wave = update.plan()?.waves.get(row.wave? as usize)?;
    let not_before = windows_next_opening(&row.windows, app.now());
    Some(StatusEvent::fleet_notice(app.location(), update, row, &wave.name, not_before))
}
