//! The step `Observe`: looks at the stack, and tells the state machine when it is done.

use std::time::Duration;

use protium_domain::deployable::{DeploymentOutcome, Stack};
use protium_domain::deployment::{Deployment, DeploymentKind};
use protium_domain::identifier::Identifier;
use protium_domain::token::StackWait;
use serde_json::json;

use super::back_off::{Task, unless_throttled};
use super::stack::{Moment, Verdict, has_begun, judge, judge_cancellation, judge_retaining};
use super::subject::Subject;
use super::{Report, StepOutcome, Work, open_work, preview};
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{CloudFormationError, RoleAccess, StackDescription, Write};

/// How long the record of a wait is kept: longer than any wait, which the state machine renews every five minutes.
const WAIT_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// What a look at the stack found.
pub(super) enum Sight {
    /// Not done: whoever hears of the stack, or the next look, goes on.
    Pending,
    /// The way is free to start again.
    Restart,
    /// Done, well or badly.
    Ended(Report),
}

impl Sight {
    /// Keeps the report and resumes the task, unless there is something to wait for.
    pub(super) async fn tell(self, app: &App, id: &Identifier, task_token: &str) -> Result<()> {
        match self {
            Self::Pending => Ok(()),
            Self::Restart => conclude(app, task_token, StepOutcome::Restart).await,
            Self::Ended(report) => {
                report.save(app, id).await?;
                conclude(app, task_token, report.step_outcome()).await
            }
        }
    }
}

/// Resumes the task with `outcome`.
pub(super) async fn conclude(app: &App, task_token: &str, outcome: StepOutcome) -> Result<()> {
    let output = serde_json::to_value(outcome).unwrap_or_else(|_| json!({"outcome": "WAIT"}));
    Ok(app.task_tokens.resume(task_token, output).await?)
}

/// Remembers who waits for `stack`.
pub(super) async fn wait_store(
    app: &App,
    deployment: &Deployment,
    stack: &Stack,
    task_token: &str,
) -> Result<()> {
    let wait = StackWait {
        stack_name: stack.name.clone(),
        deployment_id: deployment.id.clone(),
        task_token: task_token.to_owned(),
        expires_at: app.now().plus(WAIT_LIFETIME),
    };
    app.store.commit(&[Write::Put(wait.into())]).await.map_err(|error| Error::Internal(Box::new(error)))
}

/// Looks at the stack of the deployment `id`. The task ends when something resumes its token: this step when the stack is
/// done or something throttles it, else the stack's next event.
///
/// # Errors
/// As [`super::start`].
pub async fn observe(app: &App, id: &Identifier, task: impl Into<Task<'_>>) -> Result<()> {
    let task = task.into();
    let result = see(app, id, task.token).await;
    unless_throttled(app, id, task, result, |seconds| StepOutcome::Later { seconds }).await
}

async fn see(app: &App, id: &Identifier, task_token: &str) -> Result<()> {
    let deployment = match open_work(app, id).await? {
        Work::Deployment(deployment) => *deployment,
        Work::Preview(preview) => return preview::observe(app, *preview, task_token).await,
        Work::Nothing => return conclude(app, task_token, StepOutcome::Succeeded).await,
    };
    let subject = Subject::load(app, &deployment).await?;
    if let Some(stack) = subject.stack() {
        wait_store(app, &deployment, stack, task_token).await?;
    }
    let sight = match subject.access(&deployment) {
        Some(access) => look(app, &deployment, &access, Moment::Later).await?,
        None => Sight::Restart,
    };
    sight.tell(app, id, task_token).await
}

/// Describes the stack once and judges it.
pub(super) async fn look(
    app: &App,
    deployment: &Deployment,
    access: &RoleAccess,
    moment: Moment,
) -> Result<Sight> {
    let subject = Subject::load(app, deployment).await?;
    let Some(stack) = subject.stack() else { return Ok(Sight::Restart) };
    if subject.is_cancelling() && !has_begun(&deployment.id, stack) {
        return Ok(Sight::Ended(Report::cancelled()));
    }
    let found = match app.cloudformation.describe(access, stack.handle()).await {
        Ok(found) => found,
        Err(error) => return explain(app, error),
    };
    let deleting = deployment.kind == DeploymentKind::Delete;
    let verdict = if deployment.retention.is_some() {
        judge_retaining(&deployment.id, stack, found.as_ref(), moment)
    } else if subject.is_cancelling() {
        judge_cancellation(&deployment.id, stack, found.as_ref(), moment)
    } else {
        judge(&deployment.id, deleting, stack, found.as_ref(), moment)
    };
    match verdict {
        Verdict::Cancel => cancel(app, deployment, access, stack).await,
        Verdict::Cancelled => Ok(Sight::Ended(Report::cancelled())),
        Verdict::Pending => Ok(Sight::Pending),
        Verdict::Restart => Ok(Sight::Restart),
        Verdict::Succeeded if deleting => Ok(Sight::Ended(Report::deleted(subject.stack()))),
        Verdict::Succeeded => harvest(app, access, stack, found).await,
        Verdict::Failed => diagnose(app, access, stack, found.as_ref()).await,
    }
}

/// Asks CloudFormation to undo the update. A refusal doesn't end the deployment: the update goes on, and how it ends is
/// how the deployment ends.
async fn cancel(app: &App, deployment: &Deployment, access: &RoleAccess, stack: &Stack) -> Result<Sight> {
    let token = format!("{}-cancel", deployment.id);
    match app.cloudformation.cancel_update(access, stack.handle(), &token).await {
        Ok(()) => Ok(Sight::Pending),
        Err(CloudFormationError::Refused(reason)) => {
            note_down(app, deployment, &format!("The update could not be cancelled: {reason}")).await?;
            Ok(Sight::Pending)
        }
        Err(error) => explain(app, error),
    }
}

/// Tells people what a deployment in progress waits for.
pub(super) async fn note_down(app: &App, deployment: &Deployment, note: &str) -> Result<()> {
    Subject::change_stack(app, deployment, |deployable| deployable.note(note)).await?;
    Ok(())
}

/// Gathers outputs and resources of a stack that is as asked for.
pub(super) async fn harvest(
    app: &App,
    access: &RoleAccess,
    stack: &Stack,
    found: Option<StackDescription>,
) -> Result<Sight> {
    match app.cloudformation.resources(access, stack.handle()).await {
        Ok(resources) => Ok(Sight::Ended(Report {
            outcome: DeploymentOutcome::Succeeded,
            message: None,
            outputs: found.map(|found| found.outputs).unwrap_or_default(),
            resources,
        })),
        Err(error) => explain(app, error),
    }
}

/// Puts together why a stack is not as asked for, in CloudFormation's words (behaviour 7.2).
async fn diagnose(
    app: &App,
    access: &RoleAccess,
    stack: &Stack,
    found: Option<&StackDescription>,
) -> Result<Sight> {
    let Some(found) = found.filter(|found| !found.status.is_deleted()) else {
        return Ok(Sight::Ended(Report::failed(format!(
            "The stack {} was deleted while it was being deployed. Repeat the deployment to make it again.",
            stack.name
        ))));
    };
    let reasons = match app.cloudformation.failure_reasons(access, stack.handle()).await {
        Ok(reasons) => reasons,
        Err(error) => return explain(app, error),
    };
    let mut parts = vec![format!("The stack {} ended in {}.", stack.name, found.status.0)];
    parts.extend(found.status_reason.clone().filter(|reason| !reasons.contains(reason)));
    parts.extend(reasons);
    if found.status.is_rollback_failed() {
        parts.push(rollback_advice(stack));
    }
    Ok(Sight::Ended(Report::failed(parts.join("\n"))))
}

/// What a failed call to CloudFormation means for the deployment.
pub(super) fn explain(app: &App, error: CloudFormationError) -> Result<Sight> {
    Ok(Sight::Ended(Report::failed(reason(app, error)?)))
}

/// Why a call to CloudFormation was refused, for the owner.
///
/// # Errors
/// [`Error::Throttling`] when repeating the call helps.
pub(super) fn reason(app: &App, error: CloudFormationError) -> Result<String> {
    match error {
        CloudFormationError::Refused(reason) => Ok(reason),
        CloudFormationError::RoleNotAssumable { role_arn, message } => {
            Ok(trust_advice(app, &role_arn, &message))
        }
        CloudFormationError::Unavailable(reason) => Err(Error::Throttling(reason)),
    }
}

/// Says how a stack whose rollback failed is brought back.
fn rollback_advice(stack: &Stack) -> String {
    format!(
        "The next deployment continues the rollback before it updates the stack. If that fails again, mend what the \
         reasons name, or leave it out of the rollback by 'aws cloudformation continue-update-rollback --stack-name {} \
         --resources-to-skip …', then repeat the deployment.",
        stack.name
    )
}

/// Says how a role comes to trust Protium, with the statement to paste (behaviour 7.1a).
fn trust_advice(app: &App, role_arn: &str, message: &str) -> String {
    let statement = json!({
        "Effect": "Allow",
        "Principal": {"AWS": app.installation.provisioning_principal_arn},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": app.installation.external_id}},
    });
    format!(
        "Protium can't assume the role {role_arn}: {message}. If the role exists, add this statement to its trust \
         policy, then repeat the deployment: {statement}"
    )
}
