//! Endpoints on AWS speak TLS: the proxy checks their certificate against the system's roots.

use crate::capture::{Proxy, protium, read_message};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::{
    io::{BufReader, Write},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/// A TLS server for `localhost`, its certificate written into `directory`.
fn server(directory: &Path) -> (SocketAddr, PathBuf) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let roots = directory.join("roots.pem");
    std::fs::write(&roots, cert.pem()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], signing_key.serialize_der().try_into().unwrap())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut reader = BufReader::new(StreamOwned::new(connection, stream));
            // A client that doesn't trust the certificate breaks off here, and there is nothing to answer.
            while read_message(&mut reader).is_some() {
                let _ = reader.get_mut().write_all(ANSWER);
                let _ = reader.get_mut().flush();
            }
        }
    });
    (address, roots)
}

#[test]
fn an_endpoint_with_a_trusted_certificate_is_reached() {
    let directory = tempfile::tempdir().unwrap();
    let (address, roots) = server(directory.path());
    let mut command = protium();
    command.env("SSL_CERT_FILE", roots);
    let proxy = Proxy::start_with(command, &format!("https://localhost:{}", address.port()), &[]);
    let answer = proxy.exchange(&proxy.request("", "{}"));
    assert_eq!(answer.line, "HTTP/1.1 200 OK", "{}", String::from_utf8_lossy(&answer.body));
}

#[test]
fn an_endpoint_with_an_untrusted_certificate_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let (address, _) = server(directory.path());
    let other = tempfile::tempdir().unwrap();
    let (_, other_roots) = server(other.path());
    let mut command = protium();
    command.env("SSL_CERT_FILE", other_roots);
    let proxy = Proxy::start_with(command, &format!("https://localhost:{}", address.port()), &[]);
    let answer = proxy.exchange(&proxy.request("", "{}"));
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(
        answer.line.starts_with("HTTP/1.1 502") && body.contains("certificate"),
        "{} {body}",
        answer.line
    );
}
