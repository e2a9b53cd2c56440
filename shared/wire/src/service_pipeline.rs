//! Service pipelines (behaviour 2.6).

use crate::{
    common::{DeploymentStatus, DeploymentUpdateType, OutputsList, ProvisionedResourceList},
    macros::structures,
    values::{
        Arn, DeploymentId, EmptyNextToken, ResourceName, SpecContents, StatusMessage, TemplateVersionPart,
        Timestamp,
    },
};

structures! {
    /// Request of [`CancelServicePipelineDeployment`](crate::Operation::CancelServicePipelineDeployment).
    CancelServicePipelineDeploymentInput {
        service_name: ResourceName (required),
    }

    /// Answer of [`CancelServicePipelineDeployment`](crate::Operation::CancelServicePipelineDeployment).
    CancelServicePipelineDeploymentOutput {
        pipeline: ServicePipeline (required),
    }

    /// Request of [`ListServicePipelineOutputs`](crate::Operation::ListServicePipelineOutputs).
    ListServicePipelineOutputsInput {
        deployment_id: DeploymentId,
        next_token: EmptyNextToken,
        service_name: ResourceName (required),
    }

    /// Answer of [`ListServicePipelineOutputs`](crate::Operation::ListServicePipelineOutputs).
    ListServicePipelineOutputsOutput {
        next_token: EmptyNextToken,
        outputs: OutputsList (required),
    }

    /// Request of [`ListServicePipelineProvisionedResources`](crate::Operation::ListServicePipelineProvisionedResources).
    ListServicePipelineProvisionedResourcesInput {
        next_token: EmptyNextToken,
        service_name: ResourceName (required),
    }

    /// Answer of [`ListServicePipelineProvisionedResources`](crate::Operation::ListServicePipelineProvisionedResources).
    ListServicePipelineProvisionedResourcesOutput {
        next_token: EmptyNextToken,
        provisioned_resources: ProvisionedResourceList (required),
    }

    /// Request of [`UpdateServicePipeline`](crate::Operation::UpdateServicePipeline).
    UpdateServicePipelineInput {
        deployment_type: DeploymentUpdateType (required),
        service_name: ResourceName (required),
        spec: SpecContents (required),
        template_major_version: TemplateVersionPart,
        template_minor_version: TemplateVersionPart,
    }

    /// Answer of [`UpdateServicePipeline`](crate::Operation::UpdateServicePipeline).
    UpdateServicePipelineOutput {
        pipeline: ServicePipeline (required),
    }

    /// The pipeline of a service.
    ServicePipeline {
        arn: Arn (required),
        created_at: Timestamp (required),
        deployment_status: DeploymentStatus (required),
        deployment_status_message: StatusMessage,
        last_attempted_deployment_id: DeploymentId,
        last_deployment_attempted_at: Timestamp (required),
        /// Absent before the first success (behaviour 1.3), though the model marks it as required.
        last_deployment_succeeded_at: Timestamp (eventual),
        last_succeeded_deployment_id: DeploymentId,
        spec: SpecContents,
        template_major_version: TemplateVersionPart (required),
        template_minor_version: TemplateVersionPart (required),
        template_name: ResourceName (required),
    }
}
