//! CreateService.

use std::collections::BTreeMap;

use protium_bundle::ServiceSpec;
use protium_domain::deployable::DeploymentTransition;
use protium_domain::deployment::{Deployment, DeploymentKind, DeploymentState, NewDeployment};
use protium_domain::digest::{Creation, Repetition};
use protium_domain::document::Document;
use protium_domain::environment::Environment;
use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::service::{NewService, Service, ServiceOperation};
use protium_domain::service_instance::{NewServiceInstance, ServiceInstance};
use protium_domain::tag::Tags;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::{BundlePart, TemplateVersion};
use protium_domain::watch::Watch;
use serde::Serialize;

use super::{ServiceView, described};
use crate::artifact::document_store;
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::fingerprint::fingerprint;
use crate::ports::{Key, Store, StoreExt, Write};
use crate::race::Races;
use crate::service_settle::DeploymentRun;
use crate::spec::invalid;
use crate::target_version::{require_cloudformation, version_resolve};
use crate::{compatibility, spec, workflow};

/// A request to create a service.
#[derive(Debug, Clone, Serialize)]
pub struct ServiceCreate {
    /// Its name.
    pub name: ResourceName,
    /// For people.
    pub description: Option<String>,
    /// The service template.
    pub template: ResourceName,
    /// Its major version.
    pub major: u64,
    /// Its minor version; absent means the recommended one.
    pub minor: Option<u64>,
    /// The spec's text.
    pub spec: String,
    /// Whether any of the repository members was given.
    pub has_repository: bool,
    /// The customer's tags.
    pub tags: Tags,
}

/// Creates a service and begins to deploy all its instances. A repeat with the same input answers with the original
/// while nobody has updated it (behaviour 2.0 rule 2).
///
/// # Errors
/// [`Error::NotFound`] for an unknown template or version; [`Error::Validation`] for a spec that does not fit, an
/// environment that can't take an instance, or a name that another request took; [`Error::Conflict`] when the original
/// was updated since.
pub async fn service_create(app: &App, input: ServiceCreate) -> Result<ServiceView> {
    let creation = Creation::by(fingerprint(&input)?);
    let mut races = Races::few();
    loop {
        let existing: Option<Service> = app.store.find(Key::Service(input.name.clone())).await?;
        if let Some(existing) = existing {
            return repeated(app, existing, &creation).await;
        }
        let plan = Plan::new(app, &input).await?;
        let (commit, service) = plan.commit(app, &input, creation.clone())?;
        match commit.submit(app).await {
            Ok(()) => return Ok(ServiceView { service, spec: plan.text }),
            Err(error) => races.lost(error, &described(&input.name))?,
        }
    }
}

async fn repeated(app: &App, existing: Service, creation: &Creation) -> Result<ServiceView> {
    let what = described(&existing.name);
    match existing.creation.repetition(&creation.digest) {
        Repetition::Original => ServiceView::load(app, existing).await,
        Repetition::Modified => {
            Err(Error::Conflict(format!("{what} exists already and was changed since it was created")))
        }
        Repetition::Mismatch => Err(Error::idempotent_parameter_mismatch(&what)),
    }
}

/// Everything that was read and checked before the service is made.
struct Plan {
    version: TemplateVersion,
    text: String,
    document: Document,
    instances: Vec<PlannedInstance>,
}

struct PlannedInstance {
    name: ResourceName,
    environment: Environment,
}

impl Plan {
    async fn new(app: &App, input: &ServiceCreate) -> Result<Self> {
        let kind = TemplateKind::Service;
        let (_, version) = version_resolve(app, kind, &input.template, input.major, input.minor).await?;
        require_no_pipeline(&version, input.has_repository)?;
        require_cloudformation(&version, BundlePart::InstanceInfrastructure)?;
        let schema = spec::schema(app, &version).await?;
        let spec = ServiceSpec::parse(&input.spec).map_err(invalid)?;
        let spec = spec.with_current_values(None).map_err(invalid)?;
        spec.validate(&schema).map_err(invalid)?;
        let instances = instances(&*app.store, &spec, &version).await?;
        let text = spec.text().to_owned();
        let document = document_store(&*app.artifacts, text.clone()).await?;
        Ok(Self { version, text, document, instances })
    }

    fn commit(&self, app: &App, input: &ServiceCreate, creation: Creation) -> Result<(Commit, Service)> {
        let now = app.now();
        let operation_id = app.ids.identifier();
        let location = app.location();
        let mut commit = Commit::new(Partition::Service(input.name.clone()));
        let mut made = Vec::new();
        for planned in &self.instances {
            made.push(self.instance(app, input, planned, &operation_id));
        }
        let runs: Vec<DeploymentRun> = made.iter().map(|made| DeploymentRun::of(&made.deployment)).collect();
        let deployment_ids = runs.iter().map(|run| run.deployment_id.clone()).collect();
        let operation = ServiceOperation { id: operation_id, deployment_ids, watch: Watch::begin(now) };
        let start = workflow::service_start(&input.name, &operation, &runs);
        let new = NewService {
            name: input.name.clone(),
            description: input.description.clone(),
            template: input.template.clone(),
            spec: self.document.clone(),
            repository: None,
            tags: input.tags.clone(),
            creation,
        };
        let (service, change) = Service::new(new, operation, now);
        commit.create(&service);
        commit.announce(StatusEvent::service(location, &service, change));
        for made in made {
            made.stage(app, &mut commit);
        }
        let version = self.version.version;
        commit.write(Write::RequireDeployable(TemplateKind::Service, input.template.clone(), version, now));
        commit.start(start);
        require_fits(&commit, self.instances.len())?;
        Ok((commit, service))
    }

    fn instance(
        &self,
        app: &App,
        input: &ServiceCreate,
        planned: &PlannedInstance,
        operation_id: &protium_domain::identifier::Identifier,
    ) -> MadeInstance {
        let (now, id) = (app.now(), app.ids.identifier());
        let state = DeploymentState {
            template: input.template.clone(),
            version: self.version.version,
            spec: self.document.clone(),
            environment_deployment_id: planned.environment.deployable.last_succeeded_deployment_id.clone(),
            component_deployment_id: None,
        };
        let new = NewServiceInstance {
            service: input.name.clone(),
            name: planned.name.clone(),
            environment: planned.environment.name.clone(),
            state: state.clone(),
            tags: input.tags.clone(),
        };
        let (instance, change) = ServiceInstance::new(new, id.clone(), now);
        let new = NewDeployment {
            id,
            target: instance.target(),
            kind: DeploymentKind::Deploy,
            target_created_at: now,
            initial_state: None,
            target_state: state.into(),
            service_operation_id: Some(operation_id.clone()),
        };
        let (deployment, began) = Deployment::new(new, now);
        MadeInstance { instance, change, deployment, began }
    }
}

/// A new instance with its first deployment.
struct MadeInstance {
    instance: ServiceInstance,
    change: DeploymentTransition,
    deployment: Deployment,
    began: DeploymentTransition,
}

impl MadeInstance {
    fn stage(self, app: &App, commit: &mut Commit) {
        let Self { instance, deployment, .. } = &self;
        commit.create(instance);
        commit.create(deployment);
        commit.write(Write::RequireInhabitable(instance.environment.clone(), app.now()));
        for reference in instance_references(instance) {
            commit.write(Write::Put(reference.into()));
        }
        commit.announce(StatusEvent::service_instance(app.location(), instance, self.change));
        commit.announce(StatusEvent::deployment(app.location(), deployment, self.began));
    }
}

/// What an instance uses: its template version and its environment.
fn instance_references(instance: &ServiceInstance) -> [Reference; 2] {
    let referrer =
        Referrer::ServiceInstance { service: instance.service.clone(), name: instance.name.clone() };
    let version = Referent::TemplateVersion {
        kind: TemplateKind::Service,
        name: instance.template.clone(),
        version: instance.version,
    };
    let environment = Referent::Environment { name: instance.environment.clone() };
    [
        Reference { referent: version, referrer: referrer.clone() },
        Reference { referent: environment, referrer },
    ]
}

fn require_no_pipeline(version: &TemplateVersion, has_repository: bool) -> Result<()> {
    if version.part(BundlePart::PipelineInfrastructure).is_some() {
        return Err(Error::NotImplemented(format!(
            "version {} of '{}' has a pipeline, which this release of Protium can't provision yet; use a template with \
             pipelineProvisioning CUSTOMER_MANAGED",
            version.version, version.template
        )));
    }
    if has_repository {
        return Err(Error::Validation(
            "repositoryConnectionArn, repositoryId, branchName: the service template has no pipeline, so it takes no \
             repository; leave them out"
                .to_owned(),
        ));
    }
    Ok(())
}

/// Finds the environment of every instance, and everything that is wrong with them at once.
async fn instances(
    store: &dyn Store,
    spec: &ServiceSpec,
    version: &TemplateVersion,
) -> Result<Vec<PlannedInstance>> {
    if spec.instances().is_empty() {
        return Err(Error::Validation("spec.instances: a service needs at least one instance".to_owned()));
    }
    let mut environments: BTreeMap<String, Option<Environment>> = BTreeMap::new();
    let (mut planned, mut problems) = (Vec::new(), Vec::new());
    for section in spec.instances() {
        let name = ResourceName::new(section.name());
        let key = ResourceName::new(section.environment());
        let (Ok(name), Ok(key)) = (name, key) else {
            problems.push(format!("{}: name and environment must be resource names", section.path()));
            continue;
        };
        if !environments.contains_key(key.as_str()) {
            let found: Option<Environment> = store.find(Key::Environment(key.clone())).await?;
            environments.insert(key.to_string(), found);
        }
        let found = environments.get(key.as_str()).cloned().flatten();
        match compatibility::require_inhabitable(found, key.as_str(), version) {
            Ok(environment) => planned.push(PlannedInstance { name, environment }),
            Err(problem) => problems.push(format!("{}.environment: {problem}", section.path())),
        }
    }
    if problems.is_empty() { Ok(planned) } else { Err(Error::Validation(problems.join("; "))) }
}

/// DynamoDB commits at most 100 writes at once, the intent among them.
fn require_fits(commit: &Commit, instances: usize) -> Result<()> {
    if commit.len() < 100 {
        return Ok(());
    }
    Err(Error::Validation(format!(
        "spec.instances: {instances} instances in that many environments can't be created in one step; leave some out"
    )))
}
