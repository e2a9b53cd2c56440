//! Names and inputs of executions: the contract between use cases and `statemachines/`.

use protium_domain::deployment::{Deployment, DeploymentTarget};
use protium_domain::fleet::FleetUpdate;
use protium_domain::identifier::Identifier;
use protium_domain::intent::{Partition, Workflow, WorkflowStart};
use protium_domain::name::ResourceName;
use protium_domain::service::ServiceOperation;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::TemplateVersion;
use protium_domain::trace::TraceId;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::context::App;
use crate::fingerprint::sha256_hex;
use crate::ports::{Key, PortError, Record};
use crate::service_settle::DeploymentRun;

/// The longest name that Step Functions takes.
const LONGEST_NAME: usize = 80;

/// The input of the `publish` state machine and of its step `validate-bundle`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishInput {
    /// Environment or service template.
    pub kind: TemplateKind,
    /// The template.
    pub template_name: ResourceName,
    /// The major version.
    pub major_version: String,
    /// The minor version.
    pub minor_version: String,
    /// The trace of the request that it began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceId>,
}

/// Starts the registration of `version`.
#[must_use]
pub fn publish_start(version: &TemplateVersion) -> WorkflowStart {
    let input = PublishInput {
        kind: version.kind,
        template_name: version.template.clone(),
        major_version: version.version.major.to_string(),
        minor_version: version.version.minor.to_string(),
        trace: None,
    };
    let attempt = version.watch.map_or(1, |watch| watch.attempt);
    WorkflowStart { workflow: Workflow::Publish, name: publish_name(version, attempt), input: json!(input) }
}

/// The name of a registration's execution. Names stay taken for 90 days, and a template may be deleted and made again
/// within them, so the moment of the version's creation is part of it. Read from the right a name has one meaning
/// only; a long one is cut, and told from its likes by a hash.
#[must_use]
pub fn publish_name(version: &TemplateVersion, attempt: u32) -> String {
    const HASH: usize = 16;
    let created_at = version.created_at.as_millis();
    let tail = format!("-{}-{}-{created_at}-{attempt}", version.version.major, version.version.minor);
    let head = format!("{}-{}", version.kind.as_str().to_lowercase(), version.template);
    if head.len() + tail.len() <= LONGEST_NAME {
        return head + &tail;
    }
    let hash = &sha256_hex(head.as_bytes())[..HASH];
    let room = LONGEST_NAME.saturating_sub(tail.len() + 1 + HASH);
    let head: String = head.chars().take(room).collect();
    format!("{head}-{hash}{tail}")
}

/// Starts the work on `deployment`.
#[must_use]
pub fn provision_start(deployment: &Deployment) -> WorkflowStart {
    WorkflowStart {
        workflow: Workflow::Provision,
        name: deployment.execution_name(),
        input: json!({"deploymentId": deployment.id}),
    }
}

/// Starts the work on an operation of a service. Where instances are still to begin, it begins with them.
#[must_use]
pub fn service_start(
    service: &ResourceName,
    operation: &ServiceOperation,
    deployments: &[DeploymentRun],
) -> WorkflowStart {
    let deployments = if operation.pending.is_empty() { deployments } else { &[] };
    WorkflowStart {
        workflow: Workflow::Service,
        name: operation.execution_name(),
        input: json!({"serviceName": service, "operationId": operation.id, "deployments": deployments}),
    }
}

/// The input of the `fleet` state machine. Its step Advance takes it, too, together with what the execution knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FleetInput {
    /// The fleet update.
    pub fleet_update_id: Identifier,
    /// Which run the execution is.
    pub run: u32,
    /// The trace of the request that the fleet update began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceId>,
}

/// Starts the newest run of a fleet update.
#[must_use]
pub fn fleet_start(update: &FleetUpdate) -> WorkflowStart {
    let input = FleetInput { fleet_update_id: update.id.clone(), run: update.run(), trace: update.trace };
    WorkflowStart { workflow: Workflow::Fleet, name: update.execution_name(), input: json!(input) }
}

/// The deployments that an operation waits for, as their current attempts.
///
/// # Errors
/// [`PortError`] when the store fails.
pub async fn deployment_runs(
    app: &App,
    operation: &ServiceOperation,
) -> Result<Vec<DeploymentRun>, PortError> {
    let keys: Vec<Key> = operation.deployment_ids.iter().cloned().map(Key::Deployment).collect();
    let found = app.store.get_many(&keys).await?;
    let deployments = found.into_iter().flatten().filter_map(Deployment::from_entity);
    Ok(deployments.filter(Deployment::is_open).map(|deployment| DeploymentRun::of(&deployment)).collect())
}

/// Where the events of a deployment's target belong.
#[must_use]
pub fn partition_of(target: &DeploymentTarget) -> Partition {
    match target {
        DeploymentTarget::Environment { name } => Partition::Environment(name.clone()),
        DeploymentTarget::ServiceInstance { service, .. } | DeploymentTarget::ServicePipeline { service } => {
            Partition::Service(service.clone())
        }
        DeploymentTarget::Component { name, .. } => Partition::Component(name.clone()),
    }
}
