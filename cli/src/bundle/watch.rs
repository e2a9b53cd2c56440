//! Doing something again whenever files change.
//!
//! Editors save in many ways: in place, by renaming over, by removing and writing anew; checkouts replace directories.
//! So directories are watched rather than files, reading isn't taken for a change, and what to watch is asked anew
//! before each pass, so that what has appeared since is seen, too. Watching begins before the pass: a change during it
//! leads to another one.

use crate::{
    Ending, Usage,
    output::{self, BAD, FAINT},
};
use anyhow::{Context, Result};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use std::{
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::Duration,
};

/// A save is over when nothing has changed for so long.
const QUIET: Duration = Duration::from_millis(80);

/// What has to be watched.
#[derive(Debug, Default)]
pub(crate) struct Targets {
    /// Directories by themselves.
    pub(crate) directories: Vec<PathBuf>,
    /// Directories with all that is below.
    pub(crate) trees: Vec<PathBuf>,
}

impl Targets {
    /// A bundle: its directory for what appears there, its parts with all that is below.
    pub(crate) fn bundle(&mut self, bundle: &Path) {
        if bundle.is_dir() {
            self.directories.push(bundle.to_owned());
            let parts = super::directory::directories().map(|name| bundle.join(name));
            self.trees.extend(parts.filter(|path| path.is_dir()));
        }
        self.file(bundle);
    }

    /// A file, or a directory that may be replaced: what it lies in.
    pub(crate) fn file(&mut self, file: &Path) {
        let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        self.directories.extend(absolute.ancestors().skip(1).find(|path| path.is_dir()).map(Path::to_owned));
    }
}

/// Runs `pass`, and again after each change, until it fails. What is wrong with the files that it was pointed at is told,
/// and may be repaired; whatever else fails ends it.
pub(crate) fn forever(targets: impl Fn() -> Targets, pass: impl Fn() -> Result<Ending>) -> Result<Ending> {
    loop {
        let (watcher, changes) = start(&targets())?;
        let ending = match pass() {
            Err(error) if error.is::<Usage>() => {
                output::note(&format!("{BAD}error:{BAD:#} {}\n", output::visible(&error.to_string())));
                Ending::Misused
            }
            outcome => outcome?,
        };
        output::note(&format!("{FAINT}waiting for changes; Ctrl-C ends{FAINT:#}\n"));
        if !wait(&changes) {
            return Ok(ending);
        }
        drop(watcher);
    }
}

fn start(targets: &Targets) -> Result<(RecommendedWatcher, Receiver<()>)> {
    let (sender, changes) = channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            // Nobody listens any more: the pass has failed.
            let _ = sender.send(());
        }
    })
    .context("can't watch files")?;
    let modes =
        [(&targets.directories, RecursiveMode::NonRecursive), (&targets.trees, RecursiveMode::Recursive)];
    for (paths, mode) in modes {
        for path in paths {
            match watcher.watch(path, mode) {
                // What has been removed meanwhile is found by its parent.
                Err(error) if matches!(error.kind, notify::ErrorKind::PathNotFound) => {}
                outcome => outcome.with_context(|| format!("can't watch {}", path.display()))?,
            }
        }
    }
    Ok((watcher, changes))
}

/// Waits for a change, and for the end of the burst that it belongs to. False when there will be none.
fn wait(changes: &Receiver<()>) -> bool {
    if changes.recv().is_err() {
        return false;
    }
    loop {
        match changes.recv_timeout(QUIET) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
}
