//! `protium bundle …`: what authors see, and what their scripts rely on.

mod diff;
mod hostile;
mod init;
mod package;
mod render;
mod starters;
mod test;
mod validate;
mod watch;

use snapbox::{
    Assert,
    cmd::{Command, cargo_bin},
};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// A folder to run `protium` in.
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file with its folders.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        String::from_utf8(fs::read(self.path(name)).unwrap()).unwrap()
    }

    /// Replaces text in a file; it has to be there.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) -> &Self {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from:?}: {text}");
        self.write(name, text.replace(from, to))
    }

    /// `protium` here, with nothing of the developer's own environment.
    pub(crate) fn protium<const N: usize>(&self, arguments: [&str; N]) -> Command {
        // Backslashes at line ends are meant.
        let assert = Assert::new().action_env("SNAPSHOTS").normalize_paths(false);
        Command::new(cargo_bin!("protium"))
            .with_assert(assert)
            .args(arguments)
            .current_dir(self.0.path())
            .env_remove("GITHUB_WORKSPACE")
            .env_remove("CLICOLOR_FORCE")
            .env_remove("NO_COLOR")
    }

    /// A good environment bundle.
    pub(crate) fn environment(&self, at: &str) -> &Self {
        self.write(&format!("{at}/schema/schema.yaml"), ENVIRONMENT_SCHEMA)
            .write(&format!("{at}/infrastructure/manifest.yaml"), MANIFEST)
            .write(&format!("{at}/infrastructure/cloudformation.yaml"), ENVIRONMENT_TEMPLATE)
    }

    /// A good service bundle without pipeline.
    pub(crate) fn service(&self, at: &str) -> &Self {
        self.write(&format!("{at}/schema/schema.yaml"), SERVICE_SCHEMA)
            .write(&format!("{at}/instance_infrastructure/manifest.yaml"), MANIFEST)
            .write(&format!("{at}/instance_infrastructure/cloudformation.yaml"), SERVICE_TEMPLATE)
    }
}

/// Files below a folder, by path.
pub(crate) fn listing(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            } else {
                found.push(entry.path().strip_prefix(root).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

pub(crate) const MANIFEST: &str = "\
infrastructure:
  templates:
    - file: cloudformation.yaml
      rendering_engine: jinja
      template_language: cloudformation
";

pub(crate) const ENVIRONMENT_SCHEMA: &str = "\
schema:
  format:
    openapi: \"3.0.0\"
  environment_input_type: Inputs
  types:
    Inputs:
      type: object
      properties:
        retention_days:
          type: integer
          minimum: 1
          default: 30
        owner:
          type: string
      required: [owner]
";

pub(crate) const ENVIRONMENT_TEMPLATE: &str = "\
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: '{{ environment.name }}'
      RetentionInDays: {{ environment.inputs.retention_days }}
      Tags: [{Key: owner, Value: {{ environment.inputs.owner | tojson }}}]
Outputs:
  LogGroup:
    Value: !Ref Logs
";

pub(crate) const SERVICE_SCHEMA: &str = "\
schema:
  format:
    openapi: \"3.0.0\"
  service_input_type: Inputs
  types:
    Inputs:
      type: object
      properties:
        size:
          type: string
          enum: [small, large]
          default: small
";

pub(crate) const SERVICE_TEMPLATE: &str = "\
Resources:
  Alarm:
    Type: AWS::Logs::LogStream
    Properties:
      LogGroupName: {{ environment.outputs.LogGroup | tojson }}
      LogStreamName: '{{ service.name }}-{{ service_instance.name }}-{{ service_instance.inputs.size }}'
";
