//! What leaves the proxy, and what it refuses.

use crate::capture::{Proxy, next, server};
use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use rstest::rstest;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::mpsc::channel,
    thread,
    time::{Duration, SystemTime},
};

const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amzn-Requestid: r-1\r\n\
                      Keep-Alive: timeout=5\r\nContent-Length: 19\r\n\r\n{\"environments\":[]}";

#[test]
fn requests_leave_signed_for_execute_api_with_their_body_intact() {
    let (upstream, received) = server(ANSWER);
    let proxy = Proxy::start(&format!("http://{upstream}/_aws/execute-api/a1/$default"), &[]);
    let body = "{ \"maxResults\" : 5,\n \"naïve\": \"\\u00fc\" }";
    let answer = proxy.exchange(&proxy.request("", body));
    let sent = next(&received);

    assert_eq!(sent.line, "POST /_aws/execute-api/a1/$default HTTP/1.1");
    assert_eq!(String::from_utf8(sent.body.clone()).unwrap(), body);
    let credential = sent.credential();
    assert_eq!(credential[0], "AKIDPROXY");
    assert_eq!(credential[2..], ["eu-west-1", "execute-api", "aws4_request"]);
    assert_eq!(sent.header("x-amz-security-token"), Some("proxy-token"));
    assert_eq!(sent.header("x-amz-target"), Some("AwsProton20200720.ListEnvironments"));
    assert_eq!(sent.header("content-type"), Some("application/x-amz-json-1.0"));
    assert_eq!(sent.header("user-agent"), Some("Boto3/1.43"));
    assert_eq!(sent.header("host"), Some(upstream.to_string().as_str()));
    assert!(!format!("{sent:?}").contains("client-token") && !format!("{sent:?}").contains("AKIDCLIENT"));

    assert_eq!(answer.line, "HTTP/1.1 200 OK");
    assert_eq!(answer.header("x-amzn-requestid"), Some("r-1"));
    assert_eq!(answer.header("keep-alive"), None);
    assert_eq!(answer.body, b"{\"environments\":[]}");
}

/// Signs what arrived once more, from the headers that the signature says it covers: the endpoint does the same.
#[test]
fn the_signature_is_right_for_what_arrives() {
    let (upstream, received) = server(ANSWER);
    let proxy = Proxy::start(&format!("http://{upstream}/stage/"), &[]);
    proxy.exchange(&proxy.request("", "{}"));
    let sent = next(&received);
    let authorization = sent.header("authorization").unwrap();
    let part = |name: &str| authorization.split(name).nth(1).unwrap().split(',').next().unwrap();
    assert_eq!(part("SignedHeaders="), "content-type;host;x-amz-date;x-amz-security-token;x-amz-target");

    let credentials = Credentials::new("AKIDPROXY", "proxy-secret", Some("proxy-token".into()), None, "test");
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-west-1")
        .name("execute-api")
        .time(time_of(sent.header("x-amz-date").unwrap()))
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let covered = ["content-type", "host", "x-amz-target"];
    let headers: Vec<_> = covered.map(|name| (name, sent.header(name).unwrap())).into();
    let url = format!("http://{upstream}/stage/");
    let request =
        SignableRequest::new("POST", url, headers.into_iter(), SignableBody::Bytes(&sent.body)).unwrap();
    assert_eq!(part("Signature="), sign(request, &parameters).unwrap().signature());
}

/// `20260102T030405Z` as a time.
fn time_of(date: &str) -> SystemTime {
    let number = |range: std::ops::Range<usize>| date[range].parse::<i64>().unwrap();
    let (year, month, day) = (number(0..4), number(4..6), number(6..8));
    // Days since the epoch, after Howard Hinnant's "days from civil" algorithm.
    let (y, m) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let (era, year_of_era) = (y / 400, y % 400);
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * m + 2) / 5 + day - 1;
    let days = era * 146_097 + day_of_era - 719_468;
    let seconds = days * 86_400 + number(9..11) * 3600 + number(11..13) * 60 + number(13..15);
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.try_into().unwrap())
}

#[test]
fn errors_of_the_api_come_back_as_they_are() {
    let (upstream, _received) = server(
        "HTTP/1.1 400 Bad Request\r\nX-Amzn-Errortype: ConflictException\r\nContent-Length: 14\r\n\r\n{\"__type\":\"x\"}",
    );
    let proxy = Proxy::start(&format!("http://{upstream}"), &["--quiet"]);
    let answer = proxy.exchange(&proxy.request("", "{}"));
    assert_eq!(answer.line, "HTTP/1.1 400 Bad Request");
    assert_eq!(answer.header("x-amzn-errortype"), Some("ConflictException"));
    assert_eq!(answer.body, b"{\"__type\":\"x\"}");
}

#[test]
fn answers_stream() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = listener.local_addr().unwrap();
    let (go_on, wait) = channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        crate::capture::read_message(&mut reader);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab").unwrap();
        wait.recv().unwrap();
        stream.write_all(b"cd").unwrap();
    });
    let proxy = Proxy::start(&format!("http://{upstream}"), &[]);
    let mut stream = proxy.connect();
    stream.write_all(&proxy.request("", "{}")).unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).unwrap();
    }
    let mut half = [0; 2];
    reader.read_exact(&mut half).unwrap();
    assert_eq!(&half, b"ab", "the first half is here before the second is sent");
    go_on.send(()).unwrap();
    reader.read_exact(&mut half).unwrap();
    assert_eq!(&half, b"cd");
}

#[rstest]
#[case::web_page("Origin: https://evil.example.com\r\n", 403)]
#[case::fetch("Sec-Fetch-Site: cross-site\r\n", 403)]
#[case::nothing_odd("", 200)]
fn web_pages_are_refused(#[case] header: &str, #[case] status: u16) {
    let (upstream, received) = server(ANSWER);
    let proxy = Proxy::start(&format!("http://{upstream}"), &[]);
    let answer = proxy.exchange(&proxy.request(header, "{}"));
    assert!(answer.line.starts_with(&format!("HTTP/1.1 {status}")), "{}", answer.line);
    assert_eq!(received.try_recv().is_ok(), status == 200);
}

#[test]
fn a_rebound_name_is_refused() {
    let (upstream, received) = server(ANSWER);
    let proxy = Proxy::start(&format!("http://{upstream}"), &[]);
    let request =
        String::from_utf8(proxy.request("", "{}")).unwrap().replace(&proxy.address, "evil.example.com");
    let answer = proxy.exchange(request.as_bytes());
    assert!(answer.line.starts_with("HTTP/1.1 403"), "{}", answer.line);
    assert_eq!(answer.header("x-amzn-errortype"), Some("AccessDeniedException"));
    assert!(received.try_recv().is_err());
}

#[test]
fn only_post_to_the_root_is_forwarded() {
    let (upstream, _received) = server(ANSWER);
    let proxy = Proxy::start(&format!("http://{upstream}"), &[]);
    for line in ["GET / HTTP/1.1", "POST /other HTTP/1.1", "POST /?a=b HTTP/1.1"] {
        let request = format!("{line}\r\nHost: {}\r\nContent-Length: 0\r\n\r\n", proxy.address);
        let answer = proxy.exchange(request.as_bytes());
        assert!(answer.line.starts_with("HTTP/1.1 404"), "{line}: {}", answer.line);
    }
}

#[test]
fn a_body_over_a_megabyte_is_refused_and_one_of_a_megabyte_is_not() {
    let (upstream, _received) = server(ANSWER);
    let proxy = Proxy::start(&format!("http://{upstream}"), &[]);
    let answer = proxy.exchange(&proxy.request("", &" ".repeat(1_048_576)));
    assert!(answer.line.starts_with("HTTP/1.1 200"), "{}", answer.line);
    let mut stream = proxy.connect();
    // The proxy may answer and close before it has read everything; what matters is the answer.
    let _ = stream.write_all(&proxy.request("", &" ".repeat(1_048_577)));
    let answer = crate::capture::read_message(&mut BufReader::new(stream)).unwrap();
    assert!(answer.line.starts_with("HTTP/1.1 413"), "{}", answer.line);
    assert_eq!(answer.header("x-amzn-errortype"), Some("RequestEntityTooLargeException"));
}

#[test]
fn an_endpoint_that_does_not_answer_is_named() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let proxy = Proxy::start(&format!("http://127.0.0.1:{port}/prod"), &[]);
    let answer = proxy.exchange(&proxy.request("", "{}"));
    assert!(answer.line.starts_with("HTTP/1.1 502"), "{}", answer.line);
    assert_eq!(answer.header("content-type"), Some("application/x-amz-json-1.0"));
    let body = String::from_utf8(answer.body).unwrap();
    assert!(
        body.contains(&format!("can't reach http://127.0.0.1:{port}/prod: Connection refused")),
        "{body}"
    );
}

#[test]
fn requests_run_side_by_side() {
    let (upstream, received) = server(ANSWER);
    let proxy = Proxy::start(&format!("http://{upstream}"), &[]);
    thread::scope(|scope| {
        for number in 0..20 {
            let proxy = &proxy;
            scope.spawn(move || {
                let answer = proxy.exchange(&proxy.request("", &format!("{{\"n\":{number}}}")));
                assert!(answer.line.starts_with("HTTP/1.1 200"));
            });
        }
    });
    let bodies: std::collections::BTreeSet<_> = (0..20).map(|_| next(&received).body).collect();
    assert_eq!(bodies.len(), 20);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_well() {
    let proxy = Proxy::start("http://127.0.0.1:9", &[]);
    assert_eq!(proxy.interrupt_and_wait(), Some(0));
}
