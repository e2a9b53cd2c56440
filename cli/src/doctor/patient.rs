//! What checks look at: an installation, what its stack is made of, and ways into environment accounts.

use crate::{
    args::InstallationArgs,
    aws_error::told,
    installation::{Installation, sdk_load},
    output::quoted,
};
use anyhow::{Context, Result};
use aws_config::SdkConfig;
use std::{collections::BTreeMap, sync::Arc};

/// A resource of the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resource {
    /// Its type, such as `AWS::Lambda::Function`.
    pub(super) kind: String,
    /// Its name in the template.
    pub(super) name: String,
    /// Its name in AWS.
    pub(super) id: String,
}

/// An installation under examination. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Patient {
    pub(super) installation: Arc<Installation>,
    pub(super) resources: Arc<Vec<Resource>>,
    /// Parameters of the stack.
    pub(super) parameters: Arc<BTreeMap<String, String>>,
    /// The account that the caller is of, and the caller.
    pub(super) caller: Arc<Result<(String, String), String>>,
    /// Ways into environment accounts, by account.
    pub(super) accounts: Arc<BTreeMap<String, SdkConfig>>,
}

impl Patient {
    /// Finds out what there is.
    ///
    /// # Errors
    /// There is no such installation; its stack's resources may not be listed; a profile is no way into an account.
    pub(super) async fn admit(args: &InstallationArgs, profiles: &[String]) -> Result<Self> {
        let installation = Installation::find(args).await?;
        let parameters = installation.stack.parameters().iter().filter_map(|parameter| {
            Some((parameter.parameter_key()?.to_owned(), parameter.parameter_value()?.to_owned()))
        });
        let parameters = Arc::new(parameters.collect());
        let resources = Arc::new(resources(&installation).await?);
        let caller = Arc::new(identity(&installation.sdk).await);
        let mut accounts = BTreeMap::new();
        for profile in profiles {
            let args = InstallationArgs {
                profile: Some(profile.clone()),
                region: Some(installation.location.region.clone()),
                ..args.clone()
            };
            let sdk = sdk_load(&args).await?;
            let (account, _) = identity(&sdk)
                .await
                .map_err(anyhow::Error::msg)
                .with_context(|| format!("the profile {profile}"))?;
            accounts.insert(account, sdk);
        }
        Ok(Self {
            installation: Arc::new(installation),
            resources,
            parameters,
            caller,
            accounts: Arc::new(accounts),
        })
    }

    /// What clients of the installation's own account are made of.
    pub(super) fn sdk(&self) -> &SdkConfig {
        &self.installation.sdk
    }

    /// One of the stack's outputs; empty when there is none, which another check tells.
    pub(super) fn output(&self, name: &str) -> &str {
        self.installation.outputs.get(name).map_or("", String::as_str)
    }

    /// A parameter of the stack; empty when it isn't set.
    pub(super) fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// The items of a list among the parameters.
    pub(super) fn parameter_list(&self, name: &str) -> Vec<String> {
        self.parameter(name)
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// The stack's resources of a type.
    pub(super) fn resources_of(&self, kind: &str) -> Vec<Resource> {
        self.resources.iter().filter(|resource| resource.kind == kind).cloned().collect()
    }

    /// The command that sets a parameter of the stack and leaves all others.
    pub(super) fn set_parameter(&self, name: &str, value: &str) -> String {
        let stack = quoted(&self.installation.stack_name);
        format!("cargo xtask deploy --stack-name {stack} --parameter {}", quoted(&format!("{name}={value}")))
    }

    /// What a command begins with that is to be run in an account: nothing in the caller's own.
    pub(super) fn there(&self, account: &str) -> String {
        match self.caller.as_ref() {
            Ok((own, _)) if own == account => String::new(),
            _ => format!("in account {account}: "),
        }
    }

    /// Whether it is in a local AWS, which doesn't do everything that AWS does.
    pub(super) fn is_local(&self) -> bool {
        self.sdk().endpoint_url().is_some()
    }
}

async fn identity(sdk: &SdkConfig) -> Result<(String, String), String> {
    let found = aws_sdk_sts::Client::new(sdk).get_caller_identity().send().await;
    let found = found.map_err(|error| told(&error))?;
    Ok((found.account.unwrap_or_default(), found.arn.unwrap_or_default()))
}

async fn resources(installation: &Installation) -> Result<Vec<Resource>> {
    let client = aws_sdk_cloudformation::Client::new(&installation.sdk);
    let (mut resources, mut next) = (Vec::new(), None);
    loop {
        let request = client.list_stack_resources().stack_name(&installation.stack_name).set_next_token(next);
        let page = request
            .send()
            .await
            .map_err(|error| anyhow::anyhow!(told(&error)))
            .context("can't list the stack's resources")?;
        resources.extend(page.stack_resource_summaries().iter().filter_map(|summary| {
            Some(Resource {
                kind: summary.resource_type()?.to_owned(),
                name: summary.logical_resource_id()?.to_owned(),
                id: summary.physical_resource_id()?.to_owned(),
            })
        }));
        next = page.next_token;
        if next.is_none() {
            return Ok(resources);
        }
    }
}
