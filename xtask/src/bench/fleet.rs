//! A fleet of service instances on a local stack, and the script that people without fleet updates write.
//!
//! The script is the peer: as many workers as the fleet update has deployments at one time, each of which asks for an update
//! of one instance and looks until it has ended, before it takes the next one (`xargs -P`). It plans nothing, watches
//! nothing and takes nothing back, so what a fleet update needs beyond it is the price of doing so.
#![expect(
    deprecated,
    reason = "AWS marked its whole Proton client when it closed the service; here Protium answers"
)]

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use aws_sdk_proton::Client;
use aws_sdk_proton::types::{
    CompatibleEnvironmentTemplateInput, DeploymentStatus, DeploymentUpdateType, Provisioning, S3ObjectSource,
    ServiceStatus, TemplateVersionSourceInput, TemplateVersionStatus,
};
use aws_sdk_s3::primitives::ByteStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::archive::tar_gz_of;
use crate::bench::Samples;
use crate::cloud::told;
use crate::local::Local;
use crate::progress::Stage;

/// The service template that all instances follow.
pub const TEMPLATE: &str = "bench-service";
const ENVIRONMENT: &str = "bench";
const ENVIRONMENT_TEMPLATE: &str = "bench-environment";
/// Services that are made at one time.
const SERVICES_AT_ONCE: usize = 3;
/// Between two looks. The waiters of the AWS CLI look every five seconds.
const PAUSE: Duration = Duration::from_millis(500);
/// How long one resource may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(30 * 60);

const MANIFEST: &str = "infrastructure:
  templates:
    - {file: cloudformation.yaml, rendering_engine: jinja, template_language: cloudformation}
";
const ENVIRONMENT_STACK: &str = "Resources:
  Topic: {Type: 'AWS::SNS::Topic'}
";
/// MINOR is replaced, so that every version changes something.
const INSTANCE_STACK: &str = "Resources:
  Parameter:
    Type: AWS::SSM::Parameter
    Properties: {Name: '/{{ service.name }}/{{ service_instance.name }}', Type: String, Value: '1.MINOR'}
";

/// An instance: its service's name and its own.
pub type Instance = (String, String);

/// A fleet that was made.
#[derive(Debug, Clone)]
pub struct Fleet {
    local: Local,
    client: Client,
    /// All of them.
    pub instances: Vec<Instance>,
}

impl Fleet {
    /// Makes `services` with `each` instances on an empty local stack, all at version 1.0.
    ///
    /// # Errors
    /// What Protium refuses; a resource that fails or takes longer than half an hour.
    pub async fn make(local: &Local, services: u16, each: u16, stage: &Stage) -> Result<Self> {
        let client = local.cloud.proton(&local.outputs.proton_endpoint);
        let mut fleet = Self { local: local.clone(), client, instances: Vec::new() };
        stage.advance("environment");
        fleet.environment_make().await?;
        let create = fleet.client.create_service_template().name(TEMPLATE);
        create.pipeline_provisioning(Provisioning::CustomerManaged).send().await.map_err(told)?;
        fleet.publish(0).await?;

        let names: Vec<String> = (0..services).map(|number| format!("service{number}")).collect();
        let waiting = Arc::new(Mutex::new(names.clone()));
        let mut running = JoinSet::new();
        for _ in 0..SERVICES_AT_ONCE {
            let (client, waiting) = (fleet.client.clone(), waiting.clone());
            running.spawn(async move {
                while let Some(name) = next(&waiting) {
                    service_make(&client, &name, each).await?;
                }
                Ok::<_, anyhow::Error>(())
            });
        }
        while let Some(ended) = running.join_next().await {
            ended??;
        }
        let instances = |name: String| (0..each).map(move |number| (name.clone(), format!("i{number}")));
        fleet.instances = names.into_iter().flat_map(instances).collect();
        Ok(fleet)
    }

    async fn environment_make(&self) -> Result<()> {
        let client = &self.client;
        client.create_environment_template().name(ENVIRONMENT_TEMPLATE).send().await.map_err(told)?;
        let source = self.source("environment", ENVIRONMENT_STACK).await?;
        let create = client.create_environment_template_version().template_name(ENVIRONMENT_TEMPLATE);
        create.source(source).send().await.map_err(told)?;
        until("the environment template's version", async || {
            let get = client.get_environment_template_version().template_name(ENVIRONMENT_TEMPLATE);
            let got = get.major_version("1").minor_version("0").send().await.map_err(told)?;
            let version = got.environment_template_version.context("no version in the answer")?;
            is_registered(&version.status, version.status_message)
        })
        .await?;
        let update = client.update_environment_template_version().template_name(ENVIRONMENT_TEMPLATE);
        let update = update.major_version("1").minor_version("0").status(TemplateVersionStatus::Published);
        update.send().await.map_err(told)?;
        let create = client.create_environment().name(ENVIRONMENT).template_name(ENVIRONMENT_TEMPLATE);
        let create = create.template_major_version("1").spec("proton: EnvironmentSpec\nspec: {}\n");
        let role = &self.local.outputs.provisioning_role_arn;
        create.proton_service_role_arn(role).send().await.map_err(told)?;
        until("the environment", async || {
            let got = client.get_environment().name(ENVIRONMENT).send().await.map_err(told)?;
            let environment = got.environment.context("no environment in the answer")?;
            is_deployed(&environment.deployment_status, environment.deployment_status_message)
        })
        .await
    }

    /// Publishes version 1.`minor`, which differs from all others.
    ///
    /// # Errors
    /// What Protium refuses; a bundle that doesn't register.
    pub async fn publish(&self, minor: u16) -> Result<()> {
        let (client, number) = (&self.client, minor.to_string());
        let source = self.source("service", &INSTANCE_STACK.replace("MINOR", &number)).await?;
        let compatible = CompatibleEnvironmentTemplateInput::builder().template_name(ENVIRONMENT_TEMPLATE);
        let create = client.create_service_template_version().template_name(TEMPLATE).source(source);
        let create = create.compatible_environment_templates(compatible.major_version("1").build()?);
        let major = (minor > 0).then(|| "1".to_owned());
        create.set_major_version(major).send().await.map_err(told)?;
        until("the service template's version", async || {
            let get = client.get_service_template_version().template_name(TEMPLATE);
            let got = get.major_version("1").minor_version(&number).send().await.map_err(told)?;
            let version = got.service_template_version.context("no version in the answer")?;
            is_registered(&version.status, version.status_message)
        })
        .await?;
        let update = client.update_service_template_version().template_name(TEMPLATE).major_version("1");
        let update = update.minor_version(&number).status(TemplateVersionStatus::Published);
        update.send().await.map(drop).map_err(told)
    }

    /// Uploads a bundle of a kind.
    async fn source(&self, kind: &str, stack: &str) -> Result<TemplateVersionSourceInput> {
        let part = if kind == "service" { "instance_infrastructure" } else { "infrastructure" };
        let schema = format!(
            "schema:\n  format: {{openapi: '3.0.0'}}\n  {kind}_input_type: Input\n  types:\n    Input: {{type: object}}\n"
        );
        let archive = tar_gz_of([
            ("schema/schema.yaml".to_owned(), schema.as_str()),
            (format!("{part}/manifest.yaml"), MANIFEST),
            (format!("{part}/cloudformation.yaml"), stack),
        ])?;
        let key = format!("bundles/{}.tar.gz", crate::workspace::digest(&[&archive]));
        let bucket = &self.local.outputs.bundle_bucket;
        let put = self.local.cloud.s3().put_object().bucket(bucket).key(&key);
        put.body(ByteStream::from(archive)).send().await.map_err(told)?;
        Ok(TemplateVersionSourceInput::S3(S3ObjectSource::builder().bucket(bucket).key(key).build()?))
    }

    /// Brings some of the instances to version 1.`minor` as a script does; how long that took.
    ///
    /// # Errors
    /// What Protium refuses; a deployment that fails.
    pub async fn script(&self, instances: &[Instance], minor: u16, workers: u16) -> Result<Duration> {
        let waiting = Arc::new(Mutex::new(instances.to_vec()));
        let (mut running, since) = (JoinSet::new(), Instant::now());
        for _ in 0..workers {
            let (client, waiting) = (self.client.clone(), waiting.clone());
            running.spawn(async move {
                while let Some(instance) = next(&waiting) {
                    instance_update(&client, &instance, minor).await?;
                }
                Ok::<_, anyhow::Error>(())
            });
        }
        while let Some(ended) = running.join_next().await {
            ended??;
        }
        Ok(since.elapsed())
    }

    /// Every deployment that there was of an instance, by its id: from its creation to its end.
    ///
    /// # Errors
    /// What Protium refuses; a deployment that failed.
    pub async fn deployments(&self) -> Result<Vec<(String, Duration)>> {
        let mut pages = self.client.list_deployments().max_results(100).into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(deployment) = pages.next().await {
            let deployment = deployment.map_err(told)?;
            if !deployment.target_arn.contains(":service/") {
                continue;
            }
            if deployment.deployment_status != DeploymentStatus::Succeeded {
                bail!("deployment {} is {}", deployment.id, deployment.deployment_status.as_str());
            }
            let ended = deployment.completed_at.context("a deployment that ended without a time")?;
            let seconds = (ended.as_secs_f64() - deployment.created_at.as_secs_f64()).max(0.0);
            found.push((deployment.id, Duration::from_secs_f64(seconds)));
        }
        Ok(found)
    }

    /// How long the deployments took that weren't there before.
    ///
    /// # Errors
    /// As [`Self::deployments`].
    pub async fn deployments_since(&self, before: &[(String, Duration)]) -> Result<Samples> {
        let known: HashSet<&str> = before.iter().map(|(id, _)| id.as_str()).collect();
        let all = self.deployments().await?;
        let new = all.into_iter().filter(|(id, _)| !known.contains(id.as_str()));
        Ok(Samples::new(new.map(|(_, duration)| duration).collect()))
    }
}

fn next<T>(waiting: &Mutex<Vec<T>>) -> Option<T> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

async fn service_make(client: &Client, name: &str, each: u16) -> Result<()> {
    let mut spec = "proton: ServiceSpec\ninstances:\n".to_owned();
    for number in 0..each {
        spec += &format!("  - {{name: i{number}, environment: {ENVIRONMENT}, spec: {{}}}}\n");
    }
    let create = client.create_service().name(name).template_name(TEMPLATE).template_major_version("1");
    create.spec(spec).send().await.map_err(told).with_context(|| format!("CreateService of {name}"))?;
    let since = Instant::now();
    loop {
        let got = client.get_service().name(name).send().await;
        let got = got.map_err(told).with_context(|| format!("GetService of {name}"))?;
        let service = got.service.context("no service in the answer")?;
        match service.status {
            ServiceStatus::Active => return Ok(()),
            status if status.as_str().ends_with("_IN_PROGRESS") => pause(name, since).await?,
            status => {
                bail!("{name} is {}: {}", status.as_str(), service.status_message.unwrap_or_default())
            }
        }
    }
}

async fn instance_update(client: &Client, (service, name): &Instance, minor: u16) -> Result<()> {
    let update = client.update_service_instance().service_name(service).name(name);
    let update = update.deployment_type(DeploymentUpdateType::MinorVersion).template_major_version("1");
    update.template_minor_version(minor.to_string()).send().await.map_err(told)?;
    let since = Instant::now();
    loop {
        let get = client.get_service_instance().service_name(service).name(name);
        let got = get.send().await.map_err(told)?;
        let instance = got.service_instance.context("no instance in the answer")?;
        if is_deployed(&instance.deployment_status, instance.deployment_status_message)? {
            return Ok(());
        }
        pause(name, since).await?;
    }
}

fn is_deployed(status: &DeploymentStatus, message: Option<String>) -> Result<bool> {
    match status {
        DeploymentStatus::Succeeded => Ok(true),
        DeploymentStatus::InProgress => Ok(false),
        status => bail!("it is {}: {}", status.as_str(), message.unwrap_or_default()),
    }
}

fn is_registered(status: &TemplateVersionStatus, message: Option<String>) -> Result<bool> {
    match status {
        TemplateVersionStatus::RegistrationInProgress => Ok(false),
        TemplateVersionStatus::RegistrationFailed => bail!("{}", message.unwrap_or_default()),
        _ => Ok(true),
    }
}

/// Between two looks.
///
/// # Errors
/// When `what` takes too long.
async fn pause(what: &str, since: Instant) -> Result<()> {
    if since.elapsed() > LIMIT {
        bail!("{what} is still under way after {} s", LIMIT.as_secs());
    }
    sleep(PAUSE).await;
    Ok(())
}

/// Looks until it is so.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    let since = Instant::now();
    while !is_so().await.with_context(|| what.to_owned())? {
        pause(what, since).await?;
    }
    Ok(())
}
