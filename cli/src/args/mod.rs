//! What the command line offers, with the help that teaches it.

pub(crate) mod bundle;
pub(crate) mod doctor;
pub(crate) mod fleet;
pub(crate) mod policy;
pub(crate) mod relocation;

use bundle::BundleCommand;
use clap::{Args, ColorChoice, Parser, Subcommand, builder::Styles};
use clap_complete::Shell;
use doctor::DoctorArgs;
use fleet::{FleetArgs, FleetForm};
use policy::PolicyCommand;
use relocation::{ExportArgs, ImportArgs};
use std::{net::SocketAddr, path::PathBuf};

const EXAMPLES: &str = "\
Examples:
  # write a template, try it and pack it; no account is needed
  protium bundle init my-env --kind environment
  protium bundle test my-env
  protium bundle package my-env

  # bring a version to everyone who uses the template, carefully
  protium fleet start --template web --to 1.4 --canary 5 --bake 10m --wait

  # use `aws proton` with Protium's endpoint
  protium model --install

Exit codes: 0 done, 1 failed (a bundle is bad, an endpoint was not reached), 2 used wrongly.";

const PROXY_EXAMPLES: &str = "\
Examples:
  # the endpoint is in the outputs of the control plane's stack
  protium proxy --endpoint-url https://a1b2c3.execute-api.eu-west-1.amazonaws.com

  # then, in another terminal, any Proton client unchanged
  aws proton list-environments --endpoint-url http://127.0.0.1:8088
  AWS_ENDPOINT_URL_PROTON=http://127.0.0.1:8088 python my_boto3_script.py

Whoever can reach the listening address acts with your credentials.
On a machine that you share, prefer `protium model`, which needs no proxy.";

const MODEL_EXAMPLES: &str = "\
Examples:
  protium model --install
  aws proton list-environments --endpoint-url https://a1b2c3.execute-api.eu-west-1.amazonaws.com

  protium model --out proton-model
  aws configure add-model --service-name proton --service-model file://proton-model/service-2.json

The first way also installs waiters (`aws proton wait …`) and paginators.";

/// Protium, the control plane of AWS Proton that runs in your own account: write and try template bundles, update whole
/// fleets, and reach its API with ordinary Proton clients.
///
/// Template authors begin with `protium bundle --help`: nothing of it needs an account or a network. To reach an
/// installation: API Gateway accepts signatures made for `execute-api`; Proton clients sign for `proton`. Either run
/// `protium proxy` and point clients at it, or install our model with `protium model`, so that the AWS CLI and boto3
/// sign what the gateway accepts.
#[derive(Debug, Parser)]
#[command(name = "protium", version, styles = STYLES, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// When to colour; `auto` on terminals only, and not with NO_COLOR set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    pub(crate) color: ColorChoice,
    /// Form of what `fleet` prints, said early
    #[arg(id = "early_output", long = "output", value_enum, hide = true, value_name = "FORM")]
    pub(crate) output: Option<FleetForm>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const STYLES: Styles = Styles::styled();

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  protium completions bash > ~/.local/share/bash-completion/completions/protium
  protium completions zsh  > \"${fpath[1]}/_protium\"
  protium completions fish > ~/.config/fish/completions/protium.fish";

const MAN_EXAMPLES: &str = "\
Examples:
  protium man | man -l -
  protium man --out ~/.local/share/man/man1";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write, check and try template bundles
    #[command(subcommand, after_help = bundle::EXAMPLES)]
    Bundle(BundleCommand),
    /// Bring a template version to everyone who uses the template
    #[command(after_help = fleet::EXAMPLES)]
    Fleet(Box<FleetArgs>),
    /// Say who may do what: write, check and put policies into force
    #[command(subcommand, after_help = policy::EXAMPLES)]
    Policy(PolicyCommand),
    /// Take requests of unmodified Proton clients, sign them anew with your credentials, and forward them
    #[command(after_help = PROXY_EXAMPLES)]
    Proxy(ProxyArgs),
    /// Write the service model that gives the AWS CLI and boto3 a `proton` made for Protium
    #[command(after_help = MODEL_EXAMPLES)]
    Model(ModelArgs),
    /// Examine an installation, and name the fix of everything that is wrong
    #[command(long_about = doctor::ABOUT, after_help = doctor::EXAMPLES)]
    Doctor(DoctorArgs),
    /// Write all state of an installation into one file
    #[command(long_about = relocation::EXPORT_ABOUT, after_help = relocation::EXPORT_EXAMPLES)]
    Export(ExportArgs),
    /// Bring an export of another installation into this one
    #[command(long_about = relocation::IMPORT_ABOUT, after_help = relocation::IMPORT_EXAMPLES)]
    Import(ImportArgs),
    /// Print completions for a shell
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write those of all commands
    #[command(after_help = MAN_EXAMPLES)]
    Man {
        /// Folder to write the pages of all commands to
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// Which installation to call, and as whom.
#[derive(Debug, Args)]
pub(crate) struct ConnectionArgs {
    /// Protium's endpoint: output `ApiEndpoint` of the control plane's stack
    #[arg(long, env = "PROTIUM_ENDPOINT", value_name = "URL")]
    pub(crate) endpoint_url: String,
    /// Region to sign for; by default that of the endpoint's name, else that of your AWS configuration
    #[arg(long)]
    pub(crate) region: Option<String>,
    /// Profile whose credentials sign; by default the ordinary credential chain decides
    #[arg(long)]
    pub(crate) profile: Option<String>,
}

/// Which installation, and as whom.
#[derive(Debug, Clone, Args)]
pub(crate) struct InstallationArgs {
    /// The CloudFormation stack of Protium's control plane
    #[arg(long, env = "PROTIUM_STACK", default_value = "protium", value_name = "NAME")]
    pub(crate) stack: String,
    /// Its region; by default that of your AWS configuration
    #[arg(long)]
    pub(crate) region: Option<String>,
    /// Profile whose credentials are used; by default the ordinary credential chain decides
    #[arg(long)]
    pub(crate) profile: Option<String>,
}

/// Arguments of `protium proxy`.
#[derive(Debug, Args)]
pub(crate) struct ProxyArgs {
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    /// Where to listen; port 0 takes any free port
    #[arg(long, default_value = "127.0.0.1:8088", value_name = "ADDRESS:PORT")]
    pub(crate) listen: SocketAddr,
    /// Listen beyond loopback and accept any Host, for a sidecar in a network of its own. Whoever reaches the
    /// address acts with your credentials
    #[arg(long)]
    pub(crate) allow_remote: bool,
    /// Don't print a line for each request
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Arguments of `protium model`.
#[derive(Debug, Args)]
pub(crate) struct ModelArgs {
    /// Folder to write the model to
    #[arg(long, default_value = "proton-model", value_name = "DIR", conflicts_with = "install")]
    pub(crate) out: PathBuf,
    /// Write it where the AWS CLI and boto3 look for models: the first folder of AWS_DATA_PATH, else ~/.aws/models
    #[arg(long)]
    pub(crate) install: bool,
    /// Service that clients sign for; `execute-api` is what API Gateway accepts
    #[arg(long, default_value = protium_wire::model::GATEWAY_SIGNING_NAME, value_name = "NAME")]
    pub(crate) signing_name: String,
    /// Folders in which AWS clients look for models before all others
    #[arg(long, env = "AWS_DATA_PATH", hide = true, value_name = "PATHS")]
    pub(crate) aws_data_path: Option<std::ffi::OsString>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
