//! The smallest Lambda Runtime API that a function can start against: it hands out invocations and takes answers.
//!
//! It also answers every other POST like an empty DynamoDB table, and what else is asked like an empty S3 bucket (there are no
//! policies then), so that a function can be measured with its first real request, without an AWS.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// How long a function may take for a step.
const LIMIT: Duration = Duration::from_secs(30);
const NEXT: &str = "GET /2018-06-01/runtime/invocation/next";
const RESPONSE: &str = "POST /2018-06-01/runtime/invocation/";
const EMPTY_TABLE: &str = r#"{"Items":[],"Count":0,"ScannedCount":0}"#;
const NO_OBJECT: &str =
    "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>";

/// The server, for one function.
pub struct RuntimeApi {
    listener: TcpListener,
}

/// A request: its first line and its body.
struct Request {
    line: String,
    body: String,
    stream: TcpStream,
}

impl RuntimeApi {
    /// Listens on a free port of loopback.
    ///
    /// # Errors
    /// When there is none.
    pub async fn bind() -> Result<Self> {
        Ok(Self { listener: TcpListener::bind("127.0.0.1:0").await? })
    }

    /// `host:port`, for AWS_LAMBDA_RUNTIME_API.
    ///
    /// # Errors
    /// When the socket has no address, which doesn't happen.
    pub fn address(&self) -> Result<String> {
        Ok(self.listener.local_addr()?.to_string())
    }

    /// Waits until the function asks for its first invocation; returns when, and the open request.
    ///
    /// # Errors
    /// The function reports an init error or doesn't ask.
    pub async fn first_call(&self) -> Result<(Instant, Invocation)> {
        loop {
            let (stream, _) = timeout(LIMIT, self.listener.accept())
                .await
                .context("the function doesn't call the Runtime API")??;
            let request = read(stream).await?;
            let at = Instant::now();
            if request.line.starts_with(NEXT) {
                return Ok((at, Invocation { stream: request.stream }));
            }
            if request.line.contains("/init/error") {
                bail!("the function doesn't start: {}", request.body);
            }
            answer_as_aws(request).await?;
        }
    }

    /// Hands an event to the function and waits for its answer.
    ///
    /// # Errors
    /// When none comes.
    pub async fn invoke(&self, invocation: Invocation, event: &str) -> Result<String> {
        let headers = "lambda-runtime-aws-request-id: 00000000-0000-4000-8000-000000000000\r\n\
             lambda-runtime-deadline-ms: 4102444800000\r\n\
             lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:000000000000:function:bench\r\n";
        answer(invocation.stream, "200 OK", event, headers).await?;
        loop {
            let (stream, _) =
                timeout(LIMIT, self.listener.accept()).await.context("the function doesn't answer")??;
            let request = read(stream).await?;
            if request.line.starts_with(RESPONSE) {
                return Ok(request.body);
            }
            answer_as_aws(request).await?;
        }
    }
}

/// A function that waits for an event.
pub struct Invocation {
    stream: TcpStream,
}

/// What an installation without anything in it would answer.
async fn answer_as_aws(request: Request) -> Result<()> {
    if request.line.starts_with("POST ") {
        answer(request.stream, "200 OK", EMPTY_TABLE, "").await
    } else {
        answer(request.stream, "404 Not Found", NO_OBJECT, "").await
    }
}

/// Answers and closes: every request comes on a connection of its own.
async fn answer(mut stream: TcpStream, status: &str, body: &str, headers: &str) -> Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    Ok(stream.shutdown().await?)
}

async fn read(mut stream: TcpStream) -> Result<Request> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && is_whole(head, body)
        {
            let line = head.lines().next().unwrap_or_default().to_owned();
            let body = body.to_owned();
            return Ok(Request { line, body, stream });
        }
        let read = timeout(LIMIT, stream.read(&mut buffer)).await??;
        if read == 0 {
            bail!("the function hung up in the middle of a request");
        }
        bytes.extend_from_slice(&buffer[..read]);
    }
}

/// Whether the body is there, by its length or its last chunk.
fn is_whole(head: &str, body: &str) -> bool {
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    if header("transfer-encoding").is_some() {
        return body.ends_with("0\r\n\r\n");
    }
    header("content-length")
        .and_then(|length| length.parse().ok())
        .is_none_or(|length: usize| body.len() >= length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("GET / HTTP/1.1", "", true)]
    #[case("POST / HTTP/1.1\r\nContent-Length: 3", "ab", false)]
    #[case("POST / HTTP/1.1\r\nContent-Length: 3", "abc", true)]
    #[case("POST / HTTP/1.1\r\nTransfer-Encoding: chunked", "1\r\na\r\n", false)]
    #[case("POST / HTTP/1.1\r\nTransfer-Encoding: chunked", "1\r\na\r\n0\r\n\r\n", true)]
    fn a_request_is_read_to_its_end(#[case] head: &str, #[case] body: &str, #[case] whole: bool) {
        assert_eq!(is_whole(head, body), whole);
    }
}
