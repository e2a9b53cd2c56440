//! Fleet updates are kept for a while.

use std::time::Duration;

use protium_app::fleet::{
    FleetTargetFilter, FleetUpdateStart, fleet_update_cancel, fleet_update_pause, fleet_update_plan,
    fleet_update_resume, fleet_update_roll_back, fleet_update_start, fleet_update_targets,
};
use protium_app::{Error, PageRequest};
use protium_domain::fleet::{FleetTarget, FleetUpdateStatus as Status, Retention, Strategy, TargetStatus};

use crate::fleet::{careful, counts, fleet_of, plan_input, start, status, targets, versions, view};

const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn all_but_a_day() -> Duration {
    Retention::default().duration() - A_DAY
}

#[tokio::test]
async fn targets_go_and_the_record_stays() {
    let mut world = fleet_of(3).await;
    let id = start(&world, Strategy::default()).await;
    world.run().await;
    let before = view(&world, &id).await;
    for target in world.test.store.all::<FleetTarget>() {
        assert_eq!(target.expires_at, Some(before.update.targets_until()), "{target:?}");
    }
    world.test.advance(all_but_a_day());
    assert_eq!(targets(&world, &id, FleetTargetFilter::default()).await.len(), 3);

    world.test.advance(A_DAY);
    for status in [None, Some(TargetStatus::Succeeded), Some(TargetStatus::Pending)] {
        let filter = FleetTargetFilter { status, wave: None };
        let page = PageRequest { limit: 10, after: None };
        let gone = fleet_update_targets(world.api(), &id, filter, &page).await;
        assert!(matches!(&gone, Err(Error::NotFound(words)) if words.contains("180 days")), "{gone:?}");
    }
    let refused = fleet_update_roll_back(world.api(), &id).await;
    assert!(matches!(&refused, Err(Error::Conflict(words)) if words.contains("180 days")), "{refused:?}");

    // What S3 has removed isn't missed.
    for key in world.test.artifacts.keys().into_iter().filter(|key| key.starts_with("fleets/")) {
        world.test.artifacts.lose(&key);
    }
    let after = view(&world, &id).await;
    assert_eq!((after.update, after.counts), (before.update, before.counts));
    assert!(after.waves.iter().all(|wave| wave.lanes.is_empty()) && after.changes.is_empty());
}

#[tokio::test]
async fn a_roll_back_comes_in_time_on_the_last_day() {
    let mut world = fleet_of(3).await;
    let id = start(&world, Strategy::default()).await;
    world.run().await;
    world.test.advance(all_but_a_day());
    fleet_update_roll_back(world.api(), &id).await.expect("it is kept");
    world.run().await;
    assert_eq!((status(&world, &id).await, versions(&world)), (Status::RolledBack, (3, 0)));
}

#[tokio::test]
async fn what_rests_too_long_can_only_be_cancelled() {
    let mut world = fleet_of(6).await;
    let id = start(&world, careful()).await;
    world.fleet.before_step(4, {
        let id = id.clone();
        move |world| {
            Box::pin(async move {
                fleet_update_pause(world.api(), &id).await.expect("it runs");
            })
        }
    });
    world.run().await;
    assert_eq!(status(&world, &id).await, Status::Paused);
    world.test.advance(all_but_a_day() + A_DAY);
    let refused = fleet_update_resume(world.api(), &id).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    fleet_update_cancel(world.api(), &id).await.expect("that begins nothing");
    assert_eq!(status(&world, &id).await, Status::Cancelled);

    let id = fleet_update_plan(world.api(), plan_input(careful())).await.expect("valid").update.id;
    world.run().await;
    world.test.advance(all_but_a_day() + A_DAY);
    let refused = fleet_update_start(world.api(), FleetUpdateStart::Planned(id)).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
}

/// An execution that comes back too late, from a window or from the dead, finds nothing to lose and stops.
#[tokio::test]
async fn what_is_still_under_way_is_stopped() {
    let mut world = fleet_of(6).await;
    let id = start(&world, careful()).await;
    world.fleet.before_step(8, {
        move |world| {
            world.test.advance(all_but_a_day() + A_DAY);
            for key in world.test.artifacts.keys().into_iter().filter(|key| key.ends_with("lanes.json")) {
                world.test.artifacts.lose(&key);
            }
            Box::pin(async {})
        }
    });
    world.run().await;
    let view = view(&world, &id).await;
    assert_eq!(view.update.status(), Status::Failed);
    assert!(
        view.update.message().is_some_and(|words| words.contains("180 days")),
        "{:?}",
        view.update.message()
    );
    let counts = counts(&world, &id).await;
    assert!(counts.in_progress == 0 && counts.pending > 0, "{counts:?}");
}
