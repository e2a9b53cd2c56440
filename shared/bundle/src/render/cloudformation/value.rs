//! The namespace as the engine's values.

use std::sync::Arc;

use minijinja::value::{Enumerator, Object, Value};
use serde_json::Value as Json;

/// The whole tree, with what only Jinja sees: the empty component where none is attached, and the environment below the
/// instance, an early synonym.
pub(super) fn root(namespace: &Json) -> Value {
    let Json::Object(members) = namespace else { return value(namespace) };
    // To a component, the instance has neither.
    let is_instance = !members.contains_key("component");
    Value::from_pairs(members.iter().map(|(name, member)| {
        let own_instance = is_instance && name == "service_instance";
        let converted =
            if own_instance { service_instance(member, members.get("environment")) } else { value(member) };
        (name.as_str(), converted)
    }))
}

fn service_instance(instance: &Json, environment: Option<&Json>) -> Value {
    let Json::Object(members) = instance else { return value(instance) };
    let attached =
        instance.pointer("/components/default").and_then(Json::as_object).is_some_and(|c| !c.is_empty());
    let others = members.iter().filter(|(name, _)| attached || *name != "components");
    let mut pairs: Vec<_> = others.map(|(name, member)| (name.as_str(), value(member))).collect();
    if !attached {
        pairs.push(("components", Value::from_pairs([("default", Value::from_object(NoComponent))])));
    }
    if let Some(environment) = environment.filter(|_| !members.contains_key("environment")) {
        pairs.push(("environment", value(environment)));
    }
    Value::from_pairs(pairs)
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(flag) => Value::from(*flag),
        Json::Number(number) => {
            if let Some(whole) = number.as_i64() {
                Value::from(whole)
            } else if let Some(whole) = number.as_u64() {
                Value::from(whole)
            } else {
                Value::from(number.as_f64().unwrap_or_default())
            }
        }
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => items.iter().map(value).collect(),
        Json::Object(members) => {
            Value::from_pairs(members.iter().map(|(name, member)| (name.as_str(), value(member))))
        }
    }
}

/// `service_instance.components.default` with nothing attached: an empty mapping whose `outputs` is one too (behaviour
/// 6.1), so that templates may ask for both without a guard.
#[derive(Debug)]
struct NoComponent;

impl Object for NoComponent {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str() == Some("outputs")).then(|| Value::from_pairs::<_, &str, Value>([]))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Empty
    }
}
