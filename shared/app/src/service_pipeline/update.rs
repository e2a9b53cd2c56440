//! UpdateServicePipeline (behaviour 2.6, 2.9).

use protium_bundle::ServiceSpec;
use protium_domain::deployment::{Deployment, DeploymentState, NewDeployment};
use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::service::Service;
use protium_domain::service_pipeline::ServicePipeline;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::{BundlePart, TemplateVersion};

use super::making::pipeline_reference;
use super::read::service_pipeline_find;
use super::{ServicePipelineView, described, require_pipeline_role};
use crate::artifact::{document_load, document_store};
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt, Write};
use crate::race::Races;
use crate::spec::invalid;
use crate::target_version::{DeploymentType, VersionChoice, version_deployable, version_for_update};
use crate::template::template_get;
use crate::{spec, workflow};

/// A request to update a pipeline.
#[derive(Debug, Clone)]
pub struct ServicePipelineUpdate {
    /// Its service.
    pub service: ResourceName,
    /// What to deploy.
    pub deployment_type: DeploymentType,
    /// The version to go to.
    pub version: VersionChoice,
    /// A whole service spec, of which the section `pipeline` counts.
    pub spec: String,
}

/// Updates a pipeline by a deployment; NONE changes nothing. Template version and spec change when the deployment
/// succeeds (behaviour 1.3).
///
/// # Errors
/// [`Error::NotFound`] for an unknown service, one without pipeline, or an unknown version; [`Error::Validation`] for
/// members that the deployment type refuses, a spec that does not fit, or an account without a role for pipelines;
/// [`Error::Conflict`] while the pipeline or its service is in progress.
pub async fn service_pipeline_update(app: &App, input: ServicePipelineUpdate) -> Result<ServicePipelineView> {
    let mut races = Races::many();
    loop {
        let pipeline = service_pipeline_find(app, &input.service).await?;
        let service: Option<Service> = app.store.find(Key::Service(input.service.clone())).await?;
        let service = service.ok_or_else(|| crate::service::unknown(app, &input.service))?;
        require_idle(&service, &pipeline)?;
        if input.deployment_type == DeploymentType::None {
            return unchanged(app, &input, pipeline).await;
        }
        let (commit, pipeline) = deploy(app, &input, service, pipeline).await?;
        match commit.submit(app).await {
            Ok(()) => return ServicePipelineView::load(app, pipeline).await,
            Err(error) => races.lost(error, &described(&input.service))?,
        }
    }
}

/// What [`service_pipeline_update`] would commit, where it deploys something.
pub(crate) async fn service_pipeline_update_plan(app: &App, input: &ServicePipelineUpdate) -> Result<Commit> {
    let pipeline = service_pipeline_find(app, &input.service).await?;
    let service: Option<Service> = app.store.find(Key::Service(input.service.clone())).await?;
    let service = service.ok_or_else(|| crate::service::unknown(app, &input.service))?;
    require_idle(&service, &pipeline)?;
    if input.deployment_type == DeploymentType::None {
        unchanged(app, input, pipeline).await?;
        return Ok(Commit::new(Partition::Service(service.name)));
    }
    Ok(deploy(app, input, service, pipeline).await?.0)
}

fn require_idle(service: &Service, pipeline: &ServicePipeline) -> Result<()> {
    let (what, status) = (described(&service.name), pipeline.deployable.status());
    if service.status().is_in_progress() {
        return Err(Error::Conflict(format!(
            "{what} can't be updated while its service is {}; wait until that has ended",
            service.status()
        )));
    }
    if status.is_in_progress() {
        return Err(Error::Conflict(format!("{what} is {status}; wait until its deployment has ended")));
    }
    Ok(())
}

/// NONE: there is no metadata of a pipeline to change. The spec is mandatory all the same, and has to be one.
async fn unchanged(
    app: &App,
    input: &ServicePipelineUpdate,
    pipeline: ServicePipeline,
) -> Result<ServicePipelineView> {
    ServiceSpec::parse(&input.spec).map_err(invalid)?;
    let template = template_get(app, TemplateKind::Service, &pipeline.template).await?;
    version_for_update(&template, pipeline.version, input.deployment_type, input.version)?;
    ServicePipelineView::load(app, pipeline).await
}

async fn deploy(
    app: &App,
    input: &ServicePipelineUpdate,
    service: Service,
    mut pipeline: ServicePipeline,
) -> Result<(Commit, ServicePipeline)> {
    let kind = TemplateKind::Service;
    let template = template_get(app, kind, &pipeline.template).await?;
    let number = version_for_update(&template, pipeline.version, input.deployment_type, input.version)?;
    let version = version_deployable(app, kind, &pipeline.template, number).await?;
    require_pipeline_part(&version)?;
    require_pipeline_role(app, &version).await?;
    let text = spec_text(app, &input.spec, &service, &version).await?;
    let document = document_store(&*app.artifacts, text).await?;
    let state = DeploymentState::new(pipeline.template.clone(), number, document);
    let succeeded_once = pipeline.deployable.last_succeeded_deployment_id.is_some();
    let initial_state = succeeded_once.then(|| pipeline.state().into());
    let (now, id) = (app.now(), app.ids.identifier());
    let before = pipeline.state();
    let change = pipeline.update(id.clone(), &state, now)?;
    let new = NewDeployment {
        id,
        target: pipeline.target(),
        kind: input.deployment_type.kind(),
        target_created_at: pipeline.created_at,
        initial_state,
        target_state: state.clone().into(),
        service_operation_id: None,
    };
    let (deployment, began) = Deployment::new(new, now);
    let mut commit = Commit::new(Partition::Service(service.name.clone()));
    let pipeline = commit.replace(pipeline);
    // Whoever begins an operation of the service meanwhile decided without this deployment, and has to decide again.
    commit.replace(service);
    commit.create(&deployment);
    commit.write(Write::RequireDeployable(kind, state.template.clone(), number, now));
    commit.write(Write::Put(pipeline_reference(&pipeline.service, &state).into()));
    if pipeline.version != before.version {
        commit.write(Write::Remove(Key::Reference(pipeline_reference(&pipeline.service, &before))));
    }
    commit.announce(StatusEvent::service_pipeline(app.location(), &pipeline, change));
    commit.announce(StatusEvent::deployment(app.location(), &deployment, began));
    commit.start(workflow::provision_start(&deployment));
    Ok((commit, pipeline))
}

pub(super) fn require_pipeline_part(version: &TemplateVersion) -> Result<()> {
    if version.part(BundlePart::PipelineInfrastructure).is_some() {
        return Ok(());
    }
    Err(Error::Validation(format!(
        "templateMinorVersion: version {} of '{}' has no pipeline; use one that has",
        version.version, version.template
    )))
}

/// The spec that the pipeline shall be made of, checked as far as its own section goes.
pub(super) async fn spec_text(
    app: &App,
    given: &str,
    service: &Service,
    version: &TemplateVersion,
) -> Result<String> {
    let schema = spec::schema(app, version).await?;
    let stored = document_load(&*app.artifacts, &service.spec).await?;
    let stored = ServiceSpec::parse(&stored).map_err(invalid)?;
    let spec = ServiceSpec::parse(given).map_err(invalid)?;
    let spec = spec.with_current_values_of_pipeline(Some(&stored)).map_err(invalid)?;
    spec.pipeline_inputs(&schema).map_err(invalid)?;
    Ok(spec.text().to_owned())
}
