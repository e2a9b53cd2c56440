//! How fleet updates go.

use protium_app::Error;
use protium_app::environment::{EnvironmentUpdate, environment_delete, environment_update};
use protium_app::fleet::{
    FleetTargetFilter, FleetUpdateStart, fleet_update_approve, fleet_update_cancel, fleet_update_pause,
    fleet_update_plan, fleet_update_resume, fleet_update_roll_back, fleet_update_start,
};
use protium_app::target_version::{DeploymentType, VersionChoice};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::{Deployment, DeploymentKind};
use protium_domain::environment::EnvironmentRoles;
use protium_domain::fleet::{
    Alarms, Approval, Bake, FleetUpdateStatus as Status, OnFailure, SkipReason, Strategy, TargetStatus,
};
use protium_testkit::records;

use crate::fleet::{
    SPEC, careful, change_environment, check, counts, environment, fleet_of, pin, plan_input, start, status,
    targets, versions, view,
};

const BAD: &str = "UPDATE_ROLLBACK_COMPLETE";

#[tokio::test]
async fn a_fleet_goes_to_the_recommended_version_wave_by_wave() {
    let mut world = fleet_of(5).await;
    let id = start(&world, careful()).await;
    world.run().await;
    world.check();
    check(&world, &id).await;
    let view = view(&world, &id).await;
    assert_eq!((view.update.status(), view.update.message()), (Status::Succeeded, None));
    assert_eq!((view.counts.selected, view.counts.attempted, view.counts.succeeded), (5, 5, 5));
    let waves: Vec<(&str, u64)> =
        view.waves.iter().map(|wave| (wave.wave.name.as_str(), wave.counts.succeeded)).collect();
    assert_eq!(waves, [("canary", 2), ("batch-1", 2), ("batch-2", 1)]);
    assert_eq!(versions(&world), (0, 5));
    assert_eq!(world.fleet.most_at_once, 2, "never more than the strategy says");
    assert_eq!(world.told(&format!("fleet-update/{id}")), ["PLANNING", "PLANNED", "RUNNING", "SUCCEEDED"]);
    for deployment in world.test.store.all::<Deployment>().iter().filter(|it| it.fleet.is_some()) {
        assert_eq!(deployment.kind, DeploymentKind::Deploy);
    }
}

#[tokio::test]
async fn planning_deploys_nothing_and_starting_does() {
    let mut world = fleet_of(3).await;
    let input = plan_input(careful());
    let planned = fleet_update_plan(world.api(), input).await.expect("valid").update;
    world.run().await;
    assert_eq!((status(&world, &planned.id).await, versions(&world)), (Status::Planned, (3, 0)));
    fleet_update_start(world.api(), FleetUpdateStart::Planned(planned.id.clone())).await.expect("planned");
    world.run().await;
    assert_eq!((status(&world, &planned.id).await, versions(&world)), (Status::Succeeded, (0, 3)));
    let again = fleet_update_start(world.api(), FleetUpdateStart::Planned(planned.id.clone())).await;
    assert_eq!(again.expect("it does nothing").update.status(), Status::Succeeded);
}

#[tokio::test]
async fn a_client_token_makes_one_fleet_update_of_many_calls() {
    let mut world = fleet_of(2).await;
    let mut input = plan_input(careful());
    input.client_token = Some("t".to_owned());
    let first = fleet_update_start(world.api(), FleetUpdateStart::New(input.clone())).await.expect("valid");
    let again =
        fleet_update_start(world.api(), FleetUpdateStart::New(input.clone())).await.expect("the same");
    assert_eq!(first.update.id, again.update.id);
    input.request.to_minor = Some(0);
    let other = fleet_update_start(world.api(), FleetUpdateStart::New(input)).await;
    assert!(matches!(other, Err(Error::Validation(_))), "{other:?}");
    world.run().await;
    assert_eq!(versions(&world), (0, 2));
}

#[tokio::test]
async fn a_bad_version_stops_at_the_canary_and_is_rolled_back() {
    let mut world = fleet_of(6).await;
    world.script.updates = [BAD, BAD].into();
    let id = start(&world, careful()).await;
    world.run().await;
    world.check();
    check(&world, &id).await;
    let view = view(&world, &id).await;
    assert_eq!(view.update.status(), Status::RolledBack);
    assert_eq!((view.counts.attempted, view.counts.rolled_back, view.counts.pending), (2, 2, 4));
    let message = view.update.message().expect("why");
    assert!(message.contains("2 of 2 targets of the wave 'canary' failed"), "{message}");
    assert_eq!(versions(&world), (6, 0));
    let settled = world.test.store.all::<protium_domain::environment::Environment>();
    assert!(settled.iter().all(|it| it.deployable.status() == DeploymentStatus::Succeeded));
}

#[tokio::test]
async fn one_failure_in_the_second_wave_brings_all_back() {
    let mut world = fleet_of(6).await;
    world.script.updates = ["UPDATE_COMPLETE", "UPDATE_COMPLETE", BAD].into();
    let id = start(&world, careful()).await;
    world.run().await;
    world.check();
    check(&world, &id).await;
    let counts = counts(&world, &id).await;
    assert_eq!((counts.attempted, counts.rolled_back, counts.pending), (4, 4, 2));
    assert_eq!((status(&world, &id).await, versions(&world)), (Status::RolledBack, (6, 0)));
}

#[tokio::test]
async fn stopping_leaves_what_was_deployed_and_may_be_rolled_back_later() {
    let mut world = fleet_of(4).await;
    world.script.updates = ["UPDATE_COMPLETE", "UPDATE_COMPLETE", BAD].into();
    let strategy = Strategy { on_failure: OnFailure::Stop, ..careful() };
    let id = start(&world, strategy).await;
    world.run().await;
    assert_eq!((status(&world, &id).await, versions(&world)), (Status::Failed, (1, 3)));
    let failed = FleetTargetFilter { status: Some(TargetStatus::Failed), wave: Some(1) };
    let failed = targets(&world, &id, failed).await;
    assert!(failed.len() == 1 && failed[0].message.is_some(), "{failed:?}");
    fleet_update_roll_back(world.api(), &id).await.expect("it deployed something");
    world.run().await;
    check(&world, &id).await;
    assert_eq!((status(&world, &id).await, versions(&world)), (Status::RolledBack, (4, 0)));
}

#[tokio::test]
async fn tolerated_failures_stop_nothing() {
    let mut world = fleet_of(6).await;
    world.script.updates = ["UPDATE_COMPLETE", BAD].into();
    let strategy = Strategy { tolerance: "1".parse().expect("one"), ..careful() };
    let id = start(&world, strategy).await;
    world.run().await;
    let counts = counts(&world, &id).await;
    assert_eq!((status(&world, &id).await, counts.succeeded, counts.failed), (Status::Succeeded, 5, 1));
}

#[tokio::test]
async fn going_on_whatever_fails_ends_failed() {
    let mut world = fleet_of(6).await;
    world.script.updates = [BAD, BAD].into();
    let strategy = Strategy { on_failure: OnFailure::Continue, ..careful() };
    let id = start(&world, strategy).await;
    world.run().await;
    let counts = counts(&world, &id).await;
    assert_eq!((status(&world, &id).await, counts.succeeded, counts.failed), (Status::Failed, 4, 2));
}

#[tokio::test]
async fn people_are_asked_where_the_strategy_says() {
    let mut world = fleet_of(5).await;
    let id = start(&world, Strategy { approval: Approval::EveryWave, ..careful() }).await;
    for (deployed, wave) in [(2, 0), (4, 1)] {
        world.run().await;
        let view = view(&world, &id).await;
        assert_eq!((view.update.status(), view.update.wave()), (Status::AwaitingApproval, wave));
        assert_eq!(versions(&world).1, deployed);
        fleet_update_approve(world.api(), &id).await.expect("it waits");
        let again = fleet_update_approve(world.api(), &id).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    }
    world.run().await;
    assert_eq!((status(&world, &id).await, versions(&world)), (Status::Succeeded, (0, 5)));
}

#[tokio::test]
async fn an_alarm_after_the_canary_counts_as_a_failure() {
    let mut world = fleet_of(4).await;
    let strategy = Strategy {
        bake: Bake::seconds(600).expect("short"),
        alarms: Alarms::new(vec!["errors".to_owned()]).expect("an alarm"),
        ..careful()
    };
    let quiet = start(&world, strategy.clone()).await;
    let before = world.test.now();
    world.run().await;
    assert_eq!(status(&world, &quiet).await, Status::Succeeded);
    assert!(world.test.now().since(before).as_secs() >= 600, "it was watched");

    let mut world = fleet_of(4).await;
    world.test.alarms.ring("errors");
    let id = start(&world, strategy).await;
    world.run().await;
    let view = view(&world, &id).await;
    assert_eq!((view.update.status(), view.counts.rolled_back), (Status::RolledBack, 2));
    assert!(view.update.message().is_some_and(|message| message.contains("errors")));
}

#[tokio::test]
async fn the_plan_may_be_older_than_the_world() {
    let mut world = fleet_of(6).await;
    let planned = fleet_update_plan(world.api(), plan_input(Strategy::default())).await.expect("valid");
    let id = planned.update.id;
    world.run().await;
    // The owners pin one, delete one, update one, deploy one with another spec, and let one fail.
    change_environment(&world, 0, pin);
    environment_delete(world.api(), &records::name("env-001")).await.expect("idle");
    environment_update(world.api(), update(2, DeploymentType::MinorVersion, None)).await.expect("idle");
    let large = Some(SPEC.replace("small", "large"));
    environment_update(world.api(), update(3, DeploymentType::CurrentVersion, large.clone()))
        .await
        .expect("idle");
    world.run().await;
    world.script.updates = [BAD].into();
    environment_update(world.api(), update(4, DeploymentType::CurrentVersion, large)).await.expect("idle");
    world.run().await;

    fleet_update_start(world.api(), FleetUpdateStart::Planned(id.clone())).await.expect("planned");
    world.run().await;
    world.check();
    check(&world, &id).await;
    let rows = targets(&world, &id, FleetTargetFilter::default()).await;
    let outcome: Vec<_> = rows.iter().map(|row| (row.status, row.reason)).collect();
    let skipped = |reason| (TargetStatus::Skipped, Some(reason));
    assert_eq!(
        outcome,
        [
            skipped(SkipReason::Pinned),
            skipped(SkipReason::Gone),
            skipped(SkipReason::UpToDate),
            (TargetStatus::Succeeded, None),
            skipped(SkipReason::Failed),
            (TargetStatus::Succeeded, None),
        ]
    );
    assert_eq!(status(&world, &id).await, Status::Succeeded);
    let protium_domain::document::Document::Inline(spec) = environment(&world, 3).spec else {
        panic!("a short spec")
    };
    assert!(spec.contains("large"), "the owner's spec stays");
}

fn update(number: usize, deployment_type: DeploymentType, spec: Option<String>) -> EnvironmentUpdate {
    EnvironmentUpdate {
        name: records::name(&format!("env-{number:03}")),
        description: None,
        deployment_type,
        version: VersionChoice::default(),
        spec,
        roles: EnvironmentRoles::default(),
        connection_id: None,
        has_repository: false,
    }
}

#[tokio::test]
async fn what_the_owner_does_after_its_turn_is_left_alone_by_a_roll_back() {
    let mut world = fleet_of(4).await;
    let id = start(&world, careful()).await;
    world.run().await;
    environment_update(world.api(), update(1, DeploymentType::CurrentVersion, None)).await.expect("idle");
    world.run().await;
    fleet_update_roll_back(world.api(), &id).await.expect("it deployed something");
    world.run().await;
    world.check();
    check(&world, &id).await;
    let rows = targets(&world, &id, FleetTargetFilter::default()).await;
    assert_eq!(rows[1].status, TargetStatus::Superseded);
    assert_eq!((status(&world, &id).await, versions(&world)), (Status::RolledBack, (3, 1)));
}

#[tokio::test]
async fn two_fleet_updates_never_touch_one_resource_at_once() {
    let mut world = fleet_of(4).await;
    let one = start(&world, careful()).await;
    let other = start(&world, careful()).await;
    world.run().await;
    world.check();
    assert_eq!(versions(&world), (0, 4));
    let both = [counts(&world, &one).await, counts(&world, &other).await];
    assert_eq!(both.iter().map(|counts| counts.succeeded).sum::<u64>(), 4, "{both:?}");
    for id in [one, other] {
        assert_eq!(status(&world, &id).await, Status::Succeeded);
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let mut world = fleet_of(2).await;
    let id = start(&world, careful()).await;
    for refused in [
        fleet_update_pause(world.api(), &id).await,
        fleet_update_resume(world.api(), &id).await,
        fleet_update_approve(world.api(), &id).await,
        fleet_update_roll_back(world.api(), &id).await,
    ] {
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    }
    fleet_update_cancel(world.api(), &id).await.expect("nothing has begun");
    world.run().await;
    assert_eq!((status(&world, &id).await, versions(&world)), (Status::Cancelled, (2, 0)));
}
