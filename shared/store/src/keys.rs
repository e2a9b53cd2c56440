//! Every key string of the table, in one place.
//!
//! Segments are joined by `#`, which no name, number, id or operation holds; texts that may hold it come last in their
//! key, or are hashed. `#` sorts before every character of a name, so that `web#…` stands before `web-2#…`, as it
//! should. Numbers are padded with zeros to 20 digits, so that they sort as numbers; points in time are milliseconds.
//!
//! # Records
//!
//! | Record             | `pk`                               | `sk`                               |
//! |--------------------|------------------------------------|------------------------------------|
//! | template           | `TEMPLATE#<kind>#<name>`           | `TEMPLATE`                         |
//! | template version   | `TEMPLATE#<kind>#<name>`           | `VERSION#<major>#<minor>`          |
//! | environment        | `ENVIRONMENT#<name>`               | `ENVIRONMENT`                      |
//! | service            | `SERVICE#<name>`                   | `SERVICE`                          |
//! | service instance   | `SERVICE#<service>`                | `INSTANCE#<name>`                  |
//! | service pipeline   | `SERVICE#<service>`                | `PIPELINE`                         |
//! | component          | `COMPONENT#<name>`                 | `COMPONENT`                        |
//! | deployment         | `DEPLOYMENT#<id>`                  | `DEPLOYMENT`                       |
//! | repository link    | `REPOSITORY#<provider>#<owner/repo>` | `REPOSITORY`                     |
//! | connection         | `CONNECTION#<id>`                  | `CONNECTION`                       |
//! | connection's claim | `CLAIM#<management account>#<environment>` | `CLAIM`                    |
//! | template sync config | `TEMPLATE#<kind>#<name>`         | `SYNC`                             |
//! | service sync config | `SERVICE#<name>`                  | `SYNC`                             |
//! | sync blocker       | `BLOCKER#<id>`                     | `BLOCKER`                          |
//! | quota's counter    | `QUOTA#<kind>[#<account>]`         | `QUOTA`                            |
//! | slot's counter     | `TALLY`                            | `<kind>[#<template>#<major>#<minor>]#<OK or FAILED>#<shard>` |
//! | preview            | `PREVIEW#<id>`                     | `PREVIEW`                          |
//! | fleet update       | `FLEET#<id>`                       | `FLEET`                            |
//! | … its target       | `FLEET#<id>`                       | `TARGET#<ordinal>`                 |
//! | … its counter      | `FLEET#<id>`                       | `COUNT#<wave>#<status>#<shard>`    |
//! | import             | `IMPORT#<id>`                      | `IMPORT`                           |
//! | reference          | `REFERENCE#<referent>`             | `<referrer>`                       |
//! | client token       | `TOKEN#<operation>#<token>`        | `TOKEN`                            |
//! | account settings   | `SETTINGS`                         | `SETTINGS`                         |
//! | wait for a stack   | `WAIT#<stack name>`                | `WAIT`                             |
//! | upload             | `UPLOAD#<SHA-256 of its source>`   | `UPLOAD`                           |
//! | intent             | `pk` of the resource whose it is   | `INTENT#<id>`                      |
//!
//! A referent is `VERSION#<kind>#<template>#<major>#<minor>`, `ENVIRONMENT#<name>` or
//! `REPOSITORY#<provider>#<owner/repo>`; a referrer `ENVIRONMENT#<name>`, `SERVICE#<name>`, `INSTANCE#<service>#<name>`,
//! `PIPELINE#<service>`, `COMPONENT#<name>`, `SETTINGS`, `SYNC#TEMPLATE#<kind>#<name>` or `SYNC#SERVICE#<name>`.
//!
//! # Access patterns
//!
//! Lists of the table itself are read strongly consistent; those of an index can lag behind by moments.
//!
//! | List                          | Index   | Partition                           | Sort key, order                   |
//! |-------------------------------|---------|-------------------------------------|-----------------------------------|
//! | templates of a kind           | `gsi1`  | `TEMPLATE#<kind>`                   | `<name>`                          |
//! | versions of a major           | (table) | `TEMPLATE#<kind>#<name>`            | `VERSION#<major>#…`, highest first |
//! | environments                  | `gsi1`  | `ENVIRONMENT`                       | `<name>`, filter `templateMajor`  |
//! | services                      | `gsi1`  | `SERVICE`                           | `<name>`                          |
//! | service instances             | `gsi1`  | `INSTANCE`                          | `<service>#<name>`                |
//! | instances of a service        | (table) | `SERVICE#<service>`                 | `INSTANCE#…`                      |
//! | instances in an environment   | `gsi2`  | `INSTANCE#ENVIRONMENT#<name>`       | `<service>#<name>`                |
//! | instances of a template       | `gsi3`  | `INSTANCE#TEMPLATE#<name>`          | `<service>#<name>`                |
//! | instances of a status         | `gsi4`  | `INSTANCE#STATUS#<status>`          | `<service>#<name>`                |
//! | components                    | `gsi1`  | `COMPONENT`                         | `<name>`                          |
//! | components in an environment  | `gsi2`  | `COMPONENT#ENVIRONMENT#<name>`      | `<name>`                          |
//! | … attached within a service   | `gsi3`  | `COMPONENT#SERVICE#<name>`          | `<name>`                          |
//! | … attached to an instance     | `gsi4`  | `COMPONENT#INSTANCE#<service>#<name>` | `<name>`                        |
//! | deployments                   | `gsi1`  | `DEPLOYMENT`                        | `<created at>#<id>`, newest first |
//! | … of and in an environment    | `gsi2`  | `DEPLOYMENT#ENVIRONMENT#<name>`     | `<created at>#<id>`, newest first |
//! | … of a service's parts        | `gsi3`  | `DEPLOYMENT#SERVICE#<name>`         | `<created at>#<id>`, newest first |
//! | … of one instance             | `gsi4`  | `DEPLOYMENT#INSTANCE#<service>#<name>` | `<created at>#<id>`, newest first |
//! | … of one component            | `gsi3`  | `DEPLOYMENT#COMPONENT#<name>`       | `<created at>#<id>`, newest first |
//! | repository links              | `gsi1`  | `REPOSITORY`                        | `<owner/repo>#<provider>`         |
//! | connections of an account     | `gsi1`  | `CONNECTION#<environment account>`  | `<requested at>#<id>`, newest first |
//! | connections to an account     | `gsi2`  | `CONNECTION#<management account>`   | `<requested at>#<id>`, newest first |
//! | sync blockers of a service    | `gsi3`  | `BLOCKER#SERVICE#<name>`            | `<created at>#<id>`, newest first |
//! | … of an instance              | `gsi4`  | `BLOCKER#INSTANCE#<service>#<name>` | `<created at>#<id>`, newest first |
//! | counters of slots             | (table) | `TALLY`                             | as above                          |
//! | fleet updates                 | `gsi1`  | `FLEET`                             | `<created at>#<id>`, newest first |
//! | … of a template               | `gsi3`  | `FLEET#TEMPLATE#<name>`             | `<created at>#<id>`, newest first |
//! | claimed targets               | (table) | `FLEET#<id>`                        | `TARGET#…`                        |
//! | … of a status                 | `gsi4`  | `FLEET#<id>#<status>`               | `<ordinal>`                       |
//! | counters of a fleet update    | (table) | `FLEET#<id>`                        | `COUNT#…`                         |
//! | who uses something            | (table) | `REFERENCE#<referent>`              | `<referrer>`                      |
//! | intents before a time         | `due`   | `INTENT`                            | `<created at>#<id>`               |
//! | watches due by a time         | `due`   | `WATCH`                             | `<due at>#<pk>#<sk>`              |

use std::fmt::Write as _;

use protium_app::ports::Key;
use protium_domain::account_connection::AccountConnection;
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::Deployment;
use protium_domain::fleet::TargetStatus;
use protium_domain::identifier::Identifier;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::repository::RepositoryId;
use protium_domain::service_instance::ServiceInstance;
use protium_domain::sync::SyncSubject;
use protium_domain::tally::{Counter, FleetSlot, QuotaKind, Slot};
use protium_domain::template::TemplateKind;
use protium_domain::template_version::BundleSource;
use protium_domain::time::Timestamp;
use sha2::{Digest, Sha256};

/// What separates the segments of a key.
const SEPARATOR: char = '#';

/// The words that keys begin with, or name a kind of record by. A word that was in use once is never given another
/// meaning: items of that time may still lie in somebody's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Prefix {
    Template,
    Version,
    Environment,
    Service,
    Instance,
    Pipeline,
    Component,
    Deployment,
    Reference,
    Token,
    Settings,
    Wait,
    Upload,
    Intent,
    Watch,
    Repository,
    Connection,
    Claim,
    Sync,
    Blocker,
    Quota,
    Tally,
    Preview,
    Fleet,
    Target,
    Count,
    Import,
}

impl Prefix {
    /// All of them, for tests.
    #[cfg(test)]
    const ALL: [Self; 27] = [
        Self::Template,
        Self::Version,
        Self::Environment,
        Self::Service,
        Self::Instance,
        Self::Pipeline,
        Self::Component,
        Self::Deployment,
        Self::Reference,
        Self::Token,
        Self::Settings,
        Self::Wait,
        Self::Upload,
        Self::Intent,
        Self::Watch,
        Self::Repository,
        Self::Connection,
        Self::Claim,
        Self::Sync,
        Self::Blocker,
        Self::Quota,
        Self::Tally,
        Self::Preview,
        Self::Fleet,
        Self::Target,
        Self::Count,
        Self::Import,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Template => "TEMPLATE",
            Self::Version => "VERSION",
            Self::Environment => "ENVIRONMENT",
            Self::Service => "SERVICE",
            Self::Instance => "INSTANCE",
            Self::Pipeline => "PIPELINE",
            Self::Component => "COMPONENT",
            Self::Deployment => "DEPLOYMENT",
            Self::Reference => "REFERENCE",
            Self::Token => "TOKEN",
            Self::Settings => "SETTINGS",
            Self::Wait => "WAIT",
            Self::Upload => "UPLOAD",
            Self::Intent => "INTENT",
            Self::Watch => "WATCH",
            Self::Repository => "REPOSITORY",
            Self::Connection => "CONNECTION",
            Self::Claim => "CLAIM",
            Self::Sync => "SYNC",
            Self::Blocker => "BLOCKER",
            Self::Quota => "QUOTA",
            Self::Tally => "TALLY",
            Self::Preview => "PREVIEW",
            Self::Fleet => "FLEET",
            Self::Target => "TARGET",
            Self::Count => "COUNT",
            Self::Import => "IMPORT",
        }
    }

    /// The key `PREFIX#segment#segment`.
    fn key(self, segments: &[&str]) -> String {
        let mut key = self.as_str().to_owned();
        for segment in segments {
            key.push(SEPARATOR);
            key.push_str(segment);
        }
        key
    }
}

/// How the sort key of every intent begins: what the filter of the stream's event source mapping looks for.
pub const INTENT_SORT_PREFIX: &str = "INTENT#";

/// The primary key of an item.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PrimaryKey {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

/// Where a record lies.
pub(crate) fn primary(key: &Key) -> PrimaryKey {
    let (pk, sk) = match key {
        Key::Template(kind, name) => (template(*kind, name), alone(Prefix::Template)),
        Key::TemplateVersion(kind, name, version) => {
            (template(*kind, name), Prefix::Version.key(&[&padded(version.major), &padded(version.minor)]))
        }
        Key::Environment(name) => (environment(name), alone(Prefix::Environment)),
        Key::Service(name) => (service(name), alone(Prefix::Service)),
        Key::ServiceInstance(of, name) => (service(of), Prefix::Instance.key(&[name.as_str()])),
        Key::ServicePipeline(of) => (service(of), alone(Prefix::Pipeline)),
        Key::Component(name) => (component(name), alone(Prefix::Component)),
        Key::Deployment(id) => (Prefix::Deployment.key(&[id.as_str()]), alone(Prefix::Deployment)),
        Key::Preview(id) => (Prefix::Preview.key(&[id.as_str()]), alone(Prefix::Preview)),
        Key::Import(id) => (Prefix::Import.key(&[id.as_str()]), alone(Prefix::Import)),
        Key::Repository(id) => (repository(id), alone(Prefix::Repository)),
        Key::AccountConnection(id) => (connection(id), alone(Prefix::Connection)),
        Key::ConnectionClaim(account, environment) => {
            (Prefix::Claim.key(&[account, environment.as_str()]), alone(Prefix::Claim))
        }
        Key::SyncConfig(SyncSubject::Template(kind, name)) => (template(*kind, name), alone(Prefix::Sync)),
        Key::SyncConfig(SyncSubject::Service(name)) => (service(name), alone(Prefix::Sync)),
        Key::SyncBlocker(id) => (Prefix::Blocker.key(&[id.as_str()]), alone(Prefix::Blocker)),
        Key::Tally(Counter::Quota(kind)) => (quota(kind), alone(Prefix::Quota)),
        Key::Tally(Counter::Slot(slot, shard)) => (tallies(), tally_place(slot, *shard)),
        Key::Tally(Counter::Fleet(slot, shard)) => (fleet(&slot.fleet_update_id), fleet_count(slot, *shard)),
        Key::FleetUpdate(id) => (fleet(id), alone(Prefix::Fleet)),
        Key::FleetTarget(id, ordinal) => (fleet(id), Prefix::Target.key(&[&padded(u64::from(*ordinal))])),
        Key::Reference(reference) => (references(&reference.referent), referrer(reference)),
        Key::ClientToken(operation, token) => (Prefix::Token.key(&[operation, token]), alone(Prefix::Token)),
        Key::AccountSettings => (alone(Prefix::Settings), alone(Prefix::Settings)),
        Key::StackWait(stack) => (Prefix::Wait.key(&[stack]), alone(Prefix::Wait)),
        Key::Upload(source) => (upload(source), alone(Prefix::Upload)),
        Key::Intent(of, id) => (partition(of), Prefix::Intent.key(&[id.as_str()])),
    };
    PrimaryKey { pk, sk }
}

fn alone(prefix: Prefix) -> String {
    prefix.key(&[])
}

fn template(kind: TemplateKind, name: &ResourceName) -> String {
    Prefix::Template.key(&[kind.as_str(), name.as_str()])
}

fn environment(name: &ResourceName) -> String {
    Prefix::Environment.key(&[name.as_str()])
}

fn service(name: &ResourceName) -> String {
    Prefix::Service.key(&[name.as_str()])
}

fn component(name: &ResourceName) -> String {
    Prefix::Component.key(&[name.as_str()])
}

fn quota(kind: &QuotaKind) -> String {
    match kind {
        QuotaKind::Templates => Prefix::Quota.key(&[Prefix::Template.as_str()]),
        QuotaKind::Environments => Prefix::Quota.key(&[Prefix::Environment.as_str()]),
        QuotaKind::Services => Prefix::Quota.key(&[Prefix::Service.as_str()]),
        QuotaKind::Components => Prefix::Quota.key(&[Prefix::Component.as_str()]),
        QuotaKind::Connections(account) => Prefix::Quota.key(&[Prefix::Connection.as_str(), account]),
    }
}

/// Partition of the counters of all slots.
pub(crate) fn tallies() -> String {
    alone(Prefix::Tally)
}

fn tally_place(slot: &Slot, shard: u8) -> String {
    let mut place = slot.kind.as_str().to_owned();
    if let Some((template, version)) = &slot.version {
        // Writing to a String can't fail.
        let _ =
            write!(place, "{SEPARATOR}{template}{SEPARATOR}{}{SEPARATOR}{}", version.major, version.minor);
    }
    let end = if slot.failed { "FAILED" } else { "OK" };
    format!("{place}{SEPARATOR}{end}{SEPARATOR}{shard}")
}

fn fleet(id: &Identifier) -> String {
    Prefix::Fleet.key(&[id.as_str()])
}

fn fleet_count(slot: &FleetSlot, shard: u8) -> String {
    Prefix::Count.key(&[&padded(u64::from(slot.wave)), slot.status.as_str(), &shard.to_string()])
}

/// `gsi1`: fleet updates.
pub(crate) fn all_fleet_updates() -> String {
    alone(Prefix::Fleet)
}

/// `gsi3`: fleet updates of a template.
pub(crate) fn fleet_updates_of_template(name: &ResourceName) -> String {
    Prefix::Fleet.key(&[Prefix::Template.as_str(), name.as_str()])
}

/// Partition of a fleet update, and how the sort keys of its targets begin.
pub(crate) fn fleet_targets(id: &Identifier) -> (String, String) {
    (fleet(id), Prefix::Target.key(&[""]))
}

/// Partition of a fleet update, and how the sort keys of its counters begin.
pub(crate) fn fleet_counts(id: &Identifier) -> (String, String) {
    (fleet(id), Prefix::Count.key(&[""]))
}

/// `gsi4`: targets of a fleet update that are so far.
pub(crate) fn fleet_targets_of_status(id: &Identifier, status: TargetStatus) -> String {
    Prefix::Fleet.key(&[id.as_str(), status.as_str()])
}

/// Sorts the targets of a fleet update by their number.
pub(crate) fn fleet_target_place(ordinal: u32) -> String {
    padded(u64::from(ordinal))
}

/// What a fleet update says that it admits.
pub(crate) fn admission(wave: u32, roll_back: bool) -> String {
    format!("{}{SEPARATOR}{wave}", if roll_back { "ROLL_BACK" } else { "DEPLOY" })
}

fn connection(id: &Identifier) -> String {
    Prefix::Connection.key(&[id.as_str()])
}

fn repository(id: &RepositoryId) -> String {
    Prefix::Repository.key(&[id.provider.as_str(), id.name.as_str()])
}

/// Bucket, key and version of an object are up to 2,100 bytes of almost any character, and a partition key holds 2,048.
fn upload(source: &BundleSource) -> String {
    let mut hash = Sha256::new();
    for text in [Some(&source.bucket), Some(&source.key), source.version_id.as_ref()] {
        // The length before each text tells ("ab", "c") from ("a", "bc"), and an absent version from an empty one.
        hash.update(text.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
        hash.update(text.map_or("", String::as_str));
    }
    let hex = hash.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    Prefix::Upload.key(&[&hex])
}

fn partition(partition: &Partition) -> String {
    match partition {
        Partition::Template(kind, name) => template(*kind, name),
        Partition::Environment(name) => environment(name),
        Partition::Service(name) => service(name),
        Partition::Component(name) => component(name),
        Partition::Repository(id) => repository(id),
        Partition::AccountConnection(id) => connection(id),
        Partition::AccountSettings => alone(Prefix::Settings),
        Partition::Upload(source) => upload(source),
        Partition::Policies => alone(Prefix::Settings),
        Partition::FleetUpdate(id) => fleet(id),
    }
}

/// The partition of everybody who uses `referent`.
pub(crate) fn references(referent: &Referent) -> String {
    match referent {
        Referent::TemplateVersion { kind, name, version } => Prefix::Reference.key(&[
            Prefix::Version.as_str(),
            kind.as_str(),
            name.as_str(),
            &padded(version.major),
            &padded(version.minor),
        ]),
        Referent::Environment { name } => {
            Prefix::Reference.key(&[Prefix::Environment.as_str(), name.as_str()])
        }
        Referent::Repository { id } => {
            Prefix::Reference.key(&[Prefix::Repository.as_str(), id.provider.as_str(), id.name.as_str()])
        }
    }
}

fn referrer(reference: &Reference) -> String {
    match &reference.referrer {
        Referrer::Environment { name } => environment(name),
        Referrer::ServiceInstance { service, name } => {
            Prefix::Instance.key(&[service.as_str(), name.as_str()])
        }
        Referrer::Service { name } => service(name),
        Referrer::ServicePipeline { service } => Prefix::Pipeline.key(&[service.as_str()]),
        Referrer::Component { name } => component(name),
        Referrer::AccountSettings => alone(Prefix::Settings),
        Referrer::Sync { subject: SyncSubject::Template(kind, name) } => {
            Prefix::Sync.key(&[Prefix::Template.as_str(), kind.as_str(), name.as_str()])
        }
        Referrer::Sync { subject: SyncSubject::Service(name) } => {
            Prefix::Sync.key(&[Prefix::Service.as_str(), name.as_str()])
        }
    }
}

/// Partition of a template's versions, and how the sort keys of one major's versions begin.
pub(crate) fn versions_of_major(kind: TemplateKind, name: &ResourceName, major: u64) -> (String, String) {
    (template(kind, name), Prefix::Version.key(&[&padded(major), ""]))
}

/// Partition of a service, and how the sort keys of its instances begin.
pub(crate) fn instances_of_service(name: &ResourceName) -> (String, String) {
    (service(name), Prefix::Instance.key(&[""]))
}

/// `gsi1`: templates of a kind.
pub(crate) fn all_templates(kind: TemplateKind) -> String {
    Prefix::Template.key(&[kind.as_str()])
}

/// `gsi1`: environments.
pub(crate) fn all_environments() -> String {
    alone(Prefix::Environment)
}

/// `gsi1`: services.
pub(crate) fn all_services() -> String {
    alone(Prefix::Service)
}

/// `gsi1`: service instances.
pub(crate) fn all_instances() -> String {
    alone(Prefix::Instance)
}

/// `gsi1`: deployments.
pub(crate) fn all_deployments() -> String {
    alone(Prefix::Deployment)
}

/// `gsi2`: instances in an environment.
pub(crate) fn instances_of_environment(name: &ResourceName) -> String {
    Prefix::Instance.key(&[Prefix::Environment.as_str(), name.as_str()])
}

/// `gsi3`: instances of a template.
pub(crate) fn instances_of_template(name: &ResourceName) -> String {
    Prefix::Instance.key(&[Prefix::Template.as_str(), name.as_str()])
}

/// `gsi4`: instances of a status.
pub(crate) fn instances_of_status(status: DeploymentStatus) -> String {
    Prefix::Instance.key(&["STATUS", status.as_str()])
}

/// `gsi1`: components.
pub(crate) fn all_components() -> String {
    alone(Prefix::Component)
}

/// `gsi1`, of the environment account, and `gsi2`, of the management account: connections.
pub(crate) fn connections_of_account(account: &str) -> String {
    Prefix::Connection.key(&[account])
}

/// Sorts connections by the time of their making.
pub(crate) fn connection_place(connection: &AccountConnection) -> String {
    time_place(connection.requested_at, connection.id.as_str())
}

/// `gsi3`, of a service as a whole, and `gsi4`, of an instance: sync blockers.
pub(crate) fn sync_blockers(service: &ResourceName, instance: Option<&ResourceName>) -> String {
    match instance {
        None => Prefix::Blocker.key(&[Prefix::Service.as_str(), service.as_str()]),
        Some(instance) => {
            Prefix::Blocker.key(&[Prefix::Instance.as_str(), service.as_str(), instance.as_str()])
        }
    }
}

/// `gsi1`: links to repositories.
pub(crate) fn all_repositories() -> String {
    alone(Prefix::Repository)
}

/// Sorts links by the repository's name. No provider holds the separator, so two links never share a place.
pub(crate) fn repository_place(id: &RepositoryId) -> String {
    format!("{}{SEPARATOR}{}", id.name, id.provider.as_str())
}

/// `gsi2`: components in an environment.
pub(crate) fn components_of_environment(name: &ResourceName) -> String {
    Prefix::Component.key(&[Prefix::Environment.as_str(), name.as_str()])
}

/// `gsi3`: components attached to instances of a service.
pub(crate) fn components_of_service(name: &ResourceName) -> String {
    Prefix::Component.key(&[Prefix::Service.as_str(), name.as_str()])
}

/// `gsi4`: components attached to one instance.
pub(crate) fn components_of_instance(service: &ResourceName, name: &ResourceName) -> String {
    Prefix::Component.key(&[Prefix::Instance.as_str(), service.as_str(), name.as_str()])
}

/// `gsi3`: deployments of one component.
pub(crate) fn deployments_of_component(name: &ResourceName) -> String {
    Prefix::Deployment.key(&[Prefix::Component.as_str(), name.as_str()])
}

/// `gsi2`: deployments of and in an environment.
pub(crate) fn deployments_of_environment(name: &ResourceName) -> String {
    Prefix::Deployment.key(&[Prefix::Environment.as_str(), name.as_str()])
}

/// `gsi3`: deployments of a service's instances and of its pipeline.
pub(crate) fn deployments_of_service(name: &ResourceName) -> String {
    Prefix::Deployment.key(&[Prefix::Service.as_str(), name.as_str()])
}

/// `gsi4`: deployments of one instance.
pub(crate) fn deployments_of_instance(service: &ResourceName, name: &ResourceName) -> String {
    Prefix::Deployment.key(&[Prefix::Instance.as_str(), service.as_str(), name.as_str()])
}

/// `due`: intents that are not carried out yet.
pub(crate) fn due_intents() -> String {
    alone(Prefix::Intent)
}

/// `due`: work in progress that the reconciler watches.
pub(crate) fn due_watches() -> String {
    alone(Prefix::Watch)
}

/// Sorts instances by service and name.
pub(crate) fn instance_place(instance: &ServiceInstance) -> String {
    format!("{}{SEPARATOR}{}", instance.service, instance.name)
}

/// Sorts deployments by the time of their making.
pub(crate) fn deployment_place(deployment: &Deployment) -> String {
    time_place(deployment.created_at, deployment.id.as_str())
}

/// Sorts by time, and among equal times by `rest`.
pub(crate) fn time_place(time: Timestamp, rest: &str) -> String {
    format!("{}{SEPARATOR}{rest}", time_bound(time))
}

/// Stands before every [`time_place`] of this time or later, and behind every one of an earlier time.
pub(crate) fn time_bound(time: Timestamp) -> String {
    padded(u64::try_from(time.as_millis()).unwrap_or(0))
}

/// What stands behind the time of a watch, so that each record has a place of its own.
pub(crate) fn watch_place(key: &PrimaryKey) -> String {
    format!("{}{SEPARATOR}{}", key.pk, key.sk)
}

/// What the filter of environments by template compares: template and major version.
pub(crate) fn template_major(template: &ResourceName, major: u64) -> String {
    format!("{template}{SEPARATOR}{major}")
}

fn padded(number: u64) -> String {
    format!("{number:020}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use protium_domain::tally::Countable;
    use protium_domain::version::VersionNumber;

    use super::*;

    fn name(text: &str) -> ResourceName {
        ResourceName::new(text).expect("valid")
    }

    fn id() -> Identifier {
        Identifier::new("0190163d-8694-739b-aea5-966c26f8ad91").expect("valid")
    }

    #[test]
    fn the_keys_are_those_of_the_table_above() {
        let kind = TemplateKind::Environment;
        let number = VersionNumber::new(1, 12);
        let version = Referent::TemplateVersion { kind, name: name("net"), version: number };
        let instance = Referrer::ServiceInstance { service: name("web"), name: name("prod") };
        let nought = "0000000000000000000";
        let cases = [
            (Key::Template(kind, name("net")), "TEMPLATE#ENVIRONMENT#net", "TEMPLATE".to_owned()),
            (
                Key::TemplateVersion(kind, name("net"), number),
                "TEMPLATE#ENVIRONMENT#net",
                format!("VERSION#{nought}1#{}12", &nought[1..]),
            ),
            (Key::Environment(name("beta")), "ENVIRONMENT#beta", "ENVIRONMENT".to_owned()),
            (Key::Service(name("web")), "SERVICE#web", "SERVICE".to_owned()),
            (Key::ServiceInstance(name("web"), name("prod")), "SERVICE#web", "INSTANCE#prod".to_owned()),
            (Key::ServicePipeline(name("web")), "SERVICE#web", "PIPELINE".to_owned()),
            (Key::Component(name("queue")), "COMPONENT#queue", "COMPONENT".to_owned()),
            (Key::Deployment(id()), &format!("DEPLOYMENT#{}", id()), "DEPLOYMENT".to_owned()),
            (
                Key::Reference(Reference { referent: version, referrer: instance }),
                &format!("REFERENCE#VERSION#ENVIRONMENT#net#{nought}1#{}12", &nought[1..]),
                "INSTANCE#web#prod".to_owned(),
            ),
            (
                Key::Reference(Reference {
                    referent: Referent::Environment { name: name("beta") },
                    referrer: Referrer::Environment { name: name("gamma") },
                }),
                "REFERENCE#ENVIRONMENT#beta",
                "ENVIRONMENT#gamma".to_owned(),
            ),
            (
                Key::ClientToken("CreateService".to_owned(), "a#b".to_owned()),
                "TOKEN#CreateService#a#b",
                "TOKEN".to_owned(),
            ),
            (
                Key::Repository(RepositoryId::parse("github:a#b/c").expect("a link")),
                "REPOSITORY#GITHUB#a#b/c",
                "REPOSITORY".to_owned(),
            ),
            (
                Key::Reference(Reference {
                    referent: Referent::Repository { id: RepositoryId::parse("github:a/b").expect("a link") },
                    referrer: Referrer::AccountSettings,
                }),
                "REFERENCE#REPOSITORY#GITHUB#a/b",
                "SETTINGS".to_owned(),
            ),
            (Key::AccountConnection(id()), &format!("CONNECTION#{}", id()), "CONNECTION".to_owned()),
            (
                Key::ConnectionClaim("111122223333".to_owned(), name("beta")),
                "CLAIM#111122223333#beta",
                "CLAIM".to_owned(),
            ),
            (
                Key::SyncConfig(SyncSubject::Template(kind, name("net"))),
                "TEMPLATE#ENVIRONMENT#net",
                "SYNC".to_owned(),
            ),
            (Key::SyncConfig(SyncSubject::Service(name("web"))), "SERVICE#web", "SYNC".to_owned()),
            (Key::SyncBlocker(id()), &format!("BLOCKER#{}", id()), "BLOCKER".to_owned()),
            (
                Key::Reference(Reference {
                    referent: Referent::Environment { name: name("beta") },
                    referrer: Referrer::Sync { subject: SyncSubject::Template(kind, name("net")) },
                }),
                "REFERENCE#ENVIRONMENT#beta",
                "SYNC#TEMPLATE#ENVIRONMENT#net".to_owned(),
            ),
            (Key::Tally(Counter::Quota(QuotaKind::Templates)), "QUOTA#TEMPLATE", "QUOTA".to_owned()),
            (
                Key::Tally(Counter::Quota(QuotaKind::Connections("222233334444".to_owned()))),
                "QUOTA#CONNECTION#222233334444",
                "QUOTA".to_owned(),
            ),
            (
                Key::Tally(Counter::Slot(
                    Slot {
                        kind: Countable::ServiceInstance,
                        version: Some((name("web"), number)),
                        failed: true,
                    },
                    3,
                )),
                "TALLY",
                "SERVICE_INSTANCE#web#1#12#FAILED#3".to_owned(),
            ),
            (
                Key::Tally(Counter::Fleet(
                    FleetSlot { fleet_update_id: id(), wave: 2, status: TargetStatus::Failed },
                    3,
                )),
                &format!("FLEET#{}", id()),
                "COUNT#00000000000000000002#FAILED#3".to_owned(),
            ),
            (Key::FleetUpdate(id()), &format!("FLEET#{}", id()), "FLEET".to_owned()),
            (
                Key::FleetTarget(id(), 17),
                &format!("FLEET#{}", id()),
                "TARGET#00000000000000000017".to_owned(),
            ),
            (Key::AccountSettings, "SETTINGS", "SETTINGS".to_owned()),
            (Key::Import(id()), &format!("IMPORT#{}", id()), "IMPORT".to_owned()),
            (Key::StackWait("AWSProton-x".to_owned()), "WAIT#AWSProton-x", "WAIT".to_owned()),
            (
                Key::Intent(Partition::Service(name("web")), id()),
                "SERVICE#web",
                format!("{INTENT_SORT_PREFIX}{}", id()),
            ),
        ];
        for (key, pk, sk) in cases {
            assert_eq!(primary(&key), PrimaryKey { pk: pk.to_owned(), sk }, "{key:?}");
        }
    }

    #[test]
    fn uploads_of_other_objects_have_other_keys_that_fit_a_partition_key() {
        let source = |bucket: &str, key: &str, version_id: Option<&str>| BundleSource {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            version_id: version_id.map(str::to_owned),
        };
        let sources = [
            source("b", "k", None),
            source("b", "k", Some("")),
            source("b", "k", Some("1")),
            source("b", "k1", None),
            source("bk", "", None),
            source("b", &"k".repeat(1024), Some(&"v".repeat(1024))),
        ];
        let keys: HashSet<String> = sources.iter().map(upload).collect();
        assert_eq!(keys.len(), sources.len());
        assert!(keys.iter().all(|key| key.len() < 100));
    }

    #[test]
    fn intents_lie_beside_their_resource() {
        let kind = TemplateKind::Service;
        let pairs = [
            (Partition::Template(kind, name("a")), Key::Template(kind, name("a"))),
            (Partition::Environment(name("a")), Key::Environment(name("a"))),
            (Partition::Service(name("a")), Key::Service(name("a"))),
            (Partition::Component(name("a")), Key::Component(name("a"))),
            (Partition::AccountSettings, Key::AccountSettings),
        ];
        for (partition, key) in pairs {
            assert_eq!(primary(&Key::Intent(partition, id())).pk, primary(&key).pk);
        }
    }

    #[test]
    fn no_word_has_two_meanings() {
        let words: HashSet<&str> = Prefix::ALL.iter().map(|prefix| prefix.as_str()).collect();
        assert_eq!(words.len(), Prefix::ALL.len());
        assert!(words.iter().all(|word| !word.contains(SEPARATOR)));
    }

    #[test]
    fn numbers_and_times_sort_as_such() {
        let (_, first) = versions_of_major(TemplateKind::Service, &name("a"), 1);
        let (_, tenth) = versions_of_major(TemplateKind::Service, &name("a"), 10);
        assert!(first < tenth && !tenth.starts_with(&first));
        let at = Timestamp::from_millis;
        assert!(time_place(at(9), "z") < time_place(at(10), "a"));
        assert!(time_place(at(9), "z") < time_bound(at(10)));
        assert!(time_bound(at(10)) < time_place(at(10), ""));
        assert!(padded(u64::MAX).len() == padded(0).len());
    }

    #[test]
    fn instances_sort_by_service_then_name() {
        let place = |service: &str, instance: &str| format!("{service}{SEPARATOR}{instance}");
        assert!(place("web", "z") < place("web-2", "a"));
        assert!(place("web", "z") < place("web0", "a"));
    }
}
