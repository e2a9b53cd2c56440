//! Values for inputs that nobody has given yet, so that a template can be tried out at registration.
//!
//! A default, a listed value, the author's own example, a truth value, a number within its limits: specs will hold just
//! such values. Text without any of these is made up. It keeps to length, format and, where it can, to the pattern, but
//! what a template does with it tells nothing about the template.

use std::collections::BTreeSet;

use regex_syntax::hir::{Class, Hir, HirKind};
use serde_json::{Map, Value, json};

use super::{InputType, Property, TypeSchema, ValueType};

/// Longest made-up text, in characters; no longer one is needed to try a template out.
const TEXT_LIMIT: usize = 1_000;
/// Most steps that a pattern is walked, per attempt.
const STEP_LIMIT: usize = 5_000;
/// Most items of a made-up list.
const ITEM_LIMIT: usize = 20;

/// Values of the inputs of a type.
#[derive(Debug, Clone, Default)]
pub(crate) struct Examples {
    /// By the name of the input.
    pub(crate) values: Map<String, Value>,
    /// Names of the inputs whose values are made up.
    pub(crate) made_up: BTreeSet<String>,
}

/// Values for the inputs of a type: those that a spec must have and those with a default; `all` of them when asked. Many
/// specs leave the others out, so their absence isn't made up.
pub(crate) fn examples(inputs: &InputType, all: bool) -> Examples {
    let mut examples = Examples::default();
    for property in inputs.properties() {
        let Property { name, required, schema, .. } = property;
        if all || *required || schema.default.is_some() {
            let (value, made_up) = example(schema, 0);
            examples.values.insert(name.clone(), value);
            if made_up {
                examples.made_up.insert(name.clone());
            }
        }
    }
    examples
}

/// A value, and whether it is made up. `index` sets items of a list apart.
fn example(schema: &TypeSchema, index: usize) -> (Value, bool) {
    let listed = schema.constraints.get("enum").and_then(|values| values.get(index).or(values.get(0)));
    if let Some(value) = schema.default.as_ref().or(listed).or(schema.example.as_ref()) {
        return (value.clone(), false);
    }
    match schema.kind {
        ValueType::String => (text(schema, index).into(), true),
        ValueType::Number | ValueType::Integer => (number(schema, index), false),
        ValueType::Boolean => (true.into(), false),
        ValueType::Array => list(schema),
        ValueType::Object => members(&schema.properties),
    }
}

fn list(schema: &TypeSchema) -> (Value, bool) {
    let Some(items) = &schema.items else { return (json!([]), true) };
    let count = limit(schema, "minItems").unwrap_or(1).clamp(1, ITEM_LIMIT);
    let made: Vec<_> = (0..count).map(|index| example(items, index)).collect();
    let made_up = made.iter().any(|(_, made_up)| *made_up);
    (made.into_iter().map(|(value, _)| value).collect(), made_up)
}

fn members(properties: &[Property]) -> (Value, bool) {
    let mut made_up = false;
    let mut values = Map::new();
    for property in properties {
        let (value, is_made_up) = example(&property.schema, 0);
        values.insert(property.name.clone(), value);
        made_up |= is_made_up;
    }
    // An object without members may have any.
    made_up |= properties.is_empty();
    (values.into(), made_up)
}

fn limit(schema: &TypeSchema, keyword: &str) -> Option<usize> {
    schema.constraints.get(keyword)?.as_u64()?.try_into().ok()
}

fn number(schema: &TypeSchema, index: usize) -> Value {
    let constraint = |keyword: &str| schema.constraints.get(keyword).and_then(Value::as_f64);
    let low = constraint("minimum").or(constraint("exclusiveMinimum").map(|limit| limit.floor() + 1.0));
    let high = constraint("maximum").or(constraint("exclusiveMaximum").map(|limit| limit.ceil() - 1.0));
    let number = low.unwrap_or_else(|| high.map_or(1.0, |high| high.min(1.0))) + index as f64;
    let number = match constraint("multipleOf") {
        Some(step) => (number / step).ceil() * step,
        None => number,
    };
    // Within the range in which a float counts by ones.
    if number.fract() == 0.0 && number.abs() < 9e15 { json!(number as i64) } else { json!(number) }
}

fn text(schema: &TypeSchema, index: usize) -> String {
    let pattern = schema.constraints.get("pattern").and_then(Value::as_str);
    let least = limit(schema, "minLength").unwrap_or(0).min(TEXT_LIMIT);
    let most = limit(schema, "maxLength").unwrap_or(TEXT_LIMIT).clamp(least, TEXT_LIMIT);
    if let Some(text) = pattern.and_then(|pattern| matching(pattern, least, most)) {
        return text;
    }
    let format = schema.constraints.get("format").and_then(Value::as_str).and_then(formatted);
    let word = format
        .map_or_else(|| if index == 0 { "example".into() } else { format!("example{index}") }, str::to_owned);
    let padding = least.saturating_sub(word.len());
    word.chars().chain(std::iter::repeat_n('x', padding)).take(most).collect()
}

fn formatted(format: &str) -> Option<&'static str> {
    Some(match format {
        "date" => "2024-01-31",
        "date-time" => "2024-01-31T12:00:00Z",
        "time" => "12:00:00Z",
        "email" => "somebody@example.com",
        "hostname" => "example.com",
        "ipv4" => "192.0.2.1",
        "ipv6" => "2001:db8::1",
        "uri" | "url" => "https://example.com/",
        "uuid" => "01234567-89ab-4cde-8f01-23456789abcd",
        _ => return None,
    })
}

/// A text that matches a pattern and has `least` to `most` characters: of the shortest ones, with repetitions repeated
/// more often until it is long enough.
fn matching(pattern: &str, least: usize, most: usize) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512].into_iter().find_map(|more| {
        let mut writer = Writer { more, text: String::new(), steps: 0 };
        writer.write(&hir);
        let is_whole = writer.steps < STEP_LIMIT;
        (is_whole && (least.max(1)..=most).contains(&writer.text.chars().count())).then_some(writer.text)
    })
}

struct Writer {
    /// How often a repetition is repeated beyond its minimum.
    more: u32,
    text: String,
    steps: usize,
}

impl Writer {
    fn write(&mut self, hir: &Hir) {
        // Repetitions of repetitions multiply, with text or without.
        self.steps += 1;
        if self.steps >= STEP_LIMIT {
            return;
        }
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => self.text.push_str(&String::from_utf8_lossy(&literal.0)),
            HirKind::Class(class) => self.text.extend(character(class)),
            HirKind::Repetition(repetition) => {
                let most = repetition.max.unwrap_or(u32::MAX).min(STEP_LIMIT as u32);
                for _ in 0..repetition.min.saturating_add(self.more).min(most) {
                    if self.steps < STEP_LIMIT {
                        self.write(&repetition.sub);
                    }
                }
            }
            HirKind::Capture(capture) => self.write(&capture.sub),
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.write(part)),
            HirKind::Alternation(choices) => choices.iter().take(1).for_each(|choice| self.write(choice)),
        }
    }
}

/// A harmless character of a class, if it has one.
fn character(class: &Class) -> Option<char> {
    let has = |c: char| match class {
        Class::Unicode(class) => class.iter().any(|range| (range.start()..=range.end()).contains(&c)),
        Class::Bytes(class) => u8::try_from(c)
            .is_ok_and(|byte| class.iter().any(|range| (range.start()..=range.end()).contains(&byte))),
    };
    let first = || match class {
        Class::Unicode(class) => class.iter().next().map(|range| range.start()),
        Class::Bytes(class) => class.iter().next().map(|range| char::from(range.start())),
    };
    ['a', 'A', '1', '0', '-'].into_iter().find(|c| has(*c)).or_else(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::BundleKind;
    use crate::schema::Schema;

    fn made(property: &str) -> (Value, bool) {
        let text = format!(
            "schema: {{format: {{openapi: 3.0.0}}, environment_input_type: A, types: {{A: {{type: object, properties: {{a: {{{property}}}}}}}}}}}"
        );
        let schema = Schema::parse(&text, BundleKind::Environment).unwrap();
        let examples = examples(schema.inputs(), true);
        let value = examples.values["a"].clone();
        assert!(schema.inputs().validator.is_valid(&json!({"a": value})), "{property}: {value}");
        (value, examples.made_up.contains("a"))
    }

    #[test]
    fn examples_fit_their_schema() {
        for (property, value, made_up) in [
            ("type: string, default: x", json!("x"), false),
            ("type: string, enum: [p, q]", json!("p"), false),
            ("type: string, example: z", json!("z"), false),
            ("type: string", json!("example"), true),
            ("type: string, minLength: 9", json!("examplexx"), true),
            ("type: string, maxLength: 3", json!("exa"), true),
            ("type: string, pattern: '^[a-z]+-(x|y)[0-9]{2}$'", json!("a-x11"), true),
            ("type: string, pattern: '^[A-Z]*$', minLength: 5", json!("AAAAAAAA"), true),
            ("type: string, format: ipv4", json!("192.0.2.1"), true),
            ("type: string, pattern: '((|a)*)*((|b)*)*'", json!("example"), true),
            ("type: number", json!(1), false),
            ("type: integer, minimum: 7", json!(7), false),
            ("type: integer, exclusiveMinimum: 7, multipleOf: 5", json!(10), false),
            ("type: number, maximum: -2.5", json!(-2.5), false),
            ("type: boolean", json!(true), false),
            ("type: array, items: {type: integer}, minItems: 2, uniqueItems: true", json!([1, 2]), false),
            ("type: array, items: {type: string}", json!(["example"]), true),
            ("type: object, properties: {b: {type: boolean}}", json!({"b": true}), false),
        ] {
            assert_eq!(made(property), (value, made_up), "{property}");
        }
    }
}
