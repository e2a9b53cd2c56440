//! `outputs.json`: what others need to know of a local stack.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// Endpoints and names of a local stack, as the file has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Outputs {
    /// Where an unmodified Proton client works: `aws proton … --endpoint-url`.
    pub proton_endpoint: String,
    /// The HTTP API, which asks for signatures for `execute-api` on AWS.
    pub api_endpoint: String,
    /// All services of the local AWS.
    pub aws_endpoint: String,
    /// The bucket that users upload bundles to.
    pub bundle_bucket: String,
    /// The bucket that only Protium writes.
    pub artifact_bucket: String,
    /// The name of Protium's event bus.
    pub event_bus: String,
    /// The name of the table.
    pub table: String,
    /// The region.
    pub region: String,
    /// The account, twelve digits.
    pub account_id: String,
    /// A role that may serve as service, component, pipeline and connection role.
    pub provisioning_role_arn: String,
    /// What Protium says when it assumes a role.
    pub external_id: String,
    /// The stack of the control plane.
    pub stack_name: String,
    /// The URL of a queue that gets all events of the bus.
    pub event_queue_url: String,
    /// The emulator's process; none when the user runs another local AWS.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub emulator_pid: Option<u32>,
}

impl Outputs {
    /// The file in a state directory.
    #[must_use]
    pub fn file(directory: &Path) -> PathBuf {
        directory.join("outputs.json")
    }

    /// Reads the outputs of the stack in a state directory.
    ///
    /// # Errors
    /// When there is none.
    pub fn read(directory: &Path) -> Result<Self> {
        let file = Self::file(directory);
        let text = fs::read(&file).with_context(|| {
            format!("{} isn't there: `cargo xtask up --detach` starts a local stack", file.display())
        })?;
        serde_json::from_slice(&text).with_context(|| format!("{} is of another version", file.display()))
    }

    /// Writes the file, at once or not at all.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write(&self, directory: &Path) -> Result<()> {
        let file = Self::file(directory);
        let unfinished = file.with_extension("json.tmp");
        fs::write(&unfinished, serde_json::to_string_pretty(self)? + "\n")?;
        Ok(fs::rename(unfinished, file)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs() -> Outputs {
        let text = |value: &str| value.to_owned();
        Outputs {
            proton_endpoint: text("http://127.0.0.1:1/a"),
            api_endpoint: text("http://127.0.0.1:1/b"),
            aws_endpoint: text("http://127.0.0.1:1"),
            bundle_bucket: text("uploads"),
            artifact_bucket: text("artifacts"),
            event_bus: text("bus"),
            table: text("table"),
            region: text("us-east-1"),
            account_id: text("000000000000"),
            provisioning_role_arn: text("arn:aws:iam::000000000000:role/protium/proton-provisioning"),
            external_id: text("id"),
            stack_name: text("protium"),
            event_queue_url: text("http://127.0.0.1:1/queue"),
            emulator_pid: Some(1),
        }
    }

    #[test]
    fn the_file_has_the_documented_names() {
        let json = serde_json::to_value(outputs()).unwrap();
        for name in [
            "ProtonEndpoint",
            "ApiEndpoint",
            "AwsEndpoint",
            "BundleBucket",
            "EventBus",
            "Table",
            "Region",
            "AccountId",
            "ProvisioningRoleArn",
        ] {
            assert!(json.get(name).is_some(), "{name}");
        }
    }

    #[test]
    fn what_was_written_is_read_and_a_missing_file_says_what_to_do() {
        let directory = tempfile::tempdir().unwrap();
        let missing = Outputs::read(directory.path()).unwrap_err();
        assert!(format!("{missing:#}").contains("cargo xtask up"), "{missing:#}");
        outputs().write(directory.path()).unwrap();
        assert_eq!(Outputs::read(directory.path()).unwrap(), outputs());
    }
}
