//! `protium bundle …`: the arguments of an author's commands.

use clap::{ArgAction, Args, Subcommand, ValueEnum};
use protium_bundle::{BundleKind, Part};
use std::path::PathBuf;

pub(crate) const EXAMPLES: &str = "\
Examples, in the order in which an author needs them:
  protium bundle init my-env --kind environment
  protium bundle validate my-env
  protium bundle render my-env --spec my-env/spec/spec.yaml
  protium bundle test my-env
  protium bundle diff my-env-1.0.tar.gz my-env
  protium bundle package my-env

docs/bundles.md tells what a bundle may hold, docs/author-tools.md what scripts may
rely on.";

const VALIDATE_EXAMPLES: &str = "\
Examples:
  protium bundle validate my-env
  protium bundle validate bundles/*/*/v1            # several at once
  protium bundle validate my-env --watch            # again whenever a file changes
  protium bundle validate my-env --output github    # annotations on a pull request
  protium bundle validate my-service --environment my-env   # does it give the outputs?

Exit codes: 0 all are good (perhaps with warnings), 1 one is bad, 2 something isn't
a bundle or can't be read.";

const RENDER_EXAMPLES: &str = "\
Examples:
  # the template, on standard output
  protium bundle render my-env --spec spec/spec.yaml

  # one instance of a service, with what its environment gives
  protium bundle render my-service --spec spec.yaml --instance dev \\
    --environment-outputs outputs.yaml

  # every instance and the pipeline, again whenever a file changes
  protium bundle render my-service --spec spec.yaml --out rendered --watch

Outputs of environments, in YAML or JSON, map names to values, or names of
environments to such mappings; what `aws proton list-environment-outputs` and
`aws cloudformation describe-stacks` print will do, too.

For machines, the whole namespace as JSON gives the files of one part:
  protium bundle render my-env --part infrastructure --context context.json --out out
with {\"environment\": {\"name\": \"beta\", \"inputs\": {\"size\": 3}}} in context.json.

Files of the same name in the folder are overwritten, no others are touched.";

const PACKAGE_EXAMPLES: &str = "\
Examples:
  protium bundle package my-env                       # my-env.tar.gz
  protium bundle package my-env --out build/my-env.tar.gz

The same content gives the same bytes on every machine: the digest tells whether a
bundle has changed.";

const TEST_EXAMPLES: &str = "\
Examples:
  protium bundle test my-env
  protium bundle test my-env --case production
  protium bundle test my-env --update    # what is rendered now is right

Each folder in DIR/tests is a case:
  tests/production/spec.yaml       the spec
  tests/production/context.yaml    optional: name, account_id, environment_outputs,
                                   instance_outputs, component, repository_id, …
  tests/production/expected/       what has to be rendered, file by file
A case that has to fail has the message in expected/error.txt: create it empty and
run --update. docs/author-tools.md has more.";

const INIT_EXAMPLES: &str = "\
Examples:
  protium bundle init my-env --kind environment
  protium bundle init my-service --kind service --engine terraform
  protium bundle init my-service --kind service --pipeline codebuild

What is made works as it is: a small template with a spec and tests, to be changed
into your own. Nothing that is there already is overwritten.";

const DIFF_EXAMPLES: &str = "\
Examples:
  protium bundle diff my-env-1.0.tar.gz my-env

  # what a branch changes
  git worktree add ../published main
  protium bundle diff ../published/my-env my-env

A minor version must leave the specs of the earlier ones valid. In the bundle's
.template-registration.yaml `compatibility: strict` refuses doubtful changes, too, and
`compatibility: off` allows breaking ones.

Exit codes: 0 NEW can follow OLD as a minor version, 1 it can't, or a bundle is bad,
2 something isn't a bundle.";

/// Commands for authors of templates. None of them needs an account or a network.
#[derive(Debug, Subcommand)]
pub(crate) enum BundleCommand {
    /// Begin a new bundle that works
    #[command(after_help = INIT_EXAMPLES)]
    Init(InitArgs),
    /// Check bundles by all rules of registration, and say what to do
    #[command(after_help = VALIDATE_EXAMPLES)]
    Validate(ValidateArgs),
    /// Render a bundle with a spec, as a deployment would
    #[command(after_help = RENDER_EXAMPLES)]
    Render(Box<RenderArgs>),
    /// Run the bundle's own tests: specs, and what has to be rendered of them
    #[command(after_help = TEST_EXAMPLES)]
    Test(TestArgs),
    /// Tell what a new version means for the specs of the old one
    #[command(after_help = DIFF_EXAMPLES)]
    Diff(DiffArgs),
    /// Pack a bundle for upload
    #[command(after_help = PACKAGE_EXAMPLES)]
    Package(PackageArgs),
}

/// Form of what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputForm {
    /// For people: source lines, carets, hints
    Human,
    /// For programs: one JSON document, its shape in docs/author-tools.md
    Json,
    /// For GitHub Actions: annotations on the changed files
    Github,
}

/// How to print.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// Form of what is printed
    #[arg(long, short, value_enum, default_value = "human", value_name = "FORM")]
    pub(crate) output: OutputForm,
    /// The checkout, to which GitHub's annotations have to be relative
    #[arg(long, env = "GITHUB_WORKSPACE", hide = true, value_name = "DIR")]
    pub(crate) github_workspace: Option<PathBuf>,
}

/// Which rules apply to a bundle.
#[derive(Debug, Clone, Args)]
pub(crate) struct KindArgs {
    /// What the bundle is for; by default its directories tell
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<KindName>,
    /// Whether users manage the environment (or, for services, the pipeline) themselves, so that the bundle has no code
    /// for it. By default a service bundle without any sign of a pipeline is taken for such a one
    #[arg(
        long, value_name = "yes|no", num_args = 0..=1, require_equals = true, default_missing_value = "yes", hide_possible_values = true,
        value_parser = clap::builder::BoolishValueParser::new(), action = ArgAction::Set
    )]
    pub(crate) customer_managed: Option<bool>,
}

/// [`BundleKind`] on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindName {
    /// An environment template
    Environment,
    /// A service template
    Service,
}

impl From<KindName> for BundleKind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Environment => Self::Environment,
            KindName::Service => Self::Service,
        }
    }
}

/// An engine on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineName {
    /// A CloudFormation template with Jinja
    #[value(name = "cloudformation")]
    CloudFormation,
    /// Terraform files
    Terraform,
    /// Shell commands, run by CodeBuild
    #[value(name = "codebuild")]
    CodeBuild,
}

/// [`Part`] on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum PartName {
    /// Of an environment
    Infrastructure,
    /// Of a service instance
    InstanceInfrastructure,
    /// Of a service's pipeline
    PipelineInfrastructure,
}

impl From<PartName> for Part {
    fn from(name: PartName) -> Self {
        match name {
            PartName::Infrastructure => Self::Infrastructure,
            PartName::InstanceInfrastructure => Self::InstanceInfrastructure,
            PartName::PipelineInfrastructure => Self::PipelineInfrastructure,
        }
    }
}

/// Arguments of `protium bundle validate`.
#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// Bundles: directories, or packed as .tar.gz
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) bundles: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) kind: KindArgs,
    /// Bundle of an environment that services may run in (may be repeated): references to outputs that one of
    /// them doesn't give are warned of
    #[arg(long, value_name = "DIR")]
    pub(crate) environment: Vec<PathBuf>,
    /// Outputs of such an environment, as for `render`
    #[arg(long, value_name = "FILE")]
    pub(crate) environment_outputs: Option<PathBuf>,
    /// Take warnings for errors
    #[arg(long)]
    pub(crate) strict: bool,
    /// Validate again whenever a file changes
    #[arg(long, short)]
    pub(crate) watch: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Arguments of `protium bundle render`.
#[derive(Debug, Args)]
pub(crate) struct RenderArgs {
    /// The bundle: a directory, or packed as .tar.gz
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) bundle: PathBuf,
    #[command(flatten)]
    pub(crate) kind: KindArgs,
    /// The spec to render with
    #[arg(long, value_name = "FILE", required_unless_present = "context")]
    pub(crate) spec: Option<PathBuf>,
    /// Name of the environment, or of the service; an example by default
    #[arg(long, conflicts_with = "context")]
    pub(crate) name: Option<String>,
    /// Render only this instance of the spec (may be repeated)
    #[arg(long, value_name = "NAME", conflicts_with = "context")]
    pub(crate) instance: Vec<String>,
    /// Render only this part
    #[arg(long, value_enum)]
    pub(crate) part: Option<PartName>,
    /// Outputs of the environments that instances run in, YAML or JSON
    #[arg(long, value_name = "FILE", conflicts_with = "context")]
    pub(crate) environment_outputs: Option<PathBuf>,
    /// Outputs of the service's instances for its pipeline, YAML or JSON: instance to output to value
    #[arg(long, value_name = "FILE", conflicts_with = "context")]
    pub(crate) instance_outputs: Option<PathBuf>,
    /// The whole namespace as JSON, instead of a spec; `-` reads standard input
    #[arg(long, value_name = "FILE.json", requires_all = ["part", "out"], conflicts_with = "spec")]
    pub(crate) context: Option<PathBuf>,
    /// Folder to write to; standard output by default, when there is one file
    #[arg(long, value_name = "DIR", required_if_eq("watch", "true"))]
    pub(crate) out: Option<PathBuf>,
    /// Render again whenever a file changes
    #[arg(long, short)]
    pub(crate) watch: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Arguments of `protium bundle diff`.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The version that is in use: a directory, or packed as .tar.gz
    pub(crate) old: PathBuf,
    /// The version that shall follow
    pub(crate) new: PathBuf,
    #[command(flatten)]
    pub(crate) kind: KindArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Arguments of `protium bundle package`.
#[derive(Debug, Args)]
pub(crate) struct PackageArgs {
    /// The bundle's directory
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) bundle: PathBuf,
    #[command(flatten)]
    pub(crate) kind: KindArgs,
    /// File to write; by default the directory's name with .tar.gz, in the current directory
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Arguments of `protium bundle test`.
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Directories of bundles
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) bundles: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) kind: KindArgs,
    /// Run only this case (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub(crate) case: Vec<String>,
    /// Take what is rendered now for what is expected
    #[arg(long)]
    pub(crate) update: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Arguments of `protium bundle init`.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Directory of the new bundle
    #[arg(value_name = "DIR")]
    pub(crate) bundle: PathBuf,
    /// What it is for
    #[arg(long, value_enum)]
    pub(crate) kind: KindName,
    /// What makes the infrastructure
    #[arg(long, value_enum, default_value = "cloudformation")]
    pub(crate) engine: EngineName,
    /// What makes the pipeline of a service; without it, users manage pipelines themselves
    #[arg(long, value_enum, value_name = "ENGINE")]
    pub(crate) pipeline: Option<EngineName>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}
