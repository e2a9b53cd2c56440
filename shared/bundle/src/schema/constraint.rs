//! The constraint keywords: which there are, to which types they belong, what their values must be.

use serde_json::{Map, Value};

use super::{TypeSchema, ValueType};
use crate::yaml::Node;

/// What a keyword's value must be.
#[derive(Clone, Copy, PartialEq)]
enum Operand {
    Count,
    Number,
    /// A number, or the boolean of draft 4.
    Exclusive,
    Positive,
    Text,
    Flag,
}

const NUMBERS: &[ValueType] = &[ValueType::Number, ValueType::Integer];
const STRINGS: &[ValueType] = &[ValueType::String];
const LISTS: &[ValueType] = &[ValueType::Array];

const KEYWORDS: &[(&str, Operand, &[ValueType])] = &[
    ("minLength", Operand::Count, STRINGS),
    ("maxLength", Operand::Count, STRINGS),
    ("pattern", Operand::Text, STRINGS),
    ("format", Operand::Text, &[ValueType::String, ValueType::Number, ValueType::Integer]),
    ("minimum", Operand::Number, NUMBERS),
    ("maximum", Operand::Number, NUMBERS),
    ("exclusiveMinimum", Operand::Exclusive, NUMBERS),
    ("exclusiveMaximum", Operand::Exclusive, NUMBERS),
    ("multipleOf", Operand::Positive, NUMBERS),
    ("minItems", Operand::Count, LISTS),
    ("maxItems", Operand::Count, LISTS),
    ("uniqueItems", Operand::Flag, LISTS),
];

/// What became of a keyword.
pub(super) enum Outcome {
    /// Not a constraint keyword.
    Unknown,
    /// Its value, as JSON.
    Value(Value),
    /// It constrains other types than this one.
    Inapplicable,
    /// Its value is wrong, and what it must be.
    Invalid(String),
}

/// Reads one keyword of a property of type `kind`.
pub(super) fn read(keyword: &str, value: &Node, kind: ValueType) -> Outcome {
    let Some((_, operand, kinds)) = KEYWORDS.iter().find(|(name, ..)| *name == keyword) else {
        return Outcome::Unknown;
    };
    if !kinds.contains(&kind) {
        return Outcome::Inapplicable;
    }
    let json = value.json();
    let expected = match operand {
        Operand::Count if json.is_u64() => return Outcome::Value(json),
        Operand::Count => "must be a whole number, 0 or more",
        Operand::Number | Operand::Exclusive if json.is_number() => return Outcome::Value(json),
        Operand::Exclusive if json.is_boolean() => return Outcome::Value(json),
        Operand::Number | Operand::Exclusive => "must be a number",
        Operand::Positive if json.as_f64().is_some_and(|n| n > 0.0) => return Outcome::Value(json),
        Operand::Positive => "must be a number above 0",
        Operand::Flag if json.is_boolean() => return Outcome::Value(json),
        Operand::Flag => "must be true or false",
        Operand::Text => match value.text().filter(|_| !value.is_null()) {
            Some(text) => return Outcome::Value(text.into()),
            None => "must be text",
        },
    };
    Outcome::Invalid(expected.into())
}

/// Rewrites draft 4's `minimum: 1, exclusiveMinimum: true` to `exclusiveMinimum: 1`.
pub(super) fn normalise(constraints: &mut Map<String, Value>) {
    for (exclusive, inclusive) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if let Some(Value::Bool(flag)) = constraints.get(exclusive).cloned() {
            constraints.remove(exclusive);
            if flag && let Some(limit) = constraints.remove(inclusive) {
                constraints.insert(exclusive.into(), limit);
            }
        }
    }
}

/// Pairs of constraints that no value could satisfy.
pub(super) fn contradictions(schema: &TypeSchema) -> Vec<String> {
    let number = |keyword: &str| schema.constraints.get(keyword).and_then(Value::as_f64);
    [("minLength", "maxLength"), ("minimum", "maximum"), ("minItems", "maxItems")]
        .into_iter()
        .filter(|(low, high)| matches!((number(low), number(high)), (Some(low), Some(high)) if low > high))
        .map(|(low, high)| format!("`{low}` is above `{high}`: no value can satisfy both"))
        .collect()
}
