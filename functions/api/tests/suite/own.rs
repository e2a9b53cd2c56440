//! Protium's own operations as clients see them.

use protium_app::artifact::{parameters_key, rendered_key};
use protium_app::rendered::INLINE_BYTES;
use protium_domain::deployable::DeploymentOutcome;
use protium_domain::deployment::Deployment;
use protium_domain::identifier::Identifier;
use protium_domain::template::TemplateKind;
use protium_testkit::TestApp;
use serde_json::json;

use super::{ok, refused};

const BETA: &str = "arn:aws:proton:eu-west-1:111122223333:environment/beta";

/// With the deployed environment `beta` and its deployment.
fn with_beta() -> (TestApp, String) {
    let test = TestApp::new();
    test.template_published(TemplateKind::Environment, "net");
    let (environment, _) = test.environment_succeeded("beta", "net", &[]);
    let id = environment.deployable.last_attempted_deployment_id.to_string();
    (test, id)
}

#[tokio::test]
async fn what_was_rendered_is_shown_or_fetched() {
    let (test, id) = with_beta();
    let key = rendered_key(&Identifier::new(id.as_str()).expect("an id"));
    let (_, nothing) = refused(&test, "GetRenderedTemplate", json!({"deploymentId": id})).await;
    assert!(nothing.contains("no rendered template"), "{nothing}");
    test.artifacts.seed(key.clone(), b"Resources: {}\n".to_vec());
    let answer = ok(&test, "GetRenderedTemplate", json!({"deploymentId": id})).await;
    let file = json!({"name": "cloudformation.yaml", "content": "Resources: {}\n"});
    assert_eq!(answer, json!({"deploymentId": id, "files": [file]}));
    test.artifacts.seed(key, vec![b'x'; INLINE_BYTES + 1]);
    let answer = ok(&test, "GetRenderedTemplate", json!({"deploymentId": id})).await;
    assert!(answer["files"][0]["contentUrl"].as_str().is_some_and(|url| url.starts_with("https://")));
    assert!(answer["files"][0].get("content").is_none());
}

#[tokio::test]
async fn parameters_are_shown_unless_they_are_secret() {
    let (test, id) = with_beta();
    let deployment = Identifier::new(id.as_str()).expect("an id");
    test.artifacts.seed(rendered_key(&deployment), b"Resources: {}\n".to_vec());
    let kept = json!([
        {"ParameterKey": "Size", "ParameterValue": "large", "NoEcho": false},
        {"ParameterKey": "Password", "ParameterValue": "hunter2", "NoEcho": true},
        // Of a release that didn't keep whether it is a secret.
        {"ParameterKey": "Old", "ParameterValue": "who knows"},
    ]);
    test.artifacts.seed(parameters_key(&deployment), kept.to_string().into_bytes());
    let answer = ok(&test, "GetRenderedTemplate", json!({"deploymentId": id})).await;
    let shown = json!([{"name": "Size", "value": "large"}, {"name": "Password"}, {"name": "Old"}]);
    assert_eq!(answer["files"][0]["parameters"], shown);
}

#[tokio::test]
async fn a_failed_deployment_is_retried_once() {
    let (test, id) = with_beta();
    let (kind, _) = refused(&test, "RetryDeployment", json!({"deploymentId": id})).await;
    assert_eq!(kind, "ConflictException");
    let update = json!({"name": "beta", "deploymentType": "CURRENT_VERSION"});
    let id = ok(&test, "UpdateEnvironment", update).await["environment"]["lastAttemptedDeploymentId"].clone();
    let id = id.as_str().expect("an id");
    let mut failed: Deployment =
        test.store.all().into_iter().find(|it: &Deployment| it.is_open()).expect("one");
    failed.finish(DeploymentOutcome::Failed, None, test.now()).expect("open");
    test.seed(failed);
    let mut environment: protium_domain::environment::Environment = test.store.all().remove(0);
    environment.deployable.finish(DeploymentOutcome::Failed, None).expect("open");
    test.seed(environment);
    let retried = ok(&test, "RetryDeployment", json!({"deploymentId": id})).await;
    assert_eq!(retried["deployment"]["deploymentStatus"], "IN_PROGRESS");
    assert_eq!(retried["deployment"]["targetArn"], BETA);
    assert_ne!(retried["deployment"]["id"], id);
    let (kind, _) = refused(&test, "RetryDeployment", json!({"deploymentId": id})).await;
    assert_eq!(kind, "ConflictException");
}

#[tokio::test]
async fn a_forced_deletion_says_what_stays() {
    let (test, _) = with_beta();
    for input in [json!({"resourceArn": BETA}), json!({"resourceArn": BETA, "retain": "NOTHING"})] {
        let (kind, _) = refused(&test, "ForceDelete", input).await;
        assert_eq!(kind, "ValidationException");
    }
    let begun = ok(&test, "ForceDelete", json!({"resourceArn": BETA, "retain": "STACK"})).await;
    assert_eq!(begun["deployments"][0]["deploymentStatus"], "DELETE_IN_PROGRESS");
    let shown = ok(&test, "GetEnvironment", json!({"name": "beta"})).await;
    assert_eq!(shown["environment"]["deploymentStatus"], "DELETE_IN_PROGRESS");
    let gone = json!({"resourceArn": BETA.replace("beta", "gamma"), "retain": "STACK"});
    assert_eq!(refused(&test, "ForceDelete", gone).await.0, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_preview_is_begun_and_read_and_changes_nothing() {
    let (test, _) = with_beta();
    let update = json!({"updateEnvironment": {"name": "beta", "deploymentType": "CURRENT_VERSION"}});
    let begun = ok(&test, "PreviewDeployment", json!({"request": update})).await;
    let preview = &begun["preview"];
    assert_eq!((&preview["status"], &preview["targetArn"]), (&json!("IN_PROGRESS"), &json!(BETA)));
    let read = ok(&test, "GetPreview", json!({"previewId": preview["id"]})).await;
    assert_eq!(read, begun);
    let shown = ok(&test, "GetEnvironment", json!({"name": "beta"})).await;
    assert_eq!(shown["environment"]["deploymentStatus"], "SUCCEEDED");
    let wrong = json!({"request": update, "serviceInstanceName": "one"});
    assert_eq!(refused(&test, "PreviewDeployment", wrong).await.0, "ValidationException");
    for request in [json!({}), json!({"createEnvironment": {}})] {
        let (kind, _) = refused(&test, "PreviewDeployment", json!({"request": request})).await;
        assert_eq!(kind, "ValidationException");
    }
    let unknown = json!({"previewId": "00000000-0000-4000-8000-000000000000"});
    assert_eq!(refused(&test, "GetPreview", unknown).await.0, "ResourceNotFoundException");
}

#[tokio::test]
async fn an_adoption_is_begun_as_a_preview() {
    let (test, _) = with_beta();
    let stack = "arn:aws:cloudformation:eu-west-1:111122223333:stack/AWSProton-gamma-x-ABC/0f9d3c1e";
    let environment = json!({
        "name": "gamma", "templateName": "net", "templateMajorVersion": "1", "spec": "proton: EnvironmentSpec\nspec: {}\n",
        "protonServiceRoleArn": protium_testkit::records::ROLE_ARN,
    });
    let input = json!({"stackArn": stack, "resource": {"environment": environment}});
    let begun = ok(&test, "AdoptResource", input).await;
    assert_eq!(begun["preview"]["adoptedStackArn"], stack);
    assert_eq!(begun["preview"]["status"], "IN_PROGRESS");
    let (kind, _) = refused(&test, "GetEnvironment", json!({"name": "gamma"})).await;
    assert_eq!(kind, "ResourceNotFoundException");
    let foreign =
        json!({"stackArn": stack.replace("AWSProton-", "x-"), "resource": {"environment": environment}});
    assert_eq!(refused(&test, "AdoptResource", foreign).await.0, "ValidationException");
}

#[tokio::test]
async fn a_version_is_imported_under_its_own_number() {
    let (test, _) = with_beta();
    let source = json!({"s3": {"bucket": test.app.installation.upload_bucket, "key": "net.tar.gz"}});
    let mut input = json!({
        "templateType": "ENVIRONMENT", "templateName": "net", "majorVersion": "4", "minorVersion": "7",
        "source": source, "clientToken": "once",
    });
    let imported = ok(&test, "ImportTemplateVersion", input.clone()).await;
    let version = &imported["templateVersion"];
    assert_eq!(version["arn"], "arn:aws:proton:eu-west-1:111122223333:environment-template/net:4.7");
    assert_eq!(version["status"], "REGISTRATION_IN_PROGRESS");
    assert_eq!(ok(&test, "ImportTemplateVersion", input.clone()).await, imported, "the same token");
    input["clientToken"] = json!("another");
    assert_eq!(refused(&test, "ImportTemplateVersion", input.clone()).await.0, "ConflictException");
    let next = json!({"templateName": "net", "majorVersion": "4", "source": source});
    let next = ok(&test, "CreateEnvironmentTemplateVersion", next).await;
    assert_eq!(next["environmentTemplateVersion"]["minorVersion"], "8");
    input["majorVersion"] = json!("0");
    assert_eq!(refused(&test, "ImportTemplateVersion", input.clone()).await.0, "ValidationException");
    input["compatibleEnvironmentTemplates"] = json!([{"templateName": "net", "majorVersion": "1"}]);
    assert_eq!(refused(&test, "ImportTemplateVersion", input.clone()).await.0, "ValidationException");
    input["templateType"] = json!("SERVICE");
    input["majorVersion"] = json!("1");
    assert_eq!(refused(&test, "ImportTemplateVersion", input).await.0, "ResourceNotFoundException");
}
