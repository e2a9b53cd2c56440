//! What a fleet update does in a whole, whatever befalls it.

use proptest::prelude::*;
use protium_domain::fleet::{Bake, Canary, Concurrency, OnFailure, Strategy as FleetStrategy};

use super::*;
use crate::simulation::cloudformation::Stacks;
use crate::simulation::scenario::Pause;

const STEADY: Stacks = Stacks { median_seconds: 120.0, spread: 0.3, failures_per_thousand: 0 };

fn strategy(concurrency: u32) -> FleetStrategy {
    FleetStrategy {
        concurrency: Concurrency::new(concurrency).expect("in range"),
        ..FleetStrategy::default()
    }
}

fn scenario(instances: u32, concurrency: u32) -> Scenario {
    Scenario {
        name: String::new(),
        instances,
        accounts: vec![1000.0],
        stacks: STEADY,
        strategy: strategy(concurrency),
        pause: None,
        seed: 1,
    }
}

#[test]
fn everybody_comes_to_the_new_version_within_a_tenth_of_the_ideal_time() {
    let outcome = simulate(&scenario(3_000, 40)).expect("it ends");
    assert_eq!(outcome.status, FleetUpdateStatus::Succeeded);
    assert_eq!((outcome.counts.succeeded, outcome.counts.pending), (3_000, 0));
    assert!(outcome.overhead() < 0.1, "{}", outcome.overhead());
    assert!(outcome.peak <= 40, "{}", outcome.peak);
}

#[test]
fn a_bad_version_stops_at_the_canary_and_is_rolled_back() {
    let mut bad = scenario(500, 20);
    bad.stacks.failures_per_thousand = 1000;
    bad.strategy.canary = Some(Canary::Share("5".parse().expect("a share")));
    bad.strategy.on_failure = OnFailure::RollBack;
    let outcome = simulate(&bad).expect("it ends");
    assert_eq!(outcome.status, FleetUpdateStatus::RolledBack);
    assert_eq!((outcome.counts.attempted, outcome.counts.rolled_back), (5, 5));
    assert_eq!(outcome.counts.pending, 495);
}

#[test]
fn a_throttled_account_slows_only_itself() {
    let mut free = scenario(900, 30);
    free.accounts = vec![1000.0; 3];
    let mut one_throttled = free.clone();
    if let Some(rate) = one_throttled.accounts.first_mut() {
        *rate = 0.02;
    }
    let (before, after) = (simulate(&free).expect("it ends"), simulate(&one_throttled).expect("it ends"));
    assert_eq!(after.counts.succeeded, 900, "nobody fails for it");
    let [slow, ref others @ ..] = after.accounts_done[..] else { unreachable!("three accounts") };
    assert!(slow > before.makespan * 2, "it was throttled");
    for (now, then) in others.iter().zip(&before.accounts_done[1..]) {
        assert!(now.as_secs_f64() < then.as_secs_f64() * 1.1, "{now:?} instead of {then:?}");
    }
}

#[test]
fn what_it_costs_grows_with_the_fleet_and_no_faster() {
    let price = |instances| simulate(&scenario(instances, 50)).expect("it ends").calls.price();
    let (small, large) = (price(1_000), price(20_000));
    assert!((large / small / 20.0 - 1.0).abs() < 0.05, "{small} and {large}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn it_ends_and_every_target_has_one_outcome(
        instances in 1..2_500_u32,
        concurrency in 1..=200_u32,
        rates in prop::collection::vec(0.2..200.0_f64, 1..6),
        failures_per_thousand in prop_oneof![Just(0_u32), 0..50_u32, Just(1000_u32)],
        canary in prop::option::of(1..100_u32),
        batch in 10..100_u32,
        tolerance in 0..30_u32,
        bake in 0..1_000_u32,
        on_failure in prop_oneof![Just(OnFailure::Stop), Just(OnFailure::Continue), Just(OnFailure::RollBack)],
        pause in prop::option::of((0..5_000_u64, 0..10_000_u64)),
        seed in any::<u64>(),
    ) {
        let strategy = FleetStrategy {
            canary: canary.map(|share| Canary::Share(share.to_string().parse().expect("a share"))),
            batch: format!("{batch}%").parse().expect("a share"),
            tolerance: tolerance.to_string().parse().expect("a tolerance"),
            bake: Bake::seconds(bake).expect("short"),
            on_failure,
            ..strategy(concurrency)
        };
        let pause = pause.map(|(at, lasts)| Pause {
            at: Duration::from_secs(at),
            lasts: Duration::from_secs(lasts),
        });
        let stacks = Stacks { failures_per_thousand, ..STEADY };
        let scenario = Scenario { accounts: rates, stacks, strategy, pause, seed, ..scenario(instances, 1) };
        let outcome = simulate(&scenario).map_err(|error| TestCaseError::fail(format!("{error:#}")))?;
        let counts = outcome.counts;
        prop_assert!(outcome.peak <= concurrency, "{} at once", outcome.peak);
        prop_assert_eq!(counts.in_progress, 0);
        prop_assert_eq!(
            counts.succeeded + counts.failed + counts.rolled_back + counts.pending,
            u64::from(instances)
        );
        match outcome.status {
            FleetUpdateStatus::Succeeded => prop_assert_eq!(counts.pending, 0),
            FleetUpdateStatus::RolledBack => {
                prop_assert_eq!(counts.succeeded + counts.failed, 0);
                prop_assert_eq!(counts.rolled_back, counts.attempted);
            }
            FleetUpdateStatus::Failed => prop_assert!(counts.failed > 0),
            other => prop_assert!(false, "it ended {other}"),
        }
        if on_failure != OnFailure::Continue {
            // What was under way when the limit was passed may fail, too.
            let most = u64::from(tolerance) + u64::from(concurrency);
            prop_assert!(counts.failed + counts.rolled_back.min(counts.failed) <= most, "{counts:?}");
        }
    }
}
