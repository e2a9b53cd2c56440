//! A bundle's directory, read by the rules that hold for archives.
//!
//! Only what belongs to a bundle is looked at: beside it may lie anything, of any size. Links aren't followed, so that
//! neither a loop nor a link out of the directory does harm and that a package holds what was checked. Pipes and devices
//! are never opened. What is wrong becomes a problem of the bundle, all of it at once.

use protium_bundle::{
    Files, Part, Problem,
    archive::{ENTRY_LIMIT, FILE_LIMIT, KEPT_LIMIT},
    registration,
};
use std::{
    collections::BTreeSet,
    fs::{self, File, Metadata},
    io::{self, Read},
    path::Path,
};

/// Nobody reads more problems than this.
const PROBLEM_LIMIT: usize = 50;

/// The directories whose files belong to a bundle.
pub(crate) fn directories() -> impl Iterator<Item = &'static str> {
    std::iter::once("schema").chain(Part::ALL.into_iter().map(Part::directory))
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    entries: Vec<(String, Vec<u8>)>,
    problems: Vec<Problem>,
    /// Files that may be executed: a package keeps that, CodeBuild runs scripts.
    pub(crate) executables: BTreeSet<String>,
    count: usize,
    kept: u64,
}

impl Reading {
    /// The files, or everything that is wrong with them.
    pub(crate) fn files(&mut self) -> Result<Files, Vec<Problem>> {
        let files = Files::from_entries(std::mem::take(&mut self.entries));
        let mut problems = std::mem::take(&mut self.problems);
        match files {
            Ok(files) if problems.is_empty() => Ok(files),
            Ok(_) => Err(problems),
            Err(others) => {
                problems.extend(others);
                Err(problems)
            }
        }
    }
}

/// Reads the bundle in a directory.
///
/// # Errors
/// When the directory itself can't be listed.
pub(crate) fn read(root: &Path) -> io::Result<Reading> {
    fs::read_dir(root)?;
    let mut reading = Reading::default();
    for file in [registration::FILE, registration::LEGACY_FILE] {
        reading.entry(&root.join(file), file);
    }
    for directory in directories() {
        reading.entry(&root.join(directory), directory);
    }
    Ok(reading)
}

impl Reading {
    fn is_full(&self) -> bool {
        self.problems.len() >= PROBLEM_LIMIT || self.count > ENTRY_LIMIT || self.kept > KEPT_LIMIT
    }

    fn problem(&mut self, path: &str, message: impl Into<String>, remedy: &str) {
        let problem = Problem::error(message).in_file(path);
        self.problems.push(if remedy.is_empty() { problem } else { problem.remedy(remedy) });
    }

    fn unreadable(&mut self, path: &str, error: &io::Error) {
        self.problem(path, format!("can't be read: {error}"), "");
    }

    fn entry(&mut self, place: &Path, path: &str) {
        if self.is_full() {
            return;
        }
        match fs::symlink_metadata(place) {
            Ok(metadata) if metadata.is_dir() => self.directory(place, path),
            Ok(metadata) if metadata.is_file() => self.file(place, path, &metadata),
            Ok(metadata) if metadata.is_symlink() => {
                self.problem(path, "a link is not allowed in a bundle", "Put the file itself there.")
            }
            Ok(_) => self.problem(path, "is no ordinary file", "A bundle holds plain files only."),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.unreadable(path, &error),
        }
    }

    fn directory(&mut self, place: &Path, path: &str) {
        if !self.counts() {
            return;
        }
        // More than are allowed are refused; which ones are read then is of no account.
        let listing =
            fs::read_dir(place).and_then(|it| it.take(ENTRY_LIMIT + 1).collect::<io::Result<Vec<_>>>());
        let mut names = match listing {
            Ok(entries) => entries.into_iter().map(|entry| entry.file_name()).collect::<Vec<_>>(),
            Err(error) => return self.unreadable(path, &error),
        };
        names.sort();
        for name in names {
            match name.to_str() {
                // What editors and file managers leave behind; archives pass over the same.
                Some(name) if name == ".DS_Store" || name.starts_with("._") => {}
                Some(name) => self.entry(&place.join(name), &format!("{path}/{name}")),
                None => {
                    let shown = format!("{path}/{}", name.to_string_lossy());
                    self.problem(&shown, "the name of the file is not UTF-8", "Rename it.");
                }
            }
        }
    }

    /// Whether there may be one entry more.
    fn counts(&mut self) -> bool {
        self.count += 1;
        if self.count == ENTRY_LIMIT + 1 {
            let message = format!("the bundle has more than the {ENTRY_LIMIT} files and directories allowed");
            let remedy = "Leave out what can be made or fetched at build time.";
            self.problems.push(Problem::error(message).remedy(remedy));
        }
        self.count <= ENTRY_LIMIT
    }

    fn file(&mut self, place: &Path, path: &str, metadata: &Metadata) {
        self.count += 1;
        self.kept += metadata.len().min(FILE_LIMIT);
        if self.count > ENTRY_LIMIT {
            let message = format!("the bundle has more than the {ENTRY_LIMIT} files allowed");
            self.problems
                .push(Problem::error(message).remedy("Leave out what can be made or fetched at build time."));
            return;
        }
        // One byte more than allowed is enough to be refused for its size.
        let mut bytes = Vec::new();
        match File::open(place).and_then(|file| file.take(FILE_LIMIT + 1).read_to_end(&mut bytes)) {
            Ok(_) if bytes.len() as u64 > FILE_LIMIT => {
                let size = metadata.len();
                let message = format!("the file has {size} bytes, more than the {FILE_LIMIT} allowed");
                self.problem(path, message, "");
            }
            Ok(_) => {
                if is_executable(metadata) {
                    self.executables.insert(path.to_owned());
                }
                self.entries.push((path.to_owned(), bytes));
            }
            Err(error) => self.unreadable(path, &error),
        }
    }
}

#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &Metadata) -> bool {
    false
}
