//! `cargo xtask up`.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Args;
use xtask::emulator::{Home, Lifetime};
use xtask::local::{self, Local, Options};
use xtask::outputs::Outputs;
use xtask::progress::Reporter;
use xtask::workspace::Workspace;
use xtask::{demonstration, watch};

use crate::terminal::Terminal;

/// Start the local stack, and show what Protium does.
///
/// Builds the functions, starts a local AWS on the loopback interface, deploys infra/protium.yaml to it, publishes the
/// starter bundles, creates an environment and a service, and prints events until Ctrl-C, which stops the local AWS and
/// keeps its state. A second `up` goes on where the first ended. Endpoints and names are in target/local/outputs.json.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Return when everything is ready; `cargo xtask down` stops it
    #[arg(long)]
    detach: bool,
    /// Deploy Protium alone: no bundles, no environment, no service
    #[arg(long)]
    empty: bool,
    /// Use a local AWS that is running already (AWS's emulator, LocalStack, ...) instead of the pinned one
    #[arg(long, value_name = "URL", conflicts_with_all = ["port", "no_enforce_iam"])]
    aws_endpoint: Option<String>,
    /// Port on 127.0.0.1; any free one when not given, and the same again at the next `up`
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Where state and outputs.json lie [default: target/local]
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// Enforce the IAM policies of all roles, as AWS does (this is the default)
    #[arg(long, overrides_with = "no_enforce_iam")]
    enforce_iam: bool,
    /// Let every role do everything
    #[arg(long)]
    no_enforce_iam: bool,
}

pub(crate) async fn run(
    workspace: &Workspace,
    arguments: &Arguments,
    terminal: &Arc<Terminal>,
) -> Result<()> {
    let options = options(workspace, arguments)?;
    let home = Home::new(&options.directory);
    let found_running = home.pid().is_some();
    tokio::select! {
        ended = bring_up(workspace, arguments, &options, terminal) => ended,
        interrupted = tokio::signal::ctrl_c() => {
            interrupted?;
            if !found_running && home.stop().await? {
                terminal.say("\nStopped. The state is kept: `up` goes on with it, `down` removes it.");
            }
            Ok(())
        }
    }
}

/// Everything until the stack is up, or until it is gone where events are watched.
async fn bring_up(
    workspace: &Workspace,
    arguments: &Arguments,
    options: &Options,
    terminal: &Arc<Terminal>,
) -> Result<()> {
    let reporter: Arc<dyn Reporter> = terminal.clone();
    let local = local::up(workspace, options, &reporter).await?;
    let watching = (!arguments.detach).then(|| tokio::spawn(events_tell(local.clone(), terminal.clone())));
    if !arguments.empty {
        demonstration::run(workspace, &local, &reporter).await?;
        Home::new(&options.directory).save();
    }
    for line in next_steps(workspace, options, &local.outputs, !arguments.empty) {
        terminal.say(&line);
    }
    if let Some(watching) = watching {
        terminal.say("\nEvents on the bus, as they happen (Ctrl-C ends):");
        watching.await?.context("the local AWS is gone: was it stopped by `cargo xtask down`?")?;
    }
    Ok(())
}

fn options(workspace: &Workspace, arguments: &Arguments) -> Result<Options> {
    let directory = arguments.state_dir.clone().unwrap_or_else(|| workspace.local());
    Ok(Options {
        port: arguments.port,
        enforce_iam: arguments.enforce_iam || !arguments.no_enforce_iam,
        aws_endpoint: arguments.aws_endpoint.clone(),
        lifetime: Lifetime::Detached,
        ..Options::new(std::path::absolute(directory)?)
    })
}

async fn events_tell(local: Local, terminal: Arc<Terminal>) -> Result<()> {
    let queue = local.cloud.sqs();
    loop {
        for event in watch::next(&queue, &local.outputs.event_queue_url).await? {
            terminal.say(&format!("  {}  {}  {}", event.time, event.kind, event.text));
        }
    }
}

/// Where everything is, and commands to copy.
fn next_steps(
    workspace: &Workspace,
    options: &Options,
    outputs: &Outputs,
    demonstrated: bool,
) -> Vec<String> {
    let aws = workspace.target.join("venv/local/bin/aws");
    let aws = if aws.exists() { shown(&aws) } else { "aws".into() };
    let proton = |operation: &str| format!("  {aws} proton --endpoint-url \"$PROTON\" {operation}");
    let mut lines = vec![
        String::new(),
        format!("Protium    {}", outputs.proton_endpoint),
        format!("Local AWS  {}", outputs.aws_endpoint),
        format!("Outputs    {}", shown(&Outputs::file(&options.directory))),
        String::new(),
        "Try it:".into(),
        format!(
            "  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION={} PROTON='{}'",
            outputs.region, outputs.proton_endpoint
        ),
    ];
    if demonstrated {
        lines.extend([
            proton("list-environments"),
            proton(&format!("get-service --name {}", demonstration::SERVICE)),
            proton(&format!("list-service-instances --service-name {}", demonstration::SERVICE)),
            format!("  {aws} cloudformation describe-stacks --endpoint-url {}", outputs.aws_endpoint),
        ]);
    } else {
        lines.extend([
            proton("create-environment-template --name containers"),
            format!(
                "  tar czf - -C bundles/environments/containers/v1 . | {aws} s3 cp --endpoint-url {} - \
                 s3://{}/publish/environment/containers/v1/first.tar.gz",
                outputs.aws_endpoint, outputs.bundle_bucket
            ),
            proton("list-environment-template-versions --template-name containers --major-version 1"),
        ]);
    }
    lines
}

/// A path as it is typed in the current directory.
fn shown(path: &std::path::Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}
