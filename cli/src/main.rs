//! `protium`: reach Protium's API with the Proton clients people already have.
//!
//! This file parses arguments and turns results into exit codes: 0 done, 1 failed, 2 used wrongly. Each command has
//! a module of its own.

mod args;
mod model;
mod proxy;

use anstyle::{AnsiColor, Style};
use args::{Cli, Command};
use clap::Parser;
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

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Proxy(args) => proxy::run(&args),
        Command::Model(args) => model::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            const RED: Style = AnsiColor::Red.on_default().bold();
            anstream::eprintln!("{RED}error:{RED:#} {error:#}");
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}
