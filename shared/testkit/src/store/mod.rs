//! The table in memory.

mod conditions;
mod lists;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;
use protium_app::ports::{
    CommitError, Entity, Inventory, Keep, Key, ListQuery, Marked, PortError, Record, Store, Write,
};
use protium_app::{Page, PageRequest};
use protium_domain::tally::Tally;

use crate::lock::lock;

/// How often a store was called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreCalls {
    /// [`Store::get`].
    pub get: usize,
    /// [`Store::get_many`].
    pub get_many: usize,
    /// [`Store::list`].
    pub list: usize,
    /// [`Store::commit`].
    pub commit: usize,
}

/// What a test does right before a commit.
type Hook = Box<dyn FnOnce(&MemoryStore) + Send>;

#[derive(Default)]
struct State {
    items: BTreeMap<String, Entity>,
    committed: Vec<Vec<Write>>,
    calls: StoreCalls,
}

/// The table in memory: every condition of [`Write`] holds as in DynamoDB, a commit is all or nothing, and lists come
/// in pages. One commit runs at a time, so of racing commits one wins.
#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    commit_failures: Mutex<VecDeque<CommitError>>,
    read_failures: Mutex<VecDeque<PortError>>,
    before_commit: Mutex<VecDeque<Hook>>,
    page_limit: Mutex<Option<usize>>,
}

impl MemoryStore {
    /// As many writes as one commit takes: DynamoDB's limit for a transaction.
    pub const MOST_WRITES: usize = 100;

    /// Writes a record, whatever is there.
    pub fn seed(&self, record: impl Into<Entity>) {
        let entity = record.into();
        lock(&self.state).items.insert(rendered(&entity.key()), entity);
    }

    /// Removes a record.
    pub fn unseed(&self, key: &Key) {
        lock(&self.state).items.remove(&rendered(key));
    }

    /// The record under `key`; isn't counted as a call.
    #[must_use]
    pub fn peek<R: Record>(&self, key: &Key) -> Option<R> {
        lock(&self.state).items.get(&rendered(key)).cloned().and_then(R::from_entity)
    }

    /// All records of a kind, by key; isn't counted as a call.
    #[must_use]
    pub fn all<R: Record>(&self) -> Vec<R> {
        lock(&self.state).items.values().cloned().filter_map(R::from_entity).collect()
    }

    /// All records but counters, by key; for asserting that nothing was left behind, or nothing changed.
    #[must_use]
    pub fn everything(&self) -> Vec<Entity> {
        let items = lock(&self.state);
        items.items.values().filter(|entity| !matches!(entity, Entity::Tally(_))).cloned().collect()
    }

    /// The commits that succeeded, in order.
    #[must_use]
    pub fn committed(&self) -> Vec<Vec<Write>> {
        lock(&self.state).committed.clone()
    }

    /// How often it was called.
    #[must_use]
    pub fn calls(&self) -> StoreCalls {
        lock(&self.state).calls
    }

    /// Makes the next commit fail with `error`, without writing anything. Called again, the one after it too.
    pub fn fail_next_commit(&self, error: CommitError) {
        lock(&self.commit_failures).push_back(error);
    }

    /// Makes the next read (get, get_many or list) fail with `error`.
    pub fn fail_next_read(&self, error: PortError) {
        lock(&self.read_failures).push_back(error);
    }

    /// Runs `hook` right before the next commit is checked: what somebody else does in between. Called again, the
    /// hook runs before the commit after it.
    pub fn before_next_commit(&self, hook: impl FnOnce(&Self) + Send + 'static) {
        lock(&self.before_commit).push_back(Box::new(hook));
    }

    /// Cuts pages after `items` items even if more were asked for, as DynamoDB may do: a use case that needs all of a
    /// list has to follow [`Page::next`].
    pub fn limit_pages(&self, items: usize) {
        *lock(&self.page_limit) = Some(items.max(1));
    }

    fn read_failure(&self) -> Result<(), PortError> {
        lock(&self.read_failures).pop_front().map_or(Ok(()), Err)
    }
}

/// Where a key lies. Only equality and a steady order matter here.
fn rendered(key: &Key) -> String {
    format!("{key:?}")
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(&self, key: &Key) -> Result<Option<Entity>, PortError> {
        lock(&self.state).calls.get += 1;
        self.read_failure()?;
        Ok(lock(&self.state).items.get(&rendered(key)).cloned())
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entity>>, PortError> {
        lock(&self.state).calls.get_many += 1;
        self.read_failure()?;
        let state = lock(&self.state);
        Ok(keys.iter().map(|key| state.items.get(&rendered(key)).cloned()).collect())
    }

    async fn select(
        &self,
        query: &ListQuery,
        page: &PageRequest,
        keep: Option<&Keep<'_>>,
    ) -> Result<Page<Entity>, PortError> {
        lock(&self.state).calls.list += 1;
        self.read_failure()?;
        let limit = lock(&self.page_limit).map_or(page.limit, |most| most.min(page.limit));
        lists::page(lock(&self.state).items.values(), query, limit, page.after.as_deref(), keep)
    }

    async fn commit(&self, writes: &[Write]) -> Result<(), CommitError> {
        lock(&self.state).calls.commit += 1;
        let hook = lock(&self.before_commit).pop_front();
        if let Some(hook) = hook {
            hook(self);
        }
        if let Some(error) = lock(&self.commit_failures).pop_front() {
            return Err(error);
        }
        check_form(writes)?;
        let mut state = lock(&self.state);
        for (position, write) in writes.iter().enumerate() {
            if !conditions::holds(write, state.items.get(&rendered(&write.key()))) {
                return Err(CommitError::Condition(position));
            }
        }
        for write in writes {
            apply(&mut state.items, write);
        }
        state.committed.push(writes.to_vec());
        Ok(())
    }
}

#[async_trait]
impl Inventory for MemoryStore {
    async fn records(&self, after: Option<&str>) -> Result<Page<Marked>, PortError> {
        self.read_failure()?;
        let limit = lock(&self.page_limit).unwrap_or(Self::MOST_WRITES);
        let state = lock(&self.state);
        let behind = state.items.iter().filter(|(key, _)| after.is_none_or(|after| key.as_str() > after));
        let mut items: Vec<(&String, &Entity)> = behind.take(limit + 1).collect();
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|(key, _)| (*key).clone());
        // A record's whole contents tell its writes apart as well as a commit's id does.
        let marked = |entity: &Entity| Marked { entity: entity.clone(), mark: format!("{entity:?}") };
        Ok(Page { items: items.into_iter().map(|(_, entity)| marked(entity)).collect(), next })
    }
}

/// What DynamoDB refuses whatever the records are.
fn check_form(writes: &[Write]) -> Result<(), PortError> {
    let refuse = |message: String| PortError::Failed { operation: "memory:Commit", message };
    if writes.len() > MemoryStore::MOST_WRITES {
        return Err(refuse(format!("{} writes are more than one transaction takes", writes.len())));
    }
    let mut keys = BTreeSet::new();
    match writes.iter().find(|write| !keys.insert(rendered(&write.key()))) {
        Some(twice) => Err(refuse(format!("a transaction can't address {:?} twice", twice.key()))),
        None => Ok(()),
    }
}

fn apply(items: &mut BTreeMap<String, Entity>, write: &Write) {
    let key = rendered(&write.key());
    match write {
        Write::Create(entity) | Write::Replace(entity, _) | Write::Put(entity) => {
            items.insert(key, entity.clone());
        }
        Write::Claim(token, _) => {
            items.insert(key, token.clone().into());
        }
        Write::Count(counter, by, _) => {
            let before = match items.get(&key) {
                Some(Entity::Tally(tally)) => tally.count,
                _ => 0,
            };
            items.insert(key, Tally { counter: counter.clone(), count: before + by }.into());
        }
        Write::ReplaceSettings(settings, _) => {
            items.insert(key, settings.clone().into());
        }
        Write::Delete(_, _) | Write::Remove(_) => {
            items.remove(&key);
        }
        Write::RequireDeployable(..)
        | Write::RequireInhabitable(..)
        | Write::RequireTemplate(..)
        | Write::RequireService(..)
        | Write::RequireAbsent(..)
        | Write::RequireAdmitting(..)
        | Write::RequireLinked(..) => {}
    }
}
