//! The measured side of `cargo xtask bench bundle`: a workload (JSON) in, durations and memory (JSON) out.
//!
//! `xtask/bench/bundle.py` does the same work with Python's libraries, measures the same way and answers in the same
//! form. Each piece of work is done a few times unmeasured, then measured one by one, until there are enough samples or
//! its time is up.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use protium_bundle::render::cloudformation::check_syntax;
use protium_bundle::{
    BundleKind, EnvironmentSpec, ExamineOptions, Files, Schema, ServiceSpec, examine, render_cloudformation,
};
use serde_json::{Map, Value, json};

/// How long one piece of work is repeated at most.
const TIME: Duration = Duration::from_millis(1500);
/// Repetitions before measuring.
const WARM: usize = 2;
/// Fewest samples.
const LEAST: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("the workload's path is missing")?;
    let workload: Value = serde_json::from_slice(&fs::read(path)?)?;
    let loaded = peak_memory();
    let runs = workload["runs"].as_u64().and_then(|runs| usize::try_from(runs).ok()).unwrap_or(20);
    let mut answer = Map::new();
    answer.insert("compile and render".into(), each(&workload["templates"], runs, render));
    answer.insert("compile".into(), each(&workload["templates"], runs, compile));
    answer.insert("growth".into(), each(&workload["growth"], runs, render));
    answer.insert("spec".into(), each(&workload["specs"], runs, spec));
    answer.insert("values".into(), each(&workload["specs"], runs, values));
    answer.insert("bundle".into(), each(&workload["bundles"], runs, bundle));
    answer.insert("memory".into(), json!({"loaded": loaded, "peak": peak_memory()}));
    let answer = Value::Object(answer);
    #[allow(clippy::print_stdout, reason = "the answer")]
    {
        println!("{answer}");
    }
    Ok(())
}

/// Work that is prepared once and then done again and again; its result says whether it went well.
type Work<'a> = Box<dyn Fn() -> bool + 'a>;

/// Samples in nanoseconds by piece of work; nothing for work that doesn't go well.
fn each<'a>(pieces: &'a Value, runs: usize, prepare: impl Fn(&'a Value) -> Option<Work<'a>>) -> Value {
    let pieces = pieces.as_array().map(Vec::as_slice).unwrap_or_default();
    pieces.iter().map(|piece| prepare(piece).map(|work| samples(runs, &work))).map(Value::from).collect()
}

fn samples(runs: usize, work: &Work<'_>) -> Vec<u64> {
    if !(0..WARM).all(|_| work()) {
        return Vec::new();
    }
    let begun = Instant::now();
    let mut samples = Vec::new();
    while samples.len() < runs && (samples.len() < LEAST || begun.elapsed() < TIME) {
        let since = Instant::now();
        black_box(work());
        samples.push(u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }
    samples
}

fn render(piece: &Value) -> Option<Work<'_>> {
    let (text, context) = (piece["text"].as_str()?, &piece["context"]);
    Some(Box::new(move || black_box(render_cloudformation("template.yaml", text, context)).is_ok()))
}

fn compile(piece: &Value) -> Option<Work<'_>> {
    let text = piece["text"].as_str()?;
    Some(Box::new(move || check_syntax("template.yaml", text).is_ok()))
}

/// A spec as the API takes it: text in, inputs with their defaults out, against the schema that is read already.
fn spec(piece: &Value) -> Option<Work<'_>> {
    let (schema, text) = (schema(piece)?, piece["text"].as_str()?);
    Some(match schema.kind() {
        BundleKind::Environment => {
            Box::new(move || EnvironmentSpec::parse(text).is_ok_and(|spec| spec.validate(&schema).is_ok()))
        }
        BundleKind::Service => {
            Box::new(move || ServiceSpec::parse(text).is_ok_and(|spec| spec.validate(&schema).is_ok()))
        }
    })
}

/// Only the values of a spec that is read already.
fn values(piece: &Value) -> Option<Work<'_>> {
    let (schema, text) = (schema(piece)?, piece["text"].as_str()?);
    Some(match schema.kind() {
        BundleKind::Environment => {
            let spec = EnvironmentSpec::parse(text).ok()?;
            Box::new(move || spec.validate(&schema).is_ok())
        }
        BundleKind::Service => {
            let spec = ServiceSpec::parse(text).ok()?;
            Box::new(move || spec.validate(&schema).is_ok())
        }
    })
}

fn schema(piece: &Value) -> Option<Schema> {
    Schema::parse(piece["schema"].as_str()?, kind(piece)).ok()
}

fn bundle(piece: &Value) -> Option<Work<'_>> {
    let files = piece["files"].as_object()?;
    let files: Vec<_> = files.iter().filter_map(|(path, text)| Some((path, text.as_str()?))).collect();
    let options = ExamineOptions {
        customer_managed: piece["customer_managed"].as_bool().unwrap_or_default(),
        ..ExamineOptions::default()
    };
    let kind = kind(piece);
    Some(Box::new(move || {
        let files = Files::from_entries(files.iter().map(|(path, text)| (path, text.as_bytes())));
        files.is_ok_and(|files| examine(kind, files, &options).bundle.is_some())
    }))
}

fn kind(piece: &Value) -> BundleKind {
    if piece["kind"] == "service" { BundleKind::Service } else { BundleKind::Environment }
}

/// The most memory that this process had at a time, in bytes, where /proc tells.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
