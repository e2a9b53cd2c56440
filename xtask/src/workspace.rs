//! Where things lie: the checkout and its target directory.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// The checkout that this binary was built from.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The directory of the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target directory: everything that is made lies below it.
    pub target: PathBuf,
    /// Where Cargo keeps what it makes on the way: the target directory, unless something else is configured.
    pub build: PathBuf,
}

impl Workspace {
    /// The workspace around this crate; the directories are `CARGO_TARGET_DIR` and `CARGO_BUILD_BUILD_DIR` where these
    /// are set.
    ///
    /// # Errors
    /// When the checkout was moved away after the build.
    pub fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .and_then(|root| root.canonicalize().ok())
            .context("the checkout that cargo xtask was built from is gone: build it again")?;
        let target = environment("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let target = std::path::absolute(target)?;
        let build = environment("CARGO_BUILD_BUILD_DIR").map_or_else(|| target.clone(), PathBuf::from);
        let build = std::path::absolute(build)?;
        Ok(Self { root, target, build })
    }

    /// The directory of the local stack's state and outputs, where no other is asked for.
    #[must_use]
    pub fn local(&self) -> PathBuf {
        self.target.join("local")
    }

    /// `protium`, as every build of the workspace's tests leaves it.
    #[must_use]
    pub fn cli(&self) -> PathBuf {
        self.target.join("debug/protium")
    }

    /// The infrastructure template of the control plane.
    #[must_use]
    pub fn template(&self) -> PathBuf {
        self.root.join("infra/protium.yaml")
    }

    /// The emulator's launcher and its requirements.
    #[must_use]
    pub fn emulator(&self) -> PathBuf {
        self.root.join("xtask/emulator")
    }
}

/// A variable of the environment; build tools are configured that way, unlike Protium's functions.
#[expect(clippy::disallowed_methods, reason = "cargo and the shell configure build tools by environment")]
#[must_use]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// SHA-256 in lower-case hex of the given parts, one after the other.
#[must_use]
pub fn digest(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The files below a directory with the given extension ("" for all), sorted by path.
///
/// # Errors
/// When a directory can't be read.
pub fn files_below(directory: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries =
        std::fs::read_dir(directory).with_context(|| format!("{} can't be read", directory.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files_below(&path, extension)?);
        } else if extension.is_empty() || path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The names of the directories in a directory, sorted; none when it doesn't exist.
#[must_use]
pub fn directories_in(directory: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}
