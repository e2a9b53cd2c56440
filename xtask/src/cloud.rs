//! An AWS to talk to: the real one with the user's credentials, or a local one on loopback.

use std::time::Duration;

use anyhow::{Context, Result};
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_sts::error::ProvideErrorMetadata;

/// The region of the local AWS.
pub const LOCAL_REGION: &str = "us-east-1";
/// The account that the emulator serves.
pub const LOCAL_ACCOUNT: &str = "000000000000";
/// Access key and secret of the local account's root, as every local AWS accepts them. They open nothing else.
pub const LOCAL_KEY: &str = "test";

/// Endpoint, region and credentials, and clients made of them.
#[derive(Debug, Clone)]
pub struct Cloud {
    config: SdkConfig,
    /// The endpoint of all services, when it isn't AWS's own.
    pub endpoint: Option<String>,
    /// The region that calls go to.
    pub region: String,
}

impl Cloud {
    /// A local AWS, with its root credentials.
    pub async fn local(endpoint: &str) -> Self {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::from_static(LOCAL_REGION))
            .endpoint_url(endpoint)
            .credentials_provider(Credentials::new(LOCAL_KEY, LOCAL_KEY, None, None, "local"))
            .timeout_config(
                TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(60)).build(),
            )
            .load()
            .await;
        Self { config, endpoint: Some(endpoint.into()), region: LOCAL_REGION.into() }
    }

    /// The AWS that the user's own configuration leads to: profile, environment, single sign-on, instance role.
    ///
    /// # Errors
    /// When no region is configured.
    pub async fn of_user(region: Option<String>, endpoint: Option<String>) -> Result<Self> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(region) = region {
            loader = loader.region(Region::new(region));
        }
        if let Some(endpoint) = &endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        let config = loader.load().await;
        let region = config
            .region()
            .context("no region: give --region, or set AWS_REGION or AWS_PROFILE")?
            .to_string();
        Ok(Self { config, endpoint, region })
    }

    /// The account that the credentials belong to; also the question whether anybody answers there.
    ///
    /// # Errors
    /// Nobody answers, or the credentials are refused.
    pub async fn account(&self) -> Result<String> {
        let identity = aws_sdk_sts::Client::new(&self.config).get_caller_identity().send().await;
        let identity = identity.map_err(told).with_context(|| match &self.endpoint {
            Some(endpoint) => format!("no local AWS answers at {endpoint}"),
            None => "AWS refuses the credentials of the environment: is the session still valid?".into(),
        })?;
        identity.account.context("GetCallerIdentity names no account")
    }

    /// The role or user that the credentials belong to, as policies name it: of a session, its role.
    ///
    /// # Errors
    /// Nobody answers, or the credentials are refused.
    pub async fn caller(&self) -> Result<String> {
        let identity = aws_sdk_sts::Client::new(&self.config).get_caller_identity().send().await;
        let arn = identity.map_err(told)?.arn.context("GetCallerIdentity names nobody")?;
        Ok(role_of(&arn))
    }

    /// What clients of other services are made of.
    #[must_use]
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// CloudFormation.
    #[must_use]
    pub fn cloudformation(&self) -> aws_sdk_cloudformation::Client {
        aws_sdk_cloudformation::Client::new(&self.config)
    }

    /// S3; on a local endpoint with the bucket in the path, since `bucket.127.0.0.1` is no name.
    #[must_use]
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let builder =
            aws_sdk_s3::config::Builder::from(&self.config).force_path_style(self.endpoint.is_some());
        aws_sdk_s3::Client::from_conf(builder.build())
    }

    /// SQS.
    #[must_use]
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }

    /// Protium, at the endpoint that takes requests signed for `proton`.
    #[must_use]
    pub fn proton(&self, endpoint: &str) -> aws_sdk_proton::Client {
        let builder = aws_sdk_proton::config::Builder::from(&self.config).endpoint_url(endpoint);
        aws_sdk_proton::Client::from_conf(builder.build())
    }

    /// The URL at which CloudFormation reads an object.
    #[must_use]
    pub fn object_url(&self, bucket: &str, key: &str) -> String {
        match &self.endpoint {
            Some(endpoint) => format!("{}/{bucket}/{key}", endpoint.trim_end_matches('/')),
            None => {
                let china = if self.region.starts_with("cn-") { ".cn" } else { "" };
                format!("https://{bucket}.s3.{}.amazonaws.com{china}/{key}", self.region)
            }
        }
    }
}

/// A service's refusal in its own words. The SDK's errors keep them out of their text, as they may hold what belongs to
/// a user; here it is the user who reads.
#[must_use]
pub fn told(error: impl ProvideErrorMetadata + std::error::Error + Send + Sync + 'static) -> anyhow::Error {
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => anyhow::anyhow!("{code}: {message}"),
        _ => anyhow::Error::new(error),
    }
}

/// The ARN of the role whose session an ARN names, without its path, which nobody tells; other ARNs as they are.
fn role_of(arn: &str) -> String {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        [_, partition, "sts", _, account, tail] => match tail.split('/').collect::<Vec<_>>().as_slice() {
            ["assumed-role", role, ..] => format!("arn:{partition}:iam::{account}:role/{role}"),
            _ => arn.to_owned(),
        },
        _ => arn.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_its_role() {
        let role = "arn:aws:iam::111122223333:role/Admin";
        assert_eq!(role_of("arn:aws:sts::111122223333:assumed-role/Admin/me@example.org"), role);
        assert_eq!(
            role_of("arn:aws:iam::111122223333:user/path/me"),
            "arn:aws:iam::111122223333:user/path/me"
        );
    }
}
