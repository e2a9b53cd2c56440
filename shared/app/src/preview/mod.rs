//! `PreviewDeployment` and `AdoptResource`: what a request would deploy, before it does (behaviour 15, #60, #35).
//!
//! A preview takes the request that somebody has in mind, as it is. The use case of that request reads, checks and builds
//! its commit, which is kept instead of being submitted ([`plan`]). The `provision` machine then carries the preview
//! through the steps of a deployment, over a view of the table in which the commit had happened: the text is rendered
//! exactly as it would be, CloudFormation computes a change set, and all that is left with CloudFormation is removed again.
//! Every name is committed to the preview's record before the thing is made, so that the machine, or the reconciler that
//! starts it again, removes what a step left behind when it died.
//!
//! An adoption is a preview of a creation, on a stack that exists. When the change set is empty, tags aside, the plan's
//! commit is submitted after all, with the stack in its record; the first deployment then finds nothing to change.

mod adopt;
mod findings;
pub(crate) mod plan;
mod request;

use adopt::Adoption;
pub use adopt::{Adopted, AdoptedInstance, AdoptedPipeline, adoption_start};
pub(crate) use adopt::{owned, owner_by_tags};
pub(crate) use findings::Findings;
pub use request::PreviewRequest;

use protium_domain::identifier::Identifier;
use protium_domain::intent::{Workflow, WorkflowStart};
use protium_domain::preview::Preview;
use serde_json::json;

use crate::artifact::{preview_parameters_key, preview_rendered_key, preview_text_key};
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, ResourceChange, StoreExt};
use crate::provision::stack_parameters;
use crate::race::Races;
use crate::rendered::{RenderedFile, rendered_text};
use crate::workflow::partition_of;
use plan::{Part, Plan};

/// A preview as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewView {
    /// The preview.
    pub preview: Preview,
    /// What CloudFormation would do; nothing while that isn't known.
    pub changes: Option<Vec<ResourceChange>>,
    /// What would be deployed; empty while it isn't rendered.
    pub files: Vec<RenderedFile>,
}

/// Begins a preview. Nothing of the request is carried out.
///
/// # Errors
/// Whatever the request itself would be refused with; [`Error::Validation`] for one that deploys nothing.
pub async fn preview_start(app: &App, request: &PreviewRequest) -> Result<PreviewView> {
    let (commit, part) = request.plan(app).await?;
    begin(app, Plan::new(commit), &part, None).await
}

/// Begins the preview of one deployment of a plan.
async fn begin(app: &App, plan: Plan, part: &Part, adoption: Option<Adoption<'_>>) -> Result<PreviewView> {
    let deployment = plan.deployment_of(part)?;
    let (id, target, now) = (app.ids.identifier(), deployment.target.clone(), app.now());
    let deployment_id = deployment.id.clone();
    plan.save(app, &id).await?;
    app.artifacts
        .put(&preview_text_key(&id, "file-name"), plan.file_name(app, &deployment_id).await?.into())
        .await?;
    if let Some(adoption) = &adoption {
        adoption.adopted.save(app, &id).await?;
    }
    let adopts = adoption.map(|adoption| adoption.stack);
    let preview = Preview::new(id, target, deployment_id, adopts, now);
    let mut commit = Commit::new(partition_of(&preview.target));
    commit.create(&preview);
    commit.start(workflow_start(&preview));
    let races = commit.submit(app).await;
    races.or_else(|error| Races::few().lost(error, "the preview"))?;
    Ok(PreviewView { preview, changes: None, files: Vec::new() })
}

/// Starts the work on `preview`: the machine that carries out deployments knows previews, too.
pub(crate) fn workflow_start(preview: &Preview) -> WorkflowStart {
    WorkflowStart {
        workflow: Workflow::Provision,
        name: preview.execution_name(),
        input: json!({"deploymentId": preview.id}),
    }
}

/// Reads a preview or an adoption.
///
/// # Errors
/// [`Error::NotFound`] for an unknown one, or one that ended more than a week ago.
pub async fn preview_get(app: &App, id: &Identifier) -> Result<PreviewView> {
    let preview: Option<Preview> = app.store.find(Key::Preview(id.clone())).await?;
    let preview = preview.ok_or_else(|| {
        Error::NotFound(format!("The requested preview does not exist: {id}; it is kept for a week"))
    })?;
    let findings = Findings::load(app, id).await?;
    let mut files = Vec::new();
    if let Some(text) = rendered_text(app, &preview_rendered_key(id)).await? {
        let name = app.artifacts.get(&preview_text_key(id, "file-name")).await?;
        let name =
            name.and_then(|name| String::from_utf8(name).ok()).unwrap_or_else(|| "template".to_owned());
        let parameters = stack_parameters(app, &preview_parameters_key(id)).await?;
        files.push(RenderedFile { name, text, parameters });
    }
    Ok(PreviewView { preview, changes: findings.and_then(|findings| findings.changes), files })
}
