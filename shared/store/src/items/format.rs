//! Formats of records.
//!
//! Every item carries the number of the format that its record was written in. An upgrade meets items of the format
//! before it, and a table may hold records that nobody has touched for years; so each change that serde alone can't
//! read (a member renamed, retyped or without a default) raises [`CURRENT`] and adds to [`read`] the step from the
//! format before it, on the record's JSON. Items are written anew in the current format with their next change. What
//! the tests keep under `golden/format-<n>` must stay readable forever.

use protium_app::ports::Entity;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The format that is written.
pub(crate) const CURRENT: u32 = 1;

/// Kinds of records. Like key prefixes, names are never given another meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Kind {
    Template,
    TemplateVersion,
    Environment,
    Service,
    ServiceInstance,
    ServicePipeline,
    Component,
    Deployment,
    Reference,
    ClientToken,
    AccountSettings,
    StackWait,
    Upload,
    Intent,
    Repository,
    AccountConnection,
    ConnectionClaim,
    SyncConfig,
    SyncBlocker,
    Tally,
    Preview,
    FleetUpdate,
    FleetTarget,
    Import,
}

/// The kind and the JSON of a record, in the current format.
pub(crate) fn write(entity: &Entity) -> serde_json::Result<(Kind, String)> {
    use serde_json::to_string as json;
    Ok(match entity {
        Entity::Template(record) => (Kind::Template, json(record)?),
        Entity::TemplateVersion(record) => (Kind::TemplateVersion, json(record)?),
        Entity::Environment(record) => (Kind::Environment, json(record)?),
        Entity::Service(record) => (Kind::Service, json(record)?),
        Entity::ServiceInstance(record) => (Kind::ServiceInstance, json(record)?),
        Entity::ServicePipeline(record) => (Kind::ServicePipeline, json(record)?),
        Entity::Component(record) => (Kind::Component, json(record)?),
        Entity::Deployment(record) => (Kind::Deployment, json(record)?),
        Entity::Reference(record) => (Kind::Reference, json(record)?),
        Entity::ClientToken(record) => (Kind::ClientToken, json(record)?),
        Entity::AccountSettings(record) => (Kind::AccountSettings, json(record)?),
        Entity::StackWait(record) => (Kind::StackWait, json(record)?),
        Entity::Upload(record) => (Kind::Upload, json(record)?),
        Entity::Intent(record) => (Kind::Intent, json(record)?),
        Entity::Repository(record) => (Kind::Repository, json(record)?),
        Entity::AccountConnection(record) => (Kind::AccountConnection, json(record)?),
        Entity::ConnectionClaim(record) => (Kind::ConnectionClaim, json(record)?),
        Entity::SyncConfig(record) => (Kind::SyncConfig, json(record)?),
        Entity::SyncBlocker(record) => (Kind::SyncBlocker, json(record)?),
        Entity::Tally(record) => (Kind::Tally, json(record)?),
        Entity::Preview(record) => (Kind::Preview, json(record)?),
        Entity::FleetUpdate(record) => (Kind::FleetUpdate, json(record)?),
        Entity::FleetTarget(record) => (Kind::FleetTarget, json(record)?),
        Entity::Import(record) => (Kind::Import, json(record)?),
    })
}

/// Reads a record of any format that there ever was; the text says, for operators, why it can't.
pub(crate) fn read(kind: Kind, format: u32, json: &str) -> Result<Entity, String> {
    if format != CURRENT {
        return Err(format!(
            "it has format {format}, and this version of Protium reads up to format {CURRENT}; install the version \
             that wrote it, or a later one"
        ));
    }
    Ok(match kind {
        Kind::Template => Entity::Template(parse(json)?),
        Kind::TemplateVersion => Entity::TemplateVersion(parse(json)?),
        Kind::Environment => Entity::Environment(parse(json)?),
        Kind::Service => Entity::Service(parse(json)?),
        Kind::ServiceInstance => Entity::ServiceInstance(parse(json)?),
        Kind::ServicePipeline => Entity::ServicePipeline(parse(json)?),
        Kind::Component => Entity::Component(parse(json)?),
        Kind::Deployment => Entity::Deployment(parse(json)?),
        Kind::Reference => Entity::Reference(parse(json)?),
        Kind::ClientToken => Entity::ClientToken(parse(json)?),
        Kind::AccountSettings => Entity::AccountSettings(parse(json)?),
        Kind::StackWait => Entity::StackWait(parse(json)?),
        Kind::Upload => Entity::Upload(parse(json)?),
        Kind::Intent => Entity::Intent(parse(json)?),
        Kind::Repository => Entity::Repository(parse(json)?),
        Kind::AccountConnection => Entity::AccountConnection(parse(json)?),
        Kind::ConnectionClaim => Entity::ConnectionClaim(parse(json)?),
        Kind::SyncConfig => Entity::SyncConfig(parse(json)?),
        Kind::SyncBlocker => Entity::SyncBlocker(parse(json)?),
        Kind::Tally => Entity::Tally(parse(json)?),
        Kind::Preview => Entity::Preview(parse(json)?),
        Kind::FleetUpdate => Entity::FleetUpdate(parse(json)?),
        Kind::FleetTarget => Entity::FleetTarget(parse(json)?),
        Kind::Import => Entity::Import(parse(json)?),
    })
}

/// The error of serde_json may quote a value of the record, which may be sensitive: only its place is told.
fn parse<T: DeserializeOwned>(json: &str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|error| {
        let (what, line, column) = (error.classify(), error.line(), error.column());
        format!("its record is broken at line {line}, column {column} ({what:?})")
    })
}
