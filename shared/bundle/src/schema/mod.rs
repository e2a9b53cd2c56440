//! The inputs a template asks for (behaviour 4.5).
//!
//! Authors write OpenAPI 3.0 schema objects, whose vocabulary is JSON Schema draft 4 with additions. We read the
//! documented subset into a model of our own (so that defaults, coercion, comparison and messages work on types and
//! not on loose JSON) and hand the constraints to the `jsonschema` crate. They are compiled as draft 2020-12: the subset
//! means the same in every draft save two points, and there the later meaning is the useful one. `exclusiveMinimum`
//! may be the draft 4 boolean or a number, the former is rewritten to the latter; and `5.0` is an integer.
//! `pattern` runs on the linear-time `regex` engine: no schema can make a validation explode.

mod conform;
mod constraint;
mod example;
mod parse;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::bundle::BundleKind;
use crate::problem::Problem;
pub(crate) use conform::{Fault, conform_inputs};
pub(crate) use example::{Examples, examples};
pub(crate) use parse::missing_property;

/// Longest name of an input, in characters (behaviour 4.6).
pub const INPUT_NAME_LIMIT: usize = 100;
/// Largest schema text, in bytes (behaviour 4.6).
pub const SCHEMA_SIZE_LIMIT: usize = 50 * 1024;
/// Most patterns of an input type; the largest public sample has five.
const PATTERN_LIMIT: usize = 100;
/// Largest compiled pattern, in bytes; `^.{1,2048}$` fits.
const PATTERN_SIZE: usize = 4 * 1024 * 1024;
/// Compiled size up to which a pattern is an ordinary one, in bytes.
const ORDINARY_PATTERN_SIZE: usize = 64 * 1024;
/// Most patterns beyond the ordinary size, so that a schema of them can't take hundreds of megabytes.
const LARGE_PATTERN_LIMIT: usize = 8;

/// A parsed `schema/schema.yaml`.
#[derive(Debug, Clone)]
pub struct Schema {
    text: String,
    kind: BundleKind,
    inputs: InputType,
    pipeline: Option<InputType>,
    warnings: Vec<Problem>,
}

impl Schema {
    /// Reads a schema by itself: the API validates specs from the stored text, without the archive.
    ///
    /// # Errors
    /// All problems at once, errors and warnings, when at least one is an error: malformed YAML, missing keys (in the
    /// known form `Service template schema is not valid: Missing property [serviceInputType]`), input types that don't
    /// resolve, keywords outside of the subset, defaults that violate their own property (behaviour 4.7 point 3).
    pub fn parse(text: &str, kind: BundleKind) -> Result<Self, Vec<Problem>> {
        parse::schema(text, kind).map_err(|draft| draft.problems)
    }

    /// Like [`Self::parse`], with what could be read of a schema that is wrong.
    pub(crate) fn read(text: &str, kind: BundleKind) -> Result<Self, Box<Draft>> {
        parse::schema(text, kind)
    }

    /// The text as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The kind of template it belongs to.
    pub fn kind(&self) -> BundleKind {
        self.kind
    }

    /// The inputs of an environment or of each service instance.
    pub fn inputs(&self) -> &InputType {
        &self.inputs
    }

    /// The inputs of the service pipeline, when the template has one.
    pub fn pipeline(&self) -> Option<&InputType> {
        self.pipeline.as_ref()
    }

    /// What the author should know but needn't repair.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }
}

/// What could be read of a schema in which something is wrong: the names of its inputs, so that what uses them can be
/// judged in the same round. An input that couldn't be read is an object of any members.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    pub(crate) problems: Vec<Problem>,
    pub(crate) inputs: Option<InputType>,
    pub(crate) pipeline: Option<InputType>,
}

/// One of the schema's `types` that a `*_input_type` names.
#[derive(Debug, Clone)]
pub struct InputType {
    name: String,
    description: Option<String>,
    properties: Vec<Property>,
    validator: Arc<jsonschema::Validator>,
}

impl InputType {
    /// Its name in the schema's `types`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is for.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The inputs, in the order of the schema.
    pub fn properties(&self) -> &[Property] {
        &self.properties
    }

    /// One input by name.
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }

    /// Whether a spec may leave the whole section out: every input is optional or has a default.
    pub fn all_optional(&self) -> bool {
        self.properties.iter().all(|property| !property.must_be_given())
    }
}

/// A named input.
#[derive(Debug, Clone)]
pub struct Property {
    /// Its name in specs and templates.
    pub name: String,
    /// Whether the schema's `required` lists it.
    pub required: bool,
    /// Its type and constraints.
    pub schema: TypeSchema,
    /// Line in the schema text, from 1.
    pub line: usize,
}

impl Property {
    /// Required, and no default stands in.
    pub fn must_be_given(&self) -> bool {
        self.required && self.schema.default.is_none()
    }
}

/// The type of an input, or of a list's items.
#[derive(Debug, Clone)]
pub struct TypeSchema {
    /// The JSON type.
    pub kind: ValueType,
    /// What stands in when a spec doesn't give the input; of that type.
    pub default: Option<Value>,
    /// What the author gives as an example; of that type.
    pub example: Option<Value>,
    /// The label of a form.
    pub title: Option<String>,
    /// The help text of a form.
    pub description: Option<String>,
    /// `enum`, `minimum`, `pattern`, …, normalised (see the module's text).
    pub constraints: Map<String, Value>,
    /// Type of the items, of a list.
    pub items: Option<Box<TypeSchema>>,
    /// The members, of a nested object.
    pub properties: Vec<Property>,
}

impl TypeSchema {
    /// A type without constraints.
    fn new(kind: ValueType) -> Self {
        Self {
            kind,
            default: None,
            example: None,
            title: None,
            description: None,
            constraints: Map::new(),
            items: None,
            properties: Vec::new(),
        }
    }

    /// The JSON Schema that values of the right type are checked against. Missing and unknown members are found by
    /// the walk over the spec, which knows their place; so neither `required` nor `additionalProperties` stand here.
    fn json_schema(&self) -> Value {
        let mut schema = self.constraints.clone();
        schema.insert("type".into(), self.kind.name().into());
        if let Some(items) = &self.items {
            schema.insert("items".into(), items.json_schema());
        }
        if self.kind == ValueType::Object {
            schema.insert("properties".into(), properties_json_schema(&self.properties));
        }
        Value::Object(schema)
    }
}

fn properties_json_schema(properties: &[Property]) -> Value {
    properties
        .iter()
        .map(|property| (property.name.clone(), property.schema.json_schema()))
        .collect::<Map<_, _>>()
        .into()
}

/// Compiles the constraints of a whole input type.
fn validator(properties: &[Property]) -> Result<jsonschema::Validator, String> {
    compile(&json!({"type": "object", "properties": properties_json_schema(properties)}), PATTERN_SIZE)
}

fn compile(schema: &Value, pattern_size: usize) -> Result<jsonschema::Validator, String> {
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .with_pattern_options(
            jsonschema::PatternOptions::regex().size_limit(pattern_size).dfa_size_limit(pattern_size),
        )
        .should_validate_formats(true)
        .offline()
        .build(schema)
        .map_err(|error| error.to_string())
}

/// The JSON types that an input may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// Text.
    String,
    /// A number, whole or not.
    Number,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A list of values of one type.
    Array,
    /// Named members.
    Object,
}

impl ValueType {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::String, Self::Number, Self::Integer, Self::Boolean, Self::Array, Self::Object];

    /// As `type` says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
