//! What a request is about, and the words of a refusal.

use std::collections::BTreeMap;

use proptest::prelude::*;
use protium_authorization::resource::kinds;
use protium_authorization::{Call, Facts, PolicySet, Principal};
use protium_wire::Operation;
use rstest::rstest;
use serde_json::{Map, Value, json};

use super::{ACCOUNT, ARN, ask, ask_with, location, operation, policies};

const ID: &str = "0190163d-8694-739b-aea5-966c26f8ad91";

#[rstest]
#[case("ListEnvironments", json!({}), "*")]
#[case("GetAccountSettings", json!({}), "*")]
#[case("CreateEnvironment", json!({"name": "beta", "templateName": "net"}), "environment/beta")]
#[case("ListEnvironmentOutputs", json!({"environmentName": "beta"}), "environment/beta")]
#[case("CreateServiceTemplateVersion", json!({"templateName": "web", "majorVersion": "1"}), "service-template/web")]
#[case(
    "DeleteServiceTemplateVersion",
    json!({"templateName": "web", "majorVersion": "1", "minorVersion": "2"}),
    "service-template/web:1.2"
)]
#[case("UpdateService", json!({"name": "shop"}), "service/shop")]
#[case("CreateServiceInstance", json!({"name": "one", "serviceName": "shop"}), "service/shop/service-instance/one")]
#[case("ListServiceInstances", json!({"serviceName": "shop"}), "*")]
#[case("ListServicePipelineOutputs", json!({"serviceName": "shop"}), "service/shop/pipeline")]
#[case("UpdateComponent", json!({"name": "queue", "serviceName": "shop"}), "component/queue")]
#[case("GetDeployment", json!({"id": ID}), "deployment/0190163d-8694-739b-aea5-966c26f8ad91")]
#[case("RetryDeployment", json!({"deploymentId": ID}), "deployment/0190163d-8694-739b-aea5-966c26f8ad91")]
#[case("CreateRepository", json!({"name": "acme/shop", "provider": "GITHUB_ENTERPRISE"}), "repository/github_enterprise:acme/shop")]
#[case(
    "GetTemplateSyncConfig",
    json!({"templateName": "web", "templateType": "SERVICE"}),
    "service-template/web"
)]
#[case("GetServiceSyncBlockerSummary", json!({"serviceName": "shop"}), "service/shop")]
#[case(
    "GetServiceSyncBlockerSummary",
    json!({"serviceName": "shop", "serviceInstanceName": "one"}),
    "service/shop/service-instance/one"
)]
#[case("TagResource", json!({"resourceArn": format!("{ARN}component/queue")}), "component/queue")]
#[case("ForceDelete", json!({"resourceArn": format!("{ARN}service/shop/pipeline/{ID}")}), "service/shop/pipeline")]
#[case("PreviewDeployment", json!({"request": {"updateEnvironment": {"name": "beta"}}}), "environment/beta")]
#[case(
    "AdoptResource",
    json!({"resource": {"serviceInstance": {"name": "one", "serviceName": "shop"}}}),
    "service/shop/service-instance/one"
)]
// Not well formed, or of no use: about the account, which the operation refuses itself.
#[case("GetEnvironment", json!({"name": "not a name"}), "*")]
#[case("GetEnvironment", json!({"name": 5}), "*")]
#[case("GetEnvironment", json!({}), "*")]
#[case("GetService", json!({"name": "shop/service-instance/one"}), "*")]
#[case("DeleteServiceTemplate", json!({"name": "web:1.0"}), "*")]
#[case("TagResource", json!({"resourceArn": "arn:aws:s3:::bucket"}), "*")]
#[case(
    "PreviewDeployment",
    json!({"request": {"updateEnvironment": {"name": "beta"}, "createService": {"name": "shop"}}}),
    "*"
)]
// Members that the operation doesn't know, and ignores.
#[case("DeleteEnvironment", json!({"name": "prod", "environmentName": "dev"}), "environment/prod")]
#[case("DeleteEnvironment", json!({"name": "prod", "resourceArn": format!("{ARN}environment/dev")}), "environment/prod")]
#[case(
    "CreateServiceTemplateVersion",
    json!({"templateName": "web", "majorVersion": "1", "minorVersion": "0"}),
    "service-template/web"
)]
fn a_request_names_its_resource(#[case] name: &str, #[case] input: Value, #[case] tail: &str) {
    assert_eq!(Call::of(operation(name), &input, &location()).arn, format!("{ARN}{tail}"));
}

#[test]
fn a_refusal_speaks_as_aws_does() {
    let set = policies(r#"forbid (principal, action == Action::"proton:DeleteService", resource);"#);
    let create = ask(&set, "dev", "CreateEnvironment", &json!({"name": "beta"})).expect_err("default deny");
    assert_eq!(
        create.to_string(),
        "User: arn:aws:sts::111122223333:assumed-role/dev/alice is not authorized to perform: \
         proton:CreateEnvironment on resource: arn:aws:proton:eu-west-1:111122223333:environment/beta because no \
         policy allows the proton:CreateEnvironment action"
    );
    let delete = ask(&set, "dev", "DeleteService", &json!({"name": "shop"})).expect_err("forbidden");
    assert_eq!(
        delete.to_string(),
        "User: arn:aws:sts::111122223333:assumed-role/dev/alice is not authorized to perform: proton:DeleteService \
         on resource: arn:aws:proton:eu-west-1:111122223333:service/shop with an explicit deny in a policy"
    );
    assert_eq!(delete.forbidden_by, ["test.cedar#1"]);
}

#[test]
fn who_names_a_role_must_be_allowed_to_pass_it() {
    let set = policies(
        r#"permit (principal, action in Action::"environment", resource);
           @id("roles") permit (principal, action == Action::"iam:PassRole", resource)
           when { resource.arn like "arn:aws:iam::*:role/protium/dev-*" };"#,
    );
    let create = |role: &str| {
        let input = json!({"name": "beta", "protonServiceRoleArn": role, "componentRoleArn": role});
        ask(&set, "dev", "CreateEnvironment", &input)
    };
    assert!(create("arn:aws:iam::1:role/protium/dev-x").is_ok());
    let refused = create("arn:aws:iam::1:role/protium/prod").expect_err("another role");
    assert!(
        refused.to_string().contains("perform: iam:PassRole on resource: arn:aws:iam::1:role/protium/prod"),
        "{refused}"
    );
}

#[test]
fn tags_of_a_request_ask_for_the_right_to_tag() {
    let set = policies(r#"permit (principal, action in Action::"service", resource);"#);
    let input = json!({"name": "shop", "templateName": "web", "tags": [{"key": "team", "value": "shop"}]});
    let refused = ask(&set, "dev", "CreateService", &input).expect_err("no right to tag");
    assert_eq!(
        (refused.action.as_str(), refused.resource),
        ("proton:TagResource", format!("{ARN}service/shop"))
    );
}

#[test]
fn the_condition_keys_of_iam_are_there() {
    let set = policies(
        r#"permit (principal, action in Action::"service", resource)
           when {
             context has "proton:ServiceTemplate" &&
             context["proton:ServiceTemplate"] == "arn:aws:proton:eu-west-1:111122223333:service-template/web" &&
             context["aws:RequestTag"].hasTag("team") && context["aws:RequestTag"].getTag("team") == "shop" &&
             ["team", "cost"].containsAll(context["aws:TagKeys"])
           };
           permit (principal, action == Action::"proton:TagResource", resource)
           when { resource.hasTag("team") };"#,
    );
    let create = |template: &str, tags: Value| {
        ask(&set, "dev", "CreateService", &json!({"name": "shop", "templateName": template, "tags": tags}))
    };
    let team = json!({"key": "team", "value": "shop"});
    assert!(create("web", json!([team])).is_ok());
    assert!(create("web", json!([team, {"key": "cost", "value": "1"}])).is_ok());
    assert!(create("other", json!([team])).is_err());
    assert!(create("web", json!([])).is_err());
    assert!(create("web", json!([team, {"key": "stage", "value": "1"}])).is_err());
}

#[test]
fn the_template_of_what_is_there_comes_from_its_record() {
    let set = policies(
        r#"forbid (principal, action == Action::"proton:DeleteEnvironment", resource)
           when { context has "proton:EnvironmentTemplate" && context["proton:EnvironmentTemplate"] like "*/net" };
           permit (principal, action, resource);"#,
    );
    assert!(set.reads_records());
    let of = |template: &str| Facts {
        tags: BTreeMap::new(),
        template: Some(format!("{ARN}environment-template/{template}")),
    };
    let input = json!({"name": "beta"});
    assert!(ask_with(&set, "dev", "DeleteEnvironment", &input, &of("net")).is_err());
    assert!(ask_with(&set, "dev", "DeleteEnvironment", &input, &of("other")).is_ok());
}

#[rstest]
#[case(r#"permit (principal, action, resource) when { context["aws:RequestTag"].hasTag("team") };"#, false)]
#[case(r#"permit (principal, action, resource) when { resource.name like "dev-*" };"#, false)]
#[case(
    r#"permit (principal, action, resource) when { resource is Service && resource.hasTag("team") };"#,
    true
)]
#[case(r#"permit (principal, action, resource) when { context has "proton:ServiceTemplate" };"#, true)]
#[case(r#"permit (principal, action, resource) when { context has "proton\u{3a}ServiceTemplate" };"#, true)]
fn records_are_asked_for_only_where_a_policy_needs_them(#[case] text: &str, #[case] expected: bool) {
    let set = PolicySet::parse(&[super::file("test.cedar", text)]).expect("read");
    assert_eq!(set.reads_records(), expected);
}

#[test]
fn what_belongs_to_a_service_is_in_it() {
    let service = format!("{ARN}service/shop");
    let set = policies(&format!(r#"permit (principal, action, resource in Service::"{service}");"#));
    let instance = |service: &str| json!({"name": "one", "serviceName": service});
    assert!(ask(&set, "dev", "GetServiceInstance", &instance("shop")).is_ok());
    assert!(ask(&set, "dev", "GetServiceInstance", &instance("other")).is_err());
    assert!(ask(&set, "dev", "UpdateServicePipeline", &json!({"serviceName": "shop"})).is_ok());
}

#[test]
fn environment_accounts_do_what_they_are_listed_for_unless_a_policy_forbids() {
    let set = policies(
        r#"forbid (principal in Account::"222233334444", action, resource)
           when { context["proton:RoleArns"].contains("arn:aws:iam::222233334444:role/x") };"#,
    );
    let arn = "arn:aws:sts::111122223333:assumed-role/environment-accounts/222233334444";
    let principal = Principal { arn, account: "222233334444", is_environment_account: true };
    let create = |role: &str| {
        let input = json!({"environmentName": "beta", "managementAccountId": ACCOUNT, "roleArn": role});
        let call = Call::of(operation("CreateEnvironmentAccountConnection"), &input, &location());
        set.authorize(&principal, &call, &Facts::default(), &location())
    };
    assert!(create("arn:aws:iam::222233334444:role/y").is_ok());
    assert!(create("arn:aws:iam::222233334444:role/x").is_err());
}

#[test]
fn a_pipeline_stands_under_the_tags_of_its_service() {
    let record = |name: &str, input: Value| {
        let call = Call::of(operation(name), &input, &location());
        call.record().map(|resource| resource.to_string())
    };
    let shop = Some("service/shop".to_owned());
    assert_eq!(record("UpdateServicePipeline", json!({"serviceName": "shop"})), shop);
    assert_eq!(record("CreateServiceInstance", json!({"serviceName": "shop", "name": "one"})), shop);
    assert_eq!(record("CreateService", json!({"name": "shop"})), None);
    assert_eq!(record("UpdateService", json!({"name": "shop"})), shop);
    assert_eq!(record("GetDeployment", json!({"id": ID})), None);
}

/// Anything that may stand in a request: right, wrong or hostile.
fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[a-z][a-z0-9-]{0,5}".prop_map(Value::from),
        "[a-z/:.{}\"]{0,9}".prop_map(Value::from),
        Just(json!(ID)),
        Just(json!("1")),
        Just(json!("SERVICE")),
        Just(json!(format!("{ARN}service/shop"))),
        Just(json!([{"key": "team", "value": "x"}])),
        Just(json!(null)),
        Just(json!(7)),
    ]
}

proptest! {
    #[test]
    fn whatever_a_request_says_it_is_about_a_kind_that_the_schema_knows(
        index in 0..Operation::ALL.len(),
        values in prop::collection::vec(values(), 24),
    ) {
        let operation = Operation::ALL[index];
        let members = operation.description().input.members();
        let input: Map<String, Value> =
            members.iter().zip(values).map(|(member, value)| (member.name.to_owned(), value)).collect();
        let call = Call::of(operation, &Value::Object(input), &location());
        let known = kinds(operation);
        prop_assert!(call.resource.is_none() || known.contains(&call.kind()), "{operation}: {call:?} {known:?}");
        let everything = policies("permit (principal, action, resource);");
        let arn = "arn:aws:iam::111122223333:user/alice";
        let principal = Principal { arn, account: ACCOUNT, is_environment_account: false };
        prop_assert!(everything.authorize(&principal, &call, &Facts::default(), &location()).is_ok());
    }
}
