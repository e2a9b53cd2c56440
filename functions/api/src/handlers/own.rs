//! What Protium does beyond Proton.

use protium_app::App;
use protium_app::force_delete::force_delete;
use protium_app::rendered::{RenderedFile, RenderedText, rendered_template_get};
use protium_app::retry::{DeploymentRetry, deployment_retry};
use protium_domain::deployment::Retention;
use protium_domain::identifier::Identifier;
use protium_wire::own as wire;

use super::deployment;
use crate::error::Answer;

/// GetRenderedTemplate.
pub(crate) async fn rendered_template(
    app: &App,
    input: wire::GetRenderedTemplateInput,
) -> Answer<wire::GetRenderedTemplateOutput> {
    let id = Identifier::new(input.deployment_id)?;
    let files = rendered_template_get(app, &id).await?;
    Ok(wire::GetRenderedTemplateOutput {
        deployment_id: id.to_string(),
        files: files.into_iter().map(rendered_file).collect(),
    })
}

/// RetryDeployment.
pub(crate) async fn retry(
    app: &App,
    input: wire::RetryDeploymentInput,
) -> Answer<wire::RetryDeploymentOutput> {
    let input = DeploymentRetry {
        id: Identifier::new(input.deployment_id)?,
        spec: input.spec,
        template_file: input.template_file,
    };
    let view = deployment_retry(app, input).await?;
    Ok(wire::RetryDeploymentOutput { deployment: deployment::detail(app.location(), view) })
}

/// ForceDelete.
pub(crate) async fn delete_by_force(
    app: &App,
    input: wire::ForceDeleteInput,
) -> Answer<wire::ForceDeleteOutput> {
    let retention = match input.retain {
        wire::Retention::FailedResources => Retention::FailedResources,
        wire::Retention::Stack => Retention::Stack,
    };
    let begun = force_delete(app, &input.resource_arn, retention).await?;
    Ok(wire::ForceDeleteOutput {
        deployments: begun.iter().map(|begun| deployment::summary(app.location(), begun)).collect(),
    })
}

pub(super) fn rendered_file(file: RenderedFile) -> wire::RenderedFile {
    let (content, content_url) = match file.text {
        RenderedText::Inline(text) => (Some(text), None),
        RenderedText::Url(url) => (None, Some(url)),
    };
    wire::RenderedFile { content, content_url, name: file.name }
}
