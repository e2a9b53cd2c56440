//! Step Functions and EventBridge, as far as use cases drive them.

use async_trait::async_trait;
use protium_domain::event::StatusEvent;
use protium_domain::intent::{Workflow, WorkflowStart};
use protium_domain::trace::Trace;
use serde_json::Value;

use super::PortError;

/// What became of an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecutionState {
    /// There is none of that name.
    Absent,
    /// At work.
    Running,
    /// Ended, well or badly.
    Ended,
}

/// Executions of our state machines.
#[async_trait]
pub trait Executions: Send + Sync {
    /// Starts one, as part of `trace`. A name that is taken is success: it was started before (design 2.5).
    ///
    /// # Errors
    /// [`PortError`] when Step Functions fails.
    async fn start(&self, start: &WorkflowStart, trace: Option<Trace>) -> Result<(), PortError>;

    /// Looks at one by name.
    ///
    /// # Errors
    /// [`PortError`] when Step Functions fails.
    async fn state(&self, workflow: Workflow, name: &str) -> Result<ExecutionState, PortError>;
}

/// Task tokens of waiting steps.
#[async_trait]
pub trait TaskTokens: Send + Sync {
    /// Ends the wait with `output`. A token that was used or whose task timed out is success: somebody was faster.
    ///
    /// # Errors
    /// [`PortError`] when Step Functions fails.
    async fn resume(&self, task_token: &str, output: Value) -> Result<(), PortError>;
}

/// Protium's bus.
#[async_trait]
pub trait EventBus: Send + Sync {
    /// Publishes events in order; entries that fail are repeated one by one (design 2.5).
    ///
    /// # Errors
    /// [`PortError`] when an entry still fails.
    async fn publish(&self, events: &[StatusEvent]) -> Result<(), PortError>;
}
