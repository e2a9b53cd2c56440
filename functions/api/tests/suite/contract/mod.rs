//! What clients are promised by the models that we publish, derived from them: each constraint of each member of each
//! operation is broken once and named in AWS's words, what just satisfies it passes, and every answer is as modelled.
//!
//! The models are read from the files that [`protium_wire`]'s golden tests keep, so the code that checks an input has no say
//! in what is expected of it. An operation that is added to the wire is covered from then on.

mod judge;
mod model;
mod samples;
mod violations;

pub(crate) use judge::judge;
pub(crate) use model::Operation;

use protium_testkit::TestApp;
use serde_json::Value;

use super::{Answer, call};
use samples::{full, sparse};
use violations::{Broken, Expected, cases};

/// Those that this release carries out.
fn carried_out() -> impl Iterator<Item = Operation> {
    let is_later = |operation: &Operation| crate::dispatch::GOLDEN.lines().any(|line| line == operation.name);
    Operation::all().into_iter().filter(move |operation| !is_later(operation))
}

/// What an answer says of broken constraints; nothing when it says nothing.
fn broken_constraints(message: &str) -> Option<(usize, Vec<&str>)> {
    let (count, listed) = message.split_once(" detected: ")?;
    let count =
        count.strip_suffix(" validation error").or_else(|| count.strip_suffix(" validation errors"))?;
    // A pattern or a value may hold the separator, the beginning of a part doesn't.
    let mut parts: Vec<&str> = Vec::new();
    let mut from = 0;
    while let Some(next) = listed[from..].find("; Value ") {
        parts.push(&listed[from..from + next]);
        from += next + 2;
    }
    parts.push(&listed[from..]);
    Some((count.parse().ok()?, parts))
}

fn is_of_the_model(answer: &Answer) -> bool {
    let message = answer.body["message"].as_str().unwrap_or_default();
    answer.kind == "SerializationException" || message.contains("failed to satisfy constraint")
}

/// Nothing is found wrong by the model: whatever else the world says is the domain's.
fn assert_accepted(operation: Operation, input: &Value, answer: &Answer) {
    assert!(!is_of_the_model(answer), "{} {input}: {}", operation.name, answer.body);
    assert!(answer.status != 500, "{} {input}: {}", operation.name, answer.body);
}

fn assert_refused(operation: Operation, input: &Value, answer: &Answer, broken: &[Broken]) {
    let context = || format!("{} {input}\n  answered {}\n  expected {broken:?}", operation.name, answer.body);
    assert_eq!((answer.status, answer.kind.as_str()), (400, "ValidationException"), "{}", context());
    let message = answer.body["message"].as_str().expect("a text");
    let (count, parts) = broken_constraints(message).unwrap_or_else(|| panic!("{}", context()));
    assert_eq!((count, parts.len()), (broken.len(), broken.len()), "{}", context());
    assert!(broken.iter().zip(parts).all(|(broken, part)| broken.is_said(part)), "{}", context());
}

#[tokio::test]
async fn each_constraint_of_each_member_of_each_operation_is_named_when_it_is_broken() {
    let (mut accepted, mut refused, mut mistyped) = (0, 0, 0);
    for operation in carried_out() {
        let test = TestApp::new();
        for case in cases(operation) {
            let answer = call(&test, operation.name, case.input.clone()).await;
            let commits = test.store.calls().commit;
            match &case.expected {
                Expected::Accepted => {
                    assert_accepted(operation, &case.input, &answer);
                    accepted += 1;
                    continue;
                }
                Expected::Refused(broken) => {
                    assert_refused(operation, &case.input, &answer, broken);
                    refused += 1;
                }
                Expected::Mistyped(message) => {
                    let expected = (400, "SerializationException", Some(message.as_str()));
                    let found = (answer.status, answer.kind.as_str(), answer.body["message"].as_str());
                    assert_eq!(found, expected, "{} {}", operation.name, case.input);
                    mistyped += 1;
                }
            }
            assert_eq!(test.store.calls().commit, commits, "{} wrote something", operation.name);
        }
    }
    println!(
        "{refused} broken constraints, {mistyped} values of wrong types, {accepted} values that just fit"
    );
    assert!(refused >= 2_200 && mistyped >= 3_000 && accepted >= 1_800, "the models shrank");
}

#[tokio::test]
async fn what_the_models_allow_passes_with_and_without_what_is_optional() {
    for operation in carried_out() {
        for input in [sparse(operation.input()), full(operation.input())] {
            let answer = call(&TestApp::new(), operation.name, input.clone()).await;
            assert_accepted(operation, &input, &answer);
        }
    }
}
