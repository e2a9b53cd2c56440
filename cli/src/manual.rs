//! `protium completions` and `protium man`: made from the definition of the command line, so they are never behind.

use crate::output::{print, print_bytes};
use anyhow::{Context, Result};
use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;
use std::{fs, path::Path};

pub(crate) fn completions(mut command: Command, shell: Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "protium", &mut script);
    Ok(print_bytes(&script)?)
}

/// The page of `protium`, or a file for each command.
pub(crate) fn pages(mut command: Command, out: Option<&Path>) -> Result<()> {
    command = command.disable_help_subcommand(true);
    command.build();
    let Some(directory) = out else {
        return Ok(print_bytes(page(&command)?.1.as_bytes())?);
    };
    fs::create_dir_all(directory)
        .with_context(|| format!("can't make the folder {}", directory.display()))?;
    let mut open = vec![command];
    while let Some(command) = open.pop() {
        let (name, page) = page(&command)?;
        let path = directory.join(name);
        fs::write(&path, page).with_context(|| format!("can't write {}", path.display()))?;
        open.extend(command.get_subcommands().cloned());
    }
    Ok(print(&format!("wrote the pages to {}\n", directory.display()))?)
}

/// Name and text of a command's page.
fn page(command: &Command) -> Result<(String, String)> {
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render(&mut page)?;
    Ok((man.get_filename(), examples_keep_lines(&String::from_utf8_lossy(&page))))
}

/// What stands below the options are examples to copy: their lines must neither be joined nor broken.
fn examples_keep_lines(page: &str) -> String {
    let Some((before, rest)) = page.split_once(".SH EXTRA\n") else { return page.to_owned() };
    let (examples, after) = match rest.split_once(".SH ") {
        Some((examples, after)) => (examples, format!(".SH {after}")),
        None => (rest, String::new()),
    };
    let examples = examples.strip_prefix("Examples:\n").unwrap_or(examples);
    format!("{before}.SH EXAMPLES\n.nf\n{examples}\n.fi\n{after}")
}
