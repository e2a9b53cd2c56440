//! The requests that can be previewed.

use protium_domain::name::ResourceName;

use super::plan::Part;
use crate::commit::Commit;
use crate::component::{ComponentCreate, ComponentUpdate, component_create_plan, component_update_plan};
use crate::context::App;
use crate::environment::{
    EnvironmentCreate, EnvironmentUpdate, environment_create_plan, environment_update_plan,
};
use crate::error::Result;
use crate::service::{ServiceCreate, service_create_plan};
use crate::service_instance::{
    ServiceInstanceCreate, ServiceInstanceUpdate, service_instance_create_plan, service_instance_update_plan,
};
use crate::service_pipeline::{ServicePipelineUpdate, service_pipeline_update_plan};

/// A request that deploys something, as it would be made.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each variant is the request of its name")]
pub enum PreviewRequest {
    EnvironmentCreate(EnvironmentCreate),
    EnvironmentUpdate(EnvironmentUpdate),
    /// Of a service's parts one is previewed: the instance of this name, or without a name the pipeline. Instances that
    /// don't exist have no outputs yet.
    ServiceCreate(ServiceCreate, Option<ResourceName>),
    ServiceInstanceCreate(ServiceInstanceCreate),
    ServiceInstanceUpdate(ServiceInstanceUpdate),
    ServicePipelineUpdate(ServicePipelineUpdate),
    ComponentCreate(ComponentCreate),
    ComponentUpdate(ComponentUpdate),
}

impl PreviewRequest {
    /// What the request would commit, and which of its deployments is meant.
    pub(super) async fn plan(&self, app: &App) -> Result<(Commit, Part)> {
        let commit = match self {
            Self::EnvironmentCreate(input) => environment_create_plan(app, input).await?,
            Self::EnvironmentUpdate(input) => environment_update_plan(app, input).await?,
            Self::ServiceCreate(input, instance) => {
                let part = instance.clone().map_or(Part::Pipeline, Part::Instance);
                return Ok((service_create_plan(app, input).await?, part));
            }
            Self::ServiceInstanceCreate(input) => service_instance_create_plan(app, input).await?,
            Self::ServiceInstanceUpdate(input) => service_instance_update_plan(app, input).await?,
            Self::ServicePipelineUpdate(input) => service_pipeline_update_plan(app, input).await?,
            Self::ComponentCreate(input) => component_create_plan(app, input).await?,
            Self::ComponentUpdate(input) => component_update_plan(app, input).await?,
        };
        Ok((commit, Part::Only))
    }
}
