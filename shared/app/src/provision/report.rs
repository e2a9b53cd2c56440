//! What a step found out, kept beside the deployment because payloads carry only ids (design 2.8).

use protium_domain::deployable::{DeploymentOutcome, Stack, StackOperationKind};
use protium_domain::identifier::Identifier;
use serde::{Deserialize, Serialize};

use super::StepOutcome;
use crate::artifact::report_key;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::ProvisionedResource;

/// How a deployment ended, as the step that knows it writes it down for `Record`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// How it ended.
    pub outcome: DeploymentOutcome,
    /// Why it failed, for the owner of the resource.
    pub message: Option<String>,
    /// Outputs, in the order of CloudFormation.
    pub outputs: Vec<(String, String)>,
    /// What was provisioned.
    pub resources: Vec<ProvisionedResource>,
}

/// Reports hold outputs and reasons, which are sensitive.
impl std::fmt::Debug for Report {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { outcome, outputs, resources, .. } = self;
        write!(formatter, "Report({outcome:?}, {} outputs, {} resources)", outputs.len(), resources.len())
    }
}

impl Report {
    /// A success that left nothing behind, as a deletion does.
    #[must_use]
    pub const fn succeeded() -> Self {
        Self {
            outcome: DeploymentOutcome::Succeeded,
            message: None,
            outputs: Vec::new(),
            resources: Vec::new(),
        }
    }

    /// A deletion of `stack`. Where resources were left behind, whoever looks for them is told.
    #[must_use]
    pub fn deleted(stack: Option<&Stack>) -> Self {
        let operation = stack.and_then(|stack| stack.operation.as_ref());
        let retained =
            operation.is_some_and(|operation| operation.kind == StackOperationKind::DeleteRetaining);
        let message = retained.then(|| {
            "The resources that CloudFormation could not delete were retained. The events of the stack name them \
             (DELETE_SKIPPED)."
                .to_owned()
        });
        Self { message, ..Self::succeeded() }
    }

    /// A deletion of which CloudFormation wasn't asked: `stack` stays as it is.
    #[must_use]
    pub fn stack_retained(stack: Option<&Stack>) -> Self {
        let message = stack
            .filter(|stack| !stack.was_never_asked_for())
            .map(|stack| format!("The stack {} was retained.", stack.handle()));
        Self { message, ..Self::succeeded() }
    }

    /// A failure and its reason.
    #[must_use]
    pub fn failed(message: impl Into<String>) -> Self {
        Self { outcome: DeploymentOutcome::Failed, message: Some(message.into()), ..Self::succeeded() }
    }

    /// What was asked for is undone, or never begun, because somebody cancelled it (wording of behaviour 7.6).
    #[must_use]
    pub fn cancelled() -> Self {
        Self {
            outcome: DeploymentOutcome::Cancelled,
            message: Some("User initiated cancellation.".to_owned()),
            ..Self::succeeded()
        }
    }

    /// What the state machine is told of it.
    #[must_use]
    pub const fn step_outcome(&self) -> StepOutcome {
        match self.outcome {
            DeploymentOutcome::Succeeded => StepOutcome::Succeeded,
            DeploymentOutcome::Failed | DeploymentOutcome::Cancelled => StepOutcome::Failed,
        }
    }

    pub(super) async fn save(&self, app: &App, deployment: &Identifier) -> Result<()> {
        let json = serde_json::to_vec(self).map_err(|error| Error::Internal(Box::new(error)))?;
        Ok(app.artifacts.put(&report_key(deployment), json).await?)
    }

    pub(super) async fn load(app: &App, deployment: &Identifier) -> Result<Self> {
        let bytes = app.artifacts.get(&report_key(deployment)).await?;
        let bytes = bytes.ok_or_else(|| Error::internal(format!("deployment {deployment} has no report")))?;
        serde_json::from_slice(&bytes).map_err(|error| Error::Internal(Box::new(error)))
    }
}
