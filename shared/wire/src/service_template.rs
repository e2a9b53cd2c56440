//! Service templates and their versions (behaviour 2.2).

use crate::{
    common::{Provisioning, TagList, TemplateVersionSourceInput, TemplateVersionStatus},
    macros::{enums, lists, structures},
    values::{
        Arn, ClientToken, Description, DisplayName, FullTemplateVersionNumber, MaxPageResults, NextToken,
        ResourceName, ServiceTemplateArn, ServiceTemplateVersionArn, StatusMessage, TemplateSchema,
        TemplateVersionPart, Timestamp,
    },
};

structures! {
    /// Request of [`CreateServiceTemplate`](crate::Operation::CreateServiceTemplate).
    CreateServiceTemplateInput {
        description: Description,
        display_name: DisplayName,
        encryption_key: Arn,
        name: ResourceName (required),
        pipeline_provisioning: Provisioning,
        tags: TagList,
    }

    /// Answer of [`CreateServiceTemplate`](crate::Operation::CreateServiceTemplate).
    CreateServiceTemplateOutput {
        service_template: ServiceTemplate (required),
    }

    /// Request of [`CreateServiceTemplateVersion`](crate::Operation::CreateServiceTemplateVersion).
    CreateServiceTemplateVersionInput {
        client_token: ClientToken (token),
        compatible_environment_templates: CompatibleEnvironmentTemplateInputList (required),
        description: Description,
        major_version: TemplateVersionPart,
        source: TemplateVersionSourceInput (required),
        supported_component_sources: ServiceTemplateSupportedComponentSourceInputList,
        tags: TagList,
        template_name: ResourceName (required),
    }

    /// Answer of [`CreateServiceTemplateVersion`](crate::Operation::CreateServiceTemplateVersion).
    CreateServiceTemplateVersionOutput {
        service_template_version: ServiceTemplateVersion (required),
    }

    /// Request of [`DeleteServiceTemplate`](crate::Operation::DeleteServiceTemplate).
    DeleteServiceTemplateInput {
        name: ResourceName (required),
    }

    /// Answer of [`DeleteServiceTemplate`](crate::Operation::DeleteServiceTemplate).
    DeleteServiceTemplateOutput {
        service_template: ServiceTemplate,
    }

    /// Request of [`DeleteServiceTemplateVersion`](crate::Operation::DeleteServiceTemplateVersion).
    DeleteServiceTemplateVersionInput {
        major_version: TemplateVersionPart (required),
        minor_version: TemplateVersionPart (required),
        template_name: ResourceName (required),
    }

    /// Answer of [`DeleteServiceTemplateVersion`](crate::Operation::DeleteServiceTemplateVersion).
    DeleteServiceTemplateVersionOutput {
        service_template_version: ServiceTemplateVersion,
    }

    /// Request of [`GetServiceTemplate`](crate::Operation::GetServiceTemplate).
    GetServiceTemplateInput {
        name: ResourceName (required),
    }

    /// Answer of [`GetServiceTemplate`](crate::Operation::GetServiceTemplate).
    GetServiceTemplateOutput {
        service_template: ServiceTemplate (required),
    }

    /// Request of [`GetServiceTemplateVersion`](crate::Operation::GetServiceTemplateVersion).
    GetServiceTemplateVersionInput {
        major_version: TemplateVersionPart (required),
        minor_version: TemplateVersionPart (required),
        template_name: ResourceName (required),
    }

    /// Answer of [`GetServiceTemplateVersion`](crate::Operation::GetServiceTemplateVersion).
    GetServiceTemplateVersionOutput {
        service_template_version: ServiceTemplateVersion (required),
    }

    /// Request of [`ListServiceTemplateVersions`](crate::Operation::ListServiceTemplateVersions).
    ListServiceTemplateVersionsInput {
        major_version: TemplateVersionPart,
        max_results: MaxPageResults,
        next_token: NextToken,
        template_name: ResourceName (required),
    }

    /// Answer of [`ListServiceTemplateVersions`](crate::Operation::ListServiceTemplateVersions).
    ListServiceTemplateVersionsOutput {
        next_token: NextToken,
        template_versions: ServiceTemplateVersionSummaryList (required),
    }

    /// Request of [`ListServiceTemplates`](crate::Operation::ListServiceTemplates).
    ListServiceTemplatesInput {
        max_results: MaxPageResults,
        next_token: NextToken,
    }

    /// Answer of [`ListServiceTemplates`](crate::Operation::ListServiceTemplates).
    ListServiceTemplatesOutput {
        next_token: NextToken,
        templates: ServiceTemplateSummaryList (required),
    }

    /// Request of [`UpdateServiceTemplate`](crate::Operation::UpdateServiceTemplate).
    UpdateServiceTemplateInput {
        description: Description,
        display_name: DisplayName,
        name: ResourceName (required),
    }

    /// Answer of [`UpdateServiceTemplate`](crate::Operation::UpdateServiceTemplate).
    UpdateServiceTemplateOutput {
        service_template: ServiceTemplate (required),
    }

    /// Request of [`UpdateServiceTemplateVersion`](crate::Operation::UpdateServiceTemplateVersion).
    UpdateServiceTemplateVersionInput {
        compatible_environment_templates: CompatibleEnvironmentTemplateInputList,
        description: Description,
        major_version: TemplateVersionPart (required),
        minor_version: TemplateVersionPart (required),
        status: TemplateVersionStatus,
        supported_component_sources: ServiceTemplateSupportedComponentSourceInputList,
        template_name: ResourceName (required),
    }

    /// Answer of [`UpdateServiceTemplateVersion`](crate::Operation::UpdateServiceTemplateVersion).
    UpdateServiceTemplateVersionOutput {
        service_template_version: ServiceTemplateVersion (required),
    }

    /// A service template.
    ServiceTemplate {
        arn: ServiceTemplateArn (required),
        created_at: Timestamp (required),
        description: Description,
        display_name: DisplayName,
        encryption_key: Arn,
        last_modified_at: Timestamp (required),
        name: ResourceName (required),
        pipeline_provisioning: Provisioning,
        recommended_version: FullTemplateVersionNumber,
    }

    /// A service template as lists show it.
    ServiceTemplateSummary {
        arn: ServiceTemplateArn (required),
        created_at: Timestamp (required),
        description: Description,
        display_name: DisplayName,
        last_modified_at: Timestamp (required),
        name: ResourceName (required),
        pipeline_provisioning: Provisioning,
        recommended_version: FullTemplateVersionNumber,
    }

    /// A version of a service template.
    ServiceTemplateVersion {
        arn: ServiceTemplateVersionArn (required),
        compatible_environment_templates: CompatibleEnvironmentTemplateList (required),
        created_at: Timestamp (required),
        description: Description,
        last_modified_at: Timestamp (required),
        major_version: TemplateVersionPart (required),
        minor_version: TemplateVersionPart (required),
        recommended_minor_version: TemplateVersionPart,
        schema: TemplateSchema,
        status: TemplateVersionStatus (required),
        status_message: StatusMessage,
        supported_component_sources: ServiceTemplateSupportedComponentSourceInputList,
        template_name: ResourceName (required),
    }

    /// A version of a service template as lists show it.
    ServiceTemplateVersionSummary {
        arn: ServiceTemplateVersionArn (required),
        created_at: Timestamp (required),
        description: Description,
        last_modified_at: Timestamp (required),
        major_version: TemplateVersionPart (required),
        minor_version: TemplateVersionPart (required),
        recommended_minor_version: TemplateVersionPart,
        status: TemplateVersionStatus (required),
        status_message: StatusMessage,
        template_name: ResourceName (required),
    }

    /// A major version of an environment template whose environments can hold instances.
    CompatibleEnvironmentTemplate {
        major_version: TemplateVersionPart (required),
        template_name: ResourceName (required),
    }

    /// The same in a request.
    CompatibleEnvironmentTemplateInput {
        major_version: TemplateVersionPart (required),
        template_name: ResourceName (required),
    }
}

lists! {
    /// Service templates by name.
    ServiceTemplateSummaryList of ServiceTemplateSummary;

    /// Versions, newest first.
    ServiceTemplateVersionSummaryList of ServiceTemplateVersionSummary;

    /// The environment templates a version works with.
    CompatibleEnvironmentTemplateList of CompatibleEnvironmentTemplate;

    /// The same in a request: one to ten.
    CompatibleEnvironmentTemplateInputList of CompatibleEnvironmentTemplateInput (1, 10);

    /// The ways in which components may be attached.
    ServiceTemplateSupportedComponentSourceInputList of ServiceTemplateSupportedComponentSourceType;
}

enums! {
    /// How components may be attached to instances.
    ServiceTemplateSupportedComponentSourceType {
        DirectlyDefined = "DIRECTLY_DEFINED",
    }
}
