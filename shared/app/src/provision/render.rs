//! The step `Render`: makes the text that will be deployed, byte for byte (design 2.3).

use std::collections::BTreeMap;

use protium_bundle::render::namespace::{
    AttachedInstance, ComponentNamespace, ComponentView, Components, EnvironmentNamespace, EnvironmentView,
    InstanceNamespace, Outputs, OwnComponent, OwnEnvironment, OwnInstance, ServiceView,
};
use protium_bundle::{
    Bundle, Engine, EnvironmentSpec, OpenOptions, Part, RenderContext, Schema, ServiceSpec, StackParameter,
    archive, render_cloudformation, render_part,
};
use protium_domain::component::{Component, ComponentState};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::{Deployment, DeploymentKind, DeploymentState, DeploymentTarget};
use protium_domain::document::Document;
use protium_domain::environment::Environment;
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;
use protium_domain::service::Service;
use protium_domain::service_instance::ServiceInstance;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::{BundlePart, TemplateVersion};
use serde_json::{Map, Value};

use super::parameters::{parameters_save, stack_parameters};
use super::pipeline_namespace::pipeline_namespace;
use super::subject::Subject;
use super::{Report, StepOutcome, Work, open_work, preview};
use crate::artifact::{bundle_key, document_load, parameters_key, rendered_key};
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt};
use crate::spec::{bundle_kind, invalid};

/// Renders the template of the deployment `id` into the artifact bucket. A deletion needs none.
///
/// # Errors
/// [`Error`] when something of Protium's own fails; the step is repeated then. A template that can't be rendered ends in
/// a [`Report`]: rendering problems end as a failed deployment, never as a failed call (behaviour section 14).
pub async fn render(app: &App, id: &Identifier) -> Result<StepOutcome> {
    let deployment = match open_work(app, id).await? {
        Work::Deployment(deployment) => *deployment,
        Work::Preview(preview) => return preview::render(app, &preview).await,
        Work::Nothing => return Ok(StepOutcome::Succeeded),
    };
    // Of what is cancelled nothing more is begun; what was begun was rendered before.
    if deployment.kind == DeploymentKind::Delete || deployment.status() == DeploymentStatus::Cancelling {
        return Ok(StepOutcome::Wait);
    }
    match rendered(app, &deployment).await {
        Ok(rendered) => {
            rendered.save(app, &rendered_key(id), &parameters_key(id)).await?;
            Ok(StepOutcome::Wait)
        }
        Err(Error::Validation(reason)) => {
            Report::failed(reason).save(app, id).await?;
            Ok(StepOutcome::Failed)
        }
        Err(error) => Err(error),
    }
}

/// What a stack is made from.
pub(super) struct Rendered {
    template: String,
    parameters: Vec<StackParameter>,
}

impl Rendered {
    /// Puts template and parameters, if there are any, under their keys.
    pub(super) async fn save(self, app: &App, template_key: &str, parameters_key: &str) -> Result<()> {
        parameters_save(app, parameters_key, self.parameters).await?;
        Ok(app.artifacts.put(template_key, self.template.into_bytes()).await?)
    }

    /// Whether the same lies under these keys.
    pub(super) async fn is_saved(&self, app: &App, template_key: &str, parameters_key: &str) -> Result<bool> {
        let template = app.artifacts.get(template_key).await?;
        Ok(template.as_deref() == Some(self.template.as_bytes())
            && stack_parameters(app, parameters_key).await? == self.parameters)
    }
}

/// The rendered template. What the template's or the spec's author can mend is an [`Error::Validation`].
pub(super) async fn rendered(app: &App, deployment: &Deployment) -> Result<Rendered> {
    let subject = Subject::load(app, deployment).await?;
    if let Subject::Component(component, environment, instance) = &subject {
        let template = component_rendered(app, deployment, component, environment, instance.as_deref());
        return Ok(Rendered { template: template.await?, parameters: Vec::new() });
    }
    let (Some((kind, part)), Some(state)) = (subject.part(), deployment.target_state.template()) else {
        return Err(Error::internal("the resource has neither a template nor code of its own"));
    };
    let bundle = bundle(app, state, kind).await?;
    let spec = document_load(&*app.artifacts, &state.spec).await?;
    let namespace = match &subject {
        Subject::Environment(environment) => environment_namespace(environment, &spec, bundle.schema())?,
        Subject::ServiceInstance(instance, environment) => {
            instance_namespace(app, deployment, instance, environment, &spec, bundle.schema()).await?
        }
        Subject::ServicePipeline(pipeline, _) => {
            pipeline_namespace(app, pipeline, &spec, bundle.schema()).await?
        }
        Subject::Component(..) => return Err(Error::internal("a component has code of its own")),
    };
    let part = match part {
        BundlePart::Infrastructure => Part::Infrastructure,
        BundlePart::InstanceInfrastructure => Part::InstanceInfrastructure,
        BundlePart::PipelineInfrastructure => Part::PipelineInfrastructure,
    };
    let context = RenderContext { namespace, ..RenderContext::default() };
    let rendered =
        render_part(&bundle, part, &context).map_err(|error| Error::Validation(error.to_string()))?;
    let template = match &rendered.engine {
        Engine::CloudFormation { file } => rendered.text(file).map(str::to_owned),
        Engine::Terraform { .. } | Engine::CodeBuild => None,
    };
    let missing = || Error::internal(format!("the bundle has no CloudFormation template in {part}"));
    Ok(Rendered { template: template.ok_or_else(missing)?, parameters: rendered.parameters })
}

async fn bundle(app: &App, state: &DeploymentState, kind: TemplateKind) -> Result<Bundle> {
    let missing =
        || Error::internal(format!("the bundle of {} {} is missing", state.template, state.version));
    let key = Key::TemplateVersion(kind, state.template.clone(), state.version);
    let version: Option<TemplateVersion> = app.store.find(key).await?;
    let version = version.ok_or_else(missing)?;
    let registered = version.bundle.as_ref().ok_or_else(missing)?;
    let archive = app.artifacts.get(&bundle_key(&registered.digest)).await?.ok_or_else(missing)?;
    let has_pipeline = version.part(BundlePart::PipelineInfrastructure).is_some();
    let options = OpenOptions { customer_managed: kind == TemplateKind::Service && !has_pipeline };
    archive::read(&archive).and_then(|files| Bundle::open(bundle_kind(kind), files, options)).map_err(|_| {
        Error::internal(format!("the bundle {} was accepted once, but not now", registered.digest))
    })
}

fn environment_namespace(environment: &Environment, spec: &str, schema: &Schema) -> Result<Value> {
    let spec = EnvironmentSpec::parse(spec).map_err(invalid)?;
    let inputs = spec.inputs(schema).map_err(invalid)?;
    let environment = OwnEnvironment { name: environment.name.to_string(), inputs };
    Ok(EnvironmentNamespace { environment }.to_json())
}

async fn instance_namespace(
    app: &App,
    deployment: &Deployment,
    instance: &ServiceInstance,
    environment: &Environment,
    spec: &str,
    schema: &Schema,
) -> Result<Value> {
    let spec = ServiceSpec::parse(spec).map_err(invalid)?;
    let inputs = spec.instance_inputs(schema, instance.name.as_str()).map_err(invalid)?;
    let service = service(app, &instance.service).await?;
    let namespace = InstanceNamespace {
        service: service_view(&service),
        service_instance: OwnInstance {
            name: instance.name.to_string(),
            inputs,
            components: Components { default: component_view(app, deployment).await? },
        },
        environment: environment_view(app, deployment, environment).await?,
    };
    Ok(namespace.to_json())
}

async fn environment_view(
    app: &App,
    deployment: &Deployment,
    environment: &Environment,
) -> Result<EnvironmentView> {
    Ok(EnvironmentView {
        name: environment.name.to_string(),
        account_id: environment.account.clone(),
        outputs: environment_outputs(app, deployment).await?,
    })
}

/// The attached component with the outputs of its deployment that this deployment was accepted on. A component that
/// was never deployed successfully has nothing to offer, and is as good as none.
async fn component_view(app: &App, deployment: &Deployment) -> Result<Option<ComponentView>> {
    let state = deployment.target_state.template();
    let Some(id) = state.and_then(|state| state.component_deployment_id.as_ref()) else { return Ok(None) };
    let source: Option<Deployment> = app.store.find(Key::Deployment(id.clone())).await?;
    let source = source.ok_or_else(|| forgotten("component", id))?;
    let DeploymentTarget::Component { name, .. } = &source.target else { return Ok(None) };
    Ok(Some(ComponentView { name: name.to_string(), outputs: outputs(app, source.outputs.as_ref()).await? }))
}

/// Outputs lie with the deployment that made them; somebody may have deleted it from the history.
fn forgotten(what: &str, id: &Identifier) -> Error {
    Error::Validation(format!(
        "The outputs of the {what} are gone, because its deployment {id} was deleted from the history. Deploy the {what} \
         once more, then repeat this deployment."
    ))
}

/// The rendered code of a component (behaviour 2.7, 6.1).
async fn component_rendered(
    app: &App,
    deployment: &Deployment,
    component: &Component,
    environment: &Environment,
    instance: Option<&ServiceInstance>,
) -> Result<String> {
    let mismatch = || Error::internal("the deployment of a component holds no state of one");
    let state = deployment.target_state.component().ok_or_else(mismatch)?;
    let attached = instance.filter(|_| state.attachment.is_some());
    let mut namespace = ComponentNamespace {
        component: OwnComponent { name: component.name.to_string() },
        environment: environment_view(app, deployment, environment).await?,
        ..ComponentNamespace::default()
    };
    if let Some(instance) = attached {
        namespace.service = Some(service_view(&service(app, &instance.service).await?));
        namespace.service_instance = Some(AttachedInstance {
            name: instance.name.to_string(),
            inputs: attached_inputs(app, state, instance).await?,
        });
    }
    let template = document_load(&*app.artifacts, &state.template_file).await?;
    render_cloudformation(&component.file, &template, &namespace.to_json())
        .map_err(|error| Error::Validation(error.to_string()))
}

/// The inputs that the component's service spec gives the instance; without one there are none.
async fn attached_inputs(
    app: &App,
    state: &ComponentState,
    instance: &ServiceInstance,
) -> Result<Map<String, Value>> {
    let Some(spec) = &state.service_spec else { return Ok(Map::new()) };
    let key = Key::TemplateVersion(TemplateKind::Service, instance.template.clone(), instance.version);
    let version: Option<TemplateVersion> = app.store.find(key).await?;
    let version = version.ok_or_else(|| Error::internal("the instance's template version is missing"))?;
    let schema = crate::spec::schema(app, &version).await?;
    let text = document_load(&*app.artifacts, spec).await?;
    let spec = ServiceSpec::parse(&text).map_err(invalid)?;
    spec.instance_inputs(&schema, instance.name.as_str()).map_err(invalid)
}

pub(super) async fn service(app: &App, name: &ResourceName) -> Result<Service> {
    let found: Option<Service> = app.store.find(Key::Service(name.clone())).await?;
    found.ok_or_else(|| Error::internal(format!("service {name} is missing")))
}

/// Without a repository its three fields are empty texts (behaviour 6.1).
pub(super) fn service_view(service: &Service) -> ServiceView {
    let name = service.name.to_string();
    match service.repository.clone() {
        None => ServiceView { name, ..ServiceView::default() },
        Some(repository) => ServiceView {
            name,
            repository_id: repository.id,
            repository_connection_arn: repository.connection_arn,
            branch_name: repository.branch,
        },
    }
}

/// The outputs of the environment's deployment that this deployment was accepted on (behaviour 7.3).
async fn environment_outputs(app: &App, deployment: &Deployment) -> Result<Outputs> {
    let Some(id) = deployment.target_state.environment_deployment_id() else { return Ok(Outputs::new()) };
    let source: Option<Deployment> = app.store.find(Key::Deployment(id.clone())).await?;
    let source = source.ok_or_else(|| forgotten("environment", id))?;
    outputs(app, source.outputs.as_ref()).await
}

/// Reads the outputs that a deployment left.
pub(crate) async fn outputs(app: &App, document: Option<&Document>) -> Result<BTreeMap<String, String>> {
    let Some(document) = document else { return Ok(BTreeMap::new()) };
    let json = document_load(&*app.artifacts, document).await?;
    serde_json::from_str(&json).map_err(|error| Error::Internal(Box::new(error)))
}
