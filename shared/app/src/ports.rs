//! What use cases need from the outside, as narrow traits.
//!
//! `shared/store` and `shared/aws` implement them on AWS, `shared/testkit` in memory.

mod alarms;
mod change_set;
mod cloudformation;
mod executions;
mod inventory;
mod journal;
mod objects;
mod policies;
mod store;
mod time;

pub use alarms::Alarms;
pub use change_set::{ChangeSetRequest, ChangeSetState, ResourceChange, ResourceChangeDetail};
pub use cloudformation::{
    CloudFormation, CloudFormationError, ProvisionedResource, RoleAccess, StackChange, StackDescription,
    StackParameter, StackRequest, StackStatus, StackTemplate,
};
pub use executions::{EventBus, ExecutionState, Executions, TaskTokens};
pub use inventory::{Inventory, Marked, ObjectInventory, ObjectSummary};
pub use journal::{Deployed, Entry as JournalEntry, Fault, Journal};
pub use objects::{Artifacts, BundleSources, SourceObject};
pub use policies::{AcceptedPolicies, Policies, PolicyObject};
pub use store::{CommitError, Entity, Keep, Key, ListQuery, Record, Revisioned, Store, StoreExt, Write};
pub use time::{Clock, Ids};

use thiserror::Error;

/// A port could not do its work. But for a foreign page position and a quota, none of these is the caller's fault.
#[derive(Debug, Error)]
pub enum PortError {
    /// The service below refuses because of its rate limits, after retries.
    #[error("throttled: {0}")]
    Throttled(String),
    /// There would be more than the installation allows; the text is for the caller.
    #[error("{0}")]
    Quota(String),
    /// Something stored can't be read: of an unknown format, or broken.
    #[error("unreadable: {0}")]
    Unreadable(String),
    /// A page position that the list can't have written: the caller's token was made up or tampered with.
    #[error("the page position is not one of this list")]
    ForeignPosition,
    /// The service below failed or denied access to Protium itself.
    #[error("{operation} failed: {message}")]
    Failed {
        /// The call, such as `dynamodb:TransactWriteItems`.
        operation: &'static str,
        /// Its error, for operators.
        message: String,
    },
}
