//! `GetRenderedTemplate`: what was deployed, byte for byte (behaviour 15, #60).
//!
//! The text that a deployment rendered lies in the artifact bucket under the deployment's id for as long as the bucket's
//! rules keep it. It holds inputs and outputs, so it is as sensitive as a spec: it is never logged, and a URL to it lives
//! for fifteen minutes.

use protium_domain::component::Component;
use protium_domain::deployment::{Deployment, DeploymentKind, DeploymentTarget};
use protium_domain::identifier::Identifier;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::{BundlePart, ProvisioningEngine, TemplateVersion};

use crate::artifact::{parameters_key, rendered_key};
use crate::context::App;
use crate::deployment::{deployment_find, unknown};
use crate::error::{Error, Result};
use crate::ports::{Key, StackParameter, StoreExt};
use crate::provision::stack_parameters;

/// The largest text, in bytes, that an answer holds: well below the 6 MB that a Lambda may answer with, even when every
/// character is escaped in JSON. What is larger is fetched by a URL.
pub const INLINE_BYTES: usize = 1_000_000;

/// What a file is called whose name isn't known any more, because its template version was deleted.
const NAMELESS: &str = "template";

/// One rendered file.
#[derive(Clone, PartialEq, Eq)]
pub struct RenderedFile {
    /// Its name within the bundle's folder.
    pub name: String,
    /// Its text, or where it is fetched.
    pub text: RenderedText,
    /// The values of its parameters, where its manifest asks for native parameters.
    pub parameters: Vec<StackParameter>,
}

/// A rendered text.
#[derive(Clone, PartialEq, Eq)]
pub enum RenderedText {
    /// The text itself.
    Inline(String),
    /// A URL that its holder may read from for fifteen minutes.
    Url(String),
}

/// Rendered texts hold inputs: only the name may reach a log.
impl std::fmt::Debug for RenderedFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "RenderedFile({})", self.name)
    }
}

/// Reads what was rendered for the deployment `id`.
///
/// # Errors
/// [`Error::NotFound`] for an unknown deployment; [`Error::Validation`] for one that has rendered nothing: a deletion, one
/// that hasn't come to it yet or failed at it, one of a customer-managed environment, or one that is so old that the bucket
/// keeps its text no longer.
pub async fn rendered_template_get(app: &App, id: &Identifier) -> Result<Vec<RenderedFile>> {
    let deployment = deployment_find(app, id).await?.ok_or_else(|| unknown(app, id))?;
    if deployment.kind == DeploymentKind::Delete {
        return Err(Error::Validation(format!(
            "deploymentId: the deployment {id} is a deletion, which renders nothing"
        )));
    }
    let text = rendered_text(app, &rendered_key(id)).await?.ok_or_else(|| nothing_rendered(&deployment))?;
    let name = file_name(app, &deployment).await?.unwrap_or_else(|| NAMELESS.to_owned());
    let parameters = stack_parameters(app, &parameters_key(id)).await?;
    Ok(vec![RenderedFile { name, text, parameters }])
}

/// The rendered text under `key`: itself while it is small enough, else a URL.
pub(crate) async fn rendered_text(app: &App, key: &str) -> Result<Option<RenderedText>> {
    let Some(bytes) = app.artifacts.get(key).await? else { return Ok(None) };
    if bytes.len() > INLINE_BYTES {
        return Ok(Some(RenderedText::Url(app.artifacts.presigned_url(key).await?)));
    }
    let text = String::from_utf8(bytes).map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(Some(RenderedText::Inline(text)))
}

fn nothing_rendered(deployment: &Deployment) -> Error {
    Error::Validation(format!(
        "deploymentId: there is no rendered template of the deployment {}, which is {}: it has not been rendered yet, could \
         not be rendered, or is too old",
        deployment.id,
        deployment.status()
    ))
}

/// The name of the template file; nothing when whatever named it is gone.
async fn file_name(app: &App, deployment: &Deployment) -> Result<Option<String>> {
    let (kind, part) = match &deployment.target {
        DeploymentTarget::Component { name, .. } => {
            let component: Option<Component> = app.store.find(Key::Component(name.clone())).await?;
            return Ok(component.map(|component| component.file));
        }
        DeploymentTarget::Environment { .. } => (TemplateKind::Environment, BundlePart::Infrastructure),
        DeploymentTarget::ServiceInstance { .. } => {
            (TemplateKind::Service, BundlePart::InstanceInfrastructure)
        }
        DeploymentTarget::ServicePipeline { .. } => {
            (TemplateKind::Service, BundlePart::PipelineInfrastructure)
        }
    };
    let Some(state) = deployment.target_state.template() else { return Ok(None) };
    let key = Key::TemplateVersion(kind, state.template.clone(), state.version);
    let version: Option<TemplateVersion> = app.store.find(key).await?;
    let engine = version.as_ref().and_then(|version| version.part(part)).map(|summary| &summary.engine);
    Ok(match engine {
        Some(ProvisioningEngine::Cloudformation { file }) => Some(file.clone()),
        _ => None,
    })
}
