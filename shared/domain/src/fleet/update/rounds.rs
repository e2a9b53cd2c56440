//! How a fleet update moves on: the round that an execution works on, and what is decided when it comes back.

use super::{FleetTransition, FleetUpdate, Pass};
use crate::fleet::decision::{Change, RoundId};
use crate::fleet::status::{FleetTrigger, FleetUpdateStatus};
use crate::time::Timestamp;
use crate::transition::IllegalTransition;

impl FleetUpdate {
    /// Hands out a round: the execution that does so comes back when it is done.
    pub const fn open_round(&mut self, round: RoundId) {
        self.open_round = Some(round);
    }

    /// Nobody works on the open round any more: its execution is not the newest.
    pub const fn abandon_round(&mut self) {
        self.open_round = None;
    }

    /// Notes that a round is done; whether it was the open one. A round that was overtaken, by a roll back or by a pause
    /// in the middle, moves nothing on.
    pub fn close_round(&mut self, round: RoundId) -> bool {
        if self.open_round != Some(round) {
            return false;
        }
        self.open_round = None;
        let roll_back = self.status == FleetUpdateStatus::RollingBack
            || self.paused_from == Some(FleetUpdateStatus::RollingBack);
        let here = RoundId { wave: self.wave, roll_back, pass: self.pass.pass, round: self.pass.round };
        if here == round {
            self.pass.round += 1;
        }
        true
    }

    /// Carries out a decision; what it changes of the status, if anything.
    ///
    /// # Errors
    /// [`IllegalTransition`] when the decision was made of another state.
    pub fn apply(
        &mut self,
        decided: Change,
        now: Timestamp,
    ) -> Result<Option<FleetTransition>, IllegalTransition> {
        match decided {
            Change::Start => self.start(now),
            Change::Bake(until) => {
                let change = self.change(FleetTrigger::Bake, now)?;
                self.baking_until = Some(until);
                Ok(Some(change))
            }
            Change::AskApproval => self.change(FleetTrigger::AskApproval, now).map(Some),
            Change::NextWave { failed, excess } => self.next_wave(failed, excess, now),
            Change::PreviousWave => {
                self.wave = self.wave.saturating_sub(1);
                self.pass = Pass::default();
                Ok(None)
            }
            Change::NextPass { left } => {
                self.next_pass(left, now);
                Ok(None)
            }
            Change::Succeed => self.change(FleetTrigger::Succeed, now).map(Some),
            Change::Fail(reason) => {
                let change = self.change(FleetTrigger::Fail, now)?;
                self.explain(reason);
                Ok(Some(change))
            }
            Change::RollBack(reason) => self.roll_back(Some(reason), now).map(Some),
            Change::RolledBack => self.change(FleetTrigger::RolledBack, now).map(Some),
            Change::Cancelled => self.change(FleetTrigger::Cancelled, now).map(Some),
        }
    }

    fn next_wave(
        &mut self,
        failed: u64,
        excess: Option<String>,
        now: Timestamp,
    ) -> Result<Option<FleetTransition>, IllegalTransition> {
        let change = self.change(FleetTrigger::NextWave, now)?;
        self.failed_before += failed;
        self.excess = self.excess.take().or(excess);
        (self.wave, self.pass, self.baking_until) = (self.wave + 1, Pass::default(), None);
        Ok((change.from != Some(change.to)).then_some(change))
    }

    fn next_pass(&mut self, left: u64, now: Timestamp) {
        let last = self.pass;
        let cut_short = last.is_cut_short;
        let is_fruitless = !cut_short && last.left == Some(left);
        self.pass = Pass {
            pass: last.pass + 1,
            round: 0,
            ended: (!cut_short).then_some(now),
            left: (!cut_short).then_some(left),
            fruitless: if is_fruitless { last.fruitless + 1 } else { 0 },
            is_cut_short: false,
        };
    }
}
