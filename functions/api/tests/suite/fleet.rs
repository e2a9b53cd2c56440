//! Fleet updates as clients see them.

use std::collections::BTreeSet;

use protium_app::fleet::fleet_fan_out;
use protium_domain::identifier::Identifier;
use protium_domain::template::TemplateKind;
use protium_testkit::{TestApp, records};
use rstest::rstest;
use serde_json::{Value, json};

use super::{ok, refused};

/// With three environments of version 1.0 of `net`, of which version 1.1 is published.
fn with_fleet() -> TestApp {
    let test = TestApp::new();
    let (mut template, _) = test.template_published(TemplateKind::Environment, "net");
    let next = template.version_allocate(Some(1)).expect("the next minor version");
    template.version_published(next);
    test.seed(records::version_published(TemplateKind::Environment, "net", next, test.now()));
    test.seed(template);
    for name in ["alpha", "beta", "gamma"] {
        test.environment_succeeded(name, "net", &[]);
    }
    test
}

/// Makes the plan of a fleet update as its machine does; how it stands then.
async fn planned(test: &TestApp, update: &Value) -> Value {
    let id = Identifier::new(update["fleetUpdate"]["id"].as_str().expect("an id")).expect("a UUID");
    for _ in 0..10 {
        fleet_fan_out(&test.app, &id).await.expect("the plan is made");
        let found = ok(test, "GetFleetUpdate", json!({"fleetUpdateId": id.as_str()})).await;
        if found["fleetUpdate"]["status"] != "PLANNING" {
            return found["fleetUpdate"].clone();
        }
    }
    panic!("the plan comes to no end");
}

#[tokio::test]
async fn a_plan_tells_who_goes_and_how() {
    let test = with_fleet();
    let selection = json!({
        "environmentNames": ["alpha", "gamma"], "fromVersions": {"atLeast": "0.1", "below": "1.1"},
        "accountIds": ["111122223333"],
    });
    let strategy = json!({
        "alarms": ["web-5xx"], "approval": "AFTER_CANARY", "bakeSeconds": 600, "batch": {"percent": 50},
        "canary": {"count": 1}, "concurrency": 20, "laneConcurrency": 5, "onFailure": "ROLL_BACK",
        "tolerance": {"percent": 2},
    });
    let input = json!({
        "templateName": "net", "toMajorVersion": "1", "name": "patch", "selection": selection, "strategy": strategy,
        "clientToken": "once",
    });
    let begun = ok(&test, "PlanFleetUpdate", input.clone()).await;
    let update = &begun["fleetUpdate"];
    assert_eq!((&update["status"], &update["kind"]), (&json!("PLANNING"), &json!("ENVIRONMENT")));
    assert_eq!(ok(&test, "PlanFleetUpdate", input.clone()).await, begun, "the same token");

    let update = planned(&test, &begun).await;
    assert_eq!(update["status"], "PLANNED");
    assert_eq!((&update["selection"], &update["strategy"]), (&selection, &strategy));
    assert_eq!((&update["toMinorVersion"], &update["name"]), (&json!("1"), &json!("patch")));
    assert_eq!(update["startedBy"], "arn:aws:iam::111122223333:user/alice");
    assert_eq!((&update["counts"]["selected"], &update["counts"]["pending"]), (&json!(2), &json!(2)));
    let names: Vec<_> = update["waves"].as_array().expect("waves").iter().map(|wave| &wave["name"]).collect();
    assert_eq!(names, ["canary", "batch-1"]);
    let lane = json!({"accountId": "111122223333", "region": "eu-west-1", "targets": 1});
    assert_eq!(update["waves"][0]["lanes"], json!([lane]));

    let changes = &update["versionChanges"][0];
    assert_eq!((&changes["fromMinorVersion"], &changes["targets"]), (&json!("0"), &json!(2)));
    let problem = changes["problem"].as_str().expect("nobody has put bundles there");
    assert!(problem.contains("the bundle of version 1.1 can't be read"), "{problem}");

    let listed = ok(&test, "ListFleetUpdateTargets", json!({"fleetUpdateId": update["id"]})).await;
    let targets = listed["targets"].as_array().expect("targets");
    assert_eq!(targets.len(), 2);
    assert_eq!(targets[0]["resourceArn"], "arn:aws:proton:eu-west-1:111122223333:environment/alpha");
    assert_eq!((&targets[0]["status"], &targets[0]["fromMinorVersion"]), (&json!("PENDING"), &json!("0")));
    let of_wave = json!({"fleetUpdateId": update["id"], "wave": 1, "status": "PENDING"});
    let of_wave = ok(&test, "ListFleetUpdateTargets", of_wave).await;
    assert_eq!(of_wave["targets"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn what_is_skipped_is_told_with_its_reason() {
    let test = with_fleet();
    let begun = ok(
        &test,
        "PlanFleetUpdate",
        json!({"templateName": "net", "toMajorVersion": "1", "toMinorVersion": "0"}),
    );
    let update = planned(&test, &begun.await).await;
    assert_eq!(update["skipped"], json!([{"count": 3, "reason": "UP_TO_DATE"}]));
    assert_eq!((&update["counts"]["selected"], &update["counts"]["skipped"]), (&json!(0), &json!(3)));
    let skipped = json!({"fleetUpdateId": update["id"], "status": "SKIPPED", "maxResults": 2});
    let first = ok(&test, "ListFleetUpdateTargets", skipped.clone()).await;
    assert_eq!(first["targets"][0]["skipReason"], "UP_TO_DATE");
    let mut next = skipped;
    next["nextToken"] = first["nextToken"].clone();
    let second = ok(&test, "ListFleetUpdateTargets", next).await;
    assert_eq!(
        (first["targets"].as_array().map(Vec::len), second["targets"].as_array().map(Vec::len)),
        (Some(2), Some(1))
    );
}

#[tokio::test]
async fn it_is_started_paused_resumed_cancelled_and_rolled_back() {
    let test = with_fleet();
    let begun = ok(&test, "PlanFleetUpdate", json!({"templateName": "net"})).await;
    let update = planned(&test, &begun).await;
    let id = json!({"fleetUpdateId": update["id"]});
    let (kind, _) = refused(&test, "PauseFleetUpdate", id.clone()).await;
    assert_eq!(kind, "ConflictException");
    for (operation, status) in [
        ("StartFleetUpdate", "RUNNING"),
        ("StartFleetUpdate", "RUNNING"),
        ("PauseFleetUpdate", "PAUSED"),
        ("PauseFleetUpdate", "PAUSED"),
        ("ResumeFleetUpdate", "RUNNING"),
        ("CancelFleetUpdate", "CANCELLED"),
        ("CancelFleetUpdate", "CANCELLED"),
        ("RollBackFleetUpdate", "ROLLING_BACK"),
    ] {
        let answer = ok(&test, operation, id.clone()).await;
        assert_eq!(answer["fleetUpdate"]["status"], status, "{operation}");
    }
    let (kind, message) = refused(&test, "ApproveFleetUpdate", id).await;
    assert!(kind == "ConflictException" && message.contains("ROLLING_BACK"), "{kind}: {message}");
}

#[tokio::test]
async fn one_request_plans_and_starts() {
    let test = with_fleet();
    let input = json!({"templateName": "net", "clientToken": "once", "strategy": {"canary": {"tags": [
        {"key": "stage", "value": "dev"}
    ]}}});
    let begun = ok(&test, "StartFleetUpdate", input.clone()).await;
    assert_eq!(begun["fleetUpdate"]["status"], "PLANNING");
    assert_eq!(ok(&test, "StartFleetUpdate", input).await["fleetUpdate"]["id"], begun["fleetUpdate"]["id"]);
    let other = json!({"templateName": "net", "clientToken": "once"});
    assert_eq!(refused(&test, "StartFleetUpdate", other).await.0, "ValidationException");
}

#[rstest]
#[case::nothing("StartFleetUpdate", json!({}), "ValidationException")]
#[case::both("StartFleetUpdate", json!({"fleetUpdateId": UNKNOWN, "templateName": "net"}), "ValidationException")]
#[case::more("StartFleetUpdate", json!({"fleetUpdateId": UNKNOWN, "strategy": {}}), "ValidationException")]
#[case::unknown("StartFleetUpdate", json!({"fleetUpdateId": UNKNOWN}), "ResourceNotFoundException")]
#[case::read("GetFleetUpdate", json!({"fleetUpdateId": UNKNOWN}), "ResourceNotFoundException")]
#[case::targets("ListFleetUpdateTargets", json!({"fleetUpdateId": UNKNOWN}), "ResourceNotFoundException")]
#[case::no_template("PlanFleetUpdate", json!({"templateName": "web"}), "ResourceNotFoundException")]
#[case::no_version("PlanFleetUpdate", json!({"templateName": "net", "toMajorVersion": "9"}), "ResourceNotFoundException")]
#[case::other_kind("PlanFleetUpdate", json!({"templateName": "net", "kind": "SERVICE_PIPELINE"}), "ResourceNotFoundException")]
#[case::no_tags("PlanFleetUpdate", json!({"templateName": "net", "strategy": {"canary": {"tags": []}}}), "ValidationException")]
#[case::no_canary("PlanFleetUpdate", json!({"templateName": "net", "strategy": {"canary": {"count": 0}}}), "ValidationException")]
#[case::two_canaries("PlanFleetUpdate", json!({"templateName": "net", "strategy": {"canary": {"count": 1, "percent": 1}}}), "ValidationException")]
#[case::concurrency("PlanFleetUpdate", json!({"templateName": "net", "strategy": {"concurrency": 1001}}), "ValidationException")]
#[case::range("PlanFleetUpdate", json!({"templateName": "net", "selection": {"fromVersions": {"below": "1"}}}), "ValidationException")]
#[tokio::test]
async fn wrong_requests_are_refused(#[case] operation: &str, #[case] input: Value, #[case] expected: &str) {
    let (kind, message) = refused(&with_fleet(), operation, input).await;
    assert_eq!(kind, expected, "{message}");
}

const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";

#[tokio::test]
async fn fleet_updates_are_listed_newest_first() {
    let test = with_fleet();
    let mut ids = Vec::new();
    for _ in 0..3 {
        let begun = ok(&test, "PlanFleetUpdate", json!({"templateName": "net"})).await;
        ids.insert(0, begun["fleetUpdate"]["id"].clone());
        test.advance(std::time::Duration::from_secs(1));
    }
    ok(&test, "CancelFleetUpdate", json!({"fleetUpdateId": ids[1]})).await;
    let listed = async |input: Value| {
        let page = ok(&test, "ListFleetUpdates", input).await;
        page["fleetUpdates"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|update| update["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed(json!({})).await, ids);
    assert_eq!(listed(json!({"templateName": "net", "maxResults": 1})).await, ids[..1]);
    assert_eq!(listed(json!({"status": "CANCELLED"})).await, ids[1..2]);
    assert_eq!(listed(json!({"templateName": "other"})).await, Vec::<Value>::new());
}

/// The paths of all members of an event's detail.
fn members(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value.as_object() {
        Some(object) => {
            object.iter().for_each(|(name, member)| members(member, &format!("{path}/{name}"), found));
        }
        None => {
            found.insert(path.to_owned());
        }
    }
}

#[tokio::test]
async fn the_sample_of_its_event_has_the_form_of_those_that_come() {
    let test = with_fleet();
    let begun = ok(&test, "PlanFleetUpdate", json!({"templateName": "net", "name": "patch"})).await;
    planned(&test, &begun).await;
    let sample: Value =
        serde_json::from_str(include_str!("../../../../events-samples/emitted/fleet-update.json"))
            .expect("JSON");
    let (events, _) = test.drain_effects();
    let event = events.iter().rfind(|event| event.detail_type == sample["detail-type"]).expect("an event");
    let (mut ours, mut sampled) = (BTreeSet::new(), BTreeSet::new());
    members(&event.detail, "", &mut ours);
    members(&sample["detail"], "", &mut sampled);
    assert_eq!(ours, sampled);
}
