//! PauseFleetUpdate, ResumeFleetUpdate, CancelFleetUpdate, ApproveFleetUpdate, RollBackFleetUpdate.
//!
//! Each changes the record by one commit. None talks to an execution: claims look at the record, and an execution asks the
//! record when it comes back. Only where no execution is at work is one begun.

use protium_domain::fleet::{
    FleetTransition, FleetUpdate, FleetUpdateStatus, Progress, WaveCounts, next_wave,
};
use protium_domain::identifier::Identifier;
use protium_domain::time::Timestamp;
use protium_domain::transition::IllegalTransition;

use super::progress::{counts_load, counts_of};
use super::read::FleetUpdateView;
use super::{commit_change, commit_of, described, fleet_update_find};
use crate::context::App;
use crate::error::Result;
use crate::race::Races;

/// Pauses a fleet update: what is being deployed comes to its end, nothing new begins. Pausing a paused one does nothing.
///
/// # Errors
/// [`crate::Error::NotFound`] for an unknown one; [`crate::Error::Conflict`] unless it is under way.
pub async fn fleet_update_pause(app: &App, id: &Identifier) -> Result<FleetUpdateView> {
    let done = |update: &FleetUpdate| update.status() == FleetUpdateStatus::Paused;
    change(app, id, done, |update, _, now| update.pause(now)).await
}

/// Lets a paused fleet update go on where it was.
///
/// # Errors
/// [`crate::Error::NotFound`] for an unknown one; [`crate::Error::Conflict`] unless it is PAUSED.
pub async fn fleet_update_resume(app: &App, id: &Identifier) -> Result<FleetUpdateView> {
    change(app, id, |_| false, |update, _, now| update.resume(now)).await
}

/// Cancels a fleet update: what is being deployed comes to its end, nothing new begins, what was deployed stays.
/// Cancelling a cancelled one does nothing.
///
/// # Errors
/// [`crate::Error::NotFound`] for an unknown one; [`crate::Error::Conflict`] for one that has ended or rolls back.
pub async fn fleet_update_cancel(app: &App, id: &Identifier) -> Result<FleetUpdateView> {
    let done = |update: &FleetUpdate| {
        matches!(update.status(), FleetUpdateStatus::Cancelling | FleetUpdateStatus::Cancelled)
    };
    change(app, id, done, |update, progress, now| update.cancel(progress.total(WaveCounts::in_flight), now))
        .await
}

/// Lets the next wave of a fleet update begin that waits for approval.
///
/// # Errors
/// [`crate::Error::NotFound`] for an unknown one; [`crate::Error::Conflict`] unless it is AWAITING_APPROVAL.
pub async fn fleet_update_approve(app: &App, id: &Identifier) -> Result<FleetUpdateView> {
    change(
        app,
        id,
        |_| false,
        |update, progress, now| {
            let next = next_wave(update, &progress.wave(update.wave()));
            update.approve(next, now)
        },
    )
    .await
}

/// Brings back what a fleet update has deployed, newest wave first, to the version and spec that each resource had. What
/// somebody else has changed since is left alone. Also one that has ended can be rolled back.
///
/// # Errors
/// [`crate::Error::NotFound`] for an unknown one; [`crate::Error::Conflict`] before it was started, and once it rolls back
/// or did.
pub async fn fleet_update_roll_back(app: &App, id: &Identifier) -> Result<FleetUpdateView> {
    let done = |update: &FleetUpdate| update.status() == FleetUpdateStatus::RollingBack;
    change(app, id, done, |update, _, now| {
        update.roll_back(Some("its roll back was asked for".to_owned()), now)
    })
    .await
}

/// Reads, changes and commits, until nobody else is faster.
async fn change(
    app: &App,
    id: &Identifier,
    is_done: impl Fn(&FleetUpdate) -> bool + Send,
    apply: impl Fn(
        &mut FleetUpdate,
        &Progress,
        Timestamp,
    ) -> std::result::Result<FleetTransition, IllegalTransition>
    + Send,
) -> Result<FleetUpdateView> {
    let mut races = Races::few();
    loop {
        let mut update = fleet_update_find(app, id).await?;
        if is_done(&update) {
            return FleetUpdateView::load(app, update).await;
        }
        let progress = counts_load(app, id).await?;
        let change = apply(&mut update, &progress, app.now())?;
        let begins = needs_run(&update);
        if begins {
            update.begin_run(app.now());
        }
        let mut commit = commit_of(&update);
        let counts = counts_of(&update, &progress);
        let update = commit_change(app, &mut commit, update, Some(change), counts, begins);
        match commit.submit(app).await {
            Ok(()) => return FleetUpdateView::load(app, update).await,
            Err(error) => races.lost(error, &described(id))?,
        }
    }
}

/// Whether there is something to do that no execution comes back for.
const fn needs_run(update: &FleetUpdate) -> bool {
    let is_idle = matches!(
        update.status(),
        FleetUpdateStatus::Paused
            | FleetUpdateStatus::AwaitingApproval
            | FleetUpdateStatus::Planned
            | FleetUpdateStatus::Succeeded
            | FleetUpdateStatus::Failed
            | FleetUpdateStatus::RolledBack
            | FleetUpdateStatus::Cancelled
    );
    !is_idle && !update.has_open_round()
}
