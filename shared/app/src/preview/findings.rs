//! What a preview found out, kept beside its plan because payloads carry only ids (design 2.8).

use protium_domain::identifier::Identifier;
use serde::{Deserialize, Serialize};

use crate::artifact::preview_text_key;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::ResourceChange;

/// What a preview found out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Findings {
    /// Why there is nothing to show, for people.
    pub(crate) failure: Option<String>,
    /// What CloudFormation would do, where it could tell.
    pub(crate) changes: Option<Vec<ResourceChange>>,
}

impl Findings {
    /// What CloudFormation would do.
    pub(crate) const fn changes(changes: Vec<ResourceChange>) -> Self {
        Self { failure: None, changes: Some(changes) }
    }

    /// A preview that can't be had.
    pub(crate) fn failed(reason: impl Into<String>) -> Self {
        Self { failure: Some(reason.into()), changes: None }
    }

    /// Whether CloudFormation would do anything but write tags.
    pub(crate) fn differs(&self) -> bool {
        self.changes.iter().flatten().any(|change| !change.is_of_tags_alone())
    }

    pub(crate) async fn save(&self, app: &App, preview: &Identifier) -> Result<()> {
        let json = serde_json::to_vec(self).map_err(|error| Error::Internal(Box::new(error)))?;
        Ok(app.artifacts.put(&key(preview), json).await?)
    }

    /// Nothing as long as nothing was found out.
    pub(crate) async fn load(app: &App, preview: &Identifier) -> Result<Option<Self>> {
        let Some(bytes) = app.artifacts.get(&key(preview)).await? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| Error::Internal(Box::new(error)))
    }
}

fn key(preview: &Identifier) -> String {
    preview_text_key(preview, "findings.json")
}
