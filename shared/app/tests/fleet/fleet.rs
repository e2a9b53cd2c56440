//! A fleet of environments, and what is asked of it.

use protium_app::PageRequest;
use protium_app::environment::{EnvironmentCreate, environment_create};
use protium_app::fleet::{
    FleetTargetFilter, FleetTargetView, FleetUpdatePlan, FleetUpdateRequest, FleetUpdateStart,
    FleetUpdateView, fleet_update_get, fleet_update_start, fleet_update_targets,
};
use protium_app::ports::Key;
use protium_domain::environment::{Environment, EnvironmentRoles};
use protium_domain::fleet::{
    Canary, Concurrency, FleetCounts, FleetTarget, FleetUpdateStatus, OnFailure, Selection, Strategy,
    TargetStatus, UpdateMode, UpdatePolicy,
};
use protium_domain::identifier::Identifier;
use protium_domain::tag::Tags;
use protium_testkit::records;
use protium_testkit::world::{ENVIRONMENT, World};

pub(crate) const SPEC: &str = "proton: EnvironmentSpec\nspec:\n  size: small\n";
pub(crate) const NEW_TEMPLATE: &str = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n";

/// A world with so many environments at 1.0, of which 1.1 is published.
pub(crate) async fn fleet_of(count: usize) -> World {
    let mut world = World::new();
    for number in 0..count {
        environment_create(world.api(), environment_input(&format!("env-{number:03}"))).await.expect("valid");
    }
    world.run().await;
    world.publish(ENVIRONMENT, "net", "1.1", NEW_TEMPLATE);
    world
}

fn environment_input(name: &str) -> EnvironmentCreate {
    EnvironmentCreate {
        name: records::name(name),
        description: None,
        template: records::name("net"),
        major: 1,
        minor: Some(0),
        spec: SPEC.to_owned(),
        roles: EnvironmentRoles {
            proton_service_role_arn: Some(records::ROLE_ARN.to_owned()),
            ..EnvironmentRoles::default()
        },
        connection_id: None,
        has_repository: false,
        tags: Tags::default(),
    }
}

/// Canary of two, then batches of two, two at once; what fails is rolled back.
pub(crate) fn careful() -> Strategy {
    Strategy {
        canary: Some(Canary::Share("2".parse().expect("a share"))),
        batch: "2".parse().expect("a share"),
        concurrency: Concurrency::new(2).expect("valid"),
        on_failure: OnFailure::RollBack,
        ..Strategy::default()
    }
}

pub(crate) fn plan_input(strategy: Strategy) -> FleetUpdatePlan {
    FleetUpdatePlan {
        request: FleetUpdateRequest {
            name: None,
            kind: None,
            template: records::name("net"),
            to_major: None,
            to_minor: None,
            selection: Selection::default(),
            strategy,
        },
        requested_by: "arn:aws:iam::111122223333:role/platform".to_owned(),
        client_token: None,
    }
}

/// Asks for a fleet update; its id.
pub(crate) async fn start(world: &World, strategy: Strategy) -> Identifier {
    let input = FleetUpdateStart::New(plan_input(strategy));
    fleet_update_start(world.api(), input).await.expect("valid").update.id
}

pub(crate) async fn view(world: &World, id: &Identifier) -> FleetUpdateView {
    fleet_update_get(world.api(), id).await.expect("is there")
}

pub(crate) async fn status(world: &World, id: &Identifier) -> FleetUpdateStatus {
    view(world, id).await.update.status()
}

pub(crate) async fn counts(world: &World, id: &Identifier) -> FleetCounts {
    view(world, id).await.counts
}

/// All rows of the plan, read in small pages.
pub(crate) async fn targets(
    world: &World,
    id: &Identifier,
    filter: FleetTargetFilter,
) -> Vec<FleetTargetView> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = PageRequest { limit: 3, after };
        let page = fleet_update_targets(world.api(), id, filter, &page).await.expect("planned");
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

pub(crate) fn environment(world: &World, number: usize) -> Environment {
    let name = records::name(&format!("env-{number:03}"));
    world.test.store.peek(&Key::Environment(name)).expect("is there")
}

pub(crate) fn change_environment(world: &World, number: usize, change: impl FnOnce(&mut Environment)) {
    let mut environment = environment(world, number);
    change(&mut environment);
    world.test.seed(environment);
}

pub(crate) fn pin(environment: &mut Environment) {
    environment.update_policy = UpdatePolicy::new(UpdateMode::Pinned, Vec::new()).ok();
}

/// How many environments are at which version, as `1.0` and `1.1`.
pub(crate) fn versions(world: &World) -> (usize, usize) {
    let all = world.test.store.all::<Environment>();
    let at = |minor: u64| all.iter().filter(|environment| environment.version.minor == minor).count();
    (at(0), at(1))
}

/// What holds whenever nothing moves: the counters are those of the records, every deployment of the fleet update belongs
/// to a target, and no resource had two of them at a time.
pub(crate) async fn check(world: &World, id: &Identifier) {
    let targets: Vec<FleetTarget> = world.test.store.all();
    let view = view(world, id).await;
    let of = |wanted: &[TargetStatus]| {
        targets.iter().filter(|target| wanted.contains(&target.status())).count() as u64
    };
    use TargetStatus as T;
    let counts = view.counts;
    assert_eq!(counts.succeeded, of(&[T::Succeeded, T::Superseded]), "{counts:?}");
    assert_eq!(counts.failed, of(&[T::Failed, T::RollBackFailed]), "{counts:?}");
    assert_eq!(counts.rolled_back, of(&[T::RolledBack]), "{counts:?}");
    assert_eq!(counts.in_progress, of(&[T::Deploying, T::RollingBack]), "{counts:?}");
    if let Some(plan) = view.update.plan() {
        assert_eq!(counts.skipped, plan.skips() + of(&[T::Skipped]), "{counts:?}");
        assert_eq!(counts.pending, plan.targets() - targets.len() as u64, "{counts:?}");
        let in_waves: u64 = view.waves.iter().map(|wave| wave.wave.targets).sum();
        assert_eq!(in_waves, counts.selected);
        for wave in &view.waves {
            assert_eq!(wave.lanes.iter().map(|lane| lane.targets).sum::<u64>(), wave.wave.targets);
        }
    }
    for target in &targets {
        assert!(target.task_token.is_none() || target.status().is_in_flight(), "{target:?}");
    }
}
