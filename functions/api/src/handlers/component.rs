//! Components (behaviour 2.7).

use protium_app::App;
use protium_app::component::{
    self, AttachmentChange, ComponentCreate, ComponentFilter, ComponentUpdate, ComponentView,
};
use protium_domain::arn::Location;
use protium_domain::component::{Attachment, Component};
use protium_domain::name::ResourceName;
use protium_wire::Page;
use protium_wire::component as wire;

use super::{convert, deployable};
use crate::error::{Answer, Failure};

/// CreateComponent.
pub(crate) async fn create(
    app: &App,
    input: wire::CreateComponentInput,
) -> Answer<wire::CreateComponentOutput> {
    let view = component::component_create(app, create_input(input)?).await?;
    Ok(wire::CreateComponentOutput { component: detail(app.location(), view) })
}

/// The request of CreateComponent.
pub(super) fn create_input(input: wire::CreateComponentInput) -> Answer<ComponentCreate> {
    Ok(ComponentCreate {
        name: convert::name(input.name)?,
        description: input.description,
        environment: name(input.environment_name)?,
        service: name(input.service_name)?,
        service_instance: name(input.service_instance_name)?,
        template_file: input.template_file,
        manifest: input.manifest,
        service_spec: input.service_spec,
        tags: convert::tags(input.tags)?,
        client_token: convert::token(input.client_token),
    })
}

/// GetComponent.
pub(crate) async fn get(app: &App, input: wire::GetComponentInput) -> Answer<wire::GetComponentOutput> {
    let view = component::component_get(app, &convert::name(input.name)?).await?;
    Ok(wire::GetComponentOutput { component: Some(detail(app.location(), view)) })
}

/// ListComponents.
pub(crate) async fn list(app: &App, input: wire::ListComponentsInput) -> Answer<wire::ListComponentsOutput> {
    let page = Page::of(&input)?;
    let filter = ComponentFilter {
        environment: name(input.environment_name)?,
        service: name(input.service_name)?,
        service_instance: name(input.service_instance_name)?,
    };
    let found = component::component_list(app, &filter, &convert::page_request(&page)).await?;
    Ok(wire::ListComponentsOutput {
        next_token: page.next(found.next.as_deref()),
        components: found.items.into_iter().map(|item| summary(app.location(), item)).collect(),
    })
}

/// UpdateComponent.
pub(crate) async fn update(
    app: &App,
    input: wire::UpdateComponentInput,
) -> Answer<wire::UpdateComponentOutput> {
    let view = component::component_update(app, update_input(input)?).await?;
    Ok(wire::UpdateComponentOutput { component: detail(app.location(), view) })
}

/// The request of UpdateComponent.
pub(super) fn update_input(input: wire::UpdateComponentInput) -> Answer<ComponentUpdate> {
    Ok(ComponentUpdate {
        name: convert::name(input.name)?,
        deploys: match input.deployment_type {
            wire::ComponentDeploymentUpdateType::None => false,
            wire::ComponentDeploymentUpdateType::CurrentVersion => true,
        },
        description: input.description,
        attachment: attachment_change(input.service_name, input.service_instance_name)?,
        template_file: input.template_file,
        service_spec: input.service_spec,
        client_token: convert::token(input.client_token),
    })
}

/// DeleteComponent.
pub(crate) async fn delete(
    app: &App,
    input: wire::DeleteComponentInput,
) -> Answer<wire::DeleteComponentOutput> {
    let deleted = component::component_delete(app, &convert::name(input.name)?).await?;
    Ok(wire::DeleteComponentOutput { component: deleted.map(|view| detail(app.location(), view)) })
}

/// CancelComponentDeployment.
pub(crate) async fn cancel(
    app: &App,
    input: wire::CancelComponentDeploymentInput,
) -> Answer<wire::CancelComponentDeploymentOutput> {
    let view = component::component_cancel(app, &convert::name(input.component_name)?).await?;
    Ok(wire::CancelComponentDeploymentOutput { component: detail(app.location(), view) })
}

/// ListComponentOutputs.
pub(crate) async fn outputs(
    app: &App,
    input: wire::ListComponentOutputsInput,
) -> Answer<wire::ListComponentOutputsOutput> {
    let name = convert::name(input.component_name)?;
    let id = deployable::deployment_id(input.deployment_id)?;
    let outputs = component::component_outputs(app, &name, id.as_ref()).await?;
    Ok(wire::ListComponentOutputsOutput { next_token: None, outputs: deployable::outputs(outputs) })
}

/// ListComponentProvisionedResources.
pub(crate) async fn provisioned_resources(
    app: &App,
    input: wire::ListComponentProvisionedResourcesInput,
) -> Answer<wire::ListComponentProvisionedResourcesOutput> {
    let name = convert::name(input.component_name)?;
    let resources = component::component_provisioned_resources(app, &name).await?;
    Ok(wire::ListComponentProvisionedResourcesOutput {
        next_token: None,
        provisioned_resources: deployable::resources(resources),
    })
}

fn name(text: Option<String>) -> Answer<Option<ResourceName>> {
    text.map(convert::name).transpose()
}

/// Both names attach, both empty texts detach, and neither changes nothing (behaviour 2.7).
fn attachment_change(service: Option<String>, instance: Option<String>) -> Answer<AttachmentChange> {
    match (service, instance) {
        (None, None) => Ok(AttachmentChange::Keep),
        (Some(service), Some(instance)) if service.is_empty() && instance.is_empty() => {
            Ok(AttachmentChange::Detach)
        }
        (Some(service), Some(instance)) if !service.is_empty() && !instance.is_empty() => {
            let (service, instance) = (convert::name(service)?, convert::name(instance)?);
            Ok(AttachmentChange::Attach(Attachment { service, instance }))
        }
        _ => Err(Failure::App(protium_app::Error::Validation(
            "serviceName, serviceInstanceName: give both to attach the component, or both as \"\" to detach it".to_owned(),
        ))),
    }
}

fn detail(location: &Location, view: ComponentView) -> wire::Component {
    let service_spec = view.service_spec;
    let summary = summary(location, view.component.clone());
    wire::Component {
        arn: summary.arn,
        created_at: summary.created_at,
        deployment_status: summary.deployment_status,
        deployment_status_message: summary.deployment_status_message,
        description: view.component.description,
        environment_name: summary.environment_name,
        last_attempted_deployment_id: summary.last_attempted_deployment_id,
        last_client_request_token: view.component.last_client_request_token,
        last_deployment_attempted_at: summary.last_deployment_attempted_at,
        last_deployment_succeeded_at: summary.last_deployment_succeeded_at,
        last_modified_at: summary.last_modified_at,
        last_succeeded_deployment_id: summary.last_succeeded_deployment_id,
        name: summary.name,
        service_instance_name: summary.service_instance_name,
        service_name: summary.service_name,
        service_spec,
    }
}

fn summary(location: &Location, component: Component) -> wire::ComponentSummary {
    let arn = location.arn(&component.target().resource());
    let deployed = component.deployable;
    let attachment = component.state.attachment.as_ref();
    wire::ComponentSummary {
        arn,
        created_at: convert::timestamp(component.created_at),
        deployment_status: deployable::status(deployed.status()),
        deployment_status_message: deployed.status_message().map(ToOwned::to_owned),
        environment_name: component.environment.into(),
        last_attempted_deployment_id: Some(deployed.last_attempted_deployment_id.into()),
        last_deployment_attempted_at: Some(convert::timestamp(deployed.last_attempted_at)),
        last_deployment_succeeded_at: deployed.last_succeeded_at.map(convert::timestamp),
        last_modified_at: convert::timestamp(component.last_modified_at),
        last_succeeded_deployment_id: deployed.last_succeeded_deployment_id.map(Into::into),
        name: component.name.into(),
        service_instance_name: attachment.map(|attachment| attachment.instance.to_string()),
        service_name: attachment.map(|attachment| attachment.service.to_string()),
    }
}
