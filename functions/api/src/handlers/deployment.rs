//! Deployments (behaviour 2.8).

use protium_app::App;
use protium_app::deployment::{self, DeploymentLocator, DeploymentView, StateTexts};
use protium_domain::arn::{Location, Resource};
use protium_domain::deployment::{Deployment, DeploymentState, DeploymentTarget, TargetState};
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;
use protium_wire::Page;
use protium_wire::deployment as wire;

use super::{convert, deployable};
use crate::error::Answer;

/// GetDeployment.
pub(crate) async fn get(app: &App, input: wire::GetDeploymentInput) -> Answer<wire::GetDeploymentOutput> {
    let locator = DeploymentLocator {
        environment: name(input.environment_name)?,
        service: name(input.service_name)?,
        service_instance: name(input.service_instance_name)?,
        component: name(input.component_name)?,
    };
    let view = deployment::deployment_get(app, &Identifier::new(input.id)?, &locator).await?;
    Ok(wire::GetDeploymentOutput { deployment: Some(detail(app.location(), view)) })
}

/// ListDeployments.
pub(crate) async fn list(
    app: &App,
    input: wire::ListDeploymentsInput,
) -> Answer<wire::ListDeploymentsOutput> {
    let page = Page::of(&input)?;
    let locator = DeploymentLocator {
        environment: name(input.environment_name)?,
        service: name(input.service_name)?,
        service_instance: name(input.service_instance_name)?,
        component: name(input.component_name)?,
    };
    let found = deployment::deployment_list(app, &locator, &convert::page_request(&page)).await?;
    Ok(wire::ListDeploymentsOutput {
        next_token: page.next(found.next.as_deref()),
        deployments: found.items.iter().map(|item| summary(app.location(), item)).collect(),
    })
}

/// DeleteDeployment.
pub(crate) async fn delete(
    app: &App,
    input: wire::DeleteDeploymentInput,
) -> Answer<wire::DeleteDeploymentOutput> {
    let view = deployment::deployment_delete(app, &Identifier::new(input.id)?).await?;
    Ok(wire::DeleteDeploymentOutput { deployment: Some(detail(app.location(), view)) })
}

fn name(text: Option<String>) -> Answer<Option<ResourceName>> {
    text.map(convert::name).transpose()
}

/// Everything but the states and what is known of the target now: a list reads deployments only.
pub(super) fn summary(location: &Location, deployment: &Deployment) -> wire::DeploymentSummary {
    let (service, instance, component) = match &deployment.target {
        DeploymentTarget::Environment { .. } => (None, None, None),
        DeploymentTarget::ServiceInstance { service, name, .. } => (Some(service), Some(name), None),
        DeploymentTarget::ServicePipeline { service } => (Some(service), None, None),
        DeploymentTarget::Component { name, .. } => (None, None, Some(name)),
    };
    wire::DeploymentSummary {
        arn: location.arn(&Resource::Deployment { id: deployment.id.clone() }),
        completed_at: deployment.completed_at.map(convert::timestamp),
        component_name: component.map(ToString::to_string),
        created_at: convert::timestamp(deployment.created_at),
        deployment_status: deployable::status(deployment.status()),
        environment_name: deployment.target.environment().map(ToString::to_string),
        id: deployment.id.to_string(),
        last_attempted_deployment_id: None,
        last_modified_at: convert::timestamp(deployment.last_modified_at),
        last_succeeded_deployment_id: None,
        service_instance_name: instance.map(ToString::to_string),
        service_name: service.map(ToString::to_string),
        target_arn: location.arn(&deployment.target.resource()),
        target_resource_created_at: convert::timestamp(deployment.target_created_at),
        target_resource_type: resource_type(&deployment.target),
    }
}

pub(super) fn detail(location: &Location, view: DeploymentView) -> wire::Deployment {
    let common = summary(location, &view.deployment);
    let Deployment { target, initial_state, target_state, .. } = &view.deployment;
    let initial = initial_state.as_ref().zip(view.initial);
    wire::Deployment {
        arn: common.arn,
        completed_at: common.completed_at,
        component_name: common.component_name,
        created_at: common.created_at,
        deployment_status: common.deployment_status,
        deployment_status_message: view.deployment.status_message().map(ToOwned::to_owned),
        environment_name: common.environment_name,
        id: common.id,
        initial_state: initial.map(|(initial, texts)| state(target, initial, texts)),
        last_attempted_deployment_id: view.last_attempted_id.map(Into::into),
        last_modified_at: common.last_modified_at,
        last_succeeded_deployment_id: view.last_succeeded_id.map(Into::into),
        service_instance_name: common.service_instance_name,
        service_name: common.service_name,
        target_arn: common.target_arn,
        target_resource_created_at: common.target_resource_created_at,
        target_resource_type: common.target_resource_type,
        target_state: Some(state(target, target_state, view.target)),
    }
}

pub(super) const fn resource_type(target: &DeploymentTarget) -> wire::DeploymentTargetResourceType {
    match target {
        DeploymentTarget::Environment { .. } => wire::DeploymentTargetResourceType::Environment,
        DeploymentTarget::ServiceInstance { .. } => wire::DeploymentTargetResourceType::ServiceInstance,
        DeploymentTarget::ServicePipeline { .. } => wire::DeploymentTargetResourceType::ServicePipeline,
        DeploymentTarget::Component { .. } => wire::DeploymentTargetResourceType::Component,
    }
}

fn state(target: &DeploymentTarget, state: &TargetState, texts: StateTexts) -> wire::DeploymentState {
    match state {
        TargetState::Template(state) => template_state(target, state, texts.spec),
        TargetState::Component(state) => {
            let attachment = state.attachment.as_ref();
            wire::DeploymentState::Component(wire::ComponentState {
                service_instance_name: attachment.map(|attachment| attachment.instance.to_string()),
                service_name: attachment.map(|attachment| attachment.service.to_string()),
                service_spec: texts.spec,
                template_file: texts.template_file,
            })
        }
    }
}

fn template_state(
    target: &DeploymentTarget,
    state: &DeploymentState,
    spec: Option<String>,
) -> wire::DeploymentState {
    let (major, minor) = (state.version.major.to_string(), state.version.minor.to_string());
    let template_name = state.template.to_string();
    match target {
        DeploymentTarget::Environment { .. } => wire::DeploymentState::Environment(wire::EnvironmentState {
            spec,
            template_major_version: major,
            template_minor_version: minor,
            template_name,
        }),
        DeploymentTarget::ServicePipeline { .. } => {
            wire::DeploymentState::ServicePipeline(wire::ServicePipelineState {
                spec,
                template_major_version: major,
                template_minor_version: minor,
                template_name,
            })
        }
        DeploymentTarget::ServiceInstance { .. } | DeploymentTarget::Component { .. } => {
            let environment = state.environment_deployment_id.as_ref();
            let component = state.component_deployment_id.as_ref();
            let pipeline = state.pipeline_deployment_id.as_ref();
            wire::DeploymentState::ServiceInstance(wire::ServiceInstanceState {
                last_successful_component_deployment_ids: component.map(|id| vec![id.to_string()]),
                last_successful_environment_deployment_id: environment.map(ToString::to_string),
                last_successful_service_pipeline_deployment_id: pipeline.map(ToString::to_string),
                spec: spec.unwrap_or_default(),
                template_major_version: major,
                template_minor_version: minor,
                template_name,
            })
        }
    }
}
