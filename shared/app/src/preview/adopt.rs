//! `AdoptResource`: a stack that AWS Proton, or another installation, left behind comes under management.
//!
//! The request is that of a creation, with a stack. Its plan is previewed on the stack; only when CloudFormation would
//! change nothing is it committed ([`super::plan::Plan::adopting`]). Parts of services are adopted one by one, instances
//! before their pipeline: the first one makes the service, and each joins the service's spec when its first deployment
//! ends, as that of CreateServiceInstance does. So nothing that fails cleans up stacks that others rely on.

use std::time::Duration;

use protium_domain::arn::Resource;
use protium_domain::deployable::Stack;
use protium_domain::digest::RequestDigest;
use protium_domain::name::ResourceName;
use protium_domain::provisioning::STACK_NAME_PREFIX;
use protium_domain::token::ClientToken;

use super::plan::{Part, Plan};
use super::{PreviewView, begin};
use crate::commit::Commit;
use crate::component::{ComponentCreate, component_create_plan};
use crate::context::App;
use crate::deployment::resource_deployable;
use crate::environment::{EnvironmentCreate, environment_create_plan};
use crate::error::{Error, Result};
use crate::fingerprint::sha256_hex;
use crate::ports::{Key, StoreExt, Write};
use crate::service::RepositoryMembers;
use crate::service_instance::{ServiceInstanceCreate, service_instance_adoption_plan};
use crate::service_pipeline::service_pipeline_adoption_plan;
use crate::target_version::VersionChoice;

/// What takes a stack over: the request that would create it.
#[derive(Debug, Clone)]
pub enum Adopted {
    /// An environment.
    Environment(EnvironmentCreate),
    /// An instance of a service.
    ServiceInstance(AdoptedInstance),
    /// The pipeline of a service.
    ServicePipeline(AdoptedPipeline),
    /// A component.
    Component(ComponentCreate),
}

/// An instance that takes a stack over, with what its service is made from if there is none yet.
#[derive(Debug, Clone)]
pub struct AdoptedInstance {
    /// The instance.
    pub instance: ServiceInstanceCreate,
    /// The service template.
    pub template: ResourceName,
    /// Of the service, for people.
    pub service_description: Option<String>,
    /// Of the service: mandatory when its template has a pipeline.
    pub repository: RepositoryMembers,
}

/// A pipeline that takes a stack over. Its service must be there.
#[derive(Debug, Clone)]
pub struct AdoptedPipeline {
    /// The service.
    pub service: ResourceName,
    /// The version; absent parts are those of the service's instances, and the recommended minor.
    pub version: VersionChoice,
    /// A whole service spec, of which the section `pipeline` counts.
    pub spec: String,
}

/// Begins the adoption of a stack.
///
/// # Errors
/// [`Error::Validation`] for an ARN that isn't that of a stack named `AWSProton-…` in this account and region; whatever the
/// creation would be refused with; [`Error::Conflict`] when the stack was adopted by a resource that still has it.
pub async fn adoption_start(app: &App, stack_arn: &str, adopted: &Adopted) -> Result<PreviewView> {
    let stack = stack(app, stack_arn)?;
    let mut commit = match adopted {
        Adopted::Environment(input) => environment_create_plan(app, input).await?,
        Adopted::ServiceInstance(input) => service_instance_adoption_plan(app, input).await?,
        Adopted::ServicePipeline(input) => service_pipeline_adoption_plan(app, input).await?,
        Adopted::Component(input) => component_create_plan(app, input).await?,
    };
    let target = Plan::new(commit.clone()).deployment_of(&Part::Only)?.target;
    claim(app, &mut commit, stack_arn, &target.resource()).await?;
    begin(app, Plan::new(commit), &Part::Only, Some(stack)).await
}

/// The stack that an ARN names.
fn stack(app: &App, arn: &str) -> Result<Stack> {
    let location = app.location();
    let prefix =
        format!("arn:{}:cloudformation:{}:{}:stack/", location.partition, location.region, location.account);
    let name = arn.strip_prefix(&prefix).and_then(|rest| rest.split('/').next());
    match name.filter(|name| name.starts_with(STACK_NAME_PREFIX)) {
        Some(name) => Ok(Stack { name: name.to_owned(), arn: Some(arn.to_owned()), operation: None }),
        None => Err(Error::Validation(format!(
            "stackArn: only stacks of this account and region whose name begins with {STACK_NAME_PREFIX} can be adopted, as \
             those do that Proton made; give an ARN that begins with {prefix}{STACK_NAME_PREFIX}"
        ))),
    }
}

/// A stack has one owner. The claim outlives its owner, so it counts as long as that one still has the stack.
async fn claim(app: &App, commit: &mut Commit, stack_arn: &str, resource: &Resource) -> Result<()> {
    const OPERATION: &str = "AdoptResource:stack";
    const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
    let now = app.now();
    let token = ClientToken {
        operation: OPERATION.to_owned(),
        token: sha256_hex(stack_arn.as_bytes()),
        digest: RequestDigest(String::new()),
        resource: resource.clone(),
        expires_at: now.plus(FOREVER),
    };
    let found: Option<ClientToken> =
        app.store.find(Key::ClientToken(token.operation.clone(), token.token.clone())).await?;
    let Some(found) = found else {
        commit.write(Write::Claim(token, now));
        return Ok(());
    };
    let owner = resource_deployable(app, &found.resource).await?;
    let has_it =
        owner.and_then(|owner| owner.stack).is_some_and(|stack| stack.arn.as_deref() == Some(stack_arn));
    if has_it {
        return Err(Error::Conflict(format!(
            "stackArn: the stack belongs to {} already",
            app.location().arn(&found.resource)
        )));
    }
    commit.write(Write::Put(token.into()));
    Ok(())
}
