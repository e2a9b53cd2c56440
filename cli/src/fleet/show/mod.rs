//! Fleet updates as people read them. Everything here is a pure function of what the API answered and of the time.
//!
//! Colours are written as escape sequences and taken out by whoever prints; what the API answered passes
//! [`visible_line`], so that nobody's name or message reaches a terminal as one.

mod bar;
mod changes;
mod outcome;
mod plan;
mod progress;
mod table;
mod words;

pub(super) use outcome::{card, hints, outcome};
pub(super) use plan::plan;
pub(super) use progress::{Frame, frame, line};
pub(super) use table::Table;
pub(super) use words::{instant, kind_word, reason, resource, status, target_status, title, version};

use crate::output::visible_line;
use protium_wire::fleet::{FleetCounts, FleetTarget};

/// Targets whose turn is over, however it went.
pub(super) fn done(counts: &FleetCounts) -> i32 {
    counts.selected - counts.pending - counts.in_progress
}

/// A target that failed, and why: on one line.
pub(super) fn failure(target: &FleetTarget) -> String {
    let why = target.status_message.as_deref().unwrap_or("no reason was given");
    format!("{}  {}", resource(&target.resource_arn), visible_line(why))
}
