//! Arguments of `protium policy`.

use super::InstallationArgs;
use clap::{Args, Subcommand};
use protium_authorization::ready::Member;
use std::path::PathBuf;

pub(crate) const EXAMPLES: &str = "\
Examples:
  # ready sets for roles of yours; nothing of it needs an account
  protium policy init policies --platform-engineers role/platform --developers 'role/AWSReservedSSO_Dev_*'
  protium policy validate policies

  # put them into force, and look
  protium policy push policies --stack protium
  protium policy show --stack protium

What policies can say: docs/authorization.md, `protium policy schema`.";

/// What to do with policies.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Write ready sets of policies for roles or users of yours
    Init(InitArgs),
    /// Check policies as the installation will, by file and line
    Validate(ValidateArgs),
    /// Print the Cedar schema, for editors: what policies can speak of
    Schema,
    /// Check policies, and put them where the installation takes them from
    Push(PushArgs),
    /// Show the policies in force, and what is wrong with those that aren't
    Show(ShowArgs),
}

/// Arguments of `protium policy init`.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Folder to write to; files that are there stay
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// Who may do everything: role/NAME or user/NAME, * stands for anything; may be repeated
    #[arg(long, value_name = "MEMBER", value_delimiter = ',', num_args = 1..)]
    pub(crate) platform_engineers: Vec<Member>,
    /// Who may make, change and delete services and components, and see everything
    #[arg(long, value_name = "MEMBER", value_delimiter = ',', num_args = 1..)]
    pub(crate) developers: Vec<Member>,
    /// Who may see everything
    #[arg(long, value_name = "MEMBER", value_delimiter = ',', num_args = 1..)]
    pub(crate) readers: Vec<Member>,
}

/// Arguments of `protium policy validate`.
#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// Folder with policy files, `*.cedar`
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
}

/// Arguments of `protium policy push`.
#[derive(Debug, Args)]
pub(crate) struct PushArgs {
    /// Folder with policy files, `*.cedar`
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
    #[command(flatten)]
    pub(crate) installation: InstallationArgs,
}

/// Arguments of `protium policy show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) installation: InstallationArgs,
}
