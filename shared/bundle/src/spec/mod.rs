//! Spec files: the values that developers give (behaviour 5).
//!
//! A spec is stored and returned verbatim, so a parsed spec keeps its text and every edit (`${Proton::CURRENT_VAL}`, the
//! merge of one instance) is an edit of the text that touches nothing else. Parsing checks the grammar; whether the
//! values fit a template is asked with its [`Schema`](crate::Schema).

mod current;
mod edit;
mod environment;
mod merge;
mod service;

pub use environment::EnvironmentSpec;
pub use service::{InstanceSection, ServiceSpec};

use std::fmt;

use serde_json::{Map, Value};

use crate::schema::{InputType, conform_inputs};
use crate::yaml::{self, Node};

/// Largest spec, in bytes: the API's own bound on the member.
pub const SIZE_LIMIT: usize = 51_200;

/// Nobody reads more problems than this.
const PROBLEM_LIMIT: usize = 50;

/// Something wrong with a spec. Its `Display` form is `path: message`, e.g.
/// `spec.instances[0].spec.size: must be one of small, large` (behaviour 14): the path begins with `spec`, the member of
/// the request, and goes on inside the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecProblem {
    /// Where, beginning with `spec`.
    pub path: String,
    /// What is wrong, without final stop.
    pub message: String,
    /// Line in the text, from 1, when there is a place.
    pub line: Option<usize>,
    /// Column in the line, from 1, in characters.
    pub column: Option<usize>,
}

impl SpecProblem {
    fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into(), line: None, column: None }
    }

    fn on(path: impl Into<String>, node: &Node, message: impl Into<String>) -> Self {
        Self { line: Some(node.line), column: Some(node.column), ..Self::new(path, message) }
    }
}

impl fmt::Display for SpecProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// All problems in one message, as errors of the API carry it.
pub fn message(problems: &[SpecProblem]) -> String {
    problems.iter().map(SpecProblem::to_string).collect::<Vec<_>>().join("; ")
}

/// Reads the document and its `proton:` line.
fn document(text: &str, kind: &str, keys: &[&str]) -> Result<Node, Vec<SpecProblem>> {
    if text.len() > SIZE_LIMIT {
        let message = format!("has {} bytes, more than the {SIZE_LIMIT} allowed", text.len());
        return Err(vec![SpecProblem::new("spec", message)]);
    }
    let root = yaml::load(text).map_err(|error| {
        vec![SpecProblem {
            path: "spec".into(),
            message: format!(
                "is not valid YAML: {} (line {}, column {})",
                error.message, error.line, error.column
            ),
            line: Some(error.line),
            column: Some(error.column),
        }]
    })?;
    let Some(entries) = root.entries() else {
        let message =
            format!("must be a mapping that begins with `proton: {kind}`, not {}", root.kind_name());
        return Err(vec![SpecProblem::on("spec", &root, message)]);
    };
    let mut problems = Vec::new();
    match root.get("proton") {
        None => problems.push(SpecProblem::new("spec.proton", format!("is missing; write `proton: {kind}`"))),
        Some(node) if node.text() != Some(kind) => {
            problems.push(SpecProblem::on("spec.proton", node, format!("must be {kind}")));
        }
        Some(_) => {}
    }
    for (key, _) in entries {
        let name = key.text().unwrap_or_default();
        if !keys.contains(&name) {
            let message = format!("is not a key of an {kind}; known are {}", keys.join(", "));
            problems.push(SpecProblem::on(
                format!("spec.{name}"),
                key,
                message.replace("an Service", "a Service"),
            ));
        }
    }
    problems.truncate(PROBLEM_LIMIT);
    if problems.is_empty() { Ok(root) } else { Err(problems) }
}

/// Checks that a section of inputs is one, whatever the schema says.
fn check_section(path: &str, section: Option<&Node>, problems: &mut Vec<SpecProblem>) {
    if let Some(node) = section
        && !node.is_null()
        && node.entries().is_none()
    {
        problems.push(SpecProblem::on(
            path,
            node,
            format!("must be a mapping of inputs, not {}", node.kind_name()),
        ));
    }
}

/// The inputs that a section and the schema's defaults make together.
fn section_inputs(
    inputs: &InputType,
    section: Option<&Node>,
    path: &str,
) -> Result<Map<String, Value>, Vec<SpecProblem>> {
    let (values, faults) = conform_inputs(inputs, section);
    if faults.is_empty() {
        return Ok(values);
    }
    let problem = |fault: crate::schema::Fault| SpecProblem {
        path: if fault.path.is_empty() { path.to_owned() } else { format!("{path}.{}", fault.path) },
        message: fault.message,
        line: fault.at.map(|(line, _)| line),
        column: fault.at.map(|(_, column)| column),
    };
    Err(faults.into_iter().map(problem).collect())
}
