//! Environment account connections: an account lends its roles for one environment to the management account, which
//! provisions there (behaviour 2.10, 3.4, 12).
//!
//! The record names the environment that uses it, if one does. So the question whether a connection may be rejected, and
//! the rule that one environment at most uses it, are decided from one item, under one conditional write.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::arn::{Location, Resource};
use crate::identifier::Identifier;
use crate::name::ResourceName;
use crate::revision::Revision;
use crate::tag::Tags;
use crate::time::Timestamp;
use crate::transition::{IllegalTransition, Transition};

/// `EnvironmentAccountConnectionStatus` (behaviour 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConnectionStatus {
    /// The management account has not answered yet.
    Pending,
    /// The management account may provision by it.
    Connected,
    /// The management account doesn't want it; final.
    Rejected,
}

impl ConnectionStatus {
    /// As the wire writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Connected => "CONNECTED",
            Self::Rejected => "REJECTED",
        }
    }
}

impl fmt::Display for ConnectionStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The roles that a connection lends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionRoles {
    /// For CloudFormation: `roleArn`.
    pub role_arn: Option<String>,
    /// For CodeBuild.
    pub codebuild_role_arn: Option<String>,
    /// For components.
    pub component_role_arn: Option<String>,
}

impl ConnectionRoles {
    /// Each role with the name of its member.
    #[must_use]
    pub fn named(&self) -> [(&'static str, Option<&str>); 3] {
        [
            ("roleArn", self.role_arn.as_deref()),
            ("codebuildRoleArn", self.codebuild_role_arn.as_deref()),
            ("componentRoleArn", self.component_role_arn.as_deref()),
        ]
    }
}

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountConnection {
    /// Its id.
    pub id: Identifier,
    /// The account that made it, in which is provisioned (twelve digits).
    pub environment_account: String,
    /// The account that it is addressed to, which provisions (twelve digits).
    pub management_account: String,
    /// The one environment that it is for.
    pub environment_name: ResourceName,
    /// What it lends.
    pub roles: ConnectionRoles,
    /// When it was made.
    pub requested_at: Timestamp,
    /// When a request last changed it.
    pub last_modified_at: Timestamp,
    /// Whether the environment of that name uses it.
    pub in_use: bool,
    /// The customer's tags.
    pub tags: Tags,
    /// Counts commits.
    pub revision: Revision,
    status: ConnectionStatus,
}

/// What a new connection is made from.
#[derive(Debug, Clone)]
pub struct NewAccountConnection {
    /// Its id.
    pub id: Identifier,
    /// The account that makes it.
    pub environment_account: String,
    /// The account that it is addressed to.
    pub management_account: String,
    /// The environment that it is for.
    pub environment_name: ResourceName,
    /// What it lends.
    pub roles: ConnectionRoles,
    /// The customer's tags.
    pub tags: Tags,
}

impl AccountConnection {
    /// A new connection that waits for the management account's answer.
    #[must_use]
    pub fn new(new: NewAccountConnection, now: Timestamp) -> (Self, Transition<ConnectionStatus>) {
        let status = ConnectionStatus::Pending;
        let connection = Self {
            id: new.id,
            environment_account: new.environment_account,
            management_account: new.management_account,
            environment_name: new.environment_name,
            roles: new.roles,
            requested_at: now,
            last_modified_at: now,
            in_use: false,
            tags: new.tags,
            revision: Revision::first(now),
            status,
        };
        (connection, Transition { from: None, to: status })
    }

    /// Its status.
    #[must_use]
    pub const fn status(&self) -> ConnectionStatus {
        self.status
    }

    /// What its ARN names.
    #[must_use]
    pub fn resource(&self) -> Resource {
        Resource::AccountConnection { id: self.id.clone() }
    }

    /// Its ARN: in the environment account, wherever the installation is (behaviour 1.2).
    #[must_use]
    pub fn arn(&self, location: &Location) -> String {
        Location { account: self.environment_account.clone(), ..location.clone() }.arn(&self.resource())
    }

    /// What keeps others from lending roles for the same environment.
    #[must_use]
    pub fn claim(&self) -> ConnectionClaim {
        ConnectionClaim {
            management_account: self.management_account.clone(),
            environment_name: self.environment_name.clone(),
            connection_id: self.id.clone(),
        }
    }

    /// The management account wants it.
    ///
    /// # Errors
    /// [`IllegalTransition`] unless it is PENDING.
    pub fn accept(&mut self, now: Timestamp) -> Result<Transition<ConnectionStatus>, IllegalTransition> {
        match self.status {
            ConnectionStatus::Pending => Ok(self.turn(ConnectionStatus::Connected, now)),
            status => Err(IllegalTransition::new("the connection", status, "be accepted")),
        }
    }

    /// The management account doesn't want it, or not any more. Whether an environment uses it is asked before.
    ///
    /// # Errors
    /// [`IllegalTransition`] when it is REJECTED already.
    pub fn reject(&mut self, now: Timestamp) -> Result<Transition<ConnectionStatus>, IllegalTransition> {
        match self.status {
            ConnectionStatus::Pending | ConnectionStatus::Connected => {
                Ok(self.turn(ConnectionStatus::Rejected, now))
            }
            ConnectionStatus::Rejected => {
                Err(IllegalTransition::new("the connection", self.status, "be rejected"))
            }
        }
    }

    fn turn(&mut self, to: ConnectionStatus, now: Timestamp) -> Transition<ConnectionStatus> {
        let from = Some(self.status);
        self.status = to;
        self.last_modified_at = now;
        Transition { from, to }
    }
}

/// At most one connection that isn't rejected lends roles for an environment name of a management account (behaviour
/// 12.1): whoever makes one claims the name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionClaim {
    /// The management account.
    pub management_account: String,
    /// The environment's name.
    pub environment_name: ResourceName,
    /// The connection that has the name.
    pub connection_id: Identifier,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending() -> AccountConnection {
        let new = NewAccountConnection {
            id: Identifier::new("00000000-0000-7000-8000-000000000001").expect("valid"),
            environment_account: "222233334444".to_owned(),
            management_account: "111122223333".to_owned(),
            environment_name: ResourceName::new("beta").expect("valid"),
            roles: ConnectionRoles::default(),
            tags: Tags::default(),
        };
        AccountConnection::new(new, Timestamp::from_millis(1)).0
    }

    #[test]
    fn the_lifecycle_is_that_of_the_specification() {
        let later = Timestamp::from_millis(2);
        let mut connected = pending();
        let accepted = connected.accept(later).expect("it is pending");
        assert_eq!(
            (accepted.from, accepted.to),
            (Some(ConnectionStatus::Pending), ConnectionStatus::Connected)
        );
        assert_eq!(connected.last_modified_at, later);
        assert!(connected.accept(later).is_err());
        let rejected = connected.reject(later).expect("it is connected");
        assert_eq!(
            (rejected.from, rejected.to),
            (Some(ConnectionStatus::Connected), ConnectionStatus::Rejected)
        );
        assert!(connected.reject(later).is_err() && connected.accept(later).is_err(), "rejected is final");
        assert!(pending().reject(later).is_ok());
    }

    #[test]
    fn its_arn_is_of_the_environment_account() {
        let location =
            Location { partition: "aws".into(), region: "eu-west-1".into(), account: "111122223333".into() };
        assert_eq!(
            pending().arn(&location),
            "arn:aws:proton:eu-west-1:222233334444:environment-account-connection/00000000-0000-7000-8000-000000000001"
        );
    }
}
