//! `cargo xtask bench bundle`: our engine and Python's libraries at the same work, one after the other.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use tokio::process::Command;
use xtask::bench::Samples;
use xtask::bench::bundle::{Measured, Workload};
use xtask::command::{cargo, command, run as listen};
use xtask::progress::{Reporter, Stage};
use xtask::python::{Purpose, Python};
use xtask::workspace::Workspace;

use super::table::{megabytes, milliseconds, ratio, table};
use crate::terminal::Terminal;

/// Rendering, spec validation and bundle validation against Jinja2, PyYAML and jsonschema; memory; growth
///
/// Both sides read the same files: the starter bundles, the public samples that lie beside the checkout
/// (`../shared/samples`), and those of `--samples`. Each piece of work is measured by itself, after unmeasured
/// repetitions; the times below are sums of medians over all files.
#[derive(Args)]
pub(crate) struct Arguments {
    /// More bundles: a directory, below which every `schema/schema.yaml` makes one; may be given again
    #[arg(long, value_name = "DIR")]
    samples: Vec<PathBuf>,
    /// Samples of each piece of work; less where one takes long
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(3..))]
    runs: u16,
}

/// Our samples and theirs of a piece of work that both can do.
type Pair = (Samples, Samples);

pub(super) async fn run(
    workspace: &Workspace,
    arguments: &Arguments,
    terminal: &Arc<Terminal>,
) -> Result<()> {
    let reporter: Arc<dyn Reporter> = terminal.clone();
    let stage = Stage::start(&reporter, "Engine");
    let program = build(workspace, &stage).await?;
    stage.finish("built as it is deployed");
    let stage = Stage::start(&reporter, "Python packages");
    let python = Python::ensure(workspace, Purpose::Local, &stage).await?;
    stage.finish("ready");

    let workload = Workload::collect(&directories(workspace, &arguments.samples)?, arguments.runs)?;
    let file = workspace.target.join("bench-bundle.json");
    fs::write(&file, serde_json::to_vec(&workload)?)?;
    let stage = Stage::start(&reporter, "Measuring");
    stage.advance("Protium");
    let ours = measure(command(program, [&file])).await?;
    stage.advance("Python");
    let script = workspace.root.join("xtask/bench/bundle.py");
    let theirs = measure(command(python.interpreter(), [&script, &file])).await?;
    stage.finish(&format!("{} bundles, {} templates", workload.bundles.len(), workload.templates.len()));

    terminal.say(&format!("\n{}", theirs.versions()));
    terminal.say(&work(&workload, &ours, &theirs));
    terminal.say(&growth(&workload, &ours, &theirs));
    terminal.say(&memory(&ours, &theirs));
    Ok(())
}

/// The starter bundles, the samples beside the checkout, and what was asked for.
fn directories(workspace: &Workspace, samples: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut directories = vec![workspace.root.join("bundles")];
    let beside = workspace.root.join("../shared/samples");
    directories.extend(beside.is_dir().then_some(beside));
    for directory in samples {
        if !directory.is_dir() {
            bail!("--samples {} is no directory", directory.display());
        }
        directories.push(directory.clone());
    }
    Ok(directories)
}

/// Builds the measuring program with the functions' release profile.
async fn build(workspace: &Workspace, stage: &Stage) -> Result<PathBuf> {
    let mut cargo = cargo(["build", "--release", "-p", "protium-bundle", "--example", "bundle_measure"]);
    cargo.current_dir(&workspace.root).env("CARGO_TARGET_DIR", &workspace.target);
    listen(cargo, |line| stage.advance(line.trim())).await.context("the measuring program doesn't build")?;
    Ok(workspace.target.join("release/examples/bundle_measure"))
}

async fn measure(program: Command) -> Result<Measured> {
    Measured::read(&listen(program, |_| {}).await?)
}

fn work(workload: &Workload, ours: &Measured, theirs: &Measured) -> String {
    let both = |kind: &str| pairs(ours.samples(kind), theirs.samples(kind));
    let comparable =
        |side: &Measured| side.samples("bundle").into_iter().take(workload.comparable).collect::<Vec<_>>();
    let rows = [
        ("template: compile and render", both("compile and render")),
        ("template: compile alone", both("compile")),
        ("template: render alone *", pairs(rendered(ours), theirs.samples("render"))),
        ("spec: read and validate", both("spec")),
        ("spec: the same, PyYAML with libyaml", pairs(ours.samples("spec"), theirs.samples("spec libyaml"))),
        ("spec: validate alone", both("values")),
        ("bundle: validate", pairs(comparable(ours), comparable(theirs))),
    ];
    let header = ["all files together", "files", "Protium", "Python", "ratio", "of the fastest", "per file"];
    let mut table = table(&header);
    for (title, pairs) in rows {
        let ((ours, theirs), (our_best, their_best)) =
            (sums(&pairs, Samples::median), sums(&pairs, Samples::least));
        table.add_row([
            title.to_owned(),
            pairs.len().to_string(),
            milliseconds(ours),
            milliseconds(theirs),
            ratio(theirs, ours),
            ratio(their_best, our_best),
            spread(&pairs),
        ]);
    }
    let every: Vec<_> = ours.samples("bundle").into_iter().flatten().collect();
    let total = every.iter().map(Samples::median).sum();
    let title = "bundle: validate, Terraform's and CodeBuild's, too".to_owned();
    table.add_row([title, every.len().to_string(), milliseconds(total)]);
    format!("\n{table}\n* ours is the difference of the two above: it offers no compiled templates")
}

/// What rendering takes of our compiling and rendering.
fn rendered(ours: &Measured) -> Vec<Option<Samples>> {
    let both = ours.samples("compile and render").into_iter().zip(ours.samples("compile"));
    both.map(|(whole, compiled)| Some(whole?.less(compiled?.median()))).collect()
}

/// The samples of the pieces that both sides could do.
fn pairs(ours: Vec<Option<Samples>>, theirs: Vec<Option<Samples>>) -> Vec<Pair> {
    ours.into_iter().zip(theirs).filter_map(|(ours, theirs)| Some((ours?, theirs?))).collect()
}

/// What all pieces take together, ours and theirs.
fn sums(pairs: &[Pair], of: fn(&Samples) -> Duration) -> (Duration, Duration) {
    (pairs.iter().map(|pair| of(&pair.0)).sum(), pairs.iter().map(|pair| of(&pair.1)).sum())
}

/// The ratios of single files' medians, from the least to the greatest.
fn spread(pairs: &[Pair]) -> String {
    let ratio = |pair: &Pair| pair.1.median().as_secs_f64() / pair.0.median().as_secs_f64().max(f64::EPSILON);
    let mut ratios: Vec<f64> = pairs.iter().map(ratio).collect();
    ratios.sort_by(f64::total_cmp);
    match ratios.as_slice() {
        [] => String::new(),
        [one] => format!("{one:.0} x"),
        [least, .., greatest] => format!("{least:.0} to {greatest:.0} x"),
    }
}

fn growth(workload: &Workload, ours: &Measured, theirs: &Measured) -> String {
    let mut table = table(&["template of", "Protium", "per KB", "Python", "per KB", "ratio"]);
    let pairs = ours.samples("growth").into_iter().zip(theirs.samples("growth"));
    for (template, (ours, theirs)) in workload.growth.iter().zip(pairs) {
        let (Some(ours), Some(theirs)) = (ours, theirs) else { continue };
        let per_kilobyte = |samples: &Samples| microseconds(samples.median(), template.text.len());
        table.add_row([
            template.name.clone(),
            milliseconds(ours.median()),
            per_kilobyte(&ours),
            milliseconds(theirs.median()),
            per_kilobyte(&theirs),
            ratio(theirs.median(), ours.median()),
        ]);
    }
    format!("\n{table}")
}

fn memory(ours: &Measured, theirs: &Measured) -> String {
    let mut table = table(&["resident memory", "Protium", "Python"]);
    let (ours, theirs) = (ours.memory(), theirs.memory());
    let said = |memory: Option<u64>| memory.map_or_else(|| "unknown".into(), megabytes);
    let row =
        |title: &str, of: fn((u64, u64)) -> u64| [title.to_owned(), said(ours.map(of)), said(theirs.map(of))];
    table.add_row(row("with the files read", |(loaded, _)| loaded));
    table.add_row(row("at most, all work done", |(_, peak)| peak));
    table.add_row(row("so for the work", |(loaded, peak)| peak.saturating_sub(loaded)));
    format!("\n{table}")
}

#[expect(clippy::cast_precision_loss, reason = "sizes for people")]
fn microseconds(duration: Duration, bytes: usize) -> String {
    format!("{:.1} µs", duration.as_secs_f64() * 1e9 / bytes as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_both_sides_could_do_is_compared() {
        let samples = |milliseconds: u64| Some(Samples::new(vec![Duration::from_millis(milliseconds)]));
        let ours = vec![samples(1), None, samples(2), samples(3)];
        let theirs = vec![samples(10), samples(1), samples(60), None];
        let pairs = pairs(ours, theirs);
        assert_eq!(pairs.len(), 2);
        assert_eq!(spread(&pairs), "10 to 30 x");
        assert_eq!(spread(&pairs[..1]), "10 x");
        assert_eq!(spread(&[]), "");
    }

    #[test]
    fn time_per_kilobyte() {
        assert_eq!(microseconds(Duration::from_millis(1), 1000), "1000.0 µs");
    }
}
