//! Ports that a function has not wired: using one is a mistake in the function's `main`, and says so.

use async_trait::async_trait;
use protium_app::ports::{
    Alarms, Artifacts, BundleSources, ChangeSetRequest, ChangeSetState, CloudFormation, CloudFormationError,
    EventBus, ExecutionState, Executions, PortError, ProvisionedResource, RoleAccess, SourceObject,
    StackChange, StackDescription, StackRequest, TaskTokens,
};
use protium_domain::event::StatusEvent;
use protium_domain::intent::{Workflow, WorkflowStart};
use protium_domain::template_version::BundleSource;
use protium_domain::trace::Trace;
use serde_json::Value;

/// Fails at every call.
pub(crate) struct Unwired;

fn port<T>(port: &'static str) -> Result<T, PortError> {
    Err(PortError::Failed { operation: port, message: "this function has not wired the port".to_owned() })
}

fn cloudformation<T>() -> Result<T, CloudFormationError> {
    Err(CloudFormationError::Unavailable("this function has not wired the port".to_owned()))
}

#[async_trait]
impl Artifacts for Unwired {
    async fn put(&self, _: &str, _: Vec<u8>) -> Result<(), PortError> {
        port("artifacts")
    }
    async fn get(&self, _: &str) -> Result<Option<Vec<u8>>, PortError> {
        port("artifacts")
    }
    async fn presigned_url(&self, _: &str) -> Result<String, PortError> {
        port("artifacts")
    }
}

#[async_trait]
impl BundleSources for Unwired {
    async fn read(&self, _: &BundleSource, _: u64) -> Result<SourceObject, PortError> {
        port("sources")
    }
}

#[async_trait]
impl Executions for Unwired {
    async fn start(&self, _: &WorkflowStart, _: Option<Trace>) -> Result<(), PortError> {
        port("executions")
    }
    async fn state(&self, _: Workflow, _: &str) -> Result<ExecutionState, PortError> {
        port("executions")
    }
}

#[async_trait]
impl TaskTokens for Unwired {
    async fn resume(&self, _: &str, _: Value) -> Result<(), PortError> {
        port("task_tokens")
    }
}

#[async_trait]
impl EventBus for Unwired {
    async fn publish(&self, _: &[StatusEvent]) -> Result<(), PortError> {
        port("events")
    }
}

#[async_trait]
impl Alarms for Unwired {
    async fn ringing(&self, _: &[String]) -> Result<Vec<String>, PortError> {
        port("alarms")
    }
}

#[async_trait]
impl CloudFormation for Unwired {
    async fn describe(
        &self,
        _: &RoleAccess,
        _: &str,
    ) -> Result<Option<StackDescription>, CloudFormationError> {
        cloudformation()
    }
    async fn create(&self, _: &RoleAccess, _: &StackRequest) -> Result<String, CloudFormationError> {
        cloudformation()
    }
    async fn update(&self, _: &RoleAccess, _: &StackRequest) -> Result<StackChange, CloudFormationError> {
        cloudformation()
    }
    async fn cancel_update(&self, _: &RoleAccess, _: &str, _: &str) -> Result<(), CloudFormationError> {
        cloudformation()
    }
    async fn continue_rollback(&self, _: &RoleAccess, _: &str, _: &str) -> Result<(), CloudFormationError> {
        cloudformation()
    }
    async fn delete(
        &self,
        _: &RoleAccess,
        _: &str,
        _: &[String],
        _: &str,
    ) -> Result<(), CloudFormationError> {
        cloudformation()
    }
    async fn change_set_create(
        &self,
        _: &RoleAccess,
        _: &ChangeSetRequest,
    ) -> Result<(), CloudFormationError> {
        cloudformation()
    }
    async fn change_set(
        &self,
        _: &RoleAccess,
        _: &str,
        _: &str,
    ) -> Result<Option<ChangeSetState>, CloudFormationError> {
        cloudformation()
    }
    async fn change_set_delete(&self, _: &RoleAccess, _: &str, _: &str) -> Result<(), CloudFormationError> {
        cloudformation()
    }
    async fn undeletable(&self, _: &RoleAccess, _: &str) -> Result<Vec<String>, CloudFormationError> {
        cloudformation()
    }
    async fn resources(
        &self,
        _: &RoleAccess,
        _: &str,
    ) -> Result<Vec<ProvisionedResource>, CloudFormationError> {
        cloudformation()
    }
    async fn failure_reasons(&self, _: &RoleAccess, _: &str) -> Result<Vec<String>, CloudFormationError> {
        cloudformation()
    }
}
