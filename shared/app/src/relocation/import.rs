//! Bringing an export in.

use std::collections::BTreeMap;
use std::sync::Arc;

use protium_domain::identifier::Identifier;
use protium_domain::import::Import;
use protium_domain::tally::{Counter, Slot, Tally};
use protium_domain::time::Timestamp;
use thiserror::Error;

use super::belonging::{self, Belonging};
use super::route::Route;
use crate::paging::PageRequest;
use crate::ports::{
    Clock, CommitError, Entity, Inventory, Key, ListQuery, PortError, Store, StoreExt, Write,
};
use crate::tally;

/// How many records [`Lot::push`] puts together: with their counters they stay below what a transaction takes.
pub const MOST_RECORDS: usize = 80;

/// As many writes as a transaction takes, and as many bytes with room to spare.
const MOST_WRITES: usize = 100;
const MOST_BYTES: usize = 2_000_000;

/// How often a transaction is cut to what is missing before the import gives up: only somebody who writes the same records
/// at the same time lets it fail more than once.
const ATTEMPTS: usize = 5;

/// How an import stands when it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// Nothing of it was here.
    Fresh,
    /// It was begun before, and not completed.
    Resumed,
    /// Everything was there at that time. There is nothing to do.
    Completed(Timestamp),
}

/// Why an import doesn't begin, or fails.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The installation is in use; the name of a record that is there.
    #[error("this installation is not empty: it has {0}")]
    Used(String),
    /// Somebody else writes the same records.
    #[error("somebody else is writing the same records; stop them, and run the import again")]
    Raced,
    /// The table failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Records that go into one transaction.
#[derive(Debug, Default)]
pub struct Lot {
    records: Vec<Entity>,
    counters: usize,
    bytes: usize,
}

impl Lot {
    /// Adds a record of so many bytes; the lot that was full before it, if it was.
    pub fn push(&mut self, record: Entity, bytes: usize) -> Option<Vec<Entity>> {
        let counters = tally::at_import(&mut record.clone()).len();
        let full = self.records.len() + self.counters + counters >= MOST_WRITES
            || self.records.len() >= MOST_RECORDS
            || self.bytes + bytes > MOST_BYTES;
        let out = full.then(|| self.take());
        self.counters += counters;
        self.bytes += bytes;
        self.records.push(record);
        out.filter(|records| !records.is_empty())
    }

    /// What is in it; it is empty then.
    pub fn take(&mut self) -> Vec<Entity> {
        std::mem::take(self).records
    }
}

/// One import into one installation.
pub struct Importer {
    /// The table that it goes to.
    pub store: Arc<dyn Store>,
    /// From where to where.
    pub route: Route,
    /// The id of the export.
    pub id: Identifier,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

impl Importer {
    /// How the import stands: whether it is new here, was cut, or is complete.
    ///
    /// # Errors
    /// The table's failure.
    pub async fn standing(&self) -> Result<Begun, PortError> {
        Ok(match self.memory().await? {
            None => Begun::Fresh,
            Some(Import { completed_at: Some(at), .. }) => Begun::Completed(at),
            Some(_) => Begun::Resumed,
        })
    }

    async fn memory(&self) -> Result<Option<Import>, PortError> {
        self.store.find(Key::Import(self.id.clone())).await
    }

    /// Makes sure that nothing is there that could be moved: an installation that nobody used yet.
    ///
    /// # Errors
    /// [`ImportError::Used`], or the table's failure.
    pub async fn require_empty(&self, inventory: &dyn Inventory) -> Result<(), ImportError> {
        let mut after = None;
        loop {
            let page = inventory.records(after.as_deref()).await?;
            let used = |entity: &&Entity| belonging::of_record(entity) == Belonging::Moves;
            if let Some(entity) = page.items.iter().map(|marked| &marked.entity).find(used) {
                return Err(ImportError::Used(belonging::name(entity)));
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Remembers that the import has begun: from now on records of it that are there are its own.
    ///
    /// # Errors
    /// [`ImportError::Raced`] when the same export is imported by somebody else right now.
    pub async fn begin(&self) -> Result<(), ImportError> {
        let import = Import::new(self.id.clone(), self.route.from.clone(), self.clock.now());
        self.commit(&[Write::Create(import.into())]).await
    }

    /// Remembers that everything is there.
    ///
    /// # Errors
    /// The table's failure.
    pub async fn complete(&self) -> Result<(), ImportError> {
        let Some(mut import) = self.memory().await? else { return Err(ImportError::Raced) };
        let read = import.revision;
        import.complete(self.clock.now());
        import.revision = read.next();
        self.commit(&[Write::Replace(import.into(), read)]).await
    }

    async fn commit(&self, writes: &[Write]) -> Result<(), ImportError> {
        self.store.commit(writes).await.map_err(|error| match error {
            CommitError::Condition(_) => ImportError::Raced,
            CommitError::Port(error) => error.into(),
        })
    }

    /// Which of these records are there already, by name.
    ///
    /// # Errors
    /// The table's failure.
    pub async fn present(&self, records: &[Entity]) -> Result<Vec<String>, PortError> {
        let records: Vec<Entity> = records.iter().cloned().map(|it| self.route.relocate(it)).collect();
        let keys: Vec<Key> = records.iter().map(Entity::key).collect();
        let found = self.store.get_many(&keys).await?;
        Ok(records
            .iter()
            .zip(found)
            .filter(|(_, found)| found.is_some())
            .map(|(it, _)| belonging::name(it))
            .collect())
    }

    /// Writes those of a [`Lot`]'s records that aren't there yet, with the counters that they count in, in one transaction;
    /// how many it wrote. So a record is counted once however often this is repeated, and one that is there is left as it
    /// is.
    ///
    /// # Errors
    /// [`ImportError`]; nothing of the lot was written then.
    pub async fn write(&self, records: Vec<Entity>) -> Result<usize, ImportError> {
        let mut missing: Vec<Entity> = records.into_iter().map(|it| self.route.relocate(it)).collect();
        for _ in 0..ATTEMPTS {
            if missing.is_empty() {
                return Ok(0);
            }
            match self.store.commit(&transaction(&missing)).await {
                Ok(()) => return Ok(missing.len()),
                Err(CommitError::Port(error)) => return Err(error.into()),
                // Something of it is there: what an import that was cut has written.
                Err(CommitError::Condition(_)) => missing = self.missing(missing).await?,
            }
        }
        Err(ImportError::Raced)
    }

    async fn missing(&self, records: Vec<Entity>) -> Result<Vec<Entity>, PortError> {
        let keys: Vec<Key> = records.iter().map(Entity::key).collect();
        let found = self.store.get_many(&keys).await?;
        Ok(records.into_iter().zip(found).filter(|(_, found)| found.is_none()).map(|(it, _)| it).collect())
    }

    /// What of these records isn't there as it should be, by name and in what way.
    ///
    /// # Errors
    /// The table's failure.
    pub async fn differences(&self, records: Vec<Entity>) -> Result<Vec<String>, PortError> {
        let records: Vec<Entity> = records.into_iter().map(|it| self.route.relocate(it)).collect();
        let keys: Vec<Key> = records.iter().map(Entity::key).collect();
        let found = self.store.get_many(&keys).await?;
        let differs = |(wanted, found): (Entity, Option<Entity>)| match found {
            None => Some(format!("{} is missing", belonging::name(&wanted))),
            Some(found) if found != wanted => {
                Some(format!("{} is another than the one in the export", belonging::name(&wanted)))
            }
            Some(_) => None,
        };
        Ok(records.into_iter().zip(found).filter_map(differs).collect())
    }
}

/// Creates the records, counted.
fn transaction(records: &[Entity]) -> Vec<Write> {
    let mut counters: BTreeMap<Counter, i64> = BTreeMap::new();
    let mut writes = Vec::with_capacity(MOST_WRITES);
    for record in records {
        let mut record = record.clone();
        for (counter, by) in tally::at_import(&mut record) {
            *counters.entry(counter).or_default() += by;
        }
        writes.push(Write::Create(record));
    }
    // No quota is asked: what there was may be more than what may be made anew.
    writes.extend(counters.into_iter().map(|(counter, by)| Write::Count(counter, by, None)));
    writes
}

/// Where counters have to stand once everything is there. As large as the kinds and template versions are many.
#[derive(Debug, Default)]
pub struct Census {
    slots: BTreeMap<Slot, i64>,
    quotas: BTreeMap<Counter, i64>,
}

impl Census {
    /// Counts a record that moves.
    pub fn add(&mut self, record: &Entity) {
        for (counter, by) in tally::at_import(&mut record.clone()) {
            match counter {
                Counter::Slot(slot, _) => *self.slots.entry(slot).or_default() += by,
                quota @ Counter::Quota(_) => *self.quotas.entry(quota).or_default() += by,
                // Fleet updates stay where they are.
                Counter::Fleet(..) => {}
            }
        }
    }

    /// Which counters of an installation that was empty before stand elsewhere.
    ///
    /// # Errors
    /// The table's failure.
    pub async fn differences(&self, store: &dyn Store) -> Result<Vec<String>, PortError> {
        let (mut found, mut after): (BTreeMap<Slot, i64>, _) = (BTreeMap::new(), None);
        loop {
            let page = store.page::<Tally>(&ListQuery::Tallies, &PageRequest { limit: 100, after }).await?;
            for Tally { counter, count } in page.items {
                if let Counter::Slot(slot, _) = counter {
                    *found.entry(slot).or_default() += count;
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        found.retain(|_, count| *count != 0);
        let mut differences: Vec<String> = Vec::new();
        for slot in self.slots.keys().chain(found.keys().filter(|slot| !self.slots.contains_key(*slot))) {
            let (wanted, counted) = (self.slots.get(slot), found.get(slot));
            if wanted != counted {
                let (wanted, counted) = (wanted.unwrap_or(&0), counted.unwrap_or(&0));
                differences.push(format!(
                    "the counter of {} stands at {counted} instead of {wanted}",
                    slot.kind.as_str()
                ));
            }
        }
        for (counter, wanted) in &self.quotas {
            let counted =
                store.find::<Tally>(Key::Tally(counter.clone())).await?.map_or(0, |tally| tally.count);
            if counted != *wanted {
                differences.push(format!("the quota {counter:?} counts {counted} instead of {wanted}"));
            }
        }
        Ok(differences)
    }
}
