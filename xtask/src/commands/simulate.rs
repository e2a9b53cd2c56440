//! `cargo xtask simulate`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use protium_domain::fleet::{Canary, Concurrency, OnFailure, Strategy};
use xtask::simulation::chart::{Chart, Line};
use xtask::simulation::cloudformation::Stacks;
use xtask::simulation::scenario::Pause;
use xtask::simulation::{Outcome, Scenario, memory, simulate};
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
    /// Simulate a growing fleet of so many instances, so many at once, in so many accounts, and say nothing but the bytes
    /// of memory that it took: how the table gets its column.
    #[arg(long, hide = true, num_args = 3, value_names = ["INSTANCES", "CONCURRENCY", "ACCOUNTS"])]
    memory: Option<Vec<u32>>,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments, terminal: &Terminal) -> Result<()> {
    let What::Fleet(arguments) = &arguments.what;
    let stacks = Stacks { median_seconds: arguments.stack_time, spread: 0.4, failures_per_thousand: 2 };
    if let Some([instances, concurrency, accounts]) = arguments.memory.as_deref() {
        let scenario = growing(*instances, *concurrency, *accounts, stacks, arguments.seed)?;
        return memory_say(&scenario, terminal);
    }
    let mut sizes = Vec::new();
    let mut rows = table(&SIZES_HEADER);
    for (instances, concurrency, accounts) in SIZES {
        let scenario = growing(instances, concurrency, accounts, stacks, arguments.seed)?;
        let (outcome, took) = timed(&scenario)?;
        let memory = memory_ask(arguments, instances, concurrency, accounts)?;
        rows.add_row(size_row(&scenario, &outcome, &memory, took));
        if accounts == 3 && concurrency != DIVISIBLE {
            sizes.push((scenario, outcome));
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

/// Instances, how many at once, accounts. Of one size twice: what concurrency costs that doesn't divide by the accounts.
const SIZES: [(u32, u32, u32); 10] = [
    (1_000, 20, 1),
    (1_000, 20, 3),
    (1_000, DIVISIBLE, 3),
    (1_000, 20, 10),
    (10_000, 100, 1),
    (10_000, 100, 3),
    (10_000, 100, 10),
    (100_000, 500, 1),
    (100_000, 500, 3),
    (100_000, 500, 10),
];
const DIVISIBLE: u32 = 21;

/// How much memory a simulation takes, asked of a process of its own, so that one size doesn't blur the next.
fn memory_ask(arguments: &FleetArguments, instances: u32, concurrency: u32, accounts: u32) -> Result<String> {
    let numbers = [instances, concurrency, accounts].map(|number| number.to_string());
    let program = std::env::current_exe().context("this program's own path")?;
    let mut command = process::Command::new(program);
    command.args(["simulate", "fleet", "--stack-time", &arguments.stack_time.to_string()]);
    command.args(["--seed", &arguments.seed.to_string(), "--memory"]).args(numbers);
    let output = command
        .stderr(process::Stdio::inherit())
        .output()
        .context("the simulation in a process of its own")?;
    ensure!(output.status.success(), "the simulation in a process of its own ended with {}", output.status);
    let bytes = String::from_utf8_lossy(&output.stdout).trim().parse::<u64>().ok();
    Ok(bytes.map_or_else(|| "unknown".to_owned(), |bytes| format!("{:.1} MB", bytes as f64 / 1e6)))
}

fn memory_say(scenario: &Scenario, terminal: &Terminal) -> Result<()> {
    // First a fleet of ten, so that what the program itself takes isn't counted: code is memory once it has run.
    simulate(&Scenario { instances: 10, ..scenario.clone() })?;
    let (outcome, bytes) = memory::measure(|| simulate(scenario));
    outcome?;
    terminal.say(&bytes.map_or_else(String::new, |bytes| bytes.to_string()));
    Ok(())
}

/// Rates that no account here is throttled at.
const AMPLE: f64 = 20.0;

fn growing(instances: u32, concurrency: u32, accounts: u32, stacks: Stacks, seed: u64) -> Result<Scenario> {
    Ok(Scenario {
        name: format!("{instances} instances, {concurrency} at once"),
        instances,
        accounts: vec![AMPLE; accounts as usize],
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

const SIZES_HEADER: [&str; 13] = [
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
    "memory",
    "simulated in",
];

fn size_row(scenario: &Scenario, outcome: &Outcome, memory: &str, took: Duration) -> Vec<String> {
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
        memory.to_owned(),
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
