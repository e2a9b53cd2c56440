//! `cargo xtask bench api`: what each operation takes of our own time and asks of the table; what the whole way through
//! the local stack gives under load.
#![expect(
    deprecated,
    reason = "AWS marked its whole Proton client when it closed the service; here Protium answers"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use aws_sdk_proton::Client;
use clap::Args;
use tokio::task::JoinSet;
use xtask::bench::Samples;
use xtask::bench::api::{Measured, Operation};
use xtask::cloud::{Cloud, told};
use xtask::command::{cargo, command, run as listen};
use xtask::outputs::Outputs;
use xtask::progress::{Reporter, Stage};
use xtask::workspace::Workspace;

use super::table::{milliseconds, table};
use crate::terminal::Terminal;

/// How many clients call at the same time.
const CONCURRENCY: [usize; 3] = [1, 4, 16];

/// Handler time and calls of the table by operation; lists of 1,000 and 100,000 instances; load on the local stack
///
/// The handler's own time is what lies between the event of API Gateway and the answer, less what the table takes,
/// which lies in memory here. Reads and writes are counted in calls of DynamoDB: GetItem or BatchGetItem, Query, and one
/// write (a transaction of so many items). For the load, `cargo xtask up --detach` must have been run; cold start and
/// memory are those of `cargo xtask bench lambda`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Calls of each operation
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(3..))]
    runs: u16,
    /// Requests to the local stack, for each kind and each number of clients
    #[arg(long, default_value_t = 320, value_parser = clap::value_parser!(u16).range(16..))]
    requests: u16,
    /// Only the load on the local stack, which needs no build
    #[arg(long)]
    load_only: bool,
}

pub(super) async fn run(
    workspace: &Workspace,
    arguments: &Arguments,
    terminal: &Arc<Terminal>,
) -> Result<()> {
    let reporter: Arc<dyn Reporter> = terminal.clone();
    if !arguments.load_only {
        handlers(workspace, arguments.runs, terminal, &reporter).await?;
    }
    let stage = Stage::start(&reporter, "Load");
    match load(workspace, usize::from(arguments.requests), &stage).await {
        Ok(table) => {
            stage.finish("done");
            terminal.say(&table);
        }
        Err(error) => terminal.say(&format!("\nNo load: {error:#}")),
    }
    Ok(())
}

/// Measures the handlers over a table in memory.
async fn handlers(
    workspace: &Workspace,
    runs: u16,
    terminal: &Terminal,
    reporter: &Arc<dyn Reporter>,
) -> Result<()> {
    let stage = Stage::start(reporter, "Handlers");
    let mut build = cargo(["build", "--release", "-p", "protium-api", "--example", "api_measure"]);
    build.current_dir(&workspace.root).env("CARGO_TARGET_DIR", &workspace.target);
    listen(build, |line| stage.advance(line.trim())).await.context("the measuring program doesn't build")?;
    stage.finish("built as they are deployed");
    let stage = Stage::start(reporter, "Measuring");
    let program = workspace.target.join("release/examples/api_measure");
    let answer = listen(command(program, [runs.to_string()]), |_| {}).await?;
    let measured = Measured::read(&answer)?;
    stage.finish(&format!("{} operations", measured.operations.len()));
    terminal.say(&operations(&measured.operations));
    if !measured.unmeasured.is_empty() {
        terminal.say(&format!("Not measured: {}", measured.unmeasured.join(", ")));
    }
    terminal.say(&lists(&measured.lists));
    Ok(())
}

fn operations(operations: &[Operation]) -> String {
    let mut table = table(&["operation", "own time, median", "p95", "reads", "writes", "items written"]);
    for operation in operations {
        table.add_row([
            operation.operation.clone(),
            milliseconds(operation.own_time().median()),
            milliseconds(operation.own_time().percentile(95)),
            (operation.gets + operation.queries).to_string(),
            operation.commits.to_string(),
            operation.items.to_string(),
        ]);
    }
    let slowest = operations.iter().max_by_key(|operation| operation.own_time().median());
    let most =
        operations.iter().max_by_key(|operation| operation.gets + operation.queries + operation.commits);
    let mut text = format!("\n{table}");
    if let (Some(slowest), Some(most)) = (slowest, most) {
        let calls = most.gets + most.queries + most.commits;
        let time = milliseconds(slowest.own_time().median());
        text += &format!(
            "\nAt most {time} ({}) and {calls} calls of the table ({}).",
            slowest.operation, most.operation
        );
    }
    text
}

fn lists(lists: &[Operation]) -> String {
    let mut table = table(&["second page of", "instances", "own time, median", "p95", "reads"]);
    for list in lists {
        table.add_row([
            format!("{}, {}", list.operation, list.note),
            list.instances.to_string(),
            milliseconds(list.own_time().median()),
            milliseconds(list.own_time().percentile(95)),
            (list.gets + list.queries).to_string(),
        ]);
    }
    format!("\n{table}")
}

/// A kind of request.
#[derive(Debug, Clone, Copy)]
enum Request {
    Get,
    List,
    Create,
}

async fn load(workspace: &Workspace, requests: usize, stage: &Stage) -> Result<String> {
    let outputs = Outputs::read(&workspace.local())?;
    let client = Cloud::local(&outputs.aws_endpoint).await.proton(&outputs.proton_endpoint);
    let prefix = format!("bench-{}", std::process::id());
    send(&client, Request::Create, &prefix).await?;
    let mut table = table(&["through the local stack", "clients", "per second", "median", "p99"]);
    for (request, title) in [
        (Request::Get, "GetEnvironmentTemplate"),
        (Request::List, "ListEnvironmentTemplates"),
        (Request::Create, "CreateEnvironmentTemplate"),
    ] {
        for clients in CONCURRENCY {
            stage.advance(&format!("{title}, {clients} at a time"));
            let name = if matches!(request, Request::Create) {
                format!("{prefix}-{clients}")
            } else {
                prefix.clone()
            };
            let since = Instant::now();
            let samples = all(&client, request, &name, clients, requests / clients).await;
            let elapsed = since.elapsed();
            if matches!(request, Request::Create) {
                stage.advance("removing what was created");
                // Also what a round that failed has created: it would count against the quota for ever.
                removed(&client, &name, clients, requests / clients).await?;
            }
            let samples = samples?;
            let rate = per_second(requests / clients * clients, elapsed);
            let (median, p99) = (milliseconds(samples.median()), milliseconds(samples.percentile(99)));
            table.add_row([title.to_owned(), clients.to_string(), rate, median, p99]);
        }
    }
    client.delete_environment_template().name(&prefix).send().await.map_err(told)?;
    Ok(format!("\n{table}"))
}

/// Deletes what [`all`] created, by as many clients.
async fn removed(client: &Client, name: &str, clients: usize, of_each: usize) -> Result<()> {
    let mut running = JoinSet::new();
    for one in 0..clients {
        let (client, name) = (client.clone(), name.to_owned());
        running.spawn(async move {
            for number in 0..of_each {
                let delete = client.delete_environment_template().name(format!("{name}-{one}-{number}"));
                delete.send().await.map_err(told)?;
            }
            Ok::<_, anyhow::Error>(())
        });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok(())
}

/// So many clients, each with so many requests one after another.
async fn all(
    client: &Client,
    request: Request,
    name: &str,
    clients: usize,
    of_each: usize,
) -> Result<Samples> {
    let mut running = JoinSet::new();
    for one in 0..clients {
        let (client, name) = (client.clone(), name.to_owned());
        running.spawn(async move {
            let mut durations = Vec::new();
            for number in 0..of_each {
                let name = if matches!(request, Request::Create) {
                    format!("{name}-{one}-{number}")
                } else {
                    name.clone()
                };
                let since = Instant::now();
                send(&client, request, &name).await?;
                durations.push(since.elapsed());
            }
            Ok::<_, anyhow::Error>(durations)
        });
    }
    let mut durations = Vec::new();
    while let Some(ended) = running.join_next().await {
        durations.extend(ended??);
    }
    if durations.is_empty() {
        bail!("no request was sent");
    }
    Ok(Samples::new(durations))
}

async fn send(client: &Client, request: Request, name: &str) -> Result<()> {
    match request {
        Request::Get => client.get_environment_template().name(name).send().await.map(drop).map_err(told),
        Request::List => {
            client.list_environment_templates().max_results(20).send().await.map(drop).map_err(told)
        }
        Request::Create => {
            client.create_environment_template().name(name).send().await.map(drop).map_err(told)
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn per_second(requests: usize, elapsed: Duration) -> String {
    format!("{:.0}", requests as f64 / elapsed.as_secs_f64())
}
