//! CreateService (behaviour 2.4, 7.4).

use protium_bundle::{InstanceSection, ServiceSpec};
use protium_domain::deployment::DeploymentState;
use protium_domain::digest::{Creation, Repetition};
use protium_domain::document::Document;
use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::service::{
    NewService, Service, ServiceOperation, ServicePhase, ServiceRepository, ServiceTarget,
};
use protium_domain::tag::Tags;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::{BundlePart, TemplateVersion};
use serde::{Deserialize, Serialize};

use super::making::{Making, PlannedInstance, instances_plan, operation_reference, require_quota};
use super::{ServiceView, described};
use crate::artifact::document_store;
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::fingerprint::fingerprint;
use crate::ports::{Key, StoreExt, Write};
use crate::race::Races;
use crate::service_pipeline::{pipeline_make, require_pipeline_role};
use crate::spec::invalid;
use crate::target_version::{require_cloudformation, version_resolve};
use crate::{spec, workflow};

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
    /// The repository members.
    pub repository: RepositoryMembers,
    /// The customer's tags.
    pub tags: Tags,
}

/// The members of a request that name a service's repository: all or none, depending on the template.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryMembers {
    /// `repositoryConnectionArn`.
    pub connection_arn: Option<String>,
    /// `repositoryId`.
    pub id: Option<String>,
    /// `branchName`.
    pub branch: Option<String>,
}

/// Creates a service and begins to deploy all its instances, then its pipeline. A repeat with the same input answers with
/// the original while nobody has updated it (behaviour 2.0 rule 2).
///
/// # Errors
/// [`Error::NotFound`] for an unknown template or version; [`Error::Validation`] for a spec that does not fit, an
/// environment that can't take an instance, repository members that the template doesn't take or lacks, an account
/// without a role for pipelines, or a name that another request took; [`Error::Conflict`] when the original was updated
/// since; [`Error::QuotaExceeded`] for too many instances.
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
            Ok(()) => return ServiceView::load(app, service).await,
            Err(error) => races.lost(error, &described(&input.name))?,
        }
    }
}

/// What [`service_create`] would commit for a name that is free.
pub(crate) async fn service_create_plan(app: &App, input: &ServiceCreate) -> Result<Commit> {
    let existing: Option<Service> = app.store.find(Key::Service(input.name.clone())).await?;
    if existing.is_some() {
        return Err(Error::Conflict(format!("{} exists already", described(&input.name))));
    }
    let (commit, _) = Plan::new(app, input).await?.commit(app, input, Creation::by(fingerprint(input)?))?;
    Ok(commit)
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
    repository: Option<ServiceRepository>,
    document: Document,
    instances: Vec<PlannedInstance>,
}

impl Plan {
    async fn new(app: &App, input: &ServiceCreate) -> Result<Self> {
        let kind = TemplateKind::Service;
        let (_, version) = version_resolve(app, kind, &input.template, input.major, input.minor).await?;
        let repository = repository(&version, &input.repository)?;
        require_cloudformation(&version, BundlePart::InstanceInfrastructure)?;
        if repository.is_some() {
            require_pipeline_role(app, &version).await?;
        }
        let schema = spec::schema(app, &version).await?;
        let spec = ServiceSpec::parse(&input.spec).map_err(invalid)?;
        let spec = spec.with_current_values(None).map_err(invalid)?;
        spec.validate(&schema).map_err(invalid)?;
        if spec.instances().is_empty() {
            return Err(Error::Validation(
                "spec.instances: a service needs at least one instance".to_owned(),
            ));
        }
        require_quota(app, &input.name, spec.instances().len())?;
        let sections: Vec<&InstanceSection> = spec.instances().iter().collect();
        let instances = instances_plan(app, &sections, &[], &version).await?;
        let document = document_store(&*app.artifacts, spec.text().to_owned()).await?;
        Ok(Self { version, repository, document, instances })
    }

    fn commit(&self, app: &App, input: &ServiceCreate, creation: Creation) -> Result<(Commit, Service)> {
        let (now, operation_id, version) = (app.now(), app.ids.identifier(), self.version.version);
        let mut commit = Commit::new(Partition::Service(input.name.clone()));
        // Events are published in the order of the commit: the service first, so its record stands in for now.
        let mut parts = Commit::new(Partition::Service(input.name.clone()));
        let making = Making {
            service: &input.name,
            template: &input.template,
            version,
            spec: &self.document,
            tags: &input.tags,
            pipeline: None,
            operation_id: Some(&operation_id),
            client_token: None,
        };
        let (runs, left) = making.stage_some(app, &mut parts, &self.instances)?;
        if self.repository.is_some() {
            pipeline_make(app, &mut parts, &input.name, self.pipeline_state(input), &operation_id);
        }
        let ids = runs.iter().map(|run| run.deployment_id.clone()).collect();
        let target = ServiceTarget { spec: self.document.clone(), version: Some(version) };
        let operation =
            ServiceOperation::new(operation_id.clone(), ServicePhase::Instances, ids, Some(target), now);
        let operation = operation.with_pending(left);
        commit.start(workflow::service_start(&input.name, &operation, &runs));
        let new = NewService {
            name: input.name.clone(),
            description: input.description.clone(),
            template: input.template.clone(),
            spec: self.document.clone(),
            repository: self.repository.clone(),
            tags: input.tags.clone(),
            creation,
        };
        let (service, change) = Service::new(new, operation, now);
        commit.create(&service);
        commit.announce(StatusEvent::service(app.location(), &service, change));
        commit.append(parts);
        commit.write(Write::RequireDeployable(TemplateKind::Service, input.template.clone(), version, now));
        commit.write(Write::Put(operation_reference(&input.name, &input.template, version).into()));
        Ok((commit, service))
    }

    fn pipeline_state(&self, input: &ServiceCreate) -> DeploymentState {
        DeploymentState::new(input.template.clone(), self.version.version, self.document.clone())
    }
}

/// The repository that the members name: mandatory with a pipeline in the template, forbidden without (behaviour 2.4).
pub(crate) fn repository(
    version: &TemplateVersion,
    given: &RepositoryMembers,
) -> Result<Option<ServiceRepository>> {
    let RepositoryMembers { connection_arn, id, branch } = given.clone();
    if version.part(BundlePart::PipelineInfrastructure).is_none() {
        return match (connection_arn, id, branch) {
            (None, None, None) => Ok(None),
            _ => Err(Error::Validation(
                "repositoryConnectionArn, repositoryId, branchName: the service template has no pipeline, so it takes \
                 no repository; leave them out"
                    .to_owned(),
            )),
        };
    }
    match (connection_arn, id, branch) {
        (Some(connection_arn), Some(id), Some(branch)) => {
            Ok(Some(ServiceRepository { connection_arn, id, branch }))
        }
        (connection_arn, id, branch) => {
            let members = [
                ("repositoryConnectionArn", connection_arn.is_none()),
                ("repositoryId", id.is_none()),
                ("branchName", branch.is_none()),
            ];
            let missing: Vec<&str> =
                members.into_iter().filter(|(_, missing)| *missing).map(|(name, _)| name).collect();
            Err(Error::Validation(format!(
                "{}: the service template has a pipeline, which needs the service's repository; name it",
                missing.join(", ")
            )))
        }
    }
}
