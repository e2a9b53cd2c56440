//! What every [`Store`] promises, as checks that run against any of them: the table in memory and DynamoDB.
//!
//! The checks write under names that begin with a scope of the caller's choice and look only at their own records, so
//! they may be repeated on one table. They leave records behind, intents among them: give them a table that nothing
//! else works on.

mod conditions;
mod fleet;
mod guards;
mod lists;
mod races;
mod reads;
mod tallies;

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use protium_app::PageRequest;
use protium_app::ports::{CommitError, Entity, Key, ListQuery, Record, Store, StoreExt, Write};
use protium_domain::identifier::Identifier;
use protium_domain::time::Timestamp;

use crate::FixedClock;

/// Runs all checks.
///
/// # Panics
/// When the store breaks a promise; the message says which.
pub async fn all(store: Arc<dyn Store>, scope: &str) {
    let subject = Subject::new(store, scope);
    reads::all(&subject).await;
    conditions::all(&subject).await;
    guards::all(&subject).await;
    lists::all(&subject).await;
    races::all(&subject).await;
    tallies::all(&subject).await;
    fleet::all(&subject).await;
}

/// `record` with a change; records with private members can't be written as struct updates.
fn with<R: Clone>(record: &R, change: impl FnOnce(&mut R)) -> R {
    let mut changed = record.clone();
    change(&mut changed);
    changed
}

/// The store under test, and names and ids that only this run uses.
struct Subject {
    store: Arc<dyn Store>,
    scope: String,
    ids: AtomicU64,
}

impl Subject {
    fn new(store: Arc<dyn Store>, scope: &str) -> Self {
        Self { store, scope: scope.to_owned(), ids: AtomicU64::new(1) }
    }

    const fn now(&self) -> Timestamp {
        FixedClock::START
    }

    fn name(&self, text: &str) -> String {
        format!("{}-{text}", self.scope)
    }

    /// An id of this scope; later ones sort higher.
    fn id(&self) -> Identifier {
        let mut hasher = DefaultHasher::new();
        self.scope.hash(&mut hasher);
        let scope = hasher.finish() & 0xffff_ffff;
        let number = self.ids.fetch_add(1, Ordering::SeqCst);
        Identifier::new(format!("{scope:08x}-0000-7000-8000-{number:012x}")).expect("a lowercase UUID")
    }

    /// Commits one write: whether its condition held.
    async fn holds(&self, write: Write) -> bool {
        match self.store.commit(&[write]).await {
            Ok(()) => true,
            Err(CommitError::Condition(0)) => false,
            Err(other) => panic!("a commit of one write ended with {other:?}"),
        }
    }

    async fn put(&self, record: impl Into<Entity>) {
        assert!(self.holds(Write::Put(record.into())).await, "a write without a condition is always done");
    }

    async fn find<R: Record>(&self, key: &Key) -> Option<R> {
        self.store.find(key.clone()).await.expect("the store reads")
    }

    /// All of a list, in pages of `limit` items, and the sizes of the pages.
    async fn list(&self, query: &ListQuery, limit: usize) -> (Vec<Entity>, Vec<usize>) {
        let (mut items, mut sizes, mut after) = (Vec::new(), Vec::new(), None);
        loop {
            let page = self.store.list(query, &PageRequest { limit, after }).await.expect("the store lists");
            assert!(page.items.len() <= limit, "a page holds at most as many items as asked for");
            sizes.push(page.items.len());
            items.extend(page.items);
            after = page.next;
            if after.is_none() {
                return (items, sizes);
            }
        }
    }

    /// Waits until the records of this scope in a list are these, in this order: an index may lag behind.
    async fn expect_list(&self, query: &ListQuery, expected: &[Entity]) {
        for limit in [1, 2, 100] {
            let mut found = Vec::new();
            for _ in 0..50 {
                found = self.list(query, limit).await.0;
                found.retain(|entity| self.is_ours(entity));
                if found == expected {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            assert_eq!(found, expected, "{query:?} in pages of {limit}");
        }
    }

    /// Whether this run wrote a record: names and ids begin with its scope.
    fn is_ours(&self, entity: &Entity) -> bool {
        let prefix = format!("{}-", self.scope);
        match entity {
            Entity::Template(template) => template.name.as_str().starts_with(&prefix),
            Entity::TemplateVersion(version) => version.template.as_str().starts_with(&prefix),
            Entity::Environment(environment) => environment.name.as_str().starts_with(&prefix),
            Entity::Service(service) => service.name.as_str().starts_with(&prefix),
            Entity::ServiceInstance(instance) => instance.service.as_str().starts_with(&prefix),
            Entity::ServicePipeline(pipeline) => pipeline.service.as_str().starts_with(&prefix),
            Entity::Component(component) => component.environment.as_str().starts_with(&prefix),
            Entity::Deployment(deployment) => {
                let place = deployment.target.environment().or_else(|| deployment.target.service());
                place.is_some_and(|name| name.as_str().starts_with(&prefix))
            }
            Entity::Preview(preview) => {
                let place = preview.target.environment().or_else(|| preview.target.service());
                place.is_some_and(|name| name.as_str().starts_with(&prefix))
            }
            Entity::Repository(repository) => repository.id.name.as_str().starts_with(&prefix),
            Entity::AccountConnection(connection) => {
                connection.environment_name.as_str().starts_with(&prefix)
            }
            Entity::SyncConfig(config) => config.subject.name().as_str().starts_with(&prefix),
            Entity::SyncBlocker(blocker) => blocker.service.as_str().starts_with(&prefix),
            Entity::Intent(intent) => {
                intent.id.as_str().split('-').next() == self.id().as_str().split('-').next()
            }
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryStore;

    #[tokio::test]
    async fn the_table_in_memory_keeps_the_contract() {
        let store: Arc<MemoryStore> = Arc::default();
        all(store.clone(), "one").await;
        // Again, beside what the first run left behind.
        all(store, "two").await;
    }

    #[tokio::test]
    async fn also_when_it_cuts_pages_short() {
        let store: Arc<MemoryStore> = Arc::default();
        store.limit_pages(1);
        lists::all(&Subject::new(store, "short")).await;
    }
}
