//! Shapes that several families share.

use crate::{
    macros::{enums, lists, structures, unions},
    values::{
        GitBranchName, OutputKey, OutputValueString, ProvisionedResourceIdentifier, ProvisionedResourceName,
        RepositoryArn, RepositoryName, S3Bucket, S3Key, SHA, String, TagKey, TagValue, Timestamp,
    },
};

structures! {
    /// A tag (behaviour 11).
    Tag {
        key: TagKey (required),
        value: TagValue (required),
    }

    /// An object in a bucket.
    S3ObjectSource {
        bucket: S3Bucket (required),
        key: S3Key (required),
    }

    /// An output of deployed infrastructure.
    Output sensitive {
        key: OutputKey,
        value_string: OutputValueString,
    }

    /// Something that was provisioned for a resource.
    ProvisionedResource {
        identifier: ProvisionedResourceIdentifier,
        name: ProvisionedResourceName,
        provisioning_engine: ProvisionedResourceEngine,
    }

    /// A branch of a linked repository.
    RepositoryBranch {
        arn: RepositoryArn (required),
        branch: GitBranchName (required),
        name: RepositoryName (required),
        provider: RepositoryProvider (required),
    }

    /// The same in a request.
    RepositoryBranchInput {
        branch: GitBranchName (required),
        name: RepositoryName (required),
        provider: RepositoryProvider (required),
    }

    /// A commit of a branch.
    Revision {
        branch: GitBranchName (required),
        directory: String (required),
        repository_name: RepositoryName (required),
        repository_provider: RepositoryProvider (required),
        sha: SHA (required),
    }

    /// One run that brings a resource to a revision.
    ResourceSyncAttempt {
        events: ResourceSyncEvents (required),
        initial_revision: Revision (required),
        started_at: Timestamp (required),
        status: ResourceSyncStatus (required),
        target: String (required),
        target_revision: Revision (required),
    }

    /// Something that happened in such a run.
    ResourceSyncEvent {
        event: String (required),
        external_id: String,
        time: Timestamp (required),
        r#type: String (required),
    }
}

unions! {
    /// Where the bundle of a new template version lies.
    TemplateVersionSourceInput {
        S3(s3: S3ObjectSource),
    }
}

lists! {
    /// Tags.
    TagList of Tag (0, 50);

    /// The outputs of a resource.
    OutputsList of Output;

    /// All that was provisioned for a resource.
    ProvisionedResourceList of ProvisionedResource;

    /// What happened in such a run, in order.
    ResourceSyncEvents of ResourceSyncEvent;
}

enums! {
    /// Where the deployment of a resource stands (behaviour 3.2).
    DeploymentStatus {
        InProgress = "IN_PROGRESS",
        Failed = "FAILED",
        Succeeded = "SUCCEEDED",
        DeleteInProgress = "DELETE_IN_PROGRESS",
        DeleteFailed = "DELETE_FAILED",
        DeleteComplete = "DELETE_COMPLETE",
        Cancelling = "CANCELLING",
        Cancelled = "CANCELLED",
    }

    /// What an update deploys (behaviour 2.9).
    DeploymentUpdateType {
        None = "NONE",
        CurrentVersion = "CURRENT_VERSION",
        MinorVersion = "MINOR_VERSION",
        MajorVersion = "MAJOR_VERSION",
    }

    /// Where a template version stands (behaviour 3.1).
    TemplateVersionStatus {
        RegistrationInProgress = "REGISTRATION_IN_PROGRESS",
        RegistrationFailed = "REGISTRATION_FAILED",
        Draft = "DRAFT",
        Published = "PUBLISHED",
    }

    /// Says that the customer provisions, so the template carries no infrastructure code.
    Provisioning {
        CustomerManaged = "CUSTOMER_MANAGED",
    }

    /// What provisioned it.
    ProvisionedResourceEngine {
        Cloudformation = "CLOUDFORMATION",
        Terraform = "TERRAFORM",
    }

    /// Who hosts a repository.
    RepositoryProvider {
        Github = "GITHUB",
        GithubEnterprise = "GITHUB_ENTERPRISE",
        Bitbucket = "BITBUCKET",
    }

    /// Where such a run stands (behaviour 3.4).
    ResourceSyncStatus {
        Initiated = "INITIATED",
        InProgress = "IN_PROGRESS",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
    }
}
