//! Which calls reach DynamoDB, how often, and what happens when they go wrong, against a client that answers by rule.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ErrorMetadata;
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemOutput;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemOutput;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemOutput};
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput};
use aws_sdk_dynamodb::types::error::{ConditionalCheckFailedException, TransactionCanceledException};
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason, KeysAndAttributes};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use protium_app::PageRequest;
use protium_app::ports::{CommitError, Entity, Key, ListQuery, PortError, Record, Store, Write};
use protium_domain::service::Service;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::CompatibleEnvironmentTemplate;
use protium_testkit::{FixedClock, SequentialIds, records};

use crate::DynamoStore;
use crate::items::{Attributes, encode};

fn store(rules: &[&Rule]) -> DynamoStore {
    let client = mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, rules);
    DynamoStore::new(client, "table", Arc::new(FixedClock::default()), Arc::new(SequentialIds::default()))
}

fn service() -> Service {
    records::service_active("web", "web", SequentialIds::nth(99), FixedClock::START)
}

fn replace() -> Write {
    let service = service();
    let revision = service.revision;
    Write::Replace(service.into(), revision)
}

fn cancelled(code: &str) -> TransactWriteItemsError {
    let reasons = vec![
        CancellationReason::builder().code("None").build(),
        CancellationReason::builder().code(code).build(),
    ];
    TransactWriteItemsError::TransactionCanceledException(
        TransactionCanceledException::builder()
            .set_cancellation_reasons(Some(reasons))
            .meta(ErrorMetadata::builder().code("TransactionCanceledException").build())
            .build(),
    )
}

#[tokio::test]
async fn each_commit_is_one_call_and_the_cheapest_that_is_safe() {
    let put = mock!(Client::put_item).then_output(|| PutItemOutput::builder().build());
    let delete = mock!(Client::delete_item).then_output(|| DeleteItemOutput::builder().build());
    let transact =
        mock!(Client::transact_write_items).then_output(|| TransactWriteItemsOutput::builder().build());
    let store = store(&[&put, &delete, &transact]);
    let key = service().key();
    let require = Write::RequireTemplate(TemplateKind::Service, records::name("web"));
    let cases = [
        (vec![], [0, 0, 0]),
        (vec![Write::Put(service().into())], [1, 0, 0]),
        (vec![Write::Create(service().into())], [1, 0, 0]),
        (vec![replace()], [1, 0, 0]),
        (vec![Write::Remove(key.clone())], [0, 1, 0]),
        (vec![Write::Delete(key, service().revision)], [0, 0, 1]),
        (vec![require.clone()], [0, 0, 1]),
        (vec![require, replace()], [0, 0, 1]),
    ];
    let mut before = [0, 0, 0];
    for (writes, expected) in cases {
        store.commit(&writes).await.expect("every condition holds");
        let after = [put.num_calls(), delete.num_calls(), transact.num_calls()];
        let made: Vec<usize> = after.iter().zip(before).map(|(after, before)| after - before).collect();
        assert_eq!(made, expected, "{writes:?}");
        before = after;
    }
}

#[tokio::test(start_paused = true)]
async fn contention_is_tried_again_under_the_same_token() {
    let tokens: Arc<Mutex<Vec<Option<String>>>> = Arc::default();
    let seen = Arc::clone(&tokens);
    let transact = mock!(Client::transact_write_items)
        .match_requests(move |request| {
            let token = request.client_request_token().map(str::to_owned);
            seen.lock().expect("nobody panicked").push(token);
            true
        })
        .sequence()
        .error(|| cancelled("TransactionConflict"))
        .times(2)
        .output(|| TransactWriteItemsOutput::builder().build())
        .build();
    let writes = [replace(), Write::Remove(Key::AccountSettings)];
    store(&[&transact]).commit(&writes).await.expect("the third attempt goes through");
    assert_eq!(transact.num_calls(), 3);
    let tokens = tokens.lock().expect("nobody panicked");
    assert!(tokens.iter().all(|token| *token == Some(SequentialIds::nth(1).to_string())), "{tokens:?}");
}

#[tokio::test(start_paused = true)]
async fn contention_that_stays_is_throttling_within_a_second() {
    let transact = mock!(Client::transact_write_items).then_error(|| cancelled("TransactionConflict"));
    let began = tokio::time::Instant::now();
    let busy = store(&[&transact]).commit(&[replace(), Write::Remove(Key::AccountSettings)]).await;
    assert!(matches!(busy, Err(CommitError::Port(PortError::Throttled(_)))), "{busy:?}");
    assert!(began.elapsed().as_millis() < 1000);
    assert_eq!(transact.num_calls(), 6);
}

#[tokio::test]
async fn a_single_write_recognises_its_own_first_attempt() {
    let there = |commit: &'static str| {
        let rule = mock!(Client::put_item).then_error(move || {
            let item = encode(&service().into(), commit, FixedClock::START).expect("it can be written");
            let lost = ConditionalCheckFailedException::builder().set_item(Some(item)).build();
            PutItemError::ConditionalCheckFailedException(lost)
        });
        store(&[&rule])
    };
    let ours = there("00000000-0000-7000-8000-000000000001");
    ours.commit(&[replace()]).await.expect("the answer was lost, not the write");
    let theirs = there("00000000-0000-7000-8000-0000000000ff").commit(&[replace()]).await;
    assert!(matches!(theirs, Err(CommitError::Condition(0))), "{theirs:?}");
}

#[tokio::test]
async fn a_refusal_tells_operators_what_dynamodb_said_and_nothing_of_the_record() {
    let rule = mock!(Client::put_item).then_error(|| {
        let said = ErrorMetadata::builder().code("AccessDeniedException").message("not authorized").build();
        PutItemError::generic(said)
    });
    let refused = store(&[&rule]).commit(&[replace()]).await.expect_err("denied").to_string();
    assert!(refused.contains("AccessDeniedException") && refused.contains("not authorized"), "{refused}");
    assert!(refused.starts_with("dynamodb:PutItem failed"), "{refused}");
    assert!(!refused.contains("ServiceSpec"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn keys_that_a_batch_left_out_are_asked_for_again() {
    let item = |name: &str| -> Attributes {
        let service = records::service_active(name, "web", SequentialIds::nth(1), FixedClock::START);
        encode(&service.into(), "commit", FixedClock::START).expect("it can be written")
    };
    let answer = move |found: Option<&str>, left: Option<&str>| {
        let left = left.map(|name| {
            let item = item(name);
            let key = [("pk", item["pk"].clone()), ("sk", item["sk"].clone())];
            let key = key.map(|(name, value): (&str, AttributeValue)| (name.to_owned(), value)).into();
            ("table".to_owned(), KeysAndAttributes::builder().keys(key).build().expect("complete"))
        });
        BatchGetItemOutput::builder()
            .responses("table", found.map(item).into_iter().collect())
            .set_unprocessed_keys(Some(left.into_iter().collect()))
            .build()
    };
    let rule = mock!(Client::batch_get_item)
        .sequence()
        .output(move || answer(Some("b"), Some("a")))
        .output(move || answer(None, Some("a")))
        .output(move || answer(Some("a"), None))
        .build();
    let keys = ["a", "b"].map(|name| Key::Service(records::name(name)));
    let found = store(&[&rule]).get_many(&keys).await.expect("read in the end");
    let names: Vec<Key> = found.into_iter().flatten().map(|entity| Entity::key(&entity)).collect();
    assert_eq!(names, keys);
    assert_eq!(rule.num_calls(), 3);
}

#[tokio::test]
async fn a_filter_that_matches_nothing_ends_the_page_before_the_list() {
    let rule = mock!(Client::query)
        .match_requests(|request| request.filter_expression() == Some("#template IN (:t0)"))
        .then_output(|| {
            let key = [
                ("gsi1pk", "ENVIRONMENT"),
                ("gsi1sk", "beta"),
                ("pk", "ENVIRONMENT#beta"),
                ("sk", "ENVIRONMENT"),
            ]
            .map(|(name, text)| (name.to_owned(), AttributeValue::S(text.to_owned())));
            QueryOutput::builder().set_last_evaluated_key(Some(key.into())).build()
        });
    let filter = CompatibleEnvironmentTemplate { template_name: records::name("rare"), major_version: 1 };
    let query = ListQuery::Environments(vec![filter]);
    let page = store(&[&rule]).list(&query, &PageRequest { limit: 5, after: None }).await.expect("listed");
    assert!(page.items.is_empty() && page.next.is_some());
    assert_eq!(rule.num_calls(), 10);
}
