//! The store: a client, a table, and what is injected.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use protium_app::ports::{Clock, CommitError, Entity, Ids, Keep, Key, ListQuery, PortError, Store, Write};
use protium_app::{Page, PageRequest};

/// The table in DynamoDB. Cheap to clone.
///
/// Single calls are retried by the SDK as the client is configured; what the SDK doesn't retry, contention of
/// transactions and keys that a batch left out, is retried here with jitter.
#[derive(Clone)]
pub struct DynamoStore {
    pub(crate) client: Client,
    pub(crate) table: String,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
}

impl DynamoStore {
    /// The table named `table`, through `client`. The clock dates what DynamoDB removes by itself, and `ids` names
    /// each commit, so that a repetition of it is recognised.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { client, table: table.into(), clock, ids }
    }
}

#[async_trait]
impl Store for DynamoStore {
    async fn get(&self, key: &Key) -> Result<Option<Entity>, PortError> {
        self.read_one(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entity>>, PortError> {
        self.read_many(keys).await
    }

    async fn select(
        &self,
        query: &ListQuery,
        page: &PageRequest,
        keep: Option<&Keep<'_>>,
    ) -> Result<Page<Entity>, PortError> {
        self.query(query, page, keep).await
    }

    async fn commit(&self, writes: &[Write]) -> Result<(), CommitError> {
        self.transact(writes).await
    }
}
