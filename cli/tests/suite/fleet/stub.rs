//! An API in a thread: it speaks the real wire types, and says what a test wants it to say.

use crate::capture::{protium, read_message};
use protium_wire::{Operation, WireError, protocol, validate};
use serde_json::Value;
use std::{
    io::{BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Command, Output},
    sync::{Arc, Mutex},
    thread,
};

/// What the API does about a request.
pub(crate) enum Reply {
    /// It answers; the answer must be one of the operation's.
    Answer(Value),
    /// It refuses.
    Refuse(WireError),
    /// Something before it answers with this status.
    Status(u16, &'static str),
    /// The connection breaks.
    Hang,
}

/// A request as the API understood it.
pub(crate) type Asked = (String, Value);

/// An API, and all that it was asked.
pub(crate) struct Stub {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Stub {
    /// An API that replies so.
    pub(crate) fn start(reply: impl FnMut(&str, &Value) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (reply, heard) = (Arc::new(Mutex::new(reply)), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (reply, heard) = (Arc::clone(&reply), Arc::clone(&heard));
                thread::spawn(move || serve(&stream, &*reply, &heard));
            }
        });
        Self { address, asked }
    }

    /// What it was asked, in order.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The operations that it was asked for, in order.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.asked().into_iter().map(|(operation, _)| operation).collect()
    }

    /// `protium fleet …` that calls this API, and looks often.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = protium();
        command.env("PROTIUM_ENDPOINT", format!("http://{}", self.address));
        command.env("AWS_REGION", "eu-west-1");
        command.args(["fleet", "--poll", "10ms"]).args(arguments);
        command
    }

    /// Runs it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().unwrap())
    }
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

fn serve(stream: &TcpStream, reply: &Mutex<impl FnMut(&str, &Value) -> Reply>, heard: &Mutex<Vec<Asked>>) {
    let mut reader = BufReader::new(stream);
    while let Some(received) = read_message(&mut reader) {
        assert!(received.credential()[3] == "execute-api", "{received:?}");
        let (target, content_type) = (received.header("x-amz-target"), received.header("content-type"));
        let (operation, input) = protocol::request(target, content_type, &received.body).unwrap();
        let input = validate::check(&input, operation.description().input).unwrap();
        heard.lock().unwrap().push((operation.to_string(), input.clone()));
        let reply = (*reply.lock().unwrap())(operation.name(), &input);
        let Some(answer) = answer(operation, reply) else { return };
        let _ = (&*stream).write_all(answer.as_bytes());
    }
}

/// The answer as it travels; none when the connection breaks.
fn answer(operation: Operation, reply: Reply) -> Option<String> {
    let (status, kind, body) = match reply {
        Reply::Answer(answer) => {
            let known = validate::check(&answer, operation.description().output);
            assert_eq!(known.as_ref(), Ok(&answer), "no answer of {operation}");
            (200, String::new(), answer.to_string())
        }
        Reply::Refuse(error) => {
            let response = error.response();
            (response.status, format!("X-Amzn-Errortype: {}\r\n", error.code), response.body)
        }
        Reply::Status(status, body) => (status, String::new(), body.to_owned()),
        Reply::Hang => return None,
    };
    Some(format!(
        "HTTP/1.1 {status} Whatever\r\nContent-Type: application/x-amz-json-1.0\r\n{kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    ))
}
