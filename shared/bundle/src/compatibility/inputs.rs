//! Differences between inputs.

use serde_json::Value;

use super::{Change, ChangeKind as Kind, Verdict};
use crate::bundle::SCHEMA_FILE;
use crate::schema::{Property, TypeSchema, ValueType};

const GIVEN: &str = "specs that give it become invalid";
const NOT_GIVEN: &str = "specs that don't give it become invalid";
const REFUSED: &str = "specs that give such a value become invalid";
const WIDER: &str = "every valid spec stays valid";

/// The differences found so far.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) list: Vec<Change>,
    /// Line of the input that is looked at.
    line: Option<usize>,
}

impl Changes {
    fn add(&mut self, kind: Kind, verdict: Verdict, path: &str, message: impl Into<String>, why: &str) {
        self.list.push(Change {
            path: path.to_owned(),
            kind,
            verdict,
            message: message.into(),
            why: why.to_owned(),
            file: SCHEMA_FILE.to_owned(),
            line: self.line,
        });
    }

    pub(super) fn pipeline(&mut self, message: &str, why: &str) {
        self.line = None;
        self.add(Kind::Pipeline, Verdict::Fails, "pipeline", message, why);
    }

    pub(super) fn properties(&mut self, path: &str, old: &[Property], new: &[Property]) {
        let line = self.line;
        for before in old {
            let path = join(path, &before.name);
            match new.iter().find(|after| after.name == before.name) {
                Some(after) => {
                    self.line = Some(after.line);
                    self.property(&path, before, after);
                }
                None => {
                    self.line = line;
                    let message = "the input is removed or renamed";
                    self.add(Kind::InputRemoved, Verdict::Fails, &path, message, GIVEN);
                }
            }
        }
        for after in new.iter().filter(|after| !old.iter().any(|before| before.name == after.name)) {
            let path = join(path, &after.name);
            self.line = Some(after.line);
            if after.must_be_given() {
                let message = "a new input is required and has no default";
                self.add(Kind::InputAdded, Verdict::Fails, &path, message, NOT_GIVEN);
            } else {
                let message = "a new input, optional or with a default";
                self.add(Kind::InputAdded, Verdict::Fine, &path, message, WIDER);
            }
        }
    }

    fn property(&mut self, path: &str, old: &Property, new: &Property) {
        if !old.must_be_given() && new.must_be_given() {
            let message = "the input becomes required and has no default";
            self.add(Kind::InputRequired, Verdict::Fails, path, message, NOT_GIVEN);
        } else if old.must_be_given() && !new.must_be_given() {
            self.add(Kind::InputOptional, Verdict::Fine, path, "the input need not be given any more", WIDER);
        }
        self.schema(path, &old.schema, &new.schema);
    }

    fn schema(&mut self, path: &str, old: &TypeSchema, new: &TypeSchema) {
        match (old.kind, new.kind) {
            (before, after) if before == after => {}
            (ValueType::Integer, ValueType::Number) => {
                self.add(Kind::Type, Verdict::Fine, path, "the type changes from integer to number", WIDER);
            }
            (before, after) => {
                let message = format!("the type changes from {} to {}", before.name(), after.name());
                let why = match (noun(before), after) {
                    // Numbers and truth values are taken for text.
                    (Some(noun), ValueType::String) => format!("templates get text where they got {noun}"),
                    (Some(noun), _) => format!("specs that give it as {noun} become invalid"),
                    (None, _) => GIVEN.to_owned(),
                };
                return self.add(Kind::Type, Verdict::Fails, path, message, &why);
            }
        }
        self.default(path, old, new);
        self.enumeration(path, old, new);
        for (keyword, direction) in LIMITS {
            self.limit(path, keyword, *direction, old, new);
        }
        for keyword in ["pattern", "format", "multipleOf"] {
            self.restriction(path, keyword, old, new);
        }
        self.unique(path, old, new);
        self.wording(path, old, new);
        if let (Some(old), Some(new)) = (&old.items, &new.items) {
            self.schema(&format!("{path}[]"), old, new);
        }
        self.properties(path, &old.properties, &new.properties);
    }

    fn default(&mut self, path: &str, old: &TypeSchema, new: &TypeSchema) {
        let (verdict, message, why) = match (&old.default, &new.default) {
            (Some(before), Some(after)) if before != after => (
                Verdict::Warns,
                format!("the default changes from {before} to {after}"),
                "specs that don't give it get another value at their next deployment",
            ),
            (Some(before), None) => (
                Verdict::Warns,
                format!("the default {before} is removed"),
                "specs that don't give it get no value at their next deployment",
            ),
            (None, Some(after)) => (Verdict::Fine, format!("the default {after} is added"), WIDER),
            _ => return,
        };
        self.add(Kind::Default, verdict, path, message, why);
    }

    fn enumeration(&mut self, path: &str, old: &TypeSchema, new: &TypeSchema) {
        let values = |schema: &TypeSchema| schema.constraints.get("enum").and_then(Value::as_array).cloned();
        match (values(old), values(new)) {
            (Some(before), Some(after)) => {
                for value in before.iter().filter(|value| !after.contains(value)) {
                    let message = format!("{value} is no longer allowed");
                    self.add(Kind::Values, Verdict::Warns, path, message, REFUSED);
                }
                for value in after.iter().filter(|value| !before.contains(value)) {
                    self.add(Kind::Values, Verdict::Fine, path, format!("{value} is allowed too"), WIDER);
                }
            }
            (None, Some(_)) => {
                let why = "specs that give another value become invalid";
                self.add(Kind::Values, Verdict::Warns, path, "only listed values are allowed now", why);
            }
            (Some(_), None) => {
                self.add(Kind::Values, Verdict::Fine, path, "all values are allowed now", WIDER)
            }
            (None, None) => {}
        }
    }

    fn limit(&mut self, path: &str, keyword: &str, direction: Direction, old: &TypeSchema, new: &TypeSchema) {
        let value = |schema: &TypeSchema| schema.constraints.get(keyword).and_then(Value::as_f64);
        let tightened = match (value(old), value(new)) {
            (before, after) if before == after => return,
            (Some(before), Some(after)) => match direction {
                Direction::Lower => after > before,
                Direction::Upper => after < before,
            },
            (before, _) => before.is_none(),
        };
        let shown = |schema: &TypeSchema| {
            schema.constraints.get(keyword).map_or_else(|| "none".to_owned(), Value::to_string)
        };
        let message = format!("`{keyword}` changes from {} to {}", shown(old), shown(new));
        let (verdict, why) = if tightened {
            (Verdict::Warns, "specs that give a value beyond it become invalid")
        } else {
            (Verdict::Fine, WIDER)
        };
        self.add(Kind::Limit, verdict, path, message, why);
    }

    /// Constraints without order: any other value than before may refuse what was valid.
    fn restriction(&mut self, path: &str, keyword: &str, old: &TypeSchema, new: &TypeSchema) {
        match (old.constraints.get(keyword), new.constraints.get(keyword)) {
            (before, after) if before == after => {}
            (Some(_), None) => {
                self.add(Kind::Constraint, Verdict::Fine, path, format!("`{keyword}` is removed"), WIDER);
            }
            (_, Some(after)) => {
                let why = "specs that give a value that doesn't fit become invalid";
                let message = format!("`{keyword}` becomes {after}");
                self.add(Kind::Constraint, Verdict::Warns, path, message, why);
            }
            (None, None) => {}
        }
    }

    fn unique(&mut self, path: &str, old: &TypeSchema, new: &TypeSchema) {
        let value = |schema: &TypeSchema| schema.constraints.get("uniqueItems") == Some(&Value::Bool(true));
        match (value(old), value(new)) {
            (false, true) => {
                let why = "specs that give an item twice become invalid";
                self.add(Kind::Constraint, Verdict::Warns, path, "items must be unique now", why);
            }
            (true, false) => {
                self.add(Kind::Constraint, Verdict::Fine, path, "items need not be unique any more", WIDER);
            }
            _ => {}
        }
    }

    fn wording(&mut self, path: &str, old: &TypeSchema, new: &TypeSchema) {
        for (what, before, after) in
            [("title", &old.title, &new.title), ("description", &old.description, &new.description)]
        {
            if before != after {
                let message = format!("the {what} changes");
                self.add(Kind::Wording, Verdict::Fine, path, message, "it constrains nothing");
            }
        }
    }
}

/// A value of a type that is one word in a spec.
const fn noun(kind: ValueType) -> Option<&'static str> {
    match kind {
        ValueType::String => Some("text"),
        ValueType::Number => Some("a number"),
        ValueType::Integer => Some("a whole number"),
        ValueType::Boolean => Some("a truth value"),
        ValueType::Array | ValueType::Object => None,
    }
}

#[derive(Clone, Copy)]
enum Direction {
    Lower,
    Upper,
}

const LIMITS: &[(&str, Direction)] = &[
    ("minLength", Direction::Lower),
    ("maxLength", Direction::Upper),
    ("minimum", Direction::Lower),
    ("maximum", Direction::Upper),
    ("exclusiveMinimum", Direction::Lower),
    ("exclusiveMaximum", Direction::Upper),
    ("minItems", Direction::Lower),
    ("maxItems", Direction::Upper),
];

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
