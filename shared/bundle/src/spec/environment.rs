//! `proton: EnvironmentSpec`.

use serde_json::{Map, Value};

use super::{SpecProblem, check_section, current, document, section_inputs};
use crate::schema::Schema;
use crate::yaml::Node;

/// A parsed environment spec.
#[derive(Debug, Clone)]
pub struct EnvironmentSpec {
    text: String,
    root: Node,
}

impl EnvironmentSpec {
    /// Reads a spec and checks its grammar.
    ///
    /// # Errors
    /// Malformed YAML, a wrong or missing `proton:` line, unknown keys, a `spec` that isn't a mapping.
    pub fn parse(text: &str) -> Result<Self, Vec<SpecProblem>> {
        let root = document(text, "EnvironmentSpec", &["proton", "spec"])?;
        let mut problems = Vec::new();
        check_section("spec.spec", root.get("spec"), &mut problems);
        if problems.is_empty() { Ok(Self { text: text.to_owned(), root }) } else { Err(problems) }
    }

    /// The text as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the values fit the template.
    ///
    /// # Errors
    /// Everything that doesn't, each with the path of the offending value.
    pub fn validate(&self, schema: &Schema) -> Result<(), Vec<SpecProblem>> {
        self.inputs(schema).map(|_| ())
    }

    /// The values with JSON types and with the schema's defaults; optional inputs without default are absent.
    ///
    /// # Errors
    /// As [`Self::validate`].
    pub fn inputs(&self, schema: &Schema) -> Result<Map<String, Value>, Vec<SpecProblem>> {
        section_inputs(schema.inputs(), self.root.get("spec"), "spec.spec")
    }

    /// The spec with every `${Proton::CURRENT_VAL}` replaced by the value of the last stored spec, and else untouched.
    ///
    /// # Errors
    /// Values asked for that the stored spec doesn't have (all of them when there is none).
    pub fn with_current_values(&self, stored: Option<&Self>) -> Result<Self, Vec<SpecProblem>> {
        let stored_section = stored.and_then(|spec| spec.root.get("spec"));
        let mut edits = current::Edits::default();
        edits.section("spec.spec", self.root.get("spec"), stored_section, stored.map_or("", Self::text));
        let text = edits.apply(&self.text)?;
        Self::parse(&text)
    }
}
