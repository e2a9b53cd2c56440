//! Pipelines of services (behaviour 2.6).

use protium_app::App;
use protium_app::service_pipeline::{self, ServicePipelineUpdate, ServicePipelineView};
use protium_domain::arn::Location;
use protium_wire::service_pipeline as wire;

use super::{convert, deployable};
use crate::error::Answer;

/// UpdateServicePipeline.
pub(crate) async fn update(
    app: &App,
    input: wire::UpdateServicePipelineInput,
) -> Answer<wire::UpdateServicePipelineOutput> {
    let view = service_pipeline::service_pipeline_update(app, update_input(input)?).await?;
    Ok(wire::UpdateServicePipelineOutput { pipeline: detail(app.location(), view) })
}

/// The request of UpdateServicePipeline.
pub(super) fn update_input(input: wire::UpdateServicePipelineInput) -> Answer<ServicePipelineUpdate> {
    let (major, minor) = (input.template_major_version.as_deref(), input.template_minor_version.as_deref());
    Ok(ServicePipelineUpdate {
        service: convert::name(input.service_name)?,
        deployment_type: deployable::deployment_type(input.deployment_type),
        version: deployable::version_choice(major, minor)?,
        spec: input.spec,
    })
}

/// CancelServicePipelineDeployment.
pub(crate) async fn cancel(
    app: &App,
    input: wire::CancelServicePipelineDeploymentInput,
) -> Answer<wire::CancelServicePipelineDeploymentOutput> {
    let service = convert::name(input.service_name)?;
    let view = service_pipeline::service_pipeline_cancel(app, &service).await?;
    Ok(wire::CancelServicePipelineDeploymentOutput { pipeline: detail(app.location(), view) })
}

/// ListServicePipelineOutputs. Everything comes in one answer.
pub(crate) async fn outputs(
    app: &App,
    input: wire::ListServicePipelineOutputsInput,
) -> Answer<wire::ListServicePipelineOutputsOutput> {
    let id = deployable::deployment_id(input.deployment_id)?;
    let service = convert::name(input.service_name)?;
    let outputs = service_pipeline::service_pipeline_outputs(app, &service, id.as_ref()).await?;
    Ok(wire::ListServicePipelineOutputsOutput { next_token: None, outputs: deployable::outputs(outputs) })
}

/// ListServicePipelineProvisionedResources. Everything comes in one answer.
pub(crate) async fn provisioned_resources(
    app: &App,
    input: wire::ListServicePipelineProvisionedResourcesInput,
) -> Answer<wire::ListServicePipelineProvisionedResourcesOutput> {
    let service = convert::name(input.service_name)?;
    let resources = service_pipeline::service_pipeline_provisioned_resources(app, &service).await?;
    Ok(wire::ListServicePipelineProvisionedResourcesOutput {
        next_token: None,
        provisioned_resources: deployable::resources(resources),
    })
}

/// A pipeline, as it travels.
pub(crate) fn detail(location: &Location, view: ServicePipelineView) -> wire::ServicePipeline {
    let ServicePipelineView { pipeline, spec } = view;
    let arn = location.arn(&pipeline.target().resource());
    let deployable = pipeline.deployable;
    wire::ServicePipeline {
        arn,
        created_at: convert::timestamp(pipeline.created_at),
        deployment_status: deployable::status(deployable.status()),
        deployment_status_message: deployable.status_message().map(ToOwned::to_owned),
        last_attempted_deployment_id: Some(deployable.last_attempted_deployment_id.into()),
        last_deployment_attempted_at: convert::timestamp(deployable.last_attempted_at),
        last_deployment_succeeded_at: deployable.last_succeeded_at.map(convert::timestamp),
        last_succeeded_deployment_id: deployable.last_succeeded_deployment_id.map(Into::into),
        spec: Some(spec),
        template_major_version: pipeline.version.major.to_string(),
        template_minor_version: pipeline.version.minor.to_string(),
        template_name: pipeline.template.into(),
    }
}
