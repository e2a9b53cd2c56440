//! What a step found out, kept beside the deployment because payloads carry only ids (design 2.8).

use protium_domain::deployable::DeploymentOutcome;
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
