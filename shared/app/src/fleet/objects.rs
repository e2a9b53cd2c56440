//! The objects of a plan, in the artifact bucket.
//!
//! Rows lie in the order of their numbers, [`ROWS_PER_OBJECT`] to an object, so that a row is found by its number and a page
//! of rows is one object. Chunks are JSON lists, as the item reader of a Distributed Map wants them. The lanes of all
//! waves lie in one object, and so does what changes for whom.

use protium_domain::fleet::{ChunkId, ChunkItem, Lane, PlanRow};
use protium_domain::identifier::Identifier;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::changes::VersionChanges;
use crate::artifact::fleet_key;
use crate::context::App;
use crate::error::{Error, Result};

/// How many rows an object holds; the last one may hold less.
pub(super) const ROWS_PER_OBJECT: u32 = 500;

fn rows_key(id: &Identifier, object: u32) -> String {
    fleet_key(id, &format!("rows/{object}.json"))
}

fn lanes_key(id: &Identifier) -> String {
    fleet_key(id, "lanes.json")
}

fn changes_key(id: &Identifier) -> String {
    fleet_key(id, "changes.json")
}

/// The key of a chunk of targets.
pub(super) fn chunk_key(id: &Identifier, wave: u32, chunk: ChunkId) -> String {
    fleet_key(id, &format!("wave-{wave}/lane-{}/{}.json", chunk.lane, chunk.chunk))
}

pub(super) async fn rows_save(app: &App, id: &Identifier, object: u32, rows: &[PlanRow]) -> Result<()> {
    save(app, &rows_key(id, object), rows).await
}

pub(super) async fn rows_load(app: &App, id: &Identifier, object: u32) -> Result<Vec<PlanRow>> {
    load(app, &rows_key(id, object)).await
}

/// Likewise; nothing when the object is gone.
pub(super) async fn rows_find(app: &App, id: &Identifier, object: u32) -> Result<Option<Vec<PlanRow>>> {
    find(app, &rows_key(id, object)).await
}

/// The lanes of every wave.
pub(super) async fn lanes_save(app: &App, id: &Identifier, lanes: &[Vec<Lane>]) -> Result<()> {
    save(app, &lanes_key(id), lanes).await
}

/// The lanes of every wave.
pub(super) async fn lanes_load(app: &App, id: &Identifier) -> Result<Vec<Vec<Lane>>> {
    load(app, &lanes_key(id)).await
}

/// Likewise; nothing when the object is gone.
pub(super) async fn lanes_find(app: &App, id: &Identifier) -> Result<Option<Vec<Vec<Lane>>>> {
    find(app, &lanes_key(id)).await
}

/// What changes, by the version that targets come from.
pub(super) async fn changes_save(app: &App, id: &Identifier, changes: &[VersionChanges]) -> Result<()> {
    save(app, &changes_key(id), changes).await
}

/// What changes, by the version that targets come from; nothing of plans that were made before plans told it.
pub(super) async fn changes_load(app: &App, id: &Identifier) -> Result<Vec<VersionChanges>> {
    Ok(find(app, &changes_key(id)).await?.unwrap_or_default())
}

pub(super) async fn chunk_save(
    app: &App,
    id: &Identifier,
    wave: u32,
    chunk: ChunkId,
    items: &[ChunkItem],
) -> Result<()> {
    save(app, &chunk_key(id, wave, chunk), items).await
}

async fn save(app: &App, key: &str, value: &(impl Serialize + ?Sized)) -> Result<()> {
    let json = serde_json::to_vec(value).map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(app.artifacts.put(key, json).await?)
}

async fn load<T: DeserializeOwned>(app: &App, key: &str) -> Result<T> {
    find(app, key).await?.ok_or_else(|| Error::internal(format!("the object {key} of a plan is missing")))
}

async fn find<T: DeserializeOwned>(app: &App, key: &str) -> Result<Option<T>> {
    let bytes = app.artifacts.get(key).await?;
    let parsed = bytes.map(|bytes| serde_json::from_slice(&bytes)).transpose();
    parsed.map_err(|error| Error::Internal(Box::new(error)))
}
