//! A part made by Terraform: the author's files as they are, and beside them what gives them their values (behaviour 6.4
//! to 6.6).
//!
//! Nothing is templated: Terraform reads the values as variables, which Protium declares, from a `.auto.tfvars.json`
//! that it finds by itself. The folder is meant for a repository in which a customer's own run picks it up, so every file
//! tells a reader to whom it belongs, and the metadata tell the run what to report on.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::namespace::Target;
use super::part::{DeploymentMetadata, RenderContext};
use super::tree::{self, Reader};
use super::{RenderError, json};
use crate::archive::Files;
use crate::bundle::Part;

/// The values of the variables.
pub const VALUES_FILE: &str = "proton.auto.tfvars.json";
/// What a run has to know to report on the deployment.
pub const METADATA_FILE: &str = ".proton/deployment-metadata.json";
/// Stands for the deployment once the resource is gone.
const DELETED: &str = "<proton-resource-deleted>";

/// Name of the file that declares the variables of `target`.
pub fn variables_file(target: Target) -> String {
    format!("proton.{}.variables.tf", target.name())
}

/// Renders the chosen `files` of a bundle's part.
///
/// # Errors
/// A file that isn't in the bundle, isn't UTF-8 or has the name of a generated one; a namespace that lacks what the
/// variables need.
pub(super) fn render(
    bundle: &Files,
    part: Part,
    files: &[String],
    context: &RenderContext,
) -> Result<BTreeMap<String, Vec<u8>>, RenderError> {
    let mut chosen = Vec::new();
    for name in files {
        let path = format!("{part}/{name}");
        let Some(bytes) = bundle.get(&path) else {
            return Err(RenderError::new(&path, "the file is missing"));
        };
        let text =
            std::str::from_utf8(bytes).map_err(|_| RenderError::new(&path, "the file is not UTF-8 text"))?;
        chosen.push((name.as_str(), text));
    }
    render_files(part.into(), &chosen, context)
}

/// Renders the code of anything that is made by Terraform: pairs of name and text. Components have one file and no
/// bundle.
///
/// # Errors
/// A file that has the name of a generated one; a namespace that lacks what the variables need.
pub fn render_files(
    target: Target,
    files: &[(&str, &str)],
    context: &RenderContext,
) -> Result<BTreeMap<String, Vec<u8>>, RenderError> {
    let arn = context.resource_arn.as_deref();
    let variables = variables_file(target);
    let mut rendered = BTreeMap::new();
    for (name, text) in files {
        if [variables.as_str(), VALUES_FILE, METADATA_FILE].contains(name) {
            return Err(RenderError::new(name, "a file of this name is generated").remedy("Rename it."));
        }
        rendered.insert((*name).to_owned(), headed(&managed(arn), text));
    }
    rendered.insert(variables, headed(&managed(arn), declarations(target)));
    rendered.insert(VALUES_FILE.to_owned(), values(target, context)?.into_bytes());
    if let Some(deployment) = &context.deployment {
        let metadata = metadata(target, arn, deployment);
        rendered.insert(METADATA_FILE.to_owned(), json::pretty(&metadata).into_bytes());
    }
    Ok(rendered)
}

/// Turns the files of a resource into what remains of them when it is deleted: the customer's run still has to destroy
/// what they made. Only headers and metadata change (behaviour 7.7 point 6).
pub fn retire(files: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let retired = |(name, bytes): (String, Vec<u8>)| {
        let bytes = match name.as_str() {
            METADATA_FILE => retired_metadata(bytes),
            name if name.ends_with(".tf") => retired_code(bytes),
            _ => bytes,
        };
        (name, bytes)
    };
    files.into_iter().map(retired).collect()
}

fn retired_metadata(bytes: Vec<u8>) -> Vec<u8> {
    let Ok(Value::Object(mut metadata)) = serde_json::from_slice(&bytes) else { return bytes };
    metadata.insert("deploymentId".to_owned(), DELETED.into());
    metadata.insert("isResourceDeleted".to_owned(), true.into());
    json::pretty(&Value::Object(metadata)).into_bytes()
}

fn retired_code(bytes: Vec<u8>) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(&bytes) else { return bytes };
    let is_headed = text.strip_prefix("/*\n").is_some_and(|rest| rest.starts_with(MANAGED));
    let body = text.split_once("*/\n\n").filter(|_| is_headed).map_or(text, |(_, body)| body);
    headed(RETIRED, body)
}

const MANAGED: &str = "Protium manages this file: the next deployment overwrites whatever is changed here.";
const RETIRED: &str =
    "Protium no longer manages this file: the Proton resource that it belonged to has been deleted.";

fn managed(arn: Option<&str>) -> String {
    let Some(arn) = arn else { return MANAGED.to_owned() };
    // Nothing in it may end the comment.
    let arn = arn.replace("*/", "* /").replace(['\n', '\r'], " ");
    format!(
        "{MANAGED}\n\nIt belongs to the Proton resource {arn}.\n\nIf that resource can't be found any more, it has been \
         deleted, and what this file has made may have to be cleaned up by hand."
    )
}

/// A file with a comment before it. A byte order mark is meaningless behind one, and Terraform refuses it there.
fn headed(header: &str, text: &str) -> Vec<u8> {
    format!("/*\n{header}\n*/\n\n{}", text.trim_start_matches('\u{feff}')).into_bytes()
}

fn values(target: Target, context: &RenderContext) -> Result<String, RenderError> {
    let mut values = tree::tree(target, &context.namespace, Reader::Terraform, VALUES_FILE)?;
    if !context.tags.is_empty() {
        values.insert("proton_tags".to_owned(), tags(&context.tags).into());
    }
    if let Some(arn) = &context.resource_arn {
        // JSON has no comments; Terraform ignores this name.
        values.insert("//".to_owned(), arn.as_str().into());
    }
    Ok(json::pretty(&Value::Object(values)))
}

/// In the order of behaviour 6.6, and what else there is behind.
fn tags(tags: &BTreeMap<String, String>) -> Map<String, Value> {
    let known = ["account", "template", "environment", "service", "service-instance", "component"];
    let rank = |key: &str| known.iter().position(|name| key.strip_prefix("proton:") == Some(name));
    let mut sorted: Vec<_> = tags.iter().collect();
    sorted.sort_by_key(|(key, _)| rank(key).unwrap_or(known.len()));
    sorted.into_iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect()
}

fn metadata(target: Target, arn: Option<&str>, deployment: &DeploymentMetadata) -> Value {
    let text = |value: Option<&str>| value.map(Value::from);
    let arn = ("arn", text(arn));
    let environment = ("environmentArn", text(deployment.environment_arn.as_deref()));
    let (name, members) = match target {
        Target::Component => (
            "componentMetadata",
            vec![
                arn,
                environment,
                ("serviceArn", text(deployment.service_arn.as_deref())),
                ("serviceInstanceArn", text(deployment.service_instance_arn.as_deref())),
            ],
        ),
        Target::Environment | Target::ServiceInstance | Target::Pipeline => (
            "resourceMetadata",
            vec![
                arn,
                ("templateArn", text(deployment.template_arn.as_deref())),
                ("templateMajorVersion", text(deployment.template_major_version.as_deref())),
                ("templateMinorVersion", text(deployment.template_minor_version.as_deref())),
                environment,
            ],
        ),
    };
    let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    json!({
        "deploymentId": deployment.deployment_id,
        "isResourceDeleted": false,
        name: members.collect::<Map<_, _>>(),
    })
}

/// The variables of behaviour 6.5, in the layout of `terraform fmt`.
fn declarations(target: Target) -> &'static str {
    match target {
        Target::Environment => include_str!("terraform/environment.tf"),
        Target::ServiceInstance => include_str!("terraform/service_instance.tf"),
        Target::Pipeline => include_str!("terraform/pipeline.tf"),
        Target::Component => include_str!("terraform/component.tf"),
    }
}
