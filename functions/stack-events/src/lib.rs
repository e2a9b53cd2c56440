//! A stack of Protium's has come to rest: wakes the execution that waits for it.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use protium_app::stack_event::heard;
use protium_app::{App, Result};
use protium_domain::arn::Location;
use protium_runtime::About;
use serde::{Deserialize, Serialize};

/// `CloudFormation Stack Status Change`, as far as it is of use: its status is not believed, the stack is looked at.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StackStatusChange {
    /// The stack's ARN.
    pub stack_id: String,
}

/// Whose work it is: the stack's.
#[must_use]
pub fn about(event: &EventBridgeEvent<StackStatusChange>, _: &Location) -> About {
    About { trace: None, resource: Some(event.detail.stack_id.clone()) }
}

/// Wakes whoever waits.
///
/// # Errors
/// [`protium_app::Error`] when a service below fails; Lambda delivers the event again.
pub async fn handle(app: &App, event: EventBridgeEvent<StackStatusChange>) -> Result<()> {
    heard(app, &event.detail.stack_id).await
}

#[cfg(test)]
mod tests {
    use protium_domain::token::StackWait;
    use protium_testkit::TestApp;

    use super::*;

    fn sample() -> EventBridgeEvent<StackStatusChange> {
        let json = include_str!("../../../events-samples/stack-events/stack-create-complete.json");
        serde_json::from_str(json).expect("the sample is such an event")
    }

    #[tokio::test]
    async fn whoever_waits_for_the_stack_is_woken() {
        let test = TestApp::new();
        test.seed(StackWait {
            stack_name: "AWSProton-beta-cloudformation--QWERTYUIOPASDFG".to_owned(),
            deployment_id: test.id(),
            task_token: "token".to_owned(),
            expires_at: test.now().plus(std::time::Duration::from_secs(300)),
        });
        handle(&test.app, sample()).await.expect("heard");
        let tokens: Vec<_> = test.task_tokens.resumed().into_iter().map(|(token, _)| token).collect();
        assert_eq!(tokens, ["token"]);
    }

    #[tokio::test]
    async fn a_stack_that_nobody_waits_for_is_ignored() {
        let test = TestApp::new();
        handle(&test.app, sample()).await.expect("ignored");
        assert!(test.task_tokens.resumed().is_empty());
    }
}
