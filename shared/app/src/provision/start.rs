//! The step `Start`: begins the work on the stack.
//!
//! Order is everything here. The task token is stored before the call, so that no event of the stack comes too early;
//! the name and the operation are stored before the call, so that a step that died can be repeated; and the stack is
//! described once after it, so that an event which came in between is not missed.

use protium_domain::deployable::{Stack, StackOperation, StackOperationKind};
use protium_domain::deployment::{Deployment, DeploymentKind, DeploymentTarget, Retention};
use protium_domain::identifier::Identifier;
use protium_domain::provisioning::{stack_name, stack_tags};
use protium_domain::template_version::{ProvisioningEngine, TemplateVersion};

use super::back_off::{Task, unless_throttled};
use super::observe::{Sight, conclude, look, note_down, wait_store};
use super::parameters::stack_parameters;
use super::stack::Moment;
use super::subject::Subject;
use super::{Report, StepOutcome, Work, open_work, preview, stack};
use crate::artifact::{parameters_key, rendered_key};
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{
    CloudFormationError, Key, RoleAccess, StackChange, StackDescription, StackRequest, StackTemplate,
    StoreExt,
};

/// The longest template, in bytes, that CloudFormation takes inline; above, it wants a URL.
const INLINE_TEMPLATE_BYTES: usize = 51_200;

/// Begins the work of the deployment `id`. The task ends when something resumes its token: this step when there is
/// nothing to wait for or something throttles it, else the stack's next event.
///
/// # Errors
/// [`Error::Internal`] when something of Protium's own fails; the step is repeated then. What the owner can mend ends in
/// a [`Report`] instead.
pub async fn start(app: &App, id: &Identifier, task: impl Into<Task<'_>>) -> Result<()> {
    let task = task.into();
    let result = begin(app, id, task.token).await;
    unless_throttled(app, id, task, result, |seconds| StepOutcome::RestartLater { seconds }).await
}

async fn begin(app: &App, id: &Identifier, task_token: &str) -> Result<()> {
    let deployment = match open_work(app, id).await? {
        Work::Deployment(deployment) => *deployment,
        Work::Preview(preview) => return preview::start(app, *preview, task_token).await,
        Work::Nothing => return conclude(app, task_token, StepOutcome::Succeeded).await,
    };
    let subject = Subject::load(app, &deployment).await?;
    if subject.is_cancelling() && !subject.stack().is_some_and(|stack| stack::has_begun(id, stack)) {
        return Sight::Ended(Report::cancelled()).tell(app, id, task_token).await;
    }
    if deployment.retention == Some(Retention::Stack) {
        // Nothing but Protium's own records is touched, so nothing can keep them.
        return Sight::Ended(Report::stack_retained(subject.stack())).tell(app, id, task_token).await;
    }
    let has_nothing = subject.stack().is_none_or(Stack::was_never_asked_for);
    if deployment.kind == DeploymentKind::Delete && has_nothing {
        // No role is needed to remove nothing, so the lack of one mustn't keep it.
        return Sight::Ended(Report::succeeded()).tell(app, id, task_token).await;
    }
    let sight = match subject.access(&deployment) {
        None => Sight::Ended(Report::failed(role_advice(&deployment))),
        Some(access) => {
            let step = Step { app, deployment: &deployment, access, task_token };
            match deployment.kind {
                DeploymentKind::Deploy | DeploymentKind::RollBack => step.deploy(subject).await?,
                DeploymentKind::Delete => step.delete(subject).await?,
            }
        }
    };
    sight.tell(app, id, task_token).await
}

/// Says which role is missing.
pub(super) fn role_advice(deployment: &Deployment) -> String {
    let (purpose, member) = match deployment.target {
        DeploymentTarget::ServicePipeline { .. } => {
            return "The account has no role for pipelines. Set pipelineServiceRoleArn with UpdateAccountSettings, \
                    then repeat the deployment."
                .to_owned();
        }
        DeploymentTarget::Component { .. } => ("role for components", "componentRoleArn"),
        DeploymentTarget::Environment { .. } | DeploymentTarget::ServiceInstance { .. } => {
            ("service role for CloudFormation", "protonServiceRoleArn")
        }
    };
    format!(
        "The environment has no {purpose}. Set {member} with UpdateEnvironment, or, when it lives in another account, have \
         that account lend one and set environmentAccountConnectionId; then repeat the deployment."
    )
}

/// What the work on one stack needs.
struct Step<'a> {
    app: &'a App,
    deployment: &'a Deployment,
    access: RoleAccess,
    task_token: &'a str,
}

impl Step<'_> {
    async fn deploy(&self, subject: Subject) -> Result<Sight> {
        let stack = match subject.stack().cloned() {
            Some(stack) => stack,
            None => self.allocate().await?,
        };
        wait_store(self.app, self.deployment, &stack, self.task_token).await?;
        let found = match self.describe(&stack).await {
            Ok(found) => found,
            Err(error) => return self.explain(error),
        };
        self.adopt(&stack, found.as_ref()).await?;
        match stack::deploy(&self.deployment.id, &stack, found.as_ref()) {
            stack::Deploy::Create => self.create(&stack).await,
            stack::Deploy::CreateAnew => {
                let stack = self.allocate().await?;
                wait_store(self.app, self.deployment, &stack, self.task_token).await?;
                self.create(&stack).await
            }
            stack::Deploy::Update => self.update(&stack, found).await,
            stack::Deploy::Replace => self.call_delete(&stack, found).await,
            stack::Deploy::ContinueRollback => self.continue_rollback(&stack, found).await,
            stack::Deploy::Await => self.look(Moment::Later).await,
            stack::Deploy::AwaitOthers => self.await_others(&stack).await,
            stack::Deploy::Refuse(reason) => Ok(Sight::Ended(Report::failed(reason))),
        }
    }

    async fn delete(&self, subject: Subject) -> Result<Sight> {
        let Some(stack) = subject.stack().cloned() else {
            return Ok(Sight::Ended(Report::succeeded()));
        };
        wait_store(self.app, self.deployment, &stack, self.task_token).await?;
        let found = match self.describe(&stack).await {
            Ok(found) => found,
            Err(error) => return self.explain(error),
        };
        self.adopt(&stack, found.as_ref()).await?;
        let retains = self.deployment.retention.is_some();
        match stack::delete(&self.deployment.id, retains, &stack, found.as_ref()) {
            stack::Delete::Nothing => Ok(Sight::Ended(Report::deleted(Some(&stack)))),
            stack::Delete::Call => self.call_delete(&stack, found).await,
            stack::Delete::CallRetaining => self.call_delete_retaining(&stack, found).await,
            stack::Delete::Await => {
                self.begin(StackOperationKind::Delete, found.as_ref()).await?;
                self.look(Moment::Later).await
            }
            stack::Delete::AwaitOthers => self.await_others(&stack).await,
        }
    }

    async fn describe(
        &self,
        stack: &Stack,
    ) -> std::result::Result<Option<StackDescription>, CloudFormationError> {
        self.app.cloudformation.describe(&self.access, stack.handle()).await
    }

    /// Remembers the ARN of a stack that an earlier run of this step made, if it died before it could.
    async fn adopt(&self, stack: &Stack, found: Option<&StackDescription>) -> Result<()> {
        match found {
            Some(found) if stack.arn.is_none() => self.note_arn(found.arn.clone()).await,
            _ => Ok(()),
        }
    }

    /// Gives the resource a new stack name and remembers it.
    async fn allocate(&self) -> Result<Stack> {
        let file = template_file_name(self.app, self.deployment).await?;
        let name = stack_name(&self.deployment.target, &file, &self.app.ids.stack_suffix());
        let stack = Stack { trace: self.deployment.trace, ..Stack::named(name) };
        Subject::change_stack(self.app, self.deployment, |deployable| {
            deployable.stack = Some(stack.clone());
            true
        })
        .await?;
        Ok(stack)
    }

    async fn create(&self, stack: &Stack) -> Result<Sight> {
        if !self.begin(StackOperationKind::Create, None).await? {
            return Ok(Sight::Ended(Report::cancelled()));
        }
        let request = self.request(stack, &stack.name, "create").await?;
        match self.app.cloudformation.create(&self.access, &request).await {
            Ok(arn) => {
                self.note_arn(arn).await?;
                self.look(Moment::AfterCall).await
            }
            Err(error) => self.explain(error),
        }
    }

    async fn update(&self, stack: &Stack, found: Option<StackDescription>) -> Result<Sight> {
        if !self.begin(StackOperationKind::Update, found.as_ref()).await? {
            return Ok(Sight::Ended(Report::cancelled()));
        }
        let request = self.request(stack, stack.handle(), "update").await?;
        match self.app.cloudformation.update(&self.access, &request).await {
            Ok(StackChange::Started) => self.look(Moment::AfterCall).await,
            Ok(StackChange::Unchanged) => super::observe::harvest(self.app, &self.access, stack, found).await,
            Err(error) => self.explain(error),
        }
    }

    /// Brings back a stack whose rollback failed; then it can be updated (behaviour 7.2).
    async fn continue_rollback(&self, stack: &Stack, found: Option<StackDescription>) -> Result<Sight> {
        if !self.begin(StackOperationKind::ContinueRollback, found.as_ref()).await? {
            return Ok(Sight::Ended(Report::cancelled()));
        }
        let token = self.token("rollback");
        match self.app.cloudformation.continue_rollback(&self.access, stack.handle(), &token).await {
            Ok(()) => self.look(Moment::AfterCall).await,
            Err(error) => self.explain(error),
        }
    }

    async fn call_delete(&self, stack: &Stack, found: Option<StackDescription>) -> Result<Sight> {
        if !self.begin(StackOperationKind::Delete, found.as_ref()).await? {
            return Ok(Sight::Ended(Report::cancelled()));
        }
        match self.app.cloudformation.delete(&self.access, stack.handle(), &[], &self.token("delete")).await {
            Ok(()) => self.look(Moment::AfterCall).await,
            Err(error) => self.explain(error),
        }
    }

    /// Deletes what is left of the stack, apart from what CloudFormation failed at.
    async fn call_delete_retaining(&self, stack: &Stack, found: Option<StackDescription>) -> Result<Sight> {
        if !self.begin(StackOperationKind::DeleteRetaining, found.as_ref()).await? {
            return Ok(Sight::Ended(Report::cancelled()));
        }
        let cloudformation = &self.app.cloudformation;
        let retained = match cloudformation.undeletable(&self.access, stack.handle()).await {
            Ok(retained) => retained,
            Err(error) => return self.explain(error),
        };
        let token = self.token("retain");
        match cloudformation.delete(&self.access, stack.handle(), &retained, &token).await {
            Ok(()) => self.look(Moment::AfterCall).await,
            Err(error) => self.explain(error),
        }
    }

    /// Tells people what the deployment waits for. The look afterwards finds what came before the token was stored: that
    /// the others are done, or a cancellation.
    async fn await_others(&self, stack: &Stack) -> Result<Sight> {
        let note = format!("Waiting for the stack {}, which is being changed by somebody else.", stack.name);
        note_down(self.app, self.deployment, &note).await?;
        self.look(Moment::Later).await
    }

    /// Writes down the call that is about to be made; false when it must not be made any more, because the deployment
    /// was cancelled or ended meanwhile.
    ///
    /// Here the calls on a stack and the requests to cancel them get their order: both change the same record. Either
    /// the cancellation finds what was begun, or the beginning finds the cancellation.
    async fn begin(&self, kind: StackOperationKind, found: Option<&StackDescription>) -> Result<bool> {
        let id = &self.deployment.id;
        Subject::change_stack(self.app, self.deployment, |deployable| {
            if !stack::may_begin(self.deployment, deployable, kind) {
                return false;
            }
            let Some(stack) = &mut deployable.stack else { return false };
            let begun =
                stack.operation.take().filter(|noted| noted.deployment_id == *id && noted.kind == kind);
            stack.operation = Some(begun.unwrap_or_else(|| StackOperation {
                deployment_id: id.clone(),
                kind,
                before: found.map(StackDescription::fingerprint),
            }));
            true
        })
        .await
    }

    async fn note_arn(&self, arn: String) -> Result<()> {
        Subject::change_stack(self.app, self.deployment, |deployable| {
            if let Some(stack) = &mut deployable.stack {
                stack.arn = Some(arn.clone());
            }
            true
        })
        .await?;
        Ok(())
    }

    async fn look(&self, moment: Moment) -> Result<Sight> {
        look(self.app, self.deployment, &self.access, moment).await
    }

    async fn request(&self, stack: &Stack, handle: &str, call: &str) -> Result<StackRequest> {
        let Deployment { target, target_state, .. } = self.deployment;
        let tags = stack_tags(self.app.location(), target, target_state, stack.trace);
        let template = stack_template(self.app, &rendered_key(&self.deployment.id)).await?;
        let parameters = stack_parameters(self.app, &parameters_key(&self.deployment.id)).await?;
        Ok(StackRequest { stack: handle.to_owned(), template, parameters, tags, token: self.token(call) })
    }

    /// A ClientRequestToken: the same for a repeated call, another one for each kind of call.
    fn token(&self, call: &str) -> String {
        format!("{}-{call}", self.deployment.id)
    }

    /// What a failed call means: an end that the owner reads, or a repetition of the step.
    fn explain(&self, error: CloudFormationError) -> Result<Sight> {
        super::observe::explain(self.app, error)
    }
}

/// The rendered text under `key` as CloudFormation takes it.
pub(super) async fn stack_template(app: &App, key: &str) -> Result<StackTemplate> {
    let rendered = app.artifacts.get(key).await?;
    let rendered = rendered.ok_or_else(|| Error::internal("the rendered template is missing"))?;
    if rendered.len() > INLINE_TEMPLATE_BYTES {
        return Ok(StackTemplate::Url(app.artifacts.presigned_url(key).await?));
    }
    String::from_utf8(rendered).map(StackTemplate::Body).map_err(|error| Error::Internal(Box::new(error)))
}

/// The name of the file that `deployment` renders.
pub(crate) async fn template_file_name(app: &App, deployment: &Deployment) -> Result<String> {
    let subject = Subject::load(app, deployment).await?;
    if let Subject::Component(component, ..) = &subject {
        return Ok(component.file.clone());
    }
    let (Some((kind, part)), Some(state)) = (subject.part(), deployment.target_state.template()) else {
        return Err(Error::internal("the resource has neither a template nor code of its own"));
    };
    let key = Key::TemplateVersion(kind, state.template.clone(), state.version);
    let version: Option<TemplateVersion> = app.store.find(key).await?;
    match version.as_ref().and_then(|version| version.part(part)).map(|summary| &summary.engine) {
        Some(ProvisioningEngine::Cloudformation { file }) => Ok(file.clone()),
        _ => Err(Error::internal("the template version has no CloudFormation template for this resource")),
    }
}
