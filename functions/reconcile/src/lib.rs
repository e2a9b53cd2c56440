//! Finishes what was left behind: every minute by a sweep, and at once when an execution of ours ends badly.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use protium_app::ports::JournalEntry;
use protium_app::reconcile::{execution_ended, sweep};
use protium_app::{App, Result};
use protium_aws::sfn::StateMachines;
use serde::Deserialize;
use serde_json::Value;

/// The scheduled event, or the end of an execution.
pub type Event = EventBridgeEvent<Value>;

const EXECUTION_ENDED: &str = "Step Functions Execution Status Change";

/// `Step Functions Execution Status Change`, as far as it is of use.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Execution {
    execution_arn: String,
    /// JSON; left out by Step Functions when it is long, which ours never is.
    input: Option<String>,
}

/// Looks after the execution that the event tells of, or after everything.
///
/// # Errors
/// [`protium_app::Error`] when a service below fails; the next sweep does the same again.
pub async fn handle(app: &App, machines: &StateMachines, event: Event) -> Result<()> {
    if event.detail_type == EXECUTION_ENDED {
        return ended(app, machines, &event.detail).await;
    }
    app.tell(JournalEntry::Swept(sweep(app).await?));
    Ok(())
}

async fn ended(app: &App, machines: &StateMachines, detail: &Value) -> Result<()> {
    let Ok(execution) = Execution::deserialize(detail) else { return Ok(()) };
    let Some((workflow, name)) = machines.execution(&execution.execution_arn) else { return Ok(()) };
    let input = execution.input.and_then(|input| serde_json::from_str(&input).ok()).unwrap_or_default();
    execution_ended(app, workflow, name, &input).await
}

#[cfg(test)]
mod tests {
    use protium_app::ports::ExecutionState;
    use protium_app::reconcile::SweepReport;
    use protium_domain::deployment::{DeploymentKind, DeploymentTarget};
    use protium_domain::identifier::Identifier;
    use protium_domain::intent::Workflow;
    use protium_testkit::{TestApp, records};

    use super::*;

    const SCHEDULE: &str = include_str!("../../../events-samples/reconcile/schedule.json");
    const FAILED: &str = include_str!("../../../events-samples/reconcile/execution-failed.json");
    const DEPLOYMENT: &str = "0199a3c2-7b10-7c55-8c1e-2f6a90d4e811";

    fn sample(json: &str) -> Event {
        serde_json::from_str(json).expect("the sample is such an event")
    }

    fn machines() -> StateMachines {
        let arn = |name| format!("arn:aws:states:eu-west-1:111122223333:stateMachine:protium-{name}");
        StateMachines {
            publish: arn("publish"),
            provision: arn("provision"),
            service: arn("service"),
            fleet: arn("fleet"),
        }
    }

    #[tokio::test]
    async fn the_clock_makes_it_sweep() {
        let test = TestApp::new();
        handle(&test.app, &machines(), sample(SCHEDULE)).await.expect("swept");
        let told: Vec<_> = test.journal.drain().into_iter().map(|(_, entry)| entry).collect();
        assert_eq!(told, [JournalEntry::Swept(SweepReport::default())]);
    }

    #[tokio::test]
    async fn a_deployment_whose_execution_died_gets_another() {
        let test = TestApp::new();
        let id = Identifier::new(DEPLOYMENT).expect("an id");
        let target = DeploymentTarget::Environment { name: records::name("beta") };
        test.seed(records::deployment_open(id, target, DeploymentKind::Deploy, "net", test.now()));
        test.executions.set(Workflow::Provision, format!("{DEPLOYMENT}-1"), ExecutionState::Ended);
        handle(&test.app, &machines(), sample(FAILED)).await.expect("looked after");
        let (_, started) = test.drain_effects();
        let names: Vec<_> = started.into_iter().map(|start| start.name).collect();
        assert_eq!(names, [format!("{DEPLOYMENT}-2")]);
    }

    #[tokio::test]
    async fn executions_of_others_are_ignored() {
        let test = TestApp::new();
        let others = StateMachines { provision: "arn:other".to_owned(), ..machines() };
        handle(&test.app, &others, sample(FAILED)).await.expect("ignored");
        assert!(test.drain_effects().1.is_empty());
    }
}
