//! `cargo xtask`: everything that is done with this repository, as commands that explain themselves.

mod commands;
mod terminal;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use terminal::Terminal;
use xtask::workspace::Workspace;

/// Run, test and deploy Protium.
///
/// Start with `cargo xtask up`: it brings up a local AWS on this machine (no account, no Docker), deploys Protium to it
/// exactly as it would be deployed to AWS, and shows an environment and a service being made.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Up(commands::up::Arguments),
    Down(commands::down::Arguments),
    Test(commands::test::Arguments),
    Deploy(commands::deploy::Arguments),
    Bench(commands::bench::Arguments),
    Simulate(commands::simulate::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let terminal = Arc::new(Terminal::new());
    let outcome = match Workspace::find() {
        Err(error) => Err(error),
        Ok(workspace) => match arguments.command {
            Command::Up(arguments) => commands::up::run(&workspace, &arguments, &terminal).await,
            Command::Down(arguments) => commands::down::run(&workspace, &arguments, &terminal).await,
            Command::Test(arguments) => commands::test::run(&workspace, &arguments, &terminal).await,
            Command::Deploy(arguments) => commands::deploy::run(&workspace, &arguments, &terminal).await,
            Command::Bench(arguments) => commands::bench::run(&workspace, &arguments, &terminal).await,
            Command::Simulate(arguments) => commands::simulate::run(&workspace, &arguments, &terminal),
        },
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal.note(&format!("\nerror: {}", told(&error)));
            ExitCode::FAILURE
        }
    }
}

/// The error and its causes, the outermost first: it says what to do.
fn told(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).collect::<Vec<_>>().join("\n  because: ")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }
}
