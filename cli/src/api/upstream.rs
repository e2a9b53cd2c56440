//! The way to the endpoint.

use super::endpoint::Endpoint;
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorSettings},
    orchestrator::HttpRequest,
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use http::{Request, Response};
use std::{error::Error, time::Duration};

/// Time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time until an answer begins. API Gateway gives up after 30 seconds itself.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Sends requests to the endpoint, over connections that are kept.
pub(crate) struct Upstream {
    connector: Connector,
}

impl Upstream {
    /// Outgoing proxies of the environment are used, except for an endpoint on this machine.
    pub(crate) fn new(endpoint: &Endpoint) -> Self {
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(ANSWER_TIMEOUT)
            .build();
        let proxies = if endpoint.is_loopback() { ProxyConfig::disabled() } else { ProxyConfig::from_env() };
        let connector = Connector::builder()
            .connector_settings(settings)
            .proxy_config(proxies)
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .build();
        Self { connector }
    }

    /// Sends a request; the answer's body streams.
    ///
    /// # Errors
    ///
    /// Why there is no answer, for people.
    pub(crate) async fn send(&self, request: Request<SdkBody>) -> Result<Response<SdkBody>, String> {
        let request = HttpRequest::try_from(request).map_err(|error| error.to_string())?;
        let response = self.connector.call(request).await.map_err(|error| reason(&error))?;
        response.try_into_http1x().map_err(|error| error.to_string())
    }
}

/// The innermost cause says what is wrong (`Connection refused`), the outer ones only that something is.
fn reason(error: &ConnectorError) -> String {
    if error.is_timeout() {
        return "it didn't answer in time".to_owned();
    }
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
