//! `cargo xtask test`: the one test command, of people and of continuous integration alike.
//!
//! Stages run one after another; a failed one doesn't keep the others from running, so one run tells everything. Cargo
//! is always asked for the whole workspace, because another choice of packages means other features and so another
//! build of the AWS SDKs.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use tokio::process::Command;
use xtask::architecture;
use xtask::command::{self, command, run as listen};
use xtask::counts::Counts;
use xtask::emulator::{Home, Lifetime};
use xtask::local::{self, Options};
use xtask::outputs::Outputs;
use xtask::progress::{Reporter, Silent, Stage};
use xtask::python::{Purpose, Python};
use xtask::test_program::TestProgram;
use xtask::workspace::{Workspace, environment};
use xtask::{lambdas, licences, previous, starter};

use crate::terminal::Terminal;

/// The package with the integration tests, which start one emulator for all of them: they need one process.
const INTEGRATION: &str = "protium-tests";

/// Run all checks and tests.
///
/// Formatting, clippy, architecture and licences, CloudFormation (cfn-lint), unit and documentation tests, comparison
/// with the Python programs that we must agree with; then the functions are built, those of the release before this one,
/// too, and the integration tests and the Python suite run against local stacks of their own.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Leave out what needs a local stack
    #[arg(long)]
    quick: bool,
    /// Run only tests whose names contain one of these, and no other checks
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
}

/// What became of a stage.
struct Done {
    name: &'static str,
    failed: bool,
    counts: Counts,
    duration: Duration,
}

pub(crate) async fn run(
    workspace: &Workspace,
    arguments: &Arguments,
    terminal: &Arc<Terminal>,
) -> Result<()> {
    let tests = Tests { workspace, filters: &arguments.filters, terminal, counts: Cell::default() };
    let since = Instant::now();
    let mut done = Vec::new();
    if arguments.filters.is_empty() {
        done.push(tests.stage("Format", tests.format()).await);
        done.push(tests.stage("Clippy", tests.clippy()).await);
        done.push(tests.stage("Architecture", tests.architecture()).await);
        done.push(tests.stage("CloudFormation", tests.cloudformation()).await);
    }
    done.push(tests.stage("Unit tests", tests.unit()).await);
    if arguments.filters.is_empty() {
        done.push(tests.stage("Doc tests", tests.documentation()).await);
    }
    done.push(tests.stage("Differential tests", tests.differential()).await);
    if !arguments.quick {
        let functions = tests.stage("Functions", tests.functions()).await;
        let built = !functions.failed;
        done.push(functions);
        if built {
            // Chosen tests build it themselves, if they want it.
            if arguments.filters.is_empty() {
                done.push(tests.stage("Previous release", tests.previous()).await);
            }
            done.push(tests.stage("Integration tests", tests.integration()).await);
            done.push(tests.stage("Python suite", tests.python()).await);
        }
    }
    summary(terminal, &done, since.elapsed())
}

struct Tests<'a> {
    workspace: &'a Workspace,
    filters: &'a [String],
    terminal: &'a Arc<Terminal>,
    /// What the stage under way counted so far.
    counts: Cell<Counts>,
}

impl Tests<'_> {
    async fn stage(&self, name: &'static str, work: impl Future<Output = Result<()>>) -> Done {
        self.terminal.say(&format!("\n── {name}"));
        let since = Instant::now();
        let outcome = work.await;
        if let Err(error) = &outcome {
            self.terminal.say(&format!("{error:#}"));
        }
        Done { name, failed: outcome.is_err(), counts: self.counts.take(), duration: since.elapsed() }
    }

    async fn format(&self) -> Result<()> {
        self.listen(self.cargo(&["fmt", "--all", "--check"])).await.context("`cargo fmt --all` puts it right")
    }

    async fn clippy(&self) -> Result<()> {
        self.listen(self.cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])).await
    }

    async fn architecture(&self) -> Result<()> {
        let metadata = architecture::metadata(self.workspace)?;
        let mut found = architecture::violations(&architecture::packages(&metadata));
        found.extend(licences::violations(&metadata));
        if !found.is_empty() {
            bail!("{}", found.join("\n"));
        }
        self.terminal
            .say(&format!("{} packages: directions, SDKs, licences, sources", metadata.packages.len()));
        Ok(())
    }

    async fn cloudformation(&self) -> Result<()> {
        let python = self.python_ensure().await?;
        let mut templates = vec![self.workspace.root.join("xtask/companion.yaml")];
        templates.extend(xtask::workspace::files_below(&self.workspace.root.join("infra"), "yaml")?);
        templates.extend(starter::render_all(self.workspace)?);
        self.terminal.say(&format!("cfn-lint of {} templates", templates.len()));
        let mut lint = command(python.tool("cfn-lint"), ["--regions", "us-east-1", "--"]);
        lint.args(templates);
        self.listen(lint).await
    }

    async fn unit(&self) -> Result<()> {
        if self.nextest().await {
            let expression = format!("not package({INTEGRATION})");
            let nextest = [
                "nextest",
                "run",
                "--workspace",
                "--no-tests=pass",
                "--no-fail-fast",
                "-E",
                &expression,
                "--",
            ];
            return self.listen(self.cargo_filtered(&nextest)).await;
        }
        let programs = self.programs().await?;
        let mut failed = Vec::new();
        for program in programs.iter().filter(|program| program.package != INTEGRATION) {
            if self.listen(program.command(self.filters)).await.is_err() {
                failed.push(program.package.as_str());
            }
        }
        if failed.is_empty() { Ok(()) } else { bail!("tests failed in {}", failed.join(", ")) }
    }

    async fn documentation(&self) -> Result<()> {
        self.listen(self.cargo(&["test", "--workspace", "--doc"])).await
    }

    async fn functions(&self) -> Result<()> {
        let reporter: Arc<dyn Reporter> = self.terminal.clone();
        let stage = Stage::start(&reporter, "Release build");
        let packages = lambdas::build_local(self.workspace, &stage).await?;
        stage.finish(&format!("{} functions", packages.len()));
        Ok(())
    }

    /// Builds the release that the test of the upgrade begins with, as long as no other test needs the processor.
    async fn previous(&self) -> Result<()> {
        match previous::find(self.workspace).await? {
            Ok(previous) => {
                let reporter: Arc<dyn Reporter> = self.terminal.clone();
                let stage = Stage::start(&reporter, "Previous release");
                previous.build(self.workspace, &stage).await?;
                stage.finish("built");
                self.terminal.say(&format!("The upgrade begins with {}", previous.title));
            }
            Err(reason) => {
                self.terminal.say(&format!("The upgrade is skipped: {reason}"));
                self.counts.set(Counts { skipped: 1, ..Counts::default() });
            }
        }
        Ok(())
    }

    async fn integration(&self) -> Result<()> {
        // Made before the tests want it: they would do it in silence.
        self.python_ensure().await?;
        for program in self.programs().await?.iter().filter(|program| program.package == INTEGRATION) {
            self.listen(program.command(self.filters)).await?;
        }
        Ok(())
    }

    /// All test programs, from the same build that nextest uses.
    async fn programs(&self) -> Result<Vec<TestProgram>> {
        let build =
            self.cargo(&["test", "--workspace", "--no-run", "--message-format=json-render-diagnostics"]);
        let messages = listen(build, |line| {
            if !line.starts_with('{') {
                self.terminal.say(line);
            }
        })
        .await?;
        Ok(TestProgram::of_build(&messages))
    }

    async fn python(&self) -> Result<()> {
        let python = self.python_ensure().await?;
        let directory = self.workspace.target.join(format!("local-tests-{}", std::process::id()));
        let options = Options { lifetime: Lifetime::WithParent, ..Options::new(directory.clone()) };
        let reporter: Arc<dyn Reporter> = Arc::new(Silent);
        let local = local::up(self.workspace, &options, &reporter).await?;
        let mut pytest = self.pytest(&python, &["tests/python", "xtask/emulator/tests"]);
        pytest.envs(python_variables(self.workspace, &python, &directory, &local.outputs)?);
        let outcome = self.listen(pytest).await;
        if outcome.is_ok() {
            local::down(&directory, false).await?;
        } else {
            self.terminal
                .say(&format!("The emulator's log is kept: {}", Home::new(&directory).log().display()));
            local::down(&directory, true).await?;
        }
        self.unless_filtered_out(outcome)
    }

    /// What must do as a Python program does, beside that program, and what AWS's own Python client says of the API over
    /// fakes; needs no local stack.
    async fn differential(&self) -> Result<()> {
        self.listen(self.cargo(&["build", "--workspace", "--examples"])).await?;
        let python = self.python_ensure().await?;
        let mut pytest = self.pytest(&python, &["tests/differential", "tests/clients/python"]);
        pytest.env("PROTIUM_BATCH", self.workspace.target.join("debug/examples/batch"));
        pytest.env("PROTIUM_OVER_FAKES", self.workspace.target.join("debug/examples/over_fakes"));
        pytest.env("PYTHONDONTWRITEBYTECODE", "1");
        self.unless_filtered_out(self.listen(pytest).await)
    }

    /// pytest over directories, with the filters.
    fn pytest(&self, python: &Python, suites: &[&str]) -> Command {
        let mut pytest =
            command(python.interpreter(), ["-m", "pytest", "-q", "-rfE", "-p", "no:cacheprovider"]);
        let suites = suites.iter().map(|suite| self.workspace.root.join(suite));
        pytest.args(suites.filter(|suite| suite.is_dir())).current_dir(&self.workspace.root);
        if !self.filters.is_empty() {
            pytest.arg("-k").arg(self.filters.join(" or "));
        }
        pytest
    }

    /// pytest's outcome; that the filters leave no test is none.
    fn unless_filtered_out(&self, outcome: Result<()>) -> Result<()> {
        match outcome {
            // pytest's code for "no test has such a name".
            Err(error) if !self.filters.is_empty() && format!("{error:#}").contains("status: 5") => Ok(()),
            other => other,
        }
    }

    async fn python_ensure(&self) -> Result<Python> {
        let reporter: Arc<dyn Reporter> = self.terminal.clone();
        let stage = Stage::start(&reporter, "Python packages");
        let python = Python::ensure(self.workspace, Purpose::Local, &stage).await?;
        stage.finish("ready");
        Ok(python)
    }

    async fn nextest(&self) -> bool {
        listen(self.cargo(&["nextest", "--version"]), |_| {}).await.is_ok()
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = command::cargo(arguments);
        cargo.current_dir(&self.workspace.root).env("CARGO_TARGET_DIR", &self.workspace.target);
        cargo
    }

    /// Cargo with the filters behind its arguments.
    fn cargo_filtered(&self, arguments: &[&str]) -> Command {
        let mut cargo = self.cargo(arguments);
        cargo.args(self.filters);
        cargo
    }

    /// Runs a program, repeats what it says, and counts the tests that it reports.
    async fn listen(&self, program: Command) -> Result<()> {
        let outcome = listen(program, |line| {
            self.terminal.say(line);
            let mut counts = self.counts.get();
            counts.add(line);
            self.counts.set(counts);
        })
        .await;
        // Everything was said already: the error needs only its first line.
        outcome.map_err(|error| {
            let text = format!("{error:#}");
            anyhow::anyhow!("{}", text.lines().next().unwrap_or_default().trim_end_matches(':').to_owned())
        })?;
        Ok(())
    }
}

/// What the Python suite finds in its environment: the local account's credentials, where the outputs are, and
/// `protium`, which the unit tests of the workspace have built.
fn python_variables(
    workspace: &Workspace,
    python: &Python,
    directory: &std::path::Path,
    outputs: &Outputs,
) -> Result<BTreeMap<&'static str, String>> {
    let path = std::env::join_paths(
        std::iter::once(python.tools())
            .chain(std::env::split_paths(&environment("PATH").unwrap_or_default())),
    )?;
    Ok(BTreeMap::from([
        ("PATH", path.to_string_lossy().into_owned()),
        ("PROTIUM_OUTPUTS", Outputs::file(directory).display().to_string()),
        ("PROTIUM_CLI", workspace.cli().display().to_string()),
        ("AWS_ACCESS_KEY_ID", xtask::cloud::LOCAL_KEY.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", xtask::cloud::LOCAL_KEY.to_owned()),
        ("AWS_DEFAULT_REGION", outputs.region.clone()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
    ]))
}

/// One line per stage, then the count of all tests.
fn summary(terminal: &Terminal, done: &[Done], duration: Duration) -> Result<()> {
    terminal.say("\n── Summary");
    let mut all = Counts::default();
    for stage in done {
        all += stage.counts;
        let (mark, word) = if stage.failed { ('✗', "failed  ") } else { ('✓', "") };
        let seconds = stage.duration.as_secs_f64();
        terminal.say(&format!("{mark} {:18} {seconds:7.1} s   {word}{}", stage.name, stage.counts));
    }
    let failed: Vec<_> = done.iter().filter(|stage| stage.failed).map(|stage| stage.name).collect();
    let verdict = if failed.is_empty() { "ok" } else { "FAILED" };
    terminal.say(&format!(
        "test result: {verdict}. {} passed; {} failed; {} skipped; {:.0} s",
        all.passed,
        all.failed,
        all.skipped,
        duration.as_secs_f64()
    ));
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}
