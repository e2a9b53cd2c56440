//! Where records are counted (see [`protium_domain::tally`]).

use protium_domain::deployable::{Deployable, DeploymentStatus};
use protium_domain::fleet::{FleetTarget, TargetStatus};
use protium_domain::name::ResourceName;
use protium_domain::service::ServiceStatus;
use protium_domain::tally::{Countable, Counter, FleetSlot, QuotaKind, SHARDS, Slot, shard};
use protium_domain::template::TemplateKind;
use protium_domain::version::VersionNumber;

use crate::ports::Entity;

/// The counter of the slot that a record, as it is, belongs in.
fn slot(entity: &Entity) -> Option<Slot> {
    match entity {
        Entity::Template(record) => Some(Slot::of(match record.kind {
            TemplateKind::Environment => Countable::EnvironmentTemplate,
            TemplateKind::Service => Countable::ServiceTemplate,
        })),
        Entity::Environment(record) => {
            Some(made_of(Countable::Environment, &record.template, record.version, &record.deployable))
        }
        Entity::ServiceInstance(record) => {
            Some(made_of(Countable::ServiceInstance, &record.template, record.version, &record.deployable))
        }
        Entity::ServicePipeline(record) => {
            Some(made_of(Countable::ServicePipeline, &record.template, record.version, &record.deployable))
        }
        Entity::Component(record) => {
            Some(Slot { failed: has_failed(&record.deployable), ..Slot::of(Countable::Component) })
        }
        Entity::Service(record) => Some(Slot {
            kind: Countable::Service,
            version: record.version.map(|version| (record.template.clone(), version)),
            failed: service_has_failed(record.status()),
        }),
        _ => None,
    }
}

fn made_of(kind: Countable, template: &ResourceName, version: VersionNumber, deployed: &Deployable) -> Slot {
    Slot { kind, version: Some((template.clone(), version)), failed: has_failed(deployed) }
}

const fn has_failed(deployed: &Deployable) -> bool {
    matches!(deployed.status(), DeploymentStatus::Failed | DeploymentStatus::DeleteFailed)
}

const fn service_has_failed(status: ServiceStatus) -> bool {
    matches!(
        status,
        ServiceStatus::CreateFailed
            | ServiceStatus::CreateFailedCleanupComplete
            | ServiceStatus::CreateFailedCleanupFailed
            | ServiceStatus::DeleteFailed
            | ServiceStatus::UpdateFailed
            | ServiceStatus::UpdateFailedCleanupComplete
            | ServiceStatus::UpdateFailedCleanupFailed
            | ServiceStatus::UpdateCompleteCleanupFailed
    )
}

/// The slot that a record is counted in; of a record that isn't counted at all there is none to change.
fn counted(entity: &mut Entity) -> Option<&mut Option<Slot>> {
    match entity {
        Entity::Template(record) => Some(&mut record.counted.0),
        Entity::Environment(record) => Some(&mut record.counted.0),
        Entity::Service(record) => Some(&mut record.counted.0),
        Entity::ServiceInstance(record) => Some(&mut record.counted.0),
        Entity::ServicePipeline(record) => Some(&mut record.counted.0),
        Entity::Component(record) => Some(&mut record.counted.0),
        _ => None,
    }
}

/// The shard of a record.
fn shard_of(entity: &Entity) -> u8 {
    match entity {
        Entity::Template(record) => shard(&record.name),
        Entity::Environment(record) => shard(&record.name),
        Entity::Service(record) => shard(&record.name),
        Entity::ServiceInstance(record) => shard(&record.service),
        Entity::ServicePipeline(record) => shard(&record.service),
        Entity::Component(record) => shard(&record.name),
        _ => 0,
    }
}

/// The quota that a record counts against.
fn quota(entity: &Entity) -> Option<QuotaKind> {
    match entity {
        Entity::Template(_) => Some(QuotaKind::Templates),
        Entity::Environment(_) => Some(QuotaKind::Environments),
        Entity::Service(_) => Some(QuotaKind::Services),
        Entity::Component(_) => Some(QuotaKind::Components),
        Entity::AccountConnection(record) => Some(QuotaKind::Connections(record.environment_account.clone())),
        _ => None,
    }
}

/// Where a target of a fleet update is counted.
fn fleet_change(target: &mut FleetTarget) -> Vec<(Counter, i64)> {
    let after = target.status();
    let before = target.counted.replace(after);
    if before == Some(after) {
        return Vec::new();
    }
    let shard = (target.ordinal % u32::from(SHARDS)) as u8;
    let change = |status: TargetStatus, by: i64| {
        let (fleet_update_id, wave) = (target.fleet_update_id.clone(), target.wave);
        (Counter::Fleet(FleetSlot { fleet_update_id, wave, status }, shard), by)
    };
    before.map(|status| change(status, -1)).into_iter().chain([change(after, 1)]).collect()
}

/// What the counters change by when a record is made: the record remembers where it is counted.
pub(crate) fn at_creation(entity: &mut Entity) -> Vec<(Counter, i64)> {
    let mut changes: Vec<(Counter, i64)> = at_change(entity);
    changes.extend(quota(entity).map(|kind| (Counter::Quota(kind), 1)));
    changes
}

/// What the counters change by when a record comes from another installation, whose counters it remembers.
pub(crate) fn at_import(entity: &mut Entity) -> Vec<(Counter, i64)> {
    if let Some(slot) = counted(entity) {
        *slot = None;
    }
    at_creation(entity)
}

/// What the counters change by when a record is written anew. One that was made before records were counted, and so
/// remembers no slot, is counted from now on.
pub(crate) fn at_change(entity: &mut Entity) -> Vec<(Counter, i64)> {
    if let Entity::FleetTarget(target) = entity {
        return fleet_change(target);
    }
    let (after, shard) = (slot(entity), shard_of(entity));
    let Some(counted) = counted(entity) else { return Vec::new() };
    let before = std::mem::replace(counted, after.clone());
    if before == after {
        return Vec::new();
    }
    let change = |slot: Option<Slot>, by: i64| slot.map(|slot| (Counter::Slot(slot, shard), by));
    change(before, -1).into_iter().chain(change(after, 1)).collect()
}

/// What the counters change by when a record goes.
pub(crate) fn at_deletion(entity: &mut Entity) -> Vec<(Counter, i64)> {
    let shard = shard_of(entity);
    let mut changes = Vec::new();
    if let Some(counted) = counted(entity) {
        // Made before records were counted: neither a slot nor a quota knows of it.
        let Some(slot) = counted.take() else { return changes };
        changes.push((Counter::Slot(slot, shard), -1));
    }
    changes.extend(quota(entity).map(|kind| (Counter::Quota(kind), -1)));
    changes
}
