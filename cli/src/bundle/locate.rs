//! Where the bundle may be that somebody meant.

use super::source::no_bundle;
use crate::output::quoted;
use protium_bundle::{Part, Problem, SCHEMA_FILE};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// How far to look for bundles below a directory.
const DEPTH: usize = 4;
/// How many entries of directories to look at, so that a home directory takes no time.
const ENTRIES: usize = 5_000;
const NONE: &str = "is not a template bundle";
/// How many bundles to name.
const NAMED: usize = 3;

/// What to do about a directory that is no bundle.
pub(crate) fn advice(path: &Path) -> Box<Problem> {
    if let Some(bundle) = bundle_around(path) {
        let command = format!("protium bundle validate {}", shown(&bundle));
        return no_bundle(path, "is a directory inside of a bundle", format!("Name the bundle: {command}"));
    }
    let found = bundles_below(path);
    if found.is_empty() {
        let remedy = format!(
            "A bundle has `{SCHEMA_FILE}` and the directory `infrastructure` (environments) or \
             `instance_infrastructure` (services). Begin one: protium bundle init {} --kind environment",
            shown(&path.join("my-template")),
        );
        return no_bundle(path, NONE, remedy);
    }
    let named: Vec<_> = found.iter().take(NAMED).map(|path| shown(path)).collect();
    let more =
        if found.len() > NAMED { format!("  (there are {} in all)", found.len()) } else { String::new() };
    let remedy = format!("Bundles lie below it: protium bundle validate {}{more}", named.join(" "));
    no_bundle(path, NONE, remedy)
}

/// The bundle that a path lies in.
pub(crate) fn bundle_around(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    let around = absolute.ancestors().skip(1).take(DEPTH).position(is_bundle)?;
    // As near as possible to how it was named.
    let named = path.ancestors().nth(around + 1).filter(|named| !named.as_os_str().is_empty());
    named.map(Path::to_owned).or_else(|| absolute.ancestors().nth(around + 1).map(Path::to_owned))
}

/// Directories below that look like bundles, by path.
fn bundles_below(root: &Path) -> Vec<PathBuf> {
    let (mut found, mut seen, mut open) = (Vec::new(), 0, vec![(root.to_owned(), 0)]);
    while let Some((directory, depth)) = open.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            seen += 1;
            if seen > ENTRIES {
                break;
            }
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_hidden || !is_directory {
                continue;
            }
            if is_bundle(&entry.path()) {
                found.push(entry.path());
            } else if depth + 1 < DEPTH {
                open.push((entry.path(), depth + 1));
            }
        }
    }
    found.sort();
    found
}

fn is_bundle(directory: &Path) -> bool {
    let has_manifest = |part: Part| directory.join(part.directory()).join("manifest.yaml").is_file();
    directory.join(SCHEMA_FILE).is_file() || Part::ALL.into_iter().any(has_manifest)
}

/// A path for a command line to copy.
pub(crate) fn shown(path: &Path) -> String {
    quoted(&path.strip_prefix("./").unwrap_or(path).to_string_lossy())
}
