//! Step of the `provision` machine: begins the work on a deployment's stack.

use protium_app::provision::{Task, start};
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

/// Begins the work. The task ends when its token is answered: by this step when there is nothing to wait for, else
/// by the stack's next event.
///
/// # Errors
/// [`protium_app::Error`] when a service below fails; the machine repeats the step with a new token.
pub async fn handle(app: &App, step: Step) -> Result<()> {
    let task = Task { token: &step.task_token, paused_seconds: step.paused_seconds };
    start(app, &step.deployment_id, task).await
}

#[cfg(test)]
mod tests {
    use protium_app::artifact::rendered_key;
    use protium_domain::deployment::DeploymentKind;
    use protium_domain::template::TemplateKind;
    use protium_testkit::{StackCallKind, TestApp, records};

    use super::*;

    fn sample() -> Step {
        let json = include_str!("../../../events-samples/provision-start/step.json");
        serde_json::from_str(json).expect("the sample is the step's input")
    }

    #[tokio::test]
    async fn a_first_deployment_creates_a_stack_once() {
        let test = TestApp::new();
        let id = sample().deployment_id;
        test.template_published(TemplateKind::Environment, "net");
        let environment = test.seed(records::environment_deploying("beta", "net", id.clone(), test.now()));
        let target = environment.target();
        test.seed(records::deployment_open(id.clone(), target, DeploymentKind::Deploy, "net", test.now()));
        test.artifacts.seed(rendered_key(&id), "Resources: {}");
        for _ in 0..2 {
            handle(&test.app, sample()).await.expect("begun");
        }
        assert_eq!(test.cloudformation.stacks().len(), 1);
        assert!(!test.cloudformation.calls_of(StackCallKind::Create).is_empty());
        assert!(test.task_tokens.resumed().is_empty(), "the stack is at work: its event ends the wait");
    }

    #[tokio::test]
    async fn an_unknown_deployment_is_an_error() {
        assert!(handle(&TestApp::new().app, sample()).await.is_err());
    }
}
