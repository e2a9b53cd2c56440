//! The step Advance: asks the domain what comes next, commits what follows from it, and tells the state machine.
//!
//! What the machine needs for the next call it gets in `next` and hands over verbatim. The answer may be lost and the step
//! repeated: it decides again from the record, and comes to the same answer.

use protium_domain::fleet::{Decision, FleetUpdate, Progress, Round, RoundId, decide, halted};
use protium_domain::identifier::Identifier;
use protium_domain::trace::TraceId;
use serde::{Deserialize, Serialize};

use super::objects::{chunk_key, lanes_load};
use super::progress::{counts_load, counts_of, failures_load};
use super::{commit_change, commit_of, described};
use crate::context::App;
use crate::error::Result;
use crate::ports::{Key, StoreExt};
use crate::race::Races;

/// What the step gets: the input of the execution, or `next` of the call before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FleetAdvance {
    /// The fleet update.
    pub fleet_update_id: Identifier,
    /// Which run the execution is.
    pub run: u32,
    /// The round that is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<RoundId>,
    /// The trace that the fleet update is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceId>,
    /// About how many events the execution's history has.
    #[serde(default)]
    pub history: u32,
}

/// What the machine does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FleetStep {
    /// Call [`super::fleet_fan_out`], then this again.
    Plan,
    /// Hand the chunks of the lanes out, then call this again.
    Run,
    /// Wait, then call this again.
    Wait,
    /// End.
    End,
}

/// What the step answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FleetAdvanced {
    /// What comes next.
    pub step: FleetStep,
    /// How long to wait; 0 unless it is [`FleetStep::Wait`].
    pub seconds: u64,
    /// The chunks to hand out; none unless it is [`FleetStep::Run`].
    pub lanes: Vec<FleetLane>,
    /// What to call this with then. After [`FleetStep::End`] nobody does.
    pub next: FleetAdvance,
}

/// Chunks to be worked on one after the other, side by side with those of the other lanes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FleetLane {
    /// For people.
    pub account: String,
    /// For people.
    pub region: String,
    /// How many targets of a chunk are deployed at once.
    pub concurrency: u32,
    /// The chunks.
    pub chunks: Vec<FleetChunk>,
}

/// A chunk of targets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FleetChunk {
    /// The fleet update.
    pub fleet_update_id: Identifier,
    /// Which run hands it out.
    pub run: u32,
    /// The wave.
    pub wave: u32,
    /// Whether its targets are brought back.
    pub roll_back: bool,
    /// Its object in the artifact bucket: a JSON list of targets.
    pub key: String,
    /// The trace that the fleet update is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceId>,
}

/// An execution's history may hold 25,000 events. Whoever has more than this hands over to the next run, so that one round
/// more always fits.
const LONG_HISTORY: u32 = 8_000;
const EVENTS_PER_CALL: u32 = 20;
const EVENTS_PER_LANE: u32 = 10;
const EVENTS_PER_CHUNK: u32 = 14;
/// More changes than can follow one another without anything else to do.
const MOST_CHANGES: usize = 100;

/// Decides what comes next.
///
/// # Errors
/// The failures of ports, and [`crate::Error::Conflict`] when others change the record all the time; the step is repeated
/// then.
pub async fn fleet_advance(app: &App, input: FleetAdvance) -> Result<FleetAdvanced> {
    let mut races = Races::many();
    for _ in 0..MOST_CHANGES {
        let found: Option<FleetUpdate> =
            app.store.find(Key::FleetUpdate(input.fleet_update_id.clone())).await?;
        let Some(read) = found.filter(|update| update.run() == input.run) else {
            return Ok(answer(&input, FleetStep::End));
        };
        let app = &app.part_of(read.trace);
        match Box::pin(advance_once(app, &input, read)).await? {
            Outcome::Answer(answer) => return Ok(answer),
            Outcome::Again => {}
            Outcome::Lost(error) => races.lost(error, &described(&input.fleet_update_id))?,
        }
    }
    Ok(FleetAdvanced { seconds: 1, ..answer(&input, FleetStep::Wait) })
}

enum Outcome {
    Answer(FleetAdvanced),
    Again,
    Lost(crate::ports::CommitError),
}

/// The record as what the machine tells makes it. An execution that has just begun works on no round, and no other one
/// counts: the round that stands open is that of one that died.
fn told_by(input: &FleetAdvance, read: &FleetUpdate) -> FleetUpdate {
    let mut update = read.clone();
    match input.done {
        Some(round) => {
            update.close_round(round);
        }
        None if input.history == 0 => update.abandon_round(),
        None => {}
    }
    update
}

async fn advance_once(app: &App, input: &FleetAdvance, read: FleetUpdate) -> Result<Outcome> {
    let (mut update, now) = (told_by(input, &read), app.now());
    let progress = progress_load(app, &update).await?;
    let (mut change, mut begins_run) = (None, false);
    // Owners are told before anything happens to what is theirs.
    let decision = match update.owners_to_tell() {
        Some(_) => Decision::Plan,
        None => decide(&update, &progress, now),
    };
    let mut answer = match decision {
        Decision::Change(decided) => {
            change = update.apply(decided, now)?;
            None
        }
        Decision::Plan => Some(answer(input, FleetStep::Plan)),
        Decision::Run(round) => {
            let answer = run_answer(input, &round);
            update.open_round(round.id);
            Some(answer)
        }
        Decision::Wait(pause) => {
            // A machine waits for whole seconds.
            let seconds = pause.as_millis().div_ceil(1000).max(1);
            let seconds = u64::try_from(seconds).unwrap_or(u64::MAX);
            Some(FleetAdvanced { seconds, ..answer(input, FleetStep::Wait) })
        }
        Decision::Sleep(until) => {
            update.sleep(until);
            Some(answer(input, FleetStep::End))
        }
        Decision::End => {
            update.rest();
            Some(answer(input, FleetStep::End))
        }
    };
    if answer.as_ref().is_some_and(|answer| answer.step != FleetStep::End) && input.history > LONG_HISTORY {
        update = told_by(input, &read);
        update.begin_run(now);
        begins_run = true;
        answer = Some(self::answer(input, FleetStep::End));
    }
    if update != read {
        let mut commit = commit_of(&update);
        let counts = counts_of(&update, &progress);
        commit_change(app, &mut commit, update, change, counts, begins_run);
        if let Err(error) = commit.submit(app).await {
            return Ok(Outcome::Lost(error));
        }
    }
    Ok(answer.map_or(Outcome::Again, Outcome::Answer))
}

async fn progress_load(app: &App, update: &FleetUpdate) -> Result<Progress> {
    let mut progress = counts_load(app, &update.id).await?;
    let is_at_a_wave = update.admitted().is_some() && update.current_wave().is_some();
    // Of one that is past, the objects may be gone.
    let is_at_a_wave = is_at_a_wave && !update.is_past(app.now());
    if is_at_a_wave {
        let mut lanes = lanes_load(app, &update.id).await?;
        let at = update.wave() as usize;
        if at < lanes.len() {
            progress.lanes = lanes.swap_remove(at);
        }
    }
    if update.watches_alarms() {
        progress.ringing = app.alarms.ringing(update.strategy.alarms.as_slice()).await?;
    }
    Ok(progress)
}

fn answer(input: &FleetAdvance, step: FleetStep) -> FleetAdvanced {
    let history = input.history.saturating_add(EVENTS_PER_CALL);
    let next = FleetAdvance { done: None, history, ..input.clone() };
    FleetAdvanced { step, seconds: 0, lanes: Vec::new(), next }
}

fn run_answer(input: &FleetAdvance, round: &Round) -> FleetAdvanced {
    let mut answer = answer(input, FleetStep::Run);
    let RoundId { wave, roll_back, .. } = round.id;
    let chunk = |id| FleetChunk {
        fleet_update_id: input.fleet_update_id.clone(),
        run: input.run,
        wave,
        roll_back,
        key: chunk_key(&input.fleet_update_id, wave, id),
        trace: input.trace,
    };
    answer.lanes = round
        .tracks
        .iter()
        .map(|track| FleetLane {
            account: track.account.clone(),
            region: track.region.clone(),
            concurrency: track.concurrency,
            chunks: track.chunks.iter().copied().map(chunk).collect(),
        })
        .collect();
    let chunks: usize = answer.lanes.iter().map(|lane| lane.chunks.len()).sum();
    let events = |count: usize, each: u32| u32::try_from(count).unwrap_or(u32::MAX).saturating_mul(each);
    answer.next.history = answer
        .next
        .history
        .saturating_add(events(chunks, EVENTS_PER_CHUNK))
        .saturating_add(events(answer.lanes.len(), EVENTS_PER_LANE));
    answer.next.done = Some(round.id);
    answer
}

/// Whether the targets of a chunk may still begin: the machine asks before it hands them out, so that a wave that is halted,
/// paused or over doesn't run through the rest of its targets to no end.
///
/// # Errors
/// The failures of ports; the step is repeated then.
pub async fn fleet_chunk_admit(app: &App, chunk: &FleetChunk) -> Result<bool> {
    let found: Option<FleetUpdate> = app.store.find(Key::FleetUpdate(chunk.fleet_update_id.clone())).await?;
    let Some(update) = found else { return Ok(false) };
    let is_open = update.admits(chunk.wave, chunk.roll_back) && !update.is_past(app.now());
    if update.run() != chunk.run || !is_open {
        return Ok(false);
    }
    if chunk.roll_back {
        return Ok(true);
    }
    let counts = failures_load(app, &update.id, chunk.wave).await?;
    Ok(halted(&update, &counts).is_none())
}
