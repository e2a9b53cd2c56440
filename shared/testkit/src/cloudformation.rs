//! CloudFormation in memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;
use protium_app::ports::{
    ChangeSetRequest, ChangeSetState, CloudFormation, CloudFormationError, ProvisionedResource,
    ResourceChange, RoleAccess, StackChange, StackDescription, StackParameter, StackRequest, StackStatus,
    StackTemplate,
};

use protium_domain::time::Timestamp;

use crate::lock::lock;

/// A call to CloudFormation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackCall {
    /// What was asked for.
    pub kind: StackCallKind,
    /// The stack, as the caller named it: by name or by ARN.
    pub stack: String,
    /// The role.
    pub role_arn: String,
    /// Template, tags and token; creations and updates only.
    pub request: Option<StackRequest>,
}

/// The operations of [`CloudFormation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each variant is the operation of its name")]
pub enum StackCallKind {
    Describe,
    Create,
    Update,
    CancelUpdate,
    ContinueRollback,
    Delete,
    Undeletable,
    ChangeSetCreate,
    ChangeSet,
    ChangeSetDelete,
    Resources,
    FailureReasons,
}

/// A stack.
#[derive(Clone, PartialEq, Eq)]
pub struct FakeStack {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its status.
    pub status: StackStatus,
    /// Why it has that status.
    pub status_reason: Option<String>,
    /// Its outputs.
    pub outputs: Vec<(String, String)>,
    /// Its resources.
    pub resources: Vec<ProvisionedResource>,
    /// The logical ids of the resources that can't be deleted; those that were retained are gone from it.
    pub undeletable: Vec<String>,
    /// Why its latest operation failed.
    pub failure_reasons: Vec<String>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// The template that it was last made from.
    pub template: StackTemplate,
    /// The parameters that it was last given.
    pub parameters: Vec<StackParameter>,
    /// The template and parameters that an update that is rolled back returns to.
    pub former: Option<(StackTemplate, Vec<StackParameter>)>,
    /// The token of its latest change.
    pub token: String,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

impl FakeStack {
    fn description(&self) -> StackDescription {
        StackDescription {
            arn: self.arn.clone(),
            status: self.status.clone(),
            status_reason: self.status_reason.clone(),
            changed_at: Some(self.changed_at),
            outputs: self.outputs.clone(),
            tags: self.tags.clone(),
        }
    }

    fn roll_back(&mut self) {
        if let Some(former) = self.former.take() {
            (self.template, self.parameters) = former;
        }
    }
}

/// A change set: computed at its second look.
struct FakeChangeSet {
    request: ChangeSetRequest,
    is_computed: bool,
}

#[derive(Default)]
struct State {
    /// By ARN: a deleted stack stays, and another one may take its name.
    stacks: BTreeMap<String, FakeStack>,
    calls: Vec<StackCall>,
    failures: BTreeMap<StackCallKind, VecDeque<CloudFormationError>>,
    made: usize,
    changes: i64,
    /// Describes stacks as they were before their latest update, so often.
    lag: usize,
    change_sets: BTreeMap<(String, String), FakeChangeSet>,
    stale: BTreeMap<String, StackDescription>,
}

impl State {
    /// A clock of its own: every change of a stack has another time.
    fn tick(&mut self) -> Timestamp {
        self.changes += 1;
        Timestamp::from_millis(self.changes)
    }

    fn describe(&mut self, stack: &str) -> Option<StackDescription> {
        let found = self.find(stack).map(|stack| stack.description())?;
        if self.lag > 0 && self.stale.contains_key(&found.arn) {
            self.lag -= 1;
            return self.stale.get(&found.arn).cloned();
        }
        Some(found)
    }

    fn find(&mut self, stack: &str) -> Option<&mut FakeStack> {
        if stack.starts_with("arn:") {
            return self.stacks.get_mut(stack);
        }
        self.stacks.values_mut().find(|candidate| candidate.name == stack && !candidate.status.is_deleted())
    }
}

/// CloudFormation in memory. What is asked of it begins (`…_IN_PROGRESS`); a test says how it ends by
/// [`FakeCloudFormation::finish`], as a stack status event would.
#[derive(Default)]
pub struct FakeCloudFormation(Mutex<State>);

impl FakeCloudFormation {
    /// All calls so far, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<StackCall> {
        lock(&self.0).calls.clone()
    }

    /// The calls of one kind so far, in order.
    #[must_use]
    pub fn calls_of(&self, kind: StackCallKind) -> Vec<StackCall> {
        self.calls().into_iter().filter(|call| call.kind == kind).collect()
    }

    /// The stack of this name or ARN. By its ARN also a deleted one.
    #[must_use]
    pub fn stack(&self, stack: &str) -> Option<FakeStack> {
        lock(&self.0).find(stack).map(|stack| stack.clone())
    }

    /// All stacks that ever were.
    #[must_use]
    pub fn stacks(&self) -> Vec<FakeStack> {
        lock(&self.0).stacks.values().cloned().collect()
    }

    /// Changes a stack that exists, in any way.
    ///
    /// # Panics
    /// When there is no such stack: the test's premise is broken.
    pub fn change(&self, stack: &str, change: impl FnOnce(&mut FakeStack)) {
        match lock(&self.0).find(stack) {
            Some(stack) => change(stack),
            None => panic!("there is no stack {stack}"),
        }
    }

    /// Ends what a stack is going through with `status`, such as `CREATE_COMPLETE`, and these outputs.
    ///
    /// # Panics
    /// When there is no such stack: the test's premise is broken.
    pub fn finish(&self, stack: &str, status: &str, outputs: &[(&str, &str)]) {
        let outputs = outputs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        self.change(stack, |stack| {
            stack.status = StackStatus(status.to_owned());
            stack.outputs = outputs;
        });
    }

    /// Ends what a stack is going through badly, for `reason`.
    ///
    /// # Panics
    /// When there is no such stack: the test's premise is broken.
    pub fn finish_badly(&self, stack: &str, status: &str, reason: &str) {
        self.change(stack, |stack| {
            stack.status = StackStatus(status.to_owned());
            stack.status_reason = Some(reason.to_owned());
            stack.failure_reasons = vec![reason.to_owned()];
            if status == "UPDATE_ROLLBACK_COMPLETE" {
                stack.roll_back();
            }
        });
    }

    /// How many change sets there are.
    #[must_use]
    pub fn change_sets(&self) -> usize {
        lock(&self.0).change_sets.len()
    }

    /// From the next update on, the next `looks` descriptions of an updated stack show it as it was before, as those
    /// of CloudFormation may.
    pub fn lag(&self, looks: usize) {
        let mut state = lock(&self.0);
        state.lag = looks;
        state.stale.clear();
    }

    /// Makes the next call of this kind fail.
    pub fn fail_next(&self, kind: StackCallKind, error: CloudFormationError) {
        lock(&self.0).failures.entry(kind).or_default().push_back(error);
    }

    /// Makes a stack that is in `status`; its ARN. A test lets stacks be there that Protium didn't make.
    pub fn make(&self, access: &RoleAccess, request: &StackRequest, status: &str) -> String {
        let mut state = lock(&self.0);
        state.made += 1;
        let changed_at = state.tick();
        let account = access.role_arn.split(':').nth(4).unwrap_or_default();
        let arn = format!(
            "arn:aws:cloudformation:eu-west-1:{account}:stack/{}/00000000-0000-4000-8000-{:012x}",
            request.stack, state.made
        );
        let stack = FakeStack {
            name: request.stack.clone(),
            arn: arn.clone(),
            status: StackStatus(status.to_owned()),
            status_reason: None,
            outputs: Vec::new(),
            resources: Vec::new(),
            undeletable: Vec::new(),
            failure_reasons: Vec::new(),
            tags: request.tags.clone(),
            template: request.template.clone(),
            parameters: request.parameters.clone(),
            former: None,
            token: request.token.clone(),
            changed_at,
        };
        state.stacks.insert(arn.clone(), stack);
        arn
    }

    fn record(
        &self,
        kind: StackCallKind,
        access: &RoleAccess,
        stack: &str,
        request: Option<&StackRequest>,
    ) -> Result<(), CloudFormationError> {
        let mut state = lock(&self.0);
        state.calls.push(StackCall {
            kind,
            stack: stack.to_owned(),
            role_arn: access.role_arn.clone(),
            request: request.cloned(),
        });
        state.failures.get_mut(&kind).and_then(VecDeque::pop_front).map_or(Ok(()), Err)
    }
}

fn missing(stack: &str) -> CloudFormationError {
    CloudFormationError::Refused(format!("Stack with id {stack} does not exist"))
}

fn busy(stack: &FakeStack) -> CloudFormationError {
    CloudFormationError::Refused(format!(
        "Stack:{} is in {} state and can not be updated.",
        stack.arn, stack.status.0
    ))
}

#[async_trait]
impl CloudFormation for FakeCloudFormation {
    async fn describe(
        &self,
        access: &RoleAccess,
        stack: &str,
    ) -> Result<Option<StackDescription>, CloudFormationError> {
        self.record(StackCallKind::Describe, access, stack, None)?;
        Ok(lock(&self.0).describe(stack))
    }

    async fn create(
        &self,
        access: &RoleAccess,
        request: &StackRequest,
    ) -> Result<String, CloudFormationError> {
        self.record(StackCallKind::Create, access, &request.stack, Some(request))?;
        if let Some(stack) = lock(&self.0).find(&request.stack) {
            return Ok(stack.arn.clone());
        }
        Ok(self.make(access, request, "CREATE_IN_PROGRESS"))
    }

    async fn update(
        &self,
        access: &RoleAccess,
        request: &StackRequest,
    ) -> Result<StackChange, CloudFormationError> {
        self.record(StackCallKind::Update, access, &request.stack, Some(request))?;
        let mut state = lock(&self.0);
        let changed_at = state.tick();
        let stack = state.find(&request.stack).ok_or_else(|| missing(&request.stack))?;
        if stack.token == request.token {
            return Ok(StackChange::Started);
        }
        if !stack.status.is_updatable() {
            return Err(busy(stack));
        }
        let is_as_asked = stack.template == request.template
            && stack.parameters == request.parameters
            && stack.tags == request.tags;
        if is_as_asked {
            return Ok(StackChange::Unchanged);
        }
        let before = stack.description();
        stack.status = StackStatus("UPDATE_IN_PROGRESS".to_owned());
        stack.status_reason = None;
        stack.failure_reasons.clear();
        let template = std::mem::replace(&mut stack.template, request.template.clone());
        let parameters = std::mem::replace(&mut stack.parameters, request.parameters.clone());
        stack.former = Some((template, parameters));
        stack.tags.clone_from(&request.tags);
        stack.token.clone_from(&request.token);
        stack.changed_at = changed_at;
        state.stale.insert(before.arn.clone(), before);
        Ok(StackChange::Started)
    }

    async fn cancel_update(
        &self,
        access: &RoleAccess,
        stack: &str,
        _token: &str,
    ) -> Result<(), CloudFormationError> {
        self.record(StackCallKind::CancelUpdate, access, stack, None)?;
        if let Some(stack) = lock(&self.0).find(stack)
            && stack.status.0 == "UPDATE_IN_PROGRESS"
        {
            stack.status = StackStatus("UPDATE_ROLLBACK_IN_PROGRESS".to_owned());
            stack.roll_back();
        }
        Ok(())
    }

    async fn continue_rollback(
        &self,
        access: &RoleAccess,
        stack: &str,
        token: &str,
    ) -> Result<(), CloudFormationError> {
        self.record(StackCallKind::ContinueRollback, access, stack, None)?;
        let mut state = lock(&self.0);
        let changed_at = state.tick();
        if let Some(stack) = state.find(stack)
            && stack.status.0 == "UPDATE_ROLLBACK_FAILED"
            && stack.token != token
        {
            stack.status = StackStatus("UPDATE_ROLLBACK_IN_PROGRESS".to_owned());
            stack.status_reason = None;
            stack.failure_reasons.clear();
            stack.roll_back();
            token.clone_into(&mut stack.token);
            stack.changed_at = changed_at;
        }
        Ok(())
    }

    async fn delete(
        &self,
        access: &RoleAccess,
        stack: &str,
        retained: &[String],
        token: &str,
    ) -> Result<(), CloudFormationError> {
        self.record(StackCallKind::Delete, access, stack, None)?;
        if let Some(stack) = lock(&self.0).find(stack)
            && !stack.status.is_deleted()
        {
            if !retained.is_empty() && stack.status.0 != "DELETE_FAILED" {
                return Err(CloudFormationError::Refused(
                    "RetainResources can only be specified for a stack in DELETE_FAILED state".to_owned(),
                ));
            }
            stack.undeletable.retain(|resource| !retained.contains(resource));
            // What was never executed is gone at once.
            let was_reviewed = stack.status.0 == "REVIEW_IN_PROGRESS";
            let status = if was_reviewed { "DELETE_COMPLETE" } else { "DELETE_IN_PROGRESS" };
            stack.status = StackStatus(status.to_owned());
            stack.status_reason = None;
            token.clone_into(&mut stack.token);
        }
        Ok(())
    }

    async fn change_set_create(
        &self,
        access: &RoleAccess,
        request: &ChangeSetRequest,
    ) -> Result<(), CloudFormationError> {
        self.record(StackCallKind::ChangeSetCreate, access, &request.stack.stack, Some(&request.stack))?;
        let name = &request.stack.stack;
        if request.creates && lock(&self.0).find(name).is_none() {
            self.make(access, &request.stack, "REVIEW_IN_PROGRESS");
        }
        let mut state = lock(&self.0);
        let stack = state.find(name).ok_or_else(|| missing(name))?;
        if request.creates != (stack.status.0 == "REVIEW_IN_PROGRESS") {
            return Err(busy(stack));
        }
        let key = (stack.arn.clone(), request.name.clone());
        state
            .change_sets
            .entry(key)
            .or_insert(FakeChangeSet { request: request.clone(), is_computed: false });
        Ok(())
    }

    async fn change_set(
        &self,
        access: &RoleAccess,
        stack: &str,
        name: &str,
    ) -> Result<Option<ChangeSetState>, CloudFormationError> {
        self.record(StackCallKind::ChangeSet, access, stack, None)?;
        let mut state = lock(&self.0);
        let Some(stack) = state.find(stack).cloned() else { return Ok(None) };
        let Some(found) = state.change_sets.get_mut(&(stack.arn.clone(), name.to_owned())) else {
            return Ok(None);
        };
        if !std::mem::replace(&mut found.is_computed, true) {
            return Ok(Some(ChangeSetState::Pending));
        }
        let is_same = !found.request.creates
            && stack.template == found.request.stack.template
            && stack.parameters == found.request.stack.parameters;
        let change = ResourceChange {
            action: if found.request.creates { "Add" } else { "Modify" }.to_owned(),
            logical_id: "Topic".to_owned(),
            physical_id: (!found.request.creates).then(|| "topic-1".to_owned()),
            resource_type: "AWS::SNS::Topic".to_owned(),
            replacement: (!found.request.creates).then(|| "False".to_owned()),
            scope: vec!["Properties".to_owned()],
            details: Vec::new(),
        };
        Ok(Some(ChangeSetState::Ready(if is_same { Vec::new() } else { vec![change] })))
    }

    async fn change_set_delete(
        &self,
        access: &RoleAccess,
        stack: &str,
        name: &str,
    ) -> Result<(), CloudFormationError> {
        self.record(StackCallKind::ChangeSetDelete, access, stack, None)?;
        let mut state = lock(&self.0);
        let Some(arn) = state.find(stack).map(|stack| stack.arn.clone()) else { return Ok(()) };
        state.change_sets.remove(&(arn, name.to_owned()));
        Ok(())
    }

    async fn undeletable(
        &self,
        access: &RoleAccess,
        stack: &str,
    ) -> Result<Vec<String>, CloudFormationError> {
        self.record(StackCallKind::Undeletable, access, stack, None)?;
        let mut state = lock(&self.0);
        Ok(state.find(stack).ok_or_else(|| missing(stack))?.undeletable.clone())
    }

    async fn resources(
        &self,
        access: &RoleAccess,
        stack: &str,
    ) -> Result<Vec<ProvisionedResource>, CloudFormationError> {
        self.record(StackCallKind::Resources, access, stack, None)?;
        let mut state = lock(&self.0);
        Ok(state.find(stack).ok_or_else(|| missing(stack))?.resources.clone())
    }

    async fn failure_reasons(
        &self,
        access: &RoleAccess,
        stack: &str,
    ) -> Result<Vec<String>, CloudFormationError> {
        self.record(StackCallKind::FailureReasons, access, stack, None)?;
        let mut state = lock(&self.0);
        Ok(state.find(stack).ok_or_else(|| missing(stack))?.failure_reasons.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access() -> RoleAccess {
        RoleAccess { role_arn: "arn:aws:iam::111122223333:role/x".into(), session_name: "s".into() }
    }

    fn request(stack: &str, body: &str, token: &str) -> StackRequest {
        StackRequest {
            stack: stack.into(),
            template: StackTemplate::Body(body.into()),
            parameters: Vec::new(),
            tags: Vec::new(),
            token: token.into(),
        }
    }

    #[tokio::test]
    async fn a_stack_lives_from_its_creation_to_its_deletion() {
        let cloud = FakeCloudFormation::default();
        let arn = cloud.create(&access(), &request("a", "1", "t1")).await.expect("created");
        assert_eq!(cloud.create(&access(), &request("a", "1", "t1")).await.expect("ours"), arn);
        assert!(cloud.update(&access(), &request(&arn, "2", "t2")).await.is_err(), "it is busy");
        cloud.finish("a", "CREATE_COMPLETE", &[("Out", "1")]);
        let unchanged = cloud.update(&access(), &request(&arn, "1", "t2")).await.expect("accepted");
        assert_eq!(unchanged, StackChange::Unchanged);
        let changed = cloud.update(&access(), &request(&arn, "2", "t3")).await.expect("accepted");
        assert_eq!(changed, StackChange::Started);
        cloud.delete(&access(), &arn, &[], "t4").await.expect("accepted");
        cloud.finish(&arn, "DELETE_COMPLETE", &[]);
        assert_eq!(cloud.describe(&access(), "a").await.expect("answered"), None);
        assert!(cloud.describe(&access(), &arn).await.expect("answered").is_some());
        assert_eq!(cloud.calls_of(StackCallKind::Update).len(), 3);
    }

    #[tokio::test]
    async fn a_scripted_failure_happens_once() {
        let cloud = FakeCloudFormation::default();
        cloud.fail_next(StackCallKind::Describe, CloudFormationError::Unavailable("busy".into()));
        assert!(cloud.describe(&access(), "a").await.is_err());
        assert!(cloud.describe(&access(), "a").await.is_ok());
    }
}
