//! The pipeline of a service that takes a stack over.

use protium_bundle::ServiceSpec;
use protium_domain::deployment::{Deployment, DeploymentKind, DeploymentState, NewDeployment};
use protium_domain::document::Document;
use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::service::Service;
use protium_domain::service_pipeline::ServicePipeline;
use protium_domain::template::TemplateKind;

use super::making::pipeline_reference;
use super::read::service_pipeline_of;
use super::update::{require_pipeline_part, spec_text};
use super::{described, require_pipeline_role};
use crate::artifact::{document_load, document_store};
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt, Write};
use crate::preview::AdoptedPipeline;
use crate::service::{self, service_version};
use crate::service_settle::service_instances;
use crate::spec::invalid;
use crate::target_version::{version_deployable, version_for_creation};
use crate::template::template_get;
use crate::workflow;

/// What a pipeline that takes a stack over commits. Its section joins the service's spec when its first deployment ends.
///
/// # Errors
/// [`Error::NotFound`] for an unknown service or version; [`Error::Conflict`] while the service is in progress, and when it
/// has a pipeline; [`Error::Validation`] for a template version or a service that can't have one, and for a spec that does
/// not fit.
pub(crate) async fn service_pipeline_adoption_plan(app: &App, input: &AdoptedPipeline) -> Result<Commit> {
    let service: Option<Service> = app.store.find(Key::Service(input.service.clone())).await?;
    let mut service = service.ok_or_else(|| service::unknown(app, &input.service))?;
    if service.status().is_in_progress() {
        let what = service::described(&service.name);
        return Err(Error::Conflict(format!("{what} is {}; wait until that has ended", service.status())));
    }
    if service_pipeline_of(app, &service.name).await?.is_some() {
        return Err(Error::Conflict(format!("{} exists already", described(&service.name))));
    }
    let kind = TemplateKind::Service;
    let template = template_get(app, kind, &service.template).await?;
    let major = match input.version.major {
        Some(major) => major,
        None => {
            let instances = service_instances(app, &service.name).await?;
            service_version(app, &service, &instances, None).await?.version.major
        }
    };
    let number = version_for_creation(&template, major, input.version.minor)?;
    let version = version_deployable(app, kind, &service.template, number).await?;
    require_pipeline_part(&version)?;
    require_pipeline_role(app, &version).await?;
    let text = spec_text(app, &input.spec, &service, &version).await?;
    service.spec = spec_in_order(app, &service, &text).await?;
    let document = document_store(&*app.artifacts, text).await?;
    let state = DeploymentState::new(service.template.clone(), number, document);
    Ok(commit(app, service, state))
}

/// The service's spec with its instances in the order of `text`. They were adopted in any order; the template was
/// deployed with theirs.
async fn spec_in_order(app: &App, service: &Service, text: &str) -> Result<Document> {
    let stored = document_load(&*app.artifacts, &service.spec).await?;
    let stored = ServiceSpec::parse(&stored).map_err(invalid)?;
    let ordered = stored.in_order_of(&ServiceSpec::parse(text).map_err(invalid)?).map_err(invalid)?;
    document_store(&*app.artifacts, ordered.text().to_owned()).await
}

fn commit(app: &App, service: Service, state: DeploymentState) -> Commit {
    let (now, id) = (app.now(), app.ids.identifier());
    let (pipeline, change) = ServicePipeline::new(service.name.clone(), state.clone(), id.clone(), now);
    let new = NewDeployment {
        id,
        target: pipeline.target(),
        kind: DeploymentKind::Deploy,
        target_created_at: now,
        initial_state: None,
        target_state: state.clone().into(),
        service_operation_id: None,
    };
    let (deployment, began) = Deployment::new(new, now);
    let mut commit = Commit::new(Partition::Service(service.name.clone()));
    commit.create(&pipeline);
    commit.create(&deployment);
    commit.write(Write::RequireDeployable(TemplateKind::Service, state.template.clone(), state.version, now));
    commit.write(Write::Put(pipeline_reference(&service.name, &state).into()));
    commit.announce(StatusEvent::service_pipeline(app.location(), &pipeline, change));
    commit.announce(StatusEvent::deployment(app.location(), &deployment, began));
    commit.start(workflow::provision_start(&deployment));
    // Whoever begins an operation of the service meanwhile decided without the pipeline, and has to decide again.
    commit.replace(service);
    commit
}
