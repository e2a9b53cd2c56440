//! Fleet updates: a new version of a template reaches all that are made of it, safely.
//!
//! A [`FleetUpdate`] has an immutable plan ([`plan`]): rows in objects, of which the record holds a summary. The plan is
//! carried out wave by wave; the targets of a wave go in lanes, one per account and region ([`lanes`]). What comes next is
//! decided by one pure function of the record, the counters and the time ([`decide`]); who carries it out keeps no state.
//! A target's record is made by its claim and closed with its deployment ([`target`]).

mod cursor;
mod decision;
mod lanes;
mod plan;
mod policy;
mod progress;
mod retention;
mod selection;
mod status;
mod strategy;
mod target;
mod update;
mod window;

pub use cursor::{PlanCursor, PlanSummary, SkipCount, VersionCount};
pub use decision::{Change, Decision, Round, RoundId, decide, halted, next_wave};
pub use lanes::{ChunkId, MOST_CHUNKS, MOST_TRACKS, Track, chunk_sizes};
pub use plan::{
    Assignment, Candidate, ChunkItem, FleetKind, FleetTemplate, Lane, LaneKey, PlanRequest, PlanRow,
    TooManyWaves, Triage, Wave, WaveEntry, assign_waves, policy_skip, status_skip, triage,
};
pub use policy::{
    EffectivePolicy, PolicyLayer, PolicyOrigin, TooManyWindows, UpdateMode, UpdatePolicy, effective_policy,
};
pub use progress::{FleetCounts, Progress, WaveCounts};
pub use retention::Retention;
pub use selection::{Selectable, Selection, TagSelector};
pub use status::FleetUpdateStatus;
pub use strategy::{
    Alarms, Approval, Bake, Canary, Concurrency, InvalidAlarms, InvalidAmount, InvalidBake,
    InvalidConcurrency, OnFailure, Share, Strategy, Tolerance,
};
pub use target::{FleetOrigin, FleetTarget, NewFleetTarget, Skip, SkipReason, TargetStatus, TaskToken};
pub use update::{FleetTransition, FleetUpdate, NewFleetUpdate};
pub use window::{InvalidWindow, MaintenanceWindow, windows_next_opening, windows_open};
