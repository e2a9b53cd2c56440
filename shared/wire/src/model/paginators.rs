//! The lists that clients page through.

use crate::operations::Operation;
use serde_json::{Value, json};

/// How clients page through a list; tokens are `nextToken` on both sides.
#[derive(Debug)]
pub struct Paginator {
    /// The list.
    pub operation: Operation,
    /// Member of the answer that holds the entries.
    pub result: &'static str,
    /// Whether the request says with `maxResults` how long a page is. Lists without answer in one piece.
    pub limited: bool,
}

impl Paginator {
    const fn limited(operation: Operation, result: &'static str) -> Self {
        Self { operation, result, limited: true }
    }

    const fn whole(operation: Operation, result: &'static str) -> Self {
        Self { operation, result, limited: false }
    }

    /// Its entry in `paginators-1.json`.
    pub(super) fn model(&self) -> Value {
        let mut model = json!({"input_token": "nextToken", "output_token": "nextToken"});
        if self.limited {
            model["limit_key"] = json!("maxResults");
        }
        model["result_key"] = json!(self.result);
        model
    }
}

/// Every list.
pub const PAGINATORS: &[Paginator] = &[
    Paginator::whole(Operation::ListComponentOutputs, "outputs"),
    Paginator::whole(Operation::ListComponentProvisionedResources, "provisionedResources"),
    Paginator::limited(Operation::ListComponents, "components"),
    Paginator::limited(Operation::ListDeployments, "deployments"),
    Paginator::limited(Operation::ListEnvironmentAccountConnections, "environmentAccountConnections"),
    Paginator::whole(Operation::ListEnvironmentOutputs, "outputs"),
    Paginator::whole(Operation::ListEnvironmentProvisionedResources, "provisionedResources"),
    Paginator::limited(Operation::ListEnvironmentTemplateVersions, "templateVersions"),
    Paginator::limited(Operation::ListEnvironmentTemplates, "templates"),
    Paginator::limited(Operation::ListEnvironments, "environments"),
    Paginator::limited(Operation::ListRepositories, "repositories"),
    Paginator::whole(Operation::ListRepositorySyncDefinitions, "syncDefinitions"),
    Paginator::whole(Operation::ListServiceInstanceOutputs, "outputs"),
    Paginator::whole(Operation::ListServiceInstanceProvisionedResources, "provisionedResources"),
    Paginator::limited(Operation::ListServiceInstances, "serviceInstances"),
    Paginator::whole(Operation::ListServicePipelineOutputs, "outputs"),
    Paginator::whole(Operation::ListServicePipelineProvisionedResources, "provisionedResources"),
    Paginator::limited(Operation::ListServiceTemplateVersions, "templateVersions"),
    Paginator::limited(Operation::ListServiceTemplates, "templates"),
    Paginator::limited(Operation::ListServices, "services"),
    Paginator::limited(Operation::ListTagsForResource, "tags"),
    // Protium's own.
    Paginator::limited(Operation::ListFleetUpdateTargets, "targets"),
    Paginator::limited(Operation::ListFleetUpdates, "fleetUpdates"),
];
