//! Whether a minor version may follow another (behaviour 4.8).
//!
//! Proton never published its rules; these are Protium's, as data: a list of changes, each breaking, doubtful or fine.
//! Only the schemas are compared, never the infrastructure code. Types are matched by their role, so a renamed type is
//! no change.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

use crate::problem::Problem;
use crate::registration::CompatibilityPolicy;
use crate::schema::{InputType, Property, Schema, TypeSchema, ValueType};

/// How a change is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every spec that was valid stays valid and means the same.
    Pass,
    /// A spec that was valid may become invalid, or may mean something else.
    Warn,
    /// Specs that were valid become invalid.
    Fail,
}

/// One difference between two schemas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// How it is taken by default.
    pub verdict: Verdict,
    /// The input: `size`, `pipeline.dockerfile`, `tags[]`; `pipeline` for the pipeline type itself.
    pub path: String,
    /// What changed, in words.
    pub message: String,
}

impl Change {
    /// As a problem of the registration under a policy: `strict` makes doubtful changes failures, `off` makes breaking
    /// ones warnings. `None` for changes that pass.
    pub fn problem(&self, policy: CompatibilityPolicy) -> Option<Problem> {
        let text = format!("not compatible with the earlier minor versions: {self}");
        match (self.verdict, policy) {
            (Verdict::Pass, _) => None,
            (Verdict::Fail, CompatibilityPolicy::Default | CompatibilityPolicy::Strict)
            | (Verdict::Warn, CompatibilityPolicy::Strict) => Some(
                Problem::error(text)
                    .in_file(crate::SCHEMA_FILE)
                    .remedy("Register the bundle as a new major version, or keep to what specs rely on."),
            ),
            _ => Some(
                Problem::warning(format!("a change for existing specs: {self}")).in_file(crate::SCHEMA_FILE),
            ),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// All differences from `old` to `new`, in the order of the schemas.
pub fn compare(old: &Schema, new: &Schema) -> Vec<Change> {
    let mut changes = Changes(Vec::new());
    changes.properties("", old.inputs().properties(), new.inputs().properties());
    match (old.pipeline(), new.pipeline()) {
        (Some(old), Some(new)) => changes.properties("pipeline", old.properties(), new.properties()),
        (Some(_), None) => changes.add(Verdict::Fail, "pipeline", "the pipeline type is removed"),
        (None, Some(_)) => changes.add(Verdict::Fail, "pipeline", "a pipeline type is added"),
        (None, None) => {}
    }
    changes.0
}

/// The inputs of the two types by themselves.
pub fn compare_inputs(old: &InputType, new: &InputType) -> Vec<Change> {
    let mut changes = Changes(Vec::new());
    changes.properties("", old.properties(), new.properties());
    changes.0
}

struct Changes(Vec<Change>);

impl Changes {
    fn add(&mut self, verdict: Verdict, path: &str, message: impl Into<String>) {
        self.0.push(Change { verdict, path: path.to_owned(), message: message.into() });
    }

    fn properties(&mut self, path: &str, old: &[Property], new: &[Property]) {
        for before in old {
            let path = join(path, &before.name);
            match new.iter().find(|after| after.name == before.name) {
                Some(after) => self.property(&path, before, after),
                None => self.add(Verdict::Fail, &path, "the input is removed or renamed"),
            }
        }
        for after in new.iter().filter(|after| !old.iter().any(|before| before.name == after.name)) {
            let path = join(path, &after.name);
            if after.must_be_given() {
                self.add(Verdict::Fail, &path, "a new input is required and has no default");
            } else {
                self.add(Verdict::Pass, &path, "a new input, optional or with a default");
            }
        }
    }

    fn property(&mut self, path: &str, old: &Property, new: &Property) {
        if !old.must_be_given() && new.must_be_given() {
            self.add(Verdict::Fail, path, "the input becomes required and has no default");
        } else if old.must_be_given() && !new.must_be_given() {
            self.add(Verdict::Pass, path, "the input need not be given any more");
        }
        self.schema(path, &old.schema, &new.schema);
    }

    fn schema(&mut self, path: &str, old: &TypeSchema, new: &TypeSchema) {
        match (old.kind, new.kind) {
            (before, after) if before == after => {}
            (ValueType::Integer, ValueType::Number) => {
                self.add(Verdict::Pass, path, "the type changes from integer to number");
            }
            (before, after) => {
                let message = format!("the type changes from {} to {}", before.name(), after.name());
                return self.add(Verdict::Fail, path, message);
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
        if let (Some(old), Some(new)) = (&old.items, &new.items) {
            self.schema(&format!("{path}[]"), old, new);
        }
        self.properties(path, &old.properties, &new.properties);
    }

    fn default(&mut self, path: &str, old: &TypeSchema, new: &TypeSchema) {
        match (&old.default, &new.default) {
            (Some(before), Some(after)) if before != after => {
                self.add(Verdict::Warn, path, format!("the default changes from {before} to {after}"));
            }
            (Some(before), None) => self.add(Verdict::Warn, path, format!("the default {before} is removed")),
            (None, Some(after)) => self.add(Verdict::Pass, path, format!("the default {after} is added")),
            _ => {}
        }
    }

    fn enumeration(&mut self, path: &str, old: &TypeSchema, new: &TypeSchema) {
        let values = |schema: &TypeSchema| schema.constraints.get("enum").and_then(Value::as_array).cloned();
        match (values(old), values(new)) {
            (Some(before), Some(after)) => {
                for value in before.iter().filter(|value| !after.contains(value)) {
                    self.add(Verdict::Warn, path, format!("{value} is no longer allowed"));
                }
                for value in after.iter().filter(|value| !before.contains(value)) {
                    self.add(Verdict::Pass, path, format!("{value} is allowed too"));
                }
            }
            (None, Some(_)) => self.add(Verdict::Warn, path, "only listed values are allowed now"),
            (Some(_), None) => self.add(Verdict::Pass, path, "all values are allowed now"),
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
        self.add(if tightened { Verdict::Warn } else { Verdict::Pass }, path, message);
    }

    /// Constraints without order: any other value than before may refuse what was valid.
    fn restriction(&mut self, path: &str, keyword: &str, old: &TypeSchema, new: &TypeSchema) {
        match (old.constraints.get(keyword), new.constraints.get(keyword)) {
            (before, after) if before == after => {}
            (Some(_), None) => self.add(Verdict::Pass, path, format!("`{keyword}` is removed")),
            (_, Some(after)) => self.add(Verdict::Warn, path, format!("`{keyword}` becomes {after}")),
            (None, None) => {}
        }
    }

    fn unique(&mut self, path: &str, old: &TypeSchema, new: &TypeSchema) {
        let value = |schema: &TypeSchema| schema.constraints.get("uniqueItems") == Some(&Value::Bool(true));
        match (value(old), value(new)) {
            (false, true) => self.add(Verdict::Warn, path, "items must be unique now"),
            (true, false) => self.add(Verdict::Pass, path, "items need not be unique any more"),
            _ => {}
        }
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
