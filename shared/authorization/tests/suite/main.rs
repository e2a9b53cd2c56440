//! What authors and callers rely on.

#![expect(clippy::expect_used, reason = "helpers of tests panic")]

mod checks;
mod hostile;
mod ready;
mod requests;

use protium_authorization::{Call, Denial, Facts, PolicyFile, PolicySet, Principal, check};
use protium_domain::arn::Location;
use protium_wire::Operation;
use serde_json::Value;

const ACCOUNT: &str = "111122223333";
const ARN: &str = "arn:aws:proton:eu-west-1:111122223333:";

fn location() -> Location {
    Location { partition: "aws".into(), region: "eu-west-1".into(), account: ACCOUNT.into() }
}

fn file(name: &str, text: &str) -> PolicyFile {
    PolicyFile { name: name.into(), text: text.into() }
}

fn policies(text: &str) -> PolicySet {
    check(&[file("test.cedar", text)]).expect("good policies")
}

fn operation(name: &str) -> Operation {
    Operation::from_name(name).expect("an operation")
}

/// A call by a session of a role.
fn ask(set: &PolicySet, role: &str, name: &str, input: &Value) -> Result<Vec<String>, Denial> {
    ask_with(set, role, name, input, &Facts::default())
}

fn ask_with(
    set: &PolicySet,
    role: &str,
    name: &str,
    input: &Value,
    facts: &Facts,
) -> Result<Vec<String>, Denial> {
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/alice");
    let principal = Principal { arn: &arn, account: ACCOUNT, is_environment_account: false };
    set.authorize(&principal, &Call::of(operation(name), input, &location()), facts, &location())
}
