//! A running installation, and the one that all tests share.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use anyhow::Result;
use tokio::runtime::Runtime;
use tokio::sync::{Mutex, OnceCell};
use xtask::cloud::Cloud;
use xtask::emulator::{Home, Lifetime};
use xtask::lambdas::Package;
use xtask::local::{self, Local, Options};
use xtask::outputs::Outputs;
use xtask::progress::{Reporter, Silent};
use xtask::workspace::Workspace;

use super::events::Events;

/// One runtime for all tests: connections that one test opened serve the next, and the listeners outlive tests.
pub(super) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));
static SHARED: OnceCell<Result<Protium>> = OnceCell::const_new();
/// The installation of the tests that take processes down; one test at a time has it.
static OWN: Mutex<Option<Protium>> = Mutex::const_new(None);
static PACKAGES: OnceCell<Vec<Package>> = OnceCell::const_new();

/// An installation with everything that tests look at.
pub(crate) struct Protium {
    pub(crate) workspace: Workspace,
    pub(crate) directory: PathBuf,
    pub(crate) cloud: Cloud,
    pub(crate) outputs: Outputs,
    pub(crate) proton: aws_sdk_proton::Client,
    pub(crate) cloudformation: aws_sdk_cloudformation::Client,
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) events: Events,
}

/// Runs a test against the installation that all share.
///
/// Nothing stops it afterwards but the end of this process, which the emulator notices, however it comes.
pub(crate) fn with_protium(test: impl AsyncFnOnce(&'static Protium)) {
    RUNTIME.block_on(async {
        match SHARED.get_or_init(|| start("local-suite")).await {
            Ok(protium) => test(protium).await,
            Err(error) => panic!("the local stack doesn't come up: {error:#}"),
        }
    });
}

/// Runs a test against an installation in a local AWS that no other test uses meanwhile, so that processes may die.
pub(crate) fn with_own(test: impl AsyncFnOnce(&mut Protium)) {
    RUNTIME.block_on(async {
        let mut own = OWN.lock().await;
        if own.is_none() {
            match start("local-suite-own").await {
                Ok(protium) => *own = Some(protium),
                Err(error) => panic!("the local stack doesn't come up: {error:#}"),
            }
        }
        test(own.as_mut().expect("it is up")).await;
    });
}

async fn start(purpose: &str) -> Result<Protium> {
    let workspace = Workspace::find()?;
    let options = options_of_run(&workspace, purpose).await;
    let packages = packages(&workspace).await?;
    Protium::up(workspace.clone(), &workspace, packages, &options).await
}

/// The options of a local AWS for this process alone.
pub(super) async fn options_of_run(workspace: &Workspace, purpose: &str) -> Options {
    remains_remove(workspace, purpose).await;
    let directory = workspace.target.join(format!("{purpose}-{}", std::process::id()));
    Options { lifetime: Lifetime::WithParent, ..Options::new(directory) }
}

/// The functions, built once for all tests.
pub(super) async fn packages(workspace: &Workspace) -> Result<&'static [Package]> {
    let reporter: Arc<dyn Reporter> = Arc::new(Silent);
    let packages = PACKAGES.get_or_try_init(|| local::functions_build(workspace, &reporter)).await?;
    Ok(packages)
}

/// Removes what earlier runs left: nobody clears up after the process that ends an emulator by its own end.
async fn remains_remove(workspace: &Workspace, purpose: &str) {
    let Ok(entries) = std::fs::read_dir(&workspace.target) else { return };
    for directory in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let name = directory.file_name().unwrap_or_default().to_string_lossy();
        let ours = name.strip_prefix(purpose).and_then(|rest| rest.strip_prefix('-'));
        let is_run = ours.is_some_and(|pid| pid.chars().all(|digit| digit.is_ascii_digit()));
        if is_run && Home::new(&directory).pid().is_none() {
            let _ = local::down(&directory, false).await;
        }
    }
}

impl Protium {
    /// Brings up a local AWS with the Protium of a release in it, which has its own sources and functions.
    pub(super) async fn up(
        workspace: Workspace,
        release: &Workspace,
        packages: &[Package],
        options: &Options,
    ) -> Result<Self> {
        let reporter: Arc<dyn Reporter> = Arc::new(Silent);
        let (cloud, found_running) = local::aws_start(&workspace, options, &reporter).await?;
        let local = local::deploy(release, options, cloud, found_running, packages, &reporter).await?;
        Ok(Self::of(workspace, options.directory.clone(), local))
    }

    fn of(workspace: Workspace, directory: PathBuf, local: Local) -> Self {
        let Local { cloud, outputs, .. } = local;
        Self {
            proton: cloud.proton(&outputs.proton_endpoint),
            cloudformation: cloud.cloudformation(),
            dynamodb: aws_sdk_dynamodb::Client::new(cloud.config()),
            lambda: aws_sdk_lambda::Client::new(cloud.config()),
            s3: cloud.s3(),
            events: Events::listen(cloud.sqs(), outputs.event_queue_url.clone()),
            workspace,
            directory,
            cloud,
            outputs,
        }
    }

    /// The options that brought it up.
    pub(super) fn options(&self) -> Options {
        Options {
            lifetime: Lifetime::WithParent,
            stack: self.outputs.stack_name.clone(),
            ..Options::new(self.directory.clone())
        }
    }

    /// Stops the emulator with all functions and starts it again; what ran, runs no more.
    pub(crate) async fn restart(&mut self) {
        let home = Home::new(&self.directory);
        home.stop().await.expect("the emulator stops");
        let reporter: Arc<dyn Reporter> = Arc::new(Silent);
        let started = local::aws_start(&self.workspace, &self.options(), &reporter).await;
        let (cloud, _) = started.expect("the emulator starts again");
        assert_eq!(cloud.endpoint, self.cloud.endpoint, "the port stays the same");
        self.outputs.emulator_pid = home.pid();
    }

    /// Another installation beside it, in the same account.
    pub(crate) async fn install_beside(
        &self,
        stack: &str,
        parameters: BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let reporter: Arc<dyn Reporter> = Arc::new(Silent);
        let stage = xtask::progress::Stage::start(&reporter, stack);
        let packages = packages(&self.workspace).await.expect("the functions were built before");
        let bucket = format!("protium-code-{}", self.outputs.account_id);
        let code = xtask::installation::upload(&self.cloud, &self.workspace, &bucket, packages, &stage).await;
        let code = code.expect("the code is uploaded");
        let architecture = xtask::lambdas::Architecture::of_this_machine();
        let deployed =
            xtask::installation::deploy(&self.cloud, stack, &code, architecture, &parameters, &stage).await;
        deployed.expect("the second installation deploys").1
    }

    /// The name of one of its functions.
    pub(crate) fn function(&self, name: &str) -> String {
        format!("{}-{name}", self.outputs.stack_name)
    }

    /// Invokes one of its functions and waits for the answer; panics when the function fails.
    pub(crate) async fn invoke(&self, name: &str, event: &serde_json::Value) -> serde_json::Value {
        let invoked = self
            .lambda
            .invoke()
            .function_name(self.function(name))
            .payload(aws_sdk_lambda::primitives::Blob::new(event.to_string()))
            .send()
            .await
            .unwrap_or_else(|error| panic!("{name} isn't invoked: {error:?}"));
        let answer = invoked.payload().map(|blob| String::from_utf8_lossy(blob.as_ref()).into_owned());
        let answer = answer.unwrap_or_default();
        assert_eq!(invoked.function_error(), None, "{name} failed: {answer}");
        serde_json::from_str(&answer).unwrap_or_default()
    }

    /// The ARN of a resource of Protium's, from the tail that behaviour 1.2 lists.
    pub(crate) fn arn(&self, tail: &str) -> String {
        format!("arn:aws:proton:{}:{}:{tail}", self.outputs.region, self.outputs.account_id)
    }
}
