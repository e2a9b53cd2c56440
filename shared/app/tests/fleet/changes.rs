//! Plans say what would change.

use protium_app::fleet::{FleetTargetFilter, VersionChanges, fleet_update_plan};
use protium_app::ports::Key;
use protium_domain::document::Document;
use protium_domain::fleet::{FleetUpdateStatus as Status, PlanCursor, PlanRow, Strategy, TargetStatus};
use protium_domain::identifier::Identifier;
use protium_domain::version::VersionNumber;
use protium_testkit::records;
use protium_testkit::world::{ENVIRONMENT, World};

use crate::fleet::{change_environment, fleet_of, plan_input, start, status, targets, view};

const WITH_OUTPUT: &str = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\nOutputs:\n  Url:\n    Value: x\n";
const WITHOUT_OUTPUT: &str = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n";

async fn planned(world: &mut World) -> Identifier {
    let id = fleet_update_plan(world.api(), plan_input(Strategy::default())).await.expect("valid").update.id;
    world.run().await;
    id
}

/// To 2.0: every minor version of the first major is behind that.
async fn planned_to_major(world: &mut World) -> Identifier {
    world.publish(ENVIRONMENT, "net", "2.0", WITHOUT_OUTPUT);
    let mut input = plan_input(Strategy::default());
    input.request.to_major = Some(2);
    let id = fleet_update_plan(world.api(), input).await.expect("valid").update.id;
    world.run().await;
    id
}

fn spec(world: &World, number: usize, values: &str) {
    change_environment(world, number, |it| {
        it.spec = Document::Inline(format!("proton: EnvironmentSpec\nspec: {{{values}}}\n"));
    });
}

fn told(changes: &VersionChanges) -> Vec<String> {
    changes.changes.iter().map(|change| format!("{:?} {change}", change.verdict)).collect()
}

#[tokio::test]
async fn versions_are_compared_once_and_targets_name_their_inputs() {
    let mut world = fleet_of(4).await;
    let before = "size: {type: string, default: small}, zone: {type: string}";
    world.redefine(ENVIRONMENT, "net", "1.0", before, WITH_OUTPUT);
    let after =
        "size: {type: string, default: big}, zone: {type: string}, backup: {type: boolean, default: true}";
    world.redefine(ENVIRONMENT, "net", "1.1", after, WITHOUT_OUTPUT);
    spec(&world, 1, "zone: hunter2");
    spec(&world, 2, "size: small, backup: true");
    change_environment(&world, 3, crate::fleet::pin);
    let id = start(&world, Strategy::default()).await;
    world.run().await;

    let view = view(&world, &id).await;
    let [changes] = &view.changes[..] else { panic!("{:?}", view.changes) };
    assert_eq!((changes.from, changes.targets), (VersionNumber::new(1, 0), 3));
    assert_eq!(
        told(changes),
        [
            "Warns size: the default changes from \"small\" to \"big\"",
            "Warns outputs.Url: the output of infrastructure is removed or renamed",
            "Fine backup: a new input, optional or with a default",
            "Fine infrastructure/cloudformation.yaml: the file changes",
        ]
    );
    let named: Vec<_> = targets(&world, &id, FleetTargetFilter::default()).await;
    let named: Vec<_> = named.into_iter().map(|row| row.changed_inputs.join(" ")).collect();
    // The second one's spec gives neither; the third's gives an input that the old version doesn't take.
    assert_eq!(named, ["backup", "backup size", "", ""]);

    let done = FleetTargetFilter { status: Some(TargetStatus::Succeeded), wave: None };
    let done = targets(&world, &id, done).await;
    assert_eq!(
        done.iter().map(|row| row.changed_inputs.join(" ")).collect::<Vec<_>>(),
        ["backup", "backup size", ""]
    );
    for key in world.test.artifacts.keys().into_iter().filter(|key| key.starts_with("fleets/")) {
        let text = world.test.artifacts.text(&key).expect("is there");
        assert!(!text.contains("hunter2"), "values never stand in a plan: {key}");
    }
}

#[tokio::test]
async fn a_target_names_so_many_inputs_only() {
    let mut world = fleet_of(1).await;
    let inputs: Vec<_> =
        (0..PlanRow::MOST_INPUTS + 5).map(|it| format!("i{it}: {{type: string, default: x}}")).collect();
    let inputs = format!("size: {{type: string}}, {}", inputs.join(", "));
    world.redefine(ENVIRONMENT, "net", "1.1", &inputs, WITHOUT_OUTPUT);
    let id = planned(&mut world).await;
    let rows = targets(&world, &id, FleetTargetFilter::default()).await;
    assert_eq!(rows[0].changed_inputs.len(), PlanRow::MOST_INPUTS);
}

#[tokio::test]
async fn what_cannot_be_read_any_more_is_told_as_unknown() {
    let mut world = fleet_of(2).await;
    for number in [VersionNumber::new(1, 0), VersionNumber::new(1, 1)] {
        world.test.store.unseed(&Key::TemplateVersion(ENVIRONMENT, records::name("net"), number));
    }
    change_environment(&world, 1, |it| it.version = VersionNumber::new(1, 1));
    let id = planned_to_major(&mut world).await;
    let view = view(&world, &id).await;
    assert_eq!((view.update.status(), view.counts.selected), (Status::Planned, 2));
    let problems: Vec<_> = view.changes.iter().map(|it| it.problem.as_deref()).collect();
    assert_eq!(problems, [Some("version 1.0 is deleted"), Some("version 1.1 is deleted")]);

    let mut world = fleet_of(1).await;
    world.test.artifacts.lose("bundles/sha256/net-1.0.tar.gz");
    let id = planned(&mut world).await;
    let problem = crate::fleet::view(&world, &id).await.changes[0].problem.clone();
    assert_eq!(problem.as_deref(), Some("the bundle of version 1.0 can't be read any more"));
}

#[tokio::test]
async fn a_bounded_number_of_versions_is_compared() {
    let more = PlanCursor::MOST_VERSIONS + 3;
    let mut world = fleet_of(more).await;
    for number in 0..more {
        change_environment(&world, number, |it| it.version = VersionNumber::new(1, 10 + number as u64));
    }
    let id = planned_to_major(&mut world).await;
    let view = view(&world, &id).await;
    assert_eq!((view.changes.len(), view.update.planning().other_versions), (PlanCursor::MOST_VERSIONS, 3));
    assert_eq!(view.counts.selected, more as u64);
}

#[tokio::test]
async fn plans_that_were_made_before_are_shown_without() {
    let mut world = fleet_of(1).await;
    let id = planned(&mut world).await;
    world.test.artifacts.lose(&format!("fleets/{id}/changes.json"));
    assert!(view(&world, &id).await.changes.is_empty());
    assert_eq!(status(&world, &id).await, Status::Planned);
}
