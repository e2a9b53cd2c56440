//! An installation, found by the name of its stack: where it is, and what the stack's outputs say of it.

use crate::{
    Usage,
    ambient::{RandomIds, SystemClock},
    args::InstallationArgs,
    profile::profile_use,
};
use anyhow::{Context, Result, anyhow, bail};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::{Stack, StackStatus};
use protium_aws::s3::{ArtifactBucket, PolicyBucket};
use protium_aws::{Access, Connection};
use protium_domain::arn::Location;
use protium_store::DynamoStore;
use std::{collections::BTreeMap, sync::Arc};

/// One installation, and the way to it.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    /// Partition, region and account.
    pub(crate) location: Location,
    /// The name of its stack.
    pub(crate) stack_name: String,
    /// Its stack as CloudFormation describes it.
    pub(crate) stack: Stack,
    /// The stack's outputs.
    pub(crate) outputs: BTreeMap<String, String>,
    /// What clients are made of.
    pub(crate) sdk: SdkConfig,
    connection: Connection,
}

/// The user's AWS: the profile that they name, or environment, single sign-on, instance role.
///
/// # Errors
/// When there is no region.
pub(crate) async fn sdk_load(args: &InstallationArgs) -> Result<SdkConfig> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest());
    if let Some(region) = &args.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &args.profile {
        loader = profile_use(loader, profile, args.region.as_deref()).await;
    }
    let sdk = loader.load().await;
    if sdk.region().is_none() {
        return Err(Usage(
            "no region: give --region, or set AWS_REGION or a profile that has one".to_owned(),
        )
        .into());
    }
    Ok(sdk)
}

impl Installation {
    /// Finds it.
    ///
    /// # Errors
    /// There is no such stack, it may not be described, or it isn't Protium's.
    pub(crate) async fn find(args: &InstallationArgs) -> Result<Self> {
        let sdk = sdk_load(args).await?;
        let stack = stack_describe(&sdk, &args.stack).await?;
        Self::of(sdk, &args.stack, stack)
    }

    /// The installation of a stack.
    ///
    /// # Errors
    /// When the stack isn't Protium's, or there are no credentials.
    pub(crate) fn of(sdk: SdkConfig, name: &str, stack: Stack) -> Result<Self> {
        let location = location(stack.stack_id().unwrap_or_default())
            .with_context(|| format!("CloudFormation gives the stack {name} no ARN"))?;
        let outputs = stack
            .outputs()
            .iter()
            .filter_map(|output| Some((output.output_key()?.to_owned(), output.output_value()?.to_owned())));
        let credentials = sdk.credentials_provider().context("there are no AWS credentials")?;
        let connection = Connection::new(Access {
            region: location.region.clone(),
            endpoint_url: sdk.endpoint_url().map(str::to_owned),
            credentials,
        });
        Ok(Self { location, stack_name: name.to_owned(), outputs: outputs.collect(), stack, sdk, connection })
    }

    /// One of the stack's outputs.
    ///
    /// # Errors
    /// When there is none of that name: the stack isn't Protium's, or of another release.
    pub(crate) fn output(&self, name: &str) -> Result<&str> {
        let known = self.outputs.get(name).map(String::as_str);
        known.ok_or_else(|| {
            anyhow!(
                "the stack {} has no output {name}: it isn't Protium's control plane, or its creation never ended",
                self.stack_name
            )
        })
    }

    /// A parameter of the stack; none when the release has no such parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let parameters = self.stack.parameters();
        parameters.iter().find(|parameter| parameter.parameter_key() == Some(name))?.parameter_value()
    }

    /// Its table.
    ///
    /// # Errors
    /// As [`Installation::output`].
    pub(crate) fn store(&self) -> Result<DynamoStore> {
        let client = aws_sdk_dynamodb::Client::new(self.connection.sdk());
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds));
        Ok(DynamoStore::new(client, self.output("TableName")?, clock, ids))
    }

    /// Its artifact bucket.
    ///
    /// # Errors
    /// As [`Installation::output`].
    pub(crate) fn artifacts(&self) -> Result<ArtifactBucket> {
        Ok(ArtifactBucket::new(&self.connection, self.output("ArtifactBucketName")?.to_owned()))
    }

    /// Its policies of who may do what.
    ///
    /// # Errors
    /// As [`Installation::output`].
    pub(crate) fn policies(&self) -> Result<PolicyBucket> {
        Ok(PolicyBucket::new(&self.connection, self.output("ArtifactBucketName")?.to_owned()))
    }

    /// Refuses a stack that is being changed, or isn't whole.
    ///
    /// # Errors
    /// With the stack's status.
    pub(crate) fn require_at_rest(&self) -> Result<()> {
        match self.stack.stack_status() {
            Some(
                StackStatus::CreateComplete
                | StackStatus::UpdateComplete
                | StackStatus::UpdateRollbackComplete
                | StackStatus::ImportComplete,
            ) => Ok(()),
            other => bail!(
                "the stack {} is {}: wait until it is complete, or mend it (`protium doctor --stack {}` tells how)",
                self.stack_name,
                other.map_or("without a status", StackStatus::as_str),
                self.stack_name
            ),
        }
    }

    /// How people call it.
    pub(crate) fn title(&self) -> String {
        format!("{} in {}, account {}", self.stack_name, self.location.region, self.location.account)
    }
}

/// Describes a stack.
///
/// # Errors
/// There is none, or it may not be described; the message says what to do.
pub(crate) async fn stack_describe(sdk: &SdkConfig, name: &str) -> Result<Stack> {
    let client = aws_sdk_cloudformation::Client::new(sdk);
    let region = sdk.region().map(ToString::to_string).unwrap_or_default();
    match client.describe_stacks().stack_name(name).send().await {
        Ok(found) => {
            found.stacks.unwrap_or_default().pop().with_context(|| format!("there is no stack {name}"))
        }
        Err(error) => {
            let message = error.message().unwrap_or_default().to_owned();
            if message.contains("does not exist") {
                bail!(
                    "there is no stack {name} in {region} of this account: name Protium's stack by --stack, its region by \
                     --region, and your credentials by --profile"
                );
            }
            Err(anyhow!(crate::aws_error::told(&error))
                .context(format!("can't describe the stack {name} in {region}")))
        }
    }
}

/// Where a stack is: its ARN is `arn:<partition>:cloudformation:<region>:<account>:stack/…`.
fn location(stack_arn: &str) -> Option<Location> {
    let mut parts = stack_arn.split(':').skip(1);
    let partition = parts.next()?.to_owned();
    let (region, account) = (parts.nth(1)?.to_owned(), parts.next()?.to_owned());
    (!region.is_empty() && !account.is_empty()).then_some(Location { partition, region, account })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_is_where_its_stack_is() {
        let found = location("arn:aws-cn:cloudformation:cn-north-1:111122223333:stack/protium/1-2").unwrap();
        assert_eq!((found.partition.as_str(), found.region.as_str()), ("aws-cn", "cn-north-1"));
        assert_eq!(found.account, "111122223333");
        assert_eq!(location("protium"), None);
        assert_eq!(location(""), None);
    }
}
