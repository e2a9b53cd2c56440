//! The namespace as files carry it: Terraform's variables and CodeBuild's inputs (behaviour 6.5 to 6.7).
//!
//! Both take exactly the members that behaviour 6.1 names, in the documented order; what else a tree may hold is left out,
//! since Terraform warns of values for variables that nobody declared. Terraform's object types demand every member, so
//! what a tree lacks gets the form that "nothing" has: repository fields are empty texts, inputs, outputs and components
//! empty mappings. Inputs keep their types, outputs are text.

use serde_json::{Map, Value};

use super::RenderError;
use super::namespace::Target;

/// Who is going to read the tree. They differ in details.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// `proton.auto.tfvars.json`.
    Terraform,
    /// `proton-inputs.json`, which has components only when one is attached.
    CodeBuild,
}

/// The tree of `target` for `reader`. `place` is named in errors.
///
/// # Errors
/// The namespace lacks the target's own member, or one that its variables have no default for.
pub(super) fn tree(
    target: Target,
    namespace: &Value,
    reader: Reader,
    place: &str,
) -> Result<Map<String, Value>, RenderError> {
    let mut tree = Map::new();
    for name in members(target) {
        match namespace.get(name).filter(|member| !member.is_null()) {
            Some(member) => {
                tree.insert((*name).to_owned(), shaped(target, name, member, reader));
            }
            None if is_required(target, name, reader) => {
                let names: Vec<_> = members(target).iter().map(|name| format!("`{name}`")).collect();
                let remedy = format!("A {} is rendered with {}.", target.title(), names.join(", "));
                let message = format!("the namespace lacks `{name}`");
                return Err(RenderError::new(place, message).remedy(remedy.replace("A e", "An e")));
            }
            None => {}
        }
    }
    Ok(tree)
}

/// The members at the top.
fn members(target: Target) -> &'static [&'static str] {
    match target {
        Target::Environment => &["environment"],
        Target::ServiceInstance => &["environment", "service", "service_instance"],
        Target::Pipeline => &["pipeline", "service", "service_instances"],
        Target::Component => &["component", "environment", "service", "service_instance"],
    }
}

/// Its own member, and what Terraform's variables have no default for.
fn is_required(target: Target, name: &str, reader: Reader) -> bool {
    let without_default = matches!(
        (target, name),
        (Target::ServiceInstance, "service") | (Target::Pipeline, "service_instances")
    );
    target.name() == name || (without_default && reader == Reader::Terraform)
}

fn shaped(target: Target, name: &str, member: &Value, reader: Reader) -> Value {
    match (target, name) {
        (Target::Environment, "environment") => {
            record([("name", text(member, "name")), ("inputs", inputs(member))])
        }
        (_, "environment") => environment(member),
        (Target::Component, "service") | (_, "component") => record([("name", text(member, "name"))]),
        (_, "service") => service(member, reader),
        (Target::Component, "service_instance") => {
            record([("name", text(member, "name")), ("inputs", inputs(member))])
        }
        (_, "service_instance") => instance(member, reader),
        (_, "service_instances") => {
            let instances = member.as_array().map(Vec::as_slice).unwrap_or_default();
            Value::Array(instances.iter().map(pipeline_instance).collect())
        }
        _ => record([("inputs", inputs(member))]),
    }
}

fn service(member: &Value, reader: Reader) -> Value {
    let names = match reader {
        Reader::Terraform => ["name", "branch_name", "repository_connection_arn", "repository_id"],
        Reader::CodeBuild => ["name", "repository_connection_arn", "repository_id", "branch_name"],
    };
    record(names.map(|name| (name, text(member, name))))
}

fn instance(member: &Value, reader: Reader) -> Value {
    let mut own = vec![("name", text(member, "name")), ("inputs", inputs(member))];
    match component(member) {
        Some(component) => own.push(("components", record([("default", component)]))),
        None if reader == Reader::Terraform => own.push(("components", Value::Object(Map::new()))),
        None => {}
    }
    record(own)
}

/// The attached component; an empty mapping is none (behaviour 6.1).
fn component(instance: &Value) -> Option<Value> {
    let component = instance.pointer("/components/default")?;
    component.as_object().filter(|members| !members.is_empty())?;
    Some(record([("name", text(component, "name")), ("outputs", outputs(component))]))
}

fn pipeline_instance(member: &Value) -> Value {
    let none = Value::Object(Map::new());
    record([
        ("name", text(member, "name")),
        ("inputs", inputs(member)),
        ("outputs", outputs(member)),
        ("environment", environment(member.get("environment").unwrap_or(&none))),
    ])
}

fn environment(member: &Value) -> Value {
    record([
        ("account_id", text(member, "account_id")),
        ("name", text(member, "name")),
        ("outputs", outputs(member)),
    ])
}

fn record<'a>(members: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn text(parent: &Value, name: &str) -> Value {
    parent.get(name).filter(|value| !value.is_null()).map_or_else(|| "".into(), as_text)
}

fn inputs(parent: &Value) -> Value {
    parent.get("inputs").filter(|inputs| inputs.is_object()).cloned().unwrap_or_else(|| Map::new().into())
}

fn outputs(parent: &Value) -> Value {
    let outputs = parent.get("outputs").and_then(Value::as_object);
    let outputs = outputs.into_iter().flatten().map(|(name, value)| (name.clone(), as_text(value)));
    Value::Object(outputs.collect())
}

fn as_text(value: &Value) -> Value {
    match value {
        Value::String(text) => text.as_str().into(),
        other => other.to_string().into(),
    }
}
