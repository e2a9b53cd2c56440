//! Zips for Lambda and tarballs for bundles, byte for byte the same for the same content.
//!
//! Times and owners stay out, so the digest of an archive says whether its content changed.

use std::io::{Cursor, Write};
use std::path::Path;

use anyhow::Result;
use flate2::{Compression, GzBuilder};
use zip::write::SimpleFileOptions;

use crate::workspace::files_below;

/// A zip with one executable file.
///
/// # Errors
/// When the content is over what a zip without 64-bit extensions holds (4 GB).
pub fn zip_executable(name: &str, content: &[u8]) -> Result<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o755);
    zip.start_file(name, options)?;
    zip.write_all(content)?;
    Ok(zip.finish()?.into_inner())
}

/// A gzipped tar of the files below a directory, by their paths in it: the form of a template bundle.
///
/// # Errors
/// When a file can't be read.
pub fn tar_gz(directory: &Path) -> Result<Vec<u8>> {
    let mut files = Vec::new();
    for path in files_below(directory, "")? {
        files.push((path.strip_prefix(directory)?.to_owned(), std::fs::read(&path)?));
    }
    tar_gz_of(files)
}

/// A gzipped tar of contents by their paths.
///
/// # Errors
/// When a path is none that a tar holds.
pub fn tar_gz_of<P: AsRef<Path>, C: AsRef<[u8]>>(files: impl IntoIterator<Item = (P, C)>) -> Result<Vec<u8>> {
    let gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    let mut tar = tar::Builder::new(gzip);
    for (path, content) in files {
        let content = content.as_ref();
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        tar.append_data(&mut header, path, content)?;
    }
    Ok(tar.into_inner()?.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_zip_is_deterministic_and_its_file_executable() {
        let first = zip_executable("bootstrap", b"\x7fELF").unwrap();
        assert_eq!(first, zip_executable("bootstrap", b"\x7fELF").unwrap());
        assert_ne!(first, zip_executable("bootstrap", b"\x7fELF2").unwrap());
        let mut archive = zip::ZipArchive::new(Cursor::new(first)).unwrap();
        let mut file = archive.by_name("bootstrap").unwrap();
        assert_eq!(file.unix_mode().unwrap() & 0o777, 0o755);
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        assert_eq!(content, b"\x7fELF");
    }

    #[test]
    fn a_tarball_is_deterministic_and_keeps_hidden_files() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("schema")).unwrap();
        std::fs::write(directory.path().join("schema/schema.yaml"), "a").unwrap();
        std::fs::write(directory.path().join(".template-registration.yaml"), "b").unwrap();
        let first = tar_gz(directory.path()).unwrap();
        assert_eq!(first, tar_gz(directory.path()).unwrap());
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(first.as_slice()));
        let mut names: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|entry| entry.unwrap().path().unwrap().display().to_string())
            .collect();
        names.sort();
        assert_eq!(names, [".template-registration.yaml", "schema/schema.yaml"]);
    }
}
