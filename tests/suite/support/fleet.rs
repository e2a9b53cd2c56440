//! Fleets of service instances, and the fleet updates that go over them.

use std::time::{Duration, Instant};

use aws_sdk_proton::types::{DeploymentStatus, ServiceInstanceSummary, ServiceStatus};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::bundle::{Bundle, service_spec};
use super::command_line::Run;
use super::protium::Protium;
use super::unique;

/// How long a fleet update may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(400);

/// Services of one template, in one environment, with instances that are named by numbers.
pub(crate) struct Fleet {
    pub(crate) environment_template: String,
    pub(crate) template: String,
    pub(crate) services: Vec<String>,
}

/// A version that deploys, and differs.
pub(crate) fn better() -> Bundle {
    Bundle::service().template_extended("  Better: {Value: 'yes'}\n")
}

/// Those counts of a fleet update.
pub(crate) fn counts(update: &Value, names: &[&str]) -> Vec<i64> {
    names.iter().map(|name| update["counts"][*name].as_i64().expect("a count")).collect()
}

impl Protium {
    /// A fleet of `services` with `each` instances, all at version 1.0.
    pub(crate) async fn fleet(&self, services: usize, each: usize) -> Fleet {
        let environment_template = self.environment_template(&Bundle::environment()).await;
        let environment = self.environment(&environment_template, "label: home").await;
        self.fleet_in(environment_template, &vec![environment; services], each).await
    }

    /// A fleet with a service of `each` instances in each of these environments.
    pub(crate) async fn fleet_in(
        &self,
        environment_template: String,
        environments: &[String],
        each: usize,
    ) -> Fleet {
        let template = self.service_template(&environment_template, &Bundle::service()).await;
        let names: Vec<String> = (0..each).map(|number| format!("i{number}")).collect();
        let services: Vec<String> = environments.iter().map(|_| unique("fleet")).collect();
        for (service, environment) in services.iter().zip(environments) {
            let instances: Vec<_> =
                names.iter().map(|name| (name.as_str(), environment.as_str(), "")).collect();
            self.service_begin(service, &template, &service_spec(&instances)).await;
        }
        for service in &services {
            let stored = self
                .patiently(service, async || {
                    let got = self.proton.get_service().name(service).send().await;
                    let service = got.map_err(|error| format!("{error:?}"))?.service.ok_or("no service")?;
                    let moves = service.status.as_str().ends_with("_IN_PROGRESS");
                    if moves { Err(service.status.to_string()) } else { Ok(service) }
                })
                .await;
            assert_eq!(stored.status, ServiceStatus::Active, "{:?}", stored.status_message);
        }
        Fleet { environment_template, template, services }
    }

    /// The next minor of the fleet's template, registered and published.
    pub(crate) async fn fleet_publish(&self, fleet: &Fleet, bundle: &Bundle) -> String {
        let registered =
            self.service_version(&fleet.template, Some("1"), &fleet.environment_template, bundle).await;
        let minor = registered.minor_version;
        self.service_version_publish(&fleet.template, "1", &minor).await;
        minor
    }

    /// Starts a fleet update to minor `minor` of major 1; its id.
    pub(crate) async fn fleet_start(&self, fleet: &Fleet, minor: &str, strategy: Value) -> String {
        let input = json!({
            "templateName": fleet.template, "toMajorVersion": "1", "toMinorVersion": minor, "strategy": strategy,
        });
        let started = self.own("StartFleetUpdate", &input).await;
        started["fleetUpdate"]["id"].as_str().expect("it has an id").to_owned()
    }

    /// `protium fleet start` to a minor of the fleet's template, with these words behind it.
    pub(crate) async fn starts(&self, fleet: &Fleet, minor: &str, words: &str) -> Run {
        let template = &fleet.template;
        self.run(&format!("fleet start --template {template} --to 1.{minor} --poll 500ms {words}")).await
    }

    /// Asks one of the operations that take nothing but the id.
    pub(crate) async fn fleet_ask(&self, operation: &str, id: &str) -> Value {
        self.own(operation, &json!({"fleetUpdateId": id})).await["fleetUpdate"].take()
    }

    /// A fleet update once it stands at one of `statuses`.
    pub(crate) async fn fleet_at(&self, id: &str, statuses: &[&str]) -> Value {
        self.patiently(&format!("fleet update {id} at {statuses:?}"), async || {
            let found = self.fleet_ask("GetFleetUpdate", id).await;
            let status = found["status"].as_str().unwrap_or_default();
            if statuses.contains(&status) {
                return Ok(found);
            }
            let is_over = ["SUCCEEDED", "FAILED", "ROLLED_BACK", "CANCELLED"].contains(&status);
            assert!(!is_over, "it ended {status} and not {statuses:?}: {found:#}");
            Err(format!("{status} {} {}", found["counts"], found["statusMessage"]))
        })
        .await
    }

    /// All instances of the fleet.
    pub(crate) async fn fleet_instances(&self, fleet: &Fleet) -> Vec<ServiceInstanceSummary> {
        let mut instances = Vec::new();
        for service in &fleet.services {
            let pages =
                self.proton.list_service_instances().service_name(service).into_paginator().items().send();
            instances.extend(pages.try_collect().await.expect("instances listed"));
        }
        instances
    }

    /// How many instances of the fleet are at minor `minor`, all of them settled well.
    pub(crate) async fn fleet_at_minor(&self, fleet: &Fleet, minor: &str) -> usize {
        let instances = self.fleet_instances(fleet).await;
        for instance in &instances {
            assert_eq!(instance.deployment_status, DeploymentStatus::Succeeded, "{instance:?}");
        }
        instances.iter().filter(|instance| instance.template_minor_version == minor).count()
    }

    /// As [`super::wait::eventually`], with the patience that fleets need.
    pub(crate) async fn patiently<T>(
        &self,
        what: &str,
        mut probe: impl AsyncFnMut() -> Result<T, String>,
    ) -> T {
        let since = Instant::now();
        loop {
            match probe().await {
                Ok(found) => return found,
                Err(last) if since.elapsed() > LIMIT => panic!("{what}: not so in time; last seen: {last}"),
                Err(_) => sleep(Duration::from_millis(500)).await,
            }
        }
    }
}
