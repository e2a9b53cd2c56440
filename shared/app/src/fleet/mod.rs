//! Fleet updates: a new version of a template reaches all that are made of it, safely (ARCHITECTURE.md, "A fleet update").
//!
//! Requests ([`fleet_update_plan`], [`fleet_update_start`] and the others) change the record and begin a run of the state
//! machine where one is needed. The machine asks [`fleet_advance`] what to do: go on planning ([`fleet_fan_out`]), hand out
//! chunks of targets to [`fleet_target_deploy`], wait, or end. Whatever is decided is decided by the pure
//! `protium_domain::fleet::decide`; whatever is true lies in the table, so that an execution may die at any point.
//!
//! A target is claimed by one commit: the ordinary update of its resource, the target's record, its counter, under the
//! condition that the fleet update still admits it. It is closed with its deployment ([`close_target`]), whose intent
//! resumes the task that waits.

mod advance;
mod automatic;
mod candidates;
mod changes;
mod chunks;
mod close;
mod control;
mod deploy;
mod fan_out;
mod fit;
mod notice;
mod objects;
mod policy;
mod progress;
mod read;
mod request;
mod roll_back;
mod target_update;

pub use advance::{
    FleetAdvance, FleetAdvanced, FleetChunk, FleetLane, FleetStep, fleet_advance, fleet_chunk_admit,
};
pub(crate) use automatic::follow_publication;
pub use changes::VersionChanges;
pub(crate) use close::close_target;
pub use control::{
    fleet_update_approve, fleet_update_cancel, fleet_update_pause, fleet_update_resume,
    fleet_update_roll_back,
};
pub use deploy::{FleetTargetDeploy, fleet_target_deploy};
pub use fan_out::fleet_fan_out;
pub use policy::{UpdatePolicyView, update_policy_delete, update_policy_get, update_policy_put};
pub use read::{
    FleetTargetFilter, FleetTargetView, FleetUpdateFilter, FleetUpdateView, WaveView, fleet_update_get,
    fleet_update_list, fleet_update_targets,
};
pub use request::{
    FleetUpdatePlan, FleetUpdateRequest, FleetUpdateStart, fleet_update_plan, fleet_update_start,
};

use protium_domain::arn::Resource;
use protium_domain::event::StatusEvent;
use protium_domain::fleet::{FleetCounts, FleetTransition, FleetUpdate};
use protium_domain::identifier::Identifier;
use protium_domain::intent::Partition;

use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt};
use crate::workflow;

/// A fleet update that must exist.
///
/// # Errors
/// [`Error::NotFound`] for an unknown one.
pub(crate) async fn fleet_update_find(app: &App, id: &Identifier) -> Result<FleetUpdate> {
    let found: Option<FleetUpdate> = app.store.find(Key::FleetUpdate(id.clone())).await?;
    found.ok_or_else(|| {
        let arn = app.location().arn(&Resource::FleetUpdate { id: id.clone() });
        Error::NotFound(format!("The requested fleet update does not exist: {arn}"))
    })
}

/// As messages name it.
fn described(id: &Identifier) -> String {
    format!("the fleet update {id}")
}

/// A commit about a fleet update.
fn commit_of(update: &FleetUpdate) -> Commit {
    Commit::new(Partition::FleetUpdate(update.id.clone()))
}

/// Writes the changed record, tells what changed, and starts its newest run if that has just begun.
fn commit_change(
    app: &App,
    commit: &mut Commit,
    update: FleetUpdate,
    change: Option<FleetTransition>,
    counts: FleetCounts,
    begins_run: bool,
) -> FleetUpdate {
    let update = commit.replace(update);
    if let Some(change) = change {
        commit.announce(StatusEvent::fleet_update(app.location(), &update, change, counts));
    }
    if begins_run {
        commit.start(workflow::fleet_start(&update));
    }
    update
}
