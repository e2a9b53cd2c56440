//! The events of the bus as they happen, from the companion's queue.

use anyhow::Result;
use aws_sdk_sqs::Client;
use serde_json::Value;

use crate::cloud::told;

/// An event, in the few words that people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// When, as EventBridge writes it.
    pub time: String,
    /// For example `Proton Environment Deployment Status Change`.
    pub kind: String,
    /// The resource and what became of it.
    pub text: String,
}

/// Waits up to ten seconds for events, and takes them off the queue.
///
/// # Errors
/// When the queue doesn't answer: the local stack was stopped.
pub async fn next(client: &Client, queue: &str) -> Result<Vec<Told>> {
    let received = client
        .receive_message()
        .queue_url(queue)
        .max_number_of_messages(10)
        .wait_time_seconds(10)
        .send()
        .await
        .map_err(told)?;
    let mut heard = Vec::new();
    for message in received.messages() {
        heard.extend(
            message.body().and_then(|body| serde_json::from_str(body).ok()).map(|event| tell(&event)),
        );
        if let Some(receipt) = message.receipt_handle() {
            let delete = client.delete_message().queue_url(queue).receipt_handle(receipt);
            delete.send().await.map_err(told)?;
        }
    }
    Ok(heard)
}

/// Names and statuses of the detail, in its own order; messages at the end.
fn tell(event: &Value) -> Told {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut words = Vec::new();
    gather(&event["detail"], "", &mut words);
    Told { time: text(&event["time"]), kind: text(&event["detail-type"]), text: words.join(" ") }
}

/// The leaves worth reading: strings and numbers, as `key=value`.
fn gather(value: &Value, key: &str, words: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| gather(value, key, words)),
        Value::Array(items) => items.iter().for_each(|item| gather(item, key, words)),
        Value::String(text) if !text.is_empty() => words.push(format!("{key}={text}")),
        Value::Number(number) => words.push(format!("{key}={number}")),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_told_in_one_line() {
        let event = serde_json::json!({
            "time": "2026-11-21T00:00:00Z",
            "detail-type": "Proton Environment Deployment Status Change",
            "detail": {"name": "dev", "deploymentStatus": {"previous": "IN_PROGRESS", "current": "SUCCEEDED"}, "note": null}
        });
        assert_eq!(tell(&event).text, "name=dev previous=IN_PROGRESS current=SUCCEEDED");
        assert_eq!(tell(&serde_json::json!({})).text, "", "an event of another form is no error");
    }
}
