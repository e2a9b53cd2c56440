//! The history of deployments (behaviour 2.8).

use crate::{
    common::DeploymentStatus,
    macros::{enums, lists, structures, unions},
    values::{
        Arn, DeploymentArn, DeploymentId, MaxPageResults, NextToken, ResourceName, ResourceNameOrEmpty,
        SpecContents, StatusMessage, TemplateFileContents, TemplateVersionPart, Timestamp,
    },
};

structures! {
    /// Request of [`DeleteDeployment`](crate::Operation::DeleteDeployment).
    DeleteDeploymentInput {
        id: DeploymentId (required),
    }

    /// Answer of [`DeleteDeployment`](crate::Operation::DeleteDeployment).
    DeleteDeploymentOutput {
        deployment: Deployment,
    }

    /// Request of [`GetDeployment`](crate::Operation::GetDeployment).
    GetDeploymentInput {
        component_name: ResourceName,
        environment_name: ResourceName,
        id: DeploymentId (required),
        service_instance_name: ResourceName,
        service_name: ResourceName,
    }

    /// Answer of [`GetDeployment`](crate::Operation::GetDeployment).
    GetDeploymentOutput {
        deployment: Deployment,
    }

    /// Request of [`ListDeployments`](crate::Operation::ListDeployments).
    ListDeploymentsInput {
        component_name: ResourceName,
        environment_name: ResourceName,
        max_results: MaxPageResults,
        next_token: NextToken,
        service_instance_name: ResourceName,
        service_name: ResourceName,
    }

    /// Answer of [`ListDeployments`](crate::Operation::ListDeployments).
    ListDeploymentsOutput {
        deployments: DeploymentSummaryList (required),
        next_token: NextToken,
    }

    /// One deployment of an environment, instance, pipeline or component.
    Deployment {
        arn: DeploymentArn (required),
        completed_at: Timestamp,
        component_name: ResourceName,
        created_at: Timestamp (required),
        deployment_status: DeploymentStatus (required),
        deployment_status_message: StatusMessage,
        /// Absent for a pipeline, which lives in no environment, though the model marks it as required.
        environment_name: ResourceName (eventual),
        id: DeploymentId (required),
        initial_state: DeploymentState,
        last_attempted_deployment_id: DeploymentId,
        last_modified_at: Timestamp (required),
        last_succeeded_deployment_id: DeploymentId,
        service_instance_name: ResourceName,
        service_name: ResourceName,
        target_arn: Arn (required),
        target_resource_created_at: Timestamp (required),
        target_resource_type: DeploymentTargetResourceType (required),
        target_state: DeploymentState,
    }

    /// A deployment as lists show it.
    DeploymentSummary {
        arn: DeploymentArn (required),
        completed_at: Timestamp,
        component_name: ResourceName,
        created_at: Timestamp (required),
        deployment_status: DeploymentStatus (required),
        /// Absent for a pipeline, which lives in no environment, though the model marks it as required.
        environment_name: ResourceName (eventual),
        id: DeploymentId (required),
        last_attempted_deployment_id: DeploymentId,
        last_modified_at: Timestamp (required),
        last_succeeded_deployment_id: DeploymentId,
        service_instance_name: ResourceName,
        service_name: ResourceName,
        target_arn: Arn (required),
        target_resource_created_at: Timestamp (required),
        target_resource_type: DeploymentTargetResourceType (required),
    }

    /// The state of an environment.
    EnvironmentState {
        spec: SpecContents,
        template_major_version: TemplateVersionPart (required),
        template_minor_version: TemplateVersionPart (required),
        template_name: ResourceName (required),
    }

    /// The state of a service instance.
    ServiceInstanceState {
        last_successful_component_deployment_ids: ComponentDeploymentIdList,
        last_successful_environment_deployment_id: DeploymentId,
        last_successful_service_pipeline_deployment_id: DeploymentId,
        spec: SpecContents (required),
        template_major_version: TemplateVersionPart (required),
        template_minor_version: TemplateVersionPart (required),
        template_name: ResourceName (required),
    }

    /// The state of a service pipeline.
    ServicePipelineState {
        spec: SpecContents,
        template_major_version: TemplateVersionPart (required),
        template_minor_version: TemplateVersionPart (required),
        template_name: ResourceName (required),
    }

    /// The state of a component.
    ComponentState {
        service_instance_name: ResourceNameOrEmpty,
        service_name: ResourceNameOrEmpty,
        service_spec: SpecContents,
        template_file: TemplateFileContents,
    }
}

unions! {
    /// What a deployment started from or aims at, by kind of target.
    DeploymentState {
        Component(component: ComponentState),
        Environment(environment: EnvironmentState),
        ServiceInstance(service_instance: ServiceInstanceState),
        ServicePipeline(service_pipeline: ServicePipelineState),
    }
}

lists! {
    /// Deployments, newest first.
    DeploymentSummaryList of DeploymentSummary;

    /// The deployment of the component attached to an instance.
    ComponentDeploymentIdList of DeploymentId (0, 1);
}

enums! {
    /// The kind of resource that a deployment is of.
    DeploymentTargetResourceType {
        Environment = "ENVIRONMENT",
        ServicePipeline = "SERVICE_PIPELINE",
        ServiceInstance = "SERVICE_INSTANCE",
        Component = "COMPONENT",
    }
}
