//! Processes that die: "killing any one process at any moment loses no deployment and no event and repeats none".

use std::time::{Duration, Instant};

use aws_sdk_proton::types::{DeploymentStatus, ServiceStatus};
use tokio::time::sleep;

use crate::support::bundle::{Bundle, service_spec};
use crate::support::processes::{functions_of, kill};
use crate::support::protium::{Protium, with_own};
use crate::support::unique;
use crate::support::wait::eventually;

/// How long functions are killed as soon as they are seen.
const RAGE: Duration = Duration::from_secs(4);

impl Protium {
    /// Lets the reconciler look until `done`: each time as if everything open were overdue.
    async fn reconcile_until(&self, what: &str, done: impl AsyncFn() -> Result<(), String>) {
        eventually(what, async || {
            let seen = done().await;
            if seen.is_err() {
                self.reconcile_as_if_late().await;
                sleep(Duration::from_millis(500)).await;
            }
            seen
        })
        .await;
    }

    async fn is_deployed(&self, name: &str) -> Result<(), String> {
        let got =
            self.proton.get_environment().name(name).send().await.map_err(|error| format!("{error:?}"))?;
        let environment = got.environment.ok_or("no environment in the answer")?;
        match environment.deployment_status {
            DeploymentStatus::Succeeded => Ok(()),
            DeploymentStatus::InProgress => Err("still in progress".to_owned()),
            status => panic!("{name} is {status}: {:?}", environment.deployment_status_message),
        }
    }

    /// Kills every function that runs, all the time.
    async fn rage(&self) -> usize {
        let emulator = self.outputs.emulator_pid.expect("the emulator is ours");
        let since = Instant::now();
        let mut killed = 0;
        while since.elapsed() < RAGE {
            for function in functions_of(emulator) {
                kill(function);
                killed += 1;
            }
            sleep(Duration::from_millis(20)).await;
        }
        killed
    }

    async fn stream_switch(&self, on: bool) {
        let function = self.function("publish-status");
        let list = self.lambda.list_event_source_mappings().function_name(&function).send().await;
        let mappings = list.expect("mappings listed").event_source_mappings.unwrap_or_default();
        for mapping in mappings {
            let update = self.lambda.update_event_source_mapping().set_uuid(mapping.uuid);
            update.enabled(on).send().await.expect("mapping switched");
        }
    }

    async fn stack_rule_switch(&self, on: bool) {
        let bridge = aws_sdk_eventbridge::Client::new(self.cloud.config());
        let rules = bridge.list_rules().send().await.expect("rules listed").rules.unwrap_or_default();
        let of_stacks = |rule: &aws_sdk_eventbridge::types::Rule| {
            rule.event_pattern().is_some_and(|pattern| pattern.contains("aws.cloudformation"))
        };
        let names: Vec<_> =
            rules.iter().filter(|rule| of_stacks(rule)).filter_map(|rule| rule.name()).collect();
        assert_eq!(names.len(), 1, "{names:?}");
        if on {
            bridge.enable_rule().name(names[0]).send().await.expect("switched on");
        } else {
            bridge.disable_rule().name(names[0]).send().await.expect("switched off");
        }
    }
}

#[test]
fn functions_that_are_killed_all_the_time_lose_nothing_and_repeat_nothing() {
    with_own(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let svc_template = protium.service_template(&template, &Bundle::service()).await;
        let home = protium.environment(&template, "label: home").await;
        let names: Vec<String> = (0..4).map(|_| unique("raged")).collect();
        for name in &names {
            protium.environment_begin(name, &template, &format!("label: {name}")).await;
        }
        let service = unique("raged");
        let spec = service_spec(&[("a", &home, ""), ("b", &home, "")]);
        protium.service_begin(&service, &svc_template, &spec).await;
        let killed = protium.rage().await;
        assert!(killed > 0, "no function was killed: this test tests nothing");

        for name in &names {
            protium
                .reconcile_until(&format!("{name} deployed"), async || protium.is_deployed(name).await)
                .await;
            let arn = protium.arn(&format!("environment/{name}"));
            protium.stack_of(&arn).await;
            let list = protium.proton.list_deployments().environment_name(name).send().await.expect("listed");
            assert_eq!(list.deployments.len(), 1);
        }
        let active = async || {
            let got = protium.proton.get_service().name(&service).send().await;
            let service = got.map_err(|error| format!("{error:?}"))?.service.ok_or("no service")?;
            match service.status {
                ServiceStatus::Active => Ok(()),
                status if status.as_str().ends_with("_IN_PROGRESS") => Err(status.to_string()),
                status => panic!("the service is {status}: {:?}", service.status_message),
            }
        };
        protium.reconcile_until("the service is active", active).await;
        for instance in ["a", "b"] {
            protium.stack_of(&protium.arn(&format!("service/{service}/service-instance/{instance}"))).await;
        }
        let told = async || match protium.intents().await {
            0 => Ok(()),
            left => Err(format!("{left} intents left")),
        };
        protium.reconcile_until("all intents are carried out", told).await;
        for name in &names {
            let arn = protium.arn(&format!("environment/{name}"));
            protium.events.status(&arn, "SUCCEEDED").await;
            assert_eq!(protium.events.statuses(&arn), ["IN_PROGRESS", "SUCCEEDED"], "no event is lost");
        }
    });
}

#[test]
fn a_commit_whose_stream_is_dead_is_carried_out_by_the_reconciler() {
    with_own(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        protium.stream_switch(false).await;
        let name = unique("unstreamed");
        protium.environment_begin(&name, &template, "").await;
        protium
            .reconcile_until("deployed without the stream", async || protium.is_deployed(&name).await)
            .await;
        protium.stream_switch(true).await;
        let arn = protium.arn(&format!("environment/{name}"));
        let told = async || {
            let statuses = protium.events.statuses(&arn);
            if statuses == ["IN_PROGRESS", "SUCCEEDED"] { Ok(()) } else { Err(format!("{statuses:?}")) }
        };
        protium.reconcile_until("all events were told", told).await;
        protium.stack_of(&arn).await;
        let list = protium.proton.list_deployments().environment_name(&name).send().await.expect("listed");
        assert_eq!(list.deployments.len(), 1);
    });
}

#[test]
fn a_deployment_whose_execution_died_is_finished_with_the_stack_that_it_began() {
    with_own(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        // Without events of the stack the execution waits, and is still waiting when everything stops.
        protium.stack_rule_switch(false).await;
        let name = unique("restarted");
        let begun = protium.environment_begin(&name, &template, "").await;
        let stack = protium.stack_of(&begun.arn).await.stack_id.expect("an id");
        eventually("the stack is complete", async || match protium.stack_status(&stack).await.as_deref() {
            Some("CREATE_COMPLETE") => Ok(()),
            other => Err(format!("{other:?}")),
        })
        .await;
        protium.restart().await;
        protium.stack_rule_switch(true).await;
        let protium: &Protium = protium;
        protium
            .reconcile_until("deployed after the restart", async || protium.is_deployed(&name).await)
            .await;
        assert_eq!(protium.stack_of(&begun.arn).await.stack_id, Some(stack), "it is the stack of before");
        let list = protium.proton.list_deployments().environment_name(&name).send().await.expect("listed");
        assert_eq!(list.deployments.len(), 1);
        protium.events.status(&begun.arn, "SUCCEEDED").await;
    });
}
