//! What is synchronised from repositories: configurations and blockers (behaviour 8.2, 8.3, 3.4).
//!
//! A template's bundles and a service's spec are configured alike: a branch of a linked repository and a path in it. So
//! both are one kind of record, told apart by their subject.

use serde::{Deserialize, Serialize};

use crate::identifier::Identifier;
use crate::name::ResourceName;
use crate::repository::RepositoryId;
use crate::revision::Revision;
use crate::template::TemplateKind;
use crate::time::Timestamp;
use crate::transition::IllegalTransition;

/// What a configuration synchronises.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SyncSubject {
    /// The versions of a template.
    Template(TemplateKind, ResourceName),
    /// The instances of a service.
    Service(ResourceName),
}

impl SyncSubject {
    /// The name of the template or service.
    #[must_use]
    pub const fn name(&self) -> &ResourceName {
        match self {
            Self::Template(_, name) | Self::Service(name) => name,
        }
    }
}

/// Where something is synchronised from; one per subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncConfig {
    /// What is synchronised.
    pub subject: SyncSubject,
    /// The linked repository.
    pub repository: RepositoryId,
    /// Its branch.
    pub branch: String,
    /// Templates: the folder to look in, absent for the root. Services: the file that names specs and branches.
    pub path: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a request last changed it.
    pub last_modified_at: Timestamp,
    /// Counts commits.
    pub revision: Revision,
}

/// Whether a blocker still blocks: `BlockerStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BlockerStatus {
    /// Nothing is synchronised.
    Active,
    /// Somebody has resolved it; final.
    Resolved,
}

impl BlockerStatus {
    /// As the wire writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Resolved => "RESOLVED",
        }
    }
}

/// Keeps a service, or one of its instances, from being synchronised after somebody changed it by hand (behaviour 8.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncBlocker {
    /// Its id.
    pub id: Identifier,
    /// The service.
    pub service: ResourceName,
    /// The instance; absent when it blocks the whole service.
    pub instance: Option<ResourceName>,
    /// Why it was set, for people.
    pub created_reason: String,
    /// Facts about it, key and value.
    pub contexts: Vec<(String, String)>,
    /// When it was set.
    pub created_at: Timestamp,
    /// When it was resolved.
    pub resolved_at: Option<Timestamp>,
    /// Why it was resolved, for people.
    pub resolved_reason: Option<String>,
    /// Counts commits.
    pub revision: Revision,
    status: BlockerStatus,
}

/// What a new blocker is made from.
#[derive(Debug, Clone)]
pub struct NewSyncBlocker {
    /// Its id.
    pub id: Identifier,
    /// The service.
    pub service: ResourceName,
    /// The instance; absent to block the whole service.
    pub instance: Option<ResourceName>,
    /// Why, for people.
    pub reason: String,
    /// Facts about it.
    pub contexts: Vec<(String, String)>,
}

impl SyncBlocker {
    /// A blocker that blocks from now on.
    #[must_use]
    pub fn new(new: NewSyncBlocker, now: Timestamp) -> Self {
        Self {
            id: new.id,
            service: new.service,
            instance: new.instance,
            created_reason: new.reason,
            contexts: new.contexts,
            created_at: now,
            resolved_at: None,
            resolved_reason: None,
            revision: Revision::first(now),
            status: BlockerStatus::Active,
        }
    }

    /// Whether it still blocks.
    #[must_use]
    pub const fn status(&self) -> BlockerStatus {
        self.status
    }

    /// Lets synchronisation go on.
    ///
    /// # Errors
    /// [`IllegalTransition`] when it is resolved already.
    pub fn resolve(&mut self, reason: String, now: Timestamp) -> Result<(), IllegalTransition> {
        if self.status == BlockerStatus::Resolved {
            return Err(IllegalTransition::new("the sync blocker", self.status.as_str(), "be resolved"));
        }
        self.status = BlockerStatus::Resolved;
        self.resolved_at = Some(now);
        self.resolved_reason = Some(reason);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocker_is_resolved_once() {
        let new = NewSyncBlocker {
            id: Identifier::new("00000000-0000-7000-8000-000000000001").expect("valid"),
            service: ResourceName::new("shop").expect("valid"),
            instance: None,
            reason: "changed by hand".to_owned(),
            contexts: Vec::new(),
        };
        let mut blocker = SyncBlocker::new(new, Timestamp::from_millis(1));
        assert_eq!((blocker.status(), blocker.resolved_at), (BlockerStatus::Active, None));
        blocker.resolve("done".to_owned(), Timestamp::from_millis(2)).expect("it is active");
        assert_eq!(blocker.status(), BlockerStatus::Resolved);
        assert!(blocker.resolve("again".to_owned(), Timestamp::from_millis(3)).is_err());
        assert_eq!(blocker.resolved_reason.as_deref(), Some("done"));
    }
}
