//! `protium fleet` against an API of its own wire types.

mod commands;
mod policy;
mod stub;
mod waiting;
mod wrong;

use serde_json::{Value, json};

/// The fleet update of these tests.
const ID: &str = "0198f0c2-6f0a-7c3e-9a51-5e0f8b2d4c11";

/// Selected, succeeded, failed, under way, rolled back, skipped.
fn counts([selected, succeeded, failed, in_progress, rolled_back, skipped]: [i32; 6]) -> Value {
    json!({
        "selected": selected, "attempted": succeeded + failed + in_progress + rolled_back, "succeeded": succeeded,
        "failed": failed, "skipped": skipped, "rolledBack": rolled_back, "inProgress": in_progress,
        "pending": selected - succeeded - failed - in_progress - rolled_back,
    })
}

/// A fleet update of twelve instances, two of which are the canary, in this status and with these counts.
fn update(status: &str, of: [i32; 6]) -> Value {
    let canary = [2, of[1].min(2), 0, 0, of[4].min(2), 0];
    let rest = [10, of[1] - canary[1], of[2], of[3], of[4] - canary[4], 0];
    let wave = |number: i32, name: &str, of: [i32; 6]| {
        let lane = json!({"accountId": "111122223333", "region": "eu-west-1", "targets": of[0]});
        json!({"number": number, "name": name, "counts": counts(of), "lanes": [lane]})
    };
    let mut update = json!({
        "arn": format!("arn:aws:proton:eu-west-1:111122223333:fleet-update/{ID}"), "id": ID,
        "kind": "SERVICE_INSTANCE", "templateName": "web", "toMajorVersion": "1", "toMinorVersion": "4",
        "status": status, "counts": counts(of), "createdAt": 1_795_255_200.0, "lastModifiedAt": 1_795_255_200.0,
        "startedAt": 1_795_255_205.0, "startedBy": "arn:aws:iam::111122223333:user/ada",
        "selection": {}, "skipped": [{"reason": "UP_TO_DATE", "count": 2}, {"reason": "PINNED", "count": 1}],
        "strategy": {
            "canary": {"count": 2}, "batch": {"percent": 100}, "concurrency": 20, "tolerance": {"percent": 2},
            "bakeSeconds": 600, "onFailure": "ROLL_BACK", "approval": "NONE",
        },
        "waves": [wave(0, "canary", canary), wave(1, "batch-1", rest)], "versionChanges": [changes()],
    });
    if ["SUCCEEDED", "FAILED", "ROLLED_BACK", "CANCELLED"].contains(&status) {
        update["completedAt"] = json!(1_795_255_965.0);
    } else {
        update["currentWave"] = json!(1);
    }
    update
}

/// What changes for everybody: a default, and the code.
fn changes() -> Value {
    let change = |severity: &str, kind: &str, path: &str, message: &str| json!({"severity": severity, "kind": kind, "path": path, "message": message, "why": "because"});
    let changes = [
        change("DOUBTFUL", "INPUT_DEFAULT", "size", "the default changes from \"s\" to \"m\""),
        change("FINE", "CODE", "instance_infrastructure/cloudformation.yaml", "the file changes"),
    ];
    json!({"fromMajorVersion": "1", "fromMinorVersion": "3", "targets": 12, "changes": changes})
}

/// A target.
fn target(name: &str, status: &str, message: Option<&str>) -> Value {
    let mut target = json!({
        "resourceArn": format!("arn:aws:proton:eu-west-1:111122223333:service/{name}/service-instance/prod"),
        "status": status, "wave": 0, "fromMajorVersion": "1", "fromMinorVersion": "3",
    });
    if let Some(message) = message {
        target["statusMessage"] = json!(message);
    }
    target
}
