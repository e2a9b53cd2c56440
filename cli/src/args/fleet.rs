//! `protium fleet …`: the arguments of those who bring a version to everyone.

mod policy;
mod value;

pub(crate) use policy::{PolicyArgs, PolicyCommand, PolicyMode, PolicyResource, PolicySetArgs};
pub(crate) use value::{Amount, CanaryShare, VersionRange, WantedVersion};

use crate::args::ConnectionArgs;
use clap::{Args, Subcommand, ValueEnum};
use std::time::Duration;

pub(crate) const EXAMPLES: &str = "\
Examples, in the order in which a platform team needs them:
  # who would be updated, in which wave, and who wouldn't and why; nothing is touched
  protium fleet plan --template web --to 1.4

  # five first, ten minutes of watching, then everyone else, twenty at a time
  protium fleet start --template web --to 1.4 --canary 5 --concurrency 20 \\
    --tolerate 2% --bake 10m --on-failure rollback --wait

  protium fleet status            # the newest one
  protium fleet pause ID          # and resume, approve, cancel, rollback

  # let the instances of a template follow its minor versions by themselves, at night
  protium fleet policy set service-template/web auto-minor --window 'daily 01:00/3h'

The endpoint comes from --endpoint-url or PROTIUM_ENDPOINT. docs/fleet-updates.md
explains waves, policies and windows.";

const PLAN_EXAMPLES: &str = "\
Examples:
  protium fleet plan --template web --to 1.4
  protium fleet plan --template web --to 2.0 --from '<2.0' --tag stage=dev
  protium fleet plan --template vpc --kind environments --account 111122223333

A plan is kept: start it as it is with `protium fleet start ID`. Each target is looked at
again when its turn comes, so an old plan harms nobody.";

const START_EXAMPLES: &str = "\
Examples:
  # patch everything that uses the template, to the recommended version, ten at a time
  protium fleet start --template web

  # canaries first, then a tenth at a time; somebody has to say yes after the canaries
  protium fleet start --template web --to 1.4 --canary stage=dev --batch 10% \\
    --bake 30m --alarm web-5xx --approve canary

  # in a pipeline: exit code 0 only if it SUCCEEDED, the outcome as JSON on standard output
  protium fleet start --template web --to 1.4 --canary 5 --on-failure rollback \\
    --wait --output json | jq '.status, .counts.failed'

  # a plan that somebody has looked at
  protium fleet start 0198f0c2-6f0a-7c3e-9a51-5e0f8b2d4c11 --wait

On a terminal the plan is shown and confirmed first; --yes starts at once, as scripts do.
Ctrl-C while waiting ends the waiting only.

Exit codes: 0 started (with --wait: SUCCEEDED), 1 failed, 2 used wrongly.";

const STATUS_EXAMPLES: &str = "\
Examples:
  protium fleet status                 # the newest fleet update
  protium fleet status ID --wait       # live, until it is over
  protium fleet status ID --output json | jq .counts";

const TARGETS_EXAMPLES: &str = "\
Examples:
  protium fleet targets ID --status failed
  protium fleet targets ID --status skipped --output json | jq -r '.targets[].reason'
  protium fleet targets ID --wave 0";

/// What all commands of `protium fleet` share, and which one it is.
#[derive(Debug, Args)]
pub(crate) struct FleetArgs {
    #[command(flatten)]
    pub(crate) connection: FleetConnectionArgs,
    /// Form of what is printed on standard output
    #[arg(long, short, global = true, value_enum, value_name = "FORM")]
    pub(crate) output: Option<FleetForm>,
    /// Pause between two looks at a fleet update that is waited for
    #[arg(long, global = true, hide = true, value_parser = value::duration, default_value = "2s")]
    pub(crate) poll: Duration,
    #[command(subcommand)]
    pub(crate) command: FleetCommand,
}

/// [`ConnectionArgs`], to be said before or after the subcommand.
#[derive(Debug, Args)]
pub(crate) struct FleetConnectionArgs {
    /// Protium's endpoint: output `ApiEndpoint` of the control plane's stack
    #[arg(long, global = true, env = "PROTIUM_ENDPOINT", value_name = "URL", help_heading = "Connection")]
    pub(crate) endpoint_url: Option<String>,
    /// Region to sign for; by default that of the endpoint's name, else that of your AWS configuration
    #[arg(long, global = true, help_heading = "Connection")]
    pub(crate) region: Option<String>,
    /// Profile whose credentials sign; by default the ordinary credential chain decides
    #[arg(long, global = true, help_heading = "Connection")]
    pub(crate) profile: Option<String>,
}

impl FleetConnectionArgs {
    /// The connection, if an endpoint was named.
    pub(crate) fn resolve(&self) -> Option<ConnectionArgs> {
        Some(ConnectionArgs {
            endpoint_url: self.endpoint_url.clone()?,
            region: self.region.clone(),
            profile: self.profile.clone(),
        })
    }
}

/// Form of what `protium fleet` prints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum FleetForm {
    /// For people
    #[default]
    Human,
    /// For programs: one JSON document, its shape in docs/fleet-updates.md
    Json,
}

/// Commands around fleet updates.
#[derive(Debug, Subcommand)]
pub(crate) enum FleetCommand {
    /// Show who would be updated, in which wave, and who wouldn't and why
    #[command(after_help = PLAN_EXAMPLES)]
    Plan(Box<PlanArgs>),
    /// Bring a version to everyone who uses the template
    #[command(after_help = START_EXAMPLES)]
    Start(Box<StartArgs>),
    /// Show how far a fleet update is
    #[command(after_help = STATUS_EXAMPLES)]
    Status(StatusArgs),
    /// List fleet updates, newest first
    List(ListArgs),
    /// List the targets of a fleet update and those that it skips
    #[command(after_help = TARGETS_EXAMPLES)]
    Targets(TargetsArgs),
    /// Begin no more deployments; those under way come to their end
    Pause(ActArgs),
    /// Go on with a fleet update that was paused
    Resume(ActArgs),
    /// End a fleet update and leave everyone where they are
    Cancel(ActArgs),
    /// Say yes to the next wave
    Approve(ActArgs),
    /// Take everyone that was touched back to the version and spec that they had
    #[command(alias = "roll-back")]
    Rollback(ActArgs),
    /// Say how new versions reach resources by themselves
    #[command(subcommand, after_help = policy::EXAMPLES)]
    Policy(PolicyCommand),
}

/// Arguments of `protium fleet plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Template whose users are updated
    #[arg(long, value_name = "NAME")]
    pub(crate) template: String,
    #[command(flatten)]
    pub(crate) planning: PlanningArgs,
}

/// Arguments of `protium fleet start`.
#[derive(Debug, Args)]
pub(crate) struct StartArgs {
    /// A fleet update that was planned; its selection and strategy stay as they are
    #[arg(value_name = "ID", conflicts_with_all = PLANNED)]
    pub(crate) id: Option<String>,
    /// Template whose users are updated
    #[arg(long, value_name = "NAME")]
    pub(crate) template: Option<String>,
    #[command(flatten)]
    pub(crate) planning: PlanningArgs,
    /// Start without showing the plan first
    #[arg(long, short)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

/// What a plan has decided already.
const PLANNED: [&str; 19] = [
    "template",
    "to",
    "kind",
    "name",
    "from",
    "environment",
    "service",
    "instance",
    "tag",
    "account",
    "canary",
    "batch",
    "concurrency",
    "lane_concurrency",
    "tolerate",
    "bake",
    "alarm",
    "approve",
    "on_failure",
];

/// What a plan is made of, beside the template.
#[derive(Debug, Args)]
pub(crate) struct PlanningArgs {
    /// Version to go to, e.g. 1.4; a major version alone means its recommended minor version [default: the
    /// recommended version]
    #[arg(long, value_name = "VERSION")]
    pub(crate) to: Option<WantedVersion>,
    /// What is updated [default: instances of a service template, environments of an environment template]
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) kind: Option<FleetKind>,
    /// Name for this fleet update, for people
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Repeating a command with the same token has no further effect [default: a new one]
    #[arg(long, value_name = "TOKEN")]
    pub(crate) client_token: Option<String>,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) strategy: StrategyArgs,
}

/// What is updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FleetKind {
    /// Environments of an environment template
    #[value(alias = "environment")]
    Environments,
    /// Instances of a service template
    #[value(alias = "instance", alias = "service-instances", alias = "service-instance")]
    Instances,
    /// Pipelines of a service template
    #[value(alias = "pipeline", alias = "service-pipelines", alias = "service-pipeline")]
    Pipelines,
}

/// Who is chosen of the template's users.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Selection: whoever satisfies all of it")]
pub(crate) struct SelectionArgs {
    /// Versions to update from: 1.3, '<1.4', '<=1.3', '>=1.2', 1.x, or several such as '>=1.2,<2.0'
    #[arg(long, value_name = "VERSIONS")]
    pub(crate) from: Option<VersionRange>,
    /// Environment (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Vec<String>,
    /// Service (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub(crate) service: Vec<String>,
    /// Service instance, of whatever service (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub(crate) instance: Vec<String>,
    /// Tag of the resource (may be repeated; all have to be there)
    #[arg(long, value_name = "KEY=VALUE", value_parser = value::tag)]
    pub(crate) tag: Vec<(String, String)>,
    /// Account that is deployed to (may be repeated)
    #[arg(long, value_name = "ID")]
    pub(crate) account: Vec<String>,
}

/// How the version travels.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Strategy")]
pub(crate) struct StrategyArgs {
    /// Who goes first: a number, a percentage, or a tag such as stage=dev (may be repeated for tags)
    #[arg(long, value_name = "5|10%|KEY=VALUE")]
    pub(crate) canary: Vec<CanaryShare>,
    /// Targets per wave after that [default: all of them]
    #[arg(long, value_name = "50|10%")]
    pub(crate) batch: Option<Amount>,
    /// Deployments under way at one time [default: 10]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) concurrency: Option<i32>,
    /// Of those, the most in one account and region
    #[arg(long, value_name = "NUMBER")]
    pub(crate) lane_concurrency: Option<i32>,
    /// Failures that are borne: a number in all, or a percentage of each wave [default: 0]
    #[arg(long, value_name = "3|2%")]
    pub(crate) tolerate: Option<Amount>,
    /// Time to watch each wave before the next one begins, e.g. 10m or 1h30m
    #[arg(long, value_name = "TIME", value_parser = value::duration)]
    pub(crate) bake: Option<Duration>,
    /// CloudWatch alarm, by name or ARN, that counts as a failure (may be repeated)
    #[arg(long, value_name = "ALARM")]
    pub(crate) alarm: Vec<String>,
    /// Where a person has to say yes
    #[arg(long, value_enum, value_name = "WHEN")]
    pub(crate) approve: Option<ApproveWhen>,
    /// What happens when more fails than is borne [default: stop]
    #[arg(long, value_enum, value_name = "ACTION")]
    pub(crate) on_failure: Option<OnFailure>,
}

/// Where a person has to say yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ApproveWhen {
    /// Nowhere
    None,
    /// After the canary
    #[value(alias = "after-canary")]
    Canary,
    /// After every wave but the last
    EveryWave,
}

/// What happens when more fails than is borne.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnFailure {
    /// Nothing more is begun; everyone stays where they are
    Stop,
    /// It goes on to the end, and ends FAILED
    Continue,
    /// Everyone goes back to the version and spec that they had
    #[value(alias = "roll-back")]
    Rollback,
}

/// Whether to wait for the end.
#[derive(Debug, Args)]
pub(crate) struct WaitArgs {
    /// Show the progress until it is over; exit code 1 unless it ends well
    #[arg(long, short)]
    pub(crate) wait: bool,
}

/// Arguments of `protium fleet status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// The fleet update [default: the newest]
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

/// Arguments of `protium fleet list`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only those of a template
    #[arg(long, value_name = "NAME")]
    pub(crate) template: Option<String>,
    /// Only those in a status, such as running
    #[arg(long, value_name = "STATUS", value_parser = value::update_status)]
    pub(crate) status: Option<protium_wire::fleet::FleetUpdateStatus>,
    /// At most so many
    #[arg(long, value_name = "NUMBER", default_value = "20")]
    pub(crate) limit: usize,
}

/// Arguments of `protium fleet targets`.
#[derive(Debug, Args)]
pub(crate) struct TargetsArgs {
    /// The fleet update
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// Only those in a status, such as failed or skipped
    #[arg(long, value_name = "STATUS", value_parser = value::target_status)]
    pub(crate) status: Option<protium_wire::fleet::FleetTargetStatus>,
    /// Only those of a wave, counted from 0
    #[arg(long, value_name = "NUMBER")]
    pub(crate) wave: Option<i32>,
    /// At most so many
    #[arg(long, value_name = "NUMBER")]
    pub(crate) limit: Option<usize>,
}

/// Arguments of commands that act on one fleet update.
#[derive(Debug, Args)]
pub(crate) struct ActArgs {
    /// The fleet update
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}
