//! Building one commit: records and the intent that follows from them.

use std::collections::BTreeMap;

use protium_domain::arn::Resource;
use protium_domain::event::StatusEvent;
use protium_domain::fleet::TaskToken;
use protium_domain::intent::{Intent, Partition, WorkflowStart};
use protium_domain::quota::Quotas;
use protium_domain::revision::Revision;
use protium_domain::tally::{Counter, QuotaKind};
use serde::{Deserialize, Serialize};

use crate::context::App;
use crate::ports::{CommitError, Deployed, Entity, JournalEntry, PortError, Record, Revisioned, Write};
use crate::tally;

/// Everything that one use case changes, written all at once or not at all (design 2.5).
///
/// A changed record must be handed to [`Commit::create`], [`Commit::replace`] or [`Commit::delete`] before its event
/// is announced: the event's `sequence` is the revision that the write gives it, so use the record that they return.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Commit {
    partition: Partition,
    writes: Vec<Write>,
    events: Vec<StatusEvent>,
    workflows: Vec<WorkflowStart>,
    wakes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    resumes: Vec<TaskToken>,
    #[serde(with = "pairs")]
    tallies: BTreeMap<Counter, i64>,
}

/// The keys of JSON are texts, which counters are not.
mod pairs {
    use serde::{Deserializer, Serializer};

    use super::{BTreeMap, Counter, Deserialize, Serialize};

    pub(super) fn serialize<S: Serializer>(
        tallies: &BTreeMap<Counter, i64>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        tallies.iter().collect::<Vec<_>>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Counter, i64>, D::Error> {
        Ok(Vec::deserialize(deserializer)?.into_iter().collect())
    }
}

impl Commit {
    /// An empty commit. `partition` names the resource whose order of events it belongs to.
    #[must_use]
    pub const fn new(partition: Partition) -> Self {
        Self {
            partition,
            writes: Vec::new(),
            events: Vec::new(),
            workflows: Vec::new(),
            wakes: Vec::new(),
            resumes: Vec::new(),
            tallies: BTreeMap::new(),
        }
    }

    /// Adds any write; its position, for telling which condition failed.
    ///
    /// A commit addresses each record once. So a write that is there already, such as the same requirement of two
    /// instances in one environment, is not added again, be it a millisecond later.
    pub fn write(&mut self, write: Write) -> usize {
        if let Some(position) = self.writes.iter().position(|present| write.repeats(present)) {
            return position;
        }
        self.writes.push(write);
        self.writes.len() - 1
    }

    /// Adds everything of `other`, behind what is there.
    pub fn append(&mut self, other: Self) {
        for write in other.writes {
            self.write(write);
        }
        self.events.extend(other.events);
        self.workflows.extend(other.workflows);
        self.wakes.extend(other.wakes);
        self.resumes.extend(other.resumes);
        self.count(other.tallies);
    }

    /// The records that it writes whole.
    pub(crate) fn entities(&self) -> impl Iterator<Item = &Entity> {
        self.writes.iter().filter_map(|write| match write {
            Write::Create(entity) | Write::Replace(entity, _) | Write::Put(entity) => Some(entity),
            _ => None,
        })
    }

    /// The records that it writes whole, to be changed before they are written.
    pub(crate) fn entities_mut(&mut self) -> impl Iterator<Item = &mut Entity> {
        self.writes.iter_mut().filter_map(|write| match write {
            Write::Create(entity) | Write::Replace(entity, _) | Write::Put(entity) => Some(entity),
            _ => None,
        })
    }

    /// How many writes it holds, without the intent.
    #[must_use]
    pub fn len(&self) -> usize {
        self.writes.len() + self.tallies.len()
    }

    /// Whether it holds no writes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Creates a record; its position.
    pub fn create(&mut self, record: &impl Record) -> usize {
        let mut entity: Entity = record.clone().into();
        self.count(tally::at_creation(&mut entity));
        self.write(Write::Create(entity))
    }

    /// Replaces a record that was read and changed; the record as it will be stored.
    pub fn replace<R: Revisioned>(&mut self, mut record: R) -> R {
        let expected = record.revision();
        record.set_revision(expected.next());
        self.replace_read(record, expected)
    }

    /// Replaces a record that was read with the revision `read` and has moved on from it already, because it changed more
    /// than once; the record as it will be stored.
    pub fn replace_read<R: Revisioned>(&mut self, record: R, read: Revision) -> R {
        let mut entity: Entity = record.clone().into();
        self.count(tally::at_change(&mut entity));
        self.write(Write::Replace(entity.clone(), read));
        R::from_entity(entity).unwrap_or(record)
    }

    /// Deletes a record that was read; the record with the revision that its last event carries.
    pub fn delete<R: Revisioned>(&mut self, mut record: R) -> R {
        let expected = record.revision();
        self.delete_read(&record, expected);
        record.set_revision(expected.next());
        record
    }

    /// Deletes a record that was read with the revision `read` and has moved on from it already.
    pub fn delete_read<R: Revisioned>(&mut self, record: &R, read: Revision) {
        self.count(tally::at_deletion(&mut record.clone().into()));
        self.write(Write::Delete(record.key(), read));
    }

    /// Lets counters move on with the commit.
    fn count(&mut self, changes: impl IntoIterator<Item = (Counter, i64)>) {
        for (counter, by) in changes {
            *self.tallies.entry(counter).or_default() += by;
        }
        self.tallies.retain(|_, by| *by != 0);
    }

    /// Publishes an event once the commit is through.
    pub fn announce(&mut self, event: StatusEvent) {
        self.events.push(event);
    }

    /// Starts a workflow once the commit is through.
    pub fn start(&mut self, workflow: WorkflowStart) {
        self.workflows.push(workflow);
    }

    /// Lets the deployment that waits for the stack of this name look at once, when the commit is through.
    pub fn wake(&mut self, stack_name: String) {
        self.wakes.push(stack_name);
    }

    /// Resumes the task of a fleet update that waits for a deployment, once the commit is through.
    pub fn resume(&mut self, token: TaskToken) {
        self.resumes.push(token);
    }

    /// Whether something has to happen because of it.
    const fn has_effects(&self) -> bool {
        let Self { events, workflows, wakes, resumes, .. } = self;
        !(events.is_empty() && workflows.is_empty() && wakes.is_empty() && resumes.is_empty())
    }

    /// Commits.
    ///
    /// # Errors
    /// [`CommitError::Condition`] with the position of the write that lost a race, or the store's failure.
    pub async fn submit(mut self, app: &App) -> Result<(), CommitError> {
        self.trace(app);
        self.audit(app);
        let ended = self.ended(app);
        if self.has_effects() {
            let intent = Intent {
                id: app.ids.identifier(),
                partition: self.partition,
                created_at: app.now(),
                trace: app.origin.trace,
                events: self.events,
                workflows: self.workflows,
                wakes: self.wakes,
                resumes: self.resumes,
            };
            self.writes.push(Write::Create(intent.into()));
        }
        let first = self.writes.len();
        let counted: Vec<Counter> = self.tallies.keys().cloned().collect();
        let quotas = &app.installation.quotas;
        self.writes.extend(self.tallies.into_iter().map(|(counter, by)| {
            let most = match &counter {
                Counter::Quota(kind) if by > 0 => Some(quotas.limit(kind).0),
                _ => None,
            };
            Write::Count(counter, by, most)
        }));
        match app.store.commit(&self.writes).await {
            Ok(()) => {
                ended.into_iter().for_each(|deployed| app.tell(JournalEntry::Deployed(deployed)));
                Ok(())
            }
            Err(CommitError::Condition(position)) => match counted.get(position.wrapping_sub(first)) {
                Some(Counter::Quota(kind)) => Err(PortError::Quota(exhausted(quotas, kind)).into()),
                _ => Err(CommitError::Condition(position)),
            },
            other => other,
        }
    }

    /// Writes the trace to the work that begins with it, and to the inputs of the workflows that it starts.
    fn trace(&mut self, app: &App) {
        let Some(trace) = app.origin.trace else { return };
        for entity in self.entities_mut() {
            let begun = match entity {
                Entity::Deployment(deployment) => &mut deployment.trace,
                Entity::Preview(preview) => &mut preview.trace,
                Entity::FleetUpdate(update) => &mut update.trace,
                Entity::Service(service) => match &mut service.operation {
                    Some(operation) => &mut operation.trace,
                    None => continue,
                },
                _ => continue,
            };
            begun.get_or_insert(trace.id);
        }
        for input in self.workflows.iter_mut().filter_map(|workflow| workflow.input.as_object_mut()) {
            input.entry("trace").or_insert_with(|| trace.id.to_string().into());
        }
    }

    /// Adds the record of the call that it carries out, which is stored with what the call changed, and relayed like every
    /// event: so there is no change without its record, and no record of a change that was never made.
    fn audit(&mut self, app: &App) {
        if let Some(record) = app.origin.record(app.now()) {
            self.announce(record);
        }
    }

    /// The deployments that end with it: each change of a status is announced, by the commit that makes it.
    fn ended(&self, app: &App) -> Vec<Deployed> {
        let location = app.location();
        let closed = self.entities().filter_map(|entity| match entity {
            Entity::Deployment(deployment) if !deployment.is_open() => Some(deployment),
            _ => None,
        });
        let announced = closed.filter(|deployment| {
            let arn = location.arn(&Resource::Deployment { id: deployment.id.clone() });
            self.events.iter().any(|event| event.resource.as_ref() == Some(&arn))
        });
        announced
            .filter_map(|deployment| Deployed::of(deployment, location.arn(&deployment.target.resource())))
            .collect()
    }
}

/// Says which quota is used up, and what to do.
fn exhausted(quotas: &Quotas, kind: &QuotaKind) -> String {
    let (most, what) = quotas.limit(kind);
    format!(
        "this installation allows {most} {what}, and there are as many; delete some that are not needed, or have the \
         installation's parameter Quotas changed"
    )
}

#[cfg(test)]
mod tests {
    use protium_domain::name::ResourceName;
    use protium_domain::template::TemplateKind;
    use protium_domain::time::Timestamp;
    use protium_domain::version::VersionNumber;

    use super::*;

    /// A transaction takes one operation per item, so the instances of a service, made one after the other, must not
    /// require their environment once for each millisecond.
    #[test]
    fn a_requirement_is_made_once_whenever_it_is_made() {
        let name = |name: &str| ResourceName::new(name).expect("a name");
        let mut commit = Commit::new(Partition::Service(name("shop")));
        for millis in 0..3 {
            let at = Timestamp::from_millis(millis);
            let version = VersionNumber::new(1, 0);
            assert_eq!(commit.write(Write::RequireInhabitable(name("beta"), at)), 0);
            let kind = TemplateKind::Service;
            assert_eq!(commit.write(Write::RequireDeployable(kind, name("web"), version, at)), 1);
        }
        let later = Timestamp::from_millis(9);
        assert_eq!(commit.write(Write::RequireInhabitable(name("prod"), later)), 2, "another environment");
        assert_eq!(commit.len(), 3);
    }
}
