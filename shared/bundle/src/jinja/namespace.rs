//! The tree of values that a template is rendered with, as variables.

use std::rc::Rc;

use serde_json::Value as Json;

use super::failure::Result;
use super::value::{Dict, Val, value};

/// The whole tree of [`crate::render::namespace`], with what only Jinja sees: the empty component where none is attached,
/// and the environment below the instance, an early synonym (behaviour 6.1).
pub(super) fn root(namespace: &Json) -> Result<Vec<(Rc<str>, Val)>> {
    let Json::Object(members) = namespace else { return Ok(Vec::new()) };
    // To a component, the instance has neither.
    let is_instance = !members.contains_key("component");
    let convert = |(name, member): (&String, &Json)| {
        let own_instance = is_instance && name == "service_instance";
        let value =
            if own_instance { service_instance(member, members.get("environment"))? } else { value(member)? };
        Ok((Rc::from(name.as_str()), value))
    };
    members.iter().map(convert).collect()
}

fn service_instance(instance: &Json, environment: Option<&Json>) -> Result<Val> {
    let Json::Object(members) = instance else { return value(instance) };
    let attached =
        instance.pointer("/components/default").and_then(Json::as_object).is_some_and(|c| !c.is_empty());
    let mut dict = Dict::default();
    for (name, member) in members.iter().filter(|(name, _)| attached || *name != "components") {
        dict.set(Val::str(name.as_str()), value(member)?)?;
    }
    if !attached {
        let mut components = Dict::default();
        let mut none = Dict::default();
        none.is_no_component = true;
        components.set(Val::str("default"), none.into_val())?;
        dict.set(Val::str("components"), components.into_val())?;
    }
    if let Some(environment) = environment.filter(|_| !members.contains_key("environment")) {
        dict.set(Val::str("environment"), value(environment)?)?;
    }
    Ok(dict.into_val())
}
