//! The status of a service and what may follow what (behaviour 3.3).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::transition::IllegalTransition;

/// `ServiceStatus` (behaviour 3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ServiceStatus {
    /// Its instances are being created.
    CreateInProgress,
    /// An instance failed; what was made is being removed.
    CreateFailedCleanupInProgress,
    /// An instance failed; what was made is removed.
    CreateFailedCleanupComplete,
    /// An instance failed, and something made could not be removed.
    CreateFailedCleanupFailed,
    /// Creation failed before anything was provisioned.
    CreateFailed,
    /// All is as asked for.
    Active,
    /// Being deleted.
    DeleteInProgress,
    /// Something could not be deleted.
    DeleteFailed,
    /// Instances or the pipeline are being changed.
    UpdateInProgress,
    /// A new instance failed; the new ones are being removed.
    UpdateFailedCleanupInProgress,
    /// A new instance failed; the new ones are removed.
    UpdateFailedCleanupComplete,
    /// A new instance failed, and something made could not be removed.
    UpdateFailedCleanupFailed,
    /// The pipeline failed, or the update was invalid late.
    UpdateFailed,
    /// Updated, but a removed instance could not be deleted.
    UpdateCompleteCleanupFailed,
}

/// What happens to a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServiceTrigger {
    /// All that the operation began has succeeded.
    Succeed,
    /// Something failed and nothing was provisioned.
    Fail,
    /// Something failed and what was made has to be removed.
    CleanUp,
    /// The clean-up removed everything.
    CleanedUp,
    /// The clean-up could not remove everything.
    CleanUpFail,
    /// The update went through, but a removed instance stayed.
    RemovalFail,
    /// An update of the spec is accepted.
    Update,
    /// A deletion is accepted.
    Delete,
    /// Something could not be deleted.
    DeleteFail,
}

impl ServiceTrigger {
    /// All of them, for tables.
    pub const ALL: [Self; 9] = [
        Self::Succeed,
        Self::Fail,
        Self::CleanUp,
        Self::CleanedUp,
        Self::CleanUpFail,
        Self::RemovalFail,
        Self::Update,
        Self::Delete,
        Self::DeleteFail,
    ];

    const fn verb(self) -> &'static str {
        match self {
            Self::Succeed => "succeed",
            Self::Fail => "fail",
            Self::CleanUp => "be cleaned up",
            Self::CleanedUp => "end cleaned up",
            Self::CleanUpFail => "fail to be cleaned up",
            Self::RemovalFail => "keep a removed instance",
            Self::Update => "be updated",
            Self::Delete => "be deleted",
            Self::DeleteFail => "fail to be deleted",
        }
    }
}

impl ServiceStatus {
    /// All of them, for tables.
    pub const ALL: [Self; 14] = [
        Self::CreateInProgress,
        Self::CreateFailedCleanupInProgress,
        Self::CreateFailedCleanupComplete,
        Self::CreateFailedCleanupFailed,
        Self::CreateFailed,
        Self::Active,
        Self::DeleteInProgress,
        Self::DeleteFailed,
        Self::UpdateInProgress,
        Self::UpdateFailedCleanupInProgress,
        Self::UpdateFailedCleanupComplete,
        Self::UpdateFailedCleanupFailed,
        Self::UpdateFailed,
        Self::UpdateCompleteCleanupFailed,
    ];

    /// As the wire writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreateInProgress => "CREATE_IN_PROGRESS",
            Self::CreateFailedCleanupInProgress => "CREATE_FAILED_CLEANUP_IN_PROGRESS",
            Self::CreateFailedCleanupComplete => "CREATE_FAILED_CLEANUP_COMPLETE",
            Self::CreateFailedCleanupFailed => "CREATE_FAILED_CLEANUP_FAILED",
            Self::CreateFailed => "CREATE_FAILED",
            Self::Active => "ACTIVE",
            Self::DeleteInProgress => "DELETE_IN_PROGRESS",
            Self::DeleteFailed => "DELETE_FAILED",
            Self::UpdateInProgress => "UPDATE_IN_PROGRESS",
            Self::UpdateFailedCleanupInProgress => "UPDATE_FAILED_CLEANUP_IN_PROGRESS",
            Self::UpdateFailedCleanupComplete => "UPDATE_FAILED_CLEANUP_COMPLETE",
            Self::UpdateFailedCleanupFailed => "UPDATE_FAILED_CLEANUP_FAILED",
            Self::UpdateFailed => "UPDATE_FAILED",
            Self::UpdateCompleteCleanupFailed => "UPDATE_COMPLETE_CLEANUP_FAILED",
        }
    }

    /// Whether an operation is at work; nothing else may change the service then.
    #[must_use]
    pub const fn is_in_progress(self) -> bool {
        matches!(
            self,
            Self::CreateInProgress
                | Self::CreateFailedCleanupInProgress
                | Self::DeleteInProgress
                | Self::UpdateInProgress
                | Self::UpdateFailedCleanupInProgress
        )
    }

    /// The table of behaviour 3.3. A failed creation accepts an update, which creates anew: never stuck.
    ///
    /// # Errors
    /// [`IllegalTransition`] for every pair that the table doesn't have.
    pub fn on(self, trigger: ServiceTrigger) -> Result<Self, IllegalTransition> {
        use ServiceTrigger as On;
        match (self, trigger) {
            (Self::CreateInProgress | Self::UpdateInProgress, On::Succeed) => Ok(Self::Active),
            (Self::CreateInProgress, On::Fail) => Ok(Self::CreateFailed),
            (Self::CreateInProgress, On::CleanUp) => Ok(Self::CreateFailedCleanupInProgress),
            (Self::CreateFailedCleanupInProgress, On::CleanedUp) => Ok(Self::CreateFailedCleanupComplete),
            (Self::CreateFailedCleanupInProgress, On::CleanUpFail) => Ok(Self::CreateFailedCleanupFailed),
            (Self::UpdateInProgress, On::Fail) => Ok(Self::UpdateFailed),
            (Self::UpdateInProgress, On::CleanUp) => Ok(Self::UpdateFailedCleanupInProgress),
            (Self::UpdateFailedCleanupInProgress, On::CleanedUp) => Ok(Self::UpdateFailedCleanupComplete),
            (Self::UpdateFailedCleanupInProgress, On::CleanUpFail) => Ok(Self::UpdateFailedCleanupFailed),
            (Self::UpdateInProgress, On::RemovalFail) => Ok(Self::UpdateCompleteCleanupFailed),
            (Self::DeleteInProgress, On::DeleteFail) => Ok(Self::DeleteFailed),
            (status, On::Update) if !status.is_in_progress() && status != Self::DeleteFailed => {
                Ok(Self::UpdateInProgress)
            }
            (status, On::Delete) if !status.is_in_progress() => Ok(Self::DeleteInProgress),
            (status, trigger) => Err(IllegalTransition::new("the service", status, trigger.verb())),
        }
    }
}

impl fmt::Display for ServiceStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legal_transitions_are_exactly_those_of_behaviour_3_3() {
        use ServiceStatus as S;
        use ServiceTrigger as T;
        let mut legal = vec![
            (S::CreateInProgress, T::Succeed, S::Active),
            (S::CreateInProgress, T::Fail, S::CreateFailed),
            (S::CreateInProgress, T::CleanUp, S::CreateFailedCleanupInProgress),
            (S::CreateFailedCleanupInProgress, T::CleanedUp, S::CreateFailedCleanupComplete),
            (S::CreateFailedCleanupInProgress, T::CleanUpFail, S::CreateFailedCleanupFailed),
            (S::UpdateInProgress, T::Succeed, S::Active),
            (S::UpdateInProgress, T::Fail, S::UpdateFailed),
            (S::UpdateInProgress, T::CleanUp, S::UpdateFailedCleanupInProgress),
            (S::UpdateInProgress, T::RemovalFail, S::UpdateCompleteCleanupFailed),
            (S::UpdateFailedCleanupInProgress, T::CleanedUp, S::UpdateFailedCleanupComplete),
            (S::UpdateFailedCleanupInProgress, T::CleanUpFail, S::UpdateFailedCleanupFailed),
            (S::DeleteInProgress, T::DeleteFail, S::DeleteFailed),
            (S::DeleteFailed, T::Delete, S::DeleteInProgress),
        ];
        let settled = [
            S::Active,
            S::CreateFailed,
            S::CreateFailedCleanupComplete,
            S::CreateFailedCleanupFailed,
            S::UpdateFailed,
            S::UpdateFailedCleanupComplete,
            S::UpdateFailedCleanupFailed,
            S::UpdateCompleteCleanupFailed,
        ];
        for status in settled {
            legal.push((status, T::Update, S::UpdateInProgress));
            legal.push((status, T::Delete, S::DeleteInProgress));
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
        for status in ServiceStatus::ALL {
            assert_eq!(serde_json::to_value(status).expect("json"), status.as_str());
        }
    }
}
