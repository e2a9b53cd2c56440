//! The companion stack of a local installation: the provisioning role and a queue that hears the bus.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::cloud::Cloud;
use crate::installation::output;
use crate::progress::Stage;
use crate::stack::{self, Deployment, Outputs, Template};

/// The stack's template.
pub const TEMPLATE: &str = include_str!("../companion.yaml");

/// What the companion gives.
#[derive(Debug, Clone)]
pub struct Companion {
    /// A role that trusts the installation.
    pub provisioning_role_arn: String,
    /// The queue with all events of the bus, for an hour.
    pub event_queue_url: String,
}

/// Deploys the companion of an installation, whose outputs are given.
///
/// # Errors
/// See [`stack::deploy`].
pub async fn deploy(
    cloud: &Cloud,
    installation: &str,
    outputs: &Outputs,
    stage: &Stage,
) -> Result<Companion> {
    let parameter =
        |name: &str, from: &str| Ok::<_, anyhow::Error>((name.to_owned(), output(outputs, from)?));
    let parameters = BTreeMap::from([
        parameter("ProvisioningPrincipalArn", "ProvisioningPrincipalArn")?,
        parameter("ExternalId", "ExternalId")?,
        parameter("EventBus", "EventBusName")?,
    ]);
    let name = format!("{installation}-companion");
    let deployment = Deployment { name: &name, template: Template::Body(TEMPLATE), parameters };
    let (_, outputs) =
        stack::deploy(&cloud.cloudformation(), &deployment, |status| stage.advance(status)).await?;
    Ok(Companion {
        provisioning_role_arn: output(&outputs, "ProvisioningRoleArn")?,
        event_queue_url: output(&outputs, "EventQueueUrl")?,
    })
}
