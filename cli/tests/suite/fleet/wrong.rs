//! Wrong use is exit code 2, and says what is right.

use super::{
    ID,
    stub::{Reply, Run, Stub},
};
use crate::capture::protium;
use protium_wire::{ErrorCode, WireError};
use rstest::rstest;

#[rstest]
#[case::no_template(&["start"], "--template")]
#[case::id_and_template(&["start", ID, "--template", "web"], "cannot be used with")]
#[case::id_and_strategy(&["start", ID, "--canary", "5"], "cannot be used with")]
#[case::version(&["plan", "--template", "web", "--to", "v1"], "a version looks like 1.4")]
#[case::range(&["plan", "--template", "web", "--from", "~1"], "is none of 1.3, 1.x, <1.4")]
#[case::canary(&["plan", "--template", "web", "--canary", "dev"], "a canary is a number such as 5")]
#[case::two_canaries(
    &["plan", "--template", "web", "--canary", "5", "--canary", "stage=dev"], "say it once with an amount"
)]
#[case::tolerance(&["plan", "--template", "web", "--tolerate", "120%"], "at most 100%")]
#[case::bake(&["plan", "--template", "web", "--bake", "10"], "a time looks like 90s, 10m or 1h30m")]
#[case::tag(&["plan", "--template", "web", "--tag", "dev"], "a tag looks like stage=dev")]
#[case::action(&["plan", "--template", "web", "--on-failure", "panic"], "rollback")]
#[case::status(&["list", "--status", "done"], "awaiting-approval")]
#[case::form(&["status", "--output", "yaml"], "json")]
fn misuse_is_told(#[case] arguments: &[&str], #[case] text: &str) {
    let stub = Stub::start(|_, _| Reply::Hang);
    let run = stub.run(arguments);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains(text), "{run:?}");
    assert!(stub.asked().is_empty(), "nothing was asked");
}

#[test]
fn what_the_api_calls_invalid_is_wrong_use_too() {
    let stub = Stub::start(|_, _| Reply::Refuse(WireError::new(ErrorCode::Validation, "no such kind")));
    let run = stub.run(&["plan", "--template", "web", "--output", "json"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_eq!(run.json()["error"]["message"], "no such kind (ValidationException)");
}

#[test]
fn refusals_of_the_api_and_its_gateway_are_told() {
    let stub = Stub::start(|_, _| {
        Reply::Refuse(WireError::new(
            ErrorCode::Conflict,
            "the fleet update is SUCCEEDED and can't be paused",
        ))
    });
    let run = stub.run(&["pause", ID]);
    assert!(run.code == Some(1) && run.stderr.contains("can't be paused (ConflictException)"), "{run:?}");
    let gateway = Stub::start(|_, _| Reply::Status(403, "{\"message\":\"Forbidden\"}"));
    let run = gateway.run(&["pause", ID]);
    assert!(run.code == Some(1) && run.stderr.contains("execute-api:Invoke"), "{run:?}");
    let other = Stub::start(|_, _| Reply::Status(200, "<html>"));
    let run = other.run(&["pause", ID]);
    assert!(run.code == Some(1) && run.stderr.contains("no answer of Protium's"), "{run:?}");
}

#[test]
fn an_endpoint_is_needed() {
    let run = Run::of(protium().args(["fleet", "status"]).output().unwrap());
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("PROTIUM_ENDPOINT") && run.stderr.contains("--endpoint-url"), "{run:?}");
    let run = Run::of(protium().args(["fleet", "status", "--output", "json"]).output().unwrap());
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.json()["error"]["message"].as_str().unwrap().contains("PROTIUM_ENDPOINT"), "{run:?}");
    let run = Run::of(protium().args(["--output", "json", "bundle", "validate"]).output().unwrap());
    assert!(run.code == Some(2) && run.stderr.contains("behind this command"), "{run:?}");
}
