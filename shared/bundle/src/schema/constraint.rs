//! The constraint keywords: which there are, to which types they belong, what their values must be.

use serde_json::{Map, Value};

use super::{TypeSchema, ValueType};
use crate::yaml::Node;
use crate::yaml::scalar::Resolved;

/// What a keyword's value must be.
#[derive(Clone, Copy, PartialEq)]
enum Operand {
    Count,
    Number,
    /// A number, or the boolean of draft 4.
    Exclusive,
    Positive,
    Text,
    Pattern,
    Flag,
}

const NUMBERS: &[ValueType] = &[ValueType::Number, ValueType::Integer];
const STRINGS: &[ValueType] = &[ValueType::String];
const LISTS: &[ValueType] = &[ValueType::Array];

const KEYWORDS: &[(&str, Operand, &[ValueType])] = &[
    ("minLength", Operand::Count, STRINGS),
    ("maxLength", Operand::Count, STRINGS),
    ("pattern", Operand::Pattern, STRINGS),
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
        Operand::Text | Operand::Pattern => {
            let Some(text) = value.text().filter(|_| !matches!(value.resolved(), Some(Resolved::Null)))
            else {
                return Outcome::Invalid("must be text".into());
            };
            return match (operand, pattern_fault(text)) {
                (Operand::Pattern, Some(fault)) => Outcome::Invalid(fault),
                _ => Outcome::Value(text.into()),
            };
        }
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

/// Why the linear-time engine can't take a pattern.
fn pattern_fault(pattern: &str) -> Option<String> {
    let schema = serde_json::json!({"type": "string", "pattern": pattern});
    let built = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .with_pattern_options(jsonschema::PatternOptions::regex().size_limit(1 << 20).dfa_size_limit(1 << 20))
        .offline()
        .build(&schema);
    built.err().map(|_| {
        "is not a usable regular expression: malformed, too large, or with look-around or back-references, which \
         can't be matched in bounded time"
            .to_owned()
    })
}
