//! Packed bundles: gzip-compressed tar (behaviour 4.1, 4.6).
//!
//! An archive comes from outside and is read as a stream, with every bound checked before the bytes behind it are
//! taken: a small file that unpacks to gigabytes costs no more than the bound. Only files that a bundle can use are
//! kept; a README or an editor's file is counted and forgotten.

use std::collections::BTreeMap;
use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use tar::{Archive, Entry, EntryType};

use crate::problem::Problem;

/// Largest packed bundle, in bytes.
pub const PACKED_LIMIT: usize = 5 * 1024 * 1024;
/// Largest content of all entries together, in bytes, unrelated files included.
pub const UNPACKED_LIMIT: u64 = 50 * 1024 * 1024;
/// Largest content of the files that a bundle uses, together, in bytes.
pub const KEPT_LIMIT: u64 = 20 * 1024 * 1024;
/// Most entries of an archive, unrelated ones included.
pub const ENTRY_LIMIT: usize = 5_000;
/// Largest single file that a bundle uses, in bytes. Templates have a lower limit of their own; this one leaves room for
/// what travels to a CodeBuild project: the lock files of public samples have 400 KB.
pub const FILE_LIMIT: u64 = 5 * 1024 * 1024;
/// Largest header of the kinds that carry long names, in bytes; the unpacker holds them in memory.
const HEADER_LIMIT: u64 = 64 * 1024;
/// Longest path, in bytes.
const PATH_LIMIT: usize = 1_024;

/// Directories whose files a bundle uses.
const DIRECTORIES: [&str; 4] =
    ["schema", "infrastructure", "instance_infrastructure", "pipeline_infrastructure"];
/// Files at the root that a bundle uses.
const ROOT_FILES: [&str; 2] = [crate::registration::FILE, crate::registration::LEGACY_FILE];

/// The files of a bundle by path, relative to its root, with `/` between the parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    files: BTreeMap<String, Vec<u8>>,
    /// Where the bundle seems to lie when it isn't at the root; only for the remedy.
    nested_root: Option<String>,
}

impl Files {
    /// Files that somebody else has read, e.g. a directory. The rules for paths and sizes are those of [`read`].
    ///
    /// # Errors
    /// All problems at once: paths that leave the bundle, duplicates, files that are too large.
    pub fn from_entries<P, B>(entries: impl IntoIterator<Item = (P, B)>) -> Result<Self, Vec<Problem>>
    where
        P: AsRef<str>,
        B: Into<Vec<u8>>,
    {
        let mut collector = Collector::default();
        for (path, bytes) in entries {
            let bytes = bytes.into();
            if let Some(path) = collector.admit(path.as_ref(), bytes.len() as u64) {
                collector.files.files.insert(path, bytes);
            }
        }
        collector.finish()
    }

    /// The content of a file.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// Whether there is such a file.
    pub fn contains(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Paths and contents, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// Paths (relative to it) and contents of the files below a directory.
    pub fn below<'a>(&'a self, directory: &'a str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.iter()
            .filter_map(move |(path, bytes)| Some((path.strip_prefix(directory)?.strip_prefix('/')?, bytes)))
    }

    /// The directory in which the bundle was packed, when it was packed with one.
    pub(crate) fn nested_root(&self) -> Option<&str> {
        self.nested_root.as_deref()
    }
}

/// Unpacks a bundle.
///
/// Entry names may begin `./` or `/`. Unrelated files are ignored. Refused are links, devices, sparse files, paths with
/// `..`, the same path twice, and whatever is beyond the limits.
///
/// # Errors
/// The problems found; reading ends at the first that makes the rest unreadable (not gzip, truncated, too large).
pub fn read(bytes: &[u8]) -> Result<Files, Vec<Problem>> {
    if bytes.len() > PACKED_LIMIT {
        let message =
            format!("the bundle has {} bytes packed, more than the {PACKED_LIMIT} allowed", bytes.len());
        return Err(vec![Problem::error(message).remedy("Leave out what isn't part of the template.")]);
    }
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Err(vec![
            Problem::error("the bundle is not gzip-compressed")
                .remedy("Pack it with `tar -czf bundle.tar.gz`."),
        ]);
    }
    let mut collector = Collector::default();
    look_through(&mut Bounded::new(bytes), &mut collector);
    if !collector.problems.is_empty() {
        return collector.finish();
    }
    let mut stream = Bounded::new(bytes);
    let outcome = unpack(&mut stream, &mut collector);
    if stream.exceeded {
        collector.problem(format!("the bundle unpacks to more than the {UNPACKED_LIMIT} bytes allowed"));
    } else if let Err(error) = outcome {
        // The library quotes what it can't read.
        let why: String = error.to_string().chars().filter(|c| !c.is_control()).take(120).collect();
        collector.problem(format!("the bundle is not a readable tar archive: {why}"));
    }
    collector.finish()
}

/// Looks for what the unpacker itself would choke on. Whatever else is wrong is found when it is unpacked.
fn look_through(stream: &mut impl Read, collector: &mut Collector) {
    let mut archive = Archive::new(stream);
    let Ok(entries) = archive.entries() else { return };
    // A file may have a few headers of its own.
    for entry in entries.raw(true).take(4 * ENTRY_LIMIT).map_while(Result::ok) {
        let (kind, size) = (entry.header().entry_type(), entry.header().entry_size().unwrap_or_default());
        let is_header = matches!(
            kind,
            EntryType::XHeader | EntryType::XGlobalHeader | EntryType::GNULongName | EntryType::GNULongLink
        );
        if is_header && size > HEADER_LIMIT {
            let message =
                format!("the bundle holds a header of {size} bytes, more than the {HEADER_LIMIT} allowed");
            return collector.problem(message);
        }
        if kind == EntryType::GNUSparse {
            return collector.forbidden(kind, &String::from_utf8_lossy(&entry.path_bytes()));
        }
    }
}

fn unpack(stream: &mut impl Read, collector: &mut Collector) -> io::Result<()> {
    let mut archive = Archive::new(&mut *stream);
    for (count, entry) in archive.entries()?.enumerate() {
        if count >= ENTRY_LIMIT {
            collector.problem(format!("the bundle has more than the {ENTRY_LIMIT} entries allowed"));
            return Ok(());
        }
        collector.entry(entry?)?;
        if collector.problems.len() >= Collector::PROBLEM_LIMIT {
            return Ok(());
        }
    }
    // The checksum stands at the end of the compressed data: a truncated upload shows itself only there.
    io::copy(stream, &mut io::sink()).map(|_| ())
}

#[derive(Default)]
struct Collector {
    files: Files,
    problems: Vec<Problem>,
    kept: u64,
}

impl Collector {
    /// An archive with this many faults needs no further examination.
    const PROBLEM_LIMIT: usize = 50;

    fn problem(&mut self, message: String) {
        self.problems.push(Problem::error(message));
    }

    fn forbidden(&mut self, kind: EntryType, path: &str) {
        let problem = Problem::error(format!("{} is not allowed in a bundle", entry_name(kind)))
            .in_file(path.chars().take(200).collect::<String>())
            .remedy("Pack plain files only (`tar --dereference` follows links).");
        self.problems.push(problem);
    }

    fn entry(&mut self, mut entry: Entry<'_, impl Read>) -> io::Result<()> {
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::XGlobalHeader) {
            return Ok(());
        }
        let Ok(path) = String::from_utf8(entry.path_bytes().into_owned()) else {
            self.problem("the bundle holds a file whose name is not UTF-8".into());
            return Ok(());
        };
        match kind {
            EntryType::Regular | EntryType::Continuous => {}
            EntryType::Directory => {
                self.normalised(&path);
                return Ok(());
            }
            other => {
                self.forbidden(other, &path);
                return Ok(());
            }
        }
        let size = entry.header().entry_size()?;
        if let Some(path) = self.admit(&path, size) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            if bytes.len() as u64 != size {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a file ends too early"));
            }
            self.files.files.insert(path, bytes);
        }
        Ok(())
    }

    /// The path under which to keep a file of that size; `None` when it is unrelated or refused.
    fn admit(&mut self, path: &str, size: u64) -> Option<String> {
        let path = self.normalised(path)?;
        if self.files.nested_root.is_none()
            && let Some(root) = path.strip_suffix("/schema/schema.yaml")
        {
            self.files.nested_root = Some(root.to_owned());
        }
        if !is_related(&path) {
            return None;
        }
        if self.files.contains(&path) {
            self.problems.push(Problem::error("the file is in the bundle twice").in_file(path));
            return None;
        }
        if size > FILE_LIMIT {
            let message = format!("the file has {size} bytes, more than the {FILE_LIMIT} allowed");
            self.problems.push(Problem::error(message).in_file(path));
            return None;
        }
        self.kept += size;
        if self.kept > KEPT_LIMIT {
            self.problem(format!(
                "the files of the bundle have more than the {KEPT_LIMIT} bytes allowed together"
            ));
            return None;
        }
        Some(path)
    }

    /// The path without leading `/` and without `.` parts; what leaves the bundle is refused.
    fn normalised(&mut self, path: &str) -> Option<String> {
        let parts: Vec<_> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        if parts.contains(&"..") || path.contains('\0') || path.len() > PATH_LIMIT {
            let shown: String = path.chars().take(200).collect();
            let message = format!("the path {shown:?} is not allowed in a bundle");
            self.problems
                .push(Problem::error(message).remedy("Pack files below the bundle's directory only."));
            return None;
        }
        (!parts.is_empty()).then(|| parts.join("/"))
    }

    fn finish(mut self) -> Result<Files, Vec<Problem>> {
        self.problems.truncate(Self::PROBLEM_LIMIT);
        if self.problems.is_empty() { Ok(self.files) } else { Err(self.problems) }
    }
}

fn is_related(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    // macOS packs its metadata as `._name` files beside the real ones.
    if name.starts_with("._") || name == ".DS_Store" {
        return false;
    }
    match path.split_once('/') {
        Some((directory, _)) => DIRECTORIES.contains(&directory),
        None => ROOT_FILES.contains(&path),
    }
}

fn entry_name(kind: EntryType) -> &'static str {
    match kind {
        EntryType::Link | EntryType::Symlink => "a link",
        EntryType::Char | EntryType::Block => "a device file",
        EntryType::Fifo => "a pipe",
        EntryType::GNUSparse => "a sparse file",
        _ => "this kind of entry",
    }
}

/// Ends the stream with an error once it has given more than it may.
struct Bounded<R> {
    inner: R,
    left: u64,
    exceeded: bool,
}

impl<'a> Bounded<MultiGzDecoder<&'a [u8]>> {
    fn new(packed: &'a [u8]) -> Self {
        Self { inner: MultiGzDecoder::new(packed), left: UNPACKED_LIMIT, exceeded: false }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match self.left.checked_sub(read as u64) {
            Some(left) => {
                self.left = left;
                Ok(read)
            }
            None => {
                self.exceeded = true;
                Err(io::Error::other("too large"))
            }
        }
    }
}
