//! Change sets: what CloudFormation would do to a stack, as it computes it itself.

use serde::{Deserialize, Serialize};

use super::StackRequest;

/// A change set to compute. It is never executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSetRequest {
    /// The stack with the template. Without tags, the stack's own stay as they are.
    pub stack: StackRequest,
    /// The change set's name: letters, digits and hyphens, at most 128.
    pub name: String,
    /// The stack doesn't exist: it is made for the change set, in REVIEW_IN_PROGRESS.
    pub creates: bool,
}

/// How far a change set is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeSetState {
    /// Being computed.
    Pending,
    /// Computed. Nothing changes when the list is empty.
    Ready(Vec<ResourceChange>),
    /// It could not be computed; CloudFormation's reason.
    Failed(String),
}

/// What would happen to one resource, in CloudFormation's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceChange {
    /// `Add`, `Modify`, `Remove`, `Import` or `Dynamic`.
    pub action: String,
    /// Its name in the template.
    pub logical_id: String,
    /// What it is now, where it exists.
    pub physical_id: Option<String>,
    /// Its type.
    pub resource_type: String,
    /// Of a modification: `True`, `False` or `Conditional`.
    pub replacement: Option<String>,
    /// Of a modification: which attributes change, such as `Properties` or `Tags`.
    pub scope: Vec<String>,
    /// Of a modification: the properties that change.
    pub details: Vec<ResourceChangeDetail>,
}

/// One property that would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceChangeDetail {
    /// `Properties`, `Tags`, `Metadata`, …
    pub attribute: String,
    /// The property's name, where the attribute is `Properties`.
    pub name: Option<String>,
    /// `Never`, `Conditionally` or `Always`.
    pub requires_recreation: Option<String>,
}

impl ResourceChange {
    /// Whether nothing but tags would change.
    #[must_use]
    pub fn is_of_tags_alone(&self) -> bool {
        self.action == "Modify" && !self.scope.is_empty() && self.scope.iter().all(|scope| scope == "Tags")
    }
}
