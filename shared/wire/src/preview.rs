//! Previews and adoptions: requests of Proton that aren't carried out, or are carried out around a stack that exists.

use crate::{
    common::TagList,
    component::{CreateComponentInput, UpdateComponentInput},
    deployment::DeploymentTargetResourceType,
    environment::{CreateEnvironmentInput, UpdateEnvironmentInput},
    macros::{enums, lists, strings, structures, unions},
    own::RenderedFileList,
    service::CreateServiceInput,
    service_instance::{CreateServiceInstanceInput, UpdateServiceInstanceInput},
    service_pipeline::UpdateServicePipelineInput,
    values::{
        Arn, Description, GitBranchName, RepositoryId, ResourceName, SpecContents, StatusMessage, String,
        TemplateVersionPart, Timestamp,
    },
};

strings! {
    /// Id of a preview: a lower-case UUID.
    PreviewId { pattern: r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$" }

    /// ARN of a CloudFormation stack.
    StackArn { length: (1, 1024) }
}

structures! {
    /// Request of [`PreviewDeployment`](crate::Operation::PreviewDeployment).
    PreviewDeploymentInput {
        request: PreviewedRequest (required),
        /// Of a service that would be created: the instance to preview. Without it, the pipeline is previewed.
        service_instance_name: ResourceName,
    }

    /// Answer of [`PreviewDeployment`](crate::Operation::PreviewDeployment).
    PreviewDeploymentOutput {
        preview: Preview (required),
    }

    /// Request of [`GetPreview`](crate::Operation::GetPreview).
    GetPreviewInput {
        preview_id: PreviewId (required),
    }

    /// Answer of [`GetPreview`](crate::Operation::GetPreview).
    GetPreviewOutput {
        preview: Preview (required),
    }

    /// Request of [`AdoptResource`](crate::Operation::AdoptResource).
    AdoptResourceInput {
        resource: AdoptedResource (required),
        /// The stack that was deployed outside this installation.
        stack_arn: StackArn (required),
    }

    /// Answer of [`AdoptResource`](crate::Operation::AdoptResource).
    AdoptResourceOutput {
        preview: Preview (required),
    }

    /// What would be deployed. An adoption succeeds when nothing would change, and makes the resource then.
    Preview {
        /// The stack to adopt.
        adopted_stack_arn: StackArn,
        /// What CloudFormation would do; absent until that is known.
        changes: ResourceChangeList,
        completed_at: Timestamp,
        created_at: Timestamp (required),
        /// What would be deployed; absent until it is rendered.
        files: RenderedFileList,
        id: PreviewId (required),
        status: PreviewStatus (required),
        status_message: StatusMessage,
        target_arn: Arn (required),
        target_resource_type: DeploymentTargetResourceType (required),
    }

    /// What would happen to one resource of a stack, in CloudFormation's words.
    ResourceChange {
        /// `Add`, `Modify`, `Remove`, `Import` or `Dynamic`.
        action: String (required),
        details: ResourceChangeDetailList (required),
        logical_resource_id: String (required),
        physical_resource_id: String,
        /// Of a modification: `True`, `False` or `Conditional`.
        replacement: String,
        resource_type: String (required),
        /// Of a modification: which attributes change, such as `Properties` or `Tags`.
        scope: ResourceChangeScope (required),
    }

    /// One property that would change.
    ResourceChangeDetail {
        attribute: String (required),
        name: String,
        /// `Never`, `Conditionally` or `Always`.
        requires_recreation: String,
    }

    /// A service instance that takes a stack over. Its service is made if there is none.
    AdoptedServiceInstance {
        /// Of a service that is made.
        branch_name: GitBranchName,
        /// Of a service that is made.
        description: Description,
        name: ResourceName (required),
        /// Of a service that is made.
        repository_connection_arn: Arn,
        /// Of a service that is made.
        repository_id: RepositoryId,
        service_name: ResourceName (required),
        /// A service spec, whole or with the section of this instance alone.
        spec: SpecContents (required),
        tags: TagList,
        template_major_version: TemplateVersionPart (required),
        template_minor_version: TemplateVersionPart,
        template_name: ResourceName (required),
    }

    /// The pipeline of a service that takes a stack over. The service must be there, with its instances.
    AdoptedServicePipeline {
        service_name: ResourceName (required),
        /// A whole service spec, of which the section `pipeline` counts.
        spec: SpecContents (required),
        template_major_version: TemplateVersionPart,
        template_minor_version: TemplateVersionPart,
    }
}

unions! {
    /// A request as it would be made.
    PreviewedRequest {
        CreateComponent(create_component: CreateComponentInput),
        CreateEnvironment(create_environment: CreateEnvironmentInput),
        CreateService(create_service: CreateServiceInput),
        CreateServiceInstance(create_service_instance: CreateServiceInstanceInput),
        UpdateComponent(update_component: UpdateComponentInput),
        UpdateEnvironment(update_environment: UpdateEnvironmentInput),
        UpdateServiceInstance(update_service_instance: UpdateServiceInstanceInput),
        UpdateServicePipeline(update_service_pipeline: UpdateServicePipelineInput),
    }

    /// What takes a stack over: the request that would create it.
    AdoptedResource {
        Component(component: CreateComponentInput),
        Environment(environment: CreateEnvironmentInput),
        ServiceInstance(service_instance: AdoptedServiceInstance),
        ServicePipeline(service_pipeline: AdoptedServicePipeline),
    }
}

lists! {
    /// Changes, in the order of CloudFormation.
    ResourceChangeList of ResourceChange;

    /// Properties that would change.
    ResourceChangeDetailList of ResourceChangeDetail;

    /// Attributes that would change.
    ResourceChangeScope of String;
}

enums! {
    /// How far a preview is.
    PreviewStatus {
        InProgress = "IN_PROGRESS",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
    }
}
