//! Components and cancellations as clients see them.

use protium_domain::template::TemplateKind;
use protium_testkit::{TestApp, records};
use rstest::rstest;
use serde_json::{Value, json};

use super::{ok, refused};

const NOW: f64 = 1_793_610_000.0;
const ARN: &str = "arn:aws:proton:eu-west-1:111122223333:";
const MANIFEST: &str = "infrastructure:\n  templates:\n    - file: queue.yaml\n      rendering_engine: jinja\n      \
                        template_language: cloudformation\n";
const SERVICE_SPEC: &str =
    "proton: ServiceSpec\ninstances:\n  - name: one\n    environment: beta\n    spec:\n      size: small\n";

/// With the environment `beta`, which takes components, and the service `shop`, whose instance `one` takes one.
fn with_shop() -> TestApp {
    let test = TestApp::new();
    test.template_published(TemplateKind::Environment, "net");
    let (_, mut version) = test.template_published(TemplateKind::Service, "web");
    version.supports_components = true;
    test.seed(version);
    let (mut environment, _) = test.environment_succeeded("beta", "net", &[]);
    environment.roles.component_role_arn = Some(records::ROLE_ARN.to_owned());
    test.seed(environment);
    test.service_active("shop", "one", "beta", "web");
    test
}

/// With the component `queue`, deployed and attached to the instance `one`, or not.
fn with_queue(attached: bool) -> TestApp {
    let test = with_shop();
    let (_, mut instance, _) = test.service_active("shop", "one", "beta", "web");
    let place = attached.then_some(("shop", "one"));
    let component = records::component_succeeded("queue", "beta", place, test.id(), test.now());
    instance.component = attached.then(|| component.name.clone());
    test.seed(instance);
    test.seed(component);
    test
}

#[tokio::test]
async fn a_component_in_creation_shows_its_place() {
    let test = with_shop();
    let input = json!({
        "name": "queue", "templateFile": "Resources: {}", "manifest": MANIFEST, "description": "d",
        "serviceName": "shop", "serviceInstanceName": "one", "serviceSpec": SERVICE_SPEC, "clientToken": "t",
    });
    let created = ok(&test, "CreateComponent", input.clone()).await;
    let id = created["component"]["lastAttemptedDeploymentId"].clone();
    let mut expected = json!({
        "arn": format!("{ARN}component/queue"),
        "createdAt": NOW,
        "deploymentStatus": "IN_PROGRESS",
        "description": "d",
        "environmentName": "beta",
        "lastAttemptedDeploymentId": id,
        "lastClientRequestToken": "t",
        "lastDeploymentAttemptedAt": NOW,
        "lastModifiedAt": NOW,
        "name": "queue",
        "serviceInstanceName": "one",
        "serviceName": "shop",
        "serviceSpec": SERVICE_SPEC,
    });
    assert_eq!(created, json!({"component": expected}));
    assert_eq!(ok(&test, "CreateComponent", input).await, created, "the original");
    assert_eq!(ok(&test, "GetComponent", json!({"name": "queue"})).await, created);
    let members = expected.as_object_mut().expect("an object");
    for detail in ["description", "lastClientRequestToken", "serviceSpec"] {
        members.remove(detail);
    }
    for filter in [json!({}), json!({"environmentName": "beta"}), json!({"serviceName": "shop"})] {
        assert_eq!(ok(&test, "ListComponents", filter).await, json!({"components": [expected]}));
    }
    let deployment = ok(&test, "GetDeployment", json!({"id": id, "componentName": "queue"})).await;
    let deployment = &deployment["deployment"];
    assert_eq!(deployment["targetResourceType"], "COMPONENT");
    assert_eq!(
        (&deployment["componentName"], &deployment["environmentName"]),
        (&json!("queue"), &json!("beta"))
    );
    let state = json!({"component": {
        "serviceInstanceName": "one", "serviceName": "shop", "serviceSpec": SERVICE_SPEC, "templateFile": "Resources: {}",
    }});
    assert_eq!((deployment.get("initialState"), &deployment["targetState"]), (None, &state));
    assert_eq!(
        ok(&test, "ListComponentOutputs", json!({"componentName": "queue"})).await,
        json!({"outputs": []})
    );
    let resources = ok(&test, "ListComponentProvisionedResources", json!({"componentName": "queue"})).await;
    assert_eq!(resources, json!({"provisionedResources": []}));
    let tags =
        ok(&test, "ListTagsForResource", json!({"resourceArn": format!("{ARN}component/queue")})).await;
    assert_eq!(tags["tags"].as_array().map(Vec::len), Some(5), "{tags}");
}

#[tokio::test]
async fn two_empty_names_detach() {
    let test = with_queue(true);
    let (kind, message) = refused(&test, "DeleteComponent", json!({"name": "queue"})).await;
    assert!(kind == "ConflictException" && message.contains("detach"), "{kind}: {message}");
    let detach = json!({
        "name": "queue", "deploymentType": "CURRENT_VERSION", "serviceName": "", "serviceInstanceName": "",
    });
    let updated = ok(&test, "UpdateComponent", detach).await;
    assert_eq!(updated["component"]["deploymentStatus"], "IN_PROGRESS");
    assert_eq!(updated["component"]["serviceInstanceName"], "one", "until it has succeeded");
    let cancelled = ok(&test, "CancelComponentDeployment", json!({"componentName": "queue"})).await;
    assert_eq!(cancelled["component"]["deploymentStatus"], "CANCELLING");
}

#[rstest]
#[case(json!({"serviceName": "shop"}))]
#[case(json!({"serviceName": "shop", "serviceInstanceName": ""}))]
#[case(json!({"serviceName": "", "serviceInstanceName": "one"}))]
#[tokio::test]
async fn half_an_instance_is_refused(#[case] half: Value) {
    let test = with_queue(false);
    let mut input = json!({"name": "queue", "deploymentType": "CURRENT_VERSION"});
    input.as_object_mut().expect("an object").extend(half.as_object().cloned().expect("an object"));
    let (kind, message) = refused(&test, "UpdateComponent", input).await;
    assert!(kind == "ValidationException" && message.contains("serviceInstanceName"), "{kind}: {message}");
}

#[tokio::test]
async fn deletion_answers_with_the_component_and_then_with_nothing() {
    let test = with_queue(false);
    let deleted = ok(&test, "DeleteComponent", json!({"name": "queue"})).await;
    assert_eq!(deleted["component"]["deploymentStatus"], "DELETE_IN_PROGRESS");
    assert_eq!(ok(&test, "DeleteComponent", json!({"name": "queue"})).await, deleted);
    assert_eq!(ok(&test, "DeleteComponent", json!({"name": "gone"})).await, json!({}));
}

#[tokio::test]
async fn deployments_of_environments_and_instances_are_cancelled() {
    let test = with_queue(false);
    let update = json!({"name": "beta", "deploymentType": "CURRENT_VERSION"});
    ok(&test, "UpdateEnvironment", update).await;
    let cancel = json!({"environmentName": "beta"});
    let answer = ok(&test, "CancelEnvironmentDeployment", cancel.clone()).await;
    assert_eq!(answer["environment"]["deploymentStatus"], "CANCELLING");
    let (kind, _) = refused(&test, "CancelEnvironmentDeployment", cancel).await;
    assert_eq!(kind, "ConflictException");

    let one = json!({"serviceName": "shop", "serviceInstanceName": "one"});
    let (kind, _) = refused(&test, "CancelServiceInstanceDeployment", one).await;
    assert_eq!(kind, "ConflictException");
    let (kind, _) = refused(&test, "CancelComponentDeployment", json!({"componentName": "nix"})).await;
    assert_eq!(kind, "ResourceNotFoundException");
}
