//! `cargo xtask bench fleet`: one fleet update over hundreds of instances on the local stack, beside a script.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use tokio::process::Command;
use xtask::bench::Samples;
use xtask::bench::fleet::{Fleet, TEMPLATE};
use xtask::cloud::LOCAL_KEY;
use xtask::command::{cargo, command, run as listen};
use xtask::emulator::{Home, Lifetime};
use xtask::local::{self, Options};
use xtask::outputs::Outputs;
use xtask::progress::{Reporter, Stage};
use xtask::workspace::Workspace;

use super::table::table;
use crate::terminal::Terminal;

/// One fleet update over many instances on a local stack of its own, and a script over some of them
///
/// Makes the instances, brings all of them to a new minor version by one `protium fleet start --wait`, then some of them to
/// the next one by a script: as many workers as the fleet update has deployments at one time, each asking for the update of
/// one instance and waiting for it. The ideal is the time that the deployments took, all together, divided by the
/// concurrency. Takes about as many minutes as there are hundreds of instances, or more on a busy machine: the local AWS is
/// one Python process.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Services
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u16).range(1..=1000))]
    services: u16,
    /// Instances of each service
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=100))]
    instances: u16,
    /// Deployments under way at one time
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    concurrency: u16,
    /// Instances that the script updates
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    sample: u16,
}

/// What was measured.
struct Measured {
    instances: usize,
    concurrency: u16,
    fleet: Side,
    script: Side,
}

/// How long all of it took, and each of its deployments.
struct Side {
    count: usize,
    makespan: Duration,
    deployments: Samples,
}

impl Side {
    /// Deployments that end in a second.
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    fn rate(&self) -> f64 {
        self.count as f64 / self.makespan.as_secs_f64().max(f64::EPSILON)
    }

    /// What it would take if nothing ever waited for anything.
    #[expect(clippy::cast_precision_loss, reason = "a time for people")]
    fn ideal(&self, concurrency: u16) -> f64 {
        self.deployments.mean().as_secs_f64() * self.count as f64 / f64::from(concurrency)
    }
}

pub(super) async fn run(
    workspace: &Workspace,
    arguments: &Arguments,
    terminal: &Arc<Terminal>,
) -> Result<()> {
    let reporter: Arc<dyn Reporter> = terminal.clone();
    let stage = Stage::start(&reporter, "Command line");
    // As the tests build it, so that nothing is built twice.
    let mut build = cargo(["build", "--workspace", "--bin", "protium"]);
    build.current_dir(&workspace.root).env("CARGO_TARGET_DIR", &workspace.target);
    listen(build, |line| stage.advance(line.trim())).await.context("`protium` doesn't build")?;
    stage.finish("built");

    let directory = workspace.target.join(format!("local-bench-{}", std::process::id()));
    let options = Options { lifetime: Lifetime::WithParent, ..Options::new(directory.clone()) };
    let outcome = measure(workspace, arguments, &options, &reporter).await;
    local::down(&directory, outcome.is_err()).await?;
    if outcome.is_err() {
        terminal.note(&format!("The emulator's log is kept: {}", Home::new(&directory).log().display()));
    }
    terminal.say(&told(&outcome?));
    Ok(())
}

async fn measure(
    workspace: &Workspace,
    arguments: &Arguments,
    options: &Options,
    reporter: &Arc<dyn Reporter>,
) -> Result<Measured> {
    let local = local::up(workspace, options, reporter).await?;
    let stage = Stage::start(reporter, "Instances");
    let fleet = Fleet::make(&local, arguments.services, arguments.instances, &stage).await?;
    stage.finish(&format!("{} in {} services", fleet.instances.len(), arguments.services));

    fleet.publish(1).await?;
    let before = fleet.deployments().await?;
    let stage = Stage::start(reporter, "Fleet update");
    let makespan = fleet_update(workspace, &local.outputs, arguments.concurrency, &stage).await?;
    let count = succeeded(workspace, &local.outputs).await?;
    stage.finish(&format!("{count} instances"));
    if count != fleet.instances.len() {
        bail!("only {count} of {} instances were updated", fleet.instances.len());
    }
    let fleet_side = Side { count, makespan, deployments: fleet.deployments_since(&before).await? };

    fleet.publish(2).await?;
    let before = fleet.deployments().await?;
    let stage = Stage::start(reporter, "Script");
    let sample = spread(&fleet.instances, usize::from(arguments.sample));
    let makespan = fleet.script(&sample, 2, arguments.concurrency).await?;
    stage.finish(&format!("{} instances", sample.len()));
    let deployments = fleet.deployments_since(&before).await?;
    let script = Side { count: sample.len(), makespan, deployments };
    Ok(Measured {
        instances: fleet.instances.len(),
        concurrency: arguments.concurrency,
        fleet: fleet_side,
        script,
    })
}

/// So many of them, of all services alike.
fn spread<T: Clone>(all: &[T], count: usize) -> Vec<T> {
    let step = all.len().div_ceil(count.max(1)).max(1);
    all.iter().step_by(step).cloned().collect()
}

/// From the command to its end.
async fn fleet_update(
    workspace: &Workspace,
    outputs: &Outputs,
    concurrency: u16,
    stage: &Stage,
) -> Result<Duration> {
    let concurrency = concurrency.to_string();
    let words = ["start", "--template", TEMPLATE, "--to", "1.1", "--concurrency", &concurrency];
    let mut start = protium(workspace, outputs, &words);
    start.args(["--wait", "--poll", "1s"]);
    let since = Instant::now();
    listen(start, |line| stage.advance(line.trim())).await?;
    Ok(since.elapsed())
}

/// How many the newest fleet update brought to the version.
async fn succeeded(workspace: &Workspace, outputs: &Outputs) -> Result<usize> {
    let shown = protium(workspace, outputs, &["status", "--output", "json"]).output().await?;
    let document: serde_json::Value = serde_json::from_slice(&shown.stdout)?;
    let count = document["counts"]["succeeded"].as_u64().context("the document has no such count")?;
    Ok(usize::try_from(count)?)
}

fn protium(workspace: &Workspace, outputs: &Outputs, words: &[&str]) -> Command {
    let mut command = command(workspace.cli(), ["fleet"]);
    command.args(words).env("PROTIUM_ENDPOINT", &outputs.api_endpoint).env("AWS_REGION", &outputs.region);
    command.env("AWS_ACCESS_KEY_ID", LOCAL_KEY).env("AWS_SECRET_ACCESS_KEY", LOCAL_KEY);
    command
}

fn told(measured: &Measured) -> String {
    let Measured { instances, concurrency, fleet, script } = measured;
    let mut table = table(&[&format!("{concurrency} at one time"), "fleet update", "script"]);
    let seconds = |time: f64| format!("{time:.1} s");
    let mut row = |name: &str, of: &dyn Fn(&Side) -> String| {
        table.add_row([name, &of(fleet), &of(script)]);
    };
    row("instances", &|side| side.count.to_string());
    row("makespan", &|side| seconds(side.makespan.as_secs_f64()));
    row("instances per second", &|side| format!("{:.2}", side.rate()));
    row("a deployment, mean", &|side| seconds(side.deployments.mean().as_secs_f64()));
    row("a deployment, p95", &|side| seconds(side.deployments.percentile(95).as_secs_f64()));
    row("ideal: instances x mean / concurrency", &|side| seconds(side.ideal(*concurrency)));
    row("makespan over the ideal", &|side| {
        format!("{:+.0}%", 100.0 * (side.makespan.as_secs_f64() / side.ideal(*concurrency) - 1.0))
    });
    let ratio = fleet.rate() / script.rate();
    format!(
        "\n{table}\nThe fleet update of {instances} instances went {ratio:.2} times as fast as the script."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_spread_over_all() {
        let all: Vec<u32> = (0..500).collect();
        let sample = spread(&all, 100);
        assert_eq!((sample.len(), sample[1], sample[99]), (100, 5, 495));
        assert_eq!(spread(&all[..3], 100), [0, 1, 2]);
    }

    #[test]
    fn the_ideal_is_the_time_of_all_deployments_over_the_concurrency() {
        let deployments = Samples::new(vec![Duration::from_secs(4), Duration::from_secs(8)]);
        let side = Side { count: 100, makespan: Duration::from_secs(40), deployments };
        assert!((side.ideal(20) - 30.0).abs() < 1e-9 && (side.rate() - 2.5).abs() < 1e-9);
    }
}
