//! Service instances (behaviour 2.5).

use crate::{
    common::{DeploymentStatus, DeploymentUpdateType, OutputsList, ProvisionedResourceList, TagList},
    macros::{enums, lists, structures},
    values::{
        ClientToken, DeploymentId, EmptyNextToken, ListServiceInstancesFilterValue, MaxPageResults,
        NextToken, ResourceName, ServiceInstanceArn, SpecContents, StatusMessage, String,
        TemplateVersionPart, Timestamp,
    },
};

structures! {
    /// Request of [`CancelServiceInstanceDeployment`](crate::Operation::CancelServiceInstanceDeployment).
    CancelServiceInstanceDeploymentInput {
        service_instance_name: ResourceName (required),
        service_name: ResourceName (required),
    }

    /// Answer of [`CancelServiceInstanceDeployment`](crate::Operation::CancelServiceInstanceDeployment).
    CancelServiceInstanceDeploymentOutput {
        service_instance: ServiceInstance (required),
    }

    /// Request of [`CreateServiceInstance`](crate::Operation::CreateServiceInstance).
    CreateServiceInstanceInput {
        client_token: ClientToken (token),
        name: ResourceName (required),
        service_name: ResourceName (required),
        spec: SpecContents (required),
        tags: TagList,
        template_major_version: TemplateVersionPart,
        template_minor_version: TemplateVersionPart,
    }

    /// Answer of [`CreateServiceInstance`](crate::Operation::CreateServiceInstance).
    CreateServiceInstanceOutput {
        service_instance: ServiceInstance (required),
    }

    /// Request of [`GetServiceInstance`](crate::Operation::GetServiceInstance).
    GetServiceInstanceInput {
        name: ResourceName (required),
        service_name: ResourceName (required),
    }

    /// Answer of [`GetServiceInstance`](crate::Operation::GetServiceInstance).
    GetServiceInstanceOutput {
        service_instance: ServiceInstance (required),
    }

    /// Request of [`ListServiceInstanceOutputs`](crate::Operation::ListServiceInstanceOutputs).
    ListServiceInstanceOutputsInput {
        deployment_id: DeploymentId,
        next_token: EmptyNextToken,
        service_instance_name: ResourceName (required),
        service_name: ResourceName (required),
    }

    /// Answer of [`ListServiceInstanceOutputs`](crate::Operation::ListServiceInstanceOutputs).
    ListServiceInstanceOutputsOutput {
        next_token: EmptyNextToken,
        outputs: OutputsList (required),
    }

    /// Request of [`ListServiceInstanceProvisionedResources`](crate::Operation::ListServiceInstanceProvisionedResources).
    ListServiceInstanceProvisionedResourcesInput {
        next_token: EmptyNextToken,
        service_instance_name: ResourceName (required),
        service_name: ResourceName (required),
    }

    /// Answer of [`ListServiceInstanceProvisionedResources`](crate::Operation::ListServiceInstanceProvisionedResources).
    ListServiceInstanceProvisionedResourcesOutput {
        next_token: EmptyNextToken,
        provisioned_resources: ProvisionedResourceList (required),
    }

    /// Request of [`ListServiceInstances`](crate::Operation::ListServiceInstances).
    ListServiceInstancesInput {
        filters: ListServiceInstancesFilterList,
        max_results: MaxPageResults,
        next_token: NextToken,
        service_name: ResourceName,
        sort_by: ListServiceInstancesSortBy,
        sort_order: SortOrder,
    }

    /// Answer of [`ListServiceInstances`](crate::Operation::ListServiceInstances).
    ListServiceInstancesOutput {
        next_token: NextToken,
        service_instances: ServiceInstanceSummaryList (required),
    }

    /// Request of [`UpdateServiceInstance`](crate::Operation::UpdateServiceInstance).
    UpdateServiceInstanceInput {
        client_token: ClientToken (token),
        deployment_type: DeploymentUpdateType (required),
        name: ResourceName (required),
        service_name: ResourceName (required),
        spec: SpecContents,
        template_major_version: TemplateVersionPart,
        template_minor_version: TemplateVersionPart,
    }

    /// Answer of [`UpdateServiceInstance`](crate::Operation::UpdateServiceInstance).
    UpdateServiceInstanceOutput {
        service_instance: ServiceInstance (required),
    }

    /// An instance of a service in an environment.
    ServiceInstance {
        arn: ServiceInstanceArn (required),
        created_at: Timestamp (required),
        deployment_status: DeploymentStatus (required),
        deployment_status_message: StatusMessage,
        environment_name: ResourceName (required),
        last_attempted_deployment_id: DeploymentId,
        last_client_request_token: String,
        last_deployment_attempted_at: Timestamp (required),
        /// Absent before the first success (behaviour 1.3), though the model marks it as required.
        last_deployment_succeeded_at: Timestamp (eventual),
        last_succeeded_deployment_id: DeploymentId,
        name: ResourceName (required),
        service_name: ResourceName (required),
        spec: SpecContents,
        template_major_version: TemplateVersionPart (required),
        template_minor_version: TemplateVersionPart (required),
        template_name: ResourceName (required),
    }

    /// An instance as lists show it.
    ServiceInstanceSummary {
        arn: ServiceInstanceArn (required),
        created_at: Timestamp (required),
        deployment_status: DeploymentStatus (required),
        deployment_status_message: StatusMessage,
        environment_name: ResourceName (required),
        last_attempted_deployment_id: DeploymentId,
        last_deployment_attempted_at: Timestamp (required),
        /// Absent before the first success (behaviour 1.3), though the model marks it as required.
        last_deployment_succeeded_at: Timestamp (eventual),
        last_succeeded_deployment_id: DeploymentId,
        name: ResourceName (required),
        service_name: ResourceName (required),
        template_major_version: TemplateVersionPart (required),
        template_minor_version: TemplateVersionPart (required),
        template_name: ResourceName (required),
    }

    /// One condition on listed instances (behaviour 13).
    ListServiceInstancesFilter {
        key: ListServiceInstancesFilterBy,
        value: ListServiceInstancesFilterValue,
    }
}

lists! {
    /// Instances in the order asked for.
    ServiceInstanceSummaryList of ServiceInstanceSummary;

    /// Conditions: all keys apply, of one key's values any.
    ListServiceInstancesFilterList of ListServiceInstancesFilter;
}

enums! {
    /// What a condition looks at.
    ListServiceInstancesFilterBy {
        Name = "name",
        DeploymentStatus = "deploymentStatus",
        TemplateName = "templateName",
        ServiceName = "serviceName",
        DeployedTemplateVersionStatus = "deployedTemplateVersionStatus",
        EnvironmentName = "environmentName",
        LastDeploymentAttemptedAtBefore = "lastDeploymentAttemptedAtBefore",
        LastDeploymentAttemptedAtAfter = "lastDeploymentAttemptedAtAfter",
        CreatedAtBefore = "createdAtBefore",
        CreatedAtAfter = "createdAtAfter",
    }

    /// What instances are sorted by.
    ListServiceInstancesSortBy {
        Name = "name",
        DeploymentStatus = "deploymentStatus",
        TemplateName = "templateName",
        ServiceName = "serviceName",
        EnvironmentName = "environmentName",
        LastDeploymentAttemptedAt = "lastDeploymentAttemptedAt",
        CreatedAt = "createdAt",
    }

    /// Which way a list runs.
    SortOrder {
        Ascending = "ASCENDING",
        Descending = "DESCENDING",
    }
}
