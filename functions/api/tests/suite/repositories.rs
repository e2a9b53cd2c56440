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
    assert!(kind == "ValidationException" && message.contains("acme/shop"), "{kind}: {message}");
    link(&test).await;
    let settings = ok(&test, "UpdateAccountSettings", choice).await;
    assert_eq!(
        settings["accountSettings"]["pipelineProvisioningRepository"]["arn"],
        format!("{ARN}repository/github:acme/shop")
    );
    assert_eq!(refused(&test, "DeleteRepository", shop()).await.0, "ConflictException");
}

#[tokio::test]
async fn a_template_is_synchronised_from_a_branch() {
    let test = TestApp::new();
    link(&test).await;
    ok(&test, "CreateEnvironmentTemplate", json!({"name": "net"})).await;
    let template = json!({"templateName": "net", "templateType": "ENVIRONMENT"});
    let config = json!({
        "branch": "main", "repositoryName": "acme/shop", "repositoryProvider": "GITHUB",
        "subdirectory": "templates", "templateName": "net", "templateType": "ENVIRONMENT",
    });
    let expected = json!({"templateSyncConfig": config});
    assert_eq!(ok(&test, "CreateTemplateSyncConfig", config.clone()).await, expected);
    assert_eq!(refused(&test, "CreateTemplateSyncConfig", config.clone()).await.0, "ConflictException");
    assert_eq!(ok(&test, "GetTemplateSyncConfig", template.clone()).await, expected);
    let mut status = template.clone();
    status["templateVersion"] = json!("1");
    assert_eq!(ok(&test, "GetTemplateSyncStatus", status).await, json!({}));
    let sync =
        json!({"repositoryName": "acme/shop", "repositoryProvider": "GITHUB", "syncType": "TEMPLATE_SYNC"});
    let definition = json!({"branch": "main", "directory": "templates", "parent": "net", "target": "net"});
    let listed = ok(&test, "ListRepositorySyncDefinitions", sync.clone()).await;
    assert_eq!(listed, json!({"syncDefinitions": [definition]}));
    let mut branch = sync;
    branch["branch"] = json!("main");
    assert_eq!(ok(&test, "GetRepositorySyncStatus", branch).await, json!({}));
    let mut root = config;
    root.as_object_mut().expect("an object").remove("subdirectory");
    let updated = ok(&test, "UpdateTemplateSyncConfig", root.clone()).await;
    assert_eq!(updated, json!({"templateSyncConfig": root}));
    assert_eq!(ok(&test, "DeleteTemplateSyncConfig", template.clone()).await, updated);
    assert_eq!(refused(&test, "GetTemplateSyncConfig", template).await.0, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_service_is_synchronised_by_its_ops_file() {
    let test = TestApp::new();
    link(&test).await;
    test.environment_succeeded("beta", "net", &[]);
    test.service_active("shop", "one", "beta", "web");
    let config = json!({
        "branch": "main", "filePath": "proton-ops.yaml", "repositoryName": "acme/shop",
        "repositoryProvider": "GITHUB", "serviceName": "shop",
    });
    let expected = json!({"serviceSyncConfig": config});
    assert_eq!(ok(&test, "CreateServiceSyncConfig", config.clone()).await, expected);
    let shop = json!({"serviceName": "shop"});
    assert_eq!(ok(&test, "GetServiceSyncConfig", shop.clone()).await, expected);
    let mut moved = config;
    moved["branch"] = json!("release");
    let moved_config = json!({"serviceSyncConfig": moved});
    assert_eq!(ok(&test, "UpdateServiceSyncConfig", moved).await, moved_config);
    let one = json!({"serviceName": "shop", "serviceInstanceName": "one"});
    assert_eq!(ok(&test, "GetServiceInstanceSyncStatus", one.clone()).await, json!({}));
    assert_eq!(ok(&test, "DeleteServiceSyncConfig", shop.clone()).await, moved_config);
    assert_eq!(refused(&test, "GetServiceInstanceSyncStatus", one).await.0, "ResourceNotFoundException");

    let blocker = test.seed(protium_testkit::records::sync_blocker(test.id(), "shop", None, test.now()));
    let summary = ok(&test, "GetServiceSyncBlockerSummary", shop).await;
    let listed = &summary["serviceSyncBlockerSummary"]["latestBlockers"];
    assert_eq!((&listed[0]["status"], &listed[0]["type"]), (&json!("ACTIVE"), &json!("AUTOMATED")));
    let resolve = json!({"id": blocker.id.to_string(), "resolvedReason": "as intended"});
    let resolved = ok(&test, "UpdateServiceSyncBlocker", resolve.clone()).await;
    assert_eq!(resolved["serviceName"], "shop");
    assert_eq!(resolved["serviceSyncBlocker"]["status"], "RESOLVED");
    assert_eq!(refused(&test, "UpdateServiceSyncBlocker", resolve).await.0, "ConflictException");
}
