//! The measured side of `cargo xtask bench api`: each operation against a table in memory; durations and calls of the
//! store as JSON.
//!
//! Every sample is one call on a world of its own, so that creations create and deletions delete. What the store takes
//! is taken off: what is left is the handler's own time, from the event of API Gateway to the answer.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measuring program, not a function")]

mod calls;
mod world;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use protium_api::gate::Gate;
use protium_app::ports::{CommitError, Entity, Keep, Key, ListQuery, PortError, Store, Write};
use protium_app::{App, Page, PageRequest};
use protium_testkit::{MemoryStore, TestApp};
use serde_json::{Value, json};

use calls::{Account, Call};

/// Calls before measuring, on worlds of their own.
const WARM: usize = 5;
/// Instances that a page is listed of.
const POPULATIONS: [usize; 2] = [1_000, 100_000];

/// The table in memory, which takes its time and notes it.
struct Metered {
    store: Arc<MemoryStore>,
    noted: std::sync::Mutex<Noted>,
}

/// What the store was asked for, in DynamoDB's terms, and how long it took.
#[derive(Debug, Clone, Copy, Default)]
struct Noted {
    spent: Duration,
    gets: usize,
    queries: usize,
    commits: usize,
    items_written: usize,
}

impl Metered {
    async fn note<T>(&self, call: impl Future<Output = T>, count: impl FnOnce(&mut Noted)) -> T {
        let since = Instant::now();
        let answer = call.await;
        let mut noted = self.noted.lock().expect("nobody panicked");
        noted.spent += since.elapsed();
        count(&mut noted);
        answer
    }
}

#[async_trait]
impl Store for Metered {
    async fn get(&self, key: &Key) -> Result<Option<Entity>, PortError> {
        self.note(self.store.get(key), |noted| noted.gets += 1).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entity>>, PortError> {
        // One BatchGetItem, however many keys; none for none.
        self.note(self.store.get_many(keys), |noted| noted.gets += usize::from(!keys.is_empty())).await
    }

    async fn select(
        &self,
        query: &ListQuery,
        page: &PageRequest,
        keep: Option<&Keep<'_>>,
    ) -> Result<Page<Entity>, PortError> {
        self.note(self.store.select(query, page, keep), |noted| noted.queries += 1).await
    }

    async fn commit(&self, writes: &[Write]) -> Result<(), CommitError> {
        let count = |noted: &mut Noted| {
            noted.commits += 1;
            noted.items_written += writes.len();
        };
        self.note(self.store.commit(writes), count).await
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let runs = std::env::args().nth(1).and_then(|runs| runs.parse().ok()).unwrap_or(200);
    let mut operations = Vec::new();
    for call in calls::all() {
        operations.push(operation(&call, runs).await);
    }
    let mut lists = Vec::new();
    for instances in POPULATIONS {
        let test = world::with_instances(instances);
        for call in calls::instance_lists() {
            lists.push(list(&test, &call, instances, runs.min(30)).await);
        }
    }
    println!("{}", json!({"operations": operations, "lists": lists, "unmeasured": calls::unmeasured()}));
}

/// An operation, each time on a world of its own.
async fn operation(call: &Call, runs: usize) -> Value {
    let mut samples = Vec::new();
    let mut last = Noted::default();
    for run in 0..WARM + runs {
        let test = world::settled();
        let (call, input) = call.prepared(&test).await;
        let (duration, noted, _) = measured(&test, call, &input).await;
        if run >= WARM {
            samples.push(nanoseconds(duration.saturating_sub(noted.spent)));
        }
        last = noted;
    }
    answer(call.operation, call.note, &samples, &last)
}

/// A list, again and again on the same world; its second page.
async fn list(test: &TestApp, call: &Call, instances: usize, runs: usize) -> Value {
    let (_, _, first) = measured(test, call, &call.input).await;
    let mut input = call.input.clone();
    if let Some(token) = first["nextToken"].as_str() {
        input["nextToken"] = token.into();
    }
    let mut samples = Vec::new();
    let mut last = Noted::default();
    for _ in 0..runs {
        let (duration, noted, _) = measured(test, call, &input).await;
        samples.push(nanoseconds(duration.saturating_sub(noted.spent)));
        last = noted;
    }
    let mut answer = answer(call.operation, call.note, &samples, &last);
    answer["instances"] = instances.into();
    answer
}

fn answer(operation: &str, note: &str, samples: &[u64], noted: &Noted) -> Value {
    json!({
        "operation": operation, "note": note, "samples": samples, "gets": noted.gets, "queries": noted.queries,
        "commits": noted.commits, "items": noted.items_written,
    })
}

/// One call: how long it took, what it asked of the store, what it answered.
async fn measured(test: &TestApp, call: &Call, input: &Value) -> (Duration, Noted, Value) {
    let store = Arc::new(Metered { store: test.store.clone(), noted: std::sync::Mutex::default() });
    let app = App { store: store.clone(), ..test.app.clone() };
    let request: ApiGatewayV2httpRequest =
        serde_json::from_value(event(call, input)).expect("an event of API Gateway");
    let since = Instant::now();
    let response = protium_api::handle(&app, &Gate::open(app.clock.clone()), request).await;
    let duration = since.elapsed();
    let response = serde_json::to_value(response).expect("an answer of a Lambda");
    assert_eq!(response["statusCode"], 200, "{}: {}", call.operation, response["body"]);
    let body = serde_json::from_str(response["body"].as_str().unwrap_or_default()).expect("JSON");
    let noted = *store.noted.lock().expect("nobody panicked");
    (duration, noted, body)
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// The event of a signed call, as API Gateway makes it.
fn event(call: &Call, input: &Value) -> Value {
    let user = match call.account {
        Account::Own => "arn:aws:iam::111122223333:user/bench",
        Account::Other => "arn:aws:sts::111122223333:assumed-role/protium-environment-accounts/222233334444",
    };
    json!({
        "version": "2.0", "routeKey": "POST /", "rawPath": "/", "rawQueryString": "",
        "headers": {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": call.target(),
        },
        "requestContext": {
            "accountId": "111122223333", "apiId": "bench", "domainName": "bench", "requestId": "bench",
            "routeKey": "POST /", "stage": "$default", "time": "02/Nov/2026:09:00:00 +0000",
            "timeEpoch": 1_793_610_000_000_i64,
            "authorizer": {"iam": {
                "accessKey": "bench", "accountId": "111122223333", "callerId": "bench",
                "userArn": user, "userId": "bench",
            }},
            "http": {"method": "POST", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "x"},
        },
        "body": input.to_string(), "isBase64Encoded": false,
    })
}
