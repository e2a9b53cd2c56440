//! What Protium does beyond Proton: seeing what was or would be deployed, and ways on for what is stuck.

use crate::{
    common::{TagList, TemplateVersionSourceInput, TemplateVersionStatus},
    deployment::{Deployment, DeploymentSummaryList},
    macros::{enums, lists, strings, structures},
    service_template::{
        CompatibleEnvironmentTemplateInputList, ServiceTemplateSupportedComponentSourceInputList,
    },
    template_sync::TemplateType,
    values::{
        Arn, ClientToken, DeploymentId, Description, ResourceName, SpecContents, TemplateFileContents,
        TemplateVersionPart,
    },
};

strings! {
    /// The name of a rendered file within its bundle's folder.
    RenderedFileName {}

    /// What was rendered, byte for byte.
    RenderedText sensitive {}

    /// The name of a parameter of a CloudFormation template.
    RenderedParameterName {}

    /// The value of a parameter.
    RenderedParameterValue sensitive {}

    /// A URL from which its holder may read for fifteen minutes.
    RenderedUrl sensitive {}
}

structures! {
    /// Request of [`GetRenderedTemplate`](crate::Operation::GetRenderedTemplate).
    GetRenderedTemplateInput {
        deployment_id: DeploymentId (required),
    }

    /// Answer of [`GetRenderedTemplate`](crate::Operation::GetRenderedTemplate).
    GetRenderedTemplateOutput {
        deployment_id: DeploymentId (required),
        files: RenderedFileList (required),
    }

    /// One file that was rendered. Either its content or the URL is present: what is large is fetched by the URL.
    RenderedFile {
        content: RenderedText,
        content_url: RenderedUrl,
        name: RenderedFileName (required),
        /// Of a template whose manifest asks for native parameters.
        parameters: RenderedParameterList,
    }

    /// What goes with a template for one of its parameters.
    RenderedParameter {
        name: RenderedParameterName (required),
        /// Absent where the template declares the parameter with `NoEcho`: that is a secret.
        value: RenderedParameterValue,
    }

    /// Request of [`RetryDeployment`](crate::Operation::RetryDeployment).
    RetryDeploymentInput {
        deployment_id: DeploymentId (required),
        /// Replaces the spec of the failed deployment; of a component, the service spec.
        spec: SpecContents,
        /// Replaces the code of a component.
        template_file: TemplateFileContents,
    }

    /// Answer of [`RetryDeployment`](crate::Operation::RetryDeployment).
    RetryDeploymentOutput {
        /// The new deployment.
        deployment: Deployment (required),
    }

    /// Request of [`ForceDelete`](crate::Operation::ForceDelete).
    ForceDeleteInput {
        /// An environment, a component, or a service with all that belongs to it; also one instance or the pipeline of a
        /// service, once its deletion has failed.
        resource_arn: Arn (required),
        retain: Retention (required),
    }

    /// Request of [`ImportTemplateVersion`](crate::Operation::ImportTemplateVersion).
    ImportTemplateVersionInput {
        client_token: ClientToken (token),
        /// Mandatory for service templates, refused for environment templates.
        compatible_environment_templates: CompatibleEnvironmentTemplateInputList,
        description: Description,
        major_version: TemplateVersionPart (required),
        minor_version: TemplateVersionPart (required),
        source: TemplateVersionSourceInput (required),
        /// Of service templates only.
        supported_component_sources: ServiceTemplateSupportedComponentSourceInputList,
        tags: TagList,
        template_name: ResourceName (required),
        template_type: TemplateType (required),
    }

    /// Answer of [`ImportTemplateVersion`](crate::Operation::ImportTemplateVersion).
    ImportTemplateVersionOutput {
        template_version: ImportedTemplateVersion (required),
    }

    /// A version in registration. Proton's operations read, publish and delete it like any other.
    ImportedTemplateVersion {
        arn: Arn (required),
        major_version: TemplateVersionPart (required),
        minor_version: TemplateVersionPart (required),
        status: TemplateVersionStatus (required),
        template_name: ResourceName (required),
    }

    /// Answer of [`ForceDelete`](crate::Operation::ForceDelete).
    ForceDeleteOutput {
        /// The deletions that have begun.
        deployments: DeploymentSummaryList (required),
    }
}

lists! {
    /// Rendered files, by name.
    RenderedFileList of RenderedFile;

    /// Parameters, in the order of the template.
    RenderedParameterList of RenderedParameter;
}

enums! {
    /// What a forced deletion lets stay.
    Retention {
        FailedResources = "FAILED_RESOURCES",
        Stack = "STACK",
    }
}
