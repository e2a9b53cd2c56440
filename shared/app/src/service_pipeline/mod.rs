//! Pipelines of services (behaviour 2.6): made with their service, provisioned after its instances.

mod adopt;
mod cancel;
mod making;
mod read;
mod update;

pub(crate) use adopt::service_pipeline_adoption_plan;
pub use cancel::service_pipeline_cancel;
pub(crate) use making::{pipeline_deletion, pipeline_hold, pipeline_make, pipeline_release, pipeline_stay};
pub(crate) use read::{service_pipeline_find, service_pipeline_of};
pub use read::{service_pipeline_outputs, service_pipeline_provisioned_resources};
pub(crate) use update::service_pipeline_update_plan;
pub use update::{ServicePipelineUpdate, service_pipeline_update};

use protium_domain::arn::Resource;
use protium_domain::name::ResourceName;
use protium_domain::service_pipeline::ServicePipeline;
use protium_domain::template_version::{BundlePart, TemplateVersion};

use crate::account::settings_get;
use crate::artifact::document_load;
use crate::context::App;
use crate::error::{Error, Result};
use crate::target_version::require_cloudformation;

/// A pipeline as it is shown, with the text of its spec.
#[derive(Debug, Clone, PartialEq)]
pub struct ServicePipelineView {
    /// The pipeline.
    pub pipeline: ServicePipeline,
    /// The whole service spec last used, verbatim.
    pub spec: String,
}

impl ServicePipelineView {
    pub(crate) async fn load(app: &App, pipeline: ServicePipeline) -> Result<Self> {
        let spec = document_load(&*app.artifacts, &pipeline.spec).await?;
        Ok(Self { pipeline, spec })
    }
}

/// A pipeline as messages name it.
pub(crate) fn described(service: &ResourceName) -> String {
    format!("the pipeline of the service '{service}'")
}

/// The refusal of a service without pipeline; wording of behaviour 14.
pub(crate) fn unknown(app: &App, service: &ResourceName) -> Error {
    let arn = app.location().arn(&Resource::ServicePipeline { service: service.clone() });
    Error::NotFound(format!("The requested service pipeline does not exist: {arn}"))
}

/// Whether the account can provision the pipeline of `version` (behaviour 7.1).
///
/// # Errors
/// [`Error::Validation`] when its settings lack the role; [`Error::NotImplemented`] for what a later release provisions.
pub(crate) async fn require_pipeline_role(app: &App, version: &TemplateVersion) -> Result<()> {
    require_cloudformation(version, BundlePart::PipelineInfrastructure)?;
    require_role(app).await
}

/// Whether the account's settings name a role for pipelines made by CloudFormation.
///
/// # Errors
/// [`Error::Validation`] when they don't.
pub(crate) async fn require_role(app: &App) -> Result<()> {
    if settings_get(app).await?.pipeline_service_role_arn.is_some() {
        return Ok(());
    }
    Err(Error::Validation(
        "pipelineServiceRoleArn: the service template has a pipeline, and the account has no role to provision it; set \
         one with UpdateAccountSettings"
            .to_owned(),
    ))
}
