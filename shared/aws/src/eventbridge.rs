//! EventBridge: status events on Protium's bus (behaviour section 9).
//!
//! PutEvents takes ten entries and 256 KB at once, and may accept some entries and fail others. Events go out in
//! order: what failed is repeated, one by one, before anything later is sent.

use std::ops::Range;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use protium_app::ports::{EventBus, PortError};
use protium_domain::event::StatusEvent;

use crate::connection::{Connection, Lazy};
use crate::failure::port_error;

const OPERATION: &str = "events:PutEvents";
/// Entries of one call.
const MOST_ENTRIES: usize = 10;
/// Bytes of one call: the service's 256 KB, with room for what it may count otherwise.
const MOST_BYTES: usize = 250 * 1024;
/// Pauses before an entry is sent again. A Lambda behind it has a minute; the stream and the reconciler try later.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(100),
    Duration::from_millis(400),
    Duration::from_millis(1_600),
    Duration::from_millis(5_000),
];

/// Protium's bus.
#[derive(Debug)]
pub struct StatusBus {
    client: Lazy<Client>,
    bus: String,
    source: String,
}

impl StatusBus {
    /// The bus of this name or ARN; events say that they come from `source`.
    #[must_use]
    pub fn new(connection: &Connection, bus: String, source: String) -> Self {
        Self { client: connection.lazy(Client::new), bus, source }
    }

    /// An entry. EventBridge stamps the time.
    fn entry(&self, event: &StatusEvent) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(&self.source)
            .detail_type(&event.detail_type)
            .set_resources(event.resource.clone().map(|arn| vec![arn]))
            .detail(event.detail.to_string())
            .build()
    }

    /// Sends entries; the position and reason of each that failed.
    async fn put(&self, entries: &[PutEventsRequestEntry]) -> Result<Vec<(usize, String)>, PortError> {
        let request = self.client.put_events().set_entries(Some(entries.to_vec()));
        let answer = request.send().await.map_err(port_error(OPERATION))?;
        let results = answer.entries().iter().enumerate();
        let failed = results.filter_map(|(position, result)| {
            let code = result.error_code()?;
            Some((position, format!("{code}: {}", result.error_message().unwrap_or_default())))
        });
        Ok(failed.collect())
    }

    async fn put_again(&self, entry: &PutEventsRequestEntry, mut reason: String) -> Result<(), PortError> {
        for pause in PAUSES {
            tokio::time::sleep(pause).await;
            match self.put(std::slice::from_ref(entry)).await?.pop() {
                None => return Ok(()),
                Some((_, again)) => reason = again,
            }
        }
        Err(PortError::Failed { operation: OPERATION, message: format!("an entry was refused: {reason}") })
    }
}

#[async_trait]
impl EventBus for StatusBus {
    async fn publish(&self, events: &[StatusEvent]) -> Result<(), PortError> {
        let entries: Vec<_> = events.iter().map(|event| self.entry(event)).collect();
        let sizes: Vec<_> = entries.iter().map(size).collect();
        for chunk in chunks(&sizes) {
            let chunk = &entries[chunk];
            for (position, reason) in self.put(chunk).await? {
                self.put_again(&chunk[position], reason).await?;
            }
        }
        Ok(())
    }
}

/// The size of an entry as EventBridge counts it: source, type, detail and resources in bytes.
fn size(entry: &PutEventsRequestEntry) -> usize {
    let length = |text: Option<&str>| text.map_or(0, str::len);
    length(entry.source())
        + length(entry.detail_type())
        + length(entry.detail())
        + entry.resources().iter().map(String::len).sum::<usize>()
}

/// Runs of entries that fit into one call, in order. An entry that alone is too large gets a call of its own, in which
/// EventBridge says so.
fn chunks(sizes: &[usize]) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (position, size) in sizes.iter().enumerate() {
        if position > start && (position - start == MOST_ENTRIES || bytes + size > MOST_BYTES) {
            chunks.push(start..position);
            (start, bytes) = (position, 0);
        }
        bytes += size;
    }
    if start < sizes.len() {
        chunks.push(start..sizes.len());
    }
    chunks
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;
    use crate::scripted::{Answer, Script};

    const DONE: Answer = (200, r#"{"FailedEntryCount":0,"Entries":[{"EventId":"1"},{"EventId":"2"}]}"#);
    const SECOND_FAILED: Answer = (
        200,
        r#"{"FailedEntryCount":1,"Entries":[{"EventId":"1"},{"ErrorCode":"ThrottlingException","ErrorMessage":"slow"}]}"#,
    );
    const FAILED: Answer =
        (200, r#"{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure","ErrorMessage":"oops"}]}"#);

    fn event(name: &str) -> StatusEvent {
        StatusEvent {
            detail_type: "AWS Proton Environment Status Change".to_owned(),
            resource: Some(format!("arn:aws:proton:eu-west-1:111122223333:environment/{name}")),
            detail: json!({"name": name, "status": "SUCCEEDED", "sequence": 7}),
        }
    }

    fn bus(script: &Script) -> StatusBus {
        StatusBus::new(&script.connection(), "protium".to_owned(), "protium".to_owned())
    }

    fn names(body: &str) -> Vec<String> {
        let body: Value = serde_json::from_str(body).expect("JSON");
        let entries = body["Entries"].as_array().cloned().unwrap_or_default();
        let detail = |entry: &Value| serde_json::from_str::<Value>(entry["Detail"].as_str()?).ok();
        entries.iter().filter_map(|entry| Some(detail(entry)?["name"].as_str()?.to_owned())).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn failed_entries_are_sent_again_alone_and_before_later_ones() {
        let script = Script::new([SECOND_FAILED, FAILED, DONE]);
        bus(&script).publish(&[event("a"), event("b")]).await.expect("sent at last");
        let sent: Vec<_> = script.sent().iter().map(|sent| names(&sent.body)).collect();
        assert_eq!(sent, [vec!["a", "b"], vec!["b"], vec!["b"]]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_entry_that_keeps_failing_is_reported() {
        let script = Script::new([FAILED; 5]);
        let error = bus(&script).publish(&[event("a")]).await.expect_err("refused");
        assert!(error.to_string().contains("oops"), "{error}");
    }

    #[tokio::test]
    async fn no_events_no_call() {
        let script = Script::new([]);
        bus(&script).publish(&[]).await.expect("nothing to do");
        assert!(script.sent().is_empty());
    }

    #[rstest]
    #[case(&[], &[])]
    #[case(&[1; 10], &[(0, 10)])]
    #[case(&[1; 11], &[(0, 10), (10, 11)])]
    #[case(&[MOST_BYTES, 1], &[(0, 1), (1, 2)])]
    #[case(&[1, MOST_BYTES, 1], &[(0, 1), (1, 2), (2, 3)])]
    #[case(&[MOST_BYTES + 1], &[(0, 1)])]
    #[case(&[MOST_BYTES / 2, MOST_BYTES / 2, 1], &[(0, 2), (2, 3)])]
    fn calls_stay_within_the_limits(#[case] sizes: &[usize], #[case] expected: &[(usize, usize)]) {
        let found: Vec<_> = chunks(sizes).into_iter().map(|chunk| (chunk.start, chunk.end)).collect();
        assert_eq!(found, expected);
    }
}
