//! The steps of the `provision` state machine: one deployment, from its record to its outcome.
//!
//! `Render -> Start -> (Observe …) -> Record`. Each step may run twice, be cut off, or come late: a step reads where the
//! deployment stands, does what is missing, and leaves what it found in the artifact bucket as a [`Report`]; only
//! `Record` changes a status. What to do with a stack is decided by pure functions ([`stack`]).

mod observe;
mod pipeline_namespace;
mod record;
mod render;
mod report;
pub mod stack;
mod start;
mod subject;

pub use observe::observe;
pub(crate) use record::close;
pub use record::{RecordInput, StepError, record};
pub(crate) use render::outputs;
pub use render::render;
pub use report::Report;
pub use start::start;

use protium_domain::deployment::Deployment;
use protium_domain::identifier::Identifier;
use serde::{Deserialize, Serialize};

use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt};

/// What a step tells the state machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", tag = "outcome")]
pub enum StepOutcome {
    /// Nothing is decided yet: observe.
    Wait,
    /// Done as asked for.
    Succeeded,
    /// Not to be had; the report says why.
    Failed,
    /// What was in the way is gone: start again.
    Restart,
}

/// The deployment, if it is still open. A closed one has nothing left to do: somebody else finished it.
async fn open_deployment(app: &App, id: &Identifier) -> Result<Option<Deployment>> {
    let deployment: Option<Deployment> = app.store.find(Key::Deployment(id.clone())).await?;
    let deployment =
        deployment.ok_or_else(|| Error::internal(format!("the deployment {id} does not exist")))?;
    Ok(Some(deployment).filter(Deployment::is_open))
}
