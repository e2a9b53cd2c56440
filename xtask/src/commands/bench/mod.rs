//! `cargo xtask bench`.

mod api;
mod bundle;
mod fleet;
mod lambda;
mod table;

pub(crate) use table::table;

use std::sync::Arc;

use anyhow::Result;
use clap::{Args, Subcommand};
use xtask::workspace::Workspace;

use crate::terminal::Terminal;

/// Measure, and print both sides.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Api(api::Arguments),
    Bundle(bundle::Arguments),
    Fleet(fleet::Arguments),
    Lambda(lambda::Arguments),
}

pub(crate) async fn run(
    workspace: &Workspace,
    arguments: &Arguments,
    terminal: &Arc<Terminal>,
) -> Result<()> {
    match &arguments.what {
        What::Api(arguments) => api::run(workspace, arguments, terminal).await,
        What::Bundle(arguments) => bundle::run(workspace, arguments, terminal).await,
        What::Fleet(arguments) => fleet::run(workspace, arguments, terminal).await,
        What::Lambda(arguments) => lambda::run(workspace, arguments, terminal).await,
    }
}
