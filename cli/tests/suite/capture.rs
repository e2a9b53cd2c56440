//! A server on loopback that keeps what it receives, and the `protium proxy` that sends it there.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

/// A request as it arrived; header names in lower case.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(key, _)| key == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "header {name} came twice");
        value
    }

    /// `Credential=…` of the signature: key id, date, region, service, `aws4_request`.
    pub(crate) fn credential(&self) -> Vec<&str> {
        let signature = self.header("authorization").expect("the request is signed");
        let credential = signature.split("Credential=").nth(1).unwrap().split(',').next().unwrap();
        credential.split('/').collect()
    }
}

/// Reads one request or answer.
pub(crate) fn read_message(stream: &mut impl BufRead) -> Option<Received> {
    let mut line = String::new();
    if stream.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut headers = vec![];
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length =
        headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, n)| n.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Received { line: line.trim_end().to_owned(), headers, body })
}

/// Answers every request with `answer`, the whole HTTP text of it, and hands the requests out.
pub(crate) fn server(answer: &'static str) -> (SocketAddr, Receiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let sender = sender.clone();
            thread::spawn(move || {
                let mut reader = BufReader::new(stream);
                while let Some(received) = read_message(&mut reader) {
                    let _ = sender.send(received);
                    let _ = reader.get_mut().write_all(answer.as_bytes());
                }
            });
        }
    });
    (address, receiver)
}

/// The next request that arrived.
pub(crate) fn next(receiver: &Receiver<Received>) -> Received {
    receiver.recv_timeout(Duration::from_secs(10)).expect("a request arrives")
}

/// The binary with made-up credentials and nothing of the machine's AWS configuration.
pub(crate) fn protium() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_protium"));
    command.env_clear().envs(credentials());
    command
}

/// An environment that holds made-up credentials only.
pub(crate) fn credentials() -> [(&'static str, &'static str); 6] {
    [
        ("AWS_ACCESS_KEY_ID", "AKIDPROXY"),
        ("AWS_SECRET_ACCESS_KEY", "proxy-secret"),
        ("AWS_SESSION_TOKEN", "proxy-token"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", "/nonexistent"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
    ]
}

/// A running proxy; it ends with the value.
pub(crate) struct Proxy {
    child: Child,
    pub(crate) address: String,
}

impl Proxy {
    pub(crate) fn start(endpoint: &str, more: &[&str]) -> Self {
        Self::start_with(protium(), endpoint, more)
    }

    /// Starts `command`, a [`protium`] with a changed environment, as proxy.
    pub(crate) fn start_with(mut command: Command, endpoint: &str, more: &[&str]) -> Self {
        let arguments =
            ["proxy", "--listen", "127.0.0.1:0", "--region", "eu-west-1", "--endpoint-url", endpoint];
        command.args(arguments).args(more).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address =
            line.split("http://").nth(1).expect("the first line tells the address").trim().to_owned();
        Self { child, address }
    }

    /// Sends bytes as they are and reads the answer.
    pub(crate) fn exchange(&self, request: &[u8]) -> Received {
        let mut stream = self.connect();
        stream.write_all(request).unwrap();
        read_message(&mut BufReader::new(stream)).expect("the proxy answers")
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// A request as a Proton client sends it, signed for `proton` with the client's own key.
    pub(crate) fn request(&self, more: &str, body: &str) -> Vec<u8> {
        format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-amz-json-1.0\r\n\
             X-Amz-Target: AwsProton20200720.ListEnvironments\r\nX-Amz-Date: 20200101T000000Z\r\n\
             X-Amz-Security-Token: client-token\r\nUser-Agent: Boto3/1.43\r\nAmz-Sdk-Invocation-Id: 42\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=AKIDCLIENT/20200101/eu-west-1/proton/aws4_request, \
             SignedHeaders=host, Signature=00\r\n{more}Content-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .into_bytes()
    }

    #[cfg(unix)]
    pub(crate) fn interrupt_and_wait(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
