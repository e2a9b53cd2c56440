//! Environment templates and their versions (behaviour 2.1).

use crate::{
    common::{Provisioning, TagList, TemplateVersionSourceInput, TemplateVersionStatus},
    macros::{lists, structures},
    values::{
        Arn, ClientToken, Description, DisplayName, EnvironmentTemplateArn, EnvironmentTemplateVersionArn,
        FullTemplateVersionNumber, MaxPageResults, NextToken, ResourceName, StatusMessage, TemplateSchema,
        TemplateVersionPart, Timestamp,
    },
};

structures! {
    /// Request of [`CreateEnvironmentTemplate`](crate::Operation::CreateEnvironmentTemplate).
    CreateEnvironmentTemplateInput {
        description: Description,
        display_name: DisplayName,
        encryption_key: Arn,
        name: ResourceName (required),
        provisioning: Provisioning,
        tags: TagList,
    }

    /// Answer of [`CreateEnvironmentTemplate`](crate::Operation::CreateEnvironmentTemplate).
    CreateEnvironmentTemplateOutput {
        environment_template: EnvironmentTemplate (required),
    }

    /// Request of [`CreateEnvironmentTemplateVersion`](crate::Operation::CreateEnvironmentTemplateVersion).
    CreateEnvironmentTemplateVersionInput {
        client_token: ClientToken (token),
        description: Description,
        major_version: TemplateVersionPart,
        source: TemplateVersionSourceInput (required),
        tags: TagList,
        template_name: ResourceName (required),
    }

    /// Answer of [`CreateEnvironmentTemplateVersion`](crate::Operation::CreateEnvironmentTemplateVersion).
    CreateEnvironmentTemplateVersionOutput {
        environment_template_version: EnvironmentTemplateVersion (required),
    }

    /// Request of [`DeleteEnvironmentTemplate`](crate::Operation::DeleteEnvironmentTemplate).
    DeleteEnvironmentTemplateInput {
        name: ResourceName (required),
    }

    /// Answer of [`DeleteEnvironmentTemplate`](crate::Operation::DeleteEnvironmentTemplate).
    DeleteEnvironmentTemplateOutput {
        environment_template: EnvironmentTemplate,
    }

    /// Request of [`DeleteEnvironmentTemplateVersion`](crate::Operation::DeleteEnvironmentTemplateVersion).
    DeleteEnvironmentTemplateVersionInput {
        major_version: TemplateVersionPart (required),
        minor_version: TemplateVersionPart (required),
        template_name: ResourceName (required),
    }

    /// Answer of [`DeleteEnvironmentTemplateVersion`](crate::Operation::DeleteEnvironmentTemplateVersion).
    DeleteEnvironmentTemplateVersionOutput {
        environment_template_version: EnvironmentTemplateVersion,
    }

    /// Request of [`GetEnvironmentTemplate`](crate::Operation::GetEnvironmentTemplate).
    GetEnvironmentTemplateInput {
        name: ResourceName (required),
    }

    /// Answer of [`GetEnvironmentTemplate`](crate::Operation::GetEnvironmentTemplate).
    GetEnvironmentTemplateOutput {
        environment_template: EnvironmentTemplate (required),
    }

    /// Request of [`GetEnvironmentTemplateVersion`](crate::Operation::GetEnvironmentTemplateVersion).
    GetEnvironmentTemplateVersionInput {
        major_version: TemplateVersionPart (required),
        minor_version: TemplateVersionPart (required),
        template_name: ResourceName (required),
    }

    /// Answer of [`GetEnvironmentTemplateVersion`](crate::Operation::GetEnvironmentTemplateVersion).
    GetEnvironmentTemplateVersionOutput {
        environment_template_version: EnvironmentTemplateVersion (required),
    }

    /// Request of [`ListEnvironmentTemplateVersions`](crate::Operation::ListEnvironmentTemplateVersions).
    ListEnvironmentTemplateVersionsInput {
        major_version: TemplateVersionPart,
        max_results: MaxPageResults,
        next_token: NextToken,
        template_name: ResourceName (required),
    }

    /// Answer of [`ListEnvironmentTemplateVersions`](crate::Operation::ListEnvironmentTemplateVersions).
    ListEnvironmentTemplateVersionsOutput {
        next_token: NextToken,
        template_versions: EnvironmentTemplateVersionSummaryList (required),
    }

    /// Request of [`ListEnvironmentTemplates`](crate::Operation::ListEnvironmentTemplates).
    ListEnvironmentTemplatesInput {
        max_results: MaxPageResults,
        next_token: NextToken,
    }

    /// Answer of [`ListEnvironmentTemplates`](crate::Operation::ListEnvironmentTemplates).
    ListEnvironmentTemplatesOutput {
        next_token: NextToken,
        templates: EnvironmentTemplateSummaryList (required),
    }

    /// Request of [`UpdateEnvironmentTemplate`](crate::Operation::UpdateEnvironmentTemplate).
    UpdateEnvironmentTemplateInput {
        description: Description,
        display_name: DisplayName,
        name: ResourceName (required),
    }

    /// Answer of [`UpdateEnvironmentTemplate`](crate::Operation::UpdateEnvironmentTemplate).
    UpdateEnvironmentTemplateOutput {
        environment_template: EnvironmentTemplate (required),
    }

    /// Request of [`UpdateEnvironmentTemplateVersion`](crate::Operation::UpdateEnvironmentTemplateVersion).
    UpdateEnvironmentTemplateVersionInput {
        description: Description,
        major_version: TemplateVersionPart (required),
        minor_version: TemplateVersionPart (required),
        status: TemplateVersionStatus,
        template_name: ResourceName (required),
    }

    /// Answer of [`UpdateEnvironmentTemplateVersion`](crate::Operation::UpdateEnvironmentTemplateVersion).
    UpdateEnvironmentTemplateVersionOutput {
        environment_template_version: EnvironmentTemplateVersion (required),
    }

    /// An environment template.
    EnvironmentTemplate {
        arn: EnvironmentTemplateArn (required),
        created_at: Timestamp (required),
        description: Description,
        display_name: DisplayName,
        encryption_key: Arn,
        last_modified_at: Timestamp (required),
        name: ResourceName (required),
        provisioning: Provisioning,
        recommended_version: FullTemplateVersionNumber,
    }

    /// An environment template as lists show it.
    EnvironmentTemplateSummary {
        arn: EnvironmentTemplateArn (required),
        created_at: Timestamp (required),
        description: Description,
        display_name: DisplayName,
        last_modified_at: Timestamp (required),
        name: ResourceName (required),
        provisioning: Provisioning,
        recommended_version: FullTemplateVersionNumber,
    }

    /// A version of an environment template.
    EnvironmentTemplateVersion {
        arn: EnvironmentTemplateVersionArn (required),
        created_at: Timestamp (required),
        description: Description,
        last_modified_at: Timestamp (required),
        major_version: TemplateVersionPart (required),
        minor_version: TemplateVersionPart (required),
        recommended_minor_version: TemplateVersionPart,
        schema: TemplateSchema,
        status: TemplateVersionStatus (required),
        status_message: StatusMessage,
        template_name: ResourceName (required),
    }

    /// A version of an environment template as lists show it.
    EnvironmentTemplateVersionSummary {
        arn: EnvironmentTemplateVersionArn (required),
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
}

lists! {
    /// Environment templates by name.
    EnvironmentTemplateSummaryList of EnvironmentTemplateSummary;

    /// Versions, newest first.
    EnvironmentTemplateVersionSummaryList of EnvironmentTemplateVersionSummary;
}
