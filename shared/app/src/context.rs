//! What a use case works with.

use std::sync::Arc;

use protium_domain::arn::Location;
use protium_domain::fleet::Retention;
use protium_domain::provisioning::RoleAllowList;
use protium_domain::quota::Quotas;
use protium_domain::time::Timestamp;
use protium_domain::trace::TraceId;

use crate::origin::Origin;
use crate::ports::{
    Alarms, Artifacts, BundleSources, Clock, CloudFormation, EventBus, Executions, Ids, Journal,
    JournalEntry, Store, TaskTokens,
};

/// What an installation is configured with.
#[derive(Debug, Clone)]
pub struct Installation {
    /// Partition, region and account: what ARNs are made of.
    pub location: Location,
    /// The name of the role through which environment accounts call, each in a session named after itself; absent where
    /// no other account may.
    pub environment_account_role: Option<String>,
    /// How much of everything there may be.
    pub quotas: Quotas,
    /// For how long fleet updates are kept that are asked for from now on.
    pub fleet_retention: Retention,
    /// Roles that may be named for provisioning.
    pub provisioning_roles: RoleAllowList,
    /// The principal that customers' roles trust.
    pub provisioning_principal_arn: String,
    /// The ExternalId that customers' roles ask for.
    pub external_id: String,
    /// The bucket that bundles are uploaded to.
    pub upload_bucket: String,
    /// Other buckets that bundles may come from, as bucket ARNs.
    pub source_bucket_arns: Vec<String>,
}

/// The application: the installation and its ports. A Lambda wires the ports that its use cases need; those that it
/// doesn't need are wired to fail with a clear message, and cost nothing to construct.
#[derive(Clone)]
#[expect(missing_docs, reason = "each field is the port of its name")]
pub struct App {
    pub installation: Arc<Installation>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub store: Arc<dyn Store>,
    pub artifacts: Arc<dyn Artifacts>,
    pub sources: Arc<dyn BundleSources>,
    pub cloudformation: Arc<dyn CloudFormation>,
    pub executions: Arc<dyn Executions>,
    pub task_tokens: Arc<dyn TaskTokens>,
    pub events: Arc<dyn EventBus>,
    pub journal: Arc<dyn Journal>,
    /// Where the work of this invocation comes from.
    pub origin: Arc<Origin>,
    pub alarms: Arc<dyn Alarms>,
}

impl App {
    /// The same, at work because of `origin`.
    #[must_use]
    pub fn because_of(&self, origin: Origin) -> Self {
        Self { origin: Arc::new(origin), ..self.clone() }
    }

    /// The same, at work as part of `trace`; of the trace that it is part of, where there is none.
    #[must_use]
    pub fn part_of(&self, trace: Option<TraceId>) -> Self {
        match (trace, self.origin.trace) {
            (Some(id), before) if before.is_none_or(|before| before.id != id) => {
                self.because_of(Origin { trace: Some(id.into()), ..(*self.origin).clone() })
            }
            _ => self.clone(),
        }
    }

    /// Takes down what happened.
    pub fn tell(&self, entry: JournalEntry) {
        self.journal.write(&self.origin, entry);
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What ARNs are made of.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.installation.location
    }
}
