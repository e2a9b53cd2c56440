//! How the outcome of a check is told: to people, to programs, to GitHub.

mod github;
pub(crate) mod human;
pub(crate) mod json;
mod snippet;

use super::check::Checked;
use crate::{
    args::bundle::{OutputArgs, OutputForm},
    output,
};
use serde::Serialize;
use std::io;

pub(crate) use github::{annotation, bundle as annotations};
pub(crate) use snippet::Snippet;

/// The outcomes for all paths, on standard output.
pub(crate) fn bundles(checked: &[Checked], args: &OutputArgs) -> io::Result<()> {
    match args.output {
        OutputForm::Human => {
            for one in checked {
                output::print(&human::bundle(one))?;
            }
            output::print(&human::summary(checked))
        }
        OutputForm::Json => json(&json::Report::new(checked)),
        OutputForm::Github => {
            let workspace = args.github_workspace.as_deref();
            output::print(&checked.iter().map(|one| annotations(one, workspace)).collect::<String>())?;
            output::print(&human::summary(checked))
        }
    }
}

/// The outcome for a bundle that nothing more can be done with: problems where errors go, save for programs.
pub(crate) fn failed(checked: &Checked, args: &OutputArgs) -> io::Result<()> {
    match args.output {
        OutputForm::Human => {
            output::note(&human::bundle(checked));
            Ok(())
        }
        _ => bundles(std::slice::from_ref(checked), args),
    }
}

/// A document, on a line of its own: a command that watches prints many.
pub(crate) fn json(document: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_string_pretty(document)?;
    output::print(&format!("{}\n", output::visible_json(&text)))
}
