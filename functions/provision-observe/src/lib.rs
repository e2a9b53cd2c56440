//! Step of the `provision` machine: looks at a deployment's stack.

use protium_app::provision::{Task, observe};
use protium_app::{App, Result};
use protium_domain::arn::{Location, Resource};
use protium_domain::identifier::Identifier;
use protium_domain::trace::TraceId;
use protium_runtime::About;
use serde::Deserialize;

/// The step's input.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The deployment, or the preview of one.
    pub deployment_id: Identifier,
    /// The trace of the request that it began with.
    #[serde(default)]
    pub trace: Option<TraceId>,
    /// Ends the step's task; whoever holds it may.
    pub task_token: String,
    /// How long the execution has just paused because the attempt before was throttled.
    #[serde(default)]
    pub paused_seconds: u32,
}

impl Step {
    /// Whose work it is.
    #[must_use]
    pub fn about(&self, location: &Location) -> About {
        let deployment = Resource::Deployment { id: self.deployment_id.clone() };
        About { trace: self.trace, resource: Some(location.arn(&deployment)) }
    }
}

/// Looks at the stack. The task ends when its token is answered: by this step when the stack has come to rest, else
/// by its next event.
///
/// # Errors
/// [`protium_app::Error`] when a service below fails; the machine repeats the step with a new token.
pub async fn handle(app: &App, step: Step) -> Result<()> {
    let task = Task { token: &step.task_token, paused_seconds: step.paused_seconds };
    observe(app, &step.deployment_id, task).await
}

#[cfg(test)]
mod tests {
    use protium_domain::deployable::DeploymentOutcome;
    use protium_domain::deployment::{DeploymentKind, DeploymentTarget};
    use protium_testkit::{TestApp, records};
    use serde_json::json;

    use super::*;

    fn sample() -> Step {
        let json = include_str!("../../../events-samples/provision-observe/step.json");
        serde_json::from_str(json).expect("the sample is the step's input")
    }

    /// A step that comes late must not let its task wait for nothing.
    #[tokio::test]
    async fn a_deployment_that_is_over_ends_the_wait() {
        let test = TestApp::new();
        let target = DeploymentTarget::Environment { name: records::name("beta") };
        let id = sample().deployment_id;
        let mut closed = records::deployment_open(id, target, DeploymentKind::Deploy, "net", test.now());
        closed.finish(DeploymentOutcome::Failed, None, test.now()).expect("open until now");
        test.seed(closed);
        handle(&test.app, sample()).await.expect("nothing to look at");
        assert_eq!(test.task_tokens.resumed(), [(sample().task_token, json!({"outcome": "SUCCEEDED"}))]);
    }

    #[tokio::test]
    async fn an_unknown_deployment_is_an_error() {
        assert!(handle(&TestApp::new().app, sample()).await.is_err());
    }
}
