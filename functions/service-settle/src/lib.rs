//! Step of the `service` machine: decides, by what the table says, what follows a round of deployments.

use protium_app::service_settle::{Settlement, settle};
use protium_app::{App, Result};
use protium_domain::arn::{Location, Resource};
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;
use protium_domain::trace::TraceId;
use protium_runtime::About;
use serde::Deserialize;

/// The step's input. The machine also says which round it is; that is for people who read its history.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The service.
    pub service_name: ResourceName,
    /// The operation.
    pub operation_id: Identifier,
    /// The trace of the request that it began with.
    #[serde(default)]
    pub trace: Option<TraceId>,
}

impl Step {
    /// Whose work it is.
    #[must_use]
    pub fn about(&self, location: &Location) -> About {
        let service = Resource::Service { name: self.service_name.clone() };
        About { trace: self.trace, resource: Some(location.arn(&service)) }
    }
}

/// Settles the operation, or says what has to come first.
///
/// # Errors
/// [`protium_app::Error`] when a service below fails; the machine repeats the step.
pub async fn handle(app: &App, step: Step) -> Result<Settlement> {
    settle(app, &step.service_name, &step.operation_id).await
}

#[cfg(test)]
mod tests {
    use protium_domain::deployment::DeploymentKind;
    use protium_testkit::{TestApp, records};
    use serde_json::json;

    use super::*;

    const DEPLOY: &str = include_str!("../../../events-samples/service-settle/deploy.json");
    const CLEANUP: &str = include_str!("../../../events-samples/service-settle/cleanup.json");

    fn sample(json: &str) -> Step {
        serde_json::from_str(json).expect("the sample is the step's input")
    }

    /// What the machine's choice reads.
    #[tokio::test]
    async fn an_operation_that_is_over_is_done() {
        for json in [DEPLOY, CLEANUP] {
            let settlement = handle(&TestApp::new().app, sample(json)).await.expect("over");
            assert_eq!(
                json!(settlement),
                json!({"done": true, "wait": false, "phase": null, "deployments": []})
            );
        }
    }

    #[tokio::test]
    async fn a_deployment_that_still_runs_is_waited_for() {
        let test = TestApp::new();
        let step = sample(DEPLOY);
        let id = test.id();
        let instance = records::instance_deploying("shop", "beta", "net", "web", id.clone(), test.now());
        let mut deployment = records::deployment_open(
            id.clone(),
            instance.target(),
            DeploymentKind::Deploy,
            "web",
            test.now(),
        );
        deployment.service_operation_id = Some(step.operation_id.clone());
        test.seed(deployment);
        test.seed(instance);
        let ids = vec![id.clone()];
        test.seed(records::service_creating("shop", "web", step.operation_id.clone(), ids, test.now()));
        let settlement = handle(&test.app, step).await.expect("decided");
        assert!(settlement.wait && !settlement.done, "{settlement:?}");
        assert_eq!(settlement.deployments[0].deployment_id, id);
    }
}
