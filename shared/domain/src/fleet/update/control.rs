//! What people ask of a fleet update: to start, pause, go on, end, or take everything back.

use super::{FleetTransition, FleetUpdate, Pass};
use crate::fleet::decision::Change;
use crate::fleet::status::{FleetTrigger, FleetUpdateStatus};
use crate::time::Timestamp;
use crate::transition::{IllegalTransition, Transition};

impl FleetUpdate {
    /// Somebody asks for a planned one to be carried out; while it is still being planned it is noted, and nothing changes
    /// yet.
    ///
    /// # Errors
    /// [`IllegalTransition`] once it was started.
    pub fn start(&mut self, now: Timestamp) -> Result<Option<FleetTransition>, IllegalTransition> {
        if self.status == FleetUpdateStatus::Planning {
            self.starts_when_planned = true;
            return Ok(None);
        }
        self.require_kept("be started", now)?;
        let change = self.change(FleetTrigger::Start, now)?;
        self.started_at = Some(now);
        Ok(Some(change))
    }

    /// Pauses it: what is being deployed comes to its end, nothing new begins.
    ///
    /// # Errors
    /// [`IllegalTransition`] unless it is under way.
    pub fn pause(&mut self, now: Timestamp) -> Result<FleetTransition, IllegalTransition> {
        let change = self.change(FleetTrigger::Pause, now)?;
        self.paused_from = change.from;
        self.pass.is_cut_short = true;
        self.rest();
        Ok(change)
    }

    /// Goes on where it was paused. Without an open round nobody is at work: a run begins, and its execution has to be
    /// started.
    ///
    /// # Errors
    /// [`IllegalTransition`] unless it is PAUSED.
    pub fn resume(&mut self, now: Timestamp) -> Result<FleetTransition, IllegalTransition> {
        self.require_kept("be resumed", now)?;
        let Some(back) = self.paused_from.filter(|_| self.status == FleetUpdateStatus::Paused) else {
            return Err(IllegalTransition::new("the fleet update", self.status, "be resumed"));
        };
        let from = std::mem::replace(&mut self.status, back);
        (self.paused_from, self.last_modified_at) = (None, now);
        Ok(Transition { from: Some(from), to: back })
    }

    /// Cancels it. With targets `in_flight` it is CANCELLING until they have ended, else CANCELLED at once.
    ///
    /// # Errors
    /// [`IllegalTransition`] when it is over, or rolling back.
    pub fn cancel(&mut self, in_flight: u64, now: Timestamp) -> Result<FleetTransition, IllegalTransition> {
        let was_rolling_back = self.paused_from == Some(FleetUpdateStatus::RollingBack);
        if was_rolling_back {
            return Err(IllegalTransition::new(
                "the fleet update",
                "PAUSED while it was rolling back",
                "be cancelled",
            ));
        }
        if matches!(self.status, FleetUpdateStatus::Planning | FleetUpdateStatus::Planned) {
            return self.change(FleetTrigger::Cancelled, now);
        }
        let change = self.change(FleetTrigger::Cancel, now)?;
        self.paused_from = None;
        if in_flight > 0 || self.has_open_round() {
            return Ok(change);
        }
        let ended = self.change(FleetTrigger::Cancelled, now)?;
        Ok(Transition { from: change.from, to: ended.to })
    }

    /// Lets the next wave begin, after people were asked.
    ///
    /// # Errors
    /// [`IllegalTransition`] unless it is AWAITING_APPROVAL.
    pub fn approve(&mut self, next: Change, now: Timestamp) -> Result<FleetTransition, IllegalTransition> {
        let refused = IllegalTransition::new("the fleet update", self.status, "be approved");
        if self.status != FleetUpdateStatus::AwaitingApproval {
            return Err(refused);
        }
        self.require_kept("be approved", now)?;
        self.apply(next, now)?.ok_or(refused)
    }

    /// Brings back what was deployed, newest wave first.
    ///
    /// # Errors
    /// [`IllegalTransition`] before it was started, and once it rolls back or did.
    pub fn roll_back(
        &mut self,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<FleetTransition, IllegalTransition> {
        if self.started_at.is_none() || self.paused_from == Some(FleetUpdateStatus::RollingBack) {
            return Err(IllegalTransition::new("the fleet update", self.status, "be rolled back"));
        }
        self.require_kept("be rolled back", now)?;
        let change = self.change(FleetTrigger::RollBack, now)?;
        if let Some(reason) = reason {
            self.explain(reason);
        }
        (self.pass, self.paused_from, self.completed_at) = (Pass::default(), None, None);
        Ok(change)
    }
}
