//! Templates, versions, tags and settings as clients see them.

use protium_domain::template::TemplateKind;
use protium_testkit::TestApp;
use rstest::rstest;
use serde_json::{Value, json};

use super::{ok, refused};

/// `Environment` or `Service`, and the members that carry their names.
struct Family {
    name: &'static str,
    template: &'static str,
    version: &'static str,
    provisioning: &'static str,
}

const ENVIRONMENT: Family = Family {
    name: "Environment",
    template: "environmentTemplate",
    version: "environmentTemplateVersion",
    provisioning: "provisioning",
};
const SERVICE: Family = Family {
    name: "Service",
    template: "serviceTemplate",
    version: "serviceTemplateVersion",
    provisioning: "pipelineProvisioning",
};

fn version_input(family: &Family) -> Value {
    let mut input =
        json!({"templateName": "web", "source": {"s3": {"bucket": "uploads", "key": "web.tar.gz"}}});
    if family.name == "Service" {
        input["compatibleEnvironmentTemplates"] = json!([{"templateName": "net", "majorVersion": "1"}]);
    }
    input
}

#[rstest]
#[case(ENVIRONMENT)]
#[case(SERVICE)]
#[tokio::test]
async fn a_template_lives_from_creation_to_deletion(#[case] family: Family) {
    let test = TestApp::new();
    let operation = |verb: &str| format!("{verb}{}Template", family.name);
    let input = json!({
        "name": "web", "displayName": "Web", "description": "d",
        family.provisioning: "CUSTOMER_MANAGED", "tags": [{"key": "team", "value": "a"}],
    });
    let created = ok(&test, &operation("Create"), input.clone()).await;
    let noun = family.name.to_lowercase();
    assert_eq!(
        created[family.template],
        json!({
            "arn": format!("arn:aws:proton:eu-west-1:111122223333:{noun}-template/web"),
            "createdAt": 1_793_610_000.0, "lastModifiedAt": 1_793_610_000.0,
            "name": "web", "displayName": "Web", "description": "d",
            family.provisioning: "CUSTOMER_MANAGED",
        })
    );
    assert_eq!(ok(&test, &operation("Create"), input).await, created, "a repeat answers with the original");
    assert_eq!(ok(&test, &operation("Get"), json!({"name": "web"})).await, created);
    let listed = ok(&test, &format!("List{}Templates", family.name), json!({})).await;
    assert_eq!(listed, json!({"templates": [created[family.template]]}));
    let updated = ok(&test, &operation("Update"), json!({"name": "web", "description": "e"})).await;
    assert_eq!(updated[family.template]["description"], "e");
    assert_eq!(updated[family.template]["displayName"], "Web");
    let deleted = ok(&test, &operation("Delete"), json!({"name": "web"})).await;
    assert_eq!(deleted, updated, "the old metadata");
    assert_eq!(ok(&test, &operation("Delete"), json!({"name": "web"})).await, json!({}));
    let (kind, message) = refused(&test, &operation("Get"), json!({"name": "web"})).await;
    assert_eq!(kind, "ResourceNotFoundException");
    assert!(message.starts_with(&format!("The requested {noun} template does not exist: arn:")), "{message}");
}

#[rstest]
#[case(ENVIRONMENT)]
#[case(SERVICE)]
#[tokio::test]
async fn a_version_is_registered_and_read(#[case] family: Family) {
    let test = TestApp::new();
    test.template_published(TemplateKind::Environment, "net");
    ok(&test, &format!("Create{}Template", family.name), json!({"name": "web"})).await;
    let operation = |verb: &str| format!("{verb}{}TemplateVersion", family.name);
    let created = ok(&test, &operation("Create"), version_input(&family)).await;
    let version = &created[family.version];
    assert_eq!(version["status"], "REGISTRATION_IN_PROGRESS");
    assert_eq!((&version["majorVersion"], &version["minorVersion"]), (&json!("1"), &json!("0")));
    if family.name == "Service" {
        assert_eq!(
            version["compatibleEnvironmentTemplates"],
            json!([{"templateName": "net", "majorVersion": "1"}])
        );
        assert_eq!(version["supportedComponentSources"], json!([]));
    }
    let id = json!({"templateName": "web", "majorVersion": "1", "minorVersion": "0"});
    assert_eq!(ok(&test, &operation("Get"), id.clone()).await, created);
    let listed = ok(&test, &format!("{}s", operation("List")), json!({"templateName": "web"})).await;
    assert_eq!(listed["templateVersions"][0]["arn"], version["arn"]);
    let (kind, _) = refused(&test, &operation("Delete"), id.clone()).await;
    assert_eq!(kind, "ConflictException", "it is being registered");
    let mut publish = id;
    publish["status"] = "PUBLISHED".into();
    assert_eq!(refused(&test, &operation("Update"), publish).await.0, "ConflictException");
}

#[tokio::test]
async fn lists_continue_with_a_token_that_belongs_to_them() {
    let test = TestApp::new();
    for name in ["a", "b", "c"] {
        ok(&test, "CreateEnvironmentTemplate", json!({"name": name})).await;
    }
    let first = ok(&test, "ListEnvironmentTemplates", json!({"maxResults": 2})).await;
    let token = &first["nextToken"];
    let rest = ok(&test, "ListEnvironmentTemplates", json!({"maxResults": 2, "nextToken": token})).await;
    assert_eq!(rest["templates"][0]["name"], "c");
    assert!(rest.get("nextToken").is_none());
    let (kind, _) = refused(&test, "ListServiceTemplates", json!({"nextToken": token})).await;
    assert_eq!(kind, "ValidationException");
}

#[tokio::test]
async fn names_and_numbers_that_are_none_are_refused_before_anything_is_read() {
    let test = TestApp::new();
    let id = |major: &str| json!({"templateName": "web", "majorVersion": major, "minorVersion": "0"});
    for input in [id("01"), id("x"), id("99999999999999999999")] {
        let (kind, _) = refused(&test, "GetEnvironmentTemplateVersion", input).await;
        assert_eq!(kind, "ValidationException");
    }
    let (kind, message) = refused(&test, "GetEnvironmentTemplate", json!({"name": "-web"})).await;
    assert_eq!(kind, "ValidationException");
    assert!(message.starts_with("1 validation error detected: Value '-web' at 'name'"), "{message}");
    let tags = json!([{"key": "aws:x", "value": "v"}]);
    let (kind, _) = refused(&test, "CreateEnvironmentTemplate", json!({"name": "web", "tags": tags})).await;
    assert_eq!(kind, "ValidationException");
    assert_eq!(test.store.calls().get + test.store.calls().commit, 0);
}

#[tokio::test]
async fn resources_are_tagged() {
    let test = TestApp::new();
    let created = ok(&test, "CreateEnvironmentTemplate", json!({"name": "net"})).await;
    let arn = &created["environmentTemplate"]["arn"];
    let tags = json!([{"key": "team", "value": "a"}, {"key": "cost", "value": ""}]);
    assert_eq!(ok(&test, "TagResource", json!({"resourceArn": arn, "tags": tags})).await, json!({}));
    assert_eq!(ok(&test, "UntagResource", json!({"resourceArn": arn, "tagKeys": ["cost"]})).await, json!({}));
    let listed = ok(&test, "ListTagsForResource", json!({"resourceArn": arn})).await;
    assert_eq!(
        listed["tags"],
        json!([
            {"key": "aws:proton:account", "value": "111122223333"},
            {"key": "aws:proton:template", "value": arn},
            {"key": "team", "value": "a"},
        ])
    );
}

#[tokio::test]
async fn settings_are_absent_until_somebody_sets_them() {
    let test = TestApp::new();
    let unset = json!({"accountSettings": {}});
    assert_eq!(ok(&test, "GetAccountSettings", json!({})).await, unset);
    let role = "arn:aws:iam::111122223333:role/protium/pipelines";
    let set = json!({"accountSettings": {"pipelineServiceRoleArn": role}});
    assert_eq!(ok(&test, "UpdateAccountSettings", json!({"pipelineServiceRoleArn": role})).await, set);
    assert_eq!(ok(&test, "GetAccountSettings", json!({})).await, set);
    assert_eq!(ok(&test, "UpdateAccountSettings", json!({"pipelineServiceRoleArn": ""})).await, unset);
}
