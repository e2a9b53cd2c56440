//! What is carried out, and what isn't yet.

use std::collections::BTreeSet;

use protium_api::dispatch::dispatch;
use protium_api::http::Caller;
use protium_testkit::TestApp;
use protium_wire::Operation;
use protium_wire::error::ErrorCode;
use serde_json::json;

pub(crate) const GOLDEN: &str = include_str!("../golden/unimplemented-operations.txt");

/// Operations that answer 501, found by calling each of them.
async fn unimplemented() -> BTreeSet<&'static str> {
    let test = TestApp::new();
    let caller = Caller { arn: "arn:aws:iam::111122223333:user/alice", account: "111122223333" };
    let mut found = BTreeSet::new();
    for operation in Operation::ALL {
        let answer = dispatch(&test.app, &caller, *operation, &json!({})).await;
        if let Err(failure) = answer {
            let error = failure.into_wire(*operation);
            if error.code == ErrorCode::NotImplemented {
                assert!(error.message.starts_with(operation.name()), "{error}");
                found.insert(operation.name());
            }
        }
    }
    found
}

#[tokio::test]
async fn the_list_of_what_is_still_missing_only_shrinks() {
    let listed: BTreeSet<&str> = GOLDEN.lines().filter(|line| !line.starts_with('#')).collect();
    let found = unimplemented().await;
    let newly: Vec<_> = found.difference(&listed).collect();
    assert!(newly.is_empty(), "these operations were carried out and must go on being: {newly:?}");
    let done: Vec<_> = listed.difference(&found).collect();
    assert!(
        done.is_empty(),
        "carried out now: take them off tests/golden/unimplemented-operations.txt: {done:?}"
    );
}
