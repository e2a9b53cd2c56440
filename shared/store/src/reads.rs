//! Reading by key, always strongly consistent.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use protium_app::ports::{Entity, Key, PortError};

use crate::error::port_error;
use crate::items::{self, Attributes, attribute};
use crate::keys::{self, PrimaryKey};
use crate::store::DynamoStore;
use crate::transact::Backoff;

/// As many keys as BatchGetItem takes.
const BATCH: usize = 100;

impl DynamoStore {
    pub(crate) async fn read_one(&self, key: &Key) -> Result<Option<Entity>, PortError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key_attributes(keys::primary(key))))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| port_error("dynamodb:GetItem", &error))?;
        output.item.map(items::decode).transpose()
    }

    pub(crate) async fn read_many(&self, keys: &[Key]) -> Result<Vec<Option<Entity>>, PortError> {
        let places: Vec<PrimaryKey> = keys.iter().map(keys::primary).collect();
        let mut wanted: Vec<PrimaryKey> = Vec::new();
        for place in &places {
            // A batch may name a key once.
            if !wanted.contains(place) {
                wanted.push(place.clone());
            }
        }
        let mut found: HashMap<PrimaryKey, Entity> = HashMap::new();
        for batch in wanted.chunks(BATCH) {
            let keys = batch.iter().cloned().map(key_attributes).collect();
            for item in self.read_batch(keys).await? {
                let entity = items::decode(item)?;
                found.insert(keys::primary(&entity.key()), entity);
            }
        }
        Ok(places.iter().map(|place| found.get(place).cloned()).collect())
    }

    /// The items of at most [`BATCH`] keys, asking again for those that DynamoDB left out.
    async fn read_batch(&self, mut keys: Vec<Attributes>) -> Result<Vec<Attributes>, PortError> {
        const OPERATION: &str = "dynamodb:BatchGetItem";
        let mut items = Vec::with_capacity(keys.len());
        let mut backoff = Backoff::new();
        loop {
            let request =
                KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build().map_err(
                    |error| PortError::Failed { operation: OPERATION, message: error.to_string() },
                )?;
            let output = self
                .client
                .batch_get_item()
                .request_items(&self.table, request)
                .send()
                .await
                .map_err(|error| port_error(OPERATION, &error))?;
            items.extend(output.responses.into_iter().flat_map(HashMap::into_values).flatten());
            keys = output
                .unprocessed_keys
                .into_iter()
                .flat_map(HashMap::into_values)
                .flat_map(|left| left.keys)
                .collect();
            if keys.is_empty() {
                return Ok(items);
            }
            if !backoff.pause().await {
                return Err(PortError::Throttled(format!("{OPERATION} left {} keys out", keys.len())));
            }
        }
    }
}

/// A primary key as attributes.
pub(crate) fn key_attributes(key: PrimaryKey) -> Attributes {
    Attributes::from([
        (attribute::PK.to_owned(), AttributeValue::S(key.pk)),
        (attribute::SK.to_owned(), AttributeValue::S(key.sk)),
    ])
}
