//! `cargo xtask down`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use xtask::local;
use xtask::workspace::Workspace;

use crate::terminal::Terminal;

/// Stop the local stack and remove its state.
///
/// The virtual environment and the built functions stay, so that the next `up` is quick.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Stop only: the next `up` finds everything as it was
    #[arg(long)]
    keep_state: bool,
    /// Where the state lies, if `up` was told
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
}

pub(crate) async fn run(workspace: &Workspace, arguments: &Arguments, terminal: &Terminal) -> Result<()> {
    let directory = arguments.state_dir.clone().unwrap_or_else(|| workspace.local());
    let stopped = local::down(&directory, arguments.keep_state).await?;
    let what = match (stopped, arguments.keep_state) {
        (true, true) => "Stopped. The state is kept: `cargo xtask up` goes on with it.",
        (true, false) => "Stopped, and the state is removed.",
        (false, true) => "Nothing was running. The state is kept.",
        (false, false) => "Nothing was running. The state is removed.",
    };
    terminal.say(what);
    Ok(())
}
