//! The file of an export: a compressed tar archive, written and read as a stream.
//!
//! | member                | what it is                                                                        |
//! |-----------------------|-----------------------------------------------------------------------------------|
//! | `export.json`         | [`Head`]: format, id, time, and which installation it was                         |
//! | `records/<n>.jsonl`   | records, one a line, as `protium_store::portable` writes them                     |
//! | `objects/<key>`       | objects of the artifact bucket                                                    |
//! | `end.json`            | [`End`]: how much there is of everything, and a digest over all that went before |
//!
//! An archive without its end was cut, and is refused as a whole.

use anyhow::{Context, Result, bail};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use protium_domain::arn::Location;
use protium_domain::identifier::Identifier;
use protium_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufReader, Read, Write},
    path::Path,
};

/// The format that is written. Records carry a format of their own.
pub(super) const FORMAT: u32 = 1;

const HEAD: &str = "export.json";
const END: &str = "end.json";
const OBJECTS: &str = "objects/";
const RECORDS: &str = "records/";

/// Records are gathered to members of about this size.
const SEGMENT: usize = 4 << 20;
/// No member is larger: bundles end at 10 MB, and a reader shouldn't trust what a header says.
const MOST_BYTES: u64 = 256 << 20;

/// What an export is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Head {
    /// Of this archive.
    pub(super) format: u32,
    /// The export's own id, by which an installation remembers that it has it.
    pub(super) id: Identifier,
    /// When it was made, in milliseconds since 1970.
    pub(super) made_at: Timestamp,
    /// The release that made it.
    pub(super) made_by: String,
    /// Where the installation is.
    pub(super) from: Location,
    /// The name of its stack.
    pub(super) stack: String,
}

/// What an export holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct End {
    /// How many records, by kind.
    pub(super) records: BTreeMap<String, u64>,
    /// How many objects.
    pub(super) objects: u64,
    /// SHA-256 over names, sizes and contents of all members before.
    pub(super) sha256: String,
}

/// Writes an export.
pub(super) struct Writer<W: Write> {
    tar: tar::Builder<GzEncoder<W>>,
    digest: Sha256,
    segment: Vec<u8>,
    segments: u64,
    objects: u64,
}

impl<W: Write> Writer<W> {
    /// Begins.
    ///
    /// # Errors
    /// When `out` can't be written, as with everything here.
    pub(super) fn begin(out: W, head: &Head) -> io::Result<Self> {
        let tar = tar::Builder::new(GzEncoder::new(out, Compression::default()));
        let mut writer = Self { tar, digest: Sha256::new(), segment: Vec::new(), segments: 0, objects: 0 };
        writer.member(HEAD, &serde_json::to_vec_pretty(head)?)?;
        Ok(writer)
    }

    /// Adds a record's line.
    pub(super) fn record(&mut self, line: &str) -> io::Result<()> {
        self.segment.extend_from_slice(line.as_bytes());
        self.segment.push(b'\n');
        if self.segment.len() >= SEGMENT { self.segment_end() } else { Ok(()) }
    }

    fn segment_end(&mut self) -> io::Result<()> {
        if self.segment.is_empty() {
            return Ok(());
        }
        self.segments += 1;
        let segment = std::mem::take(&mut self.segment);
        self.member(&format!("{RECORDS}{:06}.jsonl", self.segments), &segment)
    }

    /// Adds an object of the artifact bucket.
    pub(super) fn object(&mut self, key: &str, bytes: &[u8]) -> io::Result<()> {
        self.segment_end()?;
        self.objects += 1;
        self.member(&format!("{OBJECTS}{key}"), bytes)
    }

    /// Ends; what was written to.
    pub(super) fn end(mut self, records: BTreeMap<String, u64>) -> io::Result<W> {
        self.segment_end()?;
        let end = End { records, objects: self.objects, sha256: hex(self.digest.clone()) };
        self.member(END, &serde_json::to_vec_pretty(&end)?)?;
        let mut out = self.tar.into_inner()?.finish()?;
        out.flush()?;
        Ok(out)
    }

    fn member(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        digest_add(&mut self.digest, name, bytes);
        self.tar.append_data(&mut header, name, bytes)
    }
}

/// One thing of an export.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Member {
    /// Some records, one a line.
    Records(String),
    /// An object of the artifact bucket: key and contents.
    Object(String, Vec<u8>),
}

/// Reads what an export is of.
///
/// # Errors
/// When the file is none, or of a later format.
pub(super) fn head(path: &Path) -> Result<Head> {
    let mut archive = open(path)?;
    let mut entries = archive.entries().with_context(|| no_export(path))?;
    let first = entries.next().with_context(|| no_export(path))?.with_context(|| no_export(path))?;
    let (name, bytes) = read(first).with_context(|| no_export(path))?;
    if name != HEAD {
        bail!("{}", no_export(path));
    }
    head_read(&bytes).with_context(|| no_export(path))
}

fn no_export(path: &Path) -> String {
    format!("{} is no export that this release can read", path.display())
}

fn head_read(bytes: &[u8]) -> Result<Head> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    // The format alone first: a later one may have another head.
    let Format { format } = serde_json::from_slice(bytes)?;
    if format > FORMAT {
        bail!(
            "it has format {format}, and this release reads up to format {FORMAT}: use the release that made it, or a later one"
        );
    }
    Ok(serde_json::from_slice(bytes)?)
}

/// Hands everything of an export to `take`, in order, and makes sure that it is whole.
///
/// # Errors
/// When the file can't be read, was cut or changed, or `take` fails.
pub(super) fn walk(path: &Path, mut take: impl FnMut(Member) -> Result<()>) -> Result<End> {
    let mut archive = open(path)?;
    let (mut digest, mut objects) = (Sha256::new(), 0);
    for entry in archive.entries().with_context(|| no_export(path))? {
        let (name, bytes) = entry
            .map_err(anyhow::Error::from)
            .and_then(read)
            .with_context(|| format!("{} is broken or was cut", path.display()))?;
        if name == END {
            let end: End = serde_json::from_slice(&bytes).with_context(|| no_export(path))?;
            if end.sha256 != hex(digest) || end.objects != objects {
                bail!("{} was changed since it was made: its digest is another", path.display());
            }
            return Ok(end);
        }
        digest_add(&mut digest, &name, &bytes);
        if name == HEAD {
            head_read(&bytes).with_context(|| no_export(path))?;
        } else if let Some(key) = name.strip_prefix(OBJECTS) {
            objects += 1;
            take(Member::Object(key.to_owned(), bytes))?;
        } else if name.starts_with(RECORDS) {
            take(Member::Records(String::from_utf8(bytes).with_context(|| no_export(path))?))?;
        } else {
            bail!("{}: it has a member '{name}', which this release doesn't know", no_export(path));
        }
    }
    bail!("{} was cut: it has no end; make the export again", path.display())
}

fn open(path: &Path) -> Result<tar::Archive<GzDecoder<BufReader<File>>>> {
    let file =
        File::open(path).map_err(|error| crate::Usage(format!("can't read {}: {error}", path.display())))?;
    Ok(tar::Archive::new(GzDecoder::new(BufReader::with_capacity(1 << 20, file))))
}

fn read(entry: tar::Entry<'_, impl Read>) -> Result<(String, Vec<u8>)> {
    let name = entry.path()?.to_str().context("a member's name is no text")?.to_owned();
    if entry.size() > MOST_BYTES {
        bail!("the member {name} is larger than {MOST_BYTES} bytes");
    }
    let size = entry.size();
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(1 << 20))?);
    entry.take(MOST_BYTES).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != size {
        bail!("the member {name} ends too early");
    }
    Ok((name, bytes))
}

/// Sizes tell members apart that only together are the same.
fn digest_add(digest: &mut Sha256, name: &str, bytes: &[u8]) {
    for part in [name.as_bytes(), bytes] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
}

fn hex(digest: Sha256) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(Sha256::new_with_prefix(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head_of(format: u32) -> Head {
        Head {
            format,
            id: Identifier::new("0190163d-8694-739b-aea5-966c26f8ad91").unwrap(),
            made_at: Timestamp::from_millis(1_793_610_000_000),
            made_by: "0.1.0".to_owned(),
            from: Location {
                partition: "aws".into(),
                region: "eu-west-1".into(),
                account: "111122223333".into(),
            },
            stack: "protium".to_owned(),
        }
    }

    fn archive(format: u32) -> Vec<u8> {
        let mut writer = Writer::begin(Vec::new(), &head_of(format)).unwrap();
        for number in 0..3 {
            writer.record(&format!("{{\"line\":{number}}}")).unwrap();
        }
        let long = format!("deployments/{}/rendered-template", "x".repeat(120));
        writer.object(&long, b"text").unwrap();
        writer.object("documents/sha256/a", b"").unwrap();
        writer.end([("environments".to_owned(), 3)].into()).unwrap()
    }

    fn kept(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn read_all(bytes: &[u8]) -> Result<(End, Vec<Member>)> {
        let file = kept(bytes);
        let mut members = Vec::new();
        let end = walk(file.path(), |member| {
            members.push(member);
            Ok(())
        })?;
        Ok((end, members))
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = archive(FORMAT);
        assert_eq!(head(kept(&bytes).path()).unwrap(), head_of(FORMAT));
        let (end, members) = read_all(&bytes).unwrap();
        assert_eq!((end.objects, end.records["environments"]), (2, 3));
        let [Member::Records(lines), Member::Object(long, text), Member::Object(short, empty)] = &members[..]
        else {
            panic!("{members:?}");
        };
        assert_eq!(lines.lines().count(), 3);
        assert!(long.len() > 100 && text == b"text" && short == "documents/sha256/a" && empty.is_empty());
    }

    /// An export of the first format, as this release wrote it: later ones have to read it.
    #[test]
    fn the_first_format_stays_readable() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/export-format-1.tar.gz");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, archive(1)).unwrap();
        }
        assert_eq!(head(&path).unwrap(), head_of(1));
        assert_eq!(walk(&path, |_| Ok(())).unwrap().objects, 2);
    }

    #[test]
    fn an_archive_that_was_cut_anywhere_is_refused() {
        let bytes = archive(FORMAT);
        let whole = read_all(&bytes).unwrap();
        for length in 0..bytes.len() {
            match read_all(&bytes[..length]) {
                // All that is lost is the padding behind the end.
                Ok(read) => assert!(read == whole && length > bytes.len() - 50, "cut to {length}"),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    }

    #[test]
    fn what_was_changed_is_refused() {
        let mut text = Vec::new();
        GzDecoder::new(&archive(FORMAT)[..]).read_to_end(&mut text).unwrap();
        let place = text.windows(8).position(|window| window == b"{\"line\":").unwrap();
        text[place + 8] = b'7';
        let mut again = GzEncoder::new(Vec::new(), Compression::default());
        again.write_all(&text).unwrap();
        let error = read_all(&again.finish().unwrap()).unwrap_err().to_string();
        assert!(error.contains("was changed"), "{error}");
    }

    #[test]
    fn other_files_and_later_formats_are_refused_with_the_reason() {
        let error = format!("{:#}", head(kept(&archive(FORMAT + 1)).path()).unwrap_err());
        assert!(error.contains("a later one"), "{error}");
        assert!(head(kept(b"no archive").path()).is_err());
        assert!(head(Path::new("not/there")).unwrap_err().is::<crate::Usage>());
    }
}
