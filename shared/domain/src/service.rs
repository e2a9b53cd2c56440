//! Services: what developers deploy, as instances in environments (behaviour 2.4, 3.3).

mod operation;
mod status;

use serde::{Deserialize, Serialize};

use crate::digest::Creation;
use crate::document::Document;
use crate::fleet::UpdatePolicy;
use crate::name::ResourceName;
use crate::revision::Revision;
use crate::tag::Tags;
use crate::tally::Counted;
use crate::time::Timestamp;
use crate::transition::{IllegalTransition, Transition};
use crate::version::VersionNumber;

pub use self::operation::{ServiceOperation, ServicePhase, ServiceTarget};
pub use self::status::{ServiceStatus, ServiceTrigger};

/// The repository that a service hands to its pipeline template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRepository {
    /// ARN of the code connection.
    pub connection_arn: String,
    /// `owner/repo`.
    pub id: String,
    /// The branch.
    pub branch: String,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// Its name.
    pub name: ResourceName,
    /// For people.
    pub description: Option<String>,
    /// Its template.
    pub template: ResourceName,
    /// The spec, verbatim: its instances and pipeline.
    pub spec: Document,
    /// The template version that its creation, or the last update of its spec, deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<VersionNumber>,
    /// The repository, where the template has a pipeline.
    pub repository: Option<ServiceRepository>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a request last changed it.
    pub last_modified_at: Timestamp,
    /// For name idempotency.
    pub creation: Creation,
    /// The operation in progress.
    pub operation: Option<ServiceOperation>,
    /// The customer's tags.
    pub tags: Tags,
    /// Counts commits.
    pub revision: Revision,
    /// What to do about newer versions of the template, where it was set by API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_policy: Option<UpdatePolicy>,
    /// Where it is counted.
    #[serde(default, skip_serializing_if = "Counted::is_absent")]
    pub counted: Counted,
    status: ServiceStatus,
    status_message: Option<String>,
}

/// A change of [`ServiceStatus`].
pub type ServiceTransition = Transition<ServiceStatus>;

/// What a new service is made from.
#[derive(Debug, Clone)]
pub struct NewService {
    /// Its name.
    pub name: ResourceName,
    /// For people.
    pub description: Option<String>,
    /// Its template.
    pub template: ResourceName,
    /// The spec, verbatim.
    pub spec: Document,
    /// The repository.
    pub repository: Option<ServiceRepository>,
    /// The customer's tags.
    pub tags: Tags,
    /// The request.
    pub creation: Creation,
}

impl Service {
    /// A new service whose creation is accepted.
    #[must_use]
    pub fn new(
        new: NewService,
        operation: ServiceOperation,
        now: Timestamp,
    ) -> (Self, Transition<ServiceStatus>) {
        let status = ServiceStatus::CreateInProgress;
        let service = Self {
            name: new.name,
            description: new.description,
            template: new.template,
            spec: new.spec,
            version: operation.target.as_ref().and_then(|target| target.version),
            repository: new.repository,
            created_at: now,
            last_modified_at: now,
            creation: new.creation,
            operation: Some(operation),
            tags: new.tags,
            revision: Revision::first(now),
            update_policy: None,
            counted: Counted::default(),
            status,
            status_message: None,
        };
        (service, Transition { from: None, to: status })
    }

    /// A service whose parts exist already and are adopted one by one: `ACTIVE` at once.
    #[must_use]
    pub fn adopted(new: NewService, now: Timestamp) -> (Self, ServiceTransition) {
        let status = ServiceStatus::Active;
        let service = Self {
            name: new.name,
            description: new.description,
            template: new.template,
            spec: new.spec,
            version: None,
            repository: new.repository,
            created_at: now,
            last_modified_at: now,
            creation: new.creation,
            operation: None,
            tags: new.tags,
            update_policy: None,
            counted: Counted::default(),
            revision: Revision::first(now),
            status,
            status_message: None,
        };
        (service, Transition { from: None, to: status })
    }

    /// Its status.
    #[must_use]
    pub const fn status(&self) -> ServiceStatus {
        self.status
    }

    /// Why its last operation failed, for people.
    #[must_use]
    pub fn status_message(&self) -> Option<&str> {
        self.status_message.as_deref()
    }

    /// Accepts an operation (`trigger` is Update or Delete), or moves on to the clean-up of a failed one (CleanUp).
    ///
    /// # Errors
    /// [`IllegalTransition`] when the lifecycle doesn't have it.
    pub fn begin(
        &mut self,
        trigger: ServiceTrigger,
        operation: ServiceOperation,
        message: Option<String>,
        now: Timestamp,
    ) -> Result<Transition<ServiceStatus>, IllegalTransition> {
        let transition = self.transition(trigger, message, now)?;
        self.operation = Some(operation);
        Ok(transition)
    }

    /// Ends the operation.
    ///
    /// # Errors
    /// [`IllegalTransition`] when the lifecycle doesn't have it.
    pub fn end(
        &mut self,
        trigger: ServiceTrigger,
        message: Option<String>,
        now: Timestamp,
    ) -> Result<Transition<ServiceStatus>, IllegalTransition> {
        let transition = self.transition(trigger, message, now)?;
        self.operation = None;
        Ok(transition)
    }

    fn transition(
        &mut self,
        trigger: ServiceTrigger,
        message: Option<String>,
        now: Timestamp,
    ) -> Result<Transition<ServiceStatus>, IllegalTransition> {
        let from = self.status;
        self.status = from.on(trigger)?;
        self.status_message = message;
        self.last_modified_at = now;
        Ok(Transition { from: Some(from), to: self.status })
    }
}
