//! Calls that really race: a store at which every call lets the others go first.

use std::sync::Arc;

use async_trait::async_trait;
use protium_app::ports::{CommitError, Entity, Keep, Key, ListQuery, PortError, Store, Write};
use protium_app::{App, Page, PageRequest};
use tokio::task::yield_now;

use crate::TestApp;

struct Contended(Arc<dyn Store>);

#[async_trait]
impl Store for Contended {
    async fn get(&self, key: &Key) -> Result<Option<Entity>, PortError> {
        yield_now().await;
        self.0.get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entity>>, PortError> {
        yield_now().await;
        self.0.get_many(keys).await
    }

    async fn select(
        &self,
        query: &ListQuery,
        page: &PageRequest,
        keep: Option<&Keep<'_>>,
    ) -> Result<Page<Entity>, PortError> {
        yield_now().await;
        self.0.select(query, page, keep).await
    }

    async fn commit(&self, writes: &[Write]) -> Result<(), CommitError> {
        yield_now().await;
        self.0.commit(writes).await
    }
}

/// The answers of `count` calls that run at once, in lock step: in the order of their making.
///
/// # Panics
/// When a call does.
pub async fn race<T, F>(test: &TestApp, count: usize, call: impl Fn(App, usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let app = App { store: Arc::new(Contended(test.store.clone())), ..test.app.clone() };
    let calls: Vec<_> = (0..count).map(|number| tokio::spawn(call(app.clone(), number))).collect();
    let mut answers = Vec::with_capacity(count);
    for call in calls {
        answers.push(call.await.expect("no panic"));
    }
    answers
}
