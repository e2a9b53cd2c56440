//! Faults: lets any one call to any port fail, to find out whether the work still ends well.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use protium_app::ports::{
    Alarms, Artifacts, ChangeSetRequest, ChangeSetState, CloudFormation, CloudFormationError, CommitError,
    Entity, EventBus, ExecutionState, Executions, Keep, Key, ListQuery, PortError, ProvisionedResource,
    RoleAccess, StackChange, StackDescription, StackRequest, Store, TaskTokens, Write,
};
use protium_app::{App, Page, PageRequest};
use protium_domain::event::StatusEvent;
use protium_domain::intent::{Workflow, WorkflowStart};
use protium_domain::trace::Trace;
use serde_json::Value;

use crate::lock::lock;

/// When a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultTime {
    /// Before it did anything: the request was lost.
    Before,
    /// After it did its work: the answer was lost, or the process died.
    After,
}

#[derive(Default)]
struct State {
    calls: usize,
    fired: Option<&'static str>,
}

/// What somebody else does between two calls.
pub type Interruption = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Counts the calls to the ports of an [`App`], and lets one of them fail, or somebody else be faster.
#[derive(Default)]
pub struct Faults {
    plan: Option<(usize, FaultTime)>,
    interruption: Option<(usize, Interruption)>,
    state: Mutex<State>,
}

impl Faults {
    /// Lets nothing fail; counts.
    #[must_use]
    pub fn none() -> Arc<Self> {
        Arc::default()
    }

    /// Lets the call with this number (counted from 0) fail, once.
    #[must_use]
    pub fn at(call: usize, time: FaultTime) -> Arc<Self> {
        Arc::new(Self { plan: Some((call, time)), ..Self::default() })
    }

    /// Lets `action` happen straight before the call with this number (counted from 0), once.
    #[must_use]
    pub fn interrupt(call: usize, action: Interruption) -> Arc<Self> {
        Arc::new(Self { interruption: Some((call, action)), ..Self::default() })
    }

    /// The app with all its ports behind these faults. Bundle sources aren't: they are read once per registration.
    #[must_use]
    pub fn wrap(self: &Arc<Self>, app: &App) -> App {
        App {
            store: Arc::new(Faulty { faults: self.clone(), inner: app.store.clone() }),
            artifacts: Arc::new(Faulty { faults: self.clone(), inner: app.artifacts.clone() }),
            cloudformation: Arc::new(Faulty { faults: self.clone(), inner: app.cloudformation.clone() }),
            executions: Arc::new(Faulty { faults: self.clone(), inner: app.executions.clone() }),
            task_tokens: Arc::new(Faulty { faults: self.clone(), inner: app.task_tokens.clone() }),
            events: Arc::new(Faulty { faults: self.clone(), inner: app.events.clone() }),
            alarms: Arc::new(Faulty { faults: self.clone(), inner: app.alarms.clone() }),
            ..app.clone()
        }
    }

    /// How many calls there were.
    #[must_use]
    pub fn calls(&self) -> usize {
        lock(&self.state).calls
    }

    /// Which call failed, such as `Store::commit`; nothing when there were too few calls.
    #[must_use]
    pub fn fired(&self) -> Option<&'static str> {
        lock(&self.state).fired
    }

    async fn next(&self, call: &'static str) -> Option<FaultTime> {
        let number = self.count();
        if let Some((_, action)) = self.interruption.as_ref().filter(|(planned, _)| *planned == number) {
            lock(&self.state).fired = Some(call);
            action().await;
        }
        self.fault(number, call)
    }

    fn count(&self) -> usize {
        let mut state = lock(&self.state);
        state.calls += 1;
        state.calls - 1
    }

    fn fault(&self, number: usize, call: &'static str) -> Option<FaultTime> {
        let mut state = lock(&self.state);
        let time = self.plan.filter(|(planned, _)| *planned == number).map(|(_, time)| time)?;
        state.fired = Some(call);
        Some(time)
    }
}

/// A fault as the port's own error.
trait Fault {
    fn of(call: &'static str) -> Self;
}

impl Fault for PortError {
    fn of(call: &'static str) -> Self {
        Self::Failed { operation: call, message: "a fault was asked for".to_owned() }
    }
}

impl Fault for CommitError {
    fn of(call: &'static str) -> Self {
        Self::Port(PortError::of(call))
    }
}

impl Fault for CloudFormationError {
    fn of(call: &'static str) -> Self {
        Self::Unavailable(format!("{call}: a fault was asked for"))
    }
}

struct Faulty<P: ?Sized> {
    faults: Arc<Faults>,
    inner: Arc<P>,
}

impl<P: ?Sized> Faulty<P> {
    async fn through<T, E: Fault>(
        &self,
        name: &'static str,
        call: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        match self.faults.next(name).await {
            None => call.await,
            Some(FaultTime::Before) => Err(E::of(name)),
            Some(FaultTime::After) => {
                // Whatever it answered is lost.
                let _ = call.await;
                Err(E::of(name))
            }
        }
    }
}

#[async_trait]
impl Store for Faulty<dyn Store> {
    async fn get(&self, key: &Key) -> Result<Option<Entity>, PortError> {
        self.through("Store::get", self.inner.get(key)).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entity>>, PortError> {
        self.through("Store::get_many", self.inner.get_many(keys)).await
    }

    async fn select(
        &self,
        query: &ListQuery,
        page: &PageRequest,
        keep: Option<&Keep<'_>>,
    ) -> Result<Page<Entity>, PortError> {
        self.through("Store::list", self.inner.select(query, page, keep)).await
    }

    async fn commit(&self, writes: &[Write]) -> Result<(), CommitError> {
        self.through("Store::commit", self.inner.commit(writes)).await
    }
}

#[async_trait]
impl Artifacts for Faulty<dyn Artifacts> {
    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), PortError> {
        self.through("Artifacts::put", self.inner.put(key, bytes)).await
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, PortError> {
        self.through("Artifacts::get", self.inner.get(key)).await
    }

    async fn presigned_url(&self, key: &str) -> Result<String, PortError> {
        self.through("Artifacts::presigned_url", self.inner.presigned_url(key)).await
    }
}

#[async_trait]
impl CloudFormation for Faulty<dyn CloudFormation> {
    async fn describe(
        &self,
        access: &RoleAccess,
        stack: &str,
    ) -> Result<Option<StackDescription>, CloudFormationError> {
        self.through("CloudFormation::describe", self.inner.describe(access, stack)).await
    }

    async fn create(
        &self,
        access: &RoleAccess,
        request: &StackRequest,
    ) -> Result<String, CloudFormationError> {
        self.through("CloudFormation::create", self.inner.create(access, request)).await
    }

    async fn update(
        &self,
        access: &RoleAccess,
        request: &StackRequest,
    ) -> Result<StackChange, CloudFormationError> {
        self.through("CloudFormation::update", self.inner.update(access, request)).await
    }

    async fn cancel_update(
        &self,
        access: &RoleAccess,
        stack: &str,
        token: &str,
    ) -> Result<(), CloudFormationError> {
        self.through("CloudFormation::cancel_update", self.inner.cancel_update(access, stack, token)).await
    }

    async fn continue_rollback(
        &self,
        access: &RoleAccess,
        stack: &str,
        token: &str,
    ) -> Result<(), CloudFormationError> {
        self.through("CloudFormation::continue_rollback", self.inner.continue_rollback(access, stack, token))
            .await
    }

    async fn delete(
        &self,
        access: &RoleAccess,
        stack: &str,
        retained: &[String],
        token: &str,
    ) -> Result<(), CloudFormationError> {
        self.through("CloudFormation::delete", self.inner.delete(access, stack, retained, token)).await
    }

    async fn change_set_create(
        &self,
        access: &RoleAccess,
        request: &ChangeSetRequest,
    ) -> Result<(), CloudFormationError> {
        let call = self.inner.change_set_create(access, request);
        self.through("CloudFormation::change_set_create", call).await
    }

    async fn change_set(
        &self,
        access: &RoleAccess,
        stack: &str,
        name: &str,
    ) -> Result<Option<ChangeSetState>, CloudFormationError> {
        self.through("CloudFormation::change_set", self.inner.change_set(access, stack, name)).await
    }

    async fn change_set_delete(
        &self,
        access: &RoleAccess,
        stack: &str,
        name: &str,
    ) -> Result<(), CloudFormationError> {
        let call = self.inner.change_set_delete(access, stack, name);
        self.through("CloudFormation::change_set_delete", call).await
    }

    async fn undeletable(
        &self,
        access: &RoleAccess,
        stack: &str,
    ) -> Result<Vec<String>, CloudFormationError> {
        self.through("CloudFormation::undeletable", self.inner.undeletable(access, stack)).await
    }

    async fn resources(
        &self,
        access: &RoleAccess,
        stack: &str,
    ) -> Result<Vec<ProvisionedResource>, CloudFormationError> {
        self.through("CloudFormation::resources", self.inner.resources(access, stack)).await
    }

    async fn failure_reasons(
        &self,
        access: &RoleAccess,
        stack: &str,
    ) -> Result<Vec<String>, CloudFormationError> {
        self.through("CloudFormation::failure_reasons", self.inner.failure_reasons(access, stack)).await
    }
}

#[async_trait]
impl Executions for Faulty<dyn Executions> {
    async fn start(&self, start: &WorkflowStart, trace: Option<Trace>) -> Result<(), PortError> {
        self.through("Executions::start", self.inner.start(start, trace)).await
    }

    async fn state(&self, workflow: Workflow, name: &str) -> Result<ExecutionState, PortError> {
        self.through("Executions::state", self.inner.state(workflow, name)).await
    }
}

#[async_trait]
impl Alarms for Faulty<dyn Alarms> {
    async fn ringing(&self, alarms: &[String]) -> Result<Vec<String>, PortError> {
        self.through("Alarms::ringing", self.inner.ringing(alarms)).await
    }
}

#[async_trait]
impl TaskTokens for Faulty<dyn TaskTokens> {
    async fn resume(&self, task_token: &str, output: Value) -> Result<(), PortError> {
        self.through("TaskTokens::resume", self.inner.resume(task_token, output)).await
    }
}

#[async_trait]
impl EventBus for Faulty<dyn EventBus> {
    async fn publish(&self, events: &[StatusEvent]) -> Result<(), PortError> {
        self.through("EventBus::publish", self.inner.publish(events)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TestApp;

    #[tokio::test]
    async fn one_call_fails_before_or_after_its_work() {
        for (time, stored) in [(FaultTime::Before, 0), (FaultTime::After, 1)] {
            let test = TestApp::new();
            let faults = Faults::at(1, time);
            let app = faults.wrap(&test.app);
            assert!(app.artifacts.get("a").await.is_ok());
            assert!(app.artifacts.put("a", Vec::new()).await.is_err());
            assert_eq!(test.artifacts.keys().len(), stored);
            assert!(app.artifacts.put("b", Vec::new()).await.is_ok());
            assert_eq!((faults.calls(), faults.fired()), (3, Some("Artifacts::put")));
        }
    }
}
