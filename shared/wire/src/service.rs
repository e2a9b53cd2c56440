//! Services (behaviour 2.4).

use crate::{
    common::TagList,
    macros::{enums, lists, structures},
    service_pipeline::ServicePipeline,
    values::{
        Arn, Description, GitBranchName, MaxPageResults, NextToken, RepositoryId, ResourceName, ServiceArn,
        SpecContents, StatusMessage, TemplateVersionPart, Timestamp,
    },
};

structures! {
    /// Request of [`CreateService`](crate::Operation::CreateService).
    CreateServiceInput {
        branch_name: GitBranchName,
        description: Description,
        name: ResourceName (required),
        repository_connection_arn: Arn,
        repository_id: RepositoryId,
        spec: SpecContents (required),
        tags: TagList,
        template_major_version: TemplateVersionPart (required),
        template_minor_version: TemplateVersionPart,
        template_name: ResourceName (required),
    }

    /// Answer of [`CreateService`](crate::Operation::CreateService).
    CreateServiceOutput {
        service: Service (required),
    }

    /// Request of [`DeleteService`](crate::Operation::DeleteService).
    DeleteServiceInput {
        name: ResourceName (required),
    }

    /// Answer of [`DeleteService`](crate::Operation::DeleteService).
    DeleteServiceOutput {
        service: Service,
    }

    /// Request of [`GetService`](crate::Operation::GetService).
    GetServiceInput {
        name: ResourceName (required),
    }

    /// Answer of [`GetService`](crate::Operation::GetService).
    GetServiceOutput {
        service: Service,
    }

    /// Request of [`ListServices`](crate::Operation::ListServices).
    ListServicesInput {
        max_results: MaxPageResults,
        next_token: NextToken,
    }

    /// Answer of [`ListServices`](crate::Operation::ListServices).
    ListServicesOutput {
        next_token: NextToken,
        services: ServiceSummaryList (required),
    }

    /// Request of [`UpdateService`](crate::Operation::UpdateService).
    UpdateServiceInput {
        description: Description,
        name: ResourceName (required),
        spec: SpecContents,
    }

    /// Answer of [`UpdateService`](crate::Operation::UpdateService).
    UpdateServiceOutput {
        service: Service (required),
    }

    /// A service.
    Service {
        arn: ServiceArn (required),
        branch_name: GitBranchName,
        created_at: Timestamp (required),
        description: Description,
        last_modified_at: Timestamp (required),
        name: ResourceName (required),
        pipeline: ServicePipeline,
        repository_connection_arn: Arn,
        repository_id: RepositoryId,
        spec: SpecContents (required),
        status: ServiceStatus (required),
        status_message: StatusMessage,
        template_name: ResourceName (required),
    }

    /// A service as lists show it.
    ServiceSummary {
        arn: ServiceArn (required),
        created_at: Timestamp (required),
        description: Description,
        last_modified_at: Timestamp (required),
        name: ResourceName (required),
        status: ServiceStatus (required),
        status_message: StatusMessage,
        template_name: ResourceName (required),
    }
}

lists! {
    /// Services by name.
    ServiceSummaryList of ServiceSummary;
}

enums! {
    /// Where a service stands (behaviour 3.3).
    ServiceStatus {
        CreateInProgress = "CREATE_IN_PROGRESS",
        CreateFailedCleanupInProgress = "CREATE_FAILED_CLEANUP_IN_PROGRESS",
        CreateFailedCleanupComplete = "CREATE_FAILED_CLEANUP_COMPLETE",
        CreateFailedCleanupFailed = "CREATE_FAILED_CLEANUP_FAILED",
        CreateFailed = "CREATE_FAILED",
        Active = "ACTIVE",
        DeleteInProgress = "DELETE_IN_PROGRESS",
        DeleteFailed = "DELETE_FAILED",
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        UpdateFailedCleanupInProgress = "UPDATE_FAILED_CLEANUP_IN_PROGRESS",
        UpdateFailedCleanupComplete = "UPDATE_FAILED_CLEANUP_COMPLETE",
        UpdateFailedCleanupFailed = "UPDATE_FAILED_CLEANUP_FAILED",
        UpdateFailed = "UPDATE_FAILED",
        UpdateCompleteCleanupFailed = "UPDATE_COMPLETE_CLEANUP_FAILED",
    }
}
