//! Fleet updates: a new version reaches everyone, or nobody but the canary.

use serde_json::{Value, json};

use crate::support::bundle::Bundle;
use crate::support::fleet::Fleet;
use crate::support::protium::{Protium, with_protium};

/// A version that deploys, and differs.
fn better() -> Bundle {
    Bundle::service().template_extended("  Better: {Value: 'yes'}\n")
}

fn counts(update: &Value, names: &[&str]) -> Vec<i64> {
    names.iter().map(|name| update["counts"][*name].as_i64().expect("a count")).collect()
}

impl Protium {
    async fn targets(&self, id: &str, status: &str) -> Vec<Value> {
        let input = json!({"fleetUpdateId": id, "status": status});
        let listed = self.own("ListFleetUpdateTargets", &input).await;
        listed["targets"].as_array().expect("a list").clone()
    }

    async fn lets_it_run(&self, fleet: &Fleet, minor: &str, strategy: Value, end: &str) -> Value {
        let id = self.fleet_start(fleet, minor, strategy).await;
        self.fleet_at(&id, &[end]).await
    }
}

#[test]
fn a_hundred_and_twenty_instances_roll_forward_with_one_call() {
    with_protium(async |protium| {
        let fleet = protium.fleet(12, 10).await;
        let minor = protium.fleet_publish(&fleet, &better()).await;
        assert_eq!(protium.fleet_at_minor(&fleet, "0").await, 120, "publishing alone changes nobody");
        let strategy = json!({"canary": {"count": 5}, "concurrency": 20});
        let ended = protium.lets_it_run(&fleet, &minor, strategy, "SUCCEEDED").await;
        let names = ["selected", "attempted", "succeeded", "failed", "skipped", "rolledBack"];
        assert_eq!(counts(&ended, &names), [120, 120, 120, 0, 0, 0]);
        assert_eq!(ended["waves"][0]["counts"]["selected"], 5, "{ended:#}");
        assert_eq!(protium.fleet_at_minor(&fleet, &minor).await, 120);
    });
}

#[test]
fn a_broken_version_touches_the_canary_only_and_is_rolled_back() {
    with_protium(async |protium| {
        let fleet = protium.fleet(2, 5).await;
        let minor = protium.fleet_publish(&fleet, &Bundle::service().failing()).await;
        let strategy = json!({"canary": {"count": 2}, "concurrency": 5, "onFailure": "ROLL_BACK"});
        let ended = protium.lets_it_run(&fleet, &minor, strategy, "ROLLED_BACK").await;
        assert_eq!(
            counts(&ended, &["selected", "attempted", "succeeded", "rolledBack", "pending"]),
            [10, 2, 0, 2, 8]
        );
        assert_eq!(protium.fleet_at_minor(&fleet, "0").await, 10, "and all of them well");

        // The same template goes on with the next version.
        let mended = protium.fleet_publish(&fleet, &better()).await;
        let ended = protium.lets_it_run(&fleet, &mended, json!({}), "SUCCEEDED").await;
        assert_eq!(counts(&ended, &["selected", "succeeded"]), [10, 10]);
    });
}

#[test]
fn people_approve_pause_resume_and_cancel_at_the_boundaries_of_waves() {
    with_protium(async |protium| {
        let fleet = protium.fleet(1, 8).await;
        let minor = protium.fleet_publish(&fleet, &better()).await;
        let strategy = json!({"canary": {"count": 2}, "batch": {"count": 2}, "approval": "EVERY_WAVE"});
        let id = protium.fleet_start(&fleet, &minor, strategy).await;

        let waits = protium.fleet_at(&id, &["AWAITING_APPROVAL"]).await;
        assert_eq!(counts(&waits, &["succeeded", "pending"]), [2, 6]);
        protium.fleet_ask("PauseFleetUpdate", &id).await;
        protium.fleet_at(&id, &["PAUSED"]).await;
        protium.fleet_ask("ResumeFleetUpdate", &id).await;
        protium.fleet_at(&id, &["AWAITING_APPROVAL"]).await;
        protium.fleet_ask("ApproveFleetUpdate", &id).await;

        protium
            .patiently("the second wave is through", async || {
                let found = protium.fleet_at(&id, &["AWAITING_APPROVAL", "RUNNING"]).await;
                let through = found["status"] == "AWAITING_APPROVAL" && counts(&found, &["succeeded"]) == [4];
                if through { Ok(()) } else { Err(found["counts"].to_string()) }
            })
            .await;
        protium.fleet_ask("CancelFleetUpdate", &id).await;
        let ended = protium.fleet_at(&id, &["CANCELLED"]).await;
        assert_eq!(counts(&ended, &["succeeded", "pending"]), [4, 4]);
        assert_eq!(protium.fleet_at_minor(&fleet, &minor).await, 4, "what was deployed stays");
        assert_eq!(protium.targets(&id, "SUCCEEDED").await.len(), 4);

        // Rolled back after all.
        protium.fleet_ask("RollBackFleetUpdate", &id).await;
        let back = protium.fleet_at(&id, &["ROLLED_BACK"]).await;
        assert_eq!(counts(&back, &["rolledBack"]), [4]);
        assert_eq!(protium.fleet_at_minor(&fleet, "0").await, 8);
    });
}
