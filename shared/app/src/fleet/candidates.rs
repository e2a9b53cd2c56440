//! The resources of a template, page by page, with all that planning has to know of them.

use std::collections::BTreeMap;

use protium_domain::deployable::Deployable;
use protium_domain::deployment::{DeploymentState, DeploymentTarget};
use protium_domain::environment::Environment;
use protium_domain::fleet::{
    Candidate, EffectivePolicy, FleetKind, FleetUpdate, PolicyLayer, effective_policy,
};
use protium_domain::name::ResourceName;
use protium_domain::service::Service;
use protium_domain::service_instance::ServiceInstance;
use protium_domain::service_pipeline::ServicePipeline;
use protium_domain::tag::Tags;
use protium_domain::template::Template;
use protium_domain::template_version::CompatibleEnvironmentTemplate;

use super::policy::{of_environment, of_instance, of_pipeline, of_service, of_template};
use crate::context::App;
use crate::error::Result;
use crate::paging::{Page, PageRequest};
use crate::ports::{Key, ListQuery, Record, StoreExt};

/// A resource, with the records that it depends on.
#[derive(Debug, Clone)]
pub(super) enum Found {
    /// An environment.
    Environment(Box<Environment>),
    /// An instance, its service, and its environment.
    Instance(Box<ServiceInstance>, Box<Service>, Option<Box<Environment>>),
    /// A pipeline and its service.
    Pipeline(Box<ServicePipeline>, Box<Service>),
}

/// One page of the resources that a fleet update may be about. A resource whose service is gone is left out: it is about to
/// go, too.
pub(super) async fn candidates_page(
    app: &App,
    update: &FleetUpdate,
    template: &Template,
    page: &PageRequest,
) -> Result<Page<Found>> {
    match update.template.kind {
        FleetKind::Environment => environments(app, template, page).await,
        FleetKind::ServiceInstance => instances(app, &template.name, page).await,
        FleetKind::ServicePipeline => pipelines(app, &template.name, page).await,
    }
}

async fn environments(app: &App, template: &Template, page: &PageRequest) -> Result<Page<Found>> {
    let mut majors: Vec<u64> = template.versions().map(|version| version.major).collect();
    majors.dedup();
    let filter = majors
        .into_iter()
        .map(|major_version| CompatibleEnvironmentTemplate {
            template_name: template.name.clone(),
            major_version,
        })
        .collect();
    let found = app.store.page::<Environment>(&ListQuery::Environments(filter), page).await?;
    Ok(found.map(|environment| Found::Environment(Box::new(environment))))
}

async fn instances(app: &App, template: &ResourceName, page: &PageRequest) -> Result<Page<Found>> {
    let query = ListQuery::ServiceInstancesOfTemplate(template.clone());
    let Page { items, next } = app.store.page::<ServiceInstance>(&query, page).await?;
    let services: BTreeMap<ResourceName, Service> =
        by_name(app, items.iter().map(|instance| &instance.service), Key::Service).await?;
    let environments: BTreeMap<ResourceName, Environment> =
        by_name(app, items.iter().map(|instance| &instance.environment), Key::Environment).await?;
    let with = |instance: ServiceInstance| {
        let service = services.get(&instance.service)?.clone();
        let environment = environments.get(&instance.environment).cloned().map(Box::new);
        Some(Found::Instance(Box::new(instance), Box::new(service), environment))
    };
    Ok(Page { items: items.into_iter().filter_map(with).collect(), next })
}

async fn pipelines(app: &App, template: &ResourceName, page: &PageRequest) -> Result<Page<Found>> {
    let Page { items, next } = app.store.page::<Service>(&ListQuery::Services, page).await?;
    let services: Vec<Service> = items.into_iter().filter(|service| service.template == *template).collect();
    let mut pipelines: BTreeMap<ResourceName, ServicePipeline> =
        by_name(app, services.iter().map(|service| &service.name), Key::ServicePipeline).await?;
    let with = |service: Service| {
        Some(Found::Pipeline(Box::new(pipelines.remove(&service.name)?), Box::new(service)))
    };
    Ok(Page { items: services.into_iter().filter_map(with).collect(), next })
}

async fn by_name<R: Record>(
    app: &App,
    names: impl Iterator<Item = &ResourceName> + Send,
    key: impl Fn(ResourceName) -> Key + Send,
) -> Result<BTreeMap<ResourceName, R>> {
    let mut names: Vec<ResourceName> = names.cloned().collect();
    names.sort_unstable();
    names.dedup();
    let keys: Vec<Key> = names.iter().cloned().map(key).collect();
    let found = app.store.get_many(&keys).await?;
    let records = names.into_iter().zip(found);
    Ok(records.filter_map(|(name, entity)| Some((name, R::from_entity(entity?)?))).collect())
}

impl Found {
    /// Reads one resource with what it depends on; nothing when it is gone.
    pub(super) async fn read(app: &App, resource: &DeploymentTarget) -> Result<Option<Self>> {
        Ok(match resource {
            DeploymentTarget::Environment { name } => {
                let found: Option<Environment> = app.store.find(Key::Environment(name.clone())).await?;
                found.map(|environment| Self::Environment(Box::new(environment)))
            }
            DeploymentTarget::ServiceInstance { service, name, environment } => {
                let keys = [
                    Key::ServiceInstance(service.clone(), name.clone()),
                    Key::Service(service.clone()),
                    Key::Environment(environment.clone()),
                ];
                let mut found = app.store.get_many(&keys).await?.into_iter();
                let instance = found.next().flatten().and_then(ServiceInstance::from_entity);
                let service = found.next().flatten().and_then(Service::from_entity);
                let environment = found.next().flatten().and_then(Environment::from_entity);
                instance.zip(service).map(|(instance, service)| {
                    Self::Instance(Box::new(instance), Box::new(service), environment.map(Box::new))
                })
            }
            DeploymentTarget::ServicePipeline { service } => {
                let keys = [Key::ServicePipeline(service.clone()), Key::Service(service.clone())];
                let mut found = app.store.get_many(&keys).await?.into_iter();
                let pipeline = found.next().flatten().and_then(ServicePipeline::from_entity);
                let service = found.next().flatten().and_then(Service::from_entity);
                let both = pipeline.zip(service);
                both.map(|(pipeline, service)| Self::Pipeline(Box::new(pipeline), Box::new(service)))
            }
            DeploymentTarget::Component { .. } => None,
        })
    }

    /// The resource as planning sees it.
    pub(super) fn candidate(&self, app: &App, template: &Template) -> Candidate {
        let home = app.location();
        let account = self.environment().map_or(&home.account, |environment| &environment.account);
        let deployable = self.deployable();
        let (version, made_at) = match self {
            Self::Environment(it) => (it.version, it.created_at),
            Self::Instance(it, ..) => (it.version, it.created_at),
            Self::Pipeline(it, _) => (it.version, it.created_at),
        };
        Candidate {
            resource: self.target(),
            account: account.clone(),
            region: home.region.clone(),
            version,
            made_at,
            status: deployable.status(),
            is_service_busy: self.service().is_some_and(|service| service.status().is_in_progress()),
            tags: self.tags(),
            policy: self.policy(template),
        }
    }

    /// What deployments call it.
    pub(super) fn target(&self) -> DeploymentTarget {
        match self {
            Self::Environment(it) => it.target(),
            Self::Instance(it, ..) => it.target(),
            Self::Pipeline(it, _) => it.target(),
        }
    }

    /// What it is made of.
    pub(super) fn state(&self) -> DeploymentState {
        match self {
            Self::Environment(it) => it.state(),
            Self::Instance(it, ..) => it.state(),
            Self::Pipeline(it, _) => it.state(),
        }
    }

    /// How its deployments stand.
    pub(super) const fn deployable(&self) -> &Deployable {
        match self {
            Self::Environment(it) => &it.deployable,
            Self::Instance(it, ..) => &it.deployable,
            Self::Pipeline(it, _) => &it.deployable,
        }
    }

    fn service(&self) -> Option<&Service> {
        match self {
            Self::Environment(_) => None,
            Self::Instance(_, service, _) | Self::Pipeline(_, service) => Some(service),
        }
    }

    fn environment(&self) -> Option<&Environment> {
        match self {
            Self::Environment(environment) => Some(environment),
            Self::Instance(_, _, environment) => environment.as_deref(),
            Self::Pipeline(..) => None,
        }
    }

    /// Its own tags; what they don't say is said by its service, and what that doesn't, by its environment. So `stage=dev`
    /// on an environment holds for all that lives in it.
    fn tags(&self) -> Tags {
        let own = match self {
            Self::Instance(instance, ..) => Some(&instance.tags),
            Self::Environment(_) | Self::Pipeline(..) => None,
        };
        let layers = [
            self.environment().map(|environment| &environment.tags),
            self.service().map(|service| &service.tags),
            own,
        ];
        let merged: BTreeMap<&str, &str> = layers.into_iter().flatten().flat_map(Tags::iter).collect();
        Tags::unlimited(merged.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())))
    }

    /// The policy that holds for it.
    pub(super) fn policy(&self, template: &Template) -> EffectivePolicy {
        let none = Tags::default();
        let own = match self {
            Self::Environment(it) => of_environment(it),
            Self::Instance(it, ..) => of_instance(it),
            Self::Pipeline(it, _) => of_pipeline(it, &none),
        };
        let layers: Vec<PolicyLayer<'_>> =
            [Some(own), self.service().map(of_service), Some(of_template(template))]
                .into_iter()
                .flatten()
                .collect();
        effective_policy(&layers)
    }
}
