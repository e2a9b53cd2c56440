//! Update policies as clients see them.

use protium_domain::template::TemplateKind;
use protium_testkit::TestApp;
use rstest::rstest;
use serde_json::{Value, json};

use super::{ok, refused};

const TEMPLATE: &str = "arn:aws:proton:eu-west-1:111122223333:environment-template/net";
const BETA: &str = "arn:aws:proton:eu-west-1:111122223333:environment/beta";

fn with_beta() -> TestApp {
    let test = TestApp::new();
    test.template_published(TemplateKind::Environment, "net");
    test.environment_succeeded("beta", "net", &[]);
    test
}

fn policy(arn: &str, mode: &str, windows: &[&str], source: &str) -> Value {
    json!({"updatePolicy": {"resourceArn": arn, "mode": mode, "maintenanceWindows": windows, "source": source}})
}

#[tokio::test]
async fn the_owners_choice_wins_over_the_templates() {
    let test = with_beta();
    let of = |arn: &str| json!({"resourceArn": arn});
    assert_eq!(ok(&test, "GetUpdatePolicy", of(BETA)).await, policy(BETA, "RECOMMEND", &[], "DEFAULT"));
    let input = json!({
        "resourceArn": TEMPLATE, "mode": "AUTO_MINOR", "maintenanceWindows": ["SAT,sun 02:00/240m"],
    });
    let put = ok(&test, "PutUpdatePolicy", input).await;
    let windows = ["sat,sun 02:00/4h"];
    assert_eq!(put["updatePolicy"]["mode"], "AUTO_MINOR");
    assert_eq!(
        ok(&test, "GetUpdatePolicy", of(BETA)).await,
        policy(BETA, "AUTO_MINOR", &windows, "TEMPLATE")
    );
    let own = ok(&test, "PutUpdatePolicy", json!({"resourceArn": BETA, "mode": "PINNED"})).await;
    assert_eq!(own, policy(BETA, "PINNED", &windows, "RESOURCE"), "windows are inherited by themselves");
    assert_eq!(ok(&test, "GetUpdatePolicy", of(BETA)).await, own);
    let gone = ok(&test, "DeleteUpdatePolicy", of(BETA)).await;
    assert_eq!(gone, policy(BETA, "AUTO_MINOR", &windows, "TEMPLATE"));
    assert_eq!(ok(&test, "DeleteUpdatePolicy", of(BETA)).await, gone, "once more does nothing");
}

#[tokio::test]
async fn a_tag_is_a_policy_and_a_wrong_one_pins() {
    let test = with_beta();
    for (value, mode, problem) in [("auto-minor", "AUTO_MINOR", false), ("automatic", "PINNED", true)] {
        let tags = json!([{"key": "protium:update-policy", "value": value}]);
        ok(&test, "TagResource", json!({"resourceArn": BETA, "tags": tags})).await;
        let found = ok(&test, "GetUpdatePolicy", json!({"resourceArn": BETA})).await;
        let found = &found["updatePolicy"];
        assert_eq!((&found["mode"], &found["source"]), (&json!(mode), &json!("RESOURCE")));
        assert_eq!(found.get("problem").is_some(), problem, "{found}");
    }
}

#[rstest]
#[case::window(json!({"resourceArn": BETA, "mode": "PINNED", "maintenanceWindows": ["someday"]}), "ValidationException")]
#[case::mode(json!({"resourceArn": BETA, "mode": "MAYBE"}), "ValidationException")]
#[case::other(json!({
    "resourceArn": "arn:aws:proton:eu-west-1:111122223333:component/c", "mode": "PINNED"
}), "ValidationException")]
#[case::unknown(json!({
    "resourceArn": "arn:aws:proton:eu-west-1:111122223333:service/shop", "mode": "PINNED"
}), "ResourceNotFoundException")]
#[tokio::test]
async fn wrong_policies_are_refused(#[case] input: Value, #[case] expected: &str) {
    let (kind, message) = refused(&with_beta(), "PutUpdatePolicy", input).await;
    assert_eq!(kind, expected, "{message}");
}
