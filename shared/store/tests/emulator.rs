//! The store's contract against DynamoDB's API, when `PROTIUM_TEST_DYNAMODB_ENDPOINT` names one: an emulator, where
//! the tests make tables of their own. Without it they say so and pass; `cargo xtask test` sets it.
#![expect(clippy::expect_used, reason = "only tests are here: a broken premise should stop them")]
#![allow(clippy::print_stderr, reason = "tells whoever runs it that nothing was tested")]

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use protium_app::ports::{Entity, Store, Write};
use protium_domain::intent::{Intent, Partition};
use protium_domain::time::Timestamp;
use protium_store::{DynamoStore, intent_from_image, keys};
use protium_testkit::{FixedClock, SequentialIds, records, store_contract};

const ENDPOINT: &str = "PROTIUM_TEST_DYNAMODB_ENDPOINT";
const INDEXES: [&str; 5] = ["gsi1", "gsi2", "gsi3", "gsi4", "due"];

fn client() -> Option<Client> {
    #[expect(clippy::disallowed_methods, reason = "this is the configuration of a test")]
    let endpoint = std::env::var(ENDPOINT).ok();
    let Some(endpoint) = endpoint else {
        eprintln!("{ENDPOINT} is not set: the store was not tested against DynamoDB's API");
        return None;
    };
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(endpoint)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .build();
    Some(Client::from_conf(config))
}

fn key(attribute: impl Into<String>, kind: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name(attribute).key_type(kind).build().expect("complete")
}

/// A table like that of `infra/protium.yaml`; `the_template_makes_this_table` compares them.
async fn table(client: &Client) -> String {
    let name = format!("contract-{:016x}", fastrand::u64(..));
    let mut request = client
        .create_table()
        .table_name(&name)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range));
    let mut attributes = vec!["pk".to_owned(), "sk".to_owned()];
    for index in INDEXES {
        let (pk, sk) = (format!("{index}pk"), format!("{index}sk"));
        let projection = Projection::builder().projection_type(ProjectionType::All).build();
        request = request.global_secondary_indexes(
            GlobalSecondaryIndex::builder()
                .index_name(index)
                .key_schema(key(&pk, KeyType::Hash))
                .key_schema(key(&sk, KeyType::Range))
                .projection(projection)
                .build()
                .expect("complete"),
        );
        attributes.extend([pk, sk]);
    }
    for attribute in attributes {
        request = request.attribute_definitions(
            AttributeDefinition::builder()
                .attribute_name(attribute)
                .attribute_type(ScalarAttributeType::S)
                .build()
                .expect("complete"),
        );
    }
    request.send().await.expect("the table is made");
    name
}

fn store(client: &Client, table: &str) -> DynamoStore {
    // Ids of one run must not meet those of another: they name commits.
    DynamoStore::new(
        client.clone(),
        table,
        Arc::new(FixedClock::default()),
        Arc::new(SequentialIds::starting_at(fastrand::u64(..1 << 47))),
    )
}

#[test]
fn the_template_makes_this_table() {
    let template = include_str!("../../../infra/protium.yaml");
    for index in INDEXES {
        let schema = format!(
            "IndexName: {index}\n          KeySchema: [{{AttributeName: {index}pk, KeyType: HASH}}, \
             {{AttributeName: {index}sk, KeyType: RANGE}}]\n          Projection: {{ProjectionType: ALL}}"
        );
        assert!(template.contains(&schema), "infra/protium.yaml has no index {index} with these keys");
    }
    assert_eq!(template.matches("- IndexName: ").count(), INDEXES.len());
    assert!(template.contains("TimeToLiveSpecification: {AttributeName: ttl, Enabled: true}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dynamodb_keeps_the_contract_of_the_store() {
    let Some(client) = client() else { return };
    let table = table(&client).await;
    store_contract::all(Arc::new(store(&client, &table)), "one").await;
    store_contract::all(Arc::new(store(&client, &table)), "two").await;
    client.delete_table().table_name(table).send().await.expect("the table is removed");
}

#[tokio::test]
async fn items_say_when_they_may_go_and_what_they_await() {
    let Some(client) = client() else { return };
    let table = table(&client).await;
    let store = store(&client, &table);
    let intent = Intent {
        id: SequentialIds::nth(7),
        partition: Partition::Environment(records::name("beta")),
        created_at: Timestamp::from_millis(1_500),
        trace: None,
        events: Vec::new(),
        workflows: Vec::new(),
        wakes: Vec::new(),
        resumes: Vec::new(),
    };
    let upload = protium_domain::upload::Upload { source: records::bundle_source("a"), version: None };
    let writes = [Write::Create(intent.clone().into()), Write::Create(Entity::from(upload))];
    store.commit(&writes).await.expect("a new table");
    let items = client.scan().table_name(&table).send().await.expect("scanned").items.unwrap_or_default();
    let number = |item: &std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>| {
        item.get("ttl").and_then(|ttl| ttl.as_n().ok()).and_then(|ttl| ttl.parse::<i64>().ok())
    };
    let [intents, uploads] = ["INTENT#", "UPLOAD"].map(|prefix| {
        let found = items.iter().find(|item| item["sk"].as_s().is_ok_and(|sk| sk.starts_with(prefix)));
        found.expect("it was written").clone()
    });
    assert!(intents["sk"].as_s().is_ok_and(|sk| sk.starts_with(keys::INTENT_SORT_PREFIX)));
    assert_eq!(intents["pk"].as_s().ok().map(String::as_str), Some("ENVIRONMENT#beta"));
    assert!(intents.contains_key("duepk") && number(&intents).is_none());
    assert_eq!(intent_from_image(intents).expect("an intent"), intent);
    let thirty_days = 30 * 24 * 60 * 60;
    assert_eq!(number(&uploads), Some(FixedClock::START.as_millis() / 1000 + thirty_days));
    client.delete_table().table_name(table).send().await.expect("the table is removed");
}
