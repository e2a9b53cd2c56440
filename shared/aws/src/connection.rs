//! What all clients share: region, endpoint, credentials, and one HTTP connector.

use std::fmt;
use std::sync::{LazyLock, OnceLock};
use std::time::Duration;

use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

/// A client that its first use builds.
pub(crate) type Lazy<C> = LazyLock<C, Box<dyn FnOnce() -> C + Send>>;

/// Connections inside a region are made in milliseconds; one that takes longer is better tried again.
const CONNECT: Duration = Duration::from_secs(2);
/// CloudFormation may think for seconds before it answers CreateStack.
const READ: Duration = Duration::from_secs(20);

/// Where AWS is and who asks.
#[derive(Clone)]
pub struct Access {
    /// The region, such as `eu-west-1`.
    pub region: String,
    /// Another address for all services: a local AWS. It is reached by path-style S3 requests.
    pub endpoint_url: Option<String>,
    /// The function's own credentials.
    pub credentials: SharedCredentialsProvider,
}

/// Credentials stay out of logs.
impl fmt::Debug for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Access")
            .field("region", &self.region)
            .field("endpoint_url", &self.endpoint_url)
            .finish_non_exhaustive()
    }
}

/// The way to AWS that all clients of a process share. Made without any I/O: no profile is read, no certificate
/// parsed, no connection opened before the first request.
#[derive(Debug, Clone)]
pub struct Connection {
    sdk: SdkConfig,
}

impl Connection {
    /// The connection with this access.
    #[must_use]
    pub fn new(access: Access) -> Self {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(READ).build();
        let plain = access.endpoint_url.as_deref().is_some_and(|url| url.starts_with("http://"));
        let mut builder = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(access.region))
            .credentials_provider(access.credentials)
            .http_client(http_client(plain))
            .sleep_impl(TokioSleep::new())
            .time_source(SystemTimeSource::new())
            .retry_config(RetryConfig::standard())
            .timeout_config(timeouts);
        builder.set_app_name(AppName::new("protium").ok());
        builder.set_endpoint_url(access.endpoint_url);
        Self { sdk: builder.build() }
    }

    /// What SDK clients are made from.
    #[must_use]
    pub const fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }

    /// The same connection over another HTTP client.
    #[cfg(test)]
    pub(crate) fn over(self, client: SharedHttpClient) -> Self {
        Self { sdk: self.sdk.into_builder().http_client(client).build() }
    }

    /// A client that its first use builds.
    pub(crate) fn lazy<C: 'static>(&self, build: fn(&SdkConfig) -> C) -> Lazy<C> {
        let sdk = self.sdk.clone();
        LazyLock::new(Box::new(move || build(&sdk)))
    }
}

/// One connector, and with it one pool and one set of parsed root certificates, for all clients. The SDK's own client
/// parses the roots for every SDK client again, and before it is used.
fn http_client(plain: bool) -> SharedHttpClient {
    let connector: OnceLock<SharedHttpConnector> = OnceLock::new();
    http_client_fn(move |settings, components| {
        connector.get_or_init(|| connector_build(plain, settings, components)).clone()
    })
}

fn connector_build(
    plain: bool,
    settings: &HttpConnectorSettings,
    components: &RuntimeComponents,
) -> SharedHttpConnector {
    let mut builder: ConnectorBuilder =
        Connector::builder().connector_settings(settings.clone()).enable_tcp_nodelay(true);
    builder.set_sleep_impl(components.sleep_impl());
    SharedHttpConnector::new(if plain {
        builder.build_http()
    } else {
        builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build()
    })
}

#[cfg(test)]
mod tests {
    use aws_credential_types::Credentials;

    use super::*;

    #[test]
    fn credentials_are_not_shown() {
        let credentials = Credentials::new("AKIAEXAMPLE", "very secret", None, None, "test");
        let access = Access {
            region: "eu-west-1".to_owned(),
            endpoint_url: None,
            credentials: SharedCredentialsProvider::new(credentials),
        };
        let shown = format!("{access:?} {:?}", Connection::new(access.clone()));
        assert!(!shown.contains("very secret"), "{shown}");
    }
}
