//! Native CloudFormation parameters: Protium's own extension of the manifest (`native_parameters: true`).
//!
//! Where a manifest opts in, every input that the rendered template declares under its own name in `Parameters` is passed
//! to the stack as that parameter. So a template that people have becomes a bundle by a schema that names its parameters.
//! A parameter that no input of the part is called by keeps its `Default`.
//!
//! CloudFormation takes texts. A number is passed as JSON writes it, a truth value as `true` or `false`, a list with
//! commas; CloudFormation itself judges whether the text fits the parameter's type.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::RenderError;
use crate::bundle::Part;
use crate::schema::{Property, ValueType};
use crate::yaml::{self, Node};

/// Name of the file that holds the parameters, as `aws cloudformation create-stack --parameters` takes it.
pub const FILE: &str = ".proton/parameters.json";

/// A value for one of a template's parameters.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackParameter {
    /// The parameter's name.
    #[serde(rename = "ParameterKey")]
    pub name: String,
    /// Its value.
    #[serde(rename = "ParameterValue")]
    pub value: String,
    /// The template declares it with `NoEcho`: a secret, which nobody may be shown.
    #[serde(skip)]
    pub no_echo: bool,
}

/// Values of inputs belong in no log.
impl fmt::Debug for StackParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StackParameter({}, {} bytes)", self.name, self.value.len())
    }
}

/// The parameters of the `rendered` template `file` that inputs of `part` give a value, in the order of the template.
///
/// # Errors
/// A template that isn't YAML; a parameter that neither an input nor a `Default` gives a value; a value that no
/// parameter can take.
pub(super) fn parameters(
    part: Part,
    file: &str,
    rendered: &str,
    namespace: &Value,
) -> Result<Vec<StackParameter>, RenderError> {
    // JSON may be indented by tabs, which YAML doesn't know; inside of JSON's texts they can't be.
    let is_json = rendered.trim_start().starts_with('{');
    let untabbed = if is_json { rendered.replace('\t', " ") } else { String::new() };
    let (template, _) =
        yaml::load_cloudformation(if is_json { &untabbed } else { rendered }).map_err(|error| {
            let message =
                format!("line {} of the rendered template is not YAML: {}", error.line, error.message);
            RenderError::new(file, message)
        })?;
    let mut parameters = Vec::new();
    for (key, declaration) in template.get("Parameters").and_then(Node::entries).unwrap_or_default() {
        let Some(name) = key.text() else { continue };
        match input(part, name, namespace) {
            Some(value) => parameters.push(StackParameter {
                name: name.to_owned(),
                value: text(name, value, kind(declaration))
                    .map_err(|message| RenderError::new(file, message))?,
                no_echo: declaration.get("NoEcho").is_some_and(is_true),
            }),
            None if declaration.get("Default").is_some() => {}
            None => {
                let message = format!("nobody gives the parameter `{name}` a value");
                let remedy =
                    "Give the input of this name in the spec, or the input or the parameter a default.";
                return Err(RenderError::new(file, message).remedy(remedy));
            }
        }
    }
    Ok(parameters)
}

/// The parameters as the AWS CLI takes them: a list of `ParameterKey` and `ParameterValue`.
pub(super) fn json(parameters: &[StackParameter]) -> Value {
    parameters.iter().map(|parameter| serde_json::json!({"ParameterKey": parameter.name, "ParameterValue": parameter.value})).collect()
}

/// The part's own input of that name.
fn input<'a>(part: Part, name: &str, namespace: &'a Value) -> Option<&'a Value> {
    let owner = match part {
        Part::Infrastructure => "environment",
        Part::InstanceInfrastructure => "service_instance",
        Part::PipelineInfrastructure => "pipeline",
    };
    namespace.get(owner)?.get("inputs")?.get(name).filter(|value| !value.is_null())
}

/// The type of a declared parameter.
pub(crate) fn kind(declaration: &Node) -> &str {
    declaration.get("Type").and_then(Node::text).unwrap_or("String")
}

fn is_true(node: &Node) -> bool {
    node.text().is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// Why values of an input can't be passed as a parameter of the type `kind`, whatever they are.
pub(crate) fn mismatch(input: &Property, kind: &str) -> Option<String> {
    let name = &input.name;
    let items = input.schema.items.as_ref().map(|items| items.kind);
    match input.schema.kind {
        ValueType::Object => Some(no_mapping(name)),
        ValueType::Array if !takes_lists(kind) => Some(no_list(name, kind)),
        ValueType::Array if matches!(items, Some(ValueType::Array | ValueType::Object)) => {
            Some(no_nested(name))
        }
        ValueType::Boolean if kind == "Number" => {
            Some(format!("the input `{name}` is true or false, but the parameter of this name is a Number"))
        }
        _ => None,
    }
}

fn no_list(name: &str, kind: &str) -> String {
    format!("the input `{name}` is a list, but the parameter of this name has the type {kind}")
}

fn no_mapping(name: &str) -> String {
    format!("the input `{name}` is a mapping, which no parameter can take")
}

fn no_nested(name: &str) -> String {
    format!("the input `{name}` holds more than texts and numbers, which no parameter can take")
}

/// Whether parameters of that type take lists.
fn takes_lists(kind: &str) -> bool {
    kind == "CommaDelimitedList" || kind.starts_with("List<")
}

fn text(name: &str, value: &Value, kind: &str) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Array(items) if takes_lists(kind) => items
            .iter()
            .map(|item| list_item(name, item))
            .collect::<Result<Vec<_>, _>>()
            .map(|items| items.join(",")),
        Value::Array(_) => Err(no_list(name, kind)),
        Value::Object(_) => Err(no_mapping(name)),
        Value::Null => Ok(String::new()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
    }
}

fn list_item(name: &str, item: &Value) -> Result<String, String> {
    match item {
        Value::String(text) if text.contains(',') => Err(format!(
            "the input `{name}` holds a text with a comma, and in a parameter commas separate the items of a list"
        )),
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(item.to_string()),
        _ => Err(no_nested(name)),
    }
}
