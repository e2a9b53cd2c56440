//! One part of a bundle, rendered: the files that its engine is given, under their own names.
//!
//! The control plane, `protium` and tests all come through [`render_part`], so that what an author tries out is what is
//! deployed. What is rendered with is a [`RenderContext`]: the namespace, and what Terraform and CodeBuild are told
//! besides. A context of the control plane holds facts; one for trying out ([`super::preview`]) holds examples in
//! their place.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::parameters::{self, StackParameter};
use super::{RenderError, codebuild, json, render_cloudformation, terraform};
use crate::bundle::{Bundle, Engine, Part};
use crate::manifest::Manifest;

/// What a part is rendered with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RenderContext {
    /// The tree of behaviour 6.1, e.g. from [`super::namespace::InstanceNamespace::to_json`].
    pub namespace: Value,
    /// ARN of the resource that is deployed.
    pub resource_arn: Option<String>,
    /// Tags of what is provisioned, their keys beginning `proton:` (behaviour 11).
    pub tags: BTreeMap<String, String>,
    /// The deployment, for the metadata that lie beside Terraform files (behaviour 6.6) and for CodeBuild.
    pub deployment: Option<DeploymentMetadata>,
    /// The stable name under which a build keeps what it makes (behaviour 6.7).
    pub stack_name: Option<String>,
    /// ARN of the role that a build runs as.
    pub build_role_arn: Option<String>,
}

/// A deployment as a customer's own Terraform run is told of it (behaviour 6.6).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentMetadata {
    /// Id of the deployment.
    pub deployment_id: String,
    /// ARN of the template; nothing for components, which have none.
    pub template_arn: Option<String>,
    /// Major version of the template.
    pub template_major_version: Option<String>,
    /// Minor version of the template.
    pub template_minor_version: Option<String>,
    /// ARN of the environment that a service instance or a component lives in.
    pub environment_arn: Option<String>,
    /// ARN of the service instance that a component is attached to.
    pub service_instance_arn: Option<String>,
    /// ARN of that instance's service.
    pub service_arn: Option<String>,
}

/// A part as its engine is given it.
#[derive(Clone, PartialEq)]
pub struct RenderedPart {
    /// The part.
    pub part: Part,
    /// What it is made by.
    pub engine: Engine,
    /// Contents by name; the names are relative and may hold `/`.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What the stack is given besides the template, where the manifest opts in; also in [`parameters::FILE`].
    pub parameters: Vec<StackParameter>,
}

impl RenderedPart {
    /// A file as text; `None` when there is no such file, or it isn't text.
    pub fn text(&self, file: &str) -> Option<&str> {
        std::str::from_utf8(self.files.get(file)?).ok()
    }
}

/// Rendered files hold the values of specs, which belong in no log.
impl fmt::Debug for RenderedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes: BTreeMap<_, _> = self.files.iter().map(|(name, bytes)| (name, bytes.len())).collect();
        f.debug_struct("RenderedPart")
            .field("part", &self.part)
            .field("engine", &self.engine)
            .field("files", &sizes)
            .field("parameters", &self.parameters)
            .finish()
    }
}

/// Renders a part of a bundle.
///
/// # Errors
/// A bundle without that part; a namespace that isn't a tree; whatever the part's engine refuses. The error names the
/// file, and the place in it when there is one.
pub fn render_part(
    bundle: &Bundle,
    part: Part,
    context: &RenderContext,
) -> Result<RenderedPart, RenderError> {
    let Some(engine) = bundle.parts().get(&part) else {
        return Err(RenderError::new(part.directory(), "the bundle has no such part")
            .remedy(format!("It has {}.", listed(bundle))));
    };
    if !context.namespace.is_object() {
        return Err(RenderError::new(part.directory(), "the namespace must be a JSON object")
            .remedy("Its members are those that templates refer to, e.g. `environment`."));
    }
    let mut rendered =
        RenderedPart { part, engine: engine.clone(), files: BTreeMap::new(), parameters: Vec::new() };
    match engine {
        Engine::CloudFormation { file } => cloudformation(bundle, file, context, &mut rendered)?,
        Engine::Terraform { files } => {
            rendered.files = terraform::render(bundle.files(), part, files, context)?;
        }
        Engine::CodeBuild => rendered.files = codebuild::render(bundle, part, context)?,
    }
    Ok(rendered)
}

fn listed(bundle: &Bundle) -> String {
    let names: Vec<_> = bundle.parts().keys().map(|part| part.directory()).collect();
    if names.is_empty() {
        "none: its environments are customer managed".to_owned()
    } else {
        names.join(" and ")
    }
}

fn cloudformation(
    bundle: &Bundle,
    file: &str,
    context: &RenderContext,
    rendered: &mut RenderedPart,
) -> Result<(), RenderError> {
    let part = rendered.part;
    let Some((path, template)) = bundle.cloudformation_template(part) else {
        return Err(RenderError::new(&format!("{part}/{file}"), "the template is not UTF-8 text"));
    };
    let text = render_cloudformation(&path, template, &context.namespace)?;
    if let Some(Manifest::CloudFormation { native_parameters: true, .. }) = bundle.manifest(part) {
        rendered.parameters = parameters::parameters(part, &path, &text, &context.namespace)?;
        let json = json::pretty(&parameters::json(&rendered.parameters));
        rendered.files.insert(parameters::FILE.to_owned(), json.into_bytes());
    }
    rendered.files.insert(file.to_owned(), text.into_bytes());
    Ok(())
}
