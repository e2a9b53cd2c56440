//! `cargo xtask simulate`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use protium_domain::fleet::{Canary, Concurrency, OnFailure, Strategy};
use xtask::simulation::chart::{Chart, Line};
use xtask::simulation::cloudformation::Stacks;
use xtask::simulation::scenario::Pause;
use xtask::simulation::{Outcome, Scenario, simulate};
use xtask::workspace::Workspace;

use super::bench::table;
use crate::terminal::Terminal;

/// Simulate in virtual time what would take hours and thousands of stacks.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Fleet(FleetArguments),
}

/// Carry out fleet updates of 1,000, 10,000 and 100,000 instances in virtual time.
///
/// Planner, waves, lanes and decisions are Protium's own; what is modelled is the state machine and CloudFormation. The
/// table goes to standard output, the plot to docs/fleet-simulation.svg. The same seed gives the same figures.
#[derive(Args)]
struct FleetArguments {
    /// Makes chance repeatable.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Half of the stack updates take no longer than so many seconds.
    #[arg(long, default_value_t = 120.0, value_name = "SECONDS")]
    stack_time: f64,
    /// Where the plot goes.
    #[arg(long, default_value = "docs/fleet-simulation.svg", value_name = "FILE")]
    plot: PathBuf,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments, terminal: &Terminal) -> Result<()> {
    let What::Fleet(arguments) = &arguments.what;
    let stacks = Stacks { median_seconds: arguments.stack_time, spread: 0.4, failures_per_thousand: 2 };
    let mut sizes = Vec::new();
    let mut rows = table(&SIZES_HEADER);
    for (instances, concurrency) in [(1_000, 20), (10_000, 100), (100_000, 500)] {
        for accounts in [1, 3, 10] {
            let scenario = growing(instances, concurrency, accounts, stacks, arguments.seed)?;
            let (outcome, took) = timed(&scenario)?;
            rows.add_row(size_row(&scenario, &outcome, took));
            if accounts == 3 {
                sizes.push((scenario, outcome));
            }
        }
    }
    terminal.say(&format!(
        "Fleets that grow; stacks take {} s, half of them no longer\n{rows}",
        arguments.stack_time
    ));
    let mut rows = table(&STORIES_HEADER);
    for scenario in stories(stacks, arguments.seed)? {
        let outcome = simulate(&scenario)?;
        rows.add_row(story_row(&scenario, &outcome));
    }
    terminal.say(&format!("\n10,000 instances in 3 accounts, 100 at once\n{rows}"));
    let path = workspace.root.join(&arguments.plot);
    plot(&path, &sizes)?;
    terminal.note(&format!("\nThe plot: {}", path.display()));
    Ok(())
}

/// Rates that no account here is throttled at.
const AMPLE: f64 = 20.0;

fn growing(instances: u32, concurrency: u32, accounts: usize, stacks: Stacks, seed: u64) -> Result<Scenario> {
    Ok(Scenario {
        name: format!("{instances} instances, {concurrency} at once"),
        instances,
        accounts: vec![AMPLE; accounts],
        stacks,
        strategy: Strategy {
            concurrency: Concurrency::new(concurrency)?,
            tolerance: "2%".parse()?,
            ..Strategy::default()
        },
        pause: None,
        seed,
    })
}

fn stories(stacks: Stacks, seed: u64) -> Result<Vec<Scenario>> {
    let base = growing(10_000, 100, 3, stacks, seed)?;
    let named = |name: &str| Scenario { name: name.to_owned(), ..base.clone() };
    let canary = Some(Canary::Share("50".parse()?));
    let mut throttled = named("one account throttled to 1 call in 10 s");
    if let Some(rate) = throttled.accounts.first_mut() {
        *rate = 0.1;
    }
    let mut bad = named("every stack fails; canary of 50; roll back");
    bad.stacks.failures_per_thousand = 1000;
    (bad.strategy.canary, bad.strategy.on_failure) = (canary.clone(), OnFailure::RollBack);
    let mut flaky = named("5% of the stacks fail, 2% tolerated; roll back");
    flaky.stacks.failures_per_thousand = 50;
    (flaky.strategy.tolerance, flaky.strategy.on_failure) = ("200".parse()?, OnFailure::RollBack);
    let mut paused = named("paused for an hour in the middle");
    paused.pause = Some(Pause { at: Duration::from_secs(3_600), lasts: Duration::from_secs(3_600) });
    let mut waves = named("canary of 50, then batches of 10%");
    (waves.strategy.canary, waves.strategy.batch) = (canary, "10%".parse()?);
    Ok(vec![named("nothing happens"), throttled, waves, paused, bad, flaky])
}

fn timed(scenario: &Scenario) -> Result<(Outcome, Duration)> {
    let since = Instant::now();
    let outcome = simulate(scenario).with_context(|| scenario.name.clone())?;
    Ok((outcome, since.elapsed()))
}

const SIZES_HEADER: [&str; 12] = [
    "instances",
    "accounts",
    "at once",
    "peak",
    "makespan",
    "ideal",
    "over",
    "UpdateStack",
    "transitions",
    "cost",
    "per 10,000",
    "simulated in",
];

fn size_row(scenario: &Scenario, outcome: &Outcome, took: Duration) -> Vec<String> {
    let per_10_000 = outcome.calls.price() / f64::from(scenario.instances) * 10_000.0;
    vec![
        scenario.instances.to_string(),
        scenario.accounts.len().to_string(),
        scenario.strategy.concurrency.get().to_string(),
        outcome.peak.to_string(),
        clock(outcome.makespan),
        clock(outcome.ideal),
        percent(outcome.overhead()),
        outcome.calls.stack_updates.to_string(),
        outcome.calls.transitions.to_string(),
        format!(
            "${:.2} + ${:.2}",
            outcome.calls.own_price(),
            outcome.calls.price() - outcome.calls.own_price()
        ),
        format!("${per_10_000:.2}"),
        format!("{:.1} s", took.as_secs_f64()),
    ]
}

const STORIES_HEADER: [&str; 9] = [
    "what happens",
    "ends",
    "attempted",
    "succeeded",
    "failed",
    "rolled back",
    "pending",
    "throttled",
    "makespan",
];

fn story_row(scenario: &Scenario, outcome: &Outcome) -> Vec<String> {
    let counts = outcome.counts;
    vec![
        scenario.name.clone(),
        outcome.status.to_string(),
        counts.attempted.to_string(),
        counts.succeeded.to_string(),
        counts.failed.to_string(),
        counts.rolled_back.to_string(),
        counts.pending.to_string(),
        outcome.calls.throttled.to_string(),
        clock(outcome.makespan),
    ]
}

fn clock(duration: Duration) -> String {
    let minutes = duration.as_secs().div_ceil(60);
    format!("{}:{:02} h", minutes / 60, minutes % 60)
}

fn percent(part: f64) -> String {
    format!("{:.1}%", part * 100.0)
}

fn plot(path: &Path, sizes: &[(Scenario, Outcome)]) -> Result<()> {
    let line = |(scenario, outcome): &(Scenario, Outcome)| {
        let share = |done: u32| f64::from(done) / f64::from(scenario.instances) * 100.0;
        let points =
            outcome.curve.iter().map(|(at, done)| (at.as_secs_f64() / 3600.0, share(*done))).collect();
        Line { name: scenario.name.clone(), points }
    };
    let chart = Chart {
        title: "Deployed, of all instances of a fleet".to_owned(),
        across: "hours since the start".to_owned(),
        up: "%".to_owned(),
        lines: sizes.iter().map(line).collect(),
    };
    fs::write(path, chart.svg()).with_context(|| format!("can't write {}", path.display()))
}
