//! What was told on Protium's bus: one listener takes everything off the companion's queue.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::wait::LIMIT;

/// All events since the stack came up.
#[derive(Clone)]
pub(crate) struct Events {
    heard: Arc<Mutex<Vec<Value>>>,
    count: tokio::sync::watch::Receiver<usize>,
}

impl Events {
    /// Listens from now on, as long as the queue answers.
    pub(crate) fn listen(client: aws_sdk_sqs::Client, queue: String) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (counter, count) = tokio::sync::watch::channel(0);
        let events = heard.clone();
        tokio::spawn(async move {
            loop {
                let received = client.receive_message().queue_url(&queue).max_number_of_messages(10);
                let Ok(received) = received.wait_time_seconds(2).send().await else {
                    // The emulator of a test that restarts it: it comes back.
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    continue;
                };
                for message in received.messages() {
                    if let Some(event) = message.body().and_then(|body| serde_json::from_str(body).ok()) {
                        events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
                    }
                    let receipt = message.receipt_handle().unwrap_or_default();
                    let _ = client.delete_message().queue_url(&queue).receipt_handle(receipt).send().await;
                }
                if !received.messages().is_empty() {
                    counter.send_modify(|count| *count += received.messages().len());
                }
            }
        });
        Self { heard, count }
    }

    /// The events heard so far that `matches` accepts.
    pub(crate) fn heard(&self, matches: impl Fn(&Value) -> bool) -> Vec<Value> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.iter().filter(|event| matches(event)).cloned().collect()
    }

    /// Waits for an event; panics with `what` when none comes.
    pub(crate) async fn wait_for(&self, what: &str, matches: impl Fn(&Value) -> bool) -> Value {
        let mut count = self.count.clone();
        let wait = async {
            loop {
                count.borrow_and_update();
                if let Some(event) = self.heard(&matches).into_iter().next() {
                    return event;
                }
                if count.changed().await.is_err() {
                    panic!("{what}: nobody listens to the bus any more");
                }
            }
        };
        match timeout(LIMIT, wait).await {
            Ok(event) => event,
            Err(_) => panic!("no event came after {} s: {what}", LIMIT.as_secs()),
        }
    }

    /// Waits until the resource with this ARN is told to be in `status`.
    pub(crate) async fn status(&self, arn: &str, status: &str) -> Value {
        let what = format!("{arn} {status}");
        self.wait_for(&what, |event| event["resources"][0] == arn && event["detail"]["status"] == status)
            .await
    }

    /// The statuses of a resource in the order of their `sequence`, each once.
    pub(crate) fn statuses(&self, arn: &str) -> Vec<String> {
        let mut events: Vec<(u64, String)> = self
            // The record of the call that brought it about names the resource, too, and has no status.
            .heard(|event| event["resources"][0] == arn && event["detail"]["status"].is_string())
            .iter()
            .map(|event| {
                let sequence = event["detail"]["sequence"].as_u64().expect("events carry a sequence");
                (sequence, event["detail"]["status"].as_str().unwrap_or_default().to_owned())
            })
            .collect();
        events.sort();
        events.dedup();
        events.into_iter().map(|(_, status)| status).collect()
    }
}
