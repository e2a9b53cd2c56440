//! The endpoint that requests are forwarded to.

use http::{Uri, uri::Scheme};
use std::{net::IpAddr, str::FromStr};

/// Where Protium answers: scheme, host and path of its API. The path is kept as it is given; an API Gateway stage or
/// a local emulator needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    uri: Uri,
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| {
            format!(
                "the endpoint '{text}' {why}; it looks like https://a1b2c3.execute-api.eu-west-1.amazonaws.com"
            )
        };
        let uri: Uri = text.trim().parse().map_err(|_| wrong("is no URL"))?;
        if !matches!(uri.scheme_str(), Some("https" | "http")) {
            return Err(wrong("doesn't begin with https:// or http://"));
        }
        if uri.authority().is_none_or(|authority| authority.as_str().contains('@')) {
            return Err(wrong("has no plain host name"));
        }
        if uri.query().is_some() {
            return Err(wrong("has a query"));
        }
        Ok(Self { uri })
    }
}

impl Endpoint {
    /// The URL that requests are sent to.
    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Whether it is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        self.uri.host().is_some_and(is_loopback_host)
    }

    /// Whether what is sent there can be read on the way.
    pub(crate) fn is_exposed(&self) -> bool {
        self.uri.scheme() == Some(&Scheme::HTTP) && !self.is_loopback()
    }

    /// The region that the name of an API Gateway endpoint tells.
    pub(crate) fn region(&self) -> Option<String> {
        let host = self.uri.host()?;
        let (_, rest) = host.split_once(".execute-api.")?;
        let (region, domain) = rest.split_once('.')?;
        domain.starts_with("amazonaws.com").then(|| region.to_owned())
    }
}

/// Whether a host, without port, is this machine by its very name.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://a1.execute-api.eu-west-1.amazonaws.com", Some("eu-west-1"))]
    #[case("https://a1.execute-api.cn-north-1.amazonaws.com.cn/prod", Some("cn-north-1"))]
    #[case("https://a1-vpce-1.execute-api.eu-west-1.vpce.amazonaws.com", None)]
    #[case("https://proton.example.com", None)]
    #[case("http://127.0.0.1:4566/_aws/execute-api/a1/$default", None)]
    #[case("http://[::1]:4566", None)]
    fn endpoints_of_gateways_tell_their_region(#[case] url: &str, #[case] region: Option<&str>) {
        assert_eq!(url.parse::<Endpoint>().unwrap().region().as_deref(), region);
    }

    #[rstest]
    #[case("http://localstack:4566", true)]
    #[case("http://127.0.0.1:4566", false)]
    #[case("http://proton.localhost:4566", false)]
    #[case("https://example.com", false)]
    fn plain_http_is_for_this_machine(#[case] url: &str, #[case] exposed: bool) {
        assert_eq!(url.parse::<Endpoint>().unwrap().is_exposed(), exposed);
    }

    #[rstest]
    #[case("", "is no URL")]
    #[case("a1.execute-api.eu-west-1.amazonaws.com", "doesn't begin with https://")]
    #[case("ftp://example.com", "doesn't begin with https://")]
    #[case("https://me:pw@example.com", "has no plain host name")]
    #[case("https://example.com/?a=b", "has a query")]
    fn other_endpoints_are_refused(#[case] url: &str, #[case] why: &str) {
        let error = url.parse::<Endpoint>().unwrap_err();
        assert!(error.contains(why), "{error}");
    }
}
