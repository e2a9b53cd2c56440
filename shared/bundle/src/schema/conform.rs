//! From what a spec says to typed inputs.
//!
//! One walk over the spec's nodes converts each value to its declared type, fills in defaults and finds what is
//! missing or unknown; then the constraints are checked on the result. Conversion goes one way only: numbers and
//! booleans become text where text is wanted, by their source text (behaviour 5.1), never the reverse.

use jsonschema::error::ValidationErrorKind;
use serde_json::{Map, Value, json};

use super::{InputType, Property, TypeSchema, ValueType};
use crate::yaml::scalar::Resolved;
use crate::yaml::{Kind, Node};

/// Something that doesn't fit, with the path below the inputs (`tags[1]`) and the place when there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) path: String,
    pub(crate) message: String,
    pub(crate) at: Option<(usize, usize)>,
}

/// Nobody reads more than this, and each takes a search for the nearest name.
const FAULT_LIMIT: usize = 50;
/// Longest list of names or values in a message.
const LIST_LIMIT: usize = 20;

/// The inputs that `given` (absent or null: none) and the defaults make together, and everything wrong with them.
pub(crate) fn conform_inputs(inputs: &InputType, given: Option<&Node>) -> (Map<String, Value>, Vec<Fault>) {
    let mut faults = Vec::new();
    let values = conform_members(&inputs.properties, given, "", &mut faults);
    let value = Value::Object(values);
    for error in inputs.validator.iter_errors(&value).take(FAULT_LIMIT) {
        // Defaults were judged at registration; they have no place in the spec.
        let Some(at) = given.and_then(|node| position(node, &error)) else { continue };
        let path = instance_path(&error);
        // What the walk has refused already isn't told twice.
        if !faults.iter().any(|fault| fault.path == path) {
            faults.push(Fault { path, message: explain(&error), at: Some(at) });
        }
    }
    let Value::Object(values) = value else { return (Map::new(), faults) };
    (values, faults)
}

/// Converts a default or an enum entry of the schema itself.
pub(super) fn conform_literal(schema: &TypeSchema, node: &Node) -> Result<Value, String> {
    let mut faults = Vec::new();
    let value = conform(schema, node, "", &mut faults);
    match (value, faults.into_iter().next()) {
        (Some(value), None) => Ok(value),
        (_, Some(fault)) if fault.path.is_empty() => Err(fault.message),
        (_, Some(fault)) => Err(format!("{}: {}", fault.path, fault.message)),
        (None, None) => Err("has no value".into()),
    }
}

/// Defaults that violate their own property's constraints: the way to the property (`items` through a list), and why.
pub(super) fn default_faults(
    validator: &jsonschema::Validator,
    properties: &[Property],
) -> Vec<(Vec<String>, String)> {
    let way = |error: &jsonschema::ValidationError<'_>| -> Vec<String> {
        let segments = error.instance_path().segments();
        segments
            .map(|segment| match segment {
                jsonschema::paths::LocationSegment::Property(name) => name.into_owned(),
                jsonschema::paths::LocationSegment::Index(_) => ITEMS.to_owned(),
            })
            .collect()
    };
    let defaults = defaults(properties);
    validator
        .iter_errors(&defaults)
        // The type has been looked at when the default was read.
        .filter(|error| !matches!(error.kind(), ValidationErrorKind::Type { .. }))
        .map(|error| (way(&error), explain(&error)))
        .filter(|(way, _)| !is_stand_in(properties, way))
        .collect()
}

/// What stands for an item of a list on the way to a property; no input's name has a slash in front.
pub(super) const ITEMS: &str = "/items";

/// All defaults, those of nested members too. A list without default has one item of its items' defaults.
fn defaults(properties: &[Property]) -> Value {
    let value = |property: &Property| match &property.schema.default {
        None => nested_defaults(&property.schema),
        default => default.clone(),
    };
    properties
        .iter()
        .filter_map(|property| Some((property.name.clone(), value(property)?)))
        .collect::<Map<_, _>>()
        .into()
}

fn nested_defaults(schema: &TypeSchema) -> Option<Value> {
    match schema.kind {
        ValueType::Object => Some(defaults(&schema.properties)),
        ValueType::Array => Some(json!([nested_defaults(schema.items.as_ref()?)?])),
        _ => None,
    }
}

/// Whether a list stands there only for the sake of its items.
fn is_stand_in(properties: &[Property], way: &[String]) -> bool {
    let Some((name, rest)) = way.split_first() else { return false };
    let Some(property) = properties.iter().find(|property| property.name == *name) else { return false };
    if property.schema.default.is_some() {
        return false;
    }
    let mut schema = &property.schema;
    let mut rest = rest;
    while let (Some((ITEMS, below)), Some(items)) =
        (rest.split_first().map(|(name, below)| (name.as_str(), below)), &schema.items)
    {
        (schema, rest) = (items, below);
    }
    match rest {
        [] => schema.kind == ValueType::Array,
        _ => is_stand_in(&schema.properties, rest),
    }
}

fn conform_members(
    properties: &[Property],
    given: Option<&Node>,
    path: &str,
    faults: &mut Vec<Fault>,
) -> Map<String, Value> {
    let given = given.filter(|node| !node.is_null());
    if let Some(node) = given
        && node.entries().is_none()
    {
        let message = format!("must be a mapping of inputs, not {}", node.kind_name());
        faults.push(Fault { path: path.into(), message, at: Some((node.line, node.column)) });
        return Map::new();
    }
    for (key, _) in given.and_then(Node::entries).unwrap_or_default() {
        if faults.len() >= FAULT_LIMIT {
            break;
        }
        let name = key.text().unwrap_or_default();
        if !properties.iter().any(|property| property.name == name) {
            let message = unknown(name, properties);
            faults.push(Fault { path: join(path, name), message, at: Some((key.line, key.column)) });
        }
    }
    let mut values = Map::new();
    for property in properties {
        let path = join(path, &property.name);
        let value = match given.and_then(|node| node.get(&property.name)) {
            Some(node) => conform(&property.schema, node, &path, faults),
            None => default(property, &path, given, faults),
        };
        if let Some(value) = value {
            values.insert(property.name.clone(), value);
        }
    }
    values
}

fn default(property: &Property, path: &str, given: Option<&Node>, faults: &mut Vec<Fault>) -> Option<Value> {
    if property.schema.default.is_none() && property.required {
        let at = given.map(|node| (node.line, node.column));
        faults.push(Fault { path: path.into(), message: "is required and has no default".into(), at });
    }
    property.schema.default.clone()
}

fn unknown(name: &str, properties: &[Property]) -> String {
    let near = properties
        .iter()
        .map(|property| (distance(&property.name.to_lowercase(), &name.to_lowercase()), &property.name))
        .filter(|(distance, known)| *distance <= (known.len() / 3).max(1))
        .min();
    match near {
        Some((_, near)) => format!("is not an input of this template; did you mean `{near}`?"),
        None if properties.is_empty() => "is not an input of this template, which has none".into(),
        None => {
            let names = properties.iter().map(|property| property.name.clone()).collect();
            format!("is not an input of this template; its inputs are {}", listed(names))
        }
    }
}

/// Words with commas, cut where they are many.
fn listed(mut words: Vec<String>) -> String {
    if words.len() > LIST_LIMIT {
        words.truncate(LIST_LIMIT);
        words.push("…".into());
    }
    words.join(", ")
}

/// Edit distance of two names, both cut to 100 characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(super::INPUT_NAME_LIMIT).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(super::INPUT_NAME_LIMIT).enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substitute = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substitute.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

fn conform(schema: &TypeSchema, node: &Node, path: &str, faults: &mut Vec<Fault>) -> Option<Value> {
    let value = match (schema.kind, &node.kind) {
        // An object without properties takes any members; an input type without inputs doesn't come here.
        (ValueType::Object, Kind::Mapping(_)) if schema.properties.is_empty() => Some(node.json()),
        (ValueType::Object, Kind::Mapping(_)) => {
            return Some(Value::Object(conform_members(&schema.properties, Some(node), path, faults)));
        }
        (ValueType::Array, Kind::Sequence(items)) => return Some(conform_items(schema, items, path, faults)),
        (kind, Kind::Scalar(scalar)) => scalar_value(kind, node.resolved()?, &scalar.text),
        _ => None,
    };
    if value.is_none() {
        let message = format!("must be {}, not {}", wanted(schema.kind), got(node));
        faults.push(Fault { path: path.into(), message, at: Some((node.line, node.column)) });
    }
    value
}

fn conform_items(schema: &TypeSchema, items: &[Node], path: &str, faults: &mut Vec<Fault>) -> Value {
    let Some(item_schema) = &schema.items else { return items.iter().map(Node::json).collect() };
    let convert = |(index, item): (usize, &Node)| {
        conform(item_schema, item, &format!("{path}[{index}]"), faults).unwrap_or(Value::Null)
    };
    items.iter().enumerate().map(convert).collect()
}

fn scalar_value(kind: ValueType, resolved: Resolved, text: &str) -> Option<Value> {
    match (kind, resolved) {
        (ValueType::String, Resolved::Null) => None,
        (ValueType::String, _) => Some(text.into()),
        (ValueType::Number | ValueType::Integer, Resolved::Integer(number)) => Some(number.into()),
        (ValueType::Number, Resolved::Float(number)) => Some(number.into()),
        (ValueType::Integer, Resolved::Float(number)) => {
            number.as_f64().is_some_and(|n| n.fract() == 0.0).then_some(number.into())
        }
        (ValueType::Boolean, Resolved::Bool(value)) => Some(value.into()),
        _ => None,
    }
}

fn wanted(kind: ValueType) -> &'static str {
    match kind {
        ValueType::String => "text",
        ValueType::Number => "a number",
        ValueType::Integer => "a whole number",
        ValueType::Boolean => "true or false",
        ValueType::Array => "a list",
        ValueType::Object => "a mapping",
    }
}

fn got(node: &Node) -> String {
    match (&node.kind, node.resolved()) {
        (_, Some(Resolved::Null)) => "empty; leave the key out to get the default".into(),
        (Kind::Scalar(scalar), Some(Resolved::String)) => format!("the text {}", shown(&scalar.text)),
        (Kind::Scalar(scalar), Some(_)) => scalar.text.clone(),
        _ => node.kind_name().into(),
    }
}

/// A value in a message: quoted, and cut where it is long.
fn shown(text: &str) -> String {
    let mut cut: String = text.chars().take(60).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    Value::from(cut).to_string()
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// `/tags/1` as `tags[1]`.
fn instance_path(error: &jsonschema::ValidationError<'_>) -> String {
    let mut path = String::new();
    for segment in error.instance_path().segments() {
        match segment {
            jsonschema::paths::LocationSegment::Property(name) => path = join(&path, &name),
            jsonschema::paths::LocationSegment::Index(index) => path.push_str(&format!("[{index}]")),
        }
    }
    path
}

fn position(node: &Node, error: &jsonschema::ValidationError<'_>) -> Option<(usize, usize)> {
    let found = error.instance_path().segments().try_fold(node, |node, segment| match segment {
        jsonschema::paths::LocationSegment::Property(name) => node.get(&name),
        jsonschema::paths::LocationSegment::Index(index) => node.items()?.get(index),
    })?;
    Some((found.line, found.column))
}

/// The violated constraint, as a demand.
fn explain(error: &jsonschema::ValidationError<'_>) -> String {
    use ValidationErrorKind as Kind;
    match error.kind() {
        Kind::Enum { options } => {
            let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
            let options: Vec<_> =
                options.iter().map(|o| o.as_str().map_or_else(|| o.to_string(), str::to_owned)).collect();
            format!("must be one of {}", listed(options))
        }
        Kind::Pattern { pattern } => format!("must match the pattern {pattern}"),
        Kind::MinLength { limit } => format!("must have at least {limit} characters"),
        Kind::MaxLength { limit } => format!("must have at most {limit} characters"),
        Kind::Minimum { limit } => format!("must be {limit} or more"),
        Kind::Maximum { limit } => format!("must be {limit} or less"),
        Kind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("must be a multiple of {multiple_of}"),
        Kind::MinItems { limit } => format!("must have at least {limit} items"),
        Kind::MaxItems { limit } => format!("must have at most {limit} items"),
        Kind::UniqueItems => "must not hold the same item twice".into(),
        Kind::Format { format } => format!("must have the format `{format}`"),
        _ => error.to_string(),
    }
}
