//! Counters: they move with the commit that they belong to, and keep their limits.

use protium_app::ports::{CommitError, Entity, Key, ListQuery, Write};
use protium_domain::tally::{Countable, Counter, QuotaKind, Slot, Tally};
use protium_domain::version::VersionNumber;

use super::Subject;
use crate::records::{self, name};

pub(super) async fn all(subject: &Subject) {
    counters_begin_at_nought_and_may_fall_below(subject).await;
    a_limit_holds(subject).await;
    counters_move_with_their_commit(subject).await;
    counters_of_slots_are_listed(subject).await;
}

/// A counter of this run alone.
fn quota(subject: &Subject, text: &str) -> Counter {
    Counter::Quota(QuotaKind::Connections(subject.name(text)))
}

async fn stands_at(subject: &Subject, counter: &Counter) -> Option<i64> {
    subject.find::<Tally>(&Key::Tally(counter.clone())).await.map(|tally| tally.count)
}

async fn counters_begin_at_nought_and_may_fall_below(subject: &Subject) {
    let counter = quota(subject, "t-free");
    assert_eq!(stands_at(subject, &counter).await, None);
    for (by, expected) in [(2, 2), (3, 5), (-7, -2)] {
        assert!(subject.holds(Write::Count(counter.clone(), by, None)).await);
        assert_eq!(stands_at(subject, &counter).await, Some(expected));
    }
}

async fn a_limit_holds(subject: &Subject) {
    let counter = quota(subject, "t-limit");
    let up = |most| Write::Count(counter.clone(), 1, Some(most));
    assert!(!subject.holds(up(0)).await, "nothing is allowed, not even a first one");
    assert!(subject.holds(up(2)).await && subject.holds(up(2)).await);
    assert!(!subject.holds(up(2)).await);
    assert_eq!(stands_at(subject, &counter).await, Some(2));
    assert!(subject.holds(Write::Count(counter.clone(), -1, None)).await && subject.holds(up(2)).await);
}

async fn counters_move_with_their_commit(subject: &Subject) {
    let counter = quota(subject, "t-commit");
    let template = records::template(
        protium_domain::template::TemplateKind::Service,
        &subject.name("t-counted"),
        subject.now(),
    );
    let create = Write::Create(template.into());
    let writes = [create.clone(), Write::Count(counter.clone(), 1, Some(1))];
    subject.store.commit(&writes).await.expect("the first one");
    assert_eq!(stands_at(subject, &counter).await, Some(1));
    let again = [Write::Count(counter.clone(), 1, None), create];
    let lost = subject.store.commit(&again).await;
    assert!(matches!(lost, Err(CommitError::Condition(1))), "{lost:?}");
    assert_eq!(stands_at(subject, &counter).await, Some(1), "nothing of the commit is done");
}

async fn counters_of_slots_are_listed(subject: &Subject) {
    let slot = Slot {
        kind: Countable::ServiceInstance,
        version: Some((name(&subject.name("t-web")), VersionNumber::new(1, 2))),
        failed: false,
    };
    let failed = Slot { failed: true, ..slot.clone() };
    let counters = [
        (Counter::Slot(slot.clone(), 0), 3),
        (Counter::Slot(slot.clone(), 15), -1),
        (Counter::Slot(failed.clone(), 0), 1),
    ];
    for (counter, by) in &counters {
        assert!(subject.holds(Write::Count(counter.clone(), *by, None)).await);
    }
    let (listed, _) = subject.list(&ListQuery::Tallies, 100).await;
    let ours = |entity: &Entity| match entity {
        Entity::Tally(Tally { counter: Counter::Slot(listed, shard), count }) => {
            (*listed == slot || *listed == failed).then_some((Counter::Slot(listed.clone(), *shard), *count))
        }
        Entity::Tally(other) => panic!("{other:?} is no slot's counter"),
        other => panic!("{other:?} is no counter"),
    };
    let mut found: Vec<(Counter, i64)> = listed.iter().filter_map(ours).collect();
    found.sort();
    let mut expected = counters.to_vec();
    expected.sort();
    assert_eq!(found, expected);
}
