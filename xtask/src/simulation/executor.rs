//! What carries a fleet update out, in virtual time.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use fastrand::Rng;
use protium_domain::fleet::{
    ChunkId, Decision, FleetCounts, FleetKind, FleetTemplate, FleetUpdate, FleetUpdateStatus, NewFleetUpdate,
    Progress, Round, RoundId, Selection, TargetStatus, decide, halted,
};
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;
use protium_domain::time::Timestamp;

use super::calls::Calls;
use super::cloudformation::{Account, pause};
use super::plan::{Plan, TO, account_of, plan};
use super::queue::Queue;
use super::scenario::{Outcome, Scenario};

/// How long the steps of the machine take besides the stack, in milliseconds. On AWS they are some hundreds each.
mod step {
    /// A look of fleet-advance.
    pub(super) const ADVANCE: u64 = 400;
    /// A step of planning: it reads and writes some 5,000 rows.
    pub(super) const PLAN: u64 = 20_000;
    /// A Map run that reads its chunk.
    pub(super) const MAP_RUN: u64 = 2_000;
    /// A child, up to its claim.
    pub(super) const CHILD: u64 = 500;
    /// From the claim's commit over the stream to the deployment's first call.
    pub(super) const BEGIN: u64 = 1_500;
    /// From the stack's last event over the stream to the end of the child.
    pub(super) const END: u64 = 1_500;
}

/// How many rows a step of planning makes.
const ROWS_PER_STEP: u32 = 5_000;
/// More events than a simulation can need: one that goes round in circles is stopped.
const MOST_EVENTS: u64 = 50_000_000;
/// The beginning of time: a Monday.
const EPOCH: i64 = 1_767_571_200_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// fleet-advance looks, in this run.
    Advance { run: u32 },
    /// A track takes its next chunk, or is through.
    Chunk { track: usize },
    /// A child claims its target.
    Claim { track: usize, ordinal: u32 },
    /// A deployment calls CloudFormation, after a pause of so many seconds.
    Attempt { track: usize, ordinal: u32, paused: u32 },
    /// A deployment is recorded as ended.
    Done { track: usize, ordinal: u32, failed: bool },
    /// Somebody pauses the fleet update.
    Pause,
    /// Somebody resumes it.
    Resume,
}

#[derive(Debug)]
struct Lane {
    concurrency: u32,
    chunks: VecDeque<ChunkId>,
    items: VecDeque<u32>,
    children: u32,
}

struct Machine<'a> {
    scenario: &'a Scenario,
    plan: Plan,
    update: FleetUpdate,
    queue: Queue<Event>,
    random: Rng,
    accounts: Vec<Account>,
    targets: Vec<TargetStatus>,
    progress: Progress,
    tracks: Vec<Lane>,
    busy_tracks: usize,
    round: Option<RoundId>,
    in_flight: u32,
    stack_time: u64,

    outcome: Outcome,
}

/// Carries the scenario out.
///
/// # Errors
/// A strategy that can't be planned, and whatever the machine does that the fleet update's record refuses: a defect.
pub fn simulate(scenario: &Scenario) -> Result<Outcome> {
    let mut machine = Machine::new(scenario)?;
    machine.advance_after(0);
    if let Some(pause) = scenario.pause {
        machine.queue.after(milliseconds(pause.at), Event::Pause);
        machine.queue.after(milliseconds(pause.at + pause.lasts), Event::Resume);
    }
    let mut events = 0_u64;
    while let Some(event) = machine.queue.next() {
        events += 1;
        ensure!(events < MOST_EVENTS, "the fleet update doesn't come to an end");
        machine.handle(event)?;
    }
    machine.finish()
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl<'a> Machine<'a> {
    fn new(scenario: &'a Scenario) -> Result<Self> {
        let new = NewFleetUpdate {
            id: Identifier::new("01990000-0000-7000-8000-000000000000")?,
            name: None,
            template: FleetTemplate {
                kind: FleetKind::ServiceInstance,
                name: ResourceName::new("web")?,
                to: TO,
            },
            selection: Selection::default(),
            strategy: scenario.strategy.clone(),
            automatic: false,
            requested_by: None,
            starts_when_planned: true,
            retention: protium_domain::fleet::Retention::default(),
        };
        let (update, _) = FleetUpdate::new(new, Timestamp::from_millis(EPOCH));
        let outcome = Outcome {
            status: update.status(),
            counts: FleetCounts::default(),
            makespan: Duration::ZERO,
            ideal: Duration::ZERO,
            peak: 0,
            calls: Calls::default(),
            runs: 0,
            accounts_done: vec![Duration::ZERO; scenario.accounts.len()],
            curve: vec![(Duration::ZERO, 0)],
        };
        Ok(Self {
            scenario,
            plan: plan(scenario)?,
            update,
            queue: Queue::new(),
            random: Rng::with_seed(scenario.seed),
            accounts: scenario.accounts.iter().map(|rate| Account::new(*rate)).collect(),
            targets: vec![TargetStatus::Pending; scenario.instances as usize],
            progress: Progress::default(),
            tracks: Vec::new(),
            busy_tracks: 0,
            round: None,
            in_flight: 0,
            stack_time: 0,
            outcome,
        })
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(EPOCH).plus(Duration::from_millis(self.queue.now()))
    }

    fn handle(&mut self, event: Event) -> Result<()> {
        match event {
            // A run that isn't the newest has nothing to say.
            Event::Advance { run } if run == self.update.run() => self.advance(),
            Event::Advance { .. } => Ok(()),
            Event::Chunk { track } => self.chunk(track),
            Event::Claim { track, ordinal } => self.claim(track, ordinal),
            Event::Attempt { track, ordinal, paused } => {
                self.attempt(track, ordinal, paused);
                Ok(())
            }
            Event::Done { track, ordinal, failed } => self.done(track, ordinal, failed),
            Event::Pause => {
                // It may have ended before.
                let _ = self.update.pause(self.now());
                Ok(())
            }
            Event::Resume => self.resume(),
        }
    }

    fn advance_after(&mut self, milliseconds: u64) {
        let run = self.update.run();
        self.queue.after(milliseconds + step::ADVANCE, Event::Advance { run });
    }

    fn resume(&mut self) -> Result<()> {
        if self.update.status() != FleetUpdateStatus::Paused {
            return Ok(());
        }
        self.update.resume(self.now())?;
        if !self.update.has_open_round() {
            self.update.begin_run(self.now());
            self.advance_after(0);
        }
        Ok(())
    }

    /// One look of fleet-advance: changes of the record, and then what the machine is told.
    fn advance(&mut self) -> Result<()> {
        self.outcome.calls += Calls { transitions: 2, invocations: 1, reads: 6, ..Calls::default() };
        if let Some(round) = self.round.take() {
            self.update.close_round(round);
        }
        loop {
            let wave = self.update.wave() as usize;
            self.progress.lanes = self.plan.lanes.get(wave).cloned().unwrap_or_default();
            match decide(&self.update, &self.progress, self.now()) {
                Decision::Plan => return self.planned(),
                Decision::Change(change) => {
                    self.outcome.calls.writes += 4;
                    self.update.apply(change, self.now())?;
                }
                Decision::Run(round) => return self.run(round),
                Decision::Wait(pause) => {
                    self.outcome.calls.transitions += 1;
                    self.advance_after(milliseconds(pause));
                    return Ok(());
                }
                Decision::Sleep(until) => {
                    self.update.begin_run(self.now());
                    let pause = milliseconds(until.since(self.now()));
                    self.advance_after(pause);
                    return Ok(());
                }
                Decision::End => return Ok(()),
            }
        }
    }

    fn planned(&mut self) -> Result<()> {
        let rows = self.scenario.instances;
        let steps = u64::from(rows.div_ceil(ROWS_PER_STEP));
        let objects = u64::from(rows.div_ceil(1_000));
        self.outcome.calls += Calls {
            transitions: 3 * steps,
            invocations: 2 * steps,
            // Half a unit for 4 KB of the list: two instances.
            reads: u64::from(rows).div_ceil(4) + 6 * steps,
            writes: 4 * steps,
            puts: objects + self.plan.chunks.len() as u64,
            gets: 2 * objects,
            ..Calls::default()
        };
        let summary = self.plan.summary.clone();
        self.update.planned(summary, self.now())?;
        self.advance_after(steps * step::PLAN);
        Ok(())
    }

    fn run(&mut self, round: Round) -> Result<()> {
        self.update.open_round(round.id);
        self.round = Some(round.id);
        self.outcome.calls += Calls { transitions: 1, writes: 4, ..Calls::default() };
        self.tracks = round
            .tracks
            .into_iter()
            .map(|track| Lane {
                concurrency: track.concurrency,
                chunks: track.chunks.into(),
                items: VecDeque::new(),
                children: 0,
            })
            .collect();
        ensure!(!self.tracks.is_empty(), "a round without tracks");
        self.busy_tracks = self.tracks.len();
        for track in 0..self.tracks.len() {
            self.outcome.calls.transitions += 1;
            self.queue.after(0, Event::Chunk { track });
        }
        Ok(())
    }

    fn track(&mut self, track: usize) -> Result<&mut Lane> {
        self.tracks.get_mut(track).context("a track of the round")
    }

    fn chunk(&mut self, track: usize) -> Result<()> {
        let Some(round) = self.round else { bail!("a chunk outside of a round") };
        let Some(chunk) = self.track(track)?.chunks.pop_front() else {
            self.busy_tracks -= 1;
            if self.busy_tracks == 0 {
                self.advance_after(0);
            }
            return Ok(());
        };
        self.outcome.calls += Calls { transitions: 2, invocations: 1, reads: 3, ..Calls::default() };
        if !self.is_admitted(round) {
            self.queue.after(step::CHILD, Event::Chunk { track });
            return Ok(());
        }
        self.outcome.calls += Calls { transitions: 1, gets: 1, ..Calls::default() };
        let items = self.plan.chunks.get(&(round.wave, chunk)).context("a chunk of the plan")?.clone();
        self.track(track)?.items = items.into();
        self.fill(track, step::MAP_RUN)
    }

    /// Starts as many children as the Map run may have at once.
    fn fill(&mut self, track: usize, after: u64) -> Result<()> {
        loop {
            let lane = self.track(track)?;
            if lane.children >= lane.concurrency {
                return Ok(());
            }
            let Some(ordinal) = lane.items.pop_front() else { break };
            lane.children += 1;
            self.outcome.calls += Calls { transitions: 2, invocations: 1, reads: 5, ..Calls::default() };
            self.queue.after(after + step::CHILD, Event::Claim { track, ordinal });
        }
        if self.track(track)?.children == 0 {
            self.queue.after(0, Event::Chunk { track });
        }
        Ok(())
    }

    fn is_admitted(&self, round: RoundId) -> bool {
        self.update.admits(round.wave, round.roll_back)
            && (round.roll_back || halted(&self.update, &self.progress.wave(round.wave)).is_none())
    }

    fn claim(&mut self, track: usize, ordinal: u32) -> Result<()> {
        let Some(round) = self.round else { bail!("a child outside of a round") };
        let next = match (self.target(ordinal)?, round.roll_back) {
            (TargetStatus::Pending, false) => TargetStatus::Deploying,
            (TargetStatus::Succeeded | TargetStatus::Failed, true) => TargetStatus::RollingBack,
            _ => return self.end_child(track),
        };
        if !self.is_admitted(round) {
            return self.end_child(track);
        }
        self.change(round.wave, ordinal, next)?;
        self.outcome.calls += Calls { writes: 6, deployments: 1, ..Calls::default() };
        self.in_flight += 1;
        self.outcome.peak = self.outcome.peak.max(self.in_flight);
        self.queue.after(step::BEGIN, Event::Attempt { track, ordinal, paused: 0 });
        Ok(())
    }

    fn attempt(&mut self, track: usize, ordinal: u32, paused: u32) {
        let now = self.queue.now();
        let account = account_of(ordinal, self.accounts.len());
        if !self.accounts.get_mut(account).is_some_and(|account| account.admits(now)) {
            self.outcome.calls.throttled += 1;
            let seconds = pause(paused, &mut self.random);
            let event = Event::Attempt { track, ordinal, paused: seconds };
            self.queue.after(u64::from(seconds) * 1000, event);
            return;
        }
        self.outcome.calls.stack_updates += 1;
        let duration = self.scenario.stacks.duration(&mut self.random);
        self.stack_time += duration;
        let failed = self.scenario.stacks.fails(&mut self.random);
        self.queue.after(duration + step::END, Event::Done { track, ordinal, failed });
    }

    fn done(&mut self, track: usize, ordinal: u32, failed: bool) -> Result<()> {
        let Some(round) = self.round else { bail!("a deployment outside of a round") };
        let status = match (self.target(ordinal)?, failed) {
            (TargetStatus::Deploying, false) => TargetStatus::Succeeded,
            (TargetStatus::Deploying, true) => TargetStatus::Failed,
            // The version that it had has come up before.
            (TargetStatus::RollingBack, _) => TargetStatus::RolledBack,
            (other, _) => bail!("the deployment of a target that is {other} ended"),
        };
        self.change(round.wave, ordinal, status)?;
        self.outcome.calls.writes += 10;
        self.in_flight -= 1;
        let now = Duration::from_millis(self.queue.now());
        let account = account_of(ordinal, self.accounts.len());
        if let Some(at) = self.outcome.accounts_done.get_mut(account) {
            *at = now;
        }
        self.note(now);
        self.end_child(track)
    }

    fn note(&mut self, now: Duration) {
        let done = u32::try_from(self.outcome.calls.deployments).unwrap_or(u32::MAX) - self.in_flight;
        let every = (self.scenario.instances / 100).max(1);
        if done.is_multiple_of(every) {
            self.outcome.curve.push((now, done));
        }
    }

    fn end_child(&mut self, track: usize) -> Result<()> {
        self.track(track)?.children -= 1;
        self.fill(track, 0)
    }

    fn target(&self, ordinal: u32) -> Result<TargetStatus> {
        self.targets.get(ordinal as usize).copied().context("a target of the plan")
    }

    fn change(&mut self, wave: u32, ordinal: u32, to: TargetStatus) -> Result<()> {
        let target = self.targets.get_mut(ordinal as usize).context("a target of the plan")?;
        let counts = self.progress.waves.entry(wave).or_default();
        counts.add(*target, -1);
        counts.add(to, 1);
        *target = to;
        Ok(())
    }

    fn finish(mut self) -> Result<Outcome> {
        ensure!(self.in_flight == 0, "{} deployments never ended", self.in_flight);
        ensure!(self.update.status().is_final(), "the fleet update stays {}", self.update.status());
        let targets = self.plan.summary.targets();
        self.outcome.status = self.update.status();
        self.outcome.counts = FleetCounts::of(targets, 0, &self.progress);
        self.outcome.runs = self.update.run();
        self.outcome.makespan = Duration::from_millis(self.queue.now());
        let concurrency = u64::from(self.scenario.strategy.concurrency.get());
        self.outcome.ideal = Duration::from_millis(self.stack_time / concurrency);
        self.outcome.curve.push((self.outcome.makespan, u32::try_from(self.outcome.calls.deployments)?));
        Ok(self.outcome)
    }
}

#[cfg(test)]
mod tests;
