//! Which instances are listed.

use std::collections::{BTreeMap, BTreeSet};

use protium_domain::deployable::DeploymentStatus;
use protium_domain::name::ResourceName;
use protium_domain::service_instance::ServiceInstance;
use protium_domain::template::{Template, TemplateKind};
use protium_domain::time::Timestamp;

use crate::context::App;
use crate::error::Result;
use crate::paging::Page;
use crate::ports::{Key, ListQuery, Record};
use crate::summary::Staleness;

/// Points in time, the bounds left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// Only later ones.
    pub after: Option<Timestamp>,
    /// Only earlier ones.
    pub before: Option<Timestamp>,
}

impl TimeRange {
    fn contains(&self, time: Timestamp) -> bool {
        self.after.is_none_or(|after| time > after) && self.before.is_none_or(|before| time < before)
    }
}

/// Which instances are listed: those that have one of the values of every list that isn't empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstanceFilter {
    /// Their services.
    pub services: Vec<ResourceName>,
    /// Their own names.
    pub names: Vec<ResourceName>,
    /// The environments that they live in.
    pub environments: Vec<ResourceName>,
    /// Their templates.
    pub templates: Vec<ResourceName>,
    /// The statuses of their deployments.
    pub statuses: Vec<DeploymentStatus>,
    /// How far they are from the recommended version, now.
    pub staleness: Vec<Staleness>,
    /// When their last deployment was attempted.
    pub attempted: TimeRange,
    /// When they were made.
    pub created: TimeRange,
}

fn one<T>(values: &[T]) -> Option<&T> {
    match values {
        [one] => Some(one),
        _ => None,
    }
}

fn allows<T: PartialEq>(values: &[T], value: &T) -> bool {
    values.is_empty() || values.contains(value)
}

impl InstanceFilter {
    /// The service, when it is one alone.
    pub(super) fn one_service(&self) -> Option<&ResourceName> {
        one(&self.services)
    }

    /// The shortest list that holds all that the filter lets through.
    pub(super) fn query(&self) -> ListQuery {
        if let Some(service) = self.one_service() {
            return ListQuery::ServiceInstancesOfService(service.clone());
        }
        if let Some(environment) = one(&self.environments) {
            return ListQuery::ServiceInstancesOfEnvironment(environment.clone());
        }
        if let Some(template) = one(&self.templates) {
            return ListQuery::ServiceInstancesOfTemplate(template.clone());
        }
        match one(&self.statuses) {
            Some(status) => ListQuery::ServiceInstancesOfStatus(*status),
            None => ListQuery::ServiceInstances,
        }
    }

    /// Whether it lets an instance through, as far as the instance itself tells.
    pub(super) fn keeps(&self, instance: &ServiceInstance) -> bool {
        allows(&self.services, &instance.service)
            && allows(&self.names, &instance.name)
            && allows(&self.environments, &instance.environment)
            && allows(&self.templates, &instance.template)
            && allows(&self.statuses, &instance.deployable.status())
            && self.attempted.contains(instance.deployable.last_attempted_at)
            && self.created.contains(instance.created_at)
    }

    /// Keeps those of a page that are as far behind as asked for, which only their templates can tell.
    pub(super) async fn retain_stale(
        &self,
        app: &App,
        mut page: Page<ServiceInstance>,
    ) -> Result<Page<ServiceInstance>> {
        if self.staleness.is_empty() || page.items.is_empty() {
            return Ok(page);
        }
        let names: BTreeSet<&ResourceName> = page.items.iter().map(|instance| &instance.template).collect();
        let keys: Vec<Key> =
            names.into_iter().map(|name| Key::Template(TemplateKind::Service, name.clone())).collect();
        let found = app.store.get_many(&keys).await?.into_iter().flatten().filter_map(Template::from_entity);
        let templates: BTreeMap<ResourceName, Template> =
            found.map(|template| (template.name.clone(), template)).collect();
        page.items.retain(|instance| {
            let staleness = Staleness::of(instance.version, templates.get(&instance.template));
            self.staleness.contains(&staleness)
        });
        Ok(page)
    }
}
