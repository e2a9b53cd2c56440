//! Environment account connections, as both accounts see them.

use protium_testkit::TestApp;
use rstest::rstest;
use serde_json::{Value, json};

use super::{Answer, event, send};

const OWN: &str = "111122223333";
const OTHER: &str = "222233334444";
const STRANGER: &str = "333344445555";
const ROLE: &str = "arn:aws:iam::222233334444:role/protium/provisioning";
const NOW: f64 = 1_793_610_000.0;

/// A call of an account: the installation's own, or another one through the role for those.
pub(crate) async fn call_as(test: &TestApp, account: &str, operation: &str, input: Value) -> Answer {
    let mut event = event(operation, &input.to_string());
    if account != OWN {
        let arn = format!("arn:aws:sts::{OWN}:assumed-role/protium-environment-accounts/{account}");
        event["requestContext"]["authorizer"]["iam"]["userArn"] = arn.into();
    }
    send(test, event).await
}

async fn ok_as(test: &TestApp, account: &str, operation: &str, input: Value) -> Value {
    let answer = call_as(test, account, operation, input).await;
    assert_eq!(answer.status, 200, "{operation}: {}", answer.body);
    answer.body
}

async fn refused_as(test: &TestApp, account: &str, operation: &str, input: Value) -> String {
    let answer = call_as(test, account, operation, input).await;
    assert_ne!(answer.status, 200, "{operation}: {}", answer.body);
    answer.kind
}

async fn requested(test: &TestApp) -> Value {
    let input = json!({"environmentName": "beta", "managementAccountId": OWN, "roleArn": ROLE});
    let made = ok_as(test, OTHER, "CreateEnvironmentAccountConnection", input).await;
    made["environmentAccountConnection"].clone()
}

#[tokio::test]
async fn a_connection_is_requested_accepted_and_seen_by_both_sides() {
    let test = TestApp::new();
    let made = requested(&test).await;
    let id = &made["id"];
    let expected = json!({
        "arn": format!("arn:aws:proton:eu-west-1:{OTHER}:environment-account-connection/{}", id.as_str().expect("an id")),
        "environmentAccountId": OTHER,
        "environmentName": "beta",
        "id": id,
        "lastModifiedAt": NOW,
        "managementAccountId": OWN,
        "requestedAt": NOW,
        "roleArn": ROLE,
        "status": "PENDING",
    });
    assert_eq!(made, expected);
    for (account, by) in [(OWN, "MANAGEMENT_ACCOUNT"), (OTHER, "ENVIRONMENT_ACCOUNT")] {
        let got = ok_as(&test, account, "GetEnvironmentAccountConnection", json!({"id": id})).await;
        assert_eq!(got["environmentAccountConnection"], expected);
        let list = "ListEnvironmentAccountConnections";
        let listed = ok_as(&test, account, list, json!({"requestedBy": by})).await;
        assert_eq!(listed, json!({"environmentAccountConnections": [expected]}));
        let other_side = if account == OWN { "ENVIRONMENT_ACCOUNT" } else { "MANAGEMENT_ACCOUNT" };
        let listed = ok_as(&test, account, list, json!({"requestedBy": other_side})).await;
        assert_eq!(listed, json!({"environmentAccountConnections": []}));
        let filter = json!({"requestedBy": by, "statuses": ["CONNECTED"]});
        assert_eq!(ok_as(&test, account, list, filter).await, json!({"environmentAccountConnections": []}));
    }
    let accepted = ok_as(&test, OWN, "AcceptEnvironmentAccountConnection", json!({"id": id})).await;
    assert_eq!(accepted["environmentAccountConnection"]["status"], "CONNECTED");
}

#[tokio::test]
async fn each_side_does_its_own_part_and_strangers_see_nothing() {
    let test = TestApp::new();
    let made = requested(&test).await;
    let id = json!({"id": made["id"]});
    for operation in ["AcceptEnvironmentAccountConnection", "RejectEnvironmentAccountConnection"] {
        assert_eq!(refused_as(&test, OTHER, operation, id.clone()).await, "AccessDeniedException");
        assert_eq!(refused_as(&test, STRANGER, operation, id.clone()).await, "ResourceNotFoundException");
    }
    for operation in ["UpdateEnvironmentAccountConnection", "DeleteEnvironmentAccountConnection"] {
        assert_eq!(refused_as(&test, OWN, operation, id.clone()).await, "AccessDeniedException");
    }
    let get = "GetEnvironmentAccountConnection";
    assert_eq!(refused_as(&test, STRANGER, get, id.clone()).await, "ResourceNotFoundException");
    let gone = ok_as(&test, STRANGER, "DeleteEnvironmentAccountConnection", id.clone()).await;
    assert_eq!(gone, json!({}), "as if it didn't exist");
    ok_as(&test, OTHER, get, id).await;
}

#[rstest]
#[case("ListEnvironments", json!({}))]
#[case("CreateEnvironmentTemplate", json!({"name": "net"}))]
#[case("TagResource", json!({"resourceArn": "arn:aws:proton:eu-west-1:111122223333:environment/beta", "tags": []}))]
#[tokio::test]
async fn other_accounts_do_nothing_else(#[case] operation: &str, #[case] input: Value) {
    let test = TestApp::new();
    let answer = call_as(&test, OTHER, operation, input).await;
    assert_eq!((answer.status, answer.kind.as_str()), (400, "AccessDeniedException"));
    let message = answer.body["message"].as_str().expect("a text");
    assert!(message.contains(&format!("is not authorized to perform: proton:{operation}")), "{message}");
    assert!(test.store.everything().is_empty());
}

#[rstest]
#[case::no_account("alice")]
#[case::longer("2222333344445")]
#[tokio::test]
async fn a_session_that_is_not_named_after_an_account_is_denied(#[case] session: &str) {
    let test = TestApp::new();
    let list = "ListEnvironmentAccountConnections";
    let input = json!({"requestedBy": "ENVIRONMENT_ACCOUNT"});
    assert_eq!(refused_as(&test, session, list, input).await, "AccessDeniedException");
}

#[tokio::test]
async fn an_environment_account_tags_its_own_connections() {
    let test = TestApp::new();
    let made = requested(&test).await;
    let tag = json!({"resourceArn": made["arn"], "tags": [{"key": "team", "value": "a"}]});
    ok_as(&test, OTHER, "TagResource", tag.clone()).await;
    let listed = ok_as(&test, OTHER, "ListTagsForResource", json!({"resourceArn": made["arn"]})).await;
    assert_eq!(listed["tags"], tag["tags"], "and none of the system's");
    assert_eq!(refused_as(&test, STRANGER, "TagResource", tag).await, "AccessDeniedException");
}
