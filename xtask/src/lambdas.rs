//! The functions: built as release binaries and zipped as Lambda wants them.
//!
//! Local and deployed functions share the release profile. They differ only in the builder: cargo for this machine,
//! cargo-lambda (through zig, against an older glibc) for AWS.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::archive::zip_executable;
use crate::command::{cargo, command, run};
use crate::progress::Stage;
use crate::python::Python;
use crate::workspace::{Workspace, digest, directories_in, environment};

/// A processor that Lambda offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// Graviton: the cheaper one.
    Arm64,
    /// Intel and AMD.
    X86_64,
}

impl Architecture {
    /// The processor of this machine, which runs the functions of the local mode.
    #[must_use]
    pub fn of_this_machine() -> Self {
        if cfg!(target_arch = "aarch64") { Self::Arm64 } else { Self::X86_64 }
    }

    /// The name that Lambda and the template use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }
}

/// A function, zipped.
#[derive(Debug, Clone)]
pub struct Package {
    /// Its directory below `functions/`, for example `provision-start`.
    pub function: String,
    /// The zip.
    pub zip: PathBuf,
    /// SHA-256 of the binary: the zip's key in the code bucket, so that unchanged code keeps its key.
    pub digest: String,
}

/// The names of all functions, from the directories below `functions/`.
#[must_use]
pub fn functions(workspace: &Workspace) -> Vec<String> {
    directories_in(&workspace.root.join("functions"))
}

/// Builds all functions for this machine and zips those that changed.
///
/// # Errors
/// When one doesn't compile; the message ends in the compiler's.
pub async fn build_local(workspace: &Workspace, stage: &Stage) -> Result<Vec<Package>> {
    let mut cargo = cargo(["build", "--release"]);
    cargo.args(packages_chosen(workspace));
    cargo.current_dir(&workspace.root);
    cargo.env("CARGO_TARGET_DIR", &workspace.target).env("CARGO_BUILD_BUILD_DIR", &workspace.build);
    run(cargo, |line| advance(stage, line)).await.context("the functions don't build")?;
    package_all(workspace, stage, "local", |name| workspace.target.join("release").join(name))
}

/// Builds all functions for AWS with cargo-lambda and zips those that changed.
///
/// # Errors
/// When one doesn't compile; the message ends in the compiler's.
pub async fn build_for_aws(
    workspace: &Workspace,
    deploy: &Python,
    architecture: Architecture,
    stage: &Stage,
) -> Result<Vec<Package>> {
    let made = workspace.target.join("lambda-aws").join(architecture.name());
    let mut cargo = command(deploy.tool("cargo-lambda"), ["lambda", "build", "--release"]);
    if architecture == Architecture::Arm64 {
        cargo.arg("--arm64");
    } else {
        cargo.arg("--x86-64");
    }
    cargo.arg("--lambda-dir").arg(&made).args(packages_chosen(workspace));
    // zig is a program of the same environment, and cargo-lambda looks for it on the PATH.
    let path = std::env::join_paths(
        std::iter::once(deploy.tools())
            .chain(std::env::split_paths(&environment("PATH").unwrap_or_default())),
    )?;
    cargo.current_dir(&workspace.root).env("CARGO_TARGET_DIR", &workspace.target).env("PATH", path);
    run(cargo, |line| advance(stage, line)).await.context("cargo-lambda can't build the functions")?;
    package_all(workspace, stage, architecture.name(), |name| made.join(name).join("bootstrap"))
}

/// `-p` for each function: only their own features get into the binaries, nothing of tests and tools.
fn packages_chosen(workspace: &Workspace) -> Vec<String> {
    functions(workspace).iter().flat_map(|name| ["-p".to_owned(), binary(name)]).collect()
}

/// The package and binary of a function.
#[must_use]
pub fn binary(function: &str) -> String {
    format!("protium-{function}")
}

fn advance(stage: &Stage, line: &str) {
    if let Some(package) = line.trim_start().strip_prefix("Compiling ") {
        stage.advance(package.split(" (").next().unwrap_or(package));
    }
}

fn package_all(
    workspace: &Workspace,
    stage: &Stage,
    flavour: &str,
    path: impl Fn(&str) -> PathBuf,
) -> Result<Vec<Package>> {
    let directory = workspace.target.join("lambda-zips").join(flavour);
    fs::create_dir_all(&directory)?;
    let names = functions(workspace);
    if names.is_empty() {
        bail!("there are no functions below {}", workspace.root.join("functions").display());
    }
    names
        .iter()
        .map(|name| {
            stage.advance(&format!("zipping {name}"));
            package(&directory, name, &path(&binary(name)))
        })
        .collect()
}

/// Zips a binary, unless the zip of the same content is there.
fn package(directory: &Path, function: &str, binary: &Path) -> Result<Package> {
    let content = fs::read(binary).with_context(|| format!("{} wasn't built", binary.display()))?;
    let digest = digest(&[&content]);
    let zip = directory.join(format!("{function}-{}.zip", &digest[..16]));
    if !zip.exists() {
        for old in fs::read_dir(directory)?.filter_map(Result::ok) {
            if belongs_to(&old.file_name().to_string_lossy(), function) {
                fs::remove_file(old.path())?;
            }
        }
        // Under another name first: a zip that exists is a whole one.
        let unfinished = zip.with_extension(format!("{}.tmp", std::process::id()));
        fs::write(&unfinished, zip_executable("bootstrap", &content)?)?;
        fs::rename(unfinished, &zip)?;
    }
    Ok(Package { function: function.into(), zip, digest })
}

/// Whether a file is a zip of the function: `<function>-<16 hex digits>.zip`.
fn belongs_to(file: &str, function: &str) -> bool {
    file.strip_prefix(function)
        .and_then(|rest| rest.strip_prefix('-'))
        .and_then(|rest| rest.strip_suffix(".zip"))
        .is_some_and(|digest| digest.len() == 16 && digest.chars().all(|c| c.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zip_is_made_again_only_when_the_binary_changed() {
        let directory = tempfile::tempdir().unwrap();
        let binary = directory.path().join("binary");
        let zips = directory.path().join("zips");
        fs::create_dir(&zips).unwrap();
        fs::write(&binary, "one").unwrap();
        let first = package(&zips, "api", &binary).unwrap();
        let made = fs::metadata(&first.zip).unwrap().modified().unwrap();
        let second = package(&zips, "api", &binary).unwrap();
        assert_eq!((&first.zip, &first.digest), (&second.zip, &second.digest));
        assert_eq!(fs::metadata(&second.zip).unwrap().modified().unwrap(), made);
        fs::write(&binary, "two").unwrap();
        let third = package(&zips, "api", &binary).unwrap();
        assert_ne!(first.digest, third.digest);
        assert!(!first.zip.exists(), "the old zip is gone");
    }

    #[rstest::rstest]
    #[case("provision-start-0123456789abcdef.zip", "provision-start", true)]
    #[case("provision-start-0123456789abcdef.zip", "provision", false)]
    #[case("provision-start-0123456789abcdef.zip.tmp", "provision-start", false)]
    fn a_zip_belongs_to_the_function_whose_whole_name_it_has(
        #[case] file: &str,
        #[case] function: &str,
        #[case] expected: bool,
    ) {
        assert_eq!(belongs_to(file, function), expected);
    }
}
