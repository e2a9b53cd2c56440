//! What a command was pointed at: a bundle's directory, or a packed bundle.

use super::{directory, locate};
use protium_bundle::{BundleKind, Files, Part, Problem, SCHEMA_FILE, archive};
use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

/// A bundle to look at, readable or not.
#[derive(Debug)]
pub(crate) struct Source {
    /// As it was named.
    pub(crate) path: PathBuf,
    /// Its files, or why they can't be had.
    pub(crate) files: Result<Files, Vec<Problem>>,
    /// Paths of the files that may be executed.
    pub(crate) executables: BTreeSet<String>,
}

/// Why there is nothing to look at, and what to do.
pub(crate) fn no_bundle(path: &Path, what: &str, remedy: impl Into<String>) -> Box<Problem> {
    Box::new(Problem::error(format!("{} {what}", path.display())).remedy(remedy))
}

impl Source {
    /// Reads a directory or an archive.
    ///
    /// # Errors
    /// When there is nothing, nothing readable, or nothing that looks like a bundle.
    pub(crate) fn open(path: &Path) -> Result<Self, Box<Problem>> {
        let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        if metadata.is_dir() {
            return Self::directory(path);
        }
        if !metadata.is_file() {
            return Err(no_bundle(
                path,
                "is neither a directory nor a packed bundle",
                "Name a bundle's directory.",
            ));
        }
        if let Some(bundle) = locate::bundle_around(path) {
            let command = format!("protium bundle validate {}", locate::shown(&bundle));
            return Err(no_bundle(path, "is a file of a bundle", format!("Name the bundle: {command}")));
        }
        Self::archive(path)
    }

    fn directory(path: &Path) -> Result<Self, Box<Problem>> {
        let mut reading = directory::read(path).map_err(|error| unreadable(path, &error))?;
        let files = reading.files();
        if let Ok(files) = &files
            && !looks_like_bundle(files)
        {
            return Err(locate::advice(path));
        }
        Ok(Self { path: path.to_owned(), files, executables: reading.executables })
    }

    fn archive(path: &Path) -> Result<Self, Box<Problem>> {
        let mut bytes = Vec::new();
        // One byte more than allowed is enough to be refused for its size.
        let limit = archive::PACKED_LIMIT as u64 + 1;
        let read = fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
        read.map_err(|error| unreadable(path, &error))?;
        let files = archive::read(&bytes);
        Ok(Self { path: path.to_owned(), files, executables: BTreeSet::new() })
    }

    /// The content of a file of the bundle.
    pub(crate) fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.as_ref().ok()?.get(name)
    }

    /// How many files it has.
    pub(crate) fn count(&self) -> usize {
        self.files.as_ref().map_or(0, |files| files.iter().count())
    }

    /// Where a file of the bundle is, for people and for editors.
    pub(crate) fn place(&self, file: Option<&str>) -> String {
        let path = match file {
            Some(file) if self.path == Path::new(".") => PathBuf::from(file),
            Some(file) => self.path.join(file),
            None => self.path.clone(),
        };
        path.to_string_lossy().into_owned()
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Box<Problem> {
    match error.kind() {
        std::io::ErrorKind::NotFound => no_bundle(
            path,
            "does not exist",
            format!("Begin a bundle there: protium bundle init {} --kind environment", locate::shown(path)),
        ),
        _ => Box::new(Problem::error(format!("{} can't be read: {error}", path.display()))),
    }
}

/// Anything that only bundles have. What is missing besides is for the examination to say.
fn looks_like_bundle(files: &Files) -> bool {
    files.iter().next().is_some()
}

/// What tells the kinds apart: the directories (behaviour 4.1); and the schema where they say nothing or both.
pub(crate) fn kind_detect(files: &Files) -> Option<BundleKind> {
    let has = |part: Part| files.below(part.directory()).next().is_some();
    let environment = has(Part::Infrastructure);
    let service = has(Part::InstanceInfrastructure) || has(Part::PipelineInfrastructure);
    match (environment, service) {
        (true, false) => Some(BundleKind::Environment),
        (false, true) => Some(BundleKind::Service),
        _ => kind_by_schema(files),
    }
}

fn kind_by_schema(files: &Files) -> Option<BundleKind> {
    let text = String::from_utf8_lossy(files.get(SCHEMA_FILE)?);
    let names = |kind: BundleKind| {
        text.lines()
            .any(|line| line.trim_start().trim_start_matches(['"', '\'']).starts_with(kind.input_type_key()))
    };
    match (names(BundleKind::Environment), names(BundleKind::Service)) {
        (true, false) => Some(BundleKind::Environment),
        (false, true) => Some(BundleKind::Service),
        _ => None,
    }
}
