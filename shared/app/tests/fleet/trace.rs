//! One trace from the request to every deployment.

use protium_app::fleet::{
    FleetUpdateStart, fleet_update_pause, fleet_update_resume, fleet_update_roll_back, fleet_update_start,
};
use protium_app::{App, Origin};
use protium_domain::deployment::{Deployment, DeploymentKind};
use protium_domain::fleet::FleetUpdateStatus as Status;
use protium_domain::trace::TraceId;
use protium_testkit::world::World;

use crate::fleet::{careful, fleet_of, plan_input, status, view};

const HEADER: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
const OTHER: &str = "Root=1-5759e988-bd862e3fe1be46a994272794";

fn called(app: &App, header: &str) -> App {
    app.because_of(Origin { trace: Some(header.parse().expect("a header")), ..Origin::default() })
}

fn trace() -> Option<TraceId> {
    HEADER.parse::<protium_domain::trace::Trace>().ok().map(|trace| trace.id)
}

/// The traces of the deployments of the fleet update, of this kind.
fn traces(world: &World, kind: DeploymentKind) -> Vec<Option<TraceId>> {
    let all = world.test.store.all::<Deployment>();
    let of_fleet = all.into_iter().filter(|deployment| deployment.fleet.is_some() && deployment.kind == kind);
    of_fleet.map(|deployment| deployment.trace).collect()
}

/// Whoever pauses, resumes and takes it back calls under traces of their own, and executions die.
#[tokio::test]
async fn all_deployments_of_a_fleet_update_carry_the_trace_of_the_request() {
    for dies_after in [None, Some(3), Some(9)] {
        let mut world = fleet_of(6).await;
        world.dies_after = dies_after;
        let input = FleetUpdateStart::New(plan_input(careful()));
        let asked = fleet_update_start(&called(world.api(), HEADER), input).await.expect("valid");
        let id = asked.update.id;
        world.fleet.before_step(6, {
            let id = id.clone();
            move |world| {
                Box::pin(async move {
                    // It may be over, where executions died.
                    let _ = fleet_update_pause(&called(world.api(), OTHER), &id).await;
                })
            }
        });
        world.run().await;
        if status(&world, &id).await == Status::Paused {
            fleet_update_resume(&called(world.api(), OTHER), &id).await.expect("it is paused");
            world.run().await;
        }
        let done = view(&world, &id).await.update;
        assert_eq!((done.status(), done.trace), (Status::Succeeded, trace()), "{dies_after:?}");
        assert_eq!(traces(&world, DeploymentKind::Deploy), [trace(); 6], "{dies_after:?}");

        fleet_update_roll_back(&called(world.api(), OTHER), &id).await.expect("it was deployed");
        world.run().await;
        assert_eq!(traces(&world, DeploymentKind::RollBack), [trace(); 6], "{dies_after:?}");
    }
}

/// Step Functions hears of it, too: every execution that began for it is part of the trace.
#[tokio::test]
async fn its_executions_are_part_of_the_trace() {
    let mut world = fleet_of(2).await;
    let before = world.test.executions.traces().len();
    let input = FleetUpdateStart::New(plan_input(careful()));
    fleet_update_start(&called(world.api(), HEADER), input).await.expect("valid");
    world.run().await;
    let begun: Vec<_> = world.test.executions.traces().split_off(before);
    // One of the fleet update, and one of each deployment.
    assert_eq!(begun.len(), 3);
    assert!(begun.iter().all(|begun| begun.map(|it| it.id) == trace()), "{begun:?}");
}
