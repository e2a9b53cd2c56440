//! Environments, services, instances and deployments as clients see them.

use protium_domain::deployment::Deployment;
use protium_domain::document::Document;
use protium_domain::template::TemplateKind;
use protium_testkit::{SequentialIds, TestApp, records};
use rstest::rstest;
use serde_json::{Value, json};

use super::{ok, refused};

const NOW: f64 = 1_793_610_000.0;
const ARN: &str = "arn:aws:proton:eu-west-1:111122223333:";
const SPEC: &str = "proton: EnvironmentSpec\nspec:\n  size: large\n";
const SERVICE_SPEC: &str =
    "proton: ServiceSpec\ninstances:\n  - name: one\n    environment: beta\n    spec:\n      size: small\n";

/// With the published templates `net` and `web`.
fn with_templates() -> TestApp {
    let test = TestApp::new();
    test.template_published(TemplateKind::Environment, "net");
    test.template_published(TemplateKind::Service, "web");
    test
}

/// With the deployed environment `beta` and the ACTIVE service `shop`, whose instance `one` lives there.
fn with_shop() -> TestApp {
    let test = with_templates();
    test.environment_succeeded("beta", "net", &[("Url", "https://x"), ("Empty", "")]);
    let (mut service, mut instance, _) = test.service_active("shop", "one", "beta", "web");
    service.spec = Document::Inline(SERVICE_SPEC.to_owned());
    instance.spec = Document::Inline(SERVICE_SPEC.to_owned());
    test.seed(service);
    test.seed(instance);
    test
}

fn environment_input() -> Value {
    json!({
        "name": "beta", "templateName": "net", "templateMajorVersion": "1", "spec": SPEC,
        "protonServiceRoleArn": records::ROLE_ARN, "tags": [{"key": "team", "value": "a"}],
    })
}

fn service_input() -> Value {
    json!({"name": "shop", "templateName": "web", "templateMajorVersion": "1", "spec": SERVICE_SPEC})
}

#[tokio::test]
async fn an_environment_in_creation_has_its_versions_but_no_success() {
    let test = with_templates();
    let created = ok(&test, "CreateEnvironment", environment_input()).await;
    let mut expected = json!({
        "arn": format!("{ARN}environment/beta"),
        "createdAt": NOW,
        "deploymentStatus": "IN_PROGRESS",
        "environmentAccountId": "111122223333",
        "lastAttemptedDeploymentId": SequentialIds::nth(1),
        "lastDeploymentAttemptedAt": NOW,
        "name": "beta",
        "protonServiceRoleArn": records::ROLE_ARN,
        "spec": SPEC,
        "templateMajorVersion": "1",
        "templateMinorVersion": "0",
        "templateName": "net",
    });
    assert_eq!(created, json!({"environment": expected}));
    assert_eq!(ok(&test, "CreateEnvironment", environment_input()).await, created, "the original");
    assert_eq!(ok(&test, "GetEnvironment", json!({"name": "beta"})).await, created);
    expected.as_object_mut().expect("an object").remove("spec");
    assert_eq!(ok(&test, "ListEnvironments", json!({})).await, json!({"environments": [expected]}));
    let (kind, _) = refused(&test, "DeleteEnvironment", json!({"name": "beta"})).await;
    assert_eq!(kind, "ConflictException");
}

#[tokio::test]
async fn a_deployed_environment_is_updated_and_deleted() {
    let test = with_templates();
    test.environment_succeeded("beta", "net", &[("Url", "https://x")]);
    let shown = ok(&test, "GetEnvironment", json!({"name": "beta"})).await;
    let shown = &shown["environment"];
    assert_eq!(shown["lastDeploymentSucceededAt"], shown["lastDeploymentAttemptedAt"]);
    assert_eq!(shown["lastSucceededDeploymentId"], shown["lastAttemptedDeploymentId"]);

    let none = json!({"name": "beta", "deploymentType": "NONE", "description": "d"});
    let updated = ok(&test, "UpdateEnvironment", none).await;
    assert_eq!(updated["environment"]["description"], "d");
    assert_eq!(updated["environment"]["deploymentStatus"], "SUCCEEDED");
    let current = json!({"name": "beta", "deploymentType": "CURRENT_VERSION", "templateMajorVersion": "1"});
    let (kind, message) = refused(&test, "UpdateEnvironment", current).await;
    assert_eq!(kind, "ValidationException", "{message}");

    let deleted = ok(&test, "DeleteEnvironment", json!({"name": "beta"})).await;
    assert_eq!(deleted["environment"]["deploymentStatus"], "DELETE_IN_PROGRESS");
    assert_eq!(ok(&test, "DeleteEnvironment", json!({"name": "beta"})).await, deleted);
    assert_eq!(ok(&test, "DeleteEnvironment", json!({"name": "gamma"})).await, json!({}));
}

#[tokio::test]
async fn environments_are_filtered_by_template_and_major() {
    let test = with_templates();
    test.environment_succeeded("beta", "net", &[]);
    let listed = async |major: &str| {
        let filter = json!({"environmentTemplates": [{"templateName": "net", "majorVersion": major}]});
        let found = ok(&test, "ListEnvironments", filter).await;
        found["environments"].as_array().expect("a list").len()
    };
    assert_eq!((listed("1").await, listed("2").await), (1, 0));
}

#[tokio::test]
async fn outputs_and_resources_come_in_one_piece() {
    let test = with_shop();
    let outputs =
        ok(&test, "ListEnvironmentOutputs", json!({"environmentName": "beta", "nextToken": ""})).await;
    assert_eq!(outputs, json!({"outputs": [{"key": "Url", "valueString": "https://x"}]}));
    let mut deployment: Deployment = test.store.all().remove(0);
    deployment.provisioned_resources =
        Some(Document::Inline(json!([{"name": "Topic", "identifier": "t-1"}]).to_string()));
    test.seed(deployment);
    let resources =
        ok(&test, "ListEnvironmentProvisionedResources", json!({"environmentName": "beta"})).await;
    let topic = json!({"name": "Topic", "identifier": "t-1", "provisioningEngine": "CLOUDFORMATION"});
    assert_eq!(resources, json!({"provisionedResources": [topic]}));
    let instance = json!({"serviceName": "shop", "serviceInstanceName": "one"});
    let outputs = ok(&test, "ListServiceInstanceOutputs", instance.clone()).await;
    assert_eq!(outputs, json!({"outputs": []}));
    let resources = ok(&test, "ListServiceInstanceProvisionedResources", instance).await;
    assert_eq!(resources, json!({"provisionedResources": []}));
    let foreign = json!({"environmentName": "beta", "deploymentId": SequentialIds::nth(99)});
    let (kind, _) = refused(&test, "ListEnvironmentOutputs", foreign).await;
    assert_eq!(kind, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_service_is_created_read_and_deleted() {
    let test = with_templates();
    test.environment_succeeded("beta", "net", &[]);
    let created = ok(&test, "CreateService", service_input()).await;
    let mut expected = json!({
        "arn": format!("{ARN}service/shop"),
        "createdAt": NOW,
        "lastModifiedAt": NOW,
        "name": "shop",
        "spec": SERVICE_SPEC,
        "status": "CREATE_IN_PROGRESS",
        "templateName": "web",
    });
    assert_eq!(created, json!({"service": expected}));
    assert_eq!(ok(&test, "GetService", json!({"name": "shop"})).await, created);
    expected.as_object_mut().expect("an object").remove("spec");
    assert_eq!(ok(&test, "ListServices", json!({})).await, json!({"services": [expected]}));
    let (kind, _) = refused(&test, "DeleteService", json!({"name": "shop"})).await;
    assert_eq!(kind, "ConflictException");
    assert_eq!(ok(&test, "DeleteService", json!({"name": "blog"})).await, json!({}));
    let (kind, message) = refused(&test, "GetService", json!({"name": "blog"})).await;
    assert_eq!(kind, "ResourceNotFoundException");
    assert_eq!(message, format!("The requested service does not exist: {ARN}service/blog"));
}

#[rstest]
#[case("repositoryConnectionArn", "arn:aws:codestar-connections:eu-west-1:111122223333:connection/x")]
#[case("repositoryId", "acme/shop")]
#[case("branchName", "main")]
#[tokio::test]
async fn any_repository_member_is_too_much_without_a_pipeline(#[case] member: &str, #[case] value: &str) {
    let test = with_templates();
    test.environment_succeeded("beta", "net", &[]);
    let mut input = service_input();
    input[member] = value.into();
    let (kind, message) = refused(&test, "CreateService", input).await;
    assert_eq!(kind, "ValidationException");
    assert!(message.contains(member), "{message}");
}

#[tokio::test]
async fn an_active_service_is_deleted() {
    let test = with_shop();
    let deleted = ok(&test, "DeleteService", json!({"name": "shop"})).await;
    assert_eq!(deleted["service"]["status"], "DELETE_IN_PROGRESS");
    assert_eq!(ok(&test, "DeleteService", json!({"name": "shop"})).await, deleted);
}

#[tokio::test]
async fn an_instance_is_read_and_updated_by_token() {
    let test = with_shop();
    let name = json!({"serviceName": "shop", "name": "one"});
    let shown = ok(&test, "GetServiceInstance", name).await["serviceInstance"].take();
    assert_eq!(shown["arn"], format!("{ARN}service/shop/service-instance/one"));
    assert_eq!((&shown["spec"], &shown["environmentName"]), (&json!(SERVICE_SPEC), &json!("beta")));
    assert_eq!((&shown["templateMajorVersion"], &shown["templateMinorVersion"]), (&json!("1"), &json!("0")));
    assert!(shown.get("lastClientRequestToken").is_none());
    let update = json!({
        "serviceName": "shop", "name": "one", "deploymentType": "CURRENT_VERSION", "spec": SERVICE_SPEC,
        "clientToken": "t",
    });
    let updated = ok(&test, "UpdateServiceInstance", update.clone()).await;
    assert_eq!(updated["serviceInstance"]["deploymentStatus"], "IN_PROGRESS");
    assert_eq!(updated["serviceInstance"]["lastClientRequestToken"], "t");
    assert_eq!(updated["serviceInstance"]["lastSucceededDeploymentId"], shown["lastSucceededDeploymentId"]);
    assert_eq!(ok(&test, "UpdateServiceInstance", update).await, updated);
}

#[tokio::test]
async fn instances_are_listed_page_by_page() {
    let test = with_shop();
    test.service_active("blog", "one", "beta", "web");
    let input = json!({"filters": [{"key": "environmentName", "value": "beta"}], "maxResults": 1});
    let first = ok(&test, "ListServiceInstances", input.clone()).await;
    assert_eq!(first["serviceInstances"][0]["serviceName"], "blog");
    let mut next = input;
    next["nextToken"] = first["nextToken"].clone();
    let second = ok(&test, "ListServiceInstances", next).await;
    assert_eq!(second["serviceInstances"][0]["serviceName"], "shop");
    assert!(second.get("nextToken").is_none());
    assert!(second["serviceInstances"][0].get("spec").is_none());
    let foreign = json!({"serviceName": "shop", "nextToken": first["nextToken"]});
    let (kind, _) = refused(&test, "ListServiceInstances", foreign).await;
    assert_eq!(kind, "ValidationException");
    let mut sorted = json!({"sortBy": "environmentName", "maxResults": 1});
    let first = ok(&test, "ListServiceInstances", sorted.clone()).await;
    sorted["nextToken"] = first["nextToken"].clone();
    assert_eq!(
        ok(&test, "ListServiceInstances", sorted.clone()).await["serviceInstances"][0]["serviceName"],
        "shop"
    );
    sorted["sortOrder"] = json!("DESCENDING");
    assert_eq!(
        refused(&test, "ListServiceInstances", sorted).await.0,
        "ValidationException",
        "another order"
    );
    let broken = json!({"filters": [{"key": "deploymentStatus", "value": "SOSO"}]});
    let (kind, message) = refused(&test, "ListServiceInstances", broken).await;
    assert!(kind == "ValidationException" && message.contains("SUCCEEDED"), "{kind}: {message}");
}

#[tokio::test]
async fn deployments_show_their_states_as_unions() {
    let test = with_templates();
    ok(&test, "CreateEnvironment", environment_input()).await;
    let id = SequentialIds::nth(1);
    let shown = ok(&test, "GetDeployment", json!({"id": id, "environmentName": "beta"})).await;
    let mut expected = json!({
        "arn": format!("{ARN}deployment/{id}"),
        "createdAt": NOW,
        "deploymentStatus": "IN_PROGRESS",
        "environmentName": "beta",
        "id": id,
        "lastAttemptedDeploymentId": id,
        "lastModifiedAt": NOW,
        "targetArn": format!("{ARN}environment/beta"),
        "targetResourceCreatedAt": NOW,
        "targetResourceType": "ENVIRONMENT",
        "targetState": {"environment": {
            "spec": SPEC, "templateMajorVersion": "1", "templateMinorVersion": "0", "templateName": "net",
        }},
    });
    assert_eq!(shown, json!({"deployment": expected}));
    let members = expected.as_object_mut().expect("an object");
    members.retain(|name, _| name != "targetState" && name != "lastAttemptedDeploymentId");
    assert_eq!(ok(&test, "ListDeployments", json!({})).await, json!({"deployments": [expected]}));
}

#[tokio::test]
async fn a_deployment_of_an_instance_names_what_it_was_built_on() {
    let test = with_shop();
    let update = json!({"serviceName": "shop", "name": "one", "deploymentType": "CURRENT_VERSION"});
    let updated = ok(&test, "UpdateServiceInstance", update).await;
    let id = &updated["serviceInstance"]["lastAttemptedDeploymentId"];
    let locator = json!({"id": id, "serviceName": "shop", "serviceInstanceName": "one"});
    let shown = ok(&test, "GetDeployment", locator).await["deployment"].take();
    assert_eq!((&shown["serviceName"], &shown["serviceInstanceName"]), (&json!("shop"), &json!("one")));
    assert_eq!(shown["targetResourceType"], "SERVICE_INSTANCE");
    assert_eq!(shown["initialState"]["serviceInstance"]["spec"], SERVICE_SPEC);
    let environment = ok(&test, "GetEnvironment", json!({"name": "beta"})).await;
    assert_eq!(
        shown["targetState"]["serviceInstance"]["lastSuccessfulEnvironmentDeploymentId"],
        environment["environment"]["lastSucceededDeploymentId"]
    );
    let (kind, _) = refused(&test, "ListDeployments", json!({"serviceInstanceName": "one"})).await;
    assert_eq!(kind, "ValidationException");
}

#[tokio::test]
async fn the_summary_counts_every_kind() {
    let test = TestApp::new();
    ok(&test, "CreateServiceTemplate", json!({"name": "web"})).await;
    let nothing = json!({"total": 0, "failed": 0, "upToDate": 0, "behindMinor": 0, "behindMajor": 0});
    let expected = json!({"counts": {
        "components": {"total": 0, "failed": 0},
        "environmentTemplates": {"total": 0},
        "environments": nothing,
        "pipelines": nothing,
        "serviceInstances": nothing,
        "serviceTemplates": {"total": 1},
        "services": nothing,
    }});
    assert_eq!(ok(&test, "GetResourcesSummary", json!({})).await, expected);
}
