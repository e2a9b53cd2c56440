//! Where records stand in the indexes. Every index is sparse: a record without a place in it isn't in it.

use std::collections::HashMap;

use protium_app::ports::Entity;
use protium_domain::component::{Attachment, Component};
use protium_domain::deployment::{Deployment, DeploymentTarget};
use protium_domain::time::Timestamp;
use protium_domain::watch::Watch;

use crate::keys::{self, PrimaryKey};

/// A global secondary index of `infra/protium.yaml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Index {
    /// All records of a kind.
    Gsi1,
    /// What is in an environment.
    Gsi2,
    /// What belongs to a service.
    Gsi3,
    /// What belongs to a service instance.
    Gsi4,
    /// What still awaits something, by time.
    Due,
}

impl Index {
    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gsi1 => "gsi1",
            Self::Gsi2 => "gsi2",
            Self::Gsi3 => "gsi3",
            Self::Gsi4 => "gsi4",
            Self::Due => "due",
        }
    }

    /// The attribute of its partition key.
    pub(crate) const fn partition_attribute(self) -> &'static str {
        match self {
            Self::Gsi1 => "gsi1pk",
            Self::Gsi2 => "gsi2pk",
            Self::Gsi3 => "gsi3pk",
            Self::Gsi4 => "gsi4pk",
            Self::Due => "duepk",
        }
    }

    /// The attribute of its sort key.
    pub(crate) const fn sort_attribute(self) -> &'static str {
        match self {
            Self::Gsi1 => "gsi1sk",
            Self::Gsi2 => "gsi2sk",
            Self::Gsi3 => "gsi3sk",
            Self::Gsi4 => "gsi4sk",
            Self::Due => "duesk",
        }
    }
}

/// The key attributes of a record in all indexes, by their names.
pub(super) fn positions(entity: &Entity, key: &PrimaryKey) -> HashMap<&'static str, String> {
    let mut positions = HashMap::new();
    for (index, partition, place) in listed(entity).into_iter().chain(due(entity, key)) {
        positions.insert(index.partition_attribute(), partition);
        positions.insert(index.sort_attribute(), place);
    }
    positions
}

fn listed(entity: &Entity) -> Vec<(Index, String, String)> {
    match entity {
        Entity::Template(template) => {
            vec![(Index::Gsi1, keys::all_templates(template.kind), template.name.to_string())]
        }
        Entity::Environment(environment) => {
            vec![(Index::Gsi1, keys::all_environments(), environment.name.to_string())]
        }
        Entity::Service(service) => vec![(Index::Gsi1, keys::all_services(), service.name.to_string())],
        Entity::ServiceInstance(instance) => {
            let place = keys::instance_place(instance);
            let environment = keys::instances_of_environment(&instance.environment);
            let status = keys::instances_of_status(instance.deployable.status());
            vec![
                (Index::Gsi1, keys::all_instances(), place.clone()),
                (Index::Gsi2, environment, place.clone()),
                (Index::Gsi3, keys::instances_of_template(&instance.template), place.clone()),
                (Index::Gsi4, status, place),
            ]
        }
        Entity::Component(component) => component_lists(component),
        Entity::Deployment(deployment) => deployment_lists(deployment),
        Entity::Repository(repository) => {
            vec![(Index::Gsi1, keys::all_repositories(), keys::repository_place(&repository.id))]
        }
        Entity::SyncBlocker(blocker) => {
            let index = if blocker.instance.is_some() { Index::Gsi4 } else { Index::Gsi3 };
            let place = keys::time_place(blocker.created_at, blocker.id.as_str());
            vec![(index, keys::sync_blockers(&blocker.service, blocker.instance.as_ref()), place)]
        }
        Entity::FleetUpdate(update) => {
            let place = keys::time_place(update.created_at, update.id.as_str());
            let of = keys::fleet_updates_of_template(&update.template.name);
            vec![(Index::Gsi1, keys::all_fleet_updates(), place.clone()), (Index::Gsi3, of, place)]
        }
        Entity::FleetTarget(target) => {
            let of = keys::fleet_targets_of_status(&target.fleet_update_id, target.status());
            vec![(Index::Gsi4, of, keys::fleet_target_place(target.ordinal))]
        }
        Entity::AccountConnection(connection) => {
            let place = keys::connection_place(connection);
            let from = keys::connections_of_account(&connection.environment_account);
            let to = keys::connections_of_account(&connection.management_account);
            vec![(Index::Gsi1, from, place.clone()), (Index::Gsi2, to, place)]
        }
        _ => Vec::new(),
    }
}

fn component_lists(component: &Component) -> Vec<(Index, String, String)> {
    let place = component.name.to_string();
    let environment = keys::components_of_environment(&component.environment);
    let mut lists =
        vec![(Index::Gsi1, keys::all_components(), place.clone()), (Index::Gsi2, environment, place.clone())];
    if let Some(Attachment { service, instance }) = &component.state.attachment {
        lists.push((Index::Gsi3, keys::components_of_service(service), place.clone()));
        lists.push((Index::Gsi4, keys::components_of_instance(service, instance), place));
    }
    lists
}

fn deployment_lists(deployment: &Deployment) -> Vec<(Index, String, String)> {
    if deployment.forgotten {
        return Vec::new();
    }
    let place = keys::deployment_place(deployment);
    let mut lists = vec![(Index::Gsi1, keys::all_deployments(), place.clone())];
    if let Some(environment) = deployment.target.environment() {
        lists.push((Index::Gsi2, keys::deployments_of_environment(environment), place.clone()));
    }
    match &deployment.target {
        DeploymentTarget::Environment { .. } => {}
        DeploymentTarget::ServiceInstance { service, name, .. } => {
            lists.push((Index::Gsi3, keys::deployments_of_service(service), place.clone()));
            lists.push((Index::Gsi4, keys::deployments_of_instance(service, name), place));
        }
        DeploymentTarget::ServicePipeline { service } => {
            lists.push((Index::Gsi3, keys::deployments_of_service(service), place));
        }
        DeploymentTarget::Component { name, .. } => {
            lists.push((Index::Gsi3, keys::deployments_of_component(name), place));
        }
    }
    lists
}

fn due(entity: &Entity, key: &PrimaryKey) -> Option<(Index, String, String)> {
    let watched = |watch: Watch| watch_place(watch.due_at, key);
    match entity {
        Entity::Intent(intent) => {
            let place = keys::time_place(intent.created_at, intent.id.as_str());
            Some((Index::Due, keys::due_intents(), place))
        }
        Entity::Deployment(deployment) => deployment.watch.map(watched),
        Entity::Preview(preview) => preview.watch.map(watched),
        Entity::FleetUpdate(update) => update.watch.map(watched),
        Entity::TemplateVersion(version) => version.watch.map(watched),
        Entity::Service(service) => service.operation.as_ref().map(|operation| watched(operation.watch)),
        _ => None,
    }
}

fn watch_place(due_at: Timestamp, key: &PrimaryKey) -> (Index, String, String) {
    let place = keys::time_place(due_at, &keys::watch_place(key));
    (Index::Due, keys::due_watches(), place)
}
