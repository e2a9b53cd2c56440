//! Protium's own records, for tests of what happens behind the API.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Select};
use serde_json::{Value, json};

use super::protium::Protium;
use super::wait::eventually;

type Item = HashMap<String, AttributeValue>;

impl Protium {
    /// The record of an item, as JSON.
    pub(crate) async fn record(&self, pk: &str, sk: &str) -> Option<Value> {
        let get = self.dynamodb.get_item().table_name(&self.outputs.table).consistent_read(true);
        let get = get.key("pk", text(pk)).key("sk", text(sk));
        let item = get.send().await.expect("the table answers").item?;
        let record = item.get("record")?.as_s().ok()?;
        Some(serde_json::from_str(record).expect("records are JSON"))
    }

    /// The token of the task that waits for a stack.
    pub(crate) async fn task_token(&self, stack_name: &str) -> String {
        eventually(&format!("somebody waits for {stack_name}"), async || {
            let wait = self.record(&format!("WAIT#{stack_name}"), "WAIT").await;
            let token = wait.as_ref().and_then(|wait| wait["taskToken"].as_str());
            token.map(str::to_owned).ok_or("nobody".into())
        })
        .await
    }

    /// Lets the reconciler sweep as it will once everything that is open has become due: intents a minute old, work
    /// whose watch has run out. Only the index by which it finds them is changed, nothing that it decides by.
    pub(crate) async fn reconcile_as_if_late(&self) {
        for kind in ["INTENT", "WATCH"] {
            for item in self.due(kind).await {
                let update = self.dynamodb.update_item().table_name(&self.outputs.table);
                let update = update.key("pk", item["pk"].clone()).key("sk", item["sk"].clone());
                let update =
                    update.update_expression("SET duesk = :past").condition_expression("duesk = :read");
                let past = format!("{:020}#{}", 0, item["pk"].as_s().expect("a string key"));
                let update = update.expression_attribute_values(":past", text(&past));
                // Done or renewed meanwhile: then it isn't late.
                let _ = update.expression_attribute_values(":read", item["duesk"].clone()).send().await;
            }
        }
        self.invoke("reconcile", &schedule()).await;
    }

    async fn due(&self, kind: &str) -> Vec<Item> {
        let query = self.dynamodb.query().table_name(&self.outputs.table).index_name("due");
        let query = query.key_condition_expression("duepk = :kind").select(Select::AllAttributes);
        let found = query.expression_attribute_values(":kind", text(kind)).send().await;
        found.expect("the index answers").items.unwrap_or_default()
    }

    /// How many intents wait to be carried out.
    pub(crate) async fn intents(&self) -> usize {
        self.due("INTENT").await.len()
    }
}

/// The clock's event.
pub(crate) fn schedule() -> Value {
    sample(include_str!("../../../events-samples/reconcile/schedule.json"))
}

/// A sample of `events-samples/`.
pub(crate) fn sample(text: &str) -> Value {
    serde_json::from_str(text).expect("samples are JSON")
}

/// The input of a step of the provision machine.
pub(crate) fn step(deployment: &str, task_token: &str) -> Value {
    json!({"deploymentId": deployment, "taskToken": task_token})
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}
