//! CreateServiceInstance: one more instance of a service (behaviour 2.5).

use protium_bundle::ServiceSpec;
use protium_domain::arn::Resource;
use protium_domain::digest::Creation;
use protium_domain::document::Document;
use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::service::{NewService, Service, ServiceStatus, ServiceTransition};
use protium_domain::service_instance::ServiceInstance;
use protium_domain::service_pipeline::ServicePipeline;
use protium_domain::tag::Tags;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::{BundlePart, TemplateVersion};
use protium_domain::version::VersionNumber;
use serde::{Deserialize, Serialize};

use super::{ServiceInstanceView, described};
use crate::artifact::{document_load, document_store};
use crate::client_token::TokenUse;
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::fingerprint::fingerprint;
use crate::ports::{Key, StoreExt, Write};
use crate::preview::AdoptedInstance;
use crate::race::Races;
use crate::service::making::{Making, PlannedInstance, instances_plan, require_quota};
use crate::service::{repository, service_version};
use crate::service_pipeline::service_pipeline_of;
use crate::service_settle::service_instances;
use crate::spec::invalid;
use crate::target_version::{
    VersionChoice, require_cloudformation, version_deployable, version_for_creation, version_resolve,
};
use crate::template::template_get;
use crate::{spec, workflow};

const OPERATION: &str = "CreateServiceInstance";

/// A request to add an instance to a service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServiceInstanceCreate {
    /// Its service.
    pub service: ResourceName,
    /// Its name.
    pub name: ResourceName,
    /// The version to deploy; what is absent defaults to what new instances of the service use.
    pub version: VersionChoice,
    /// A service spec, whole or with the section of this instance alone.
    pub spec: String,
    /// The customer's tags.
    pub tags: Tags,
    /// Makes the request repeatable for eight hours. Not part of its fingerprint.
    #[serde(skip)]
    pub client_token: Option<String>,
}

/// Adds one instance and begins to deploy it. Its section joins the service's spec when the deployment succeeds; one that
/// failed can be updated, or removed by UpdateService. The service's status stays.
///
/// # Errors
/// [`Error::NotFound`] for an unknown service or version; [`Error::Conflict`] when the instance exists, and while the
/// service is in progress; [`Error::Validation`] for a spec that does not fit, an environment that can't take the
/// instance, a full service, or a token that was used for another request.
pub async fn service_instance_create(app: &App, input: ServiceInstanceCreate) -> Result<ServiceInstanceView> {
    let mut races = Races::many();
    loop {
        let token = TokenUse::find(app, OPERATION, input.client_token.as_ref(), &input).await?;
        let key = Key::ServiceInstance(input.service.clone(), input.name.clone());
        let existing: Option<ServiceInstance> = app.store.find(key).await?;
        if let Some(existing) = existing {
            if token.is_known(existing.created_at) {
                return ServiceInstanceView::load(app, existing).await;
            }
            return Err(Error::Conflict(format!(
                "{} exists already; change it with UpdateServiceInstance",
                described(&input.service, &input.name)
            )));
        }
        let service: Option<Service> = app.store.find(Key::Service(input.service.clone())).await?;
        let service = service.ok_or_else(|| crate::service::unknown(app, &input.service))?;
        let plan = Plan::new(app, &input, &service).await?;
        let (mut commit, instance) = plan.commit(app, &input, &service, &token)?;
        commit.replace(service);
        match commit.submit(app).await {
            Ok(()) => return ServiceInstanceView::load(app, instance).await,
            Err(error) => races.lost(error, &described(&input.service, &input.name))?,
        }
    }
}

/// What [`service_instance_create`] would commit for a name that is free.
pub(crate) async fn service_instance_create_plan(app: &App, input: &ServiceInstanceCreate) -> Result<Commit> {
    let service: Option<Service> = app.store.find(Key::Service(input.service.clone())).await?;
    let service = service.ok_or_else(|| crate::service::unknown(app, &input.service))?;
    let mut commit = instance_plan(app, input, &service).await?;
    commit.replace(service);
    Ok(commit)
}

/// What an instance that takes a stack over commits. It makes its service, if there is none.
pub(crate) async fn service_instance_adoption_plan(app: &App, input: &AdoptedInstance) -> Result<Commit> {
    let found: Option<Service> = app.store.find(Key::Service(input.instance.service.clone())).await?;
    if let Some(service) = found {
        if service.template != input.template {
            return Err(Error::Validation(format!(
                "templateName: the service '{}' is made of '{}'",
                service.name, service.template
            )));
        }
        return service_instance_create_plan(app, &input.instance).await;
    }
    let (service, change) = service_adopted(app, input).await?;
    let mut commit = Commit::new(Partition::Service(service.name.clone()));
    commit.create(&service);
    commit.announce(StatusEvent::service(app.location(), &service, change));
    commit.append(instance_plan(app, &input.instance, &service).await?);
    Ok(commit)
}

/// A service whose parts will be adopted one by one; each brings its section of the spec along.
async fn service_adopted(app: &App, input: &AdoptedInstance) -> Result<(Service, ServiceTransition)> {
    const NO_INSTANCES: &str = "proton: ServiceSpec\ninstances: []\n";
    let instance = &input.instance;
    let major = instance.version.major.ok_or_else(|| {
        Error::Validation(
            "templateMajorVersion: give the version that the stack was deployed with".to_owned(),
        )
    })?;
    let minor = instance.version.minor;
    let (_, version) = version_resolve(app, TemplateKind::Service, &input.template, major, minor).await?;
    let new = NewService {
        name: instance.service.clone(),
        description: input.service_description.clone(),
        template: input.template.clone(),
        spec: Document::Inline(NO_INSTANCES.to_owned()),
        repository: repository(&version, &input.repository)?,
        tags: instance.tags.clone(),
        creation: Creation { digest: fingerprint(instance)?, modified: true },
    };
    Ok(Service::adopted(new, app.now()))
}

/// Everything but the service's own record.
async fn instance_plan(app: &App, input: &ServiceInstanceCreate, service: &Service) -> Result<Commit> {
    let key = Key::ServiceInstance(input.service.clone(), input.name.clone());
    let existing: Option<ServiceInstance> = app.store.find(key).await?;
    if existing.is_some() {
        return Err(Error::Conflict(format!("{} exists already", described(&input.service, &input.name))));
    }
    let token = TokenUse::find(app, OPERATION, input.client_token.as_ref(), input).await?;
    let plan = Plan::new(app, input, service).await?;
    Ok(plan.commit(app, input, service, &token)?.0)
}

struct Plan {
    version: VersionNumber,
    document: Document,
    planned: Vec<PlannedInstance>,
    pipeline: Option<ServicePipeline>,
}

impl Plan {
    async fn new(app: &App, input: &ServiceInstanceCreate, service: &Service) -> Result<Self> {
        let pipeline = service_pipeline_of(app, &service.name).await?;
        require_ready(service, &input.name)?;
        let instances = service_instances(app, &service.name).await?;
        // The operation doesn't model the error of quotas.
        require_quota(app, &service.name, instances.len() + 1).map_err(|error| match error {
            Error::QuotaExceeded(message) => Error::Validation(message),
            error => error,
        })?;
        let version = version(app, input, service, &instances, pipeline.as_ref()).await?;
        require_cloudformation(&version, BundlePart::InstanceInfrastructure)?;
        let schema = spec::schema(app, &version).await?;
        let stored = document_load(&*app.artifacts, &service.spec).await?;
        let stored = ServiceSpec::parse(&stored).map_err(invalid)?;
        let name = input.name.as_str();
        let spec = ServiceSpec::parse(&input.spec).map_err(invalid)?;
        let spec = spec.with_current_values_of_instance(name, Some(&stored)).map_err(invalid)?;
        spec.validate_instance(&schema, name).map_err(invalid)?;
        let sections: Vec<_> = spec.instance(name).into_iter().collect();
        let planned = instances_plan(app, &sections, &[], &version).await?;
        let document = document_store(&*app.artifacts, spec.text().to_owned()).await?;
        Ok(Self { version: version.version, document, planned, pipeline })
    }

    /// Everything but the service's own record. Whoever submits it writes that, too: who adds another instance, or begins
    /// an operation of the service, meanwhile has to count again.
    fn commit(
        &self,
        app: &App,
        input: &ServiceInstanceCreate,
        service: &Service,
        token: &TokenUse,
    ) -> Result<(Commit, ServiceInstance)> {
        let tags = service.tags.with(&input.tags).map_err(|error| Error::Validation(error.to_string()))?;
        let making = Making {
            service: &service.name,
            template: &service.template,
            version: self.version,
            spec: &self.document,
            tags: &tags,
            pipeline: self.pipeline.as_ref(),
            operation_id: None,
            client_token: input.client_token.as_ref(),
        };
        let planned =
            self.planned.first().ok_or_else(|| Error::internal("the section of the instance is missing"))?;
        let mut commit = Commit::new(Partition::Service(service.name.clone()));
        let (instance, deployment) = making.stage(app, &mut commit, planned)?;
        let (kind, template) = (TemplateKind::Service, service.template.clone());
        commit.write(Write::RequireDeployable(kind, template, self.version, app.now()));
        let resource = Resource::ServiceInstance { service: service.name.clone(), name: input.name.clone() };
        token.claim(app, &mut commit, resource);
        commit.start(workflow::provision_start(&deployment));
        Ok((commit, instance))
    }
}

fn require_ready(service: &Service, name: &ResourceName) -> Result<()> {
    if service.status().is_in_progress() || service.status() == ServiceStatus::DeleteFailed {
        return Err(Error::Conflict(format!(
            "{} can't be created while its service is {}; wait until that has ended",
            described(&service.name, name),
            service.status()
        )));
    }
    Ok(())
}

/// The version asked for. An absent major is the service's, and an absent minor its recommended one; where there are only
/// drafts, the one that the service uses.
async fn version(
    app: &App,
    input: &ServiceInstanceCreate,
    service: &Service,
    instances: &[ServiceInstance],
    pipeline: Option<&ServicePipeline>,
) -> Result<TemplateVersion> {
    let kind = TemplateKind::Service;
    let template = template_get(app, kind, &service.template).await?;
    let VersionChoice { major, minor } = input.version;
    let major = match major {
        Some(major) => major,
        None => {
            let used = service_version(app, service, instances, pipeline).await?;
            let major = used.version.major;
            if minor.is_none() && template.recommended_minor(major).is_none() {
                return Ok(used);
            }
            major
        }
    };
    let number = version_for_creation(&template, major, minor)?;
    version_deployable(app, kind, &template.name, number).await
}
