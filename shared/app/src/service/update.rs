//! UpdateService: the description at once, the spec by an operation that adds and removes instances (behaviour 2.4, 3.3).

use protium_bundle::{InstanceSection, ServiceSpec};
use protium_domain::deployable::{DeploymentStatus, HeldFor};
use protium_domain::deployment::DeploymentState;
use protium_domain::document::Document;
use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::service::{Service, ServiceOperation, ServicePhase, ServiceTarget, ServiceTrigger};
use protium_domain::service_instance::ServiceInstance;
use protium_domain::service_pipeline::ServicePipeline;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::{BundlePart, TemplateVersion};
use protium_domain::version::VersionNumber;

use super::making::{Making, PlannedInstance, ROOM, instances_plan, operation_reference, require_quota};
use super::{ServiceView, described, service_version, unknown};
use crate::artifact::{document_load, document_store};
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt, Write};
use crate::race::Races;
use crate::service_pipeline::{
    pipeline_hold, pipeline_make, require_pipeline_role, require_role, service_pipeline_of,
};
use crate::service_settle::service_instances;
use crate::spec::{self, invalid};
use crate::target_version::require_cloudformation;
use crate::workflow;

/// A request to update a service. What is absent stays.
#[derive(Debug, Clone)]
pub struct ServiceUpdate {
    /// Its name.
    pub name: ResourceName,
    /// For people.
    pub description: Option<String>,
    /// The spec's text: the instances that it shall have.
    pub spec: Option<String>,
}

/// Updates a service. With a spec, instances that it adds are created, those that it leaves out are removed, and the
/// pipeline is provisioned again; what was never deployed is deployed anew, so a failed creation is repaired this way.
///
/// # Errors
/// [`Error::NotFound`] for an unknown service; [`Error::Conflict`] while it, an instance or its pipeline is in progress,
/// while an instance to be removed has a component attached, and after a failed deletion; [`Error::Validation`] for a spec
/// that does not fit, changes what it keeps, or keeps no instance; [`Error::QuotaExceeded`] for too many instances.
pub async fn service_update(app: &App, input: ServiceUpdate) -> Result<ServiceView> {
    let mut races = Races::few();
    loop {
        let found: Option<Service> = app.store.find(Key::Service(input.name.clone())).await?;
        let mut service = found.ok_or_else(|| unknown(app, &input.name))?;
        require_settled(&service)?;
        let plan = match &input.spec {
            Some(spec) => Some(Plan::new(app, &service, spec).await?),
            None => None,
        };
        if input.description.is_none() && plan.is_none() {
            return ServiceView::load(app, service).await;
        }
        service.description = input.description.clone().or(service.description);
        service.creation.modified = true;
        let (commit, service) = match plan {
            Some(plan) => plan.commit(app, service)?,
            None => described_anew(app, service),
        };
        match commit.submit(app).await {
            Ok(()) => return ServiceView::load(app, service).await,
            Err(error) => races.lost(error, &described(&input.name))?,
        }
    }
}

fn described_anew(app: &App, mut service: Service) -> (Commit, Service) {
    service.last_modified_at = app.now();
    let mut commit = Commit::new(Partition::Service(service.name.clone()));
    let service = commit.replace(service);
    (commit, service)
}

fn require_settled(service: &Service) -> Result<()> {
    if service.status().is_in_progress() {
        return Err(Error::Conflict(format!(
            "{} is {}; wait until it has ended",
            described(&service.name),
            service.status()
        )));
    }
    Ok(())
}

/// What happens to the pipeline.
enum PipelinePlan {
    /// There is none, or the template version has none.
    Nothing,
    /// It is provisioned again.
    Again(Box<ServicePipeline>),
    /// It is made.
    Make,
}

impl PipelinePlan {
    fn existing(&self) -> Option<&ServicePipeline> {
        match self {
            Self::Again(pipeline) => Some(pipeline),
            Self::Nothing | Self::Make => None,
        }
    }
}

/// Everything that was read and checked before the operation begins.
struct Plan {
    document: Document,
    /// The version of what is deployed; nothing when nothing is.
    version: Option<VersionNumber>,
    added: Vec<PlannedInstance>,
    removed: Vec<ServiceInstance>,
    pipeline: PipelinePlan,
}

impl Plan {
    async fn new(app: &App, service: &Service, text: &str) -> Result<Self> {
        let instances = service_instances(app, &service.name).await?;
        let pipeline = service_pipeline_of(app, &service.name).await?;
        require_idle(service, &instances, pipeline.as_ref())?;
        let stored = document_load(&*app.artifacts, &service.spec).await?;
        let stored = ServiceSpec::parse(&stored).map_err(invalid)?;
        let spec = ServiceSpec::parse(text).map_err(invalid)?;
        let spec = spec.with_current_values(Some(&stored)).map_err(invalid)?;
        let is_deployed = pipeline.as_ref().is_some_and(has_succeeded);
        let edit = Edit::new(&spec, &stored, instances.clone())?;
        if is_deployed || service.repository.is_none() {
            require_same_pipeline(&spec, &stored)?;
        }
        edit.require_detached()?;
        require_quota(app, &service.name, edit.count(&spec))?;

        let is_new_pipeline = service.repository.is_some() && !is_deployed;
        let version = if edit.added.is_empty() && !is_new_pipeline {
            None
        } else {
            Some(service_version(app, service, &instances, pipeline.as_ref()).await?)
        };
        let plan = match (pipeline, &version) {
            (Some(pipeline), _) if is_deployed => PipelinePlan::Again(Box::new(pipeline)),
            (pipeline, Some(version)) if has_pipeline(service, version) => {
                pipeline.map_or(PipelinePlan::Make, |pipeline| PipelinePlan::Again(Box::new(pipeline)))
            }
            _ => PipelinePlan::Nothing,
        };
        let added = match &version {
            Some(version) => added(app, version, &spec, &edit, is_new_pipeline).await?,
            None => Vec::new(),
        };
        match (&plan, &version) {
            (PipelinePlan::Nothing, _) => {}
            (_, Some(version)) => require_pipeline_role(app, version).await?,
            (_, None) => require_role(app).await?,
        }
        let document = document_store(&*app.artifacts, spec.text().to_owned()).await?;
        let version = version.map(|version| version.version);
        Ok(Self { document, version, added, removed: edit.removed, pipeline: plan })
    }

    fn commit(self, app: &App, mut service: Service) -> Result<(Commit, Service)> {
        let (now, operation_id) = (app.now(), app.ids.identifier());
        let partition = Partition::Service(service.name.clone());
        let (mut commit, mut parts) = (Commit::new(partition.clone()), Commit::new(partition));
        let removed = self.removed.len();
        for mut instance in self.removed {
            let change = instance.deployable.hold(HeldFor::Delete)?;
            let instance = parts.replace(instance);
            parts.announce(StatusEvent::service_instance(app.location(), &instance, change));
        }
        require_fits(&parts, removed)?;
        let (mut runs, mut left) = (Vec::new(), Vec::new());
        if let Some(version) = self.version {
            let making = Making {
                service: &service.name,
                template: &service.template,
                version,
                spec: &self.document,
                tags: &service.tags,
                pipeline: self.pipeline.existing(),
                operation_id: Some(&operation_id),
                client_token: None,
            };
            (runs, left) = making.stage_some(app, &mut parts, &self.added)?;
            let kind = TemplateKind::Service;
            parts.write(Write::RequireDeployable(kind, service.template.clone(), version, now));
            let reference = operation_reference(&service.name, &service.template, version);
            parts.write(Write::Put(reference.into()));
        }
        match (self.pipeline, self.version) {
            (PipelinePlan::Again(pipeline), _) => pipeline_hold(app, &mut parts, *pipeline)?,
            (PipelinePlan::Make, Some(version)) => {
                let state = pipeline_state(&service, version, &self.document);
                pipeline_make(app, &mut parts, &service.name, state, &operation_id);
            }
            _ => {}
        }
        let ids = runs.iter().map(|run| run.deployment_id.clone()).collect();
        let target = ServiceTarget { spec: self.document, version: self.version };
        let operation = ServiceOperation::new(operation_id, ServicePhase::Instances, ids, Some(target), now);
        let operation = operation.with_pending(left);
        commit.start(workflow::service_start(&service.name, &operation, &runs));
        let change = service.begin(ServiceTrigger::Update, operation, None, now)?;
        let service = commit.replace(service);
        commit.announce(StatusEvent::service(app.location(), &service, change));
        commit.append(parts);
        Ok((commit, service))
    }
}

/// All instances to be removed are marked in one commit, so that nobody else begins anything with them.
fn require_fits(commit: &Commit, removed: usize) -> Result<()> {
    if commit.len() <= ROOM {
        return Ok(());
    }
    Err(Error::Validation(format!(
        "spec.instances: {removed} instances can't be removed in one step; remove fewer of them in each of several updates"
    )))
}

fn pipeline_state(service: &Service, version: VersionNumber, spec: &Document) -> DeploymentState {
    DeploymentState::new(service.template.clone(), version, spec.clone())
}

/// The instances that are added, once everything that is deployed with `version` is checked against it.
async fn added(
    app: &App,
    version: &TemplateVersion,
    spec: &ServiceSpec,
    edit: &Edit,
    is_new_pipeline: bool,
) -> Result<Vec<PlannedInstance>> {
    require_cloudformation(version, BundlePart::InstanceInfrastructure)?;
    let schema = spec::schema(app, version).await?;
    let mut problems = Vec::new();
    for name in &edit.added {
        problems.extend(spec.validate_instance(&schema, name).err().unwrap_or_default());
    }
    if is_new_pipeline {
        problems.extend(spec.pipeline_inputs(&schema).err().unwrap_or_default());
    }
    if !problems.is_empty() {
        return Err(invalid(problems));
    }
    let is_added = |section: &&InstanceSection| edit.added.iter().any(|name| name == section.name());
    let sections: Vec<&InstanceSection> = spec.instances().iter().filter(is_added).collect();
    instances_plan(app, &sections, &edit.existing, version).await
}

fn has_pipeline(service: &Service, version: &TemplateVersion) -> bool {
    service.repository.is_some() && version.part(BundlePart::PipelineInfrastructure).is_some()
}

fn require_same_pipeline(spec: &ServiceSpec, stored: &ServiceSpec) -> Result<()> {
    if spec.has_same_pipeline(stored) {
        return Ok(());
    }
    Err(Error::Validation(
        "spec.pipeline: it differs from the stored one; use UpdateServicePipeline to change it".to_owned(),
    ))
}

fn has_succeeded(pipeline: &ServicePipeline) -> bool {
    pipeline.deployable.last_succeeded_deployment_id.is_some()
}

/// The difference between two specs, by the names of their instances.
struct Edit {
    /// Names of the sections that are to be deployed: new ones, and those that never were or could not be removed.
    added: Vec<String>,
    /// Instances that the spec leaves out.
    removed: Vec<ServiceInstance>,
    /// All other records.
    existing: Vec<ServiceInstance>,
}

impl Edit {
    fn new(spec: &ServiceSpec, stored: &ServiceSpec, instances: Vec<ServiceInstance>) -> Result<Self> {
        if spec.instances().is_empty() {
            return Err(Error::Validation(
                "spec.instances: at least one instance must remain; delete the service to remove all of them"
                    .to_owned(),
            ));
        }
        let is_wanted = |instance: &ServiceInstance| spec.instance(instance.name.as_str()).is_some();
        let (existing, removed): (Vec<_>, Vec<_>) = instances.into_iter().partition(is_wanted);
        let (mut added, mut problems) = (Vec::new(), Vec::new());
        for section in spec.instances() {
            let is_kept = existing.iter().any(|it| it.name.as_str() == section.name() && is_deployed(it));
            let before = stored.instance(section.name());
            if !is_kept {
                added.push(section.name().to_owned());
            } else if !before.is_some_and(|before| before.means_the_same(section)) {
                problems.push(format!(
                    "{}: the section of the instance '{}' differs from the stored one; UpdateService adds and removes \
                     instances only, use UpdateServiceInstance to change one",
                    section.path(),
                    section.name()
                ));
            }
        }
        if problems.is_empty() {
            Ok(Self { added, removed, existing })
        } else {
            Err(Error::Validation(problems.join("; ")))
        }
    }

    /// How many instances count against the quota: those of the spec, and those whose removal failed before.
    fn count(&self, spec: &ServiceSpec) -> usize {
        let left = self.removed.iter().filter(|it| it.deployable.status() == DeploymentStatus::DeleteFailed);
        spec.instances().len() + left.count()
    }

    fn require_detached(&self) -> Result<()> {
        let attached = self.removed.iter().find_map(|it| it.component.as_ref().zip(Some(&it.name)));
        match attached {
            Some((component, instance)) => Err(Error::Conflict(format!(
                "the instance '{instance}' can't be removed while the component '{component}' is attached to it; detach \
                 it first"
            ))),
            None => Ok(()),
        }
    }
}

/// Whether it was deployed once, and stays.
fn is_deployed(instance: &ServiceInstance) -> bool {
    instance.deployable.last_succeeded_deployment_id.is_some()
        && instance.deployable.status() != DeploymentStatus::DeleteFailed
}

fn require_idle(
    service: &Service,
    instances: &[ServiceInstance],
    pipeline: Option<&ServicePipeline>,
) -> Result<()> {
    let instances =
        instances.iter().map(|it| (format!("its instance '{}'", it.name), it.deployable.status()));
    let pipeline = pipeline.map(|pipeline| ("its pipeline".to_owned(), pipeline.deployable.status()));
    match instances.chain(pipeline).find(|(_, status)| status.is_in_progress()) {
        Some((what, status)) => Err(Error::Conflict(format!(
            "{} can't be updated while {what} is {status}; wait until its deployment has ended",
            described(&service.name)
        ))),
        None => Ok(()),
    }
}
