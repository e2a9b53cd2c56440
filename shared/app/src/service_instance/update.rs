//! UpdateServiceInstance (behaviour 2.5, 2.9).

use protium_bundle::ServiceSpec;
use protium_domain::arn::Resource;
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::{Deployment, DeploymentState, NewDeployment};
use protium_domain::environment::Environment;
use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::service::Service;
use protium_domain::service_instance::ServiceInstance;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::{BundlePart, TemplateVersion};
use protium_domain::token::ClientToken;
use serde::Serialize;

use super::read::service_instance_find;
use super::{ServiceInstanceView, described};
use crate::artifact::{document_load, document_store};
use crate::commit::Commit;
use crate::component::component_idle;
use crate::context::App;
use crate::error::{Error, Result};
use crate::fingerprint::fingerprint;
use crate::ports::{Key, StoreExt, Write};
use crate::race::Races;
use crate::service_pipeline::service_pipeline_of;
use crate::spec::invalid;
use crate::target_version::{
    DeploymentType, VersionChoice, require_cloudformation, version_deployable, version_for_update,
};
use crate::template::template_get;
use crate::{compatibility, spec, workflow};

const OPERATION: &str = "UpdateServiceInstance";

/// A request to update an instance.
#[derive(Debug, Clone, Serialize)]
pub struct ServiceInstanceUpdate {
    /// Its service.
    pub service: ResourceName,
    /// Its name.
    pub name: ResourceName,
    /// What to deploy.
    pub deployment_type: DeploymentType,
    /// The version to go to.
    pub version: VersionChoice,
    /// A whole service spec, of which the section of this instance counts.
    pub spec: Option<String>,
    /// Makes the request repeatable for eight hours. Not part of its fingerprint.
    #[serde(skip)]
    pub client_token: Option<String>,
}

/// Updates one instance by a deployment; NONE changes nothing. Template version and spec change when the deployment
/// succeeds (behaviour 1.3).
///
/// # Errors
/// [`Error::NotFound`] for an unknown instance or version; [`Error::Validation`] for members that the deployment type
/// refuses, a spec that does not fit, another environment, or a token that was used for another request;
/// [`Error::Conflict`] while the instance, its component or its service is in progress, or after a failed deletion.
pub async fn service_instance_update(app: &App, input: ServiceInstanceUpdate) -> Result<ServiceInstanceView> {
    let mut races = Races::many();
    loop {
        if token_is_used(app, &input).await? {
            let instance = service_instance_find(app, &input.service, &input.name).await?;
            return ServiceInstanceView::load(app, instance).await;
        }
        let instance = service_instance_find(app, &input.service, &input.name).await?;
        let service: Option<Service> = app.store.find(Key::Service(input.service.clone())).await?;
        let service = service.ok_or_else(|| crate::service::unknown(app, &input.service))?;
        require_idle(&service, &instance)?;
        if input.deployment_type == DeploymentType::None {
            return unchanged(app, &input, instance).await;
        }
        let (commit, instance) = deploy(app, &input, &service, instance).await?;
        match commit.submit(app).await {
            Ok(()) => return ServiceInstanceView::load(app, instance).await,
            Err(error) => races.lost(error, &described(&input.service, &input.name))?,
        }
    }
}

/// What [`service_instance_update`] would commit, where it deploys something.
pub(crate) async fn service_instance_update_plan(app: &App, input: &ServiceInstanceUpdate) -> Result<Commit> {
    let instance = service_instance_find(app, &input.service, &input.name).await?;
    let service: Option<Service> = app.store.find(Key::Service(input.service.clone())).await?;
    let service = service.ok_or_else(|| crate::service::unknown(app, &input.service))?;
    require_idle(&service, &instance)?;
    if input.deployment_type == DeploymentType::None {
        unchanged(app, input, instance).await?;
        return Ok(Commit::new(Partition::Service(service.name)));
    }
    Ok(deploy(app, input, &service, instance).await?.0)
}

/// Whether this very request was accepted before.
async fn token_is_used(app: &App, input: &ServiceInstanceUpdate) -> Result<bool> {
    let Some(token) = &input.client_token else { return Ok(false) };
    let key = Key::ClientToken(OPERATION.to_owned(), token.clone());
    let found: Option<ClientToken> = app.store.find(key).await?;
    match found.filter(|found| found.expires_at > app.now()) {
        None => Ok(false),
        Some(found) if found.digest == fingerprint(input)? => Ok(true),
        Some(_) => Err(Error::idempotent_parameter_mismatch("the deployment with this client token")),
    }
}

fn require_idle(service: &Service, instance: &ServiceInstance) -> Result<()> {
    let what = described(&instance.service, &instance.name);
    let status = instance.deployable.status();
    if service.status().is_in_progress() {
        return Err(Error::Conflict(format!(
            "{what} can't be updated while its service is {}; wait until that has ended",
            service.status()
        )));
    }
    if status.is_in_progress() {
        return Err(Error::Conflict(format!("{what} is {status}; wait until its deployment has ended")));
    }
    if status == DeploymentStatus::DeleteFailed {
        return Err(Error::Conflict(format!(
            "{what} is {status}; repeat its deletion with UpdateService or DeleteService"
        )));
    }
    Ok(())
}

/// NONE: there is no metadata of an instance to change.
async fn unchanged(
    app: &App,
    input: &ServiceInstanceUpdate,
    instance: ServiceInstance,
) -> Result<ServiceInstanceView> {
    if input.spec.is_some() {
        return Err(Error::Validation(
            "spec: deploymentType NONE deploys nothing and takes no spec; use CURRENT_VERSION".to_owned(),
        ));
    }
    let template = template_get(app, TemplateKind::Service, &instance.template).await?;
    version_for_update(&template, instance.version, input.deployment_type, input.version)?;
    ServiceInstanceView::load(app, instance).await
}

async fn deploy(
    app: &App,
    input: &ServiceInstanceUpdate,
    service: &Service,
    mut instance: ServiceInstance,
) -> Result<(Commit, ServiceInstance)> {
    let kind = TemplateKind::Service;
    let template = template_get(app, kind, &instance.template).await?;
    let number = version_for_update(&template, instance.version, input.deployment_type, input.version)?;
    let version = version_deployable(app, kind, &instance.template, number).await?;
    require_cloudformation(&version, BundlePart::InstanceInfrastructure)?;
    let environment = environment(app, &instance, &version).await?;
    let component = component_idle(app, &instance).await?;
    let text = spec_text(app, input, service, &instance, &version).await?;
    let pipeline = service_pipeline_of(app, &instance.service).await?;
    let document = document_store(&*app.artifacts, text).await?;
    let state = DeploymentState {
        environment_deployment_id: environment.deployable.last_succeeded_deployment_id,
        // Outputs of a component reach its instance with the instance's next deployment (behaviour 2.7).
        component_deployment_id: component
            .and_then(|component| component.deployable.last_succeeded_deployment_id),
        pipeline_deployment_id: pipeline
            .and_then(|pipeline| pipeline.deployable.last_succeeded_deployment_id),
        ..DeploymentState::new(instance.template.clone(), number, document)
    };
    let succeeded_once = instance.deployable.last_succeeded_deployment_id.is_some();
    let initial_state = succeeded_once.then(|| instance.state().into());

    let (now, id) = (app.now(), app.ids.identifier());
    let before = instance.state();
    let change = instance.update(id.clone(), &state, now)?;
    instance.last_client_request_token = input.client_token.clone().or(instance.last_client_request_token);
    let (deployment, began) = Deployment::new(
        NewDeployment {
            id,
            target: instance.target(),
            kind: input.deployment_type.kind(),
            target_created_at: instance.created_at,
            initial_state,
            target_state: state.clone().into(),
            service_operation_id: None,
        },
        now,
    );
    let mut commit = Commit::new(Partition::Service(instance.service.clone()));
    let instance = commit.replace(instance);
    // Whoever begins an operation of the service meanwhile decided without this deployment, and has to decide again.
    commit.replace(service.clone());
    commit.create(&deployment);
    commit.write(Write::RequireDeployable(kind, state.template.clone(), number, now));
    commit.write(Write::RequireInhabitable(instance.environment.clone(), now));
    commit.write(Write::Put(reference(&instance, &state).into()));
    if instance.version != before.version {
        commit.write(Write::Remove(Key::Reference(reference(&instance, &before))));
    }
    claim_token(app, input, &mut commit)?;
    commit.announce(StatusEvent::service_instance(app.location(), &instance, change));
    commit.announce(StatusEvent::deployment(app.location(), &deployment, began));
    commit.start(workflow::provision_start(&deployment));
    Ok((commit, instance))
}

async fn environment(
    app: &App,
    instance: &ServiceInstance,
    version: &TemplateVersion,
) -> Result<Environment> {
    let found: Option<Environment> = app.store.find(Key::Environment(instance.environment.clone())).await?;
    compatibility::require_inhabitable(found, instance.environment.as_str(), version)
        .map_err(Error::Validation)
}

/// The spec that the instance shall be made of, checked as far as its own section goes. An omitted one is the stored.
async fn spec_text(
    app: &App,
    input: &ServiceInstanceUpdate,
    service: &Service,
    instance: &ServiceInstance,
    version: &TemplateVersion,
) -> Result<String> {
    let schema = spec::schema(app, version).await?;
    let stored = document_load(&*app.artifacts, &service.spec).await?;
    let given = match &input.spec {
        Some(text) => text.clone(),
        None => document_load(&*app.artifacts, &instance.spec).await?,
    };
    let stored = ServiceSpec::parse(&stored).map_err(invalid)?;
    let spec = ServiceSpec::parse(&given).map_err(invalid)?;
    let spec =
        spec.with_current_values_of_instance(instance.name.as_str(), Some(&stored)).map_err(invalid)?;
    spec.validate_instance(&schema, instance.name.as_str()).map_err(invalid)?;
    match spec.instance(instance.name.as_str()) {
        Some(section) if section.environment() != instance.environment.as_str() => {
            Err(Error::Validation(format!(
                "{}.environment: {} lives in '{}' and can't move to '{}'; create another instance there",
                section.path(),
                described(&instance.service, &instance.name),
                instance.environment,
                section.environment()
            )))
        }
        _ => Ok(spec.text().to_owned()),
    }
}

fn claim_token(app: &App, input: &ServiceInstanceUpdate, commit: &mut Commit) -> Result<()> {
    let Some(token) = input.client_token.clone() else { return Ok(()) };
    let now = app.now();
    let token = ClientToken {
        operation: OPERATION.to_owned(),
        token,
        digest: fingerprint(input)?,
        resource: Resource::ServiceInstance { service: input.service.clone(), name: input.name.clone() },
        expires_at: now.plus(ClientToken::LIFETIME),
    };
    commit.write(Write::Claim(token, now));
    Ok(())
}

fn reference(instance: &ServiceInstance, state: &DeploymentState) -> Reference {
    Reference {
        referent: Referent::TemplateVersion {
            kind: TemplateKind::Service,
            name: state.template.clone(),
            version: state.version,
        },
        referrer: Referrer::ServiceInstance {
            service: instance.service.clone(),
            name: instance.name.clone(),
        },
    }
}
