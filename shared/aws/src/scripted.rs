//! Tests: a connection whose other end follows a script, so that what is sent and how answers are read is tested
//! through the whole SDK.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::test_util::infallible_client_fn;
use aws_smithy_types::body::SdkBody;

use crate::connection::{Access, Connection};

/// A request as sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) uri: String,
    pub(crate) authorization: String,
    pub(crate) body: String,
}

/// One answer: status, body.
pub(crate) type Answer = (u16, &'static str);

/// The other end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Script {
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self { answers: Arc::new(Mutex::new(answers.into_iter().collect())), sent: Arc::default() }
    }

    /// What was sent until now.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().expect("not poisoned").clone()
    }

    /// A connection to it.
    pub(crate) fn connection(&self) -> Connection {
        let script = self.clone();
        let client = infallible_client_fn(move |request| {
            let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
            script.sent.lock().expect("not poisoned").push(Sent {
                uri: request.uri().to_string(),
                authorization: header("authorization").unwrap_or_default().to_owned(),
                body: String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned(),
            });
            let answer = script.answers.lock().expect("not poisoned").pop_front();
            let (status, body) = answer.expect("a request more than the script has answers");
            let length = body.len().to_string();
            let answer = http::Response::builder().status(status).header("content-length", length);
            answer.body(SdkBody::from(body)).expect("a response")
        });
        let credentials = Credentials::new("FUNCTION", "secret", None, None, "test");
        Connection::new(Access {
            region: "eu-west-1".to_owned(),
            endpoint_url: None,
            credentials: SharedCredentialsProvider::new(credentials),
        })
        .over(client)
    }
}
