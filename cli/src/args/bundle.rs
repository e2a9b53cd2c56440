//! `protium bundle …`: the arguments of an author's commands.

use clap::{ArgAction, Args, Subcommand, ValueEnum};
use protium_bundle::BundleKind;
use std::path::PathBuf;

pub(crate) const EXAMPLES: &str = "\
Examples, in the order in which an author needs them:
  protium bundle validate my-env
  protium bundle package my-env";

const VALIDATE_EXAMPLES: &str = "\
Examples:
  protium bundle validate my-env
  protium bundle validate bundles/*/*/v1            # several at once
  protium bundle validate my-env --watch            # again whenever a file changes
  protium bundle validate my-env --output github    # annotations on a pull request
  protium bundle validate my-service --environment-outputs outputs.json

Exit codes: 0 all are good (perhaps with warnings), 1 one is bad, 2 something isn't a bundle or can't be read.";

const PACKAGE_EXAMPLES: &str = "\
Examples:
  protium bundle package my-env                       # my-env.tar.gz
  protium bundle package my-env --out build/my-env.tar.gz

The same content gives the same bytes, on every machine: the digest tells whether a bundle has changed.";

/// Commands for authors of templates. None of them needs an account or a network.
#[derive(Debug, Subcommand)]
pub(crate) enum BundleCommand {
    /// Check bundles by all rules of registration, and say what to do
    #[command(after_help = VALIDATE_EXAMPLES)]
    Validate(ValidateArgs),
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
        long, value_name = "yes|no", num_args = 0..=1, require_equals = true, default_missing_value = "yes",
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

/// Arguments of `protium bundle validate`.
#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// Bundles: directories, or packed as .tar.gz
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) bundles: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) kind: KindArgs,
    /// Outputs of the environment that a service bundle will run in, as for `render`: references to others are warned of
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
