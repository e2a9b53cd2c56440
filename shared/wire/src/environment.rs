//! Environments (behaviour 2.3).

use crate::{
    common::{
        DeploymentStatus, DeploymentUpdateType, OutputsList, ProvisionedResourceList, Provisioning,
        RepositoryBranch, RepositoryBranchInput, TagList,
    },
    macros::{lists, structures},
    values::{
        Arn, AwsAccountId, DeploymentId, Description, EmptyNextToken, EnvironmentAccountConnectionId,
        EnvironmentArn, MaxPageResults, NextToken, ResourceName, RoleArn, SpecContents, StatusMessage,
        TemplateVersionPart, Timestamp,
    },
};

structures! {
    /// Request of [`CancelEnvironmentDeployment`](crate::Operation::CancelEnvironmentDeployment).
    CancelEnvironmentDeploymentInput {
        environment_name: ResourceName (required),
    }

    /// Answer of [`CancelEnvironmentDeployment`](crate::Operation::CancelEnvironmentDeployment).
    CancelEnvironmentDeploymentOutput {
        environment: Environment (required),
    }

    /// Request of [`CreateEnvironment`](crate::Operation::CreateEnvironment).
    CreateEnvironmentInput {
        codebuild_role_arn: RoleArn,
        component_role_arn: RoleArn,
        description: Description,
        environment_account_connection_id: EnvironmentAccountConnectionId,
        name: ResourceName (required),
        proton_service_role_arn: Arn,
        provisioning_repository: RepositoryBranchInput,
        spec: SpecContents (required),
        tags: TagList,
        template_major_version: TemplateVersionPart (required),
        template_minor_version: TemplateVersionPart,
        template_name: ResourceName (required),
    }

    /// Answer of [`CreateEnvironment`](crate::Operation::CreateEnvironment).
    CreateEnvironmentOutput {
        environment: Environment (required),
    }

    /// Request of [`DeleteEnvironment`](crate::Operation::DeleteEnvironment).
    DeleteEnvironmentInput {
        name: ResourceName (required),
    }

    /// Answer of [`DeleteEnvironment`](crate::Operation::DeleteEnvironment).
    DeleteEnvironmentOutput {
        environment: Environment,
    }

    /// Request of [`GetEnvironment`](crate::Operation::GetEnvironment).
    GetEnvironmentInput {
        name: ResourceName (required),
    }

    /// Answer of [`GetEnvironment`](crate::Operation::GetEnvironment).
    GetEnvironmentOutput {
        environment: Environment (required),
    }

    /// Request of [`ListEnvironmentOutputs`](crate::Operation::ListEnvironmentOutputs).
    ListEnvironmentOutputsInput {
        deployment_id: DeploymentId,
        environment_name: ResourceName (required),
        next_token: EmptyNextToken,
    }

    /// Answer of [`ListEnvironmentOutputs`](crate::Operation::ListEnvironmentOutputs).
    ListEnvironmentOutputsOutput {
        next_token: EmptyNextToken,
        outputs: OutputsList (required),
    }

    /// Request of [`ListEnvironmentProvisionedResources`](crate::Operation::ListEnvironmentProvisionedResources).
    ListEnvironmentProvisionedResourcesInput {
        environment_name: ResourceName (required),
        next_token: EmptyNextToken,
    }

    /// Answer of [`ListEnvironmentProvisionedResources`](crate::Operation::ListEnvironmentProvisionedResources).
    ListEnvironmentProvisionedResourcesOutput {
        next_token: EmptyNextToken,
        provisioned_resources: ProvisionedResourceList (required),
    }

    /// Request of [`ListEnvironments`](crate::Operation::ListEnvironments).
    ListEnvironmentsInput {
        environment_templates: EnvironmentTemplateFilterList,
        max_results: MaxPageResults,
        next_token: NextToken,
    }

    /// Answer of [`ListEnvironments`](crate::Operation::ListEnvironments).
    ListEnvironmentsOutput {
        environments: EnvironmentSummaryList (required),
        next_token: NextToken,
    }

    /// Request of [`UpdateEnvironment`](crate::Operation::UpdateEnvironment).
    UpdateEnvironmentInput {
        codebuild_role_arn: RoleArn,
        component_role_arn: RoleArn,
        deployment_type: DeploymentUpdateType (required),
        description: Description,
        environment_account_connection_id: EnvironmentAccountConnectionId,
        name: ResourceName (required),
        proton_service_role_arn: Arn,
        provisioning_repository: RepositoryBranchInput,
        spec: SpecContents,
        template_major_version: TemplateVersionPart,
        template_minor_version: TemplateVersionPart,
    }

    /// Answer of [`UpdateEnvironment`](crate::Operation::UpdateEnvironment).
    UpdateEnvironmentOutput {
        environment: Environment (required),
    }

    /// An environment. Versions and spec tell the last successful state while an update runs (behaviour 1.3).
    Environment {
        arn: EnvironmentArn (required),
        codebuild_role_arn: RoleArn,
        component_role_arn: RoleArn,
        created_at: Timestamp (required),
        deployment_status: DeploymentStatus (required),
        deployment_status_message: StatusMessage,
        description: Description,
        environment_account_connection_id: EnvironmentAccountConnectionId,
        environment_account_id: AwsAccountId,
        last_attempted_deployment_id: DeploymentId,
        last_deployment_attempted_at: Timestamp (required),
        /// Absent before the first success (behaviour 1.3), though the model marks it as required.
        last_deployment_succeeded_at: Timestamp (eventual),
        last_succeeded_deployment_id: DeploymentId,
        name: ResourceName (required),
        proton_service_role_arn: Arn,
        provisioning: Provisioning,
        provisioning_repository: RepositoryBranch,
        spec: SpecContents,
        template_major_version: TemplateVersionPart (required),
        template_minor_version: TemplateVersionPart (required),
        template_name: ResourceName (required),
    }

    /// An environment as lists show it.
    EnvironmentSummary {
        arn: EnvironmentArn (required),
        component_role_arn: Arn,
        created_at: Timestamp (required),
        deployment_status: DeploymentStatus (required),
        deployment_status_message: StatusMessage,
        description: Description,
        environment_account_connection_id: EnvironmentAccountConnectionId,
        environment_account_id: AwsAccountId,
        last_attempted_deployment_id: DeploymentId,
        last_deployment_attempted_at: Timestamp (required),
        /// Absent before the first success (behaviour 1.3), though the model marks it as required.
        last_deployment_succeeded_at: Timestamp (eventual),
        last_succeeded_deployment_id: DeploymentId,
        name: ResourceName (required),
        proton_service_role_arn: Arn,
        provisioning: Provisioning,
        template_major_version: TemplateVersionPart (required),
        template_minor_version: TemplateVersionPart (required),
        template_name: ResourceName (required),
    }

    /// A major version of a template whose environments are listed.
    EnvironmentTemplateFilter {
        major_version: TemplateVersionPart (required),
        template_name: ResourceName (required),
    }
}

lists! {
    /// Environments by name.
    EnvironmentSummaryList of EnvironmentSummary;

    /// Template versions of which a listed environment has one.
    EnvironmentTemplateFilterList of EnvironmentTemplateFilter;
}
