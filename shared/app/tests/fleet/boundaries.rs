//! Every boundary: an execution that dies, a pause, a cancellation or a roll back before every step; every call that fails.

use std::time::Duration;

use protium_app::fleet::{
    fleet_update_cancel, fleet_update_pause, fleet_update_resume, fleet_update_roll_back,
};
use protium_domain::fleet::FleetUpdateStatus as Status;
use protium_domain::identifier::Identifier;
use protium_testkit::world::World;
use protium_testkit::{FaultTime, Faults};
use rstest::rstest;

use crate::fleet::{careful, check, counts, fleet_of, start, status, versions};

const SIZE: usize = 4;

/// How many steps a fleet update of [`SIZE`] takes.
async fn steps() -> usize {
    let mut world = fleet_of(SIZE).await;
    let id = start(&world, careful()).await;
    world.run().await;
    assert_eq!(status(&world, &id).await, Status::Succeeded);
    world.fleet.steps
}

#[tokio::test]
async fn an_execution_may_die_before_every_step() {
    for step in 0..60 {
        let mut world = fleet_of(SIZE).await;
        let id = start(&world, careful()).await;
        world.dies_after = Some(step);
        world.run().await;
        world.check();
        check(&world, &id).await;
        assert_eq!(status(&world, &id).await, Status::Succeeded, "died before step {step}");
        assert_eq!((counts(&world, &id).await.attempted, versions(&world)), (4, (0, SIZE)));
        if world.dies_after.is_some() {
            return;
        }
    }
    panic!("there are more steps than that");
}

#[tokio::test]
async fn every_step_may_happen_twice() {
    let mut world = fleet_of(SIZE).await;
    world.twice = true;
    let id = start(&world, careful()).await;
    world.run().await;
    world.check();
    check(&world, &id).await;
    assert_eq!((status(&world, &id).await, versions(&world)), (Status::Succeeded, (0, SIZE)));
}

#[rstest]
#[case(FaultTime::Before)]
#[case(FaultTime::After)]
#[tokio::test]
async fn every_call_may_fail_once(#[case] time: FaultTime) {
    for call in (0..2000).step_by(3) {
        let mut world = fleet_of(3).await;
        let faults = Faults::at(call, time);
        world.arm(&faults);
        let id = start(&world, careful()).await;
        world.run().await;
        check(&world, &id).await;
        assert_eq!((status(&world, &id).await, versions(&world)), (Status::Succeeded, (0, 3)), "call {call}");
        if faults.fired().is_none() {
            return;
        }
    }
    panic!("there are more calls than that");
}

async fn interrupted(
    step: usize,
    request: impl AsyncFn(&World, &Identifier) + Clone + 'static,
) -> (World, Identifier) {
    let mut world = fleet_of(SIZE).await;
    let id = start(&world, careful()).await;
    let of = id.clone();
    world.fleet.before_step(step, move |world| Box::pin(async move { request(world, &of).await }));
    world.run().await;
    check(&world, &id).await;
    (world, id)
}

#[tokio::test]
async fn a_pause_holds_at_every_step_and_resuming_goes_on() {
    for step in 0..steps().await {
        let (mut world, id) = interrupted(step, async |world, id| {
            // It can't be paused while it is being planned.
            let _ = fleet_update_pause(world.api(), id).await;
        })
        .await;
        let paused = status(&world, &id).await == Status::Paused;
        let before = versions(&world);
        world.test.advance(Duration::from_secs(3600));
        world.run().await;
        assert_eq!(versions(&world), before, "nothing moves, step {step}");
        if paused {
            fleet_update_resume(world.api(), &id).await.expect("it is paused");
            world.run().await;
        }
        world.check();
        check(&world, &id).await;
        assert_eq!(
            (status(&world, &id).await, versions(&world)),
            (Status::Succeeded, (0, SIZE)),
            "step {step}"
        );
    }
}

#[tokio::test]
async fn a_pause_that_is_resumed_at_once_loses_nothing() {
    for step in 0..steps().await {
        let (world, id) = interrupted(step, async |world, id| {
            if fleet_update_pause(world.api(), id).await.is_ok() {
                fleet_update_resume(world.api(), id).await.expect("it is paused");
            }
        })
        .await;
        world.check();
        assert_eq!(
            (status(&world, &id).await, versions(&world)),
            (Status::Succeeded, (0, SIZE)),
            "step {step}"
        );
    }
}

#[tokio::test]
async fn an_execution_may_die_while_it_is_paused() {
    for step in 3..steps().await {
        let mut world = fleet_of(SIZE).await;
        let id = start(&world, careful()).await;
        let of = id.clone();
        world.fleet.before_step(step, move |world| {
            Box::pin(async move {
                let _ = fleet_update_pause(world.api(), &of).await;
            })
        });
        world.dies_after = Some(step);
        world.run().await;
        assert!(!world.is_at_work(), "nobody looks after what is paused, step {step}");
        if status(&world, &id).await == Status::Paused {
            fleet_update_resume(world.api(), &id).await.expect("it is paused");
            world.run().await;
        }
        check(&world, &id).await;
        assert_eq!(
            (status(&world, &id).await, versions(&world)),
            (Status::Succeeded, (0, SIZE)),
            "step {step}"
        );
    }
}

#[tokio::test]
async fn a_cancellation_ends_it_at_every_step() {
    for step in 0..steps().await {
        let (world, id) = interrupted(step, async |world, id| {
            fleet_update_cancel(world.api(), id).await.expect("it is under way");
        })
        .await;
        world.check();
        let counts = counts(&world, &id).await;
        assert_eq!(status(&world, &id).await, Status::Cancelled, "step {step}");
        assert_eq!((counts.in_progress, counts.attempted), (0, counts.succeeded), "step {step}");
        assert_eq!(versions(&world).1 as u64, counts.succeeded);
    }
}

#[tokio::test]
async fn a_roll_back_leads_back_from_every_step() {
    for step in 0..steps().await {
        let (world, id) = interrupted(step, async |world, id| {
            let _ = fleet_update_roll_back(world.api(), id).await;
        })
        .await;
        world.check();
        match status(&world, &id).await {
            Status::RolledBack => assert_eq!(versions(&world), (SIZE, 0), "step {step}"),
            Status::Succeeded => assert_eq!(versions(&world), (0, SIZE), "it had not begun, step {step}"),
            other => panic!("it is {other} after step {step}"),
        }
    }
}
