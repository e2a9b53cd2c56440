//! Writing: any number of writes as one transaction, and what came of it.
//!
//! Repetition is harmless on every path. The SDK repeats a call whose answer was lost: a transaction carries a token by
//! which DynamoDB recognises the repetition; writing or deleting without a condition comes to the same; and a single
//! conditional write, which has no token and would meet its own first attempt, recognises it by the commit's id in the
//! item that is there. A single conditional deletion leaves nothing behind to recognise, so it goes as a transaction.

mod backoff;
mod operation;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason, ReturnValuesOnConditionCheckFailure};
use protium_app::ports::{CommitError, PortError, Write};

use crate::error::{is_busy, port_error};
use crate::items::{Attributes, attribute};
use crate::reads::key_attributes;
use crate::store::DynamoStore;
pub(crate) use backoff::Backoff;
use operation::{Action, Operation};

/// As many writes as a transaction takes.
const MOST_WRITES: usize = 100;

/// The code of a write that had no part in the cancellation.
const NO_REASON: &str = "None";

/// Codes of cancellations that are worth another attempt.
const CONTENTION: [&str; 3] = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

/// How one attempt ended.
enum Attempt {
    Done,
    /// The condition of the write at this position did not hold.
    Lost(usize),
    /// Others work on the same items, or there is too much to do: worth another attempt.
    Busy(String),
    Failed(PortError),
}

impl DynamoStore {
    pub(crate) async fn transact(&self, writes: &[Write]) -> Result<(), CommitError> {
        if writes.is_empty() {
            return Ok(());
        }
        if writes.len() > MOST_WRITES {
            let message = format!(
                "a commit has {} writes, and a transaction takes {MOST_WRITES}: it must be made smaller",
                writes.len()
            );
            return Err(PortError::Failed { operation: "dynamodb:TransactWriteItems", message }.into());
        }
        let commit = self.ids.identifier().to_string();
        let now = self.clock.now();
        let operations =
            writes.iter().map(|write| operation::of(write, &commit, now)).collect::<Result<Vec<_>, _>>()?;
        let mut backoff = Backoff::new();
        loop {
            match self.attempt(&operations, &commit).await {
                Attempt::Done => return Ok(()),
                Attempt::Lost(position) => return Err(CommitError::Condition(position)),
                Attempt::Failed(error) => return Err(error.into()),
                Attempt::Busy(message) => {
                    if !backoff.pause().await {
                        return Err(PortError::Throttled(message).into());
                    }
                }
            }
        }
    }

    async fn attempt(&self, operations: &[Operation], commit: &str) -> Attempt {
        match operations {
            [Operation { action: Action::Put(item), condition }] => {
                self.put(item.clone(), condition.as_ref(), commit).await
            }
            [Operation { action: Action::Delete(key), condition: None }] => self.delete(key.clone()).await,
            several => self.transact_once(several, commit).await,
        }
    }

    async fn put(&self, item: Attributes, condition: Option<&operation::Condition>, commit: &str) -> Attempt {
        let mut request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        if let Some(condition) = condition {
            request = request
                .condition_expression(condition.expression)
                .set_expression_attribute_names(condition.names())
                .set_expression_attribute_values(condition.values())
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        }
        match request.send().await {
            Ok(_) => Attempt::Done,
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(lost)) => {
                    if is_of_commit(lost.item(), commit) { Attempt::Done } else { Attempt::Lost(0) }
                }
                _ => failed("dynamodb:PutItem", &error),
            },
        }
    }

    async fn delete(&self, key: crate::keys::PrimaryKey) -> Attempt {
        let request = self.client.delete_item().table_name(&self.table).set_key(Some(key_attributes(key)));
        match request.send().await {
            Ok(_) => Attempt::Done,
            Err(error) => failed("dynamodb:DeleteItem", &error),
        }
    }

    async fn transact_once(&self, operations: &[Operation], commit: &str) -> Attempt {
        const OPERATION: &str = "dynamodb:TransactWriteItems";
        let items = operations.iter().map(|operation| operation.transact_item(&self.table)).collect();
        let items: Vec<_> = match items {
            Ok(items) => items,
            Err(error) => return Attempt::Failed(error),
        };
        let request = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            // The same for every attempt: at most one of them takes effect, whatever became of their answers.
            .client_request_token(commit);
        match request.send().await {
            Ok(_) => Attempt::Done,
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    judge(cancelled.cancellation_reasons())
                }
                _ => failed(OPERATION, &error),
            },
        }
    }
}

fn is_of_commit(item: Option<&Attributes>, commit: &str) -> bool {
    let written_by = item.and_then(|item| item.get(attribute::COMMIT));
    written_by == Some(&AttributeValue::S(commit.to_owned()))
}

fn failed<E, R>(operation: &'static str, error: &SdkError<E, R>) -> Attempt
where
    E: aws_sdk_dynamodb::error::ProvideErrorMetadata
        + aws_sdk_dynamodb::operation::RequestId
        + std::error::Error
        + 'static,
    R: std::fmt::Debug,
{
    match port_error(operation, error) {
        PortError::Throttled(message) if is_busy(error) => Attempt::Busy(message),
        other => Attempt::Failed(other),
    }
}

/// Reads the reasons of a cancelled transaction, which stand in the order of its writes. A condition that did not hold
/// is final, whatever else went wrong; contention is worth another attempt.
fn judge(reasons: &[CancellationReason]) -> Attempt {
    let codes: Vec<&str> = reasons.iter().map(|reason| reason.code().unwrap_or(NO_REASON)).collect();
    if let Some(position) = codes.iter().position(|code| *code == "ConditionalCheckFailed") {
        return Attempt::Lost(position);
    }
    let told: Vec<String> = reasons
        .iter()
        .zip(&codes)
        .enumerate()
        .filter(|(_, (_, code))| **code != NO_REASON)
        .map(|(position, (reason, code))| {
            format!("write {position}: {code} {}", reason.message().unwrap_or_default())
        })
        .collect();
    let message = told.join("; ");
    if !told.is_empty() && codes.iter().all(|code| *code == NO_REASON || CONTENTION.contains(code)) {
        Attempt::Busy(message)
    } else {
        Attempt::Failed(PortError::Failed { operation: "dynamodb:TransactWriteItems", message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(codes: &[&str]) -> Vec<CancellationReason> {
        codes.iter().map(|code| CancellationReason::builder().code(*code).build()).collect()
    }

    #[test]
    fn a_lost_condition_is_told_by_its_position() {
        let judged = |codes: &[&str]| match judge(&reasons(codes)) {
            Attempt::Done => "done".to_owned(),
            Attempt::Lost(position) => format!("lost {position}"),
            Attempt::Busy(_) => "busy".to_owned(),
            Attempt::Failed(_) => "failed".to_owned(),
        };
        let cases: [(&[&str], &str); 7] = [
            (&["None", "ConditionalCheckFailed"], "lost 1"),
            (&["ConditionalCheckFailed", "None", "ConditionalCheckFailed"], "lost 0"),
            (&["TransactionConflict", "ConditionalCheckFailed"], "lost 1"),
            (&["None", "TransactionConflict"], "busy"),
            (&["ThrottlingError", "ProvisionedThroughputExceeded"], "busy"),
            (&["TransactionConflict", "ValidationError"], "failed"),
            (&[], "failed"),
        ];
        for (codes, expected) in cases {
            assert_eq!(judged(codes), expected, "{codes:?}");
        }
    }
}
