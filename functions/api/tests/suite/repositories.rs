//! Links to repositories and what is synchronised from them, as clients see it.

use protium_testkit::TestApp;
use serde_json::{Value, json};

use super::{ok, refused};

const ARN: &str = "arn:aws:proton:eu-west-1:111122223333:";
const CONNECTION: &str = "arn:aws:codestar-connections:eu-west-1:111122223333:connection/1";

fn shop() -> Value {
    json!({"provider": "GITHUB", "name": "acme/shop"})
}

async fn link(test: &TestApp) -> Value {
    let input = json!({"provider": "GITHUB", "name": "acme/shop", "connectionArn": CONNECTION});
    ok(test, "CreateRepository", input).await
}

#[tokio::test]
async fn a_repository_is_linked_read_listed_tagged_and_unlinked() {
    let test = TestApp::new();
    let linked = link(&test).await;
    let expected = json!({
        "arn": format!("{ARN}repository/github:acme/shop"),
        "connectionArn": CONNECTION,
        "name": "acme/shop",
        "provider": "GITHUB",
    });
    assert_eq!(linked, json!({"repository": expected}));
    assert_eq!(ok(&test, "GetRepository", shop()).await, linked);
    assert_eq!(ok(&test, "ListRepositories", json!({})).await, json!({"repositories": [expected]}));
    let arn = &expected["arn"];
    let tag = json!({"resourceArn": arn, "tags": [{"key": "team", "value": "a"}]});
    ok(&test, "TagResource", tag).await;
    let tags = ok(&test, "ListTagsForResource", json!({"resourceArn": arn})).await;
    assert_eq!(tags["tags"].as_array().map(Vec::len), Some(2), "{tags}");
    assert_eq!(ok(&test, "DeleteRepository", shop()).await, linked);
    for operation in ["GetRepository", "DeleteRepository"] {
        assert_eq!(refused(&test, operation, shop()).await.0, "ResourceNotFoundException");
    }
}

#[tokio::test]
async fn pipelines_are_provisioned_through_a_linked_repository() {
    let test = TestApp::new();
    let choice = json!({"pipelineProvisioningRepository": {"provider": "GITHUB", "name": "acme/shop", "branch": "main"}});
    let (kind, message) = refused(&test, "UpdateAccountSettings", choice.clone()).await;
    assert!(kind == "ResourceNotFoundException" && message.contains("acme/shop"), "{kind}: {message}");
    link(&test).await;
    let settings = ok(&test, "UpdateAccountSettings", choice).await;
    assert_eq!(
        settings["accountSettings"]["pipelineProvisioningRepository"]["arn"],
        format!("{ARN}repository/github:acme/shop")
    );
    assert_eq!(refused(&test, "DeleteRepository", shop()).await.0, "ConflictException");
}
