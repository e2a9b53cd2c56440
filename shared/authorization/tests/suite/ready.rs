//! The ready sets: who may do what with them as they are.

use std::collections::BTreeMap;

use protium_authorization::ready::{Audience, Member, bound};
use protium_authorization::{Facts, PolicyFile, PolicySet, check};
use protium_wire::Operation;
use rstest::rstest;
use serde_json::{Value, json};

use super::{ARN, ask, ask_with};

const PLATFORM: &str = "protium-platform-engineers";
const DEVELOPER: &str = "protium-developers";
const READER: &str = "protium-readers";

fn ready() -> PolicySet {
    let files: Vec<PolicyFile> = Audience::ALL.into_iter().map(Audience::ready).collect();
    check(&files).expect("the ready sets are good")
}

/// Who may: platform engineers, developers, readers.
#[rstest]
#[case::list("ListEnvironments", json!({}), [true, true, true])]
#[case::get("GetService", json!({"name": "shop"}), [true, true, true])]
#[case::rendered("GetRenderedTemplate", json!({"deploymentId": "0190163d-8694-739b-aea5-966c26f8ad91"}), [true, true, true])]
#[case::template("CreateServiceTemplate", json!({"name": "web"}), [true, false, false])]
#[case::registration("CreateServiceTemplateVersion", json!({"templateName": "web"}), [true, false, false])]
#[case::publishing(
    "UpdateServiceTemplateVersion",
    json!({"templateName": "web", "majorVersion": "1", "minorVersion": "0", "status": "PUBLISHED"}),
    [true, false, false]
)]
#[case::import("ImportTemplateVersion", json!({"templateName": "web", "templateType": "SERVICE"}), [true, false, false])]
#[case::environment("CreateEnvironment", json!({"name": "beta", "templateName": "net"}), [true, false, false])]
#[case::environment_gone("DeleteEnvironment", json!({"name": "beta"}), [true, false, false])]
#[case::service("CreateService", json!({"name": "shop", "templateName": "web"}), [true, true, false])]
#[case::service_tagged(
    "CreateService",
    json!({"name": "shop", "templateName": "web", "tags": [{"key": "team", "value": "shop"}]}),
    [true, true, false]
)]
#[case::instance("UpdateServiceInstance", json!({"name": "one", "serviceName": "shop"}), [true, true, false])]
#[case::pipeline("UpdateServicePipeline", json!({"serviceName": "shop"}), [true, true, false])]
#[case::cancel("CancelServicePipelineDeployment", json!({"serviceName": "shop"}), [true, true, false])]
#[case::component("CreateComponent", json!({"name": "queue"}), [true, true, false])]
#[case::preview_of_theirs(
    "PreviewDeployment",
    json!({"request": {"createService": {"name": "shop", "templateName": "web"}}}),
    [true, true, false]
)]
#[case::preview_of_others(
    "PreviewDeployment",
    json!({"request": {"createEnvironment": {"name": "beta", "templateName": "net"}}}),
    [true, false, false]
)]
#[case::adoption("AdoptResource", json!({"resource": {"component": {"name": "queue"}}}), [true, false, false])]
#[case::tag_theirs("TagResource", json!({"resourceArn": format!("{ARN}service/shop"), "tags": []}), [true, true, false])]
#[case::tag_others("TagResource", json!({"resourceArn": format!("{ARN}environment/beta"), "tags": []}), [true, false, false])]
#[case::force("ForceDelete", json!({"resourceArn": format!("{ARN}service/shop")}), [true, false, false])]
#[case::settings("UpdateAccountSettings", json!({}), [true, false, false])]
#[case::repository("CreateRepository", json!({"name": "acme/shop", "provider": "GITHUB"}), [true, false, false])]
#[case::connection("AcceptEnvironmentAccountConnection", json!({"id": "0190163d-8694-739b-aea5-966c26f8ad91"}), [true, false, false])]
#[case::roles(
    "UpdateEnvironment",
    json!({"name": "beta", "protonServiceRoleArn": "arn:aws:iam::111122223333:role/protium/x"}),
    [true, false, false]
)]
fn the_ready_sets_decide(#[case] operation: &str, #[case] input: Value, #[case] expected: [bool; 3]) {
    let set = ready();
    let may = [PLATFORM, DEVELOPER, READER].map(|role| ask(&set, role, operation, &input).is_ok());
    assert_eq!(may, expected);
    assert!(ask(&set, "somebody", operation, &input).is_err(), "nobody else may");
}

#[test]
fn the_ready_sets_need_no_records() {
    assert!(!ready().reads_records());
}

#[test]
fn every_operation_has_an_action_that_platform_engineers_may() {
    let set = ready();
    for operation in Operation::ALL {
        let allowed = ask(&set, PLATFORM, operation.name(), &json!({})).expect("allowed");
        assert_eq!(allowed, ["platform-engineers.cedar#everything"], "{operation}");
    }
}

#[test]
fn readers_may_all_that_only_reads_and_nothing_else() {
    let set = ready();
    for operation in Operation::ALL {
        let reads = operation.name().starts_with("Get") || operation.name().starts_with("List");
        assert_eq!(ask(&set, READER, operation.name(), &json!({})).is_ok(), reads, "{operation}");
    }
}

#[rstest]
#[case("role/dev", "dev", "alice")]
#[case("role/team/path/dev", "dev", "alice")]
#[case("arn:aws:iam::111122223333:role/team/dev", "dev", "alice")]
#[case("role/AWSReservedSSO_Dev_*", "AWSReservedSSO_Dev_0123456789abcdef", "alice")]
fn a_ready_set_is_bound_to_roles(#[case] member: &str, #[case] role: &str, #[case] _session: &str) {
    let members = ["role/other".parse().expect("a role"), member.parse().expect("a role")];
    let bound = bound(Audience::Developers, &members).expect("somebody");
    assert!(!bound.text.contains("protium-developers"), "{}", bound.text);
    let set = check(&[bound]).expect("still good");
    let input = json!({"name": "shop"});
    assert!(ask(&set, role, "CreateService", &input).is_ok());
    assert!(ask(&set, "other", "CreateService", &input).is_ok());
    assert!(ask(&set, "protium-developers", "CreateService", &input).is_err());
    let tag = json!({"resourceArn": format!("{ARN}environment/beta"), "tags": []});
    assert!(ask(&set, "other", "TagResource", &tag).is_err(), "the conditions beside it still count");
}

#[rstest]
#[case("dev")]
#[case("group/dev")]
#[case("role/")]
#[case("role/a\" || true || \"")]
#[case("arn:aws:iam::111122223333:root")]
fn what_is_neither_role_nor_user_is_refused(#[case] member: &str) {
    assert!(member.parse::<Member>().is_err());
}

#[test]
fn nobody_makes_no_file() {
    assert_eq!(bound(Audience::Readers, &[]), None);
}

#[test]
fn without_policies_nobody_may_do_anything() {
    let none = check(&[]).expect("no files are no mistake");
    for operation in Operation::ALL {
        assert!(ask(&none, PLATFORM, operation.name(), &json!({})).is_err(), "{operation}");
    }
}

#[test]
fn conditions_on_tags_ask_for_records_and_see_them() {
    let text = r#"
        permit (principal, action in Action::"service", resource)
        when { resource.hasTag("team") && resource.getTag("team") == principal.session };"#;
    let set = super::policies(text);
    assert!(set.reads_records());
    let input = json!({"name": "shop"});
    let tagged = |team: &str| Facts { tags: BTreeMap::from([("team".into(), team.into())]), template: None };
    assert!(ask_with(&set, "dev", "UpdateService", &input, &tagged("alice")).is_ok());
    assert!(ask_with(&set, "dev", "UpdateService", &input, &tagged("bob")).is_err());
    assert!(ask(&set, "dev", "UpdateService", &input).is_err());
}
