//! Settings of the account in one region: a single record per installation (behaviour 2.8).

use serde::{Deserialize, Serialize};

use crate::repository::RepositoryId;
use crate::revision::Revision;

/// What pipelines are provisioned with. All members are absent until somebody sets them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountSettings {
    /// Role for pipelines made by CloudFormation.
    pub pipeline_service_role_arn: Option<String>,
    /// Role for pipelines made by CodeBuild.
    pub pipeline_codebuild_role_arn: Option<String>,
    /// Repository for self-managed pipelines.
    pub pipeline_provisioning_repository: Option<RepositoryBranch>,
    /// Counts commits; absent before the first one.
    pub revision: Option<Revision>,
}

/// A branch of a linked repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryBranch {
    /// ARN of the repository link.
    pub arn: String,
    /// Provider and name.
    #[serde(flatten)]
    pub repository: RepositoryId,
    /// The branch.
    pub branch: String,
}
