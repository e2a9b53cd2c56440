//! Fleet updates: what they admit, their lists and their counters.

use protium_app::ports::{ListQuery, Record, Write};
use protium_domain::deployment::DeploymentTarget;
use protium_domain::fleet::{
    Change, FleetTarget, FleetUpdate, NewFleetTarget, Skip, SkipReason, TargetStatus,
};
use protium_domain::identifier::Identifier;
use protium_domain::tally::{Counter, FleetSlot, Tally};
use protium_domain::version::VersionNumber;

use super::{Subject, with};
use crate::records;

pub(super) async fn all(subject: &Subject) {
    only_what_is_admitted_goes_through(subject).await;
    targets_are_listed_by_number_and_status(subject).await;
    counters_belong_to_their_fleet_update(subject).await;
    fleet_updates_of_a_template(subject).await;
}

/// All of a list, in small pages.
async fn listed<R: Record>(subject: &Subject, query: &ListQuery) -> Vec<R> {
    let (found, _) = subject.list(query, 2).await;
    found.into_iter().filter_map(R::from_entity).collect()
}

fn fleet_update(subject: &Subject, template: &str) -> FleetUpdate {
    records::fleet_update(subject.id(), &subject.name(template), subject.now())
}

fn target(subject: &Subject, id: &Identifier, ordinal: u32) -> FleetTarget {
    let new = NewFleetTarget {
        fleet_update_id: id.clone(),
        ordinal,
        resource: DeploymentTarget::Environment { name: records::name(&subject.name("fleet")) },
        account: "111122223333".to_owned(),
        wave: 0,
        to: VersionNumber::new(1, 1),
        changed_inputs: Vec::new(),
        expires_at: subject.now().plus(std::time::Duration::from_secs(3600)),
    };
    FleetTarget::skipped(new, Skip::new(SkipReason::Busy, "busy"), subject.now())
}

async fn only_what_is_admitted_goes_through(subject: &Subject) {
    let planned = fleet_update(subject, "admits");
    let admits = async |wave, roll_back| {
        subject.holds(Write::RequireAdmitting(planned.id.clone(), wave, roll_back)).await
    };
    assert!(!admits(0, false).await, "there is none");
    subject.put(planned.clone()).await;
    assert!(!admits(0, false).await, "it has not begun");
    let running = with(&planned, |update| {
        update.apply(Change::Start, subject.now()).expect("it is planned");
    });
    subject.put(running.clone()).await;
    assert!(admits(0, false).await && !admits(1, false).await && !admits(0, true).await);
    subject
        .put(with(&running, |update| {
            update.pause(subject.now()).expect("it runs");
        }))
        .await;
    assert!(!admits(0, false).await);
    subject
        .put(with(&running, |update| {
            update.roll_back(None, subject.now()).expect("it runs");
        }))
        .await;
    assert!(admits(0, true).await && !admits(0, false).await);
}

async fn targets_are_listed_by_number_and_status(subject: &Subject) {
    let (one, other) = (subject.id(), subject.id());
    for ordinal in [100, 9, 10] {
        subject.put(target(subject, &one, ordinal)).await;
    }
    subject.put(target(subject, &other, 5)).await;
    let ordinals = async |query| -> Vec<u32> {
        let found: Vec<FleetTarget> = listed(subject, &query).await;
        found.iter().map(|target| target.ordinal).collect()
    };
    assert_eq!(ordinals(ListQuery::FleetTargets(one.clone())).await, [9, 10, 100]);
    let skipped = ListQuery::FleetTargetsOfStatus(one.clone(), TargetStatus::Skipped);
    assert_eq!(ordinals(skipped).await, [9, 10, 100]);
    let failed = ListQuery::FleetTargetsOfStatus(one, TargetStatus::Failed);
    assert_eq!(ordinals(failed).await, Vec::<u32>::new());
}

async fn counters_belong_to_their_fleet_update(subject: &Subject) {
    let (one, other) = (subject.id(), subject.id());
    let counter = |id: &Identifier, wave, shard| {
        let slot = FleetSlot { fleet_update_id: id.clone(), wave, status: TargetStatus::Deploying };
        Counter::Fleet(slot, shard)
    };
    for (id, wave, by) in [(&one, 0, 3), (&one, 0, -1), (&one, 11, 1), (&other, 0, 7)] {
        assert!(subject.holds(Write::Count(counter(id, wave, 2), by, None)).await);
    }
    let found: Vec<Tally> = listed(subject, &ListQuery::FleetTallies(one.clone())).await;
    let expected = [(counter(&one, 0, 2), 2), (counter(&one, 11, 2), 1)];
    assert_eq!(found, expected.map(|(counter, count)| Tally { counter, count }));
}

async fn fleet_updates_of_a_template(subject: &Subject) {
    let updates =
        [fleet_update(subject, "listed"), fleet_update(subject, "listed"), fleet_update(subject, "not")];
    for update in &updates {
        subject.put(update.clone()).await;
    }
    let query = ListQuery::FleetUpdatesOfTemplate(records::name(&subject.name("listed")));
    let found: Vec<FleetUpdate> = listed(subject, &query).await;
    assert_eq!(found, [updates[1].clone(), updates[0].clone()], "newest first");
    assert_eq!(subject.find(&updates[2].key()).await, Some(updates[2].clone()));
}
