//! The journal: what a function tells of its work, for operators.

use std::time::Duration;

use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::{Deployment, DeploymentKind};
use protium_domain::identifier::Identifier;
use protium_domain::trace::TraceId;

use crate::origin::Origin;
use crate::reconcile::SweepReport;

/// Takes down what happened, as lines of the log that are metrics, too. Losing an entry loses nothing but the entry.
pub trait Journal: Send + Sync {
    /// Takes down `entry`, which happened in the course of `origin`.
    fn write(&self, origin: &Origin, entry: Entry);
}

/// What happened. Nothing in it is sensitive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A request was answered; the origin has the call.
    Answered {
        /// From the event to the answer.
        duration: Duration,
        /// What the answer is, when it is an error.
        fault: Option<Fault>,
    },
    /// A function did what an event asked for.
    Invoked {
        /// The ARN of what the event is about, where it is known.
        resource: Option<String>,
        /// From the event to the answer.
        duration: Duration,
        /// Why it failed, when it did.
        fault: Option<Fault>,
    },
    /// An intent was carried out.
    Relayed {
        /// The intent.
        intent: Identifier,
        /// The trace of its commit.
        trace: Option<TraceId>,
        /// The executions that it started, by name.
        executions: Vec<String>,
        /// From the commit until now.
        lag: Duration,
    },
    /// A deployment came to its end.
    Deployed(Deployed),
    /// The reconciler looked through what was left behind.
    Swept(SweepReport),
}

/// The end of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// Its id.
    pub id: Identifier,
    /// The trace of the request that it began with.
    pub trace: Option<TraceId>,
    /// The ARN of its target.
    pub resource: String,
    /// Its target's type: `DeploymentTargetResourceType` of the wire.
    pub resource_type: &'static str,
    /// What it did.
    pub kind: DeploymentKind,
    /// How it ended.
    pub status: DeploymentStatus,
    /// From its acceptance to its end.
    pub duration: Duration,
}

impl Deployed {
    /// What there is to tell of `deployment`, whose target has the ARN `resource`; nothing while it is open.
    #[must_use]
    pub fn of(deployment: &Deployment, resource: String) -> Option<Self> {
        Some(Self {
            id: deployment.id.clone(),
            trace: deployment.trace,
            resource,
            resource_type: deployment.target.resource_type(),
            kind: deployment.kind,
            status: deployment.status(),
            duration: deployment.completed_at?.since(deployment.created_at),
        })
    }
}

/// Why something failed. It never has the text of a refusal, which may quote what people wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its class: the error's name on the wire, or as Step Functions knows it.
    pub class: &'static str,
    /// For operators, of a fault of ours: what failed, down to the first cause.
    pub causes: Option<String>,
}
