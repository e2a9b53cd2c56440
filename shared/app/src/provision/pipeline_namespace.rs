//! What a pipeline's template sees (behaviour 6.1): its service, its own inputs, and every instance of the service with
//! inputs, outputs and environment.
//!
//! The instances are read when the pipeline is rendered, not when its deployment was accepted: those that the same
//! operation of the service deployed have their outputs only then.

use protium_bundle::render::namespace::{
    EnvironmentView, Outputs, OwnPipeline, PipelineInstance, PipelineNamespace,
};
use protium_bundle::{Schema, ServiceSpec};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::Deployment;
use protium_domain::environment::Environment;
use protium_domain::identifier::Identifier;
use protium_domain::service::Service;
use protium_domain::service_instance::ServiceInstance;
use protium_domain::service_pipeline::ServicePipeline;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::TemplateVersion;
use serde_json::Value;

use super::render::{outputs, service, service_view};
use crate::artifact::document_load;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt};
use crate::service_settle::service_instances;
use crate::spec::invalid;

/// The namespace of `pipeline`, whose inputs are in `spec` and described by `schema`.
pub(super) async fn pipeline_namespace(
    app: &App,
    pipeline: &ServicePipeline,
    spec: &str,
    schema: &Schema,
) -> Result<Value> {
    let spec = ServiceSpec::parse(spec).map_err(invalid)?;
    let inputs = spec.pipeline_inputs(schema).map_err(invalid)?;
    let service = service(app, &pipeline.service).await?;
    let mut service_instances = Vec::new();
    for instance in instances(app, &service).await? {
        service_instances.push(instance_view(app, &instance).await?);
    }
    let service = service_view(&service);
    Ok(PipelineNamespace { service, pipeline: OwnPipeline { inputs }, service_instances }.to_json())
}

/// The instances that the service has, in the order of its spec. One that could not be removed is none of them.
async fn instances(app: &App, service: &Service) -> Result<Vec<ServiceInstance>> {
    let text = document_load(&*app.artifacts, &service.spec).await?;
    let spec = ServiceSpec::parse(&text).map_err(invalid)?;
    let place = |instance: &ServiceInstance| {
        let sections = spec.instances();
        let found = sections.iter().position(|section| section.name() == instance.name.as_str());
        (found.unwrap_or(sections.len()), instance.name.to_string())
    };
    let mut instances = service_instances(app, &service.name).await?;
    instances.retain(|instance| {
        let status = instance.deployable.status();
        !matches!(status, DeploymentStatus::DeleteInProgress | DeploymentStatus::DeleteFailed)
    });
    instances.sort_by_key(place);
    Ok(instances)
}

async fn instance_view(app: &App, instance: &ServiceInstance) -> Result<PipelineInstance> {
    let key = Key::TemplateVersion(TemplateKind::Service, instance.template.clone(), instance.version);
    let version: Option<TemplateVersion> = app.store.find(key).await?;
    let version = version.ok_or_else(|| Error::internal("the template version of an instance is missing"))?;
    let schema = crate::spec::schema(app, &version).await?;
    let text = document_load(&*app.artifacts, &instance.spec).await?;
    let spec = ServiceSpec::parse(&text).map_err(invalid)?;
    let latest = instance.deployable.last_succeeded_deployment_id.as_ref();
    Ok(PipelineInstance {
        name: instance.name.to_string(),
        inputs: spec.instance_inputs(&schema, instance.name.as_str()).map_err(invalid)?,
        outputs: deployed_outputs(app, latest).await?,
        environment: environment_view(app, instance).await?,
    })
}

async fn environment_view(app: &App, instance: &ServiceInstance) -> Result<EnvironmentView> {
    let found: Option<Environment> = app.store.find(Key::Environment(instance.environment.clone())).await?;
    let environment = found.ok_or_else(|| Error::internal("the environment of an instance is missing"))?;
    let latest = environment.deployable.last_succeeded_deployment_id.as_ref();
    let outputs = deployed_outputs(app, latest).await?;
    Ok(EnvironmentView {
        name: environment.name.to_string(),
        account_id: environment.account.clone(),
        outputs,
    })
}

/// The outputs of a deployment; empty for what was never deployed.
async fn deployed_outputs(app: &App, id: Option<&Identifier>) -> Result<Outputs> {
    let Some(id) = id else { return Ok(Outputs::new()) };
    let found: Option<Deployment> = app.store.find(Key::Deployment(id.clone())).await?;
    outputs(app, found.as_ref().and_then(|deployment| deployment.outputs.as_ref())).await
}
