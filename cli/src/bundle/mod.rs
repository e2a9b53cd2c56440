//! `protium bundle …`: what authors of templates write, check and try bundles with.
//!
//! Each command has a module; all of them read bundles through [`source`], judge them through [`check`] and tell the
//! outcome through [`report`]. What is right and wrong, and what is rendered, is decided by `protium-bundle` alone, as in
//! the control plane.

mod cases;
mod check;
mod comparison;
mod diff;
mod directory;
mod init;
mod locate;
mod outputs;
mod package;
mod progress;
mod render;
mod rendering;
mod report;
mod source;
mod starter;
mod test;
mod test_report;
mod validate;
mod watch;
mod whole_numbers;
mod writing;

use crate::{Ending, args::bundle::BundleCommand};
use anyhow::Result;

pub(crate) fn run(command: &BundleCommand) -> Result<Ending> {
    match command {
        BundleCommand::Init(args) => init::run(args),
        BundleCommand::Validate(args) => validate::run(args),
        BundleCommand::Render(args) => render::run(args),
        BundleCommand::Test(args) => test::run(args),
        BundleCommand::Diff(args) => diff::run(args),
        BundleCommand::Package(args) => package::run(args),
    }
}
