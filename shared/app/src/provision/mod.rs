//! The steps of the `provision` state machine: one deployment, from its record to its outcome.
//!
//! `Render -> Start -> (Observe …) -> Record`. Each step may run twice, be cut off, or come late: a step reads where the
//! deployment stands, does what is missing, and leaves what it found in the artifact bucket as a [`Report`]; only
//! `Record` changes a status. What to do with a stack is decided by pure functions ([`stack`]).

mod back_off;
mod observe;
mod parameters;
mod pipeline_namespace;
mod preview;
mod record;
mod render;
mod report;
pub mod stack;
mod start;
mod subject;

pub use back_off::Task;
pub use observe::observe;
pub(crate) use parameters::stack_parameters;
pub(crate) use preview::give_up as preview_give_up;
pub(crate) use record::close;
pub use record::{RecordInput, StepError, record};
pub(crate) use render::outputs;
pub use render::render;
pub use report::Report;
pub use start::start;
pub(crate) use start::template_file_name;

use protium_domain::deployment::Deployment;
use protium_domain::identifier::Identifier;
use protium_domain::preview::Preview;
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
    /// Not done, and nobody will tell when it is: observe again later.
    Later {
        /// How much later.
        seconds: u32,
    },
    /// Throttled before the work was under way: start again later.
    RestartLater {
        /// How much later.
        seconds: u32,
    },
}

/// What an execution works on.
enum Work {
    /// A deployment.
    Deployment(Box<Deployment>),
    /// A preview of one.
    Preview(Box<Preview>),
    /// Nothing that is left to do: somebody else finished it.
    Nothing,
}

/// The work of this id, if it is still open.
async fn open_work(app: &App, id: &Identifier) -> Result<Work> {
    let deployment: Option<Deployment> = app.store.find(Key::Deployment(id.clone())).await?;
    if let Some(deployment) = deployment {
        let is_open = deployment.is_open();
        return Ok(if is_open { Work::Deployment(Box::new(deployment)) } else { Work::Nothing });
    }
    let preview: Option<Preview> = app.store.find(Key::Preview(id.clone())).await?;
    let preview = preview.ok_or_else(|| Error::internal(format!("the deployment {id} does not exist")))?;
    Ok(if preview.is_open() { Work::Preview(Box::new(preview)) } else { Work::Nothing })
}
