//! `AdoptResource`: a stack that AWS Proton, or another installation, left behind comes under management.
//!
//! The request is that of a creation, with a stack. Its plan is previewed on the stack; only when CloudFormation would
//! change nothing is it committed ([`super::plan::Plan::adopting`]). Parts of services are adopted one by one, instances
//! before their pipeline: the first one makes the service, and each joins the service's spec when its first deployment
//! ends, as that of CreateServiceInstance does. So nothing that fails cleans up stacks that others rely on.
//!
//! Adoptions that run side by side may spoil each other's plans: two instances of one service both mean to make it. So
//! the request is kept, and the one that comes second plans again on what the first one left, as long as the same text
//! comes out.

use std::time::Duration;

use protium_domain::arn::Resource;
use protium_domain::deployable::Stack;
use protium_domain::digest::RequestDigest;
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;
use protium_domain::provisioning::{STACK_NAME_PREFIX, stack_owner};
use protium_domain::token::ClientToken;
use serde::{Deserialize, Serialize};

use super::plan::{Part, Plan};
use super::{PreviewView, begin};
use crate::artifact::preview_text_key;
use crate::commit::Commit;
use crate::component::{ComponentCreate, component_create_plan};
use crate::context::App;
use crate::deployment::resource_deployable;
use crate::environment::{EnvironmentCreate, environment_create_plan};
use crate::error::{Error, Result};
use crate::fingerprint::sha256_hex;
use crate::ports::{Key, StackDescription, StoreExt, Write};
use crate::service::RepositoryMembers;
use crate::service_instance::{ServiceInstanceCreate, service_instance_adoption_plan};
use crate::service_pipeline::service_pipeline_adoption_plan;
use crate::target_version::VersionChoice;

/// What takes a stack over: the request that would create it.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    let plan = adopted.plan(app, stack_arn).await?;
    begin(app, plan, &Part::Only, Some(Adoption { stack, adopted })).await
}

/// What is adopted, and by what.
pub(super) struct Adoption<'a> {
    pub(super) stack: Stack,
    pub(super) adopted: &'a Adopted,
}

impl Adopted {
    /// What the adoption of a stack commits, as everything is now.
    pub(crate) async fn plan(&self, app: &App, stack_arn: &str) -> Result<Plan> {
        let mut commit = match self {
            Self::Environment(input) => environment_create_plan(app, input).await?,
            Self::ServiceInstance(input) => service_instance_adoption_plan(app, input).await?,
            Self::ServicePipeline(input) => service_pipeline_adoption_plan(app, input).await?,
            Self::Component(input) => component_create_plan(app, input).await?,
        };
        let target = Plan::new(commit.clone()).deployment_of(&Part::Only)?.target;
        claim(app, &mut commit, stack_arn, &target.resource()).await?;
        Ok(Plan::new(commit))
    }

    pub(super) async fn save(&self, app: &App, preview: &Identifier) -> Result<()> {
        let json = serde_json::to_vec(self).map_err(|error| Error::Internal(Box::new(error)))?;
        Ok(app.artifacts.put(&key(preview), json).await?)
    }

    /// What an adoption was asked for with; nothing for one that an older release began.
    pub(crate) async fn load(app: &App, preview: &Identifier) -> Result<Option<Self>> {
        let Some(bytes) = app.artifacts.get(&key(preview)).await? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| Error::Internal(Box::new(error)))
    }
}

fn key(preview: &Identifier) -> String {
    preview_text_key(preview, "adopted.json")
}

/// The stack that an ARN names.
fn stack(app: &App, arn: &str) -> Result<Stack> {
    let location = app.location();
    let prefix =
        format!("arn:{}:cloudformation:{}:{}:stack/", location.partition, location.region, location.account);
    let name = arn.strip_prefix(&prefix).and_then(|rest| rest.split('/').next());
    match name.filter(|name| name.starts_with(STACK_NAME_PREFIX)) {
        Some(name) => Ok(Stack { arn: Some(arn.to_owned()), ..Stack::named(name.to_owned()) }),
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
    if owns(app, &found.resource, stack_arn).await? {
        return Err(Error::Conflict(format!("stackArn: {}", owned(app, &found.resource))));
    }
    // Whoever else takes it over from the former owner writes a later claim, which this condition notices.
    commit.write(Write::Claim(token, found.expires_at));
    Ok(())
}

/// The resource of this installation that has the stack, told by the tags that every stack bears which Protium made.
pub(crate) async fn owner_by_tags(app: &App, found: &StackDescription) -> Result<Option<Resource>> {
    let Some(resource) = stack_owner(app.location(), &found.tags) else { return Ok(None) };
    Ok(owns(app, &resource, &found.arn).await?.then_some(resource))
}

/// Says whose a stack is already.
pub(crate) fn owned(app: &App, owner: &Resource) -> String {
    format!(
        "the stack belongs to {} already, and a stack has one owner; ForceDelete with retain STACK makes it give the stack up",
        app.location().arn(owner)
    )
}

async fn owns(app: &App, resource: &Resource, stack_arn: &str) -> Result<bool> {
    let deployable = resource_deployable(app, resource).await?;
    let stack = deployable.and_then(|deployable| deployable.stack);
    Ok(stack.is_some_and(|stack| match &stack.arn {
        Some(arn) => arn == stack_arn,
        // Asked for, and not seen since.
        None => stack_arn.split('/').nth(1) == Some(&stack.name),
    }))
}
