//! An installation of the release before this one, which is upgraded while it works.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use aws_sdk_sfn::types::ExecutionStatus;
use xtask::lambdas::Package;
use xtask::local;
use xtask::previous::{self, Built};
use xtask::progress::{Reporter, Silent, Stage};
use xtask::workspace::Workspace;

use super::protium::{Protium, RUNTIME, options_of_run, packages};

/// The state machines.
const MACHINES: [&str; 3] = ["publish", "provision", "service"];

/// Runs a test against the release before this one, in a local AWS of its own. Where the sources have no history,
/// there is nothing to be run, which `cargo xtask test` says.
pub(crate) fn with_previous(test: impl AsyncFnOnce(&mut Protium, &Built)) {
    RUNTIME.block_on(async {
        match start().await {
            Ok(Some((mut protium, built))) => test(&mut protium, &built).await,
            Ok(None) => {}
            Err(error) => panic!("the release before this one doesn't come up: {error:#}"),
        }
    });
}

async fn start() -> Result<Option<(Protium, Built)>> {
    let workspace = Workspace::find()?;
    let Ok(previous) = previous::find(&workspace).await? else { return Ok(None) };
    let reporter: Arc<dyn Reporter> = Arc::new(Silent);
    let built = previous.build(&workspace, &Stage::start(&reporter, "Previous release")).await?;
    // Now, not between the two deployments: executions wait meanwhile.
    packages(&workspace).await?;
    let options = options_of_run(&workspace, "local-suite-upgrade").await;
    let protium = Protium::up(workspace, &built.workspace, &built.packages, &options).await?;
    Ok(Some((protium, built)))
}

impl Protium {
    /// Updates the stack in place to the release under test, as `cargo xtask deploy` does.
    pub(crate) async fn upgrade(&mut self, previous: &Built) {
        let packages = packages(&self.workspace).await.expect("the functions were built before");
        let code = self.code_of_functions(packages).await;
        let reporter: Arc<dyn Reporter> = Arc::new(Silent);
        let (cloud, options) = (self.cloud.clone(), self.options());
        let deployed = local::deploy(&self.workspace, &options, cloud, true, packages, &reporter).await;
        let outputs =
            deployed.unwrap_or_else(|error| panic!("the stack can't be updated: {error:#}")).outputs;
        assert_eq!(outputs, self.outputs, "table, buckets, bus and endpoint stay what they are");
        let status = self.stack_status(&outputs.stack_name).await;
        assert_eq!(status.as_deref(), Some("UPDATE_COMPLETE"));

        let upgraded = self.code_of_functions(packages).await;
        for old in &previous.packages {
            let Some(new) = packages.iter().find(|new| new.function == old.function) else { continue };
            let changed = upgraded[&new.function] != code[&new.function];
            assert_eq!(changed, new.digest != old.digest, "{} runs its new code", new.function);
        }
    }

    /// The digests of the code that runs, by function; those that don't exist are left out.
    async fn code_of_functions(&self, packages: &[Package]) -> BTreeMap<String, Option<String>> {
        let mut code = BTreeMap::new();
        for package in packages {
            let get =
                self.lambda.get_function_configuration().function_name(self.function(&package.function));
            if let Ok(function) = get.send().await {
                code.insert(package.function.clone(), function.code_sha256);
            }
        }
        code
    }

    /// All executions of the state machines, by name.
    pub(crate) async fn executions(&self) -> BTreeMap<String, ExecutionStatus> {
        let client = aws_sdk_sfn::Client::new(self.cloud.config());
        let mut executions = BTreeMap::new();
        for machine in MACHINES {
            let (region, account) = (&self.outputs.region, &self.outputs.account_id);
            let name = self.function(machine);
            let arn = format!("arn:aws:states:{region}:{account}:stateMachine:{name}");
            let mut pages = client.list_executions().state_machine_arn(arn).into_paginator().items().send();
            while let Some(execution) = pages.next().await {
                let execution = execution.expect("executions listed");
                executions.insert(execution.name, execution.status);
            }
        }
        executions
    }

    /// The indexes of the table.
    pub(crate) async fn indexes(&self) -> Vec<String> {
        let described = self.dynamodb.describe_table().table_name(&self.outputs.table).send().await;
        let table = described.expect("the table answers").table.expect("the answer holds it");
        let names = table.global_secondary_indexes().iter().filter_map(|index| index.index_name());
        names.map(str::to_owned).collect()
    }
}
