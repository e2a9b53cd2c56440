//! Step Functions: executions of our machines, and the tokens of their waiting steps.

use async_trait::async_trait;
use aws_sdk_sfn::Client;
use aws_sdk_sfn::types::ExecutionStatus;
use protium_app::ports::{ExecutionState, Executions, PortError, TaskTokens};
use protium_domain::intent::{Workflow, WorkflowStart};
use protium_domain::trace::Trace;
use serde_json::Value;

use crate::connection::{Connection, Lazy};
use crate::failure::Failure;

/// The ARNs of our state machines.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the machine of its name")]
pub struct StateMachines {
    pub publish: String,
    pub provision: String,
    pub service: String,
    pub fleet: String,
}

impl StateMachines {
    /// The machine that carries out `workflow`.
    #[must_use]
    pub fn arn(&self, workflow: Workflow) -> &str {
        match workflow {
            Workflow::Publish => &self.publish,
            Workflow::Provision => &self.provision,
            Workflow::Service => &self.service,
            Workflow::Fleet => &self.fleet,
        }
    }

    /// The ARN of an execution by its name: the machine's ARN with `execution` for `stateMachine`.
    #[must_use]
    pub fn execution_arn(&self, workflow: Workflow, name: &str) -> String {
        format!("{}:{name}", self.arn(workflow).replacen(":stateMachine:", ":execution:", 1))
    }

    /// The workflow and name of an execution, if it is one of ours.
    #[must_use]
    pub fn execution<'a>(&self, arn: &'a str) -> Option<(Workflow, &'a str)> {
        Workflow::ALL.into_iter().find_map(|workflow| {
            let prefix = self.execution_arn(workflow, "");
            arn.strip_prefix(&prefix).filter(|name| !name.is_empty()).map(|name| (workflow, name))
        })
    }
}

/// Executions of our state machines.
#[derive(Debug)]
pub struct StateMachineExecutions {
    client: Lazy<Client>,
    machines: StateMachines,
}

impl StateMachineExecutions {
    /// Executions of `machines`.
    #[must_use]
    pub fn new(connection: &Connection, machines: StateMachines) -> Self {
        Self { client: connection.lazy(Client::new), machines }
    }
}

#[async_trait]
impl Executions for StateMachineExecutions {
    async fn start(&self, start: &WorkflowStart, trace: Option<Trace>) -> Result<(), PortError> {
        let request = self.client.start_execution().state_machine_arn(self.machines.arn(start.workflow));
        let request = request.set_trace_header(trace.map(|trace| trace.to_string()));
        match request.name(&start.name).input(start.input.to_string()).send().await {
            Ok(_) => Ok(()),
            // Names are never used twice, so whoever has taken it started the same work.
            Err(error) => match Failure::read(&error) {
                failure if failure.is("ExecutionAlreadyExists") => Ok(()),
                failure => Err(failure.into_port_error("states:StartExecution")),
            },
        }
    }

    async fn state(&self, workflow: Workflow, name: &str) -> Result<ExecutionState, PortError> {
        let request = self.client.describe_execution();
        match request.execution_arn(self.machines.execution_arn(workflow, name)).send().await {
            Ok(execution) => Ok(match execution.status() {
                ExecutionStatus::Running | ExecutionStatus::PendingRedrive => ExecutionState::Running,
                _ => ExecutionState::Ended,
            }),
            Err(error) => match Failure::read(&error) {
                failure if failure.is("ExecutionDoesNotExist") => Ok(ExecutionState::Absent),
                failure => Err(failure.into_port_error("states:DescribeExecution")),
            },
        }
    }
}

/// Task tokens of waiting steps.
#[derive(Debug)]
pub struct StepTokens {
    client: Lazy<Client>,
}

impl StepTokens {
    /// Tokens of any machine: a token alone says whom it belongs to.
    #[must_use]
    pub fn new(connection: &Connection) -> Self {
        Self { client: connection.lazy(Client::new) }
    }
}

#[async_trait]
impl TaskTokens for StepTokens {
    async fn resume(&self, task_token: &str, output: Value) -> Result<(), PortError> {
        let request = self.client.send_task_success().task_token(task_token);
        let Err(error) = request.output(output.to_string()).send().await else {
            return Ok(());
        };
        let failure = Failure::read(&error);
        // The token was used, its step timed out, or its execution is gone.
        if ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"].iter().any(|code| failure.is(code)) {
            tracing::debug!(reason = failure.text(), "nobody waits for the task token any more");
            return Ok(());
        }
        Err(failure.into_port_error("states:SendTaskSuccess"))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::scripted::{Answer, Script};

    fn machines() -> StateMachines {
        let arn = |name| format!("arn:aws:states:eu-west-1:111122223333:stateMachine:protium-{name}");
        StateMachines {
            publish: arn("publish"),
            provision: arn("provision"),
            service: arn("service"),
            fleet: arn("fleet"),
        }
    }

    #[test]
    fn executions_are_recognised_by_their_arn() {
        let arn = machines().execution_arn(Workflow::Provision, "id-1");
        assert_eq!(arn, "arn:aws:states:eu-west-1:111122223333:execution:protium-provision:id-1");
        assert_eq!(machines().execution(&arn), Some((Workflow::Provision, "id-1")));
        let foreign = "arn:aws:states:eu-west-1:111122223333:execution:protium-provision-2:id-1";
        assert_eq!(machines().execution(foreign), None);
        assert_eq!(machines().execution(""), None);
    }

    #[rstest]
    #[case((200, r#"{"executionArn":"arn","startDate":1}"#), true)]
    #[case((400, r#"{"__type":"ExecutionAlreadyExists","message":"taken"}"#), true)]
    #[case((400, r#"{"__type":"StateMachineDoesNotExist","message":"gone"}"#), false)]
    #[tokio::test]
    async fn a_name_that_is_taken_was_started(#[case] answer: Answer, #[case] succeeds: bool) {
        let script = Script::new([answer]);
        let executions = StateMachineExecutions::new(&script.connection(), machines());
        let start = WorkflowStart {
            workflow: Workflow::Publish,
            name: "x-1".to_owned(),
            input: json!({"kind": "SERVICE"}),
        };
        let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
        assert_eq!(executions.start(&start, header.parse().ok()).await.is_ok(), succeeds);
        let body = &script.sent()[0].body;
        assert!(body.contains(r#""name":"x-1""#));
        assert!(body.contains(&format!(r#""traceHeader":"{header}""#)), "{body}");
    }

    #[rstest]
    #[case((200, r#"{"executionArn":"a","stateMachineArn":"m","status":"RUNNING","startDate":1}"#), ExecutionState::Running)]
    #[case((200, r#"{"executionArn":"a","stateMachineArn":"m","status":"TIMED_OUT","startDate":1}"#), ExecutionState::Ended)]
    #[case((400, r#"{"__type":"ExecutionDoesNotExist","message":"none"}"#), ExecutionState::Absent)]
    #[tokio::test]
    async fn states_are_read(#[case] answer: Answer, #[case] expected: ExecutionState) {
        let script = Script::new([answer]);
        let executions = StateMachineExecutions::new(&script.connection(), machines());
        let state = executions.state(Workflow::Service, "x").await.expect("an answer");
        assert_eq!(state, expected);
    }

    #[rstest]
    #[case((200, "{}"), true)]
    #[case((400, r#"{"__type":"TaskTimedOut","message":"late"}"#), true)]
    #[case((400, r#"{"__type":"InvalidToken","message":"?"}"#), true)]
    #[case((400, r#"{"__type":"com.amazonaws.swf.service.v2.model#TaskDoesNotExist","message":"?"}"#), true)]
    #[case((400, r#"{"__type":"AccessDeniedException","message":"no"}"#), false)]
    #[tokio::test]
    async fn whoever_is_late_succeeds(#[case] answer: Answer, #[case] succeeds: bool) {
        let script = Script::new([answer]);
        let tokens = StepTokens::new(&script.connection());
        assert_eq!(tokens.resume("token", json!({"outcome": "WAIT"})).await.is_ok(), succeeds);
    }
}
