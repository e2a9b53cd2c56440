//! From the schema's text to the model.

use std::sync::Arc;

use serde_json::{Value, json};

use super::constraint::{self, Outcome};
use super::{
    Draft, INPUT_NAME_LIMIT, InputType, LARGE_PATTERN_LIMIT, ORDINARY_PATTERN_SIZE, PATTERN_LIMIT,
    PATTERN_SIZE, Property, SCHEMA_SIZE_LIMIT, Schema, TypeSchema, ValueType, conform, validator,
};
use crate::bundle::{BundleKind, SCHEMA_FILE};
use crate::problem::{Problem, any_error};
use crate::yaml::{self, Node};

/// Keywords that describe and don't constrain; what a form shows, or nothing at all.
const ANNOTATIONS: &[&str] =
    &["title", "description", "example", "examples", "deprecated", "readOnly", "writeOnly", "externalDocs"];
/// Read elsewhere than among the constraints.
const STRUCTURE: &[&str] =
    &["type", "default", "enum", "items", "properties", "required", "additionalProperties"];
/// Outside of the subset, and they would change what is valid: ignoring them would be silent acceptance.
const REFUSED: &[&str] = &[
    "$ref",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "const",
    "patternProperties",
    "discriminator",
    "nullable",
];

/// Nested objects and lists deeper than this aren't forms any more.
const NESTING_LIMIT: usize = 8;

pub(super) fn schema(text: &str, kind: BundleKind) -> Result<Schema, Box<Draft>> {
    let unread = |problem| Box::new(Draft { problems: vec![problem], ..Draft::default() });
    if text.len() > SCHEMA_SIZE_LIMIT {
        let message =
            format!("the schema has {} bytes, more than the {SCHEMA_SIZE_LIMIT} allowed", text.len());
        return Err(unread(Problem::error(message).in_file(SCHEMA_FILE)));
    }
    let root = yaml::load(text).map_err(|error| unread(error.problem(SCHEMA_FILE)))?;
    let mut reader = Reader { kind, problems: Vec::new() };
    match reader.schema(&root) {
        Draft { inputs: Some(inputs), pipeline, .. } if !any_error(&reader.problems) => {
            Ok(Schema { text: text.to_owned(), kind, inputs, pipeline, warnings: reader.problems })
        }
        draft => Err(Box::new(Draft { problems: reader.problems, ..draft })),
    }
}

/// The known text for a key that isn't there (behaviour 4.7): it names keys in camel case.
pub(crate) fn missing_property(kind: BundleKind, key: &str) -> String {
    format!("{} template schema is not valid: Missing property [{}]", kind.title(), camel_case(key))
}

fn camel_case(key: &str) -> String {
    let mut words = key.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

struct Reader {
    kind: BundleKind,
    problems: Vec<Problem>,
}

impl Reader {
    fn error(&mut self, node: &Node, message: impl Into<String>, remedy: &str) {
        let problem = node.error(SCHEMA_FILE, message);
        self.problems.push(if remedy.is_empty() { problem } else { problem.remedy(remedy) });
    }

    fn warning(&mut self, node: &Node, message: impl Into<String>) {
        self.problems.push(node.warning(SCHEMA_FILE, message));
    }

    fn missing(&mut self, node: &Node, key: &str, remedy: &str) {
        self.error(node, missing_property(self.kind, key), remedy);
    }

    fn schema(&mut self, root: &Node) -> Draft {
        let Some(schema) = root.get("schema") else {
            self.missing(root, "schema", "Begin the file with the key `schema`.");
            return Draft::default();
        };
        if schema.entries().is_none() {
            self.error(schema, format!("`schema` must be a mapping, not {}", schema.kind_name()), "");
            return Draft::default();
        }
        self.unknown_keys(root, &["schema"]);
        self.unknown_keys(schema, &["format", self.kind.input_type_key(), "pipeline_input_type", "types"]);
        self.format(schema);
        let types = schema.get("types");
        if types.is_none() {
            self.missing(schema, "types", "Describe the inputs under `types`.");
        }
        let inputs = self.input_type(schema, types, self.kind.input_type_key(), true);
        let pipeline = match (self.kind, schema.entry("pipeline_input_type")) {
            (BundleKind::Environment, Some((key, _))) => {
                self.error(key, "an environment template has no pipeline", "Remove `pipeline_input_type`.");
                None
            }
            _ => self.input_type(schema, types, "pipeline_input_type", false),
        };
        Draft { inputs, pipeline, ..Draft::default() }
    }

    fn format(&mut self, schema: &Node) {
        const REMEDY: &str = "Write `format: {openapi: \"3.0.0\"}`.";
        let Some(format) = schema.get("format") else { return self.missing(schema, "format", REMEDY) };
        match format.get("openapi").and_then(Node::text) {
            Some(version) if version == "3.0" || version.starts_with("3.0.") => {}
            Some(version) => {
                self.error(format, format!("the schema format openapi {version} is not supported"), REMEDY)
            }
            None => self.missing(format, "openapi", REMEDY),
        }
    }

    fn unknown_keys(&mut self, node: &Node, known: &[&str]) {
        for (key, _) in node.entries().unwrap_or_default() {
            let name = key.text().unwrap_or_default();
            if !known.contains(&name) {
                self.warning(key, format!("the key `{name}` has no meaning here and is ignored"));
            }
        }
    }

    fn input_type(
        &mut self,
        schema: &Node,
        types: Option<&Node>,
        key: &str,
        needed: bool,
    ) -> Option<InputType> {
        let Some(reference) = schema.get(key) else {
            if needed {
                self.missing(schema, key, &format!("Name the type of the inputs under `{key}`."));
            }
            return None;
        };
        let Some(name) = reference.text().filter(|name| !name.is_empty()) else {
            self.error(reference, format!("`{key}` must be the name of a type"), "");
            return None;
        };
        let types = types?;
        let Some(node) = types.get(name) else {
            let known: Vec<_> =
                types.entries().unwrap_or_default().iter().filter_map(|(key, _)| key.text()).collect();
            let remedy = match known.as_slice() {
                [] => "Define it under `types`.".to_owned(),
                _ => format!("Define it under `types`, which holds {}.", known.join(", ")),
            };
            self.error(reference, format!("`{key}` names the type `{name}`, which doesn't exist"), &remedy);
            return None;
        };
        if node.get("type").and_then(Node::text) != Some("object") {
            self.error(node, format!("the type `{name}` must have `type: object`"), "");
            return None;
        }
        let object = self.type_schema(node, 0)?;
        self.compiled(node, name, object)
    }

    /// Compiles the constraints once for the whole type, which also checks the defaults against them.
    fn compiled(&mut self, node: &Node, name: &str, object: TypeSchema) -> Option<InputType> {
        let mut patterns = Vec::new();
        collect_patterns(node, &mut patterns);
        let large =
            patterns.iter().take(PATTERN_LIMIT).filter(|pattern| !compiles(pattern, ORDINARY_PATTERN_SIZE));
        if patterns.len() > PATTERN_LIMIT || large.count() > LARGE_PATTERN_LIMIT {
            let message = format!("the type `{name}` has more or larger patterns than can be checked");
            let remedy = "Use `minLength` and `maxLength` rather than counts in the pattern.";
            self.error(node, message, remedy);
            return draft(name, object);
        }
        let validator = match validator(&object.properties) {
            Ok(validator) => validator,
            Err(message) => {
                self.unusable_patterns(node, name, &patterns, &message);
                return draft(name, object);
            }
        };
        for (path, message) in conform::default_faults(&validator, &object.properties) {
            let place = path.iter().try_fold(node, |node, name| match name.as_str() {
                conform::ITEMS => node.get("items"),
                name => node.get("properties")?.get(name),
            });
            let place = place.and_then(|property| property.get("default")).unwrap_or(node);
            self.error(place, format!("the default {message}"), "Change the default or the constraint.");
        }
        Some(input_type(name, object, validator))
    }

    fn unusable_patterns(&mut self, node: &Node, name: &str, patterns: &[&Node], message: &str) {
        let unusable: Vec<_> = patterns.iter().filter(|pattern| !compiles(pattern, PATTERN_SIZE)).collect();
        for pattern in &unusable {
            self.error(
                pattern,
                "`pattern` is not a usable regular expression: malformed, too large, or with look-around or \
                 back-references, which can't be matched in bounded time",
                "",
            );
        }
        if unusable.is_empty() {
            self.error(node, format!("the type `{name}` is not a valid schema: {message}"), "");
        }
    }

    /// A type, its constraints and its default. `None` when there is nothing to go on with; everything found is noted.
    fn type_schema(&mut self, node: &Node, depth: usize) -> Option<TypeSchema> {
        let kind = self.value_type(node, depth)?;
        let text = |key: &str| node.get(key).and_then(Node::text).map(str::to_owned);
        let mut schema =
            TypeSchema { title: text("title"), description: text("description"), ..TypeSchema::new(kind) };
        if kind == ValueType::Array {
            schema.items = self.items(node, depth);
        }
        if kind == ValueType::Object {
            schema.properties = self.properties(node, depth);
        }
        self.constraints(node, &mut schema);
        self.enumeration(node, &mut schema);
        self.default(node, &mut schema);
        let examples = node.get("examples").and_then(Node::items).and_then(<[Node]>::first);
        schema.example = node
            .get("example")
            .or(examples)
            .and_then(|example| conform::conform_literal(&schema, example).ok());
        Some(schema)
    }

    fn value_type(&mut self, node: &Node, depth: usize) -> Option<ValueType> {
        const REMEDY: &str = "Use one of string, number, integer, boolean, array, object.";
        if depth > NESTING_LIMIT {
            self.error(node, "nested too deeply", "Flatten the inputs.");
            return None;
        }
        if node.entries().is_none() {
            self.error(node, format!("must be a mapping with a `type`, not {}", node.kind_name()), "");
            return None;
        }
        let Some(kind) = node.get("type") else {
            self.error(node, "the `type` is missing", REMEDY);
            return None;
        };
        let parsed = kind.text().and_then(ValueType::parse);
        if parsed.is_none() {
            let name = kind.text().map_or_else(|| kind.kind_name().to_owned(), |name| format!("`{name}`"));
            self.error(kind, format!("{name} is not a type of input"), REMEDY);
        }
        parsed
    }

    fn items(&mut self, node: &Node, depth: usize) -> Option<Box<TypeSchema>> {
        match node.get("items") {
            Some(items) => self.type_schema(items, depth + 1).map(Box::new),
            None => {
                self.error(
                    node,
                    "an array needs `items`",
                    "Say what the list holds, e.g. `items: {type: string}`.",
                );
                None
            }
        }
    }

    fn properties(&mut self, node: &Node, depth: usize) -> Vec<Property> {
        if let Some(value) = node.get("additionalProperties")
            && value.bool() != Some(false)
        {
            self.warning(value, "`additionalProperties` is ignored: a spec may only give the inputs listed");
        }
        let declared = node.get("properties").filter(|node| !node.is_null());
        let Some(entries) = declared.map_or(Some(&[][..]), Node::entries) else {
            let node = declared.unwrap_or(node);
            self.error(node, "`properties` must be a mapping", "");
            return Vec::new();
        };
        let required = self.required(node, entries);
        let mut properties = Vec::new();
        for (key, value) in entries {
            let name = key.text().unwrap_or_default();
            if name.is_empty() || name.chars().count() > INPUT_NAME_LIMIT {
                let message = format!("the name of an input must have 1 to {INPUT_NAME_LIMIT} characters");
                self.error(key, message, "");
            }
            // Once there are errors, the properties are a draft, and need their names.
            let schema =
                self.type_schema(value, depth + 1).unwrap_or_else(|| TypeSchema::new(ValueType::Object));
            let required = required.iter().any(|other| other == name);
            properties.push(Property { name: name.to_owned(), required, schema, line: key.line });
        }
        properties
    }

    fn required(&mut self, node: &Node, properties: &[(Node, Node)]) -> Vec<String> {
        let Some(required) = node.get("required").filter(|node| !node.is_null()) else { return Vec::new() };
        let Some(items) = required.items() else {
            self.error(
                required,
                "`required` must be the list of the obligatory inputs' names",
                "It stands beside `properties`, not inside a property.",
            );
            return Vec::new();
        };
        for item in items {
            let known =
                item.text().is_some_and(|name| properties.iter().any(|(key, _)| key.text() == Some(name)));
            if !known {
                let name = item.text().unwrap_or_default();
                self.error(item, format!("`required` lists `{name}`, which is not among the properties"), "");
            }
        }
        items.iter().filter_map(|item| item.text().map(str::to_owned)).collect()
    }

    fn constraints(&mut self, node: &Node, schema: &mut TypeSchema) {
        for (key, value) in node.entries().unwrap_or_default() {
            let name = key.text().unwrap_or_default();
            if ANNOTATIONS.contains(&name) || STRUCTURE.contains(&name) || name.starts_with("x-") {
                continue;
            }
            if REFUSED.contains(&name) {
                self.error(
                    key,
                    format!("`{name}` is not supported in input types"),
                    "Write the type out with `type` and plain constraints.",
                );
                continue;
            }
            match constraint::read(name, value, schema.kind) {
                Outcome::Value(value) => {
                    schema.constraints.insert(name.to_owned(), value);
                }
                Outcome::Inapplicable => {
                    self.warning(key, format!("`{name}` constrains nothing on type {}", schema.kind.name()));
                }
                Outcome::Invalid(expected) => self.error(value, format!("`{name}` {expected}"), ""),
                Outcome::Unknown => {
                    self.warning(key, format!("the keyword `{name}` is unknown and is ignored"))
                }
            }
        }
        constraint::normalise(&mut schema.constraints);
        for message in constraint::contradictions(schema) {
            self.error(node, message, "");
        }
    }

    fn enumeration(&mut self, node: &Node, schema: &mut TypeSchema) {
        let Some(list) = node.get("enum") else { return };
        let Some(items) = list.items().filter(|items| !items.is_empty()) else {
            return self.error(list, "`enum` must be a list of at least one value", "");
        };
        let mut values = Vec::new();
        for item in items {
            match conform::conform_literal(schema, item) {
                Ok(value) => values.push(value),
                Err(message) => self.error(item, format!("the `enum` value {message}"), ""),
            }
        }
        schema.constraints.insert("enum".into(), Value::Array(values));
    }

    fn default(&mut self, node: &Node, schema: &mut TypeSchema) {
        // A default of null is how some authors write "none".
        let Some(default) = node.get("default").filter(|default| !default.is_null()) else { return };
        let value = match (conform::conform_literal(schema, default), default.text()) {
            (Ok(value), _) => value,
            // A public sample has a word here. Proton took it as it was, so templates see the word.
            (Err(message), Some(word)) if schema.kind == ValueType::Boolean => {
                self.warning(default, format!("the default {message}"));
                word.into()
            }
            (Err(message), _) => {
                let is_number = matches!(schema.kind, ValueType::Number | ValueType::Integer);
                let is_quoted = default
                    .scalar()
                    .is_some_and(|scalar| is_number && !scalar.plain && scalar.text.parse::<f64>().is_ok());
                let remedy = if is_quoted {
                    "Write it without quotes."
                } else {
                    "Give a default of the property's own type."
                };
                return self.error(default, format!("the default {message}"), remedy);
            }
        };
        schema.default = Some(value);
    }
}

fn input_type(name: &str, object: TypeSchema, validator: jsonschema::Validator) -> InputType {
    InputType {
        name: name.to_owned(),
        description: object.description,
        properties: object.properties,
        validator: Arc::new(validator),
    }
}

/// A type whose constraints can't be compiled.
fn draft(name: &str, object: TypeSchema) -> Option<InputType> {
    Some(input_type(name, object, validator(&[]).ok()?))
}

/// The values of all `pattern` keywords below a type.
fn collect_patterns<'a>(node: &'a Node, found: &mut Vec<&'a Node>) {
    for (key, value) in node.entries().unwrap_or_default() {
        if key.text() == Some("pattern") && value.entries().is_none() {
            found.push(value);
        }
        collect_patterns(value, found);
    }
}

fn compiles(pattern: &Node, size: usize) -> bool {
    super::compile(&json!({"pattern": pattern.text()}), size).is_ok()
}
