//! Waiting for the end, whatever happens on the way.

use super::{
    ID,
    stub::{Reply, Stub},
    target, update,
};
use protium_wire::{ErrorCode, WireError};
use rstest::rstest;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

/// An API whose fleet update goes through these states, one for each look, and stays in the last.
fn going(states: Vec<Value>) -> Stub {
    let mut looks = 0;
    Stub::start(move |operation, input| match operation {
        "GetFleetUpdate" => {
            looks += 1;
            Reply::Answer(json!({"fleetUpdate": states[looks.min(states.len() - 1)]}))
        }
        "ListFleetUpdateTargets" => Reply::Answer(json!({"targets": failed(input)})),
        _ => Reply::Answer(json!({"fleetUpdate": states[0]})),
    })
}

fn failed(input: &Value) -> Vec<Value> {
    match input["status"].as_str() {
        Some(status @ ("FAILED" | "ROLLED_BACK")) => vec![target("shop", status, Some("no image"))],
        _ => Vec::new(),
    }
}

#[rstest]
#[case::succeeded("SUCCEEDED", [12, 12, 0, 0, 0, 3], 0)]
#[case::failed("FAILED", [12, 2, 1, 0, 0, 3], 1)]
#[case::rolled_back("ROLLED_BACK", [12, 0, 0, 0, 3, 3], 1)]
#[case::cancelled("CANCELLED", [12, 4, 0, 0, 0, 3], 1)]
fn the_exit_code_tells_how_it_ended(#[case] status: &str, #[case] of: [i32; 6], #[case] code: i32) {
    let stub = going(vec![
        update("PLANNING", [0; 6]),
        update("RUNNING", [12, 0, 0, 2, 0, 3]),
        update("BAKING", [12, 2, 0, 0, 0, 3]),
        update(status, of),
    ]);
    let arguments = ["start", "--template", "web", "--to", "1.4", "--wait", "--output", "json"];
    let run = stub.run(&arguments);
    assert_eq!(run.code, Some(code), "{run:?}");
    let document = run.json();
    assert_eq!(document["status"], status);
    assert_eq!(document["counts"]["succeeded"], of[1]);
    assert_eq!(document["counts"]["rolled_back"], of[4]);
    for told in ["PLANNING", "RUNNING  batch-1 0/10", "BAKING", status] {
        assert!(run.stderr.contains(told), "{told}: {run:?}");
    }
}

#[rstest]
#[case("rollback", "ROLLING_BACK", "ROLLED_BACK", 0)]
#[case("rollback", "ROLLING_BACK", "FAILED", 1)]
#[case("cancel", "CANCELLING", "CANCELLED", 0)]
#[case("approve", "RUNNING", "SUCCEEDED", 0)]
#[case("resume", "RUNNING", "CANCELLED", 1)]
fn each_command_waits_for_its_own_end(
    #[case] command: &str,
    #[case] now: &str,
    #[case] end: &str,
    #[case] code: i32,
) {
    let stub = going(vec![update(now, [12, 4, 0, 0, 0, 3]), update(end, [12, 4, 0, 0, 0, 3])]);
    let run = stub.run(&[command, ID, "--wait"]);
    assert_eq!(run.code, Some(code), "{run:?}");
    assert!(run.stdout.contains(&format!("web → 1.4  {end}")), "{run:?}");
}

#[test]
fn failures_are_told_once_when_they_come() {
    let stub = going(vec![
        update("RUNNING", [12, 2, 0, 2, 0, 3]),
        update("RUNNING", [12, 2, 1, 2, 0, 3]),
        update("RUNNING", [12, 3, 1, 2, 0, 3]),
        update("ROLLING_BACK", [12, 3, 1, 0, 0, 3]),
        update("ROLLED_BACK", [12, 0, 0, 0, 4, 3]),
    ]);
    let run = stub.run(&["status", ID, "--wait"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.stderr.matches("failed: shop/prod  no image").count(), 1, "{run:?}");
    assert!(run.stdout.contains("Failed\n    shop/prod  no image\n"), "{run:?}");
    assert!(run.stdout.contains("4 rolled back"), "{run:?}");
}

/// What was FAILED when it was told has gone back since.
#[test]
fn failures_are_summed_up_as_they_ended() {
    let mut looks = 0;
    let stub = Stub::start(move |operation, input| match operation {
        "ListFleetUpdateTargets" => {
            let now = if looks > 1 { "ROLLED_BACK" } else { "FAILED" };
            let asked = input["status"] == now;
            Reply::Answer(json!({"targets": if asked { failed(input) } else { Vec::new() }}))
        }
        _ => {
            looks += 1;
            let end = update("ROLLED_BACK", [12, 0, 0, 0, 3, 3]);
            let now = if looks > 1 { end } else { update("RUNNING", [12, 2, 1, 2, 0, 3]) };
            Reply::Answer(json!({"fleetUpdate": now}))
        }
    });
    let run = stub.run(&["status", ID, "--wait", "--output", "json"]);
    let document = run.json();
    assert_eq!(document["failures"].as_array().map(Vec::len), Some(1), "{run:?}");
    assert_eq!(document["failures"][0]["status"], "ROLLED_BACK");
    assert_eq!(document["failures"][0]["message"], "no image");
    assert_eq!(run.stderr.matches("failed: ").count(), 1, "told once: {run:?}");
}

/// Throttling, faults of the service and lost connections end nothing, neither while starting nor while waiting.
#[test]
fn trouble_on_the_way_is_waited_out() {
    let mut calls = 0;
    let stub = Stub::start(move |operation, _| {
        calls += 1;
        match calls {
            1 => Reply::Hang,
            2 => Reply::Refuse(WireError::new(ErrorCode::Throttling, "slow down")),
            4 => Reply::Hang,
            5 => Reply::Status(503, "{\"message\":\"Service Unavailable\"}"),
            6 => Reply::Refuse(WireError::new(ErrorCode::InternalServer, "Internal service failure")),
            3 => Reply::Answer(json!({"fleetUpdate": update("RUNNING", [12, 2, 0, 2, 0, 3])})),
            _ if operation == "GetFleetUpdate" => {
                Reply::Answer(json!({"fleetUpdate": update("SUCCEEDED", [12, 12, 0, 0, 0, 3])}))
            }
            _ => Reply::Answer(json!({"targets": []})),
        }
    });
    let run = stub.run(&["start", "--template", "web", "--wait"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stderr.contains("Trying again; the fleet update goes on."), "{run:?}");
    let starts: Vec<_> = stub.asked().into_iter().filter(|(name, _)| name == "StartFleetUpdate").collect();
    assert_eq!(starts.len(), 3);
    assert!(starts.iter().all(|(_, input)| input["clientToken"] == starts[0].1["clientToken"]), "{starts:?}");
}

#[test]
fn what_is_refused_for_good_ends_the_waiting() {
    let mut looks = 0;
    let stub = Stub::start(move |_, _| {
        looks += 1;
        match looks {
            1 => Reply::Answer(json!({"fleetUpdate": update("RUNNING", [12, 2, 0, 2, 0, 3])})),
            _ => Reply::Refuse(WireError::new(ErrorCode::AccessDenied, "not you")),
        }
    });
    let run = stub.run(&["status", ID, "--wait", "--output", "json"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(
        run.json()["error"],
        json!({"code": "AccessDeniedException", "message": "not you (AccessDeniedException)"})
    );
}

/// Ctrl-C ends the waiting, says so, and touches nothing.
#[cfg(unix)]
#[test]
fn the_fleet_update_goes_on_without_a_watcher() {
    let stub = going(vec![update("RUNNING", [12, 2, 0, 2, 0, 3])]);
    let mut command = stub.command(&["status", ID, "--wait", "--output", "json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(line.contains("RUNNING"), "{line}");
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let rest: String = stderr.lines().map_while(Result::ok).map(|line| line + "\n").collect();
    assert!(rest.contains("the fleet update goes on"), "{rest}");
    for step in ["status", "pause", "cancel"] {
        assert!(rest.contains(&format!("protium fleet {step} {ID}")), "{rest}");
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["status"], "RUNNING");
    assert!(stub.operations().iter().all(|operation| operation == "GetFleetUpdate"));
}
