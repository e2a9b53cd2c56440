//! Decisions: what a fleet update does next.
//!
//! [`decide`] is a pure function of the record, the counters and the time. The state machine asks it after everything that
//! it did, carries out the answer and asks again; it knows nothing else. So an execution that dies costs nothing but the
//! look of the next one, and the simulation drives the very same function.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::lanes::{Track, rounds, tracks};
use super::plan::Lane;
use super::progress::{Progress, WaveCounts};
use super::status::FleetUpdateStatus;
use super::strategy::{Approval, Concurrency, OnFailure};
use super::update::FleetUpdate;
use super::window::{windows_next_opening, windows_open};
use crate::time::Timestamp;

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Go on planning.
    Plan,
    /// Hand out a round of the wave.
    Run(Round),
    /// Commit a change of the record, and decide again.
    Change(Change),
    /// Look again after a while that is short enough for an execution to wait for.
    Wait(Duration),
    /// Nothing to do until then: the execution ends, and another one begins.
    Sleep(Timestamp),
    /// Nothing to do until somebody asks for it, or at all: the execution ends.
    End,
}

/// Which chunks are handed out, to be worked on side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// Which one it is.
    pub id: RoundId,
    /// Who works on what.
    pub tracks: Vec<Track>,
}

/// A round: once it is reported as done, the next one follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoundId {
    /// The wave.
    pub wave: u32,
    /// Whether its targets are brought back.
    pub roll_back: bool,
    /// Counts the passes over this wave. Another pass follows while targets are left, such as those whose maintenance
    /// window was closed.
    pub pass: u32,
    /// Counts the rounds of this pass.
    pub round: u32,
}

/// A change of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The plan stands, and was asked to be carried out.
    Start,
    /// The wave is through: watch until then.
    Bake(Timestamp),
    /// The wave is through: ask people.
    AskApproval,
    /// Go on to the next wave; of this one so many failed.
    NextWave {
        /// Failures in the wave that is left.
        failed: u64,
        /// What was more than may fail, where that stops nothing.
        excess: Option<String>,
    },
    /// Go back to the wave before, in a roll back.
    PreviousWave,
    /// The pass is through, and targets are left.
    NextPass {
        /// How many of its targets were left when it ended.
        left: u64,
    },
    /// Through.
    Succeed,
    /// Over, for this reason.
    Fail(String),
    /// Bring back what was deployed, for this reason.
    RollBack(String),
    /// Everything is back.
    RolledBack,
    /// Nothing is under way any more.
    Cancelled,
}

/// How long to wait for deployments that nobody in this execution waits for: those of an execution that died.
const ORPHANS_PAUSE: Duration = Duration::from_secs(30);
/// How often alarms are looked at.
const ALARM_PAUSE: Duration = Duration::from_secs(60);
/// What an execution waits for itself, rather than to end and be started again.
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);
/// After so many passes in which nothing moved, though it might have, something is wrong.
const MOST_FRUITLESS_PASSES: u32 = 5;

/// What `update` does next.
#[must_use]
pub fn decide(update: &FleetUpdate, progress: &Progress, now: Timestamp) -> Decision {
    if let Some(stop) = stop(update, progress, now) {
        return stop;
    }
    match update.status() {
        FleetUpdateStatus::Planning => Decision::Plan,
        FleetUpdateStatus::Planned if update.starts_when_planned() => Decision::Change(Change::Start),
        FleetUpdateStatus::Running => run(update, progress, now),
        FleetUpdateStatus::Baking => bake(update, progress, now),
        FleetUpdateStatus::RollingBack => roll_back(update, progress, now),
        FleetUpdateStatus::Cancelling => match progress.total(WaveCounts::in_flight) {
            0 => Decision::Change(Change::Cancelled),
            _ => Decision::Wait(ORPHANS_PAUSE),
        },
        FleetUpdateStatus::Planned
        | FleetUpdateStatus::AwaitingApproval
        | FleetUpdateStatus::Paused
        | FleetUpdateStatus::Succeeded
        | FleetUpdateStatus::Failed
        | FleetUpdateStatus::RolledBack
        | FleetUpdateStatus::Cancelled => Decision::End,
    }
}

/// What is under way when it isn't kept any longer comes to its end, and then it is over. What rests is left as it is.
fn stop(update: &FleetUpdate, progress: &Progress, now: Timestamp) -> Option<Decision> {
    use FleetUpdateStatus as S;
    let is_at_work = matches!(update.status(), S::Planning | S::Running | S::Baking | S::RollingBack);
    if !is_at_work || !update.is_past(now) {
        return None;
    }
    if progress.total(WaveCounts::in_flight) > 0 {
        return Some(Decision::Wait(ORPHANS_PAUSE));
    }
    let reason = format!("it is {}; what is left takes another fleet update", update.past_words());
    Some(Decision::Change(Change::Fail(reason)))
}

/// Why nothing more of the wave may begin: more has failed than may. `counts` are those of the wave that `update` stands
/// at. A claim asks this, too, so that a bad version is stopped in the middle of a wave.
#[must_use]
pub fn halted(update: &FleetUpdate, counts: &WaveCounts) -> Option<String> {
    if update.strategy.on_failure == OnFailure::Continue {
        return None;
    }
    excess(update, counts)
}

fn excess(update: &FleetUpdate, counts: &WaveCounts) -> Option<String> {
    let (strategy, wave) = (&update.strategy, update.current_wave()?);
    let failed = counts.failed;
    let is_hopeless = is_canary(update) && failed > 0 && failed == wave.targets;
    let exceeded = strategy.tolerance.is_exceeded(failed, update.failed_before(), wave.targets);
    (exceeded || is_hopeless).then(|| {
        let all = failed + update.failed_before();
        format!(
            "{failed} of {} targets of the wave '{}' failed, {all} altogether; tolerated are {}",
            wave.targets, wave.name, strategy.tolerance
        )
    })
}

fn is_canary(update: &FleetUpdate) -> bool {
    update.strategy.canary.is_some()
        && update.wave() == 0
        && update.current_wave().is_some_and(|wave| wave.name == "canary")
}

fn run(update: &FleetUpdate, progress: &Progress, now: Timestamp) -> Decision {
    let Some(wave) = update.current_wave() else { return Decision::Change(Change::Succeed) };
    let counts = progress.wave(update.wave());
    let left = wave.targets.saturating_sub(counts.claimed());
    if let Some(reason) = halted(update, &counts) {
        return if counts.in_flight() > 0 { Decision::Wait(ORPHANS_PAUSE) } else { failure(update, reason) };
    }
    match (left, counts.in_flight()) {
        (0, 0) => wave_done(update, progress, &counts, now),
        (0, _) => Decision::Wait(ORPHANS_PAUSE),
        _ => hand_out(update, &progress.lanes, left, now),
    }
}

/// More has failed than may, or an alarm rings.
fn failure(update: &FleetUpdate, reason: String) -> Decision {
    Decision::Change(match update.strategy.on_failure {
        OnFailure::RollBack => Change::RollBack(reason),
        OnFailure::Stop | OnFailure::Continue => Change::Fail(reason),
    })
}

/// The next round of the wave. A roll back doesn't wait for maintenance windows.
fn hand_out(update: &FleetUpdate, lanes: &[Lane], left: u64, now: Timestamp) -> Decision {
    let place = update.place();
    let roll_back = update.status() == FleetUpdateStatus::RollingBack;
    let is_open = |lane: &Lane, at| roll_back || windows_open(&lane.key.windows, at);
    if place.round >= rounds(lanes) {
        return Decision::Change(Change::NextPass { left });
    }
    if place.round == 0
        && let Some(ended) = update.last_pass_ended()
    {
        let opening = lanes.iter().filter(|lane| !is_open(lane, ended));
        let opening = opening.map(|lane| windows_next_opening(&lane.key.windows, ended)).min();
        let fruitless = update.fruitless_passes();
        if opening.is_none() && fruitless >= MOST_FRUITLESS_PASSES {
            return Decision::Change(Change::Fail(stuck(left, roll_back)));
        }
        let pause = if fruitless == 0 { Duration::ZERO } else { ORPHANS_PAUSE * 2_u32.pow(fruitless) };
        let next = opening.unwrap_or_else(|| ended.plus(pause));
        if next > now {
            return rest(next, now);
        }
    }
    let (concurrency, lane_limit) = (update.strategy.concurrency, update.strategy.lane_concurrency);
    let tracks = tracks(
        lanes,
        |lane| is_open(lane, now),
        place.round,
        concurrency.get(),
        lane_limit.map(Concurrency::get),
    );
    if !tracks.is_empty() {
        return Decision::Run(Round {
            id: RoundId { wave: update.wave(), roll_back, pass: place.pass, round: place.round },
            tracks,
        });
    }
    let opening = lanes.iter().map(|lane| windows_next_opening(&lane.key.windows, now)).min();
    match opening {
        Some(opening) if place.round == 0 && opening > now => rest(opening, now),
        // The lanes that are open have no chunk in this round or a later one.
        _ => Decision::Change(Change::NextPass { left }),
    }
}

fn stuck(left: u64, roll_back: bool) -> String {
    let what = if roll_back { "brought back" } else { "begun" };
    format!(
        "{left} targets could not be {what} in {MOST_FRUITLESS_PASSES} passes over the wave; ask the operators of this \
         installation to look into the logs for the fleet update"
    )
}

fn rest(until: Timestamp, now: Timestamp) -> Decision {
    let pause = until.since(now);
    if pause > LONGEST_WAIT { Decision::Sleep(until) } else { Decision::Wait(pause) }
}

/// Every target of the wave has an outcome.
fn wave_done(update: &FleetUpdate, progress: &Progress, counts: &WaveCounts, now: Timestamp) -> Decision {
    if let Some(alarm) = alarm(update, progress) {
        return alarm;
    }
    if update.is_last_wave() {
        return Decision::Change(
            match excess(update, counts).or_else(|| update.excess().map(str::to_owned)) {
                Some(reason) => Change::Fail(reason),
                None => Change::Succeed,
            },
        );
    }
    let bake = update.strategy.bake.duration();
    if bake > Duration::ZERO && counts.attempted() > 0 {
        return Decision::Change(Change::Bake(now.plus(bake)));
    }
    leave_wave(update, counts)
}

/// The wave is through and watched: on to the next one, if nobody has to be asked.
fn leave_wave(update: &FleetUpdate, counts: &WaveCounts) -> Decision {
    let asks = match update.strategy.approval {
        Approval::None => false,
        Approval::AfterCanary => is_canary(update),
        Approval::EveryWave => true,
    };
    Decision::Change(if asks { Change::AskApproval } else { next_wave(update, counts) })
}

/// What it is to leave the wave that `update` stands at; also when people approve.
#[must_use]
pub fn next_wave(update: &FleetUpdate, counts: &WaveCounts) -> Change {
    Change::NextWave { failed: counts.failed, excess: excess(update, counts) }
}

fn bake(update: &FleetUpdate, progress: &Progress, now: Timestamp) -> Decision {
    if let Some(alarm) = alarm(update, progress) {
        return alarm;
    }
    let until = update.baking_until().unwrap_or(now);
    if until <= now {
        return leave_wave(update, &progress.wave(update.wave()));
    }
    if update.strategy.alarms.is_empty() {
        return rest(until, now);
    }
    Decision::Wait(until.since(now).min(ALARM_PAUSE))
}

/// What a ringing alarm leads to; nothing where failures are not to stop anything.
fn alarm(update: &FleetUpdate, progress: &Progress) -> Option<Decision> {
    if progress.ringing.is_empty() || update.strategy.on_failure == OnFailure::Continue {
        return None;
    }
    let wave = update.current_wave().map_or("", |wave| wave.name.as_str());
    Some(failure(
        update,
        format!("after the wave '{wave}' these alarms rang: {}", progress.ringing.join(", ")),
    ))
}

fn roll_back(update: &FleetUpdate, progress: &Progress, now: Timestamp) -> Decision {
    let counts = progress.wave(update.wave());
    let left = counts.succeeded + counts.failed;
    match (left, counts.in_flight()) {
        (0, 0) if update.wave() > 0 => Decision::Change(Change::PreviousWave),
        (0, 0) => Decision::Change(match progress.total(|wave| wave.roll_back_failed) {
            0 => Change::RolledBack,
            stuck => {
                Change::Fail(format!("{stuck} targets could not be brought back; see each for the reason"))
            }
        }),
        (0, _) => Decision::Wait(ORPHANS_PAUSE),
        _ => hand_out(update, &progress.lanes, left, now),
    }
}

#[cfg(test)]
mod tests;
