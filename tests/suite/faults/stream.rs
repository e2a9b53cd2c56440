//! The table's stream delivers at least once, and after a failure in an order of its own.

use serde_json::{Value, json};

use crate::support::bundle::Bundle;
use crate::support::http::{Answer, JSON, Request};
use crate::support::protium::{Protium, with_protium};

impl Protium {
    async fn streams(&self, operation: &str, input: Value) -> Value {
        let target = format!("DynamoDBStreams_20120810.{operation}");
        let request = Request::post(&self.outputs.aws_endpoint).header("x-amz-target", &target);
        let request = request.header("content-type", JSON).signed_for("dynamodb").body(input.to_string());
        let Answer { status, body, .. } = request.send().await;
        assert_eq!(status, 200, "{operation}: {body}");
        body
    }

    /// The records of all intents that the stream had for a partition, in order, as the function gets them.
    async fn intent_records(&self, pk: &str) -> Vec<Value> {
        let table = self.dynamodb.describe_table().table_name(&self.outputs.table).send().await;
        let table = table.expect("the table").table.expect("described");
        let stream = table.latest_stream_arn().expect("the table has a stream").to_owned();
        let described = self.streams("DescribeStream", json!({"StreamArn": stream})).await;
        let mut records = Vec::new();
        for shard in described["StreamDescription"]["Shards"].as_array().expect("shards") {
            let input = json!({
                "StreamArn": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"
            });
            let mut iterator = self.streams("GetShardIterator", input).await["ShardIterator"].clone();
            loop {
                let page = self.streams("GetRecords", json!({"ShardIterator": iterator})).await;
                let found = page["Records"].as_array().cloned().unwrap_or_default();
                let is_empty = found.is_empty();
                records.extend(found);
                iterator = page["NextShardIterator"].clone();
                if is_empty || iterator.is_null() {
                    break;
                }
            }
        }
        records.retain(|record| {
            let keys = &record["dynamodb"]["Keys"];
            let is_intent = keys["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with("INTENT#"));
            record["eventName"] == "INSERT" && is_intent && keys["pk"]["S"] == pk
        });
        for record in &mut records {
            record["eventSourceARN"] = stream.clone().into();
        }
        records
    }
}

#[test]
fn records_that_come_twice_and_out_of_order_repeat_events_and_nothing_else() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = protium.environment(&template, "").await;
        let arn = protium.arn(&format!("environment/{name}"));
        protium.events.status(&arn, "SUCCEEDED").await;
        let records = protium.intent_records(&format!("ENVIRONMENT#{name}")).await;
        assert!(records.len() >= 2, "beginning and end of the deployment: {records:?}");
        let got = protium.proton.get_environment().name(&name).send().await.expect("environment");
        let before = got.environment.unwrap();

        let told = || protium.events.heard(|event| event["resources"][0] == arn.as_str()).len();
        let told_before = told();
        let twice = [records.clone(), records.iter().rev().cloned().collect()].concat();
        let answer = protium.invoke("publish-status", &json!({"Records": twice})).await;
        assert_eq!(answer["batchItemFailures"], json!([]), "everything is carried out again");
        crate::support::wait::eventually("the repeated events", async || {
            if told() > told_before { Ok(()) } else { Err("none yet".to_owned()) }
        })
        .await;

        // The sequence tells repetitions and order.
        assert_eq!(protium.events.statuses(&arn), ["IN_PROGRESS", "SUCCEEDED"]);
        let got = protium.proton.get_environment().name(&name).send().await.expect("environment");
        assert_eq!(got.environment.unwrap(), before, "no workflow ran again");
        let list = protium.proton.list_deployments().environment_name(&name).send().await.expect("listed");
        assert_eq!(list.deployments.len(), 1);
        protium.stack_of(&arn).await;
    });
}
