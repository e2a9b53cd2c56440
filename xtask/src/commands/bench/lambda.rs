//! `cargo xtask bench lambda`: what a function takes before and while it answers, beside Python with boto3.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Args;
use xtask::bench::Samples;
use xtask::bench::cold_start::{FirstInvocation, Program, first_invocation, measure};
use xtask::cloud::{Cloud, told};
use xtask::lambdas;
use xtask::outputs::Outputs;
use xtask::progress::{Reporter, Stage};
use xtask::python::{Purpose, Python};
use xtask::workspace::Workspace;

use super::table::{megabytes, milliseconds, ratio, table};
use crate::terminal::Terminal;

/// What a Python function does before its first event, written as plainly as it can be.
const PYTHON: &str = "
import os, http.client, boto3
boto3.client('dynamodb')
api = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])
api.request('GET', '/2018-06-01/runtime/invocation/next')
api.getresponse().read()
";

/// Cold start against Python with boto3, binary sizes, memory, a warm request through the local stack
///
/// Cold start is the time from exec to the first call of the Runtime API. Both sides start on this machine, from a
/// warm page cache, against the same small server on loopback; neither includes what Lambda itself adds.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Starts per side
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
}

pub(super) async fn run(
    workspace: &Workspace,
    arguments: &Arguments,
    terminal: &Arc<Terminal>,
) -> Result<()> {
    let runs = arguments.runs;
    let reporter: Arc<dyn Reporter> = terminal.clone();
    let stage = Stage::start(&reporter, "Functions");
    let packages = lambdas::build_local(workspace, &stage).await?;
    stage.finish("built");
    let stage = Stage::start(&reporter, "Python packages");
    let python = Python::ensure(workspace, Purpose::Local, &stage).await?;
    stage.finish("ready");

    let binary = workspace.target.join("release").join(lambdas::binary("api"));
    let ours = Program { executable: &binary, arguments: Vec::new() };
    let interpreter = python.interpreter();
    let theirs = Program { executable: &interpreter, arguments: vec!["-c", PYTHON] };
    let stage = Stage::start(&reporter, "Cold starts");
    stage.advance("api");
    let ours_cold = measure(&ours, usize::from(runs)).await.context("the function `api`")?;
    stage.advance("Python with boto3");
    let theirs_cold = measure(&theirs, usize::from(runs)).await.context("Python with boto3")?;
    stage.finish(&format!("{runs} on each side"));
    let first = first_invocation(&ours, &event()).await.context("the function `api`")?;

    terminal.say(&cold_starts(&ours_cold, &theirs_cold));
    terminal.say(&sizes(workspace, &packages)?);
    terminal.say(&memory(&first)?);
    terminal.say(&warm(workspace).await);
    Ok(())
}

fn cold_starts(ours: &Samples, theirs: &Samples) -> String {
    let mut table = table(&["exec to first Runtime API call", "median", "p95"]);
    table.add_row(["api (Rust)".to_owned(), milliseconds(ours.median()), milliseconds(ours.percentile(95))]);
    table.add_row([
        "Python, boto3, one client".to_owned(),
        milliseconds(theirs.median()),
        milliseconds(theirs.percentile(95)),
    ]);
    table.add_row([
        "ratio".to_owned(),
        ratio(theirs.median(), ours.median()),
        ratio(theirs.percentile(95), ours.percentile(95)),
    ]);
    format!("\n{table}")
}

fn sizes(workspace: &Workspace, packages: &[lambdas::Package]) -> Result<String> {
    let mut table = table(&["function", "binary", "zip"]);
    for package in packages {
        let binary = workspace.target.join("release").join(lambdas::binary(&package.function));
        table.add_row([package.function.clone(), megabytes(size(&binary)?), megabytes(size(&package.zip)?)]);
    }
    Ok(format!("\n{table}"))
}

/// What the first invocation took. One that failed says nothing of those that don't.
fn memory(first: &FirstInvocation) -> Result<String> {
    let status = status(&first.answer);
    ensure!(status == "HTTP 200", "the first invocation of `api` was answered by {status}");
    let mut table = table(&["api, first invocation", ""]);
    table.add_row(["answered in", &milliseconds(first.duration)]);
    table.add_row(["resident memory after it", &first.resident.map_or_else(|| "unknown".into(), megabytes)]);
    Ok(format!("\n{table}"))
}

/// A warm request through the local stack: client, gateway, function, table and back.
async fn warm(workspace: &Workspace) -> String {
    match warm_measure(workspace).await {
        Ok(samples) => {
            let mut table = table(&["list-environments, local stack, warm", "median", "p95"]);
            let (median, p95) = (milliseconds(samples.median()), milliseconds(samples.percentile(95)));
            table.add_row(["client to table and back".to_owned(), median, p95]);
            format!("\n{table}")
        }
        Err(error) => format!("\nNo warm request: {error:#}"),
    }
}

#[expect(
    deprecated,
    reason = "AWS marked its whole Proton client when it closed the service; here Protium answers"
)]
async fn warm_measure(workspace: &Workspace) -> Result<Samples> {
    let outputs = Outputs::read(&workspace.local())?;
    let client = Cloud::local(&outputs.aws_endpoint).await.proton(&outputs.proton_endpoint);
    let mut durations = Vec::new();
    for run in 0..110 {
        let since = Instant::now();
        client.list_environments().send().await.map_err(told)?;
        if run >= 10 {
            durations.push(since.elapsed());
        }
    }
    Ok(Samples::new(durations))
}

/// `ListEnvironments`, as API Gateway hands it to the function.
fn event() -> String {
    let iam = serde_json::json!({
        "accessKey": "test", "accountId": "000000000000", "callerId": "000000000000",
        "userArn": "arn:aws:iam::000000000000:root", "userId": "000000000000"
    });
    serde_json::json!({
        "version": "2.0", "routeKey": "POST /", "rawPath": "/", "rawQueryString": "",
        "headers": {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": "AwsProton20200720.ListEnvironments"
        },
        "requestContext": {
            "accountId": "000000000000", "apiId": "bench", "domainName": "bench", "domainPrefix": "bench",
            "requestId": "bench", "routeKey": "POST /", "stage": "$default",
            "time": "21/Nov/2026:00:00:00 +0000", "timeEpoch": 1_795_219_200_000_u64,
            "http": {"method": "POST", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "bench"},
            "authorizer": {"iam": iam}
        },
        "body": "{}", "isBase64Encoded": false
    })
    .to_string()
}

/// The status code of an answer of the function.
fn status(answer: &str) -> String {
    // The answer may come in chunks; the JSON is what is between the outermost braces.
    let json = answer.find('{').zip(answer.rfind('}')).and_then(|(from, to)| answer.get(from..=to));
    let parsed = json.and_then(|json| serde_json::from_str::<serde_json::Value>(json).ok());
    parsed
        .and_then(|answer| answer["statusCode"].as_u64())
        .map_or_else(|| "none".into(), |code| format!("HTTP {code}"))
}

fn size(file: &Path) -> Result<u64> {
    Ok(fs::metadata(file).with_context(|| format!("{} is missing", file.display()))?.len())
}
