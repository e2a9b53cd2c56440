//! The steps of a preview: those of a deployment, up to a change set that is removed again.
//!
//! What a preview leaves with CloudFormation is at most one change set and the stack that was made for it, both named in
//! its record before they are made. It ends only after they are gone, or after the owner has been told where they are.

use protium_domain::deployable::Stack;
use protium_domain::deployment::Deployment;
use protium_domain::preview::{ChangeSetPlace, Preview};
use protium_domain::provisioning::{stack_name, stack_tags};

use super::observe::conclude;
use super::parameters::stack_parameters;
use super::render::rendered;
use super::start::{role_advice, stack_template, template_file_name};
use super::subject::Subject;
use super::{RecordInput, StepOutcome, stack};
use crate::artifact::{preview_parameters_key, preview_rendered_key};
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{
    ChangeSetRequest, ChangeSetState, CloudFormationError, CommitError, Key, RoleAccess, StackRequest,
    StoreExt,
};
use crate::preview::plan::{Part, Plan};
use crate::preview::{Adopted, Findings, owned, owner_by_tags};
use crate::race::Races;
use crate::workflow::partition_of;

/// When to look again: nobody tells when a change set is computed, or the stack that was made for it is gone.
const LATER: StepOutcome = StepOutcome::Later { seconds: 3 };

/// Renders what would be deployed.
pub(super) async fn render(app: &App, preview: &Preview) -> Result<StepOutcome> {
    let plan = Plan::load(app, &preview.id).await?;
    let deployment = plan.deployment(&preview.deployment_id)?;
    match rendered(&plan.staged(app), &deployment).await {
        Ok(rendered) => {
            let (template, parameters) =
                (preview_rendered_key(&preview.id), preview_parameters_key(&preview.id));
            rendered.save(app, &template, &parameters).await?;
            Ok(StepOutcome::Wait)
        }
        Err(Error::Validation(reason)) => {
            Findings::failed(reason).save(app, &preview.id).await?;
            Ok(StepOutcome::Failed)
        }
        Err(error) => Err(error),
    }
}

/// Asks for the change set.
pub(super) async fn start(app: &App, preview: Preview, task_token: &str) -> Result<()> {
    let outcome = Step::load(app, preview).await?.start().await?;
    conclude(app, task_token, outcome).await
}

/// Looks at the change set; once it is there, keeps what it says and removes it.
pub(super) async fn observe(app: &App, preview: Preview, task_token: &str) -> Result<()> {
    let outcome = Step::load(app, preview).await?.observe().await?;
    conclude(app, task_token, outcome).await
}

/// Ends the preview. One whose step broke stays open: the reconciler starts it again, so that nothing is left behind.
pub(super) async fn record(app: &App, preview: Preview, input: &RecordInput) -> Result<()> {
    if let Some(error) = &input.error {
        let error = error.error.as_deref().unwrap_or("unknown");
        tracing::error!(preview = %preview.id, error, "a step of a preview broke");
        return Ok(());
    }
    let findings = Findings::load(app, &preview.id).await?;
    let findings = findings.unwrap_or_else(|| Findings::failed("The preview ended without a result."));
    let failure = match &preview.adopts {
        Some(_) if findings.failure.is_none() && findings.differs() => Some(DIFFERS.to_owned()),
        Some(stack) if findings.failure.is_none() => {
            let stack = stack.clone();
            // On the heap: it renders.
            return Box::pin(adopt(app, preview, &stack)).await;
        }
        _ => findings.failure,
    };
    close(app, preview, failure, None).await.map_err(internal)
}

const DIFFERS: &str = "The stack differs from what would be deployed, so it was not adopted: the changes tell where. Choose \
                       the template version and the spec that it was deployed with, and adopt it then.";

/// The stack is as it would be deployed: makes the resource around it. Of adoptions side by side one is first; the others
/// plan again on what it left.
async fn adopt(app: &App, mut preview: Preview, stack: &Stack) -> Result<()> {
    let mut plan = Plan::load(app, &preview.id).await?;
    let mut races = Races::many();
    loop {
        let made = plan.adopting(&preview.target, stack);
        let Err(error) = close(app, preview.clone(), None, Some(made)).await else { return Ok(()) };
        let planned = match races.lost(error, "what the adoption was planned on") {
            Ok(()) => planned_again(app, &preview, stack).await,
            Err(error) => Err(error),
        };
        // Whoever ended this very preview meanwhile has won all races.
        let found: Option<Preview> = app.store.find(Key::Preview(preview.id.clone())).await?;
        let Some(found) = found.filter(Preview::is_open) else { return Ok(()) };
        preview = found;
        plan = match planned {
            Ok(plan) => plan,
            Err(Error::Internal(source)) => return Err(Error::Internal(source)),
            Err(Error::Throttling(reason)) => return Err(Error::Throttling(reason)),
            Err(refusal) => {
                let reason = format!("The stack was not adopted: {refusal}");
                return close(app, preview, Some(reason), None).await.map_err(internal);
            }
        };
    }
}

/// The plan of an adoption as everything is now, if the stack is still as that would deploy it.
async fn planned_again(app: &App, preview: &Preview, stack: &Stack) -> Result<Plan> {
    let adopted = Adopted::load(app, &preview.id).await?;
    let (Some(adopted), Some(arn)) = (adopted, &stack.arn) else { return Err(changed_meanwhile()) };
    let plan = adopted.plan(app, arn).await?;
    let deployment = plan.deployment_of(&Part::Only)?;
    let rendered = rendered(&plan.staged(app), &deployment).await?;
    let (template, parameters) = (preview_rendered_key(&preview.id), preview_parameters_key(&preview.id));
    match rendered.is_saved(app, &template, &parameters).await? {
        true => Ok(plan),
        false => Err(changed_meanwhile()),
    }
}

fn changed_meanwhile() -> Error {
    Error::Conflict("what it was planned on has changed meanwhile; adopt it again".to_owned())
}

async fn close(
    app: &App,
    mut preview: Preview,
    failure: Option<String>,
    made: Option<Commit>,
) -> std::result::Result<(), CommitError> {
    if preview.finish(failure, app.now()).is_err() {
        return Ok(());
    }
    let mut commit = Commit::new(partition_of(&preview.target));
    commit.replace(preview);
    if let Some(made) = made {
        commit.append(made);
    }
    commit.submit(app).await
}

fn internal(error: CommitError) -> Error {
    match error {
        CommitError::Port(error) => error.into(),
        CommitError::Condition(_) => Error::Throttling("the preview is changed by others".to_owned()),
    }
}

/// The reconciler gives up: tells what may be left.
pub(crate) async fn give_up(app: &App, preview: Preview) -> Result<()> {
    let mut reason = "Protium could not make the preview: its workflow died repeatedly. Ask for it again; if that does not \
                      help, ask the operators of this installation to look into the logs."
        .to_owned();
    reason.push_str(&leftovers(&preview));
    close(app, preview, Some(reason), None).await.map_err(internal)
}

/// What may be left of a preview whose role could not remove it.
fn leftovers(preview: &Preview) -> String {
    match &preview.place {
        None => String::new(),
        Some(place) if place.is_new_stack => {
            format!(" The stack {} may be left in REVIEW_IN_PROGRESS; delete it.", place.stack)
        }
        Some(place) => {
            format!(
                " The change set {} of the stack {} may be left; delete it.",
                place.change_set, place.stack
            )
        }
    }
}

/// What the work on one preview needs.
struct Step<'a> {
    app: &'a App,
    staged: App,
    preview: Preview,
    deployment: Deployment,
    subject: Subject,
    access: Option<RoleAccess>,
}

impl<'a> Step<'a> {
    async fn load(app: &'a App, preview: Preview) -> Result<Self> {
        let plan = Plan::load(app, &preview.id).await?;
        let deployment = plan.deployment(&preview.deployment_id)?;
        let staged = plan.staged(app);
        let subject = Subject::load(&staged, &deployment).await?;
        let access = subject.access(&deployment);
        Ok(Self { app, staged, preview, deployment, subject, access })
    }

    async fn start(mut self) -> Result<StepOutcome> {
        if let Some(findings) = Findings::load(self.app, &self.preview.id).await? {
            return self.end(findings).await;
        }
        let Some(access) = self.access.clone() else {
            let advice = role_advice(&self.deployment);
            return self.end(Findings::failed(advice)).await;
        };
        let place = match self.preview.place.clone() {
            Some(place) => place,
            None => match self.place(&access).await? {
                Ok(place) => place,
                Err(reason) => return self.end(Findings::failed(reason)).await,
            },
        };
        let request = self.request(&place).await?;
        match self.app.cloudformation.change_set_create(&access, &request).await {
            Ok(()) => Ok(LATER),
            Err(error) => self.refused(error).await,
        }
    }

    async fn observe(self) -> Result<StepOutcome> {
        if let Some(findings) = Findings::load(self.app, &self.preview.id).await? {
            return self.end(findings).await;
        }
        let (Some(access), Some(place)) = (&self.access, &self.preview.place) else {
            return Ok(StepOutcome::Restart);
        };
        match self.app.cloudformation.change_set(access, &place.stack, &place.change_set).await {
            Ok(Some(ChangeSetState::Ready(changes))) => self.end(Findings::changes(changes)).await,
            Ok(Some(ChangeSetState::Failed(reason))) => self.end(Findings::failed(reason)).await,
            Ok(_) if self.app.now().since(self.preview.created_at) > Preview::PATIENCE => {
                let reason =
                    "CloudFormation took too long to compute the change set. Ask for the preview again.";
                self.end(Findings::failed(reason)).await
            }
            Ok(Some(ChangeSetState::Pending)) => Ok(LATER),
            Ok(None) => Ok(StepOutcome::Restart),
            Err(error) => self.refused(error).await,
        }
    }

    /// Decides on which stack the change set is computed, and notes that down; or why there is none.
    async fn place(&mut self, access: &RoleAccess) -> Result<std::result::Result<ChangeSetPlace, String>> {
        let existing = match &self.preview.adopts {
            Some(stack) => self.adoptable(access, stack).await?.map(|()| Some(stack.handle().to_owned())),
            None => self.deployed(access).await?,
        };
        let stack = match existing {
            Err(reason) => return Ok(Err(reason)),
            Ok(stack) => stack,
        };
        let is_new_stack = stack.is_none();
        let stack = match stack {
            Some(stack) => stack,
            None => {
                let file = template_file_name(&self.staged, &self.deployment).await?;
                stack_name(&self.deployment.target, &file, &self.app.ids.stack_suffix())
            }
        };
        let change_set = format!("protium-preview-{}", self.preview.id);
        let place = ChangeSetPlace { stack, change_set, is_new_stack };
        let mut preview = self.preview.clone();
        preview.place = Some(place.clone());
        let mut commit = Commit::new(partition_of(&preview.target));
        self.preview = commit.replace(preview);
        commit.submit(self.app).await.map_err(internal)?;
        Ok(Ok(place))
    }

    /// The resource's stack by name or ARN, as far as the next deployment would update it; nothing when it would make one.
    async fn deployed(&self, access: &RoleAccess) -> Result<std::result::Result<Option<String>, String>> {
        let Some(stack) = self.subject.stack().filter(|stack| !stack.was_never_asked_for()) else {
            return Ok(Ok(None));
        };
        let found = match self.app.cloudformation.describe(access, stack.handle()).await {
            Ok(found) => found,
            Err(error) => return self.reason(error).map(Err),
        };
        Ok(match stack::deploy(&self.deployment.id, stack, found.as_ref()) {
            stack::Deploy::Create | stack::Deploy::CreateAnew | stack::Deploy::Replace => Ok(None),
            stack::Deploy::Update => Ok(Some(stack.handle().to_owned())),
            stack::Deploy::Refuse(reason) => Err(reason),
            stack::Deploy::ContinueRollback => Err(format!(
                "The stack {} is in UPDATE_ROLLBACK_FAILED, so CloudFormation computes no change set for it. The next \
                 deployment continues the rollback first.",
                stack.name
            )),
            stack::Deploy::Await | stack::Deploy::AwaitOthers => Err(format!(
                "The stack {} is being changed by somebody else. Ask for the preview again when that is done.",
                stack.name
            )),
        })
    }

    /// Whether the stack to adopt is there, rests in a status from which it can be updated, and isn't one that Protium made
    /// for a resource of its own.
    async fn adoptable(&self, access: &RoleAccess, stack: &Stack) -> Result<std::result::Result<(), String>> {
        match self.app.cloudformation.describe(access, stack.handle()).await {
            Ok(Some(found)) if found.status.is_updatable() => {
                let owner = owner_by_tags(self.app, &found).await?;
                Ok(owner.map_or(Ok(()), |owner| Err(owned(self.app, &owner))))
            }
            Ok(Some(found)) => Ok(Err(format!(
                "The stack {} is in {}, from which CloudFormation accepts no update; mend it, then adopt it.",
                stack.name, found.status.0
            ))),
            Ok(None) => Ok(Err(format!("The stack {} does not exist.", stack.handle()))),
            Err(error) => self.reason(error).map(Err),
        }
    }

    async fn request(&self, place: &ChangeSetPlace) -> Result<ChangeSetRequest> {
        // The tags of a stack that is adopted stay, so that the change set tells of everything but them.
        let tags = match self.preview.adopts {
            Some(_) => Vec::new(),
            None => {
                let trace =
                    self.subject.stack().filter(|_| !place.is_new_stack).and_then(|stack| stack.trace);
                stack_tags(self.app.location(), &self.deployment.target, &self.deployment.target_state, trace)
            }
        };
        let template = stack_template(self.app, &preview_rendered_key(&self.preview.id)).await?;
        let parameters = stack_parameters(self.app, &preview_parameters_key(&self.preview.id)).await?;
        let token = format!("{}-preview", self.preview.id);
        let stack = StackRequest { stack: place.stack.clone(), template, parameters, tags, token };
        Ok(ChangeSetRequest { stack, name: place.change_set.clone(), creates: place.is_new_stack })
    }

    /// What a failed call means: an end that the owner reads, or a repetition of the step.
    async fn refused(self, error: CloudFormationError) -> Result<StepOutcome> {
        let reason = self.reason(error)?;
        self.end(Findings::failed(reason)).await
    }

    fn reason(&self, error: CloudFormationError) -> Result<String> {
        super::observe::reason(self.app, error)
    }

    /// Keeps what was found, removes what was made for it, and is done when that is gone.
    async fn end(self, mut findings: Findings) -> Result<StepOutcome> {
        findings.save(self.app, &self.preview.id).await?;
        match self.clean().await {
            Ok(true) => {}
            Ok(false) => return Ok(LATER),
            Err(error) => {
                let reason = self.reason(error)?;
                let before = findings.failure.take().map(|before| format!("{before}\n")).unwrap_or_default();
                findings.failure = Some(format!("{before}{reason}{}", leftovers(&self.preview)));
                findings.save(self.app, &self.preview.id).await?;
            }
        }
        Ok(if findings.failure.is_some() { StepOutcome::Failed } else { StepOutcome::Succeeded })
    }

    /// Removes change set and stack; whether they are gone.
    async fn clean(&self) -> std::result::Result<bool, CloudFormationError> {
        let (Some(access), Some(place)) = (&self.access, &self.preview.place) else { return Ok(true) };
        let cloudformation = &self.app.cloudformation;
        cloudformation.change_set_delete(access, &place.stack, &place.change_set).await?;
        if !place.is_new_stack {
            return Ok(true);
        }
        let token = format!("{}-remove", self.preview.id);
        cloudformation.delete(access, &place.stack, &[], &token).await?;
        let found = cloudformation.describe(access, &place.stack).await?;
        Ok(found.is_none_or(|found| found.status.is_deleted()))
    }
}
