//! Plans: who goes, who is left alone and why.

use protium_app::fleet::{FleetTargetFilter, fleet_update_plan};
use protium_domain::fleet::{
    Canary, FleetUpdateStatus as Status, Selection, SkipReason, Strategy, TagSelector, TargetStatus,
    UpdateMode, UpdatePolicy,
};
use protium_domain::tag::Tags;
use protium_domain::version::VersionNumber;
use protium_testkit::records;
use protium_testkit::world::ENVIRONMENT;

use crate::fleet::{change_environment, fleet_of, pin, plan_input, start, status, targets, versions, view};

#[tokio::test]
async fn rows_say_who_is_left_alone_and_why() {
    let mut world = fleet_of(6).await;
    change_environment(&world, 1, pin);
    change_environment(&world, 2, |it| it.version = VersionNumber::new(1, 1));
    change_environment(&world, 3, |it| it.version = VersionNumber::new(1, 2));
    change_environment(&world, 4, |it| {
        it.spec = protium_domain::document::Document::Inline(
            "proton: EnvironmentSpec\nspec:\n  size: [1]\n".into(),
        );
    });
    let id = fleet_update_plan(world.api(), plan_input(Strategy::default())).await.expect("valid").update.id;
    world.run().await;
    let view = view(&world, &id).await;
    assert_eq!((view.update.status(), view.counts.selected, view.counts.skipped), (Status::Planned, 2, 4));
    let rows = targets(&world, &id, FleetTargetFilter::default()).await;
    let reasons: Vec<_> = rows.iter().map(|row| row.reason).collect();
    use SkipReason as R;
    assert_eq!(
        reasons,
        [None, Some(R::Pinned), Some(R::UpToDate), Some(R::Newer), Some(R::IncompatibleSpec), None]
    );
    assert!(rows.iter().all(|row| row.reason.is_none() || row.message.is_some()));
    let pending = FleetTargetFilter { status: Some(TargetStatus::Pending), wave: Some(0) };
    assert_eq!(targets(&world, &id, pending).await.len(), 2);
}

#[tokio::test]
async fn tags_choose_the_canary_and_narrow_the_selection() {
    let mut world = fleet_of(5).await;
    for (number, stage) in [(1, "dev"), (3, "dev"), (4, "test")] {
        change_environment(&world, number, |it| {
            it.tags = Tags::new([("stage".to_owned(), stage.to_owned())]).expect("valid");
        });
    }
    let dev = TagSelector([("stage".to_owned(), "dev".to_owned())].into());
    let strategy = Strategy { canary: Some(Canary::Tags(dev)), ..Strategy::default() };
    let id = fleet_update_plan(world.api(), plan_input(strategy)).await.expect("valid").update.id;
    world.run().await;
    let canary = FleetTargetFilter { status: None, wave: Some(0) };
    let canary: Vec<u32> = targets(&world, &id, canary).await.iter().map(|row| row.ordinal).collect();
    assert_eq!(canary, [1, 3]);

    let mut input = plan_input(Strategy::default());
    let test = TagSelector([("stage".to_owned(), "test".to_owned())].into());
    input.request.selection = Selection { tags: test, ..Selection::default() };
    let id = fleet_update_plan(world.api(), input).await.expect("valid").update.id;
    world.run().await;
    assert_eq!(view(&world, &id).await.counts.selected, 1);
}

#[tokio::test]
async fn nobody_to_update_is_a_success() {
    let mut world = fleet_of(2).await;
    for number in 0..2 {
        change_environment(&world, number, pin);
    }
    let id = start(&world, Strategy::default()).await;
    world.run().await;
    assert_eq!((status(&world, &id).await, versions(&world)), (Status::Succeeded, (2, 0)));
}

#[tokio::test]
async fn closed_windows_are_waited_for() {
    let mut world = fleet_of(4).await;
    // The clock of tests stands on some day at some time; a window that opens in six hours.
    let minute = world.test.now().as_millis().div_euclid(60_000).rem_euclid(1440) + 360;
    let window = format!("daily {:02}:{:02}/1h", minute.rem_euclid(1440) / 60, minute % 60);
    for number in 0..2 {
        change_environment(&world, number, |it| {
            let windows = vec![window.parse().expect("a window")];
            it.update_policy = UpdatePolicy::new(UpdateMode::Recommend, windows).ok();
        });
    }
    let id = start(&world, Strategy::default()).await;
    world.run_until_quiet().await;
    let waiting = view(&world, &id).await;
    assert_eq!((waiting.update.status(), versions(&world)), (Status::Running, (2, 2)));
    assert!(waiting.update.waiting_until().is_some_and(|until| until > world.test.now()));
    for _ in 0..30 {
        world.sweep_later().await;
        world.run_until_quiet().await;
    }
    assert_eq!((status(&world, &id).await, versions(&world)), (Status::Succeeded, (0, 4)));
}

#[tokio::test]
async fn too_many_waves_make_no_plan() {
    let mut world = fleet_of(2).await;
    let strategy = Strategy { batch: "1".parse().expect("a share"), ..Strategy::default() };
    let id = start(&world, strategy).await;
    world.run().await;
    assert_eq!(status(&world, &id).await, Status::Succeeded, "two waves are few");
    world.publish(ENVIRONMENT, "net", "1.2", crate::fleet::NEW_TEMPLATE);
    let mut input = plan_input(Strategy::default());
    input.request.template = records::name("nowhere");
    assert!(fleet_update_plan(world.api(), input).await.is_err());
}
