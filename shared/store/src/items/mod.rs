//! Records as items.
//!
//! A record is kept as one JSON text in the attribute `record`, not as a tree of DynamoDB attributes. Records are
//! always written whole, under their revision, so nothing would update a part of them; as JSON they come back exactly
//! as the domain wrote them: member order of event details, numbers, empty texts and nulls included, which a DynamoDB
//! map doesn't promise. What DynamoDB itself has to look at stands beside it, derived anew with every write:
//!
//! - `revision`, `deployable`, `inhabitable`, `linked`, `deletingUntil`, `expiresAt` for conditions,
//! - `count`, where a counter stands,
//! - `templateMajor` for the filter of environments,
//! - `gsi1pk` … `duesk` for the indexes, sparse,
//! - `ttl`, in seconds, for items that DynamoDB removes,
//! - `commit`, the commit that wrote the item, by which a repeated write recognises itself.
//!
//! `format` and `kind` tell how to read `record`: see [`format`].

pub(crate) mod format;
#[cfg(test)]
mod golden;
mod image;
mod index;
#[cfg(test)]
mod properties;
#[cfg(test)]
pub(crate) mod samples;

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use protium_app::ports::{Entity, PortError};
use protium_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

pub use image::intent_from_image;

use crate::keys;
use format::Kind;
pub(crate) use index::Index;

/// An item as the SDK has it.
pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// How long an upload is remembered. EventBridge repeats an event for a day at most.
const UPLOAD_MEMORY: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Names of attributes that other modules put into expressions.
pub(crate) mod attribute {
    pub(crate) const PK: &str = "pk";
    pub(crate) const SK: &str = "sk";
    pub(crate) const REVISION: &str = "revision";
    pub(crate) const DEPLOYABLE: &str = "deployable";
    pub(crate) const LINKED: &str = "linked";
    pub(crate) const INHABITABLE: &str = "inhabitable";
    pub(crate) const DELETING_UNTIL: &str = "deletingUntil";
    pub(crate) const EXPIRES_AT: &str = "expiresAt";
    pub(crate) const TEMPLATE_MAJOR: &str = "templateMajor";
    pub(crate) const ADMITS: &str = "admits";
    pub(crate) const COMMIT: &str = "commit";
    pub(crate) const COUNT: &str = "count";
    pub(crate) const KIND: &str = "kind";
    pub(crate) const FORMAT: &str = "format";
    pub(crate) const RECORD: &str = "record";
}

/// An item, written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    pk: String,
    sk: String,
    #[serde(flatten)]
    stored: Stored,
    commit: String,
    #[serde(flatten)]
    conditions: Conditions,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template_major: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
    #[serde(flatten)]
    indexes: HashMap<&'static str, String>,
}

/// What is read of an item.
#[derive(Serialize, Deserialize)]
struct Stored {
    kind: Kind,
    format: u32,
    record: String,
}

/// What conditions look at.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Conditions {
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deployable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inhabitable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    linked: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    admits: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleting_until: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

/// The item of `entity`, written `now` by `commit`.
///
/// # Errors
/// [`PortError::Failed`] when the record can't be written as JSON, which no record of ours does.
pub(crate) fn encode(entity: &Entity, commit: &str, now: Timestamp) -> Result<Attributes, PortError> {
    let failed = |message: String| PortError::Failed { operation: "store:Encode", message };
    let (kind, record) = format::write(entity).map_err(|error| failed(error.to_string()))?;
    let key = keys::primary(&entity.key());
    let indexes = index::positions(entity, &key);
    let item = Item {
        stored: Stored { kind, format: format::CURRENT, record },
        commit: commit.to_owned(),
        conditions: conditions(entity),
        count: count(entity),
        template_major: template_major(entity),
        ttl: expiry(entity, now).map(whole_seconds),
        indexes,
        pk: key.pk,
        sk: key.sk,
    };
    serde_dynamo::to_item(item).map_err(|error| failed(error.to_string()))
}

/// The record of an item.
///
/// # Errors
/// [`PortError::Unreadable`] when the item is of a format or kind that this version of Protium doesn't know, or is
/// broken.
pub(crate) fn decode(item: Attributes) -> Result<Entity, PortError> {
    decode_any(item.into())
}

fn decode_any(item: serde_dynamo::Item) -> Result<Entity, PortError> {
    let (place, count) = (place(&item), item.inner().get(attribute::COUNT).and_then(number));
    let stored: Stored = serde_dynamo::from_item(item)
        .map_err(|error| PortError::Unreadable(format!("the item {place}: {error}")))?;
    let mut entity = format::read(stored.kind, stored.format, &stored.record)
        .map_err(|problem| PortError::Unreadable(format!("the item {place}: {problem}")))?;
    if let Entity::Tally(tally) = &mut entity {
        tally.count = count.unwrap_or_default();
    }
    Ok(entity)
}

fn number(value: &serde_dynamo::AttributeValue) -> Option<i64> {
    match value {
        serde_dynamo::AttributeValue::N(number) => number.parse().ok(),
        _ => None,
    }
}

/// Where a counter stands: beside its record, so that DynamoDB can move it on.
const fn count(entity: &Entity) -> Option<i64> {
    match entity {
        Entity::Tally(tally) => Some(tally.count),
        _ => None,
    }
}

/// Says where an item lies, for operators. Keys hold names and ids, nothing sensitive.
fn place(item: &serde_dynamo::Item) -> String {
    let text = |name: &str| match item.inner().get(name) {
        Some(serde_dynamo::AttributeValue::S(text)) => text.clone(),
        _ => "?".to_owned(),
    };
    format!("{} / {}", text(attribute::PK), text(attribute::SK))
}

fn conditions(entity: &Entity) -> Conditions {
    let revision = entity.revision().map(protium_domain::revision::Revision::as_u64);
    match entity {
        Entity::TemplateVersion(version) => Conditions {
            revision,
            deployable: Some(version.status().is_deployable()),
            deleting_until: version.deleting_until.map(Timestamp::as_millis),
            ..Conditions::default()
        },
        Entity::Environment(environment) => Conditions {
            revision,
            inhabitable: Some(environment.is_inhabitable()),
            deleting_until: environment.deleting_until.map(Timestamp::as_millis),
            ..Conditions::default()
        },
        Entity::Repository(repository) => Conditions {
            revision,
            linked: Some(true),
            deleting_until: repository.deleting_until.map(Timestamp::as_millis),
            ..Conditions::default()
        },
        Entity::FleetUpdate(update) => Conditions {
            revision,
            admits: update.admitted().map(|(wave, roll_back)| keys::admission(wave, roll_back)),
            ..Conditions::default()
        },
        Entity::ClientToken(token) => {
            Conditions { expires_at: Some(token.expires_at.as_millis()), ..Conditions::default() }
        }
        _ => Conditions { revision, ..Conditions::default() },
    }
}

fn template_major(entity: &Entity) -> Option<String> {
    match entity {
        Entity::Environment(environment) => {
            Some(keys::template_major(&environment.template, environment.version.major))
        }
        _ => None,
    }
}

/// When DynamoDB may remove the item. It does so up to days later, so nothing relies on it.
fn expiry(entity: &Entity, now: Timestamp) -> Option<Timestamp> {
    match entity {
        Entity::ClientToken(token) => Some(token.expires_at),
        Entity::StackWait(wait) => Some(wait.expires_at),
        Entity::Preview(preview) => preview.expires_at,
        Entity::FleetTarget(target) => target.expires_at,
        Entity::Upload(_) => Some(now.plus(UPLOAD_MEMORY)),
        _ => None,
    }
}

/// The first whole second at or after `time`.
const fn whole_seconds(time: Timestamp) -> i64 {
    let millis = time.as_millis();
    millis.div_euclid(1000) + (millis.rem_euclid(1000) != 0) as i64
}
