//! Step of the `provision` machine: renders the template of a deployment into the artifact bucket.

use protium_app::provision::{StepOutcome, render};
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
}

impl Step {
    /// Whose work it is.
    #[must_use]
    pub fn about(&self, location: &Location) -> About {
        let deployment = Resource::Deployment { id: self.deployment_id.clone() };
        About { trace: self.trace, resource: Some(location.arn(&deployment)) }
    }
}

/// Renders; `WAIT` when there is something to deploy or delete, else the outcome to record.
///
/// # Errors
/// [`protium_app::Error`] when a service below fails; the machine repeats the step.
pub async fn handle(app: &App, step: Step) -> Result<StepOutcome> {
    render(app, &step.deployment_id).await
}

#[cfg(test)]
mod tests {
    use protium_app::artifact::rendered_key;
    use protium_domain::deployment::{DeploymentKind, DeploymentTarget};
    use protium_testkit::{TestApp, records};
    use serde_json::json;

    use super::*;

    fn sample() -> Step {
        let json = include_str!("../../../events-samples/render/step.json");
        serde_json::from_str(json).expect("the sample is the step's input")
    }

    /// The machine's choice reads `outcome`.
    #[tokio::test]
    async fn a_deletion_has_nothing_to_render() {
        let test = TestApp::new();
        let target = DeploymentTarget::Environment { name: records::name("beta") };
        let id = sample().deployment_id;
        test.seed(records::deployment_open(id.clone(), target, DeploymentKind::Delete, "net", test.now()));
        let outcome = handle(&test.app, sample()).await.expect("nothing to do");
        assert_eq!(json!(outcome), json!({"outcome": "WAIT"}));
        assert_eq!(test.artifacts.text(&rendered_key(&id)), None);
    }

    #[tokio::test]
    async fn an_unknown_deployment_is_an_error() {
        assert!(handle(&TestApp::new().app, sample()).await.is_err());
    }
}
