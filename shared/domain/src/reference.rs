//! References: who uses what, as records that deletion guards read strongly consistent (design 2.5).

use serde::{Deserialize, Serialize};

use crate::name::ResourceName;
use crate::repository::RepositoryId;
use crate::sync::SyncSubject;
use crate::template::TemplateKind;
use crate::version::VersionNumber;

/// What is used.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Referent {
    /// A template version.
    TemplateVersion {
        /// Environment or service template.
        kind: TemplateKind,
        /// The template.
        name: ResourceName,
        /// The version.
        version: VersionNumber,
    },
    /// An environment.
    Environment {
        /// Its name.
        name: ResourceName,
    },
    /// A link to a repository.
    Repository {
        /// Provider and name.
        id: RepositoryId,
    },
}

/// Who uses it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Referrer {
    /// An environment.
    Environment {
        /// Its name.
        name: ResourceName,
    },
    /// A service instance.
    ServiceInstance {
        /// Its service.
        service: ResourceName,
        /// Its name.
        name: ResourceName,
    },
    /// A service, while an operation deploys new instances or its pipeline with a template version. One reference
    /// stands for all of them, so that the operation's commit stays within the size of a transaction; each of them
    /// writes its own when its deployment ends.
    Service {
        /// Its name.
        name: ResourceName,
    },
    /// The pipeline of a service.
    ServicePipeline {
        /// Its service.
        service: ResourceName,
    },
    /// A component.
    Component {
        /// Its name.
        name: ResourceName,
    },
    /// The account settings, whose pipelines are provisioned through the repository.
    AccountSettings,
    /// A sync configuration, which reads the repository.
    Sync {
        /// What it synchronises.
        subject: SyncSubject,
    },
}

/// `referrer` uses `referent`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reference {
    /// What is used.
    pub referent: Referent,
    /// Who uses it.
    pub referrer: Referrer,
}
