//! `protium`: write and try template bundles, update fleets, and reach Protium's API with the Proton clients people
//! already have.
//!
//! This file parses arguments and turns results into exit codes: 0 done, 1 failed, 2 used wrongly. Each command has
//! a module of its own.

mod ambient;
mod api;
mod args;
mod aws_error;
mod bundle;
mod clock;
mod doctor;
mod fleet;
mod installation;
mod manual;
mod model;
mod output;
mod policy;
mod profile;
mod proxy;
mod relocation;

use args::{Cli, Command};
use clap::{CommandFactory, Parser};
use output::{BAD, note};
use std::process::ExitCode;

/// A failure that is the command line's: exit code 2, as clap uses it.
#[derive(Debug)]
struct Usage(String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// How a command that ran to its end found things; the later, the worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    /// As they should be.
    Good,
    /// A bundle is bad, a test failed, a fleet update didn't succeed.
    Bad,
    /// What was named isn't what the command is for.
    Misused,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    output::colour(cli.color);
    let result = match cli.command {
        Command::Fleet(args) => fleet::run(&args, cli.output),
        _ if cli.output.is_some() => Err(Usage("--output belongs behind this command".to_owned()).into()),
        Command::Bundle(command) => bundle::run(&command),
        Command::Policy(command) => policy::run(&command),
        Command::Proxy(args) => proxy::run(&args).map(|()| Ending::Good),
        Command::Model(args) => model::run(&args).map(|()| Ending::Good),
        Command::Doctor(args) => doctor::run(&args),
        Command::Export(args) => relocation::export(&args).map(|()| Ending::Good),
        Command::Import(args) => relocation::import(&args).map(|()| Ending::Good),
        Command::Completions { shell } => manual::completions(Cli::command(), shell).map(|()| Ending::Good),
        Command::Man { out } => manual::pages(Cli::command(), out.as_deref()).map(|()| Ending::Good),
    };
    match result {
        Ok(Ending::Good) => ExitCode::SUCCESS,
        Ok(Ending::Bad) => ExitCode::from(1),
        Ok(Ending::Misused) => ExitCode::from(2),
        Err(error) => {
            note(&format!("{BAD}error:{BAD:#} {}\n", output::visible(&format!("{error:#}"))));
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}
