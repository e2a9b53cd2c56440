//! Previews and adoptions.

use protium_app::App;
use protium_app::ports::{ResourceChange, ResourceChangeDetail};
use protium_app::preview::{
    Adopted, AdoptedInstance, AdoptedPipeline, PreviewRequest, PreviewView, adoption_start, preview_get,
    preview_start,
};
use protium_app::service::RepositoryMembers;
use protium_app::service_instance::ServiceInstanceCreate;
use protium_domain::arn::Location;
use protium_domain::identifier::Identifier;
use protium_domain::preview::PreviewStatus;
use protium_wire::preview as wire;
use protium_wire::preview::{AdoptedResource, PreviewedRequest};

use super::{
    component, convert, deployable, deployment, environment, own, service, service_instance, service_pipeline,
};
use crate::error::{Answer, Failure};

/// PreviewDeployment.
pub(crate) async fn preview(
    app: &App,
    input: wire::PreviewDeploymentInput,
) -> Answer<wire::PreviewDeploymentOutput> {
    let request = request(input)?;
    let view = preview_start(app, &request).await?;
    Ok(wire::PreviewDeploymentOutput { preview: detail(app.location(), view) })
}

/// GetPreview.
pub(crate) async fn get(app: &App, input: wire::GetPreviewInput) -> Answer<wire::GetPreviewOutput> {
    let view = preview_get(app, &Identifier::new(input.preview_id)?).await?;
    Ok(wire::GetPreviewOutput { preview: detail(app.location(), view) })
}

/// AdoptResource.
pub(crate) async fn adopt(app: &App, input: wire::AdoptResourceInput) -> Answer<wire::AdoptResourceOutput> {
    let adopted = match input.resource {
        AdoptedResource::Component(input) => Adopted::Component(component::create_input(input)?),
        AdoptedResource::Environment(input) => Adopted::Environment(environment::create_input(input)?),
        AdoptedResource::ServiceInstance(input) => Adopted::ServiceInstance(adopted_instance(input)?),
        AdoptedResource::ServicePipeline(input) => Adopted::ServicePipeline(adopted_pipeline(input)?),
    };
    let view = adoption_start(app, &input.stack_arn, &adopted).await?;
    Ok(wire::AdoptResourceOutput { preview: detail(app.location(), view) })
}

fn request(input: wire::PreviewDeploymentInput) -> Answer<PreviewRequest> {
    let instance = input.service_instance_name;
    if instance.is_some() && !matches!(input.request, PreviewedRequest::CreateService(_)) {
        return Err(Failure::validation(
            "serviceInstanceName: it chooses the part of createService to preview; leave it out with other requests",
        ));
    }
    Ok(match input.request {
        PreviewedRequest::CreateComponent(input) => {
            PreviewRequest::ComponentCreate(component::create_input(input)?)
        }
        PreviewedRequest::CreateEnvironment(input) => {
            PreviewRequest::EnvironmentCreate(environment::create_input(input)?)
        }
        PreviewedRequest::CreateService(input) => {
            let instance = instance.map(convert::name).transpose()?;
            PreviewRequest::ServiceCreate(service::create_input(input)?, instance)
        }
        PreviewedRequest::CreateServiceInstance(input) => {
            PreviewRequest::ServiceInstanceCreate(service_instance::create_input(input)?)
        }
        PreviewedRequest::UpdateComponent(input) => {
            PreviewRequest::ComponentUpdate(component::update_input(input)?)
        }
        PreviewedRequest::UpdateEnvironment(input) => {
            PreviewRequest::EnvironmentUpdate(environment::update_input(input)?)
        }
        PreviewedRequest::UpdateServiceInstance(input) => {
            PreviewRequest::ServiceInstanceUpdate(service_instance::update_input(input)?)
        }
        PreviewedRequest::UpdateServicePipeline(input) => {
            PreviewRequest::ServicePipelineUpdate(service_pipeline::update_input(input)?)
        }
    })
}

fn adopted_instance(input: wire::AdoptedServiceInstance) -> Answer<AdoptedInstance> {
    let (major, minor) =
        (Some(input.template_major_version.as_str()), input.template_minor_version.as_deref());
    Ok(AdoptedInstance {
        instance: ServiceInstanceCreate {
            service: convert::name(input.service_name)?,
            name: convert::name(input.name)?,
            version: deployable::version_choice(major, minor)?,
            spec: input.spec,
            tags: convert::tags(input.tags)?,
            client_token: None,
        },
        template: convert::name(input.template_name)?,
        service_description: input.description,
        repository: RepositoryMembers {
            connection_arn: input.repository_connection_arn,
            id: input.repository_id,
            branch: input.branch_name,
        },
    })
}

fn adopted_pipeline(input: wire::AdoptedServicePipeline) -> Answer<AdoptedPipeline> {
    let (major, minor) = (input.template_major_version.as_deref(), input.template_minor_version.as_deref());
    Ok(AdoptedPipeline {
        service: convert::name(input.service_name)?,
        version: deployable::version_choice(major, minor)?,
        spec: input.spec,
    })
}

fn detail(location: &Location, view: PreviewView) -> wire::Preview {
    let PreviewView { preview, changes, files } = view;
    let files: Vec<_> = files.into_iter().map(own::rendered_file).collect();
    wire::Preview {
        adopted_stack_arn: preview.adopts.as_ref().and_then(|stack| stack.arn.clone()),
        changes: changes.map(|changes| changes.into_iter().map(change).collect()),
        completed_at: preview.completed_at.map(convert::timestamp),
        created_at: convert::timestamp(preview.created_at),
        files: Some(files).filter(|files| !files.is_empty()),
        id: preview.id.to_string(),
        status: match preview.status() {
            PreviewStatus::InProgress => wire::PreviewStatus::InProgress,
            PreviewStatus::Succeeded => wire::PreviewStatus::Succeeded,
            PreviewStatus::Failed => wire::PreviewStatus::Failed,
        },
        status_message: preview.status_message().map(ToOwned::to_owned),
        target_arn: location.arn(&preview.target.resource()),
        target_resource_type: deployment::resource_type(&preview.target),
    }
}

fn change(change: ResourceChange) -> wire::ResourceChange {
    wire::ResourceChange {
        action: change.action,
        details: change.details.into_iter().map(change_detail).collect(),
        logical_resource_id: change.logical_id,
        physical_resource_id: change.physical_id,
        replacement: change.replacement,
        resource_type: change.resource_type,
        scope: change.scope,
    }
}

fn change_detail(detail: ResourceChangeDetail) -> wire::ResourceChangeDetail {
    wire::ResourceChangeDetail {
        attribute: detail.attribute,
        name: detail.name,
        requires_recreation: detail.requires_recreation,
    }
}
