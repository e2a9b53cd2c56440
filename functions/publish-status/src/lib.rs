//! The consumer of the table's stream: publishes the events, starts the executions and wakes the waiting steps of each
//! new intent, then removes it (design 2.5).
//!
//! A batch is carried out in order and ends at its first failure, which is reported by its sequence number: Lambda goes
//! on from there, so no event overtakes an earlier one of the same resource. One that keeps failing ends in the queue
//! of dead letters; its intent stays in the table, and the reconciler takes it up.

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use protium_app::relay::carry_out;
use protium_app::{App, Error, Result};
use protium_store::intent_from_image;

/// Carries out the intents of a batch.
///
/// # Errors
/// Never: what fails is reported, logged, and repeated by Lambda.
pub async fn handle(app: &App, batch: Event) -> Result<DynamoDbEventResponse> {
    let mut response = DynamoDbEventResponse::default();
    for record in batch.records {
        let sequence = record.change.sequence_number.clone();
        if let Err(error) = relay(app, record).await {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(%error, cause, sequence, "an intent could not be carried out");
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = sequence;
            response.batch_item_failures.push(failure);
            break;
        }
    }
    Ok(response)
}

async fn relay(app: &App, record: EventRecord) -> Result<()> {
    let intent = intent_from_image(record.change.new_image).map_err(Error::from)?;
    carry_out(app, &intent).await
}

#[cfg(test)]
mod tests {
    use protium_app::ports::PortError;
    use protium_domain::intent::Workflow;
    use protium_testkit::TestApp;

    use super::*;

    fn sample() -> Event {
        let json = include_str!("../../../events-samples/publish-status/intents.json");
        serde_json::from_str(json).expect("the sample is a batch of the stream")
    }

    fn failures(response: &DynamoDbEventResponse) -> Vec<&str> {
        response.batch_item_failures.iter().filter_map(|failure| failure.item_identifier.as_deref()).collect()
    }

    #[tokio::test]
    async fn a_batch_is_carried_out_in_order() {
        let test = TestApp::new();
        let response = handle(&test.app, sample()).await.expect("reported");
        assert!(failures(&response).is_empty());
        let types: Vec<_> = test.events.published().into_iter().map(|event| event.detail_type).collect();
        assert_eq!(
            types,
            [
                "AWS Proton Environment Status Change",
                "AWS Proton Deployment Status Change",
                "AWS Proton Environment Template Version Status Change",
            ]
        );
        let started: Vec<_> = test.executions.started().into_iter().map(|start| start.workflow).collect();
        assert_eq!(started, [Workflow::Provision, Workflow::Publish]);
    }

    #[tokio::test]
    async fn the_first_failure_ends_the_batch() {
        let test = TestApp::new();
        test.events.fail_next(PortError::Throttled("slow".to_owned()));
        let response = handle(&test.app, sample()).await.expect("reported");
        assert_eq!(failures(&response), ["110000000000123456701"]);
        assert!(test.executions.started().is_empty());
    }

    #[tokio::test]
    async fn an_intent_that_cannot_be_read_is_reported_and_not_skipped() {
        let test = TestApp::new();
        let mut batch = sample();
        batch.records[1].change.new_image = serde_json::from_str(r#"{"pk":{"S":"x"}}"#).expect("an image");
        let response = handle(&test.app, batch).await.expect("reported");
        assert_eq!(failures(&response), ["110000000000123456702"]);
        assert_eq!(test.executions.started().len(), 1);
    }
}
