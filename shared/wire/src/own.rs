//! What Protium does beyond Proton: seeing what was or would be deployed, and ways on for what is stuck.

use crate::{
    deployment::{Deployment, DeploymentSummaryList},
    macros::{enums, lists, strings, structures},
    values::{Arn, DeploymentId, SpecContents, TemplateFileContents},
};

strings! {
    /// The name of a rendered file within its bundle's folder.
    RenderedFileName {}

    /// What was rendered, byte for byte.
    RenderedText sensitive {}

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

    /// Answer of [`ForceDelete`](crate::Operation::ForceDelete).
    ForceDeleteOutput {
        /// The deletions that have begun.
        deployments: DeploymentSummaryList (required),
    }
}

lists! {
    /// Rendered files, by name.
    RenderedFileList of RenderedFile;
}

enums! {
    /// What a forced deletion lets stay.
    Retention {
        FailedResources = "FAILED_RESOURCES",
        Stack = "STACK",
    }
}
