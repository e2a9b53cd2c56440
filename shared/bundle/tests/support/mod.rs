//! What several tests need.
#![allow(dead_code, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};

use proptest::test_runner::{Config, RngSeed};
use protium_bundle::{
    Bundle, BundleKind, Examination, ExamineOptions, Files, OpenOptions, Part, Problem, examine,
};

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

pub(crate) fn read_directory(root: &Path) -> Vec<(String, Vec<u8>)> {
    fn walk(root: &Path, directory: &Path, out: &mut Vec<(String, Vec<u8>)>) {
        for entry in fs::read_dir(directory).expect("readable directory") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                walk(root, &path, out);
            } else {
                let name = path.strip_prefix(root).expect("below root").to_string_lossy().replace('\\', "/");
                out.push((name, fs::read(&path).expect("readable file")));
            }
        }
    }
    let mut entries = Vec::new();
    walk(root, root, &mut entries);
    entries.sort();
    entries
}

/// Judges a bundle as what its directories make of it.
pub(crate) fn examine_directory(root: &Path) -> Examination {
    examine_entries(read_directory(root))
}

/// The same for files.
pub(crate) fn examine_entries(entries: Vec<(String, Vec<u8>)>) -> Examination {
    let files = match Files::from_entries(entries) {
        Ok(files) => files,
        Err(problems) => return Examination { problems, bundle: None },
    };
    let is_service = files.contains("instance_infrastructure/manifest.yaml");
    let kind = if is_service { BundleKind::Service } else { BundleKind::Environment };
    let customer_managed = is_service && !files.contains("pipeline_infrastructure/manifest.yaml");
    examine(kind, files, &ExamineOptions { customer_managed, ..ExamineOptions::default() })
}

pub(crate) fn open_fixture(name: &str) -> Bundle {
    let files = Files::from_entries(read_directory(&fixture(name))).expect("within the limits");
    let is_service = files.contains("instance_infrastructure/manifest.yaml");
    let kind = if is_service { BundleKind::Service } else { BundleKind::Environment };
    Bundle::open(kind, files, OpenOptions::default()).expect("the fixture is a valid bundle")
}

pub(crate) fn template(bundle: &Bundle, part: Part) -> (String, String) {
    let (path, text) = bundle.cloudformation_template(part).expect("made by CloudFormation");
    (path, text.to_owned())
}

/// Compares with a committed file; `UPDATE_GOLDEN=1` writes it.
pub(crate) fn assert_golden(name: &str, actual: &str) {
    let path = fixture("rendered").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, actual).expect("written");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(actual, expected, "differs from {}", path.display());
}

pub(crate) fn messages(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

/// The same cases in every run.
pub(crate) fn properties(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x0070_726f_7469_756d),
        ..Config::default()
    }
}

/// Compares rendered files with a committed directory; `UPDATE_GOLDEN=1` writes it.
pub(crate) fn assert_golden_files(name: &str, files: &std::collections::BTreeMap<String, Vec<u8>>) {
    let root = fixture("rendered").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let _ = fs::remove_dir_all(&root);
        for (file, bytes) in files {
            let path = root.join(file);
            fs::create_dir_all(path.parent().expect("a directory")).expect("made");
            fs::write(&path, bytes).expect("written");
        }
    }
    let expected = if root.exists() { read_directory(&root) } else { Vec::new() };
    let names = |files: &mut dyn Iterator<Item = &String>| files.cloned().collect::<Vec<_>>();
    let expected_names = names(&mut expected.iter().map(|(file, _)| file));
    assert_eq!(names(&mut files.keys()), expected_names, "files of {}", root.display());
    for (file, bytes) in &expected {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(text(&files[file]), text(bytes), "differs from {}", root.join(file).display());
    }
}
