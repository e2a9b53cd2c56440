//! What each command asks for, and what it prints.

use super::{
    ID,
    stub::{Reply, Stub},
    target, update,
};
use rstest::rstest;
use serde_json::{Value, json};
use snapbox::{assert_data_eq, str};

/// An API whose one fleet update stands so, whatever is done to it.
fn standing(status: &'static str, of: [i32; 6]) -> Stub {
    Stub::start(move |operation, input| {
        let fleet_update = update(status, of);
        Reply::Answer(match operation {
            "ListFleetUpdates" => json!({"fleetUpdates": [summary(&fleet_update)]}),
            "ListFleetUpdateTargets" => json!({"targets": targets(input)}),
            _ => json!({"fleetUpdate": fleet_update}),
        })
    })
}

fn summary(update: &Value) -> Value {
    let members =
        ["arn", "id", "kind", "templateName", "toMajorVersion", "toMinorVersion", "status", "createdAt"];
    members.iter().map(|member| ((*member).to_owned(), update[*member].clone())).collect()
}

fn targets(input: &Value) -> Vec<Value> {
    match input["status"].as_str() {
        Some("FAILED") => vec![target("shop", "FAILED", Some("The stack rolled back:\u{1b}[31m no image"))],
        Some(_) => Vec::new(),
        None => {
            let mut cart = target("cart", "PENDING", None);
            cart["changedInputs"] = json!(["size"]);
            vec![target("shop", "PENDING", None), cart]
        }
    }
}

#[test]
fn a_plan_is_shown() {
    let stub = standing("PLANNED", [12, 0, 0, 0, 0, 3]);
    let run = stub.run(&["plan", "--template", "web", "--to", "1.4"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_data_eq!(
        &run.stdout,
        str![[r#"
web → 1.4  0198f0c2-6f0a-7c3e-9a51-5e0f8b2d4c11
  2 first, 20 at a time
  each wave watched for 10m, failure of more than 2% of a wave rolls back

  WAVE     TARGETS  ACCOUNTS AND REGIONS
  canary         2  111122223333/eu-west-1
  batch-1       10  111122223333/eu-west-1

  12 service instances to update, 3 skipped

  Skipped
    2  at the version already
    1  pinned by their policy

  What changes
    1.3 → 1.4  12 service instances
      doubtful  size: the default changes from "s" to "m"
      fine      instance_infrastructure/cloudformation.yaml: the file changes

  Who goes, 2 of 12
    shop/prod  1.3 → 1.4  canary
    cart/prod  1.3 → 1.4  canary  other values of size

"#]]
    );
    assert!(run.stderr.contains(&format!("protium fleet start {ID}")), "{run:?}");
}

#[test]
fn a_plan_tells_programs_what_changes() {
    let stub = standing("PLANNED", [12, 0, 0, 0, 0, 3]);
    let run = stub.run(&["plan", "--template", "web", "--to", "1.4", "--output", "json"]);
    let plan: Value = serde_json::from_str(&run.stdout).expect("a document");
    let changes = &plan["version_changes"];
    assert_eq!((&changes[0]["from_version"], &changes[0]["targets"]), (&json!("1.3"), &json!(12)));
    assert_eq!(
        changes[0]["changes"][0],
        json!({
            "severity": "DOUBTFUL", "kind": "INPUT_DEFAULT", "path": "size", "why": "because",
            "message": "the default changes from \"s\" to \"m\"",
        })
    );
    assert_eq!((&changes[0]["changes_left_out"], &plan["targets_not_compared"]), (&json!(0), &json!(0)));
    assert_eq!(changes[0]["problem"], Value::Null);
}

#[test]
fn one_command_starts_with_one_request() {
    let stub = standing("PLANNING", [0; 6]);
    let arguments = "start --template web --to 1.4 --canary 5 --concurrency 20 --tolerate 2% --bake 10m --on-failure \
                     rollback --name patch";
    let run = stub.run(&arguments.split_whitespace().collect::<Vec<_>>());
    assert_eq!(run.code, Some(0), "{run:?}");
    let [(operation, input)] = &stub.asked()[..] else { panic!("{:?}", stub.asked()) };
    assert_eq!(operation, "StartFleetUpdate");
    let mut input = input.clone();
    let token = input.as_object_mut().unwrap().remove("clientToken");
    assert_eq!(token.unwrap().as_str().unwrap().len(), 36);
    let strategy = json!({
        "bakeSeconds": 600, "canary": {"count": 5}, "concurrency": 20, "onFailure": "ROLL_BACK",
        "tolerance": {"percent": 2},
    });
    let expected = json!({
        "name": "patch", "templateName": "web", "toMajorVersion": "1", "toMinorVersion": "4", "strategy": strategy,
    });
    assert_eq!(input, expected);
    assert!(run.stdout.contains(ID) && run.stderr.contains(&format!("status {ID} --wait")), "{run:?}");
}

#[test]
fn a_plan_is_started_by_its_id() {
    let stub = standing("RUNNING", [12, 0, 0, 1, 0, 3]);
    assert_eq!(stub.run(&["start", ID]).code, Some(0));
    assert_eq!(stub.asked()[0].1["fleetUpdateId"], ID);
}

#[rstest]
#[case("pause", "PauseFleetUpdate", "PAUSED", "resume")]
#[case("resume", "ResumeFleetUpdate", "RUNNING", "status")]
#[case("approve", "ApproveFleetUpdate", "RUNNING", "pause")]
#[case("cancel", "CancelFleetUpdate", "CANCELLING", "status")]
#[case("rollback", "RollBackFleetUpdate", "ROLLING_BACK", "status")]
#[case("roll-back", "RollBackFleetUpdate", "ROLLING_BACK", "status")]
fn a_fleet_update_is_acted_on(
    #[case] command: &str,
    #[case] operation: &str,
    #[case] status: &'static str,
    #[case] next: &str,
) {
    let stub = standing(status, [12, 4, 0, 2, 0, 3]);
    let run = stub.run(&[command, ID]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(stub.asked(), [(operation.to_owned(), json!({"fleetUpdateId": ID}))]);
    assert_eq!(run.stdout, format!("web → 1.4  {status}\n"));
    assert!(run.stderr.contains(&format!("protium fleet {next} {ID}")), "{run:?}");
}

#[test]
fn the_status_tells_all() {
    let stub = standing("RUNNING", [12, 5, 1, 3, 0, 3]);
    let run = stub.run(&["status", ID]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_data_eq!(
        &run.stdout,
        str![[r#"
web → 1.4  RUNNING
  id          0198f0c2-6f0a-7c3e-9a51-5e0f8b2d4c11
  started by  arn:aws:iam::111122223333:user/ada
  created     2026-11-21T10:00:00Z
  going for   [..]
  strategy    2 first, 20 at a time
              each wave watched for 10m, failure of more than 2% of a wave rolls back

  WAVE                            DONE  SUCCEEDED  FAILED  UNDER WAY  SKIPPED
  canary    ━━━━━━━━━━━━━━━━━━━━   2/2          2       0          0        0
  batch-1◂  ━━━━━━╳╳╍╍╍╍╍╍──────  4/10          3       1          3        0

  12 selected, 9 attempted, 5 succeeded, 1 failed, 3 skipped, 0 rolled back; 3 under way, 3 to come

  Failed
    shop/prod  The stack rolled back:␛[31m no image

  Skipped
    2  at the version already
    1  pinned by their policy

"#]]
    );
}

#[test]
fn the_newest_is_meant_where_none_is_named() {
    let stub = standing("SUCCEEDED", [12, 12, 0, 0, 0, 3]);
    let run = stub.run(&["status"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(stub.operations(), ["ListFleetUpdates", "GetFleetUpdate"]);
    assert_eq!(stub.asked()[0].1, json!({"maxResults": 1}));
    let none = Stub::start(|_, _| Reply::Answer(json!({"fleetUpdates": []})));
    let run = none.run(&["status"]);
    assert!(run.code == Some(1) && run.stderr.contains("there is no fleet update yet"), "{run:?}");
}

#[test]
fn fleet_updates_are_listed() {
    let stub = standing("AWAITING_APPROVAL", [12, 2, 0, 0, 0, 3]);
    let run = stub.run(&["list", "--template", "web", "--status", "awaiting-approval"]);
    assert_data_eq!(
        &run.stdout,
        str![[r#"
ID                                    TEMPLATE  TO   STATUS             CREATED               NAME
0198f0c2-6f0a-7c3e-9a51-5e0f8b2d4c11  web       1.4  AWAITING_APPROVAL  2026-11-21T10:00:00Z

"#]]
    );
    let expected = json!({"maxResults": 20, "status": "AWAITING_APPROVAL", "templateName": "web"});
    assert_eq!(stub.asked()[0].1, expected);
}

#[test]
fn targets_are_listed_page_by_page() {
    let stub = Stub::start(|_, input| {
        Reply::Answer(match input["nextToken"].as_str() {
            None => json!({"targets": [target("shop", "FAILED", Some("why"))], "nextToken": "bmV4dA=="}),
            // A page may be empty and yet not be the last.
            Some("bmV4dA==") => json!({"targets": [], "nextToken": "bGFzdA=="}),
            Some(_) => {
                let mut skipped = target("cart", "SKIPPED", None);
                skipped["skipReason"] = json!("PINNED");
                json!({"targets": [skipped]})
            }
        })
    });
    let run = stub.run(&["targets", ID, "--wave", "0"]);
    assert_data_eq!(
        &run.stdout,
        str![[r#"
RESOURCE   WAVE  FROM  STATUS   WHY
shop/prod     0  1.3   FAILED   why
cart/prod     0  1.3   SKIPPED  pinned by their policy

"#]]
    );
    assert_eq!(stub.asked().len(), 3);
    let run = stub.run(&["targets", ID, "--status", "skipped", "--limit", "1", "--output", "json"]);
    assert_eq!(run.json()["targets"][0]["resource"].as_str().map(|arn| arn.ends_with("prod")), Some(true));
    assert_eq!(run.json()["targets"].as_array().map(Vec::len), Some(1));
}

/// The form may be said before the command, behind it, and at its end.
#[rstest]
#[case(&["fleet", "status", ID, "--output", "json"])]
#[case(&["fleet", "--output", "json", "status", ID])]
#[case(&["--output", "json", "fleet", "status", ID])]
#[case(&["fleet", "status", "-o", "json", ID])]
fn json_is_for_programs(#[case] arguments: &[&str]) {
    let stub = standing("RUNNING", [12, 5, 1, 3, 0, 3]);
    let mut command = stub.command(&[]);
    let endpoint =
        command.get_envs().find(|(name, _)| *name == "PROTIUM_ENDPOINT").unwrap().1.unwrap().to_owned();
    command = crate::capture::protium();
    command.env("PROTIUM_ENDPOINT", endpoint).env("AWS_REGION", "eu-west-1").args(arguments);
    let run = super::stub::Run::of(command.output().unwrap());
    assert_eq!(run.code, Some(0), "{run:?}");
    let document = run.json();
    assert_eq!(document["status"], "RUNNING");
    let counts = json!({
        "selected": 12, "attempted": 9, "succeeded": 5, "failed": 1, "skipped": 3, "rolled_back": 0, "in_progress": 3,
        "pending": 3,
    });
    assert_eq!(document["counts"], counts);
    assert_eq!(document["failures"][0]["message"], "The stack rolled back:\u{1b}[31m no image");
    assert!(!run.stdout.contains('\u{1b}'), "{run:?}");
    assert_eq!(
        (&document["to_version"], &document["created_at"]),
        (&json!("1.4"), &json!("2026-11-21T10:00:00Z"))
    );
}
