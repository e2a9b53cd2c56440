//! What deployments work on, as it is now.

use protium_domain::arn::Resource;
use protium_domain::deployable::Deployable;
use protium_domain::deployment::DeploymentTarget;
use protium_domain::time::Timestamp;

use crate::context::App;
use crate::error::Result;
use crate::ports::{Entity, Key};

struct Present {
    target: DeploymentTarget,
    created_at: Timestamp,
    deployable: Deployable,
}

/// The deployment attributes of a target as they are now; nothing when it is gone.
pub(crate) async fn deployable_find(app: &App, target: &DeploymentTarget) -> Result<Option<Deployable>> {
    Ok(present(app, target.resource()).await?.map(|present| present.deployable))
}

/// When what has the name of the target was made; nothing when there is none.
pub(super) async fn target_created_at(app: &App, target: &DeploymentTarget) -> Result<Option<Timestamp>> {
    Ok(present(app, target.resource()).await?.map(|present| present.created_at))
}

/// What an ARN names, as deployments name it; nothing when it is gone, or nothing that is deployed.
pub(super) async fn target_find(app: &App, resource: Resource) -> Result<Option<DeploymentTarget>> {
    Ok(present(app, resource).await?.map(|present| present.target))
}

async fn present(app: &App, resource: Resource) -> Result<Option<Present>> {
    let key = match resource {
        Resource::Environment { name } => Key::Environment(name),
        Resource::ServiceInstance { service, name } => Key::ServiceInstance(service, name),
        Resource::ServicePipeline { service } => Key::ServicePipeline(service),
        Resource::Component { name } => Key::Component(name),
        _ => return Ok(None),
    };
    Ok(match app.store.get(&key).await? {
        Some(Entity::Environment(record)) => Some(Present {
            target: record.target(),
            created_at: record.created_at,
            deployable: record.deployable,
        }),
        Some(Entity::ServiceInstance(record)) => Some(Present {
            target: record.target(),
            created_at: record.created_at,
            deployable: record.deployable,
        }),
        Some(Entity::ServicePipeline(record)) => Some(Present {
            target: record.target(),
            created_at: record.created_at,
            deployable: record.deployable,
        }),
        Some(Entity::Component(record)) => Some(Present {
            target: record.target(),
            created_at: record.created_at,
            deployable: record.deployable,
        }),
        _ => None,
    })
}
