//! The demonstration: the starter bundles published, an environment and a service made of them, as users would.
//!
//! Bundles go the way of an upload under `publish/`, everything else through the ordinary Proton client. What is there
//! already is left as it is, so a second run only looks.

#![expect(
    deprecated,
    reason = "AWS marked its whole Proton client when it closed the service; here Protium answers"
)]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use aws_sdk_proton::Client;
use aws_sdk_proton::types::{DeploymentStatus, ServiceStatus, TemplateVersionStatus};
use aws_sdk_s3::primitives::ByteStream;
use tokio::time::sleep;

use crate::archive::tar_gz;
use crate::cloud::told;
use crate::local::Local;
use crate::progress::{Reporter, Stage};
use crate::workspace::{Workspace, digest, directories_in};

/// The environment's name; the service's spec deploys into it.
pub const ENVIRONMENT: &str = "demo-containers";
/// The service's name.
pub const SERVICE: &str = "demo-web";
/// The starter bundles that both are made of.
const ENVIRONMENT_BUNDLE: &str = "containers";
const SERVICE_BUNDLE: &str = "fargate-web-service";
/// The major version of all starter bundles.
const MAJOR: &str = "1";

const PUBLISH_LIMIT: Duration = Duration::from_secs(120);
const DEPLOY_LIMIT: Duration = Duration::from_secs(600);
const PAUSE: Duration = Duration::from_millis(300);

/// What a bundle is a template of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Environment,
    Service,
}

impl Kind {
    /// The directory below `bundles/`.
    fn directory(self) -> &'static str {
        match self {
            Self::Environment => "environments",
            Self::Service => "services",
        }
    }

    /// The part of the upload's key.
    fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Service => "service",
        }
    }
}

/// A starter bundle.
struct Bundle {
    kind: Kind,
    name: String,
    directory: PathBuf,
}

impl Bundle {
    /// The spec that comes with it.
    fn spec(&self) -> Result<String> {
        let file = self.directory.join("spec/spec.yaml");
        fs::read_to_string(&file).with_context(|| format!("{} is missing", file.display()))
    }
}

/// Publishes the starter bundles and deploys the environment and the service.
///
/// # Errors
/// A bundle doesn't register, a deployment fails, or one takes too long; with the message that Protium gives.
pub async fn run(workspace: &Workspace, local: &Local, reporter: &Arc<dyn Reporter>) -> Result<()> {
    let client = local.cloud.proton(&local.outputs.proton_endpoint);
    let bundles = bundles(workspace);
    let stage = Stage::start(reporter, "Starter bundles");
    for bundle in &bundles {
        stage.advance(&bundle.name);
        publish(&client, local, bundle).await.with_context(|| format!("bundle {}", bundle.name))?;
    }
    stage.finish(&format!("{} published", bundles.len()));

    let stage = Stage::start(reporter, "Environment");
    environment_deploy(&client, local, find(&bundles, Kind::Environment, ENVIRONMENT_BUNDLE)?, &stage)
        .await?;
    stage.finish(ENVIRONMENT);

    let stage = Stage::start(reporter, "Service");
    service_deploy(&client, find(&bundles, Kind::Service, SERVICE_BUNDLE)?, &stage).await?;
    stage.finish(SERVICE);
    Ok(())
}

/// All starter bundles: environments first, since services name them as compatible.
fn bundles(workspace: &Workspace) -> Vec<Bundle> {
    [Kind::Environment, Kind::Service]
        .into_iter()
        .flat_map(|kind| {
            let directory = workspace.root.join("bundles").join(kind.directory());
            directories_in(&directory).into_iter().map(move |name| Bundle {
                kind,
                directory: directory.join(&name),
                name,
            })
        })
        .collect()
}

fn find<'a>(bundles: &'a [Bundle], kind: Kind, name: &str) -> Result<&'a Bundle> {
    let found = bundles.iter().find(|bundle| bundle.kind == kind && bundle.name == name);
    found.with_context(|| format!("bundles/{}/{name} is missing", kind.directory()))
}

/// Creates the template and uploads the bundle, unless this very bundle was uploaded before.
async fn publish(client: &Client, local: &Local, bundle: &Bundle) -> Result<()> {
    template_ensure(client, bundle).await?;
    let archive = tar_gz(&bundle.directory.join(format!("v{MAJOR}")))?;
    let (kind, name) = (bundle.kind.name(), &bundle.name);
    let key = format!("publish/{kind}/{name}/v{MAJOR}/{}.tar.gz", &digest(&[&archive])[..16]);
    let s3 = local.cloud.s3();
    let bucket = &local.outputs.bundle_bucket;
    let before = versions(client, bundle).await?;
    if s3.head_object().bucket(bucket).key(&key).send().await.is_ok() && !before.is_empty() {
        return Ok(());
    }
    let put = s3.put_object().bucket(bucket).key(&key).body(ByteStream::from(archive));
    put.send().await.map_err(told)?;
    let since = Instant::now();
    loop {
        for version in versions(client, bundle).await? {
            match version.status {
                _ if before.iter().any(|old| old.minor == version.minor) => {}
                TemplateVersionStatus::Published => return Ok(()),
                TemplateVersionStatus::RegistrationFailed => {
                    bail!("registration failed: {}", version.message)
                }
                _ => {}
            }
        }
        if since.elapsed() > PUBLISH_LIMIT {
            bail!(
                "no version was published after {} s: does the emulator's log tell why?",
                PUBLISH_LIMIT.as_secs()
            );
        }
        sleep(PAUSE).await;
    }
}

async fn template_ensure(client: &Client, bundle: &Bundle) -> Result<()> {
    let description = format!("Starter bundle {}", bundle.name);
    let conflict = match bundle.kind {
        Kind::Environment => {
            let request = client.create_environment_template().name(&bundle.name).description(description);
            match request.send().await {
                Ok(_) => return Ok(()),
                Err(error) => aws_sdk_proton::Error::from(error),
            }
        }
        Kind::Service => {
            let request = client
                .create_service_template()
                .name(&bundle.name)
                .description(description)
                .pipeline_provisioning(aws_sdk_proton::types::Provisioning::CustomerManaged);
            match request.send().await {
                Ok(_) => return Ok(()),
                Err(error) => aws_sdk_proton::Error::from(error),
            }
        }
    };
    match conflict {
        aws_sdk_proton::Error::ConflictException(_) => Ok(()),
        other => Err(told(other)),
    }
}

/// A minor version of a template's major 1.
struct Version {
    minor: String,
    status: TemplateVersionStatus,
    message: String,
}

async fn versions(client: &Client, bundle: &Bundle) -> Result<Vec<Version>> {
    let listed = match bundle.kind {
        Kind::Environment => client
            .list_environment_template_versions()
            .template_name(&bundle.name)
            .major_version(MAJOR)
            .send()
            .await
            .map(|listed| {
                let version = |found: aws_sdk_proton::types::EnvironmentTemplateVersionSummary| Version {
                    minor: found.minor_version,
                    status: found.status,
                    message: found.status_message.unwrap_or_default(),
                };
                listed.template_versions.into_iter().map(version).collect()
            })
            .map_err(aws_sdk_proton::Error::from),
        Kind::Service => client
            .list_service_template_versions()
            .template_name(&bundle.name)
            .major_version(MAJOR)
            .send()
            .await
            .map(|listed| {
                let version = |found: aws_sdk_proton::types::ServiceTemplateVersionSummary| Version {
                    minor: found.minor_version,
                    status: found.status,
                    message: found.status_message.unwrap_or_default(),
                };
                listed.template_versions.into_iter().map(version).collect()
            })
            .map_err(aws_sdk_proton::Error::from),
    };
    match listed {
        Ok(versions) => Ok(versions),
        // A major that has no version yet.
        Err(aws_sdk_proton::Error::ResourceNotFoundException(_)) => Ok(Vec::new()),
        Err(error) => Err(told(error)),
    }
}

async fn environment_deploy(client: &Client, local: &Local, bundle: &Bundle, stage: &Stage) -> Result<()> {
    let created = client
        .create_environment()
        .name(ENVIRONMENT)
        .template_name(&bundle.name)
        .template_major_version(MAJOR)
        .proton_service_role_arn(&local.outputs.provisioning_role_arn)
        .spec(bundle.spec()?)
        .send()
        .await
        .map_err(aws_sdk_proton::Error::from);
    unless_there(created)?;
    let since = Instant::now();
    loop {
        let got = client.get_environment().name(ENVIRONMENT).send().await.map_err(told)?;
        let environment = got.environment.context("GetEnvironment answers nothing")?;
        stage.advance(environment.deployment_status.as_str());
        match environment.deployment_status {
            DeploymentStatus::Succeeded => return Ok(()),
            DeploymentStatus::InProgress => {}
            _ => bail!(
                "environment {ENVIRONMENT} is {}: {}",
                environment.deployment_status.as_str(),
                environment.deployment_status_message.unwrap_or_default()
            ),
        }
        wait(since, "environment", ENVIRONMENT).await?;
    }
}

async fn service_deploy(client: &Client, bundle: &Bundle, stage: &Stage) -> Result<()> {
    let created = client
        .create_service()
        .name(SERVICE)
        .template_name(&bundle.name)
        .template_major_version(MAJOR)
        .spec(bundle.spec()?)
        .send()
        .await
        .map_err(aws_sdk_proton::Error::from);
    unless_there(created)?;
    let since = Instant::now();
    loop {
        let got = client.get_service().name(SERVICE).send().await.map_err(told)?;
        let service = got.service.context("GetService answers nothing")?;
        stage.advance(service.status.as_str());
        match service.status {
            ServiceStatus::Active => return Ok(()),
            ref status if status.as_str().ends_with("_IN_PROGRESS") => {}
            status => bail!(
                "service {SERVICE} is {}: {}",
                status.as_str(),
                service.status_message.unwrap_or_default()
            ),
        }
        wait(since, "service", SERVICE).await?;
    }
}

/// A conflict says that an earlier run created it.
fn unless_there<T>(created: Result<T, aws_sdk_proton::Error>) -> Result<()> {
    match created {
        Ok(_) | Err(aws_sdk_proton::Error::ConflictException(_)) => Ok(()),
        Err(error) => Err(told(error)),
    }
}

async fn wait(since: Instant, kind: &str, name: &str) -> Result<()> {
    if since.elapsed() > DEPLOY_LIMIT {
        bail!("{kind} {name} is still under way after {} s", DEPLOY_LIMIT.as_secs());
    }
    sleep(PAUSE).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundles_of_the_demonstration_are_there_and_fit_each_other() {
        let bundles = bundles(&Workspace::find().unwrap());
        find(&bundles, Kind::Environment, ENVIRONMENT_BUNDLE).unwrap().spec().unwrap();
        let service = find(&bundles, Kind::Service, SERVICE_BUNDLE).unwrap().spec().unwrap();
        assert!(service.contains(&format!("environment: {ENVIRONMENT}")), "{service}");
    }
}
