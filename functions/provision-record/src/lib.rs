//! Step of the `provision` machine: commits the outcome of a deployment.

use protium_app::provision::{RecordInput, record};
use protium_app::{App, Result};
use protium_domain::arn::{Location, Resource};
use protium_domain::identifier::Identifier;
use protium_domain::trace::TraceId;
use protium_runtime::About;
use serde::Deserialize;

/// The step's input.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The deployment, or the preview of one.
    pub deployment_id: Identifier,
    /// The trace of the request that it began with.
    #[serde(default)]
    pub trace: Option<TraceId>,
    /// What the last step decided, or its error.
    #[serde(flatten)]
    pub input: RecordInput,
}

impl Step {
    /// Whose work it is.
    #[must_use]
    pub fn about(&self, location: &Location) -> About {
        let deployment = Resource::Deployment { id: self.deployment_id.clone() };
        About { trace: self.trace, resource: Some(location.arn(&deployment)) }
    }
}

/// Closes the deployment.
///
/// # Errors
/// [`protium_app::Error`] when the commit does not go through; the machine repeats the step.
pub async fn handle(app: &App, step: Step) -> Result<()> {
    record(app, &step.deployment_id, step.input).await
}

#[cfg(test)]
mod tests {
    use protium_app::ports::{Key, StoreExt};
    use protium_domain::deployable::DeploymentStatus;
    use protium_domain::deployment::{Deployment, DeploymentKind};
    use protium_testkit::{TestApp, records};

    use super::*;

    fn sample(json: &str) -> Step {
        serde_json::from_str(json).expect("the sample is the step's input")
    }

    const OUTCOME: &str = include_str!("../../../events-samples/provision-record/outcome.json");
    const ERROR: &str = include_str!("../../../events-samples/provision-record/error.json");

    #[test]
    fn outcomes_and_errors_are_told_apart() {
        assert!(matches!(sample(OUTCOME).input, RecordInput { outcome: Some(_), error: None }));
        assert!(matches!(sample(ERROR).input, RecordInput { outcome: None, error: Some(_) }));
    }

    #[tokio::test]
    async fn the_error_of_a_step_fails_the_deployment() {
        let test = TestApp::new();
        let step = sample(ERROR);
        let id = step.deployment_id.clone();
        let environment = test.seed(records::environment_deploying("beta", "net", id.clone(), test.now()));
        let target = environment.target();
        test.seed(records::deployment_open(id.clone(), target, DeploymentKind::Deploy, "net", test.now()));
        handle(&test.app, step).await.expect("recorded");
        let found: Deployment = test.app.store.find(Key::Deployment(id)).await.expect("read").expect("there");
        assert_eq!(found.status(), DeploymentStatus::Failed);
        let message = found.status_message().unwrap_or_default();
        assert!(!message.contains("errorMessage"), "causes are for operators: {message}");
    }
}
