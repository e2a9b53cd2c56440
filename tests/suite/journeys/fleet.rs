//! Fleet updates by `protium fleet`: a new version reaches everyone, or nobody but the canary.

use crate::support::bundle::Bundle;
use crate::support::fleet::{better, counts};
use crate::support::protium::with_protium;

#[test]
fn a_hundred_and_twenty_instances_roll_forward_with_one_command() {
    with_protium(async |protium| {
        let fleet = protium.fleet(12, 10).await;
        let minor = protium.fleet_publish(&fleet, &better()).await;
        assert_eq!(protium.fleet_at_minor(&fleet, "0").await, 120, "publishing alone changes nobody");

        let strategy = "--canary 5 --concurrency 20 --tolerate 2% --bake 3s --on-failure rollback";
        let run = protium.starts(&fleet, &minor, &format!("{strategy} --wait --output json")).await;
        assert_eq!(run.code, Some(0), "{run:?}");
        let ended = run.json();
        assert_eq!(ended["status"], "SUCCEEDED");
        let names = ["selected", "attempted", "succeeded", "failed", "skipped", "rolled_back"];
        assert_eq!(counts(&ended, &names), [120, 120, 120, 0, 0, 0]);
        assert_eq!(counts(&ended["waves"][0], &["selected", "succeeded"]), [5, 5]);
        assert!(run.stderr.contains("RUNNING") && run.stderr.contains("BAKING"), "{run:?}");
        assert!(!run.stderr.contains('\u{1b}'), "no terminal, no escape sequences: {run:?}");
        assert_eq!(protium.fleet_at_minor(&fleet, &minor).await, 120);

        // Everybody is there: another plan finds nobody to go, and says why.
        let plan =
            protium.answered(&format!("fleet plan --template {} --to 1.{minor}", fleet.template)).await;
        assert_eq!(counts(&plan, &["selected", "skipped"]), [0, 120]);
        assert_eq!(plan["skipped"][0]["reason"], "UP_TO_DATE");
    });
}

#[test]
fn a_broken_version_touches_the_canary_only_and_is_rolled_back() {
    with_protium(async |protium| {
        let fleet = protium.fleet(2, 5).await;
        let broken = protium.fleet_publish(&fleet, &Bundle::service().failing()).await;
        let words = "--canary 2 --concurrency 5 --tolerate 2% --on-failure rollback --wait --output json";
        let run = protium.starts(&fleet, &broken, words).await;
        assert_eq!(run.code, Some(1), "{run:?}");
        let ended = run.json();
        assert_eq!(ended["status"], "ROLLED_BACK", "{ended:#}");
        let names = ["selected", "attempted", "succeeded", "rolled_back", "pending"];
        assert_eq!(counts(&ended, &names), [10, 2, 0, 2, 8]);
        let failures = ended["failures"].as_array().expect("a list");
        assert_eq!(failures.len(), 2, "{ended:#}");
        for failure in failures {
            let reason = failure["message"].as_str().unwrap_or_default();
            assert!(reason.contains("Never"), "the reason names what failed: {failure:#}");
            assert_eq!(failure["status"], "ROLLED_BACK", "as it ended: {failure:#}");
        }
        assert!(run.stderr.contains("failed: "), "{run:?}");
        assert_eq!(protium.fleet_at_minor(&fleet, "0").await, 10, "and all of them well");

        // The same template goes on with the next version; people read how it went.
        let mended = protium.fleet_publish(&fleet, &better()).await;
        let run = protium.starts(&fleet, &mended, "--wait").await;
        assert_eq!(run.code, Some(0), "{run:?}");
        assert!(run.stdout.contains("SUCCEEDED") && run.stdout.contains("10 succeeded"), "{run:?}");
        assert_eq!(protium.fleet_at_minor(&fleet, &mended).await, 10);
    });
}

#[test]
fn people_approve_pause_resume_and_cancel_at_the_boundaries_of_waves() {
    with_protium(async |protium| {
        let fleet = protium.fleet(1, 8).await;
        let minor = protium.fleet_publish(&fleet, &better()).await;
        let plan = format!("fleet plan --template {} --to 1.{minor}", fleet.template);
        let plan = protium.answered(&format!("{plan} --canary 2 --batch 2 --approve every-wave")).await;
        assert_eq!(plan["status"], "PLANNED");
        assert_eq!(plan["waves"].as_array().map(Vec::len), Some(4), "{plan:#}");
        let id = plan["id"].as_str().expect("an id");
        assert_eq!(protium.fleet_at_minor(&fleet, "0").await, 8, "a plan touches nobody");
        let started = protium.run(&format!("fleet start {id}")).await;
        assert_eq!(started.code, Some(0), "{started:?}");
        assert!(started.stderr.contains(&format!("protium fleet status {id} --wait")), "{started:?}");

        let waits = protium.fleet_at(id, &["AWAITING_APPROVAL"]).await;
        assert_eq!(counts(&waits, &["succeeded", "pending"]), [2, 6]);
        let shown = protium.run(&format!("fleet status {id}")).await;
        assert!(shown.stdout.contains(&format!("protium fleet approve {id}")), "{shown:?}");
        assert_eq!(protium.answered(&format!("fleet pause {id}")).await["status"], "PAUSED");
        protium.answered(&format!("fleet resume {id}")).await;
        protium.fleet_at(id, &["AWAITING_APPROVAL"]).await;
        protium.answered(&format!("fleet approve {id}")).await;

        protium
            .patiently("the second wave is through", async || {
                let found = protium.run(&format!("--output json fleet status {id}")).await.json();
                let through = found["status"] == "AWAITING_APPROVAL" && counts(&found, &["succeeded"]) == [4];
                if through { Ok(()) } else { Err(found["counts"].to_string()) }
            })
            .await;
        let ended = protium.answered(&format!("fleet cancel {id} --wait")).await;
        assert_eq!(ended["status"], "CANCELLED");
        assert_eq!(counts(&ended, &["succeeded", "pending"]), [4, 4]);
        assert_eq!(protium.fleet_at_minor(&fleet, &minor).await, 4, "what was deployed stays");
        let targets = protium.answered(&format!("fleet targets {id} --status succeeded")).await;
        assert_eq!(targets["targets"].as_array().map(Vec::len), Some(4));
        let late = protium.run(&format!("fleet pause {id} --output json")).await;
        assert_eq!((late.code, &late.json()["error"]["code"]), (Some(1), &"ConflictException".into()));

        // Rolled back after all.
        let back = protium.answered(&format!("fleet rollback {id} --wait")).await;
        assert_eq!(counts(&back, &["rolled_back"]), [4]);
        assert_eq!(protium.fleet_at_minor(&fleet, "0").await, 8);
    });
}

#[test]
fn whoever_uses_the_command_wrongly_is_told() {
    with_protium(async |protium| {
        let endpoint = &protium.outputs.api_endpoint;
        for (words, code, said) in [
            ("fleet start", 2, "--template"),
            ("fleet plan --template no-such-thing --canary many", 2, "a canary is a number"),
            ("fleet plan --template no-such-thing --concurrency 0", 2, "concurrency"),
            ("fleet plan --template no-such-thing", 1, "no-such-thing"),
            ("fleet status 0198f0c2-6f0a-7c3e-9a51-5e0f8b2d4c11", 1, "0198f0c2-6f0a-7c3e-9a51-5e0f8b2d4c11"),
        ] {
            let run = protium.run_with(&format!("{words} --endpoint-url {endpoint}"), None).await;
            assert_eq!(run.code, Some(code), "{words}: {run:?}");
            assert!(run.stderr.contains(said) && run.stdout.is_empty(), "{words}: {run:?}");
        }
        let nowhere = protium.run_with("--output json fleet status", None).await;
        assert_eq!(nowhere.code, Some(2), "{nowhere:?}");
        assert!(nowhere.json()["error"]["message"].to_string().contains("PROTIUM_ENDPOINT"), "{nowhere:?}");
    });
}
