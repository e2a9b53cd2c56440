//! Eight callers at once: a fleet update begins once, nobody is deployed twice, and of those who steer it each finds it as
//! another one left it.

use std::collections::BTreeSet;

use protium_app::fleet::{
    FleetUpdateStart, fleet_update_approve, fleet_update_cancel, fleet_update_pause, fleet_update_plan,
    fleet_update_resume, fleet_update_roll_back, fleet_update_start,
};
use protium_app::{App, Error};
use protium_domain::deployment::Deployment;
use protium_domain::fleet::{Approval, FleetUpdate, FleetUpdateStatus as Status, Strategy};
use protium_domain::identifier::Identifier;
use protium_domain::intent::Workflow;
use protium_testkit::race;
use protium_testkit::world::World;
use rstest::rstest;

use crate::fleet::{careful, check, fleet_of, plan_input, start, status, versions};

const CALLERS: usize = 8;

/// What people do with a fleet update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    Start,
    Pause,
    Resume,
    Approve,
    Cancel,
    RollBack,
}

impl Ask {
    async fn make(self, app: App, id: Identifier) -> Result<(), Error> {
        match self {
            Self::Start => fleet_update_start(&app, FleetUpdateStart::Planned(id)).await,
            Self::Pause => fleet_update_pause(&app, &id).await,
            Self::Resume => fleet_update_resume(&app, &id).await,
            Self::Approve => fleet_update_approve(&app, &id).await,
            Self::Cancel => fleet_update_cancel(&app, &id).await,
            Self::RollBack => fleet_update_roll_back(&app, &id).await,
        }
        .map(drop)
    }
}

/// The answers to callers who ask for one of these each, in turn.
async fn raced(world: &World, id: &Identifier, asks: &[Ask]) -> Vec<Result<(), Error>> {
    let ask = |caller: usize| asks[caller % asks.len()];
    let answers = race(&world.test, CALLERS, |app, caller| ask(caller).make(app, id.clone())).await;
    for answer in &answers {
        assert!(matches!(answer, Ok(()) | Err(Error::Conflict(_))), "{answer:?}");
    }
    answers
}

fn won(answers: &[Result<(), Error>]) -> usize {
    answers.iter().filter(|answer| answer.is_ok()).count()
}

/// No environment was deployed more than once since it was made.
fn assert_deployed_once(world: &World, environments: usize) {
    assert_eq!(world.test.store.all::<Deployment>().len(), 2 * environments);
    assert_eq!(versions(world), (0, environments));
}

#[tokio::test]
async fn a_planned_one_is_started_once() {
    let mut world = fleet_of(3).await;
    let id = fleet_update_plan(world.api(), plan_input(careful())).await.expect("valid").update.id;
    world.run().await;
    let fleets = |world: &World| {
        let started = world.test.executions.started();
        started.into_iter().filter(|start| start.workflow == Workflow::Fleet).count()
    };
    let before = fleets(&world);
    assert_eq!(won(&raced(&world, &id, &[Ask::Start]).await), CALLERS, "starting again does nothing");
    world.run().await;
    world.check();
    check(&world, &id).await;
    assert_eq!(fleets(&world), before + 1);
    assert_deployed_once(&world, 3);
}

#[rstest]
#[case::by_the_same_token(Some("once"), 1)]
#[case::each_for_themselves(None, CALLERS)]
#[tokio::test]
async fn whoever_starts_one_deploys_nobody_twice(#[case] token: Option<&str>, #[case] updates: usize) {
    let mut world = fleet_of(3).await;
    let mut input = plan_input(careful());
    input.client_token = token.map(ToOwned::to_owned);
    let answers = race(&world.test, CALLERS, |app, _| {
        let input = FleetUpdateStart::New(input.clone());
        async move { fleet_update_start(&app, input).await }
    });
    let ids: BTreeSet<Identifier> =
        answers.await.into_iter().map(|answer| answer.expect("valid").update.id).collect();
    assert_eq!((ids.len(), world.test.store.all::<FleetUpdate>().len()), (updates, updates));
    world.run().await;
    world.check();
    for id in &ids {
        assert_eq!(status(&world, id).await, Status::Succeeded);
    }
    assert_deployed_once(&world, 3);
}

#[rstest]
#[case::approved(&[Ask::Approve], 1, Status::Succeeded)]
#[case::paused(&[Ask::Pause], 8, Status::Paused)]
#[case::cancelled(&[Ask::Cancel], 8, Status::Cancelled)]
#[case::rolled_back(&[Ask::RollBack], 8, Status::RolledBack)]
#[tokio::test]
async fn of_eight_who_steer_it_the_same_way_one_does(
    #[case] asks: &[Ask],
    #[case] content: usize,
    #[case] expected: Status,
) {
    let (mut world, id) = awaiting_approval().await;
    assert_eq!(won(&raced(&world, &id, asks).await), content);
    world.run().await;
    world.check();
    check(&world, &id).await;
    assert_eq!(status(&world, &id).await, expected);
}

/// Whoever cancels is the last: nobody else gets it going again.
#[rstest]
#[case(&[Ask::Pause, Ask::Cancel])]
#[case(&[Ask::Cancel, Ask::Approve])]
#[case(&[Ask::Approve, Ask::Pause, Ask::Cancel])]
#[case(&[Ask::Pause, Ask::Resume, Ask::Approve, Ask::Cancel])]
#[tokio::test]
async fn a_cancellation_wins_over_whoever_steers_otherwise(#[case] asks: &[Ask]) {
    let (mut world, id) = awaiting_approval().await;
    let answers = raced(&world, &id, asks).await;
    let cancels = answers.iter().enumerate().filter(|(caller, _)| asks[caller % asks.len()] == Ask::Cancel);
    assert!(cancels.clone().all(|(_, answer)| answer.is_ok()), "{answers:?}");
    world.run().await;
    world.check();
    check(&world, &id).await;
    assert_eq!(status(&world, &id).await, Status::Cancelled);
    assert_eq!(versions(&world), (1, 2), "the canary stays, and nobody else goes");
}

/// Three environments, of which the canary of two is deployed.
async fn awaiting_approval() -> (World, Identifier) {
    let mut world = fleet_of(3).await;
    let id = start(&world, Strategy { approval: Approval::EveryWave, ..careful() }).await;
    world.run().await;
    assert_eq!(status(&world, &id).await, Status::AwaitingApproval);
    (world, id)
}
