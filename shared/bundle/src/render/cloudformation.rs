//! CloudFormation templates, rendered as text with Jinja (behaviour 6.2, 6.3) by the crate's own engine.
//!
//! The text that comes out is deployed byte for byte; nothing here reads it as YAML.

use serde_json::Value;

use super::RenderError;
use crate::jinja;

pub use crate::jinja::OUTPUT_LIMIT;

/// Renders a CloudFormation template. `file` is its path, for messages; `namespace` is the tree of
/// [`super::namespace`].
///
/// # Errors
/// Malformed Jinja; references to what isn't there; what the filters refuse; too many steps or too much output. The
/// error has the place in the template and what to do.
pub fn render_cloudformation(file: &str, template: &str, namespace: &Value) -> Result<String, RenderError> {
    jinja::render(file, template, namespace)
}

/// Whether a template is well-formed Jinja; references aren't looked at.
///
/// # Errors
/// The first syntax error, with its place.
pub fn check_syntax(file: &str, template: &str) -> Result<(), RenderError> {
    jinja::parse(file, template).map(|_| ())
}

/// Renders a value: a text that is one `{{ expression }}` and nothing else gives what the expression gives, with its
/// type; every other text gives its rendering (behaviour 4.4).
///
/// # Errors
/// Those of [`render_cloudformation`]; an expression whose value isn't one of JSON's.
pub fn render_native(file: &str, template: &str, namespace: &Value) -> Result<Value, RenderError> {
    jinja::render_native(file, template, namespace)
}
