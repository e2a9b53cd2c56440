//! The lifecycle of fleet updates, as a table.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::transition::IllegalTransition;

/// How far a fleet update is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FleetUpdateStatus {
    /// Finding out who is to go, and in which wave.
    Planning,
    /// The plan stands; nothing has begun.
    Planned,
    /// Deploying a wave.
    Running,
    /// A wave is through and watched before the next one begins.
    Baking,
    /// Somebody has to say that the next wave may begin.
    AwaitingApproval,
    /// Nothing new is begun until somebody resumes it.
    Paused,
    /// Bringing back what was deployed, newest wave first.
    RollingBack,
    /// Nothing new is begun; what is being deployed comes to its end.
    Cancelling,
    /// Through, with no more failures than tolerated.
    Succeeded,
    /// Stopped, could not be planned, ended with more failures than tolerated, or could not be rolled back everywhere.
    Failed,
    /// Everything that was deployed is back at what it was.
    RolledBack,
    /// Cancelled; what was deployed stays.
    Cancelled,
}

/// What happens to a fleet update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum FleetTrigger {
    Planned,
    Start,
    Bake,
    AskApproval,
    NextWave,
    Pause,
    Cancel,
    Cancelled,
    Succeed,
    Fail,
    RollBack,
    RolledBack,
}

impl FleetTrigger {
    #[cfg(test)]
    pub(super) const ALL: [Self; 12] = [
        Self::Planned,
        Self::Start,
        Self::Bake,
        Self::AskApproval,
        Self::NextWave,
        Self::Pause,
        Self::Cancel,
        Self::Cancelled,
        Self::Succeed,
        Self::Fail,
        Self::RollBack,
        Self::RolledBack,
    ];

    const fn verb(self) -> &'static str {
        match self {
            Self::Planned => "be planned",
            Self::Start => "be started",
            Self::Bake => "bake",
            Self::AskApproval => "ask for approval",
            Self::NextWave => "go on to its next wave",
            Self::Pause => "be paused",
            Self::Cancel => "be cancelled",
            Self::Cancelled => "end cancelled",
            Self::Succeed => "succeed",
            Self::Fail => "fail",
            Self::RollBack => "be rolled back",
            Self::RolledBack => "end rolled back",
        }
    }
}

impl FleetUpdateStatus {
    /// All of them, for tables.
    pub const ALL: [Self; 12] = [
        Self::Planning,
        Self::Planned,
        Self::Running,
        Self::Baking,
        Self::AwaitingApproval,
        Self::Paused,
        Self::RollingBack,
        Self::Cancelling,
        Self::Succeeded,
        Self::Failed,
        Self::RolledBack,
        Self::Cancelled,
    ];

    /// As the wire writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planning => "PLANNING",
            Self::Planned => "PLANNED",
            Self::Running => "RUNNING",
            Self::Baking => "BAKING",
            Self::AwaitingApproval => "AWAITING_APPROVAL",
            Self::Paused => "PAUSED",
            Self::RollingBack => "ROLLING_BACK",
            Self::Cancelling => "CANCELLING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::RolledBack => "ROLLED_BACK",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Whether nothing more happens by itself. All but ROLLED_BACK may still be rolled back.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::RolledBack | Self::Cancelled)
    }

    /// The table. Resuming isn't in it: it leads back to where the pause came from.
    pub(super) fn on(self, trigger: FleetTrigger) -> Result<Self, IllegalTransition> {
        use FleetTrigger as On;
        match (self, trigger) {
            (Self::Planning, On::Planned) => Ok(Self::Planned),
            (Self::Planned, On::Start) => Ok(Self::Running),
            (Self::Running, On::Bake) => Ok(Self::Baking),
            (Self::Running | Self::Baking, On::AskApproval) => Ok(Self::AwaitingApproval),
            (Self::Running | Self::Baking | Self::AwaitingApproval, On::NextWave) => Ok(Self::Running),
            (Self::Running | Self::Baking | Self::AwaitingApproval | Self::RollingBack, On::Pause) => {
                Ok(Self::Paused)
            }
            (Self::Running | Self::Baking | Self::AwaitingApproval | Self::Paused, On::Cancel) => {
                Ok(Self::Cancelling)
            }
            (Self::Planning | Self::Planned | Self::Cancelling, On::Cancelled) => Ok(Self::Cancelled),
            (Self::Running, On::Succeed) => Ok(Self::Succeeded),
            (Self::Planning | Self::Running | Self::Baking | Self::RollingBack, On::Fail) => Ok(Self::Failed),
            (
                Self::Running
                | Self::Baking
                | Self::AwaitingApproval
                | Self::Paused
                | Self::Cancelling
                | Self::Succeeded
                | Self::Failed
                | Self::Cancelled,
                On::RollBack,
            ) => Ok(Self::RollingBack),
            (Self::RollingBack, On::RolledBack) => Ok(Self::RolledBack),
            (status, trigger) => Err(IllegalTransition::new("the fleet update", status, trigger.verb())),
        }
    }
}

impl fmt::Display for FleetUpdateStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legal_transitions_are_exactly_these() {
        use FleetTrigger as T;
        use FleetUpdateStatus as S;
        let mut legal = vec![
            (S::Planning, T::Planned, S::Planned),
            (S::Planning, T::Fail, S::Failed),
            (S::Planning, T::Cancelled, S::Cancelled),
            (S::Planned, T::Start, S::Running),
            (S::Planned, T::Cancelled, S::Cancelled),
            (S::Running, T::Bake, S::Baking),
            (S::Running, T::AskApproval, S::AwaitingApproval),
            (S::Running, T::Succeed, S::Succeeded),
            (S::Running, T::Fail, S::Failed),
            (S::Baking, T::AskApproval, S::AwaitingApproval),
            (S::Baking, T::Fail, S::Failed),
            (S::RollingBack, T::Pause, S::Paused),
            (S::RollingBack, T::RolledBack, S::RolledBack),
            (S::RollingBack, T::Fail, S::Failed),
            (S::Cancelling, T::Cancelled, S::Cancelled),
            (S::Paused, T::Cancel, S::Cancelling),
        ];
        for under_way in [S::Running, S::Baking, S::AwaitingApproval] {
            legal.push((under_way, T::NextWave, S::Running));
            legal.push((under_way, T::Pause, S::Paused));
            legal.push((under_way, T::Cancel, S::Cancelling));
        }
        for touched in [
            S::Running,
            S::Baking,
            S::AwaitingApproval,
            S::Paused,
            S::Cancelling,
            S::Succeeded,
            S::Failed,
            S::Cancelled,
        ] {
            legal.push((touched, T::RollBack, S::RollingBack));
        }
        for status in S::ALL {
            for trigger in T::ALL {
                let expected = legal.iter().find(|(from, on, _)| *from == status && *on == trigger);
                assert_eq!(status.on(trigger).ok(), expected.map(|(_, _, to)| *to), "{status} {trigger:?}");
            }
        }
    }

    #[test]
    fn the_wire_form_is_the_serde_form() {
        for status in FleetUpdateStatus::ALL {
            assert_eq!(serde_json::to_value(status).expect("json"), status.as_str());
        }
    }
}
