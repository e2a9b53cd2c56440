//! `deploymentStatus` and what may follow what (behaviour 3.2).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::transition::IllegalTransition;

/// `DeploymentStatus` (behaviour 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeploymentStatus {
    /// Being created or updated.
    InProgress,
    /// The last deployment failed; the resource may be updated or deleted.
    Failed,
    /// The last deployment succeeded.
    Succeeded,
    /// Being deleted.
    DeleteInProgress,
    /// The deletion failed; it may be repeated.
    DeleteFailed,
    /// Gone; only in events and in deployment records.
    DeleteComplete,
    /// A cancellation is under way.
    Cancelling,
    /// Cancelled; the resource is as it was before.
    Cancelled,
}

/// What happens to a deployable resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeploymentTrigger {
    /// An update is accepted.
    Update,
    /// Provisioning succeeded.
    Succeed,
    /// Provisioning failed.
    Fail,
    /// A cancellation is accepted.
    Cancel,
    /// Provisioning was undone, or never begun, by a cancellation.
    Cancelled,
    /// A deletion is accepted.
    Delete,
    /// Everything was deleted.
    Deleted,
    /// Something could not be deleted.
    DeleteFail,
}

impl DeploymentTrigger {
    /// All of them, for tables.
    pub const ALL: [Self; 8] = [
        Self::Update,
        Self::Succeed,
        Self::Fail,
        Self::Cancel,
        Self::Cancelled,
        Self::Delete,
        Self::Deleted,
        Self::DeleteFail,
    ];

    const fn verb(self) -> &'static str {
        match self {
            Self::Update => "be updated",
            Self::Succeed => "succeed",
            Self::Fail => "fail",
            Self::Cancel => "be cancelled",
            Self::Cancelled => "end cancelled",
            Self::Delete => "be deleted",
            Self::Deleted => "end deleted",
            Self::DeleteFail => "fail to be deleted",
        }
    }
}

impl DeploymentStatus {
    /// All of them, for tables.
    pub const ALL: [Self; 8] = [
        Self::InProgress,
        Self::Failed,
        Self::Succeeded,
        Self::DeleteInProgress,
        Self::DeleteFailed,
        Self::DeleteComplete,
        Self::Cancelling,
        Self::Cancelled,
    ];

    /// As the wire writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Failed => "FAILED",
            Self::Succeeded => "SUCCEEDED",
            Self::DeleteInProgress => "DELETE_IN_PROGRESS",
            Self::DeleteFailed => "DELETE_FAILED",
            Self::DeleteComplete => "DELETE_COMPLETE",
            Self::Cancelling => "CANCELLING",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Whether a workflow is at work.
    #[must_use]
    pub const fn is_in_progress(self) -> bool {
        matches!(self, Self::InProgress | Self::DeleteInProgress | Self::Cancelling)
    }

    /// The table of behaviour 3.2. Whether an update is accepted out of DELETE_FAILED depends on the resource and is
    /// decided by its use case; the lifecycle itself allows it.
    ///
    /// # Errors
    /// [`IllegalTransition`] for every pair that the table doesn't have.
    pub fn on(self, trigger: DeploymentTrigger) -> Result<Self, IllegalTransition> {
        use DeploymentTrigger as On;
        match (self, trigger) {
            (Self::Succeeded | Self::Failed | Self::Cancelled | Self::DeleteFailed, On::Update) => {
                Ok(Self::InProgress)
            }
            (Self::InProgress | Self::Cancelling, On::Succeed) => Ok(Self::Succeeded),
            (Self::InProgress | Self::Cancelling, On::Fail) => Ok(Self::Failed),
            (Self::InProgress, On::Cancel) => Ok(Self::Cancelling),
            (Self::InProgress | Self::Cancelling, On::Cancelled) => Ok(Self::Cancelled),
            (Self::Succeeded | Self::Failed | Self::Cancelled | Self::DeleteFailed, On::Delete) => {
                Ok(Self::DeleteInProgress)
            }
            (Self::DeleteInProgress, On::Deleted) => Ok(Self::DeleteComplete),
            (Self::DeleteInProgress, On::DeleteFail) => Ok(Self::DeleteFailed),
            (status, trigger) => Err(IllegalTransition::new("the resource", status, trigger.verb())),
        }
    }
}

impl fmt::Display for DeploymentStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legal_transitions_are_exactly_those_of_behaviour_3_2() {
        use DeploymentStatus as S;
        use DeploymentTrigger as T;
        let mut legal = vec![
            (S::InProgress, T::Succeed, S::Succeeded),
            (S::InProgress, T::Fail, S::Failed),
            (S::InProgress, T::Cancel, S::Cancelling),
            (S::InProgress, T::Cancelled, S::Cancelled),
            (S::Cancelling, T::Cancelled, S::Cancelled),
            (S::Cancelling, T::Fail, S::Failed),
            (S::Cancelling, T::Succeed, S::Succeeded),
            (S::DeleteInProgress, T::Deleted, S::DeleteComplete),
            (S::DeleteInProgress, T::DeleteFail, S::DeleteFailed),
        ];
        for settled in [S::Succeeded, S::Failed, S::Cancelled, S::DeleteFailed] {
            legal.push((settled, T::Update, S::InProgress));
            legal.push((settled, T::Delete, S::DeleteInProgress));
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
        for status in DeploymentStatus::ALL {
            assert_eq!(serde_json::to_value(status).expect("json"), status.as_str());
        }
    }
}
