//! What decides over fleet updates beside those who start them: policies, maintenance windows, alarms.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_cloudwatch::types::{ComparisonOperator, StateValue, Statistic};
use aws_sdk_proton::types::Tag;
use serde_json::{Value, json};

use crate::support::fleet::{Fleet, better, counts};
use crate::support::protium::{Protium, with_protium};
use crate::support::unique;

impl Protium {
    /// The fleet updates of the fleet's template, automatic ones too.
    async fn fleet_updates(&self, fleet: &Fleet) -> Vec<Value> {
        let list = format!("fleet list --template {}", fleet.template);
        self.answered(&list).await["fleet_updates"].as_array().expect("a list").clone()
    }

    async fn alarm(&self, cloudwatch: &aws_sdk_cloudwatch::Client) -> String {
        let name = unique("alarm");
        let alarm = cloudwatch.put_metric_alarm().alarm_name(&name).namespace("Suite").metric_name("Errors");
        let alarm = alarm.statistic(Statistic::Sum).period(86_400).evaluation_periods(1).threshold(1.0);
        let alarm = alarm.comparison_operator(ComparisonOperator::GreaterThanThreshold);
        alarm.send().await.expect("alarm made");
        self.alarm_set(cloudwatch, &name, StateValue::Ok).await;
        name
    }

    async fn alarm_set(&self, cloudwatch: &aws_sdk_cloudwatch::Client, name: &str, state: StateValue) {
        let set = cloudwatch.set_alarm_state().alarm_name(name).state_value(state).state_reason("the suite");
        set.send().await.expect("alarm set");
    }
}

#[test]
fn publishing_updates_those_who_opted_in_and_nobody_else() {
    with_protium(async |protium| {
        let fleet = protium.fleet(3, 2).await;
        let [by_policy, by_tag, neither] = &fleet.services[..] else { panic!("three services") };
        protium.fleet_publish(&fleet, &better()).await;
        protium
            .patiently("nobody opted in", async || match &protium.fleet_updates(&fleet).await[..] {
                [] => Ok(()),
                some => Err(format!("{some:?}")),
            })
            .await;
        assert_eq!(protium.fleet_at_minor(&fleet, "0").await, 6);

        let set = protium.answered(&format!("fleet policy set service/{by_policy} auto-minor")).await;
        assert_eq!((&set["mode"], &set["source"]), (&"AUTO_MINOR".into(), &"SERVICE".into()), "{set:#}");
        let arn = protium.arn(&format!("service/{by_tag}/service-instance/i0"));
        let tag = Tag::builder().key("protium:update-policy").value("auto-minor").build();
        let put = protium.proton.tag_resource().resource_arn(&arn).tags(tag.expect("key and value"));
        put.send().await.expect("tagged");

        let minor =
            protium.fleet_publish(&fleet, &better().template_extended("  Best: {Value: 'yes'}\n")).await;
        let update = protium
            .patiently("the automatic fleet update", async || {
                let found = protium.fleet_updates(&fleet).await;
                let newest = found.first().ok_or("there is none")?;
                newest["id"].as_str().map(str::to_owned).ok_or_else(|| newest.to_string())
            })
            .await;
        let ended = protium.fleet_at(&update, &["SUCCEEDED"]).await;
        assert_eq!(counts(&ended, &["selected", "succeeded"]), [3, 3], "{ended:#}");
        let mut updated: Vec<(String, String)> = protium
            .fleet_instances(&fleet)
            .await
            .into_iter()
            .filter(|instance| instance.template_minor_version == minor)
            .map(|instance| (instance.service_name, instance.name))
            .collect();
        updated.sort();
        let mut expected = vec![(by_policy.clone(), "i0"), (by_policy.clone(), "i1"), (by_tag.clone(), "i0")];
        expected.sort();
        let expected: Vec<_> =
            expected.into_iter().map(|(service, name)| (service, name.to_owned())).collect();
        assert_eq!(updated, expected, "and nobody of {neither}");
        assert_eq!(protium.fleet_at_minor(&fleet, "0").await, 3);
    });
}

#[test]
fn an_alarm_that_rings_after_a_wave_takes_it_back() {
    with_protium(async |protium| {
        let cloudwatch = aws_sdk_cloudwatch::Client::new(protium.cloud.config());
        let fleet = protium.fleet(1, 4).await;
        let alarm = protium.alarm(&cloudwatch).await;
        let minor = protium.fleet_publish(&fleet, &better()).await;
        let words = format!("--canary 1 --alarm {alarm} --on-failure rollback --wait --output json");
        let quiet = protium.starts(&fleet, &minor, &words).await;
        assert_eq!((quiet.code, counts(&quiet.json(), &["succeeded"])), (Some(0), vec![4]), "{quiet:?}");

        let next =
            protium.fleet_publish(&fleet, &better().template_extended("  Best: {Value: 'yes'}\n")).await;
        protium.alarm_set(&cloudwatch, &alarm, StateValue::Alarm).await;
        let rung = protium.starts(&fleet, &next, &words).await;
        assert_eq!(rung.code, Some(1), "{rung:?}");
        let ended = rung.json();
        assert_eq!(ended["status"], "ROLLED_BACK");
        assert!(ended["status_message"].as_str().is_some_and(|text| text.contains(&alarm)), "{ended:#}");
        assert_eq!(counts(&ended, &["selected", "attempted", "rolled_back", "pending"]), [4, 1, 1, 3]);
        assert_eq!(protium.fleet_at_minor(&fleet, &minor).await, 4);
    });
}

/// A maintenance window that is closed today, and for some days yet: midnight UTC may pass while a test runs.
fn closed_window() -> String {
    const DAYS: [&str; 7] = ["thu", "fri", "sat", "sun", "mon", "tue", "wed"];
    #[expect(clippy::disallowed_methods, reason = "a window is open or closed by the clock of the machine")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970, which began on a Thursday");
    let today = usize::try_from(now.as_secs() / 86_400).expect("days");
    format!("{} 02:00/1h", DAYS[(today + 3) % 7])
}

#[test]
fn a_closed_maintenance_window_holds_back_those_who_have_it() {
    with_protium(async |protium| {
        let fleet = protium.fleet(2, 2).await;
        let [open, closed] = &fleet.services[..] else { panic!("two services") };
        for (service, window) in [(open, "daily 00:00/24h".to_owned()), (closed, closed_window())] {
            let arn = protium.arn(&format!("service/{service}"));
            let policy = json!({"resourceArn": arn, "mode": "RECOMMEND", "maintenanceWindows": [window]});
            protium.own("PutUpdatePolicy", &policy).await;
        }
        let minor = protium.fleet_publish(&fleet, &better()).await;
        let started = protium.starts(&fleet, &minor, "--output json").await.json();
        let id = started["id"].as_str().expect("an id");
        let waiting = protium
            .patiently("it waits for the window", async || {
                let found = protium.answered(&format!("fleet status {id}")).await;
                let waits = found["waiting_until"].is_string();
                if waits { Ok(found) } else { Err(format!("{} {}", found["status"], found["counts"])) }
            })
            .await;
        assert_eq!(waiting["status"], "RUNNING");
        assert_eq!(counts(&waiting, &["succeeded", "pending"]), [2, 2], "{waiting:#}");
        assert!(
            waiting["waiting_until"].as_str().is_some_and(|at| at.ends_with("T02:00:00Z")),
            "{waiting:#}"
        );
        let shown = protium.run(&format!("fleet status {id}")).await;
        assert!(shown.stdout.contains("the next maintenance window opens in 2d"), "{shown:?}");
        for instance in protium.fleet_instances(&fleet).await {
            let expected = if instance.service_name == *open { minor.as_str() } else { "0" };
            assert_eq!(instance.template_minor_version, expected, "{instance:?}");
        }
        assert_eq!(protium.answered(&format!("fleet cancel {id} --wait")).await["status"], "CANCELLED");
        assert_eq!(protium.fleet_at_minor(&fleet, "0").await, 2, "and nobody was touched meanwhile");
    });
}
