//! Arguments of `protium export` and `protium import`.

use super::InstallationArgs;
use clap::Args;
use std::path::PathBuf;

pub(crate) const EXPORT_ABOUT: &str = "\
Write all state of an installation into one file, for `protium import` to bring into another one.

Templates with all versions and bundles, environments, services, instances, pipelines, components, their specs, outputs and
history, repositories, sync configurations, account connections and settings are in it. Stacks stay where they are: the
installation that imports the file manages them from then on.

The file is one state of the installation: while something is in progress there is none, and what is written meanwhile makes
it begin again. The installation isn't changed. Whoever can read the file can read every spec and every output; it is made
readable for you alone.";

pub(crate) const EXPORT_EXAMPLES: &str = "\
Examples:
  protium export --stack protium --to protium.tar.gz
  protium export --to protium.tar.gz --wait 30 --profile old-account

What you need: cloudformation:DescribeStacks on the stack, dynamodb:Scan on its table, s3:ListBucket and s3:GetObject on its
artifact bucket.

Exit codes: 0 done, 1 failed or something is in progress, 2 used wrongly.";

pub(crate) const IMPORT_ABOUT: &str = "\
Bring an export of another installation into this one, which then manages the same stacks under the same names.

First the whole file is read and checked; nothing is written unless all of it can be. Accounts and regions in Protium's own
ARNs become those of this installation, stack ARNs and roles stay, counters are counted anew, and at the end everything is
read again and compared.

An import that was cut is run again and goes on. One that is complete does nothing any more, so running it twice is harmless.
An installation that is in use is refused; with --add it gets the records beside its own, as long as none of them has the
name of one that it has.";

pub(crate) const IMPORT_EXAMPLES: &str = "\
Examples:
  protium import --from protium.tar.gz --stack protium --check
  protium import --from protium.tar.gz --stack protium --profile new-account

What you need: cloudformation:DescribeStacks on the stack, dynamodb:Scan, Query, GetItem, BatchGetItem, PutItem and UpdateItem
on its table, s3:ListBucket, s3:GetObject and s3:PutObject on its artifact bucket, which nobody may write but Protium and
who is named by the stack's parameter ImporterArn.

Afterwards let the roles trust the new installation, as it says at the end, and don't use the old one any more: two
installations that manage one stack undo each other's work.

Exit codes: 0 done, 1 failed or refused, 2 used wrongly.";

/// Arguments of `protium export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(crate) installation: InstallationArgs,
    /// The file to write, a compressed archive; it must not exist
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
    /// Wait so many minutes at most for what is in progress to end
    #[arg(long, value_name = "MINUTES", default_value_t = 0)]
    pub(crate) wait: u64,
}

/// Arguments of `protium import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    pub(crate) installation: InstallationArgs,
    /// The file that `protium export` wrote
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,
    /// Only check whether it could be imported
    #[arg(long)]
    pub(crate) check: bool,
    /// Also into an installation that is in use, beside what it has
    #[arg(long)]
    pub(crate) add: bool,
}
