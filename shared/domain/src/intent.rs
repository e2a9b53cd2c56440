//! Intents: what has to happen outside the table because of a commit (design 2.5, the outbox).
//!
//! An intent is written in the transaction that changes the status. The table's stream hands it on; whoever carries
//! it out deletes it afterwards. One that stays is found by the reconciler. So no event and no workflow is lost when a
//! process dies between two calls, and a workflow's name keeps it from running twice.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::event::StatusEvent;
use crate::fleet::TaskToken;
use crate::identifier::Identifier;
use crate::name::ResourceName;
use crate::repository::RepositoryId;
use crate::template::TemplateKind;
use crate::template_version::BundleSource;
use crate::time::Timestamp;
use crate::trace::Trace;

/// The resource whose order of events an intent belongs to. Its intents lie in the table beside it, so that the
/// table's stream, which keeps the order within a partition key, hands them on in the order of their commits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Partition {
    /// A template and its versions.
    Template(TemplateKind, ResourceName),
    /// An environment and its deployments.
    Environment(ResourceName),
    /// A service, its instances and their deployments.
    Service(ResourceName),
    /// A component and its deployments.
    Component(ResourceName),
    /// A link to a repository.
    Repository(RepositoryId),
    /// An environment account connection.
    AccountConnection(Identifier),
    /// The settings of the account.
    AccountSettings,
    /// An upload that belongs to no template.
    Upload(BundleSource),
    /// The policies of who may do what.
    Policies,
    /// A fleet update.
    FleetUpdate(Identifier),
}

/// A state machine of `statemachines/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Workflow {
    /// Validates and registers one template version.
    Publish,
    /// Carries out one deployment.
    Provision,
    /// Carries out one operation of a service.
    Service,
    /// Carries out one fleet update.
    Fleet,
}

impl Workflow {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Publish, Self::Provision, Self::Service, Self::Fleet];
}

/// A workflow to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowStart {
    /// Which one.
    pub workflow: Workflow,
    /// The execution's name, unique per attempt: a name that exists already means it was started.
    pub name: String,
    /// The execution's input: ids only.
    pub input: Value,
}

/// One commit's effects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Intent {
    /// Its id; sorts by time.
    pub id: Identifier,
    /// The resource whose order of events it belongs to.
    pub partition: Partition,
    /// When it was committed.
    pub created_at: Timestamp,
    /// The trace that its commit is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace>,
    /// Events to publish, in order.
    pub events: Vec<StatusEvent>,
    /// Workflows to start, after the events.
    pub workflows: Vec<WorkflowStart>,
    /// Stacks, by name, whose waiting deployments shall look now: what they have to do has changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wakes: Vec<String>,
    /// Tasks of fleet updates that wait for a deployment which has ended: they are resumed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resumes: Vec<TaskToken>,
}
