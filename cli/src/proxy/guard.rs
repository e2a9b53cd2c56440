//! Who may use the proxy: programs of this machine, not web pages.
//!
//! A web page can send requests to loopback, and with a name that resolves to 127.0.0.1 it can even read the answers
//! (DNS rebinding). Such requests carry the page's `Origin`, or a `Host` that isn't loopback; both are refused.

use crate::api::is_loopback_host;
use http::{HeaderMap, Uri, header, uri::Authority};
use std::net::SocketAddr;

/// Headers that browsers add and Proton clients don't have.
const BROWSER_HEADERS: [&str; 4] = ["origin", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"];

/// Refuses to listen where other machines could reach us, unless that is asked for.
pub(super) fn listen_check(address: SocketAddr, allow_remote: bool) -> Result<(), String> {
    if allow_remote || address.ip().is_loopback() {
        return Ok(());
    }
    Err(format!(
        "{address} can be reached from other machines, and whoever reaches the proxy acts with your credentials; \
         listen on 127.0.0.1, or say --allow-remote if the network is yours alone"
    ))
}

/// Refuses what a web page could have sent; says why.
pub(super) fn request_check(uri: &Uri, headers: &HeaderMap, allow_remote: bool) -> Result<(), String> {
    if let Some(name) = BROWSER_HEADERS.iter().find(|name| headers.contains_key(**name)) {
        return Err(format!("protium proxy serves no web pages, and this request has the header '{name}'."));
    }
    if allow_remote {
        return Ok(());
    }
    let hosts = headers.get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or_default());
    let hosts: Vec<_> = hosts.chain(uri.authority().map(Authority::as_str)).collect();
    let local =
        |host: &&str| host.parse::<Authority>().is_ok_and(|authority| is_loopback_host(authority.host()));
    if hosts.is_empty() || !hosts.iter().all(local) {
        return Err(
            "protium proxy answers only to localhost, 127.0.0.1 and [::1] in the Host header. If it runs as \
                    a sidecar under another name, start it with --allow-remote."
                .to_owned(),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("127.0.0.1:8088", false, true)]
    #[case("127.1.2.3:8088", false, true)]
    #[case("[::1]:8088", false, true)]
    #[case("0.0.0.0:8088", false, false)]
    #[case("[::]:8088", false, false)]
    #[case("192.168.1.5:8088", false, false)]
    #[case("0.0.0.0:8088", true, true)]
    fn it_listens_on_loopback_only_unless_told(
        #[case] address: &str,
        #[case] remote: bool,
        #[case] allowed: bool,
    ) {
        assert_eq!(listen_check(address.parse().unwrap(), remote).is_ok(), allowed);
    }

    #[rstest]
    #[case::ip(&[("host", "127.0.0.1:8088")], false, true)]
    #[case::ipv6(&[("host", "[::1]:8088")], false, true)]
    #[case::name(&[("host", "LocalHost:8088")], false, true)]
    #[case::name_below(&[("host", "proton.localhost")], false, true)]
    #[case::rebound(&[("host", "evil.example.com:8088")], false, false)]
    #[case::looks_alike(&[("host", "localhost.example.com")], false, false)]
    #[case::looks_alike_too(&[("host", "127.0.0.1.example.com")], false, false)]
    #[case::not_local(&[("host", "10.0.0.1")], false, false)]
    #[case::no_host(&[], false, false)]
    #[case::empty_host(&[("host", "")], false, false)]
    #[case::two_hosts(&[("host", "localhost"), ("host", "evil.example.com")], false, false)]
    #[case::web_page(&[("host", "localhost:8088"), ("origin", "https://example.com")], false, false)]
    #[case::null_origin(&[("host", "localhost:8088"), ("origin", "null")], false, false)]
    #[case::browser(&[("host", "localhost:8088"), ("sec-fetch-site", "none")], false, false)]
    #[case::sidecar(&[("host", "protium:8088")], true, true)]
    #[case::sidecar_and_web_page(&[("host", "protium:8088"), ("origin", "http://protium:8088")], true, false)]
    fn web_pages_get_nothing(
        #[case] given: &[(&'static str, &str)],
        #[case] remote: bool,
        #[case] allowed: bool,
    ) {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.append(*name, value.parse().unwrap());
        }
        assert_eq!(request_check(&Uri::from_static("/"), &headers, remote).is_ok(), allowed);
    }

    #[test]
    fn a_host_in_the_request_line_counts_too() {
        let headers = HeaderMap::from_iter([(header::HOST, "localhost".parse().unwrap())]);
        assert!(request_check(&Uri::from_static("http://evil.example.com/"), &headers, false).is_err());
    }
}
