//! The ordinary update of a target, planned but not submitted.

use protium_domain::deployment::DeploymentState;
use protium_domain::environment::EnvironmentRoles;
use protium_domain::version::VersionNumber;

use super::candidates::Found;
use crate::artifact::document_load;
use crate::commit::Commit;
use crate::context::App;
use crate::environment::{EnvironmentUpdate, environment_update_plan};
use crate::error::Result;
use crate::service_instance::{ServiceInstanceUpdate, service_instance_update_plan};
use crate::service_pipeline::{ServicePipelineUpdate, service_pipeline_update_plan};
use crate::target_version::{DeploymentType, VersionChoice};

/// Where a target goes.
pub(super) enum Way {
    /// To this version, with the spec that it has.
    To(VersionNumber),
    /// Back to what it was made of.
    Back(DeploymentState),
}

/// What the update would commit.
///
/// # Errors
/// Those of the request that updates such a resource.
pub(super) async fn update_plan(app: &App, found: &Found, way: Way) -> Result<Commit> {
    let now = found.state();
    let (deployment_type, version, spec) = match way {
        Way::To(version) if version.major == now.version.major => {
            (DeploymentType::MinorVersion, version, None)
        }
        Way::To(version) => (DeploymentType::MajorVersion, version, None),
        Way::Back(state) => (DeploymentType::RollBack, state.version, Some(state.spec)),
    };
    let spec = match spec {
        Some(spec) => Some(document_load(&*app.artifacts, &spec).await?),
        None => None,
    };
    let version = VersionChoice { major: Some(version.major), minor: Some(version.minor) };
    match found {
        Found::Environment(environment) => {
            let input = EnvironmentUpdate {
                name: environment.name.clone(),
                description: None,
                deployment_type,
                version,
                spec,
                roles: EnvironmentRoles::default(),
                connection_id: None,
                has_repository: false,
            };
            environment_update_plan(app, &input).await
        }
        Found::Instance(instance, ..) => {
            let input = ServiceInstanceUpdate {
                service: instance.service.clone(),
                name: instance.name.clone(),
                deployment_type,
                version,
                spec,
                client_token: None,
            };
            service_instance_update_plan(app, &input).await
        }
        Found::Pipeline(pipeline, _) => {
            let spec = match spec {
                Some(spec) => spec,
                None => document_load(&*app.artifacts, &pipeline.spec).await?,
            };
            let service = pipeline.service.clone();
            let input = ServicePipelineUpdate { service, deployment_type, version, spec };
            service_pipeline_update_plan(app, &input).await
        }
    }
}
