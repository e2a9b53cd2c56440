//! Not there yet.
use crate::terminal::Terminal;
use anyhow::Result;
use clap::Args;
use std::sync::Arc;
use xtask::workspace::Workspace;
/// Not there yet
#[derive(Args)]
pub(crate) struct Arguments {}
pub(crate) async fn run(_: &Workspace, _: &Arguments, _: &Arc<Terminal>) -> Result<()> {
    anyhow::bail!("not there yet")
}
