//! Executions, task tokens and the event bus in memory.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;
use protium_app::ports::{Alarms, EventBus, ExecutionState, Executions, PortError, TaskTokens};
use protium_domain::event::StatusEvent;
use protium_domain::intent::{Workflow, WorkflowStart};
use protium_domain::trace::Trace;
use serde_json::Value;

use crate::lock::lock;

/// Executions of state machines: they are started and stay `Running` until a test says otherwise.
#[derive(Debug, Default)]
pub struct MemoryExecutions {
    started: Mutex<Vec<WorkflowStart>>,
    traces: Mutex<Vec<Option<Trace>>>,
    states: Mutex<HashMap<(Workflow, String), ExecutionState>>,
    failures: Mutex<VecDeque<PortError>>,
}

impl MemoryExecutions {
    /// What was started, in order; a repeated start under the same name is not among it.
    #[must_use]
    pub fn started(&self) -> Vec<WorkflowStart> {
        lock(&self.started).clone()
    }

    /// The traces that [`MemoryExecutions::started`] is part of, in the same order.
    #[must_use]
    pub fn traces(&self) -> Vec<Option<Trace>> {
        lock(&self.traces).clone()
    }

    /// Sets what has become of an execution.
    pub fn set(&self, workflow: Workflow, name: impl Into<String>, state: ExecutionState) {
        lock(&self.states).insert((workflow, name.into()), state);
    }

    /// Makes the next call fail.
    pub fn fail_next(&self, error: PortError) {
        lock(&self.failures).push_back(error);
    }
}

#[async_trait]
impl Executions for MemoryExecutions {
    async fn start(&self, start: &WorkflowStart, trace: Option<Trace>) -> Result<(), PortError> {
        if let Some(error) = lock(&self.failures).pop_front() {
            return Err(error);
        }
        let key = (start.workflow, start.name.clone());
        let mut states = lock(&self.states);
        if states.get(&key).is_none_or(|state| *state == ExecutionState::Absent) {
            states.insert(key, ExecutionState::Running);
            lock(&self.started).push(start.clone());
            lock(&self.traces).push(trace);
        }
        Ok(())
    }

    async fn state(&self, workflow: Workflow, name: &str) -> Result<ExecutionState, PortError> {
        if let Some(error) = lock(&self.failures).pop_front() {
            return Err(error);
        }
        let states = lock(&self.states);
        Ok(states.get(&(workflow, name.to_owned())).copied().unwrap_or(ExecutionState::Absent))
    }
}

/// Task tokens of waiting steps.
#[derive(Debug, Default)]
pub struct MemoryTaskTokens {
    resumed: Mutex<Vec<(String, Value)>>,
    failures: Mutex<VecDeque<PortError>>,
}

impl MemoryTaskTokens {
    /// Every token that was resumed and its output, in order.
    #[must_use]
    pub fn resumed(&self) -> Vec<(String, Value)> {
        lock(&self.resumed).clone()
    }

    /// Makes the next call fail.
    pub fn fail_next(&self, error: PortError) {
        lock(&self.failures).push_back(error);
    }
}

#[async_trait]
impl TaskTokens for MemoryTaskTokens {
    async fn resume(&self, task_token: &str, output: Value) -> Result<(), PortError> {
        if let Some(error) = lock(&self.failures).pop_front() {
            return Err(error);
        }
        lock(&self.resumed).push((task_token.to_owned(), output));
        Ok(())
    }
}

/// Protium's bus.
#[derive(Debug, Default)]
pub struct MemoryEventBus {
    published: Mutex<Vec<StatusEvent>>,
    failures: Mutex<VecDeque<PortError>>,
}

impl MemoryEventBus {
    /// Every event, in order.
    #[must_use]
    pub fn published(&self) -> Vec<StatusEvent> {
        lock(&self.published).clone()
    }

    /// Makes the next call fail.
    pub fn fail_next(&self, error: PortError) {
        lock(&self.failures).push_back(error);
    }
}

#[async_trait]
impl EventBus for MemoryEventBus {
    async fn publish(&self, events: &[StatusEvent]) -> Result<(), PortError> {
        if let Some(error) = lock(&self.failures).pop_front() {
            return Err(error);
        }
        lock(&self.published).extend_from_slice(events);
        Ok(())
    }
}

/// Alarms: all exist, and those that a test lets ring do.
#[derive(Debug, Default)]
pub struct MemoryAlarms(Mutex<BTreeSet<String>>);

impl MemoryAlarms {
    /// Lets an alarm ring.
    pub fn ring(&self, alarm: impl Into<String>) {
        lock(&self.0).insert(alarm.into());
    }

    /// Lets an alarm be quiet again.
    pub fn quiet(&self, alarm: &str) {
        lock(&self.0).remove(alarm);
    }
}

#[async_trait]
impl Alarms for MemoryAlarms {
    async fn ringing(&self, alarms: &[String]) -> Result<Vec<String>, PortError> {
        let ringing = lock(&self.0);
        Ok(alarms.iter().filter(|alarm| ringing.contains(*alarm)).cloned().collect())
    }
}
