//! Arguments of `protium doctor`.

use super::InstallationArgs;
use clap::{Args, ValueEnum};

pub(crate) const ABOUT: &str = "\
Examine an installation and its environment accounts, and name the fix of everything that is wrong.

Looked at are: the stack and its release, the endpoint, table and buckets, events and their rules, functions, state machines,
queues of what was lost, alarms, work that waits for too long, and every role that is provisioned with: whether it is
allowed, whether it trusts this installation with its external id, and what it may do to stacks. Nothing is changed.

What lies in another account is looked at with credentials for it: --environment-profile.";

pub(crate) const EXAMPLES: &str = "\
Examples:
  protium doctor
  protium doctor --stack protium --region eu-west-1 --profile management
  protium doctor --environment-profile team-a --environment-profile team-b
  protium doctor --output json | jq '.findings[] | select(.severity == \"error\")'

What you need: to read (ReadOnlyAccess does), and execute-api:Invoke on the endpoint. What you may not read is left out, and said.

Exit codes: 0 no errors, perhaps warnings; 1 errors, or there is no such installation; 2 used wrongly.";

/// Forms of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For people
    Human,
    /// One document, for programs
    Json,
}

/// Arguments of `protium doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) installation: InstallationArgs,
    /// Profile with credentials for an environment account; once for each account
    #[arg(long, value_name = "PROFILE")]
    pub(crate) environment_profile: Vec<String>,
    /// The endpoint, where it isn't the stack's output ApiEndpoint (a local AWS, a domain of your own)
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// `human` or `json`
    #[arg(long, value_enum, default_value_t = Form::Human, value_name = "FORM", hide_possible_values = true)]
    pub(crate) output: Form,
}
