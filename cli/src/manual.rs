//! `protium completions` and `protium man`: made from the definition of the command line, so they are never behind.

use crate::output::{print, print_bytes};
use anyhow::{Context, Result};
use clap::Command;
use clap_complete::Shell;
use std::{fs, path::Path};

pub(crate) fn completions(mut command: Command, shell: Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "protium", &mut script);
    Ok(print_bytes(&script)?)
}

/// The page of `protium`, or a file for each command.
pub(crate) fn pages(command: Command, out: Option<&Path>) -> Result<()> {
    let Some(directory) = out else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        return Ok(print_bytes(&page)?);
    };
    fs::create_dir_all(directory)
        .with_context(|| format!("can't make the folder {}", directory.display()))?;
    clap_mangen::generate_to(command, directory)
        .with_context(|| format!("can't write to {}", directory.display()))?;
    Ok(print(&format!("wrote the pages to {}\n", directory.display()))?)
}
