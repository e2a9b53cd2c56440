//! Components (behaviour 2.7).

use crate::{
    common::{DeploymentStatus, OutputsList, ProvisionedResourceList, TagList},
    macros::{enums, lists, structures},
    values::{
        ClientToken, ComponentArn, DeploymentId, Description, EmptyNextToken, MaxPageResults, NextToken,
        ResourceName, ResourceNameOrEmpty, SpecContents, StatusMessage, String, TemplateFileContents,
        TemplateManifestContents, Timestamp,
    },
};

structures! {
    /// Request of [`CancelComponentDeployment`](crate::Operation::CancelComponentDeployment).
    CancelComponentDeploymentInput {
        component_name: ResourceName (required),
    }

    /// Answer of [`CancelComponentDeployment`](crate::Operation::CancelComponentDeployment).
    CancelComponentDeploymentOutput {
        component: Component (required),
    }

    /// Request of [`CreateComponent`](crate::Operation::CreateComponent).
    CreateComponentInput {
        client_token: ClientToken (token),
        description: Description,
        environment_name: ResourceName,
        manifest: TemplateManifestContents (required),
        name: ResourceName (required),
        service_instance_name: ResourceName,
        service_name: ResourceName,
        service_spec: SpecContents,
        tags: TagList,
        template_file: TemplateFileContents (required),
    }

    /// Answer of [`CreateComponent`](crate::Operation::CreateComponent).
    CreateComponentOutput {
        component: Component (required),
    }

    /// Request of [`DeleteComponent`](crate::Operation::DeleteComponent).
    DeleteComponentInput {
        name: ResourceName (required),
    }

    /// Answer of [`DeleteComponent`](crate::Operation::DeleteComponent).
    DeleteComponentOutput {
        component: Component,
    }

    /// Request of [`GetComponent`](crate::Operation::GetComponent).
    GetComponentInput {
        name: ResourceName (required),
    }

    /// Answer of [`GetComponent`](crate::Operation::GetComponent).
    GetComponentOutput {
        component: Component,
    }

    /// Request of [`ListComponentOutputs`](crate::Operation::ListComponentOutputs).
    ListComponentOutputsInput {
        component_name: ResourceName (required),
        deployment_id: DeploymentId,
        next_token: EmptyNextToken,
    }

    /// Answer of [`ListComponentOutputs`](crate::Operation::ListComponentOutputs).
    ListComponentOutputsOutput {
        next_token: EmptyNextToken,
        outputs: OutputsList (required),
    }

    /// Request of [`ListComponentProvisionedResources`](crate::Operation::ListComponentProvisionedResources).
    ListComponentProvisionedResourcesInput {
        component_name: ResourceName (required),
        next_token: EmptyNextToken,
    }

    /// Answer of [`ListComponentProvisionedResources`](crate::Operation::ListComponentProvisionedResources).
    ListComponentProvisionedResourcesOutput {
        next_token: EmptyNextToken,
        provisioned_resources: ProvisionedResourceList (required),
    }

    /// Request of [`ListComponents`](crate::Operation::ListComponents).
    ListComponentsInput {
        environment_name: ResourceName,
        max_results: MaxPageResults,
        next_token: NextToken,
        service_instance_name: ResourceName,
        service_name: ResourceName,
    }

    /// Answer of [`ListComponents`](crate::Operation::ListComponents).
    ListComponentsOutput {
        components: ComponentSummaryList (required),
        next_token: NextToken,
    }

    /// Request of [`UpdateComponent`](crate::Operation::UpdateComponent).
    UpdateComponentInput {
        client_token: ClientToken (token),
        deployment_type: ComponentDeploymentUpdateType (required),
        description: Description,
        name: ResourceName (required),
        service_instance_name: ResourceNameOrEmpty,
        service_name: ResourceNameOrEmpty,
        service_spec: SpecContents,
        template_file: TemplateFileContents,
    }

    /// Answer of [`UpdateComponent`](crate::Operation::UpdateComponent).
    UpdateComponentOutput {
        component: Component (required),
    }

    /// A component.
    Component {
        arn: ComponentArn (required),
        created_at: Timestamp (required),
        deployment_status: DeploymentStatus (required),
        deployment_status_message: StatusMessage,
        description: Description,
        environment_name: ResourceName (required),
        last_attempted_deployment_id: DeploymentId,
        last_client_request_token: String,
        last_deployment_attempted_at: Timestamp,
        last_deployment_succeeded_at: Timestamp,
        last_modified_at: Timestamp (required),
        last_succeeded_deployment_id: DeploymentId,
        name: ResourceName (required),
        service_instance_name: ResourceName,
        service_name: ResourceName,
        service_spec: SpecContents,
    }

    /// A component as lists show it.
    ComponentSummary {
        arn: ComponentArn (required),
        created_at: Timestamp (required),
        deployment_status: DeploymentStatus (required),
        deployment_status_message: StatusMessage,
        environment_name: ResourceName (required),
        last_attempted_deployment_id: DeploymentId,
        last_deployment_attempted_at: Timestamp,
        last_deployment_succeeded_at: Timestamp,
        last_modified_at: Timestamp (required),
        last_succeeded_deployment_id: DeploymentId,
        name: ResourceName (required),
        service_instance_name: ResourceName,
        service_name: ResourceName,
    }
}

lists! {
    /// Components by name.
    ComponentSummaryList of ComponentSummary;
}

enums! {
    /// What an update of a component deploys.
    ComponentDeploymentUpdateType {
        None = "NONE",
        CurrentVersion = "CURRENT_VERSION",
    }
}
