//! `protium fleet policy`.

use super::stub::{Reply, Stub};
use protium_wire::{ErrorCode, WireError};
use serde_json::{Value, json};
use snapbox::{assert_data_eq, str};

const TEMPLATE: &str = "arn:aws:proton:eu-west-1:111122223333:service-template/web";

fn policy(mode: &str, windows: &[&str], source: &str) -> Value {
    json!({"updatePolicy": {"resourceArn": TEMPLATE, "mode": mode, "maintenanceWindows": windows, "source": source}})
}

fn template() -> Value {
    json!({"serviceTemplate": {
        "arn": TEMPLATE, "name": "web", "createdAt": 1_795_255_200.0, "lastModifiedAt": 1_795_255_200.0,
    }})
}

#[test]
fn a_policy_is_set_by_the_name_of_a_resource() {
    let stub = Stub::start(|operation, _| {
        Reply::Answer(match operation {
            "GetServiceTemplate" => template(),
            _ => policy("AUTO_MINOR", &["daily 01:00/3h"], "RESOURCE"),
        })
    });
    let run =
        stub.run(&["policy", "set", "service-template/web", "auto-minor", "--window", "daily 01:00/3h"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_data_eq!(
        &run.stdout,
        str![[r#"
resource  arn:aws:proton:eu-west-1:111122223333:service-template/web
policy    auto-minor  goes to new minor versions by itself
windows   daily 01:00/3h
set by    itself

"#]]
    );
    let expected =
        json!({"resourceArn": TEMPLATE, "mode": "AUTO_MINOR", "maintenanceWindows": ["daily 01:00/3h"]});
    assert_eq!(stub.asked()[1], ("PutUpdatePolicy".to_owned(), expected));
}

#[test]
fn a_policy_is_read_and_taken_back_by_arn() {
    let stub = Stub::start(|_, _| Reply::Answer(policy("RECOMMEND", &[], "DEFAULT")));
    let run = stub.run(&["policy", "get", TEMPLATE, "--output", "json"]);
    let expected = json!({
        "resource": TEMPLATE, "mode": "RECOMMEND", "windows": [], "source": "DEFAULT", "problem": null,
    });
    assert_eq!(run.json(), expected);
    assert_eq!(stub.run(&["policy", "remove", TEMPLATE]).code, Some(0));
    assert_eq!(stub.operations(), ["GetUpdatePolicy", "DeleteUpdatePolicy"]);
}

#[test]
fn what_is_unknown_is_told() {
    let missing = || WireError::new(ErrorCode::ResourceNotFound, "Couldn't find any service with the name x");
    let stub = Stub::start(move |_, _| Reply::Refuse(missing()));
    let run = stub.run(&["policy", "get", "service/x"]);
    assert!(run.code == Some(1) && run.stderr.contains("Couldn't find any service"), "{run:?}");
    let run = stub.run(&["policy", "get", "x"]);
    assert!(run.code == Some(2) && run.stderr.contains("service/NAME/INSTANCE"), "{run:?}");
}
