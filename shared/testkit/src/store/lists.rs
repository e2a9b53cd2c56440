//! The access patterns, answered by looking at everything.

use protium_app::Page;
use protium_app::ports::{Entity, Keep, ListQuery, PortError};
use protium_domain::component::Component;
use protium_domain::deployment::{Deployment, DeploymentTarget};
use protium_domain::reference::Referrer;
use protium_domain::sync::SyncSubject;
use protium_domain::tally::Counter;
use protium_domain::time::Timestamp;
use protium_domain::watch::Watch;
use serde_json::json;

/// How many records a page looks at, as in DynamoDB.
const MOST_LOOKS: usize = 1000;

/// One page of a list.
pub(super) fn page<'a>(
    items: impl Iterator<Item = &'a Entity>,
    query: &ListQuery,
    limit: usize,
    after: Option<&str>,
    keep: Option<&Keep<'_>>,
) -> Result<Page<Entity>, PortError> {
    let after = after.map(|token| position(query, token)).transpose()?;
    let mut found: Vec<(String, &Entity)> =
        items.filter_map(|entity| place(query, entity).map(|place| (place, entity))).collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    if is_newest_first(query) {
        found.reverse();
    }
    let start = after
        .map_or(0, |after| found.iter().take_while(|(place, _)| !is_behind(query, place, &after)).count());
    let (mut items, mut last) = (Vec::new(), None);
    for (looks, (place, entity)) in found[start..].iter().enumerate() {
        if items.len() == limit || looks == MOST_LOOKS {
            let next = last.map(|place: &String| json!([list_name(query), place]).to_string());
            return Ok(Page { items, next });
        }
        if keep.is_none_or(|keep| keep(entity)) {
            items.push((*entity).clone());
        }
        last = Some(place);
    }
    Ok(Page { items, next: None })
}

fn is_behind(query: &ListQuery, place: &str, after: &str) -> bool {
    if is_newest_first(query) { place < after } else { place > after }
}

/// Reads a page position, which must be one of this list.
fn position(query: &ListQuery, token: &str) -> Result<String, PortError> {
    let foreign = || PortError::ForeignPosition;
    let (name, place): (String, String) = serde_json::from_str(token).map_err(|_| foreign())?;
    if name == list_name(query) { Ok(place) } else { Err(foreign()) }
}

/// A name for each list. What is only a filter or a bound of the list is not part of it.
fn list_name(query: &ListQuery) -> String {
    match query {
        ListQuery::Environments(_) => "Environments".to_owned(),
        ListQuery::IntentsBefore(_) => "IntentsBefore".to_owned(),
        ListQuery::WatchesDue(_) => "WatchesDue".to_owned(),
        other => format!("{other:?}"),
    }
}

fn is_newest_first(query: &ListQuery) -> bool {
    if let ListQuery::Reversed(list) = query {
        return !is_newest_first(list);
    }
    matches!(
        query,
        ListQuery::TemplateVersions(..)
            | ListQuery::Deployments
            | ListQuery::DeploymentsOfEnvironment(_)
            | ListQuery::DeploymentsOfService(_)
            | ListQuery::DeploymentsOfServiceInstance(..)
            | ListQuery::DeploymentsOfComponent(_)
            | ListQuery::ConnectionsFrom(_)
            | ListQuery::ConnectionsTo(_)
            | ListQuery::SyncBlockers(..)
            | ListQuery::FleetUpdates
            | ListQuery::FleetUpdatesOfTemplate(..)
    )
}

/// Where `entity` stands in the list, if it is in it. Places sort as text.
fn place(query: &ListQuery, entity: &Entity) -> Option<String> {
    match (query, entity) {
        (ListQuery::Reversed(list), entity) => place(list, entity),
        (ListQuery::ServiceInstancesOfTemplate(template), Entity::ServiceInstance(instance)) => {
            (instance.template == *template).then(|| format!("{}#{}", instance.service, instance.name))
        }
        (ListQuery::ServiceInstancesOfStatus(status), Entity::ServiceInstance(instance)) => {
            (instance.deployable.status() == *status)
                .then(|| format!("{}#{}", instance.service, instance.name))
        }
        (ListQuery::Templates(kind), Entity::Template(template)) => {
            (template.kind == *kind).then(|| template.name.to_string())
        }
        (ListQuery::TemplateVersions(kind, name, major), Entity::TemplateVersion(version)) => {
            let is_of = version.kind == *kind && version.template == *name && version.version.major == *major;
            is_of.then(|| format!("{:020}", version.version.minor))
        }
        (ListQuery::Environments(filter), Entity::Environment(environment)) => {
            let matches = filter.is_empty()
                || filter.iter().any(|wanted| {
                    wanted.template_name == environment.template
                        && wanted.major_version == environment.version.major
                });
            matches.then(|| environment.name.to_string())
        }
        (ListQuery::Services, Entity::Service(service)) => Some(service.name.to_string()),
        (ListQuery::ServiceInstances, Entity::ServiceInstance(instance)) => {
            Some(format!("{}#{}", instance.service, instance.name))
        }
        (ListQuery::ServiceInstancesOfService(service), Entity::ServiceInstance(instance)) => {
            (instance.service == *service).then(|| instance.name.to_string())
        }
        (ListQuery::ServiceInstancesOfEnvironment(environment), Entity::ServiceInstance(instance)) => {
            (instance.environment == *environment).then(|| format!("{}#{}", instance.service, instance.name))
        }
        (query, Entity::Component(component)) if is_component_among(query, component) => {
            Some(component.name.to_string())
        }
        (query, Entity::Deployment(deployment)) if is_among(query, deployment) => {
            Some(time_place(deployment.created_at, deployment.id.as_str()))
        }
        (ListQuery::Repositories, Entity::Repository(repository)) => {
            Some(format!("{}#{}", repository.id.name, repository.id.provider.as_str()))
        }
        (ListQuery::Tallies, Entity::Tally(tally)) => {
            matches!(tally.counter, Counter::Slot(..)).then(|| format!("{:?}", tally.counter))
        }
        (query, entity) if is_of_fleet_update(query, entity) => Some(match entity {
            Entity::FleetUpdate(update) => time_place(update.created_at, update.id.as_str()),
            Entity::FleetTarget(target) => format!("{:020}", target.ordinal),
            other => format!("{:?}", other.key()),
        }),
        (ListQuery::SyncBlockers(service, instance), Entity::SyncBlocker(blocker)) => {
            let is_of = blocker.service == *service && blocker.instance == *instance;
            is_of.then(|| time_place(blocker.created_at, blocker.id.as_str()))
        }
        (ListQuery::ConnectionsFrom(account), Entity::AccountConnection(connection)) => {
            (connection.environment_account == *account)
                .then(|| time_place(connection.requested_at, connection.id.as_str()))
        }
        (ListQuery::ConnectionsTo(account), Entity::AccountConnection(connection)) => {
            (connection.management_account == *account)
                .then(|| time_place(connection.requested_at, connection.id.as_str()))
        }
        (ListQuery::References(referent), Entity::Reference(reference)) => (reference.referent == *referent)
            .then(|| match &reference.referrer {
                Referrer::Environment { name } => format!("ENVIRONMENT#{name}"),
                Referrer::ServiceInstance { service, name } => format!("INSTANCE#{service}#{name}"),
                Referrer::Service { name } => format!("SERVICE#{name}"),
                Referrer::ServicePipeline { service } => format!("PIPELINE#{service}"),
                Referrer::Component { name } => format!("COMPONENT#{name}"),
                Referrer::AccountSettings => "SETTINGS".to_owned(),
                Referrer::Sync { subject: SyncSubject::Template(kind, name) } => {
                    format!("SYNC#TEMPLATE#{}#{name}", kind.as_str())
                }
                Referrer::Sync { subject: SyncSubject::Service(name) } => format!("SYNC#SERVICE#{name}"),
            }),
        (ListQuery::IntentsBefore(time), Entity::Intent(intent)) => {
            (intent.created_at < *time).then(|| time_place(intent.created_at, intent.id.as_str()))
        }
        (ListQuery::WatchesDue(now), entity) => {
            let due_at = watch(entity)?.due_at;
            (due_at <= *now).then(|| time_place(due_at, &format!("{:?}", entity.key())))
        }
        _ => None,
    }
}

fn is_among(query: &ListQuery, deployment: &Deployment) -> bool {
    match (query, &deployment.target) {
        _ if deployment.forgotten => false,
        (ListQuery::Deployments, _) => true,
        (ListQuery::DeploymentsOfEnvironment(environment), target) => {
            target.environment() == Some(environment)
        }
        (ListQuery::DeploymentsOfService(wanted), target) => target.service() == Some(wanted),
        (
            ListQuery::DeploymentsOfServiceInstance(wanted, instance),
            DeploymentTarget::ServiceInstance { service, name, .. },
        ) => service == wanted && name == instance,
        (ListQuery::DeploymentsOfComponent(wanted), DeploymentTarget::Component { name, .. }) => {
            name == wanted
        }
        _ => false,
    }
}

fn is_component_among(query: &ListQuery, component: &Component) -> bool {
    match (query, &component.state.attachment) {
        (ListQuery::Components, _) => true,
        (ListQuery::ComponentsOfEnvironment(environment), _) => component.environment == *environment,
        (ListQuery::ComponentsOfService(service), Some(attachment)) => attachment.service == *service,
        (ListQuery::ComponentsOfServiceInstance(service, instance), Some(attachment)) => {
            attachment.service == *service && attachment.instance == *instance
        }
        _ => false,
    }
}

fn is_of_fleet_update(query: &ListQuery, entity: &Entity) -> bool {
    match (query, entity) {
        (ListQuery::FleetUpdates, Entity::FleetUpdate(_)) => true,
        (ListQuery::FleetUpdatesOfTemplate(name), Entity::FleetUpdate(update)) => {
            update.template.name == *name
        }
        (ListQuery::FleetTargets(id), Entity::FleetTarget(target)) => target.fleet_update_id == *id,
        (ListQuery::FleetTargetsOfStatus(id, status), Entity::FleetTarget(target)) => {
            target.fleet_update_id == *id && target.status() == *status
        }
        (ListQuery::FleetTallies(id), Entity::Tally(tally)) => {
            matches!(&tally.counter, Counter::Fleet(slot, _) if slot.fleet_update_id == *id)
        }
        _ => false,
    }
}

fn watch(entity: &Entity) -> Option<Watch> {
    match entity {
        Entity::Deployment(deployment) => deployment.watch,
        Entity::Preview(preview) => preview.watch,
        Entity::FleetUpdate(update) => update.watch,
        Entity::TemplateVersion(version) => version.watch,
        Entity::Service(service) => service.operation.as_ref().map(|operation| operation.watch),
        _ => None,
    }
}

fn time_place(time: Timestamp, rest: &str) -> String {
    format!("{:020}#{rest}", time.as_millis().max(0))
}
