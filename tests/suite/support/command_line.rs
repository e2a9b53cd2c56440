//! `protium`, the program that people have, as a pipeline runs it: no terminal, and nothing but the environment.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;
use xtask::cloud::LOCAL_KEY;
use xtask::command::command;

use super::protium::Protium;

/// How long one may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(600);

/// What a command left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The document on standard output, which holds nothing else.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Protium {
    /// Runs `protium` with these words, the endpoint in its environment.
    pub(crate) async fn run(&self, words: &str) -> Run {
        self.run_with(words, Some(&self.outputs.api_endpoint)).await
    }

    /// The document of a command that ends well.
    pub(crate) async fn answered(&self, words: &str) -> Value {
        let run = self.run(&format!("{words} --output json")).await;
        assert_eq!(run.code, Some(0), "{words}: {run:?}");
        run.json()
    }

    /// As [`Self::run`], with this endpoint in the environment, or none.
    pub(crate) async fn run_with(&self, words: &str, endpoint: Option<&str>) -> Run {
        let program = self.workspace.cli();
        let built = program.exists();
        assert!(built, "{} is missing: `cargo build --package protium-cli` makes it", program.display());
        let mut command = command(program, words.split_whitespace());
        command.env_clear().env("AWS_ACCESS_KEY_ID", LOCAL_KEY).env("AWS_SECRET_ACCESS_KEY", LOCAL_KEY);
        command.env("AWS_REGION", &self.outputs.region).env("AWS_EC2_METADATA_DISABLED", "true");
        command.envs(endpoint.map(|endpoint| ("PROTIUM_ENDPOINT", endpoint)));
        let output = timeout(LIMIT, command.output()).await;
        let output = output.unwrap_or_else(|_| panic!("{words}: not through in time")).expect("it starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}
