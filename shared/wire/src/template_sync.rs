//! Template sync configurations (behaviour 8.2).

use crate::{
    common::{RepositoryProvider, ResourceSyncAttempt, Revision},
    macros::{enums, structures},
    values::{GitBranchName, RepositoryName, ResourceName, Subdirectory, TemplateVersionPart},
};

structures! {
    /// Request of [`CreateTemplateSyncConfig`](crate::Operation::CreateTemplateSyncConfig).
    CreateTemplateSyncConfigInput {
        branch: GitBranchName (required),
        repository_name: RepositoryName (required),
        repository_provider: RepositoryProvider (required),
        subdirectory: Subdirectory,
        template_name: ResourceName (required),
        template_type: TemplateType (required),
    }

    /// Answer of [`CreateTemplateSyncConfig`](crate::Operation::CreateTemplateSyncConfig).
    CreateTemplateSyncConfigOutput {
        template_sync_config: TemplateSyncConfig,
    }

    /// Request of [`DeleteTemplateSyncConfig`](crate::Operation::DeleteTemplateSyncConfig).
    DeleteTemplateSyncConfigInput {
        template_name: ResourceName (required),
        template_type: TemplateType (required),
    }

    /// Answer of [`DeleteTemplateSyncConfig`](crate::Operation::DeleteTemplateSyncConfig).
    DeleteTemplateSyncConfigOutput {
        template_sync_config: TemplateSyncConfig,
    }

    /// Request of [`GetTemplateSyncConfig`](crate::Operation::GetTemplateSyncConfig).
    GetTemplateSyncConfigInput {
        template_name: ResourceName (required),
        template_type: TemplateType (required),
    }

    /// Answer of [`GetTemplateSyncConfig`](crate::Operation::GetTemplateSyncConfig).
    GetTemplateSyncConfigOutput {
        template_sync_config: TemplateSyncConfig,
    }

    /// Request of [`GetTemplateSyncStatus`](crate::Operation::GetTemplateSyncStatus).
    GetTemplateSyncStatusInput {
        template_name: ResourceName (required),
        template_type: TemplateType (required),
        template_version: TemplateVersionPart (required),
    }

    /// Answer of [`GetTemplateSyncStatus`](crate::Operation::GetTemplateSyncStatus).
    GetTemplateSyncStatusOutput {
        desired_state: Revision,
        latest_successful_sync: ResourceSyncAttempt,
        latest_sync: ResourceSyncAttempt,
    }

    /// Request of [`UpdateTemplateSyncConfig`](crate::Operation::UpdateTemplateSyncConfig).
    UpdateTemplateSyncConfigInput {
        branch: GitBranchName (required),
        repository_name: RepositoryName (required),
        repository_provider: RepositoryProvider (required),
        subdirectory: Subdirectory,
        template_name: ResourceName (required),
        template_type: TemplateType (required),
    }

    /// Answer of [`UpdateTemplateSyncConfig`](crate::Operation::UpdateTemplateSyncConfig).
    UpdateTemplateSyncConfigOutput {
        template_sync_config: TemplateSyncConfig,
    }

    /// Where a template's bundles are read from.
    TemplateSyncConfig {
        branch: GitBranchName (required),
        repository_name: RepositoryName (required),
        repository_provider: RepositoryProvider (required),
        subdirectory: Subdirectory,
        template_name: ResourceName (required),
        template_type: TemplateType (required),
    }
}

enums! {
    /// The kind of a template.
    TemplateType {
        Environment = "ENVIRONMENT",
        Service = "SERVICE",
    }
}
