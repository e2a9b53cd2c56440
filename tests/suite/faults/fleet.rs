//! A fleet update whose processes die goes on, and deploys nobody twice.

use serde_json::json;

use crate::support::fleet::{Fleet, better};
use crate::support::processes::{functions_of, kill};
use crate::support::protium::{Protium, with_own};

impl Protium {
    async fn fleet_under_way(&self) -> (Fleet, String, String) {
        let fleet = self.fleet(2, 6).await;
        let minor = self.fleet_publish(&fleet, &better()).await;
        let strategy = json!({"canary": {"count": 2}, "concurrency": 3});
        let id = self.fleet_start(&fleet, &minor, strategy).await;
        self.patiently("some are deployed", async || {
            let found = self.fleet_ask("GetFleetUpdate", &id).await;
            let succeeded = found["counts"]["succeeded"].as_i64().unwrap_or_default();
            if succeeded >= 3 { Ok(()) } else { Err(found["counts"].to_string()) }
        })
        .await;
        (fleet, minor, id)
    }

    /// Lets the reconciler look until the fleet update is through, and checks that everybody was deployed once.
    async fn fleet_goes_on(&self, fleet: &Fleet, minor: &str, id: &str) {
        self.patiently("the fleet update is through", async || {
            let found = self.fleet_ask("GetFleetUpdate", id).await;
            match found["status"].as_str().unwrap_or_default() {
                "SUCCEEDED" => Ok(()),
                "RUNNING" => {
                    self.reconcile_as_if_late().await;
                    Err(found["counts"].to_string())
                }
                status => panic!("it is {status}: {found:#}"),
            }
        })
        .await;
        assert_eq!(self.fleet_at_minor(fleet, minor).await, 12);
        for service in &fleet.services {
            for number in 0..6 {
                let list = self.proton.list_deployments().service_name(service);
                let list = list.service_instance_name(format!("i{number}")).send().await.expect("listed");
                assert_eq!(
                    list.deployments.len(),
                    2,
                    "one to begin with, one by the fleet update: {list:#?}"
                );
            }
        }
    }
}

#[test]
fn an_emulator_that_is_killed_in_the_middle_leaves_a_fleet_update_that_finishes() {
    with_own(async |protium| {
        let (fleet, minor, id) = protium.fleet_under_way().await;
        protium.restart().await;
        protium.fleet_goes_on(&fleet, &minor, &id).await;
    });
}

#[test]
fn functions_that_are_killed_in_the_middle_leave_a_fleet_update_that_finishes() {
    with_own(async |protium| {
        let (fleet, minor, id) = protium.fleet_under_way().await;
        let emulator = protium.outputs.emulator_pid.expect("the emulator is ours");
        for _ in 0..50 {
            functions_of(emulator).into_iter().for_each(kill);
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        protium.fleet_goes_on(&fleet, &minor, &id).await;
    });
}
