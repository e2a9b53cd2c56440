//! Account settings and the summary counts of an account in a region.

use crate::{
    common::{RepositoryBranch, RepositoryBranchInput},
    macros::structures,
    values::{Boolean, Integer, RoleArnOrEmptyString},
};

structures! {
    /// Request of [`GetAccountSettings`](crate::Operation::GetAccountSettings).
    GetAccountSettingsInput {}

    /// Answer of [`GetAccountSettings`](crate::Operation::GetAccountSettings).
    GetAccountSettingsOutput {
        account_settings: AccountSettings,
    }

    /// Request of [`GetResourcesSummary`](crate::Operation::GetResourcesSummary).
    GetResourcesSummaryInput {}

    /// Answer of [`GetResourcesSummary`](crate::Operation::GetResourcesSummary).
    GetResourcesSummaryOutput {
        counts: CountsSummary (required),
    }

    /// Request of [`UpdateAccountSettings`](crate::Operation::UpdateAccountSettings).
    UpdateAccountSettingsInput {
        delete_pipeline_provisioning_repository: Boolean,
        pipeline_codebuild_role_arn: RoleArnOrEmptyString,
        pipeline_provisioning_repository: RepositoryBranchInput,
        pipeline_service_role_arn: RoleArnOrEmptyString,
    }

    /// Answer of [`UpdateAccountSettings`](crate::Operation::UpdateAccountSettings).
    UpdateAccountSettingsOutput {
        account_settings: AccountSettings (required),
    }

    /// What pipelines of this account and region run with.
    AccountSettings {
        pipeline_codebuild_role_arn: RoleArnOrEmptyString,
        pipeline_provisioning_repository: RepositoryBranch,
        pipeline_service_role_arn: RoleArnOrEmptyString,
    }

    /// Counts by kind of resource.
    CountsSummary {
        components: ResourceCountsSummary,
        environment_templates: ResourceCountsSummary,
        environments: ResourceCountsSummary,
        pipelines: ResourceCountsSummary,
        service_instances: ResourceCountsSummary,
        service_templates: ResourceCountsSummary,
        services: ResourceCountsSummary,
    }

    /// How many resources of a kind there are, failed, up to date and behind.
    ResourceCountsSummary {
        behind_major: Integer,
        behind_minor: Integer,
        failed: Integer,
        total: Integer (required),
        up_to_date: Integer,
    }
}
