//! Test programs, as one build of the whole workspace makes them.
//!
//! Run directly rather than through `cargo test -p`: another choice of packages means other features, and with them
//! another build of the AWS SDKs.

use std::path::PathBuf;

use cargo_metadata::Message;
use tokio::process::Command;

use crate::command::command;

/// A test program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestProgram {
    /// The package that it tests.
    pub package: String,
    /// The package's directory, in which Cargo would run it.
    pub directory: PathBuf,
    /// The executable.
    pub executable: PathBuf,
}

impl TestProgram {
    /// The programs that Cargo reports to have built, in its messages.
    #[must_use]
    pub fn of_build(messages: &str) -> Vec<Self> {
        let artifacts = Message::parse_stream(messages.as_bytes()).filter_map(|message| match message {
            Ok(Message::CompilerArtifact(artifact)) if artifact.profile.test => Some(artifact),
            _ => None,
        });
        artifacts
            .filter_map(|artifact| {
                let directory = artifact.manifest_path.parent()?.to_path_buf().into_std_path_buf();
                let executable = artifact.executable?.into_std_path_buf();
                Some(Self { package: package_name(&artifact.package_id.repr), directory, executable })
            })
            .collect()
    }

    /// The program with filters for the names of its tests.
    #[must_use]
    pub fn command(&self, filters: &[String]) -> Command {
        let mut command = command(&self.executable, filters);
        command.current_dir(&self.directory).env("CARGO_MANIFEST_DIR", &self.directory);
        command
    }
}

/// The name in a package id: `path+file:///a/tests#protium-tests@0.1.0`, or `path+file:///a/api#0.1.0` for a package
/// that is named like its directory.
fn package_name(id: &str) -> String {
    let (path, fragment) = id.rsplit_once('#').unwrap_or(("", id));
    match fragment.split_once('@') {
        Some((name, _)) => name.into(),
        None => path.rsplit('/').next().unwrap_or_default().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("path+file:///a/tests#protium-tests@0.1.0", "protium-tests")]
    #[case("path+file:///a/xtask#0.1.0", "xtask")]
    fn a_package_is_found_in_its_id(#[case] id: &str, #[case] name: &str) {
        assert_eq!(package_name(id), name);
    }

    #[test]
    fn lines_that_are_no_messages_are_passed_over() {
        assert_eq!(
            TestProgram::of_build(
                "   Compiling a v0.1.0\n{\"reason\":\"build-finished\",\"success\":true}\n"
            ),
            []
        );
    }
}
