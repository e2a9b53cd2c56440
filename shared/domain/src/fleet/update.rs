//! The record of a fleet update, and how it changes.

mod control;
mod rounds;

use serde::{Deserialize, Serialize};

use super::cursor::{PlanCursor, PlanSummary};
use super::decision::RoundId;
use super::plan::{FleetTemplate, Wave};
use super::retention::Retention;
use super::selection::Selection;
use super::status::{FleetTrigger, FleetUpdateStatus};
use super::strategy::Strategy;
use crate::identifier::Identifier;
use crate::revision::Revision;
use crate::time::Timestamp;
use crate::trace::TraceId;
use crate::transition::{IllegalTransition, Transition};
use crate::watch::Watch;

/// A fleet update.
///
/// Executions of its state machine are disposable: each has the number of its run, and only that of the newest counts.
/// Whoever makes an execution necessary begins a run ([`FleetUpdate::begin_run`]) and starts it with the same commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FleetUpdate {
    /// Its id.
    pub id: Identifier,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The template, what of it is updated, and the version to go to.
    pub template: FleetTemplate,
    /// Who is meant.
    pub selection: Selection,
    /// How to go about it.
    pub strategy: Strategy,
    /// Whether it began by itself when the version was published, and so is about those that opted in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
    /// ARN of who asked for it; absent when it began by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last changed.
    pub last_modified_at: Timestamp,
    /// For how long it can be carried out and its targets be read.
    #[serde(default)]
    pub retention: Retention,
    /// The trace of the request that began it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceId>,
    /// When its plan was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_at: Option<Timestamp>,
    /// When its first wave began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended; absent while it is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// When the reconciler looks after it; absent while no execution is at work or expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<Watch>,
    /// Counts commits.
    pub revision: Revision,
    status: FleetUpdateStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paused_from: Option<FleetUpdateStatus>,
    starts_when_planned: bool,
    planning: PlanCursor,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plan: Option<PlanSummary>,
    run: u32,
    wave: u32,
    pass: Pass,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open_round: Option<RoundId>,
    failed_before: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    excess: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    baking_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asleep_until: Option<Timestamp>,
    #[serde(default)]
    told: u32,
}

/// Where a fleet update stands in its wave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pass {
    pub(super) pass: u32,
    pub(super) round: u32,
    /// When the pass before ended, unless a pause cut it short.
    ended: Option<Timestamp>,
    /// How many targets were left then.
    left: Option<u64>,
    /// How many passes in a row left as many as the one before.
    fruitless: u32,
    /// A pause cut this pass short.
    is_cut_short: bool,
}

/// What a new fleet update is made from.
#[derive(Debug, Clone)]
pub struct NewFleetUpdate {
    /// Its id.
    pub id: Identifier,
    /// For people.
    pub name: Option<String>,
    /// The template, what of it is updated, and the version to go to.
    pub template: FleetTemplate,
    /// Who is meant.
    pub selection: Selection,
    /// How to go about it.
    pub strategy: Strategy,
    /// Whether it begins by itself.
    pub automatic: bool,
    /// ARN of who asks for it.
    pub requested_by: Option<String>,
    /// Whether it is carried out as soon as it is planned.
    pub starts_when_planned: bool,
    /// For how long it is kept.
    pub retention: Retention,
}

/// A change of [`FleetUpdateStatus`].
pub type FleetTransition = Transition<FleetUpdateStatus>;

impl FleetUpdate {
    /// A fleet update that was just asked for: PLANNING, in its first run.
    #[must_use]
    pub fn new(new: NewFleetUpdate, now: Timestamp) -> (Self, FleetTransition) {
        let status = FleetUpdateStatus::Planning;
        let update = Self {
            id: new.id,
            name: new.name,
            template: new.template,
            selection: new.selection,
            strategy: new.strategy,
            automatic: new.automatic,
            requested_by: new.requested_by,
            created_at: now,
            last_modified_at: now,
            retention: new.retention,
            trace: None,
            planned_at: None,
            started_at: None,
            completed_at: None,
            watch: Some(Watch::begin(now)),
            revision: Revision::first(now),
            status,
            message: None,
            paused_from: None,
            starts_when_planned: new.starts_when_planned,
            planning: PlanCursor::default(),
            plan: None,
            run: 1,
            wave: 0,
            pass: Pass::default(),
            open_round: None,
            failed_before: 0,
            excess: None,
            baking_until: None,
            asleep_until: None,
            told: 0,
        };
        (update, Transition { from: None, to: status })
    }

    /// Its status.
    #[must_use]
    pub const fn status(&self) -> FleetUpdateStatus {
        self.status
    }

    /// What people should know: why it failed or rolls back.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// What was paused, while it is PAUSED.
    #[must_use]
    pub const fn paused_from(&self) -> Option<FleetUpdateStatus> {
        self.paused_from
    }

    /// Whether it is carried out as soon as it is planned.
    #[must_use]
    pub const fn starts_when_planned(&self) -> bool {
        self.starts_when_planned
    }

    /// Where planning goes on.
    #[must_use]
    pub const fn planning(&self) -> &PlanCursor {
        &self.planning
    }

    /// The plan; nothing while it is PLANNING.
    #[must_use]
    pub const fn plan(&self) -> Option<&PlanSummary> {
        self.plan.as_ref()
    }

    /// The number of the wave that it stands at, from 0.
    #[must_use]
    pub const fn wave(&self) -> u32 {
        self.wave
    }

    /// The wave that it stands at; nothing when the plan has no waves.
    #[must_use]
    pub fn current_wave(&self) -> Option<&Wave> {
        self.plan.as_ref()?.waves.get(self.wave as usize)
    }

    /// Whether no wave follows.
    #[must_use]
    pub fn is_last_wave(&self) -> bool {
        self.plan.as_ref().is_none_or(|plan| self.wave as usize + 1 >= plan.waves.len())
    }

    /// Until when the wave is watched, while it is BAKING.
    #[must_use]
    pub const fn baking_until(&self) -> Option<Timestamp> {
        self.baking_until
    }

    /// Until when nothing happens by itself: a wave is watched, or maintenance windows are closed.
    #[must_use]
    pub fn waiting_until(&self) -> Option<Timestamp> {
        match self.status {
            FleetUpdateStatus::Baking => self.baking_until,
            FleetUpdateStatus::Running | FleetUpdateStatus::RollingBack => self.asleep_until,
            _ => None,
        }
    }

    /// How many targets failed in the waves before this one.
    #[must_use]
    pub const fn failed_before(&self) -> u64 {
        self.failed_before
    }

    /// Whether an execution is working on a round: it comes back when everything that it began has ended.
    #[must_use]
    pub const fn has_open_round(&self) -> bool {
        self.open_round.is_some()
    }

    /// Whether alarms decide about what comes next.
    #[must_use]
    pub fn watches_alarms(&self) -> bool {
        !self.strategy.alarms.is_empty()
            && matches!(self.status, FleetUpdateStatus::Running | FleetUpdateStatus::Baking)
    }

    /// Whether a claim of a target of `wave` may begin its deployment; with `roll_back` the one back.
    #[must_use]
    pub fn admits(&self, wave: u32, roll_back: bool) -> bool {
        self.admitted() == Some((wave, roll_back))
    }

    /// Which claims it admits: the wave, and whether it goes back.
    #[must_use]
    pub fn admitted(&self) -> Option<(u32, bool)> {
        match self.status {
            FleetUpdateStatus::Running => Some((self.wave, false)),
            FleetUpdateStatus::RollingBack => Some((self.wave, true)),
            _ => None,
        }
    }

    /// The first row of the plan whose owner is still to be told; nothing once all are, and unless it is RUNNING.
    #[must_use]
    pub fn owners_to_tell(&self) -> Option<u32> {
        let rows = self.plan.as_ref()?.rows;
        (self.status == FleetUpdateStatus::Running && self.told < rows).then_some(self.told)
    }

    /// Notes that the owners of the rows before this one were told.
    pub const fn note_told(&mut self, rows: u32) {
        self.told = rows;
    }

    /// The number of its newest run: executions of other runs have nothing to say.
    #[must_use]
    pub const fn run(&self) -> u32 {
        self.run
    }

    /// The name of the execution of its newest run.
    #[must_use]
    pub fn execution_name(&self) -> String {
        format!("{}-{}", self.id, self.run)
    }

    /// Begins another run: somebody is about to start its execution, and the reconciler looks after it.
    pub fn begin_run(&mut self, now: Timestamp) {
        self.run += 1;
        (self.watch, self.asleep_until) = (Some(Watch::begin(now)), None);
    }

    /// Begins another run because the last execution died, or because it is time to get up.
    pub fn restart_run(&mut self, now: Timestamp) {
        self.run += 1;
        self.watch = match self.asleep_until.take() {
            Some(_) => Some(Watch::begin(now)),
            None => self.watch.map(|watch| watch.restarted_always(now)),
        };
    }

    /// The execution was seen alive.
    pub fn see_alive(&mut self, now: Timestamp) {
        self.watch = self.watch.map(|watch| watch.seen_alive(now));
    }

    /// Lets nobody look before `until`: there is nothing to do.
    pub fn sleep(&mut self, until: Timestamp) {
        self.watch = self.watch.map(|watch| Watch { due_at: until, ..watch });
        self.asleep_until = Some(until);
    }

    /// No execution is at work any more, and none is expected.
    pub fn rest(&mut self) {
        if !self.has_open_round() {
            self.watch = None;
        }
    }

    /// Notes how far planning is.
    pub fn note_planning(&mut self, cursor: PlanCursor, now: Timestamp) {
        self.planning = cursor;
        self.last_modified_at = now;
    }

    /// The plan stands.
    ///
    /// # Errors
    /// [`IllegalTransition`] unless it is PLANNING.
    pub fn planned(
        &mut self,
        plan: PlanSummary,
        now: Timestamp,
    ) -> Result<FleetTransition, IllegalTransition> {
        let change = self.change(FleetTrigger::Planned, now)?;
        (self.plan, self.planned_at) = (Some(plan), Some(now));
        Ok(change)
    }

    /// What begins deployments is refused once its targets are about to go.
    fn require_kept(&self, verb: &'static str, now: Timestamp) -> Result<(), IllegalTransition> {
        if self.is_past(now) {
            return Err(IllegalTransition::new("the fleet update", self.past_words(), verb));
        }
        Ok(())
    }

    /// The first reason stays: what follows is because of it.
    fn explain(&mut self, reason: String) {
        self.message = Some(match self.message.take() {
            Some(first) => format!("{first}; then {reason}"),
            None => reason,
        });
    }

    fn change(
        &mut self,
        trigger: FleetTrigger,
        now: Timestamp,
    ) -> Result<FleetTransition, IllegalTransition> {
        let from = self.status;
        self.status = from.on(trigger)?;
        self.last_modified_at = now;
        if self.status.is_final() {
            self.completed_at = Some(now);
            (self.watch, self.open_round, self.asleep_until, self.baking_until) = (None, None, None, None);
        }
        Ok(Transition { from: Some(from), to: self.status })
    }

    pub(super) const fn place(&self) -> Pass {
        self.pass
    }

    pub(super) const fn last_pass_ended(&self) -> Option<Timestamp> {
        self.pass.ended
    }

    pub(super) const fn fruitless_passes(&self) -> u32 {
        self.pass.fruitless
    }

    pub(super) fn excess(&self) -> Option<&str> {
        self.excess.as_deref()
    }
}
