//! Reports on deployments from outside (behaviour 7.7).

use std::collections::BTreeMap;

use protium_app::App;
use protium_app::deployment::{DeploymentNotice, ReportedStatus, deployment_notify};
use protium_domain::identifier::Identifier;
use protium_wire::common::Output;
use protium_wire::notify as wire;
use protium_wire::notify::ResourceDeploymentStatus;

use crate::error::{Answer, Failure};
use crate::http::Caller;

/// NotifyResourceDeploymentStatusChange.
pub(crate) async fn notify(
    app: &App,
    caller: &Caller<'_>,
    input: wire::NotifyResourceDeploymentStatusChangeInput,
) -> Answer<wire::NotifyResourceDeploymentStatusChangeOutput> {
    let notice = DeploymentNotice {
        resource_arn: input.resource_arn,
        deployment_id: input.deployment_id.map(Identifier::new).transpose()?,
        status: input.status.map(|status| match status {
            ResourceDeploymentStatus::InProgress => ReportedStatus::InProgress,
            ResourceDeploymentStatus::Succeeded => ReportedStatus::Succeeded,
            ResourceDeploymentStatus::Failed => ReportedStatus::Failed,
        }),
        outputs: input.outputs.map(outputs).transpose()?,
        message: input.status_message,
    };
    deployment_notify(app, caller.account, &notice).await?;
    Ok(wire::NotifyResourceDeploymentStatusChangeOutput {})
}

fn outputs(outputs: Vec<Output>) -> Answer<BTreeMap<String, String>> {
    let mut named = BTreeMap::new();
    for output in outputs {
        let (Some(key), Some(value)) = (output.key, output.value_string) else {
            return Err(Failure::validation("outputs: an output has a key and a valueString; give both"));
        };
        if named.insert(key.clone(), value).is_some() {
            return Err(Failure::validation(format!("outputs: the key '{key}' is given twice")));
        }
    }
    Ok(named)
}
