//! The local stack, brought up stage by stage; each stage does nothing when its work is done already.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use crate::cloud::Cloud;
use crate::companion::{self, Companion};
use crate::emulator::{self, Home, Lifetime, Settings};
use crate::installation::{self, output};
use crate::lambdas::{self, Architecture, Package};
use crate::outputs::Outputs;
use crate::progress::{Reporter, Stage};
use crate::python::{Purpose, Python};
use crate::stack;
use crate::workspace::Workspace;

/// The stack's name, where no other is asked for.
pub const STACK: &str = "protium";

/// How a local stack is wanted.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where state and outputs lie; one emulator per directory.
    pub directory: PathBuf,
    /// The port; any free one when not given.
    pub port: Option<u16>,
    /// Whether the policies of roles are enforced.
    pub enforce_iam: bool,
    /// A local AWS that somebody else runs; then there is no emulator.
    pub aws_endpoint: Option<String>,
    /// Whether the emulator outlives this process.
    pub lifetime: Lifetime,
    /// The name of Protium's stack.
    pub stack: String,
    /// Parameters of `infra/protium.yaml` beside those for the code.
    pub parameters: BTreeMap<String, String>,
}

impl Options {
    /// The options of a plain `cargo xtask up` for a state directory.
    #[must_use]
    pub fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            port: None,
            enforce_iam: true,
            aws_endpoint: None,
            lifetime: Lifetime::Detached,
            stack: STACK.into(),
            parameters: BTreeMap::new(),
        }
    }
}

/// A local stack that is up.
#[derive(Debug, Clone)]
pub struct Local {
    /// The clients.
    pub cloud: Cloud,
    /// Endpoints and names.
    pub outputs: Outputs,
    /// Whether the emulator ran already.
    pub found_running: bool,
}

/// Brings the stack up: emulator and functions side by side, then the deployment. Writes `outputs.json`.
///
/// # Errors
/// Each stage's own; their messages say what to do.
pub async fn up(workspace: &Workspace, options: &Options, reporter: &Arc<dyn Reporter>) -> Result<Local> {
    fs::create_dir_all(&options.directory)
        .with_context(|| format!("{} can't be made", options.directory.display()))?;
    let (started, packages) =
        tokio::try_join!(aws_start(workspace, options, reporter), functions_build(workspace, reporter))?;
    let (cloud, found_running) = started;
    deploy(workspace, options, cloud, found_running, &packages, reporter).await
}

/// Uploads the code and deploys both stacks to a local AWS that is there. Writes `outputs.json`.
///
/// # Errors
/// See [`up`].
pub async fn deploy(
    workspace: &Workspace,
    options: &Options,
    cloud: Cloud,
    found_running: bool,
    packages: &[Package],
    reporter: &Arc<dyn Reporter>,
) -> Result<Local> {
    let account_id = cloud.account().await?;
    let stage = Stage::start(reporter, "Control plane");
    let bucket = format!("protium-code-{account_id}");
    installation::bucket_ensure(&cloud, &bucket).await?;
    let code = installation::upload(&cloud, workspace, &bucket, packages, &stage).await?;
    let architecture = Architecture::of_this_machine();
    let deployed = installation::deploy(
        &cloud,
        &options.stack,
        &code,
        architecture,
        &parameters(workspace, options),
        &stage,
    )
    .await?;
    let companion = companion::deploy(&cloud, &options.stack, &deployed.1, &stage).await?;
    stage.finish(match deployed.0 {
        stack::Outcome::Created => "deployed",
        stack::Outcome::Updated => "updated",
        stack::Outcome::Unchanged => "unchanged",
    });
    let outputs = outputs(&cloud, options, &account_id, &deployed.1, companion)?;
    outputs.write(&options.directory)?;
    Home::new(&options.directory).save();
    Ok(Local { cloud, outputs, found_running })
}

/// The parameters of a local installation: everybody may do everything until policies say otherwise. Releases before
/// there were policies don't have the parameter.
fn parameters(workspace: &Workspace, options: &Options) -> BTreeMap<String, String> {
    let mut parameters = options.parameters.clone();
    let template = fs::read_to_string(workspace.template()).unwrap_or_default();
    if template.contains("\n  Authorization:\n") {
        let open = || "OPEN_WITHOUT_POLICIES".to_owned();
        parameters.entry("Authorization".to_owned()).or_insert_with(open);
    }
    parameters
}

/// Builds and zips the functions for this machine.
///
/// # Errors
/// When one doesn't compile.
pub async fn functions_build(workspace: &Workspace, reporter: &Arc<dyn Reporter>) -> Result<Vec<Package>> {
    let stage = Stage::start(reporter, "Functions");
    let packages = lambdas::build_local(workspace, &stage).await?;
    stage.finish(&format!("{} built", packages.len()));
    Ok(packages)
}

/// The local AWS: the user's, or an emulator that runs with the wanted settings, or one started now.
///
/// # Errors
/// Nobody answers at the user's endpoint; no Python; no network; the port is taken; see [`emulator::start`].
pub async fn aws_start(
    workspace: &Workspace,
    options: &Options,
    reporter: &Arc<dyn Reporter>,
) -> Result<(Cloud, bool)> {
    if let Some(endpoint) = &options.aws_endpoint {
        let cloud = Cloud::local(endpoint).await;
        cloud.account().await.context("start it, or leave --aws-endpoint out to use the emulator")?;
        return Ok((cloud, true));
    }
    let stage = Stage::start(reporter, "Python packages");
    let python = Python::ensure(workspace, Purpose::Local, &stage).await?;
    stage.finish("ready");

    let stage = Stage::start(reporter, "Local AWS");
    let home = Home::new(&options.directory);
    let launcher = emulator::launcher_digest(workspace)?;
    if let Some(cloud) = emulator_reuse(&home, options, &launcher, &stage).await? {
        stage.finish("already running");
        return Ok((cloud, true));
    }
    let remembered = home.settings().map(|settings| settings.port);
    let port = emulator::port_choose(options.port, remembered)?;
    let settings = Settings { port, enforce_iam: options.enforce_iam, launcher };
    let cloud = emulator::start(workspace, &python, &home, &settings, options.lifetime).await?;
    stage.finish(&settings.endpoint());
    Ok((cloud, false))
}

/// The running emulator, when it is healthy and what we would start; else it is stopped, and its state kept.
async fn emulator_reuse(
    home: &Home,
    options: &Options,
    launcher: &str,
    stage: &Stage,
) -> Result<Option<Cloud>> {
    if home.pid().is_none() {
        return Ok(None);
    }
    if let Some(running) = home.settings() {
        let wanted = Settings {
            port: options.port.unwrap_or(running.port),
            enforce_iam: options.enforce_iam,
            launcher: launcher.into(),
        };
        let cloud = Cloud::local(&running.endpoint()).await;
        if running == wanted && emulator::answers(running.port).await && cloud.account().await.is_ok() {
            return Ok(Some(cloud));
        }
    }
    stage.advance("restarting: it doesn't answer, or was started with other settings");
    home.stop().await?;
    Ok(None)
}

/// Stops the emulator of a state directory. Without `keep_state` everything in it is removed.
///
/// # Errors
/// When the process can't be stopped or files can't be removed.
pub async fn down(directory: &std::path::Path, keep_state: bool) -> Result<bool> {
    let stopped = Home::new(directory).stop().await?;
    let outputs = Outputs::file(directory);
    if outputs.exists() {
        fs::remove_file(outputs)?;
    }
    if !keep_state && directory.exists() {
        if !is_ours(directory) {
            bail!("{} holds other files than a local stack's: it is left alone", directory.display());
        }
        fs::remove_dir_all(directory).with_context(|| format!("{} can't be removed", directory.display()))?;
    }
    Ok(stopped)
}

/// Whether a directory holds nothing but a local stack's files: a mistyped --state-dir must not cost somebody's work.
fn is_ours(directory: &std::path::Path) -> bool {
    const OURS: [&str; 7] =
        ["emulator.json", "emulator.lock", "emulator.log", "state", "s3", "tmp", "outputs.json.tmp"];
    fs::read_dir(directory).is_ok_and(|entries| {
        entries
            .filter_map(Result::ok)
            .all(|entry| OURS.contains(&entry.file_name().to_string_lossy().as_ref()))
    })
}

fn outputs(
    cloud: &Cloud,
    options: &Options,
    account_id: &str,
    stack: &stack::Outputs,
    companion: Companion,
) -> Result<Outputs> {
    let aws = cloud.endpoint.clone().context("a local stack has an endpoint")?;
    // The path form works for every client: names below localhost don't resolve everywhere. `$default` must stay.
    let api_endpoint =
        format!("{}/_aws/execute-api/{}/$default", aws.trim_end_matches('/'), output(stack, "ApiId")?);
    Ok(Outputs {
        // The local API checks the signature against whatever scope it names, so Proton's clients need no proxy here.
        proton_endpoint: api_endpoint.clone(),
        api_endpoint,
        aws_endpoint: aws,
        bundle_bucket: output(stack, "UploadBucketName")?,
        artifact_bucket: output(stack, "ArtifactBucketName")?,
        event_bus: output(stack, "EventBusName")?,
        table: output(stack, "TableName")?,
        region: cloud.region.clone(),
        account_id: account_id.into(),
        provisioning_role_arn: companion.provisioning_role_arn,
        external_id: output(stack, "ExternalId")?,
        stack_name: options.stack.clone(),
        event_queue_url: companion.event_queue_url,
        emulator_pid: options.aws_endpoint.is_none().then(|| Home::new(&options.directory).pid()).flatten(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn down_removes_a_local_stack_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let ours = directory.path().join("ours");
        fs::create_dir_all(ours.join("state")).unwrap();
        assert!(!down(&ours, false).await.unwrap(), "nothing ran");
        assert!(!ours.exists());

        let other = directory.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::write(other.join("thesis.tex"), "").unwrap();
        down(&other, false).await.unwrap_err();
        assert!(other.join("thesis.tex").exists());
    }

    #[tokio::test]
    async fn down_keeps_the_state_when_asked() {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        fs::create_dir(&state).unwrap();
        down(directory.path(), true).await.unwrap();
        assert!(state.exists());
    }
}
