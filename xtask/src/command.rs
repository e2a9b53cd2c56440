//! Other programs: started, listened to, and quoted when they fail.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::workspace::environment;

/// How many of its last lines a failed program is quoted with.
const QUOTED_LINES: usize = 25;

/// A program with arguments, in a directory, that ends when we end.
#[must_use]
pub fn command<A: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = A>,
) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Cargo, as if we hadn't been run by another Cargo, which tells us about our own package by these variables. Build
/// scripts may watch them (ring's does): passed on, they make it and all that depends on it be built again whenever
/// somebody else of us builds.
#[must_use]
pub fn cargo<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    const OF_A_PACKAGE: [&str; 5] =
        ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE"];
    let mut cargo = command(environment("CARGO").unwrap_or_else(|| "cargo".into()), arguments);
    for (name, _) in std::env::vars_os() {
        if OF_A_PACKAGE.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// Runs a program to its end; every line that it writes goes to `line`, and all of them are the result.
///
/// # Errors
/// When it can't be started or ends with another code than 0; the message ends in its last lines.
pub async fn run(mut command: Command, mut line: impl FnMut(&str)) -> Result<String> {
    let name = program_name(&command);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{name}` can't be started: is it installed and on the PATH?"))?;
    let mut lines = Vec::new();
    let mut stdout = child.stdout.take().map(|pipe| BufReader::new(pipe).lines());
    let mut stderr = child.stderr.take().map(|pipe| BufReader::new(pipe).lines());
    while stdout.is_some() || stderr.is_some() {
        let next = tokio::select! {
            next = next_line(&mut stdout), if stdout.is_some() => next?,
            next = next_line(&mut stderr), if stderr.is_some() => next?,
        };
        if let Some(next) = next {
            line(&next);
            lines.push(next);
        }
    }
    let status = child.wait().await?;
    if !status.success() {
        let quoted = lines[lines.len().saturating_sub(QUOTED_LINES)..].join("\n  ");
        bail!("`{name}` failed ({status}):\n  {quoted}");
    }
    Ok(lines.join("\n"))
}

/// The next line of a pipe; at its end the pipe is dropped, so that nobody waits for it again.
async fn next_line<R: tokio::io::AsyncRead + Unpin>(
    pipe: &mut Option<tokio::io::Lines<BufReader<R>>>,
) -> Result<Option<String>> {
    let Some(lines) = pipe else { return Ok(None) };
    let next = lines.next_line().await?;
    if next.is_none() {
        *pipe = None;
    }
    Ok(next)
}

/// The program's file name and first argument, for messages.
fn program_name(command: &Command) -> String {
    let program = Path::new(command.as_std().get_program()).file_name().unwrap_or_default().to_string_lossy();
    let first = command.as_std().get_args().next().map(|argument| format!(" {}", argument.to_string_lossy()));
    format!("{program}{}", first.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_program_is_heard_on_both_pipes() {
        let mut heard = Vec::new();
        let output = run(command("sh", ["-c", "echo one; echo two >&2"]), |line| heard.push(line.to_owned()))
            .await
            .unwrap();
        heard.sort();
        assert_eq!(heard, ["one", "two"]);
        assert_eq!(output.lines().count(), 2);
    }

    #[tokio::test]
    async fn a_failure_quotes_the_last_lines() {
        let error = run(command("sh", ["-c", "echo no such thing >&2; exit 3"]), |_| {}).await.unwrap_err();
        assert!(format!("{error:#}").contains("no such thing"), "{error:#}");
    }

    #[test]
    fn cargo_hears_nothing_of_the_package_that_runs_it() {
        assert!(environment("CARGO_PKG_NAME").is_some(), "Cargo runs this test");
        let cargo = cargo(["build"]);
        let removed = |name: &str| cargo.as_std().get_envs().any(|found| found == (OsStr::new(name), None));
        assert!(removed("CARGO_PKG_NAME") && removed("CARGO_MANIFEST_DIR"));
        assert!(!removed("CARGO_HOME") && !removed("CARGO_TARGET_DIR"));
    }

    #[tokio::test]
    async fn a_missing_program_is_named() {
        let error = run(command("no-such-program", ["now"]), |_| {}).await.unwrap_err();
        assert!(format!("{error:#}").contains("no-such-program now"), "{error:#}");
    }
}
