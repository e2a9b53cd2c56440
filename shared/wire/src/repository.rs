//! Repository links and what is synchronised from them (behaviour 8.1).

use crate::{
    common::{RepositoryProvider, TagList},
    macros::{enums, lists, structures},
    values::{
        Arn, EmptyNextToken, GitBranchName, MaxPageResults, NextToken, RepositoryArn, RepositoryName, String,
        Timestamp,
    },
};

structures! {
    /// Request of [`CreateRepository`](crate::Operation::CreateRepository).
    CreateRepositoryInput {
        connection_arn: Arn (required),
        encryption_key: Arn,
        name: RepositoryName (required),
        provider: RepositoryProvider (required),
        tags: TagList,
    }

    /// Answer of [`CreateRepository`](crate::Operation::CreateRepository).
    CreateRepositoryOutput {
        repository: Repository (required),
    }

    /// Request of [`DeleteRepository`](crate::Operation::DeleteRepository).
    DeleteRepositoryInput {
        name: RepositoryName (required),
        provider: RepositoryProvider (required),
    }

    /// Answer of [`DeleteRepository`](crate::Operation::DeleteRepository).
    DeleteRepositoryOutput {
        repository: Repository,
    }

    /// Request of [`GetRepository`](crate::Operation::GetRepository).
    GetRepositoryInput {
        name: RepositoryName (required),
        provider: RepositoryProvider (required),
    }

    /// Answer of [`GetRepository`](crate::Operation::GetRepository).
    GetRepositoryOutput {
        repository: Repository (required),
    }

    /// Request of [`GetRepositorySyncStatus`](crate::Operation::GetRepositorySyncStatus).
    GetRepositorySyncStatusInput {
        branch: GitBranchName (required),
        repository_name: RepositoryName (required),
        repository_provider: RepositoryProvider (required),
        sync_type: SyncType (required),
    }

    /// Answer of [`GetRepositorySyncStatus`](crate::Operation::GetRepositorySyncStatus).
    GetRepositorySyncStatusOutput {
        latest_sync: RepositorySyncAttempt,
    }

    /// Request of [`ListRepositories`](crate::Operation::ListRepositories).
    ListRepositoriesInput {
        max_results: MaxPageResults,
        next_token: NextToken,
    }

    /// Answer of [`ListRepositories`](crate::Operation::ListRepositories).
    ListRepositoriesOutput {
        next_token: NextToken,
        repositories: RepositorySummaryList (required),
    }

    /// Request of [`ListRepositorySyncDefinitions`](crate::Operation::ListRepositorySyncDefinitions).
    ListRepositorySyncDefinitionsInput {
        next_token: EmptyNextToken,
        repository_name: RepositoryName (required),
        repository_provider: RepositoryProvider (required),
        sync_type: SyncType (required),
    }

    /// Answer of [`ListRepositorySyncDefinitions`](crate::Operation::ListRepositorySyncDefinitions).
    ListRepositorySyncDefinitionsOutput {
        next_token: EmptyNextToken,
        sync_definitions: RepositorySyncDefinitionList (required),
    }

    /// A link to a repository.
    Repository {
        arn: RepositoryArn (required),
        connection_arn: Arn (required),
        encryption_key: Arn,
        name: RepositoryName (required),
        provider: RepositoryProvider (required),
    }

    /// A link as lists show it.
    RepositorySummary {
        arn: RepositoryArn (required),
        connection_arn: Arn (required),
        name: RepositoryName (required),
        provider: RepositoryProvider (required),
    }

    /// One thing that is synchronised from a repository.
    RepositorySyncDefinition {
        branch: GitBranchName (required),
        directory: String (required),
        parent: String (required),
        target: String (required),
    }

    /// One run over a branch.
    RepositorySyncAttempt {
        events: RepositorySyncEvents (required),
        started_at: Timestamp (required),
        status: RepositorySyncStatus (required),
    }

    /// Something that happened in a run over a branch.
    RepositorySyncEvent {
        event: String (required),
        external_id: String,
        time: Timestamp (required),
        r#type: String (required),
    }
}

lists! {
    /// Links by name.
    RepositorySummaryList of RepositorySummary;

    /// All that is synchronised from a repository.
    RepositorySyncDefinitionList of RepositorySyncDefinition;

    /// What happened in a run over a branch, in order.
    RepositorySyncEvents of RepositorySyncEvent;
}

enums! {
    /// Where a run over a branch stands (behaviour 3.4).
    RepositorySyncStatus {
        Initiated = "INITIATED",
        InProgress = "IN_PROGRESS",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
        Queued = "QUEUED",
    }

    /// What a branch is read for.
    SyncType {
        TemplateSync = "TEMPLATE_SYNC",
        ServiceSync = "SERVICE_SYNC",
    }
}
