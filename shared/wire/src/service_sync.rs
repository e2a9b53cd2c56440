//! Service sync configurations, their status and blockers (behaviour 8.3).

use crate::{
    common::{RepositoryProvider, ResourceSyncAttempt, Revision},
    macros::{enums, lists, structures},
    values::{GitBranchName, OpsFilePath, RepositoryName, ResourceName, String, Timestamp},
};

structures! {
    /// Request of [`CreateServiceSyncConfig`](crate::Operation::CreateServiceSyncConfig).
    CreateServiceSyncConfigInput {
        branch: GitBranchName (required),
        file_path: OpsFilePath (required),
        repository_name: RepositoryName (required),
        repository_provider: RepositoryProvider (required),
        service_name: ResourceName (required),
    }

    /// Answer of [`CreateServiceSyncConfig`](crate::Operation::CreateServiceSyncConfig).
    CreateServiceSyncConfigOutput {
        service_sync_config: ServiceSyncConfig,
    }

    /// Request of [`DeleteServiceSyncConfig`](crate::Operation::DeleteServiceSyncConfig).
    DeleteServiceSyncConfigInput {
        service_name: ResourceName (required),
    }

    /// Answer of [`DeleteServiceSyncConfig`](crate::Operation::DeleteServiceSyncConfig).
    DeleteServiceSyncConfigOutput {
        service_sync_config: ServiceSyncConfig,
    }

    /// Request of [`GetServiceInstanceSyncStatus`](crate::Operation::GetServiceInstanceSyncStatus).
    GetServiceInstanceSyncStatusInput {
        service_instance_name: ResourceName (required),
        service_name: ResourceName (required),
    }

    /// Answer of [`GetServiceInstanceSyncStatus`](crate::Operation::GetServiceInstanceSyncStatus).
    GetServiceInstanceSyncStatusOutput {
        desired_state: Revision,
        latest_successful_sync: ResourceSyncAttempt,
        latest_sync: ResourceSyncAttempt,
    }

    /// Request of [`GetServiceSyncBlockerSummary`](crate::Operation::GetServiceSyncBlockerSummary).
    GetServiceSyncBlockerSummaryInput {
        service_instance_name: ResourceName,
        service_name: ResourceName (required),
    }

    /// Answer of [`GetServiceSyncBlockerSummary`](crate::Operation::GetServiceSyncBlockerSummary).
    GetServiceSyncBlockerSummaryOutput {
        service_sync_blocker_summary: ServiceSyncBlockerSummary,
    }

    /// Request of [`GetServiceSyncConfig`](crate::Operation::GetServiceSyncConfig).
    GetServiceSyncConfigInput {
        service_name: ResourceName (required),
    }

    /// Answer of [`GetServiceSyncConfig`](crate::Operation::GetServiceSyncConfig).
    GetServiceSyncConfigOutput {
        service_sync_config: ServiceSyncConfig,
    }

    /// Request of [`UpdateServiceSyncBlocker`](crate::Operation::UpdateServiceSyncBlocker).
    UpdateServiceSyncBlockerInput {
        id: String (required),
        resolved_reason: String (required),
    }

    /// Answer of [`UpdateServiceSyncBlocker`](crate::Operation::UpdateServiceSyncBlocker).
    UpdateServiceSyncBlockerOutput {
        service_instance_name: ResourceName,
        service_name: ResourceName (required),
        service_sync_blocker: SyncBlocker (required),
    }

    /// Request of [`UpdateServiceSyncConfig`](crate::Operation::UpdateServiceSyncConfig).
    UpdateServiceSyncConfigInput {
        branch: GitBranchName (required),
        file_path: OpsFilePath (required),
        repository_name: RepositoryName (required),
        repository_provider: RepositoryProvider (required),
        service_name: ResourceName (required),
    }

    /// Answer of [`UpdateServiceSyncConfig`](crate::Operation::UpdateServiceSyncConfig).
    UpdateServiceSyncConfigOutput {
        service_sync_config: ServiceSyncConfig,
    }

    /// Where a service's specification is read from.
    ServiceSyncConfig {
        branch: GitBranchName (required),
        file_path: OpsFilePath (required),
        repository_name: RepositoryName (required),
        repository_provider: RepositoryProvider (required),
        service_name: ResourceName (required),
    }

    /// What blocks the synchronisation of a service or of one instance.
    ServiceSyncBlockerSummary {
        latest_blockers: LatestSyncBlockers,
        service_instance_name: String,
        service_name: String (required),
    }

    /// A reason why nothing is synchronised until somebody resolves it.
    SyncBlocker {
        contexts: SyncBlockerContexts,
        created_at: Timestamp (required),
        created_reason: String (required),
        id: String (required),
        resolved_at: Timestamp,
        resolved_reason: String,
        status: BlockerStatus (required),
        r#type: BlockerType (required),
    }

    /// A fact about a blocker.
    SyncBlockerContext {
        key: String (required),
        value: String (required),
    }
}

lists! {
    /// The latest blockers.
    LatestSyncBlockers of SyncBlocker;

    /// The facts about a blocker.
    SyncBlockerContexts of SyncBlockerContext;
}

enums! {
    /// Whether a blocker still blocks.
    BlockerStatus {
        Active = "ACTIVE",
        Resolved = "RESOLVED",
    }

    /// Who set a blocker.
    BlockerType {
        Automated = "AUTOMATED",
    }
}
