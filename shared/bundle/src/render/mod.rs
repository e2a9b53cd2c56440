//! From template and values to the text that is deployed (behaviour 6).

pub mod cloudformation;
pub mod codebuild;
mod hcl;
mod json;
pub mod namespace;
pub mod parameters;
pub mod part;
pub mod preview;
pub mod terraform;
mod tree;

use std::fmt;

pub use cloudformation::render_cloudformation;
pub use parameters::StackParameter;
pub use part::{DeploymentMetadata, RenderContext, RenderedPart, render_part};
pub use preview::{EnvironmentValues, Preview, PreviewOptions, preview_context, previews};

use crate::problem::Problem;

/// Why a template can't be rendered. Its `Display` form is a deployment's status message:
/// `instance_infrastructure/cloudformation.yaml:12:17: what is wrong. What to do.`
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct RenderError {
    /// Path of the template in the bundle.
    pub file: String,
    /// Line in it, from 1, when known.
    pub line: Option<usize>,
    /// Column in the line, from 1, in characters, when known.
    pub column: Option<usize>,
    /// What is wrong, without final stop.
    pub message: String,
    /// What to do about it, a sentence.
    pub remedy: Option<String>,
}

impl RenderError {
    pub(crate) fn new(file: &str, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, column: None, message: message.into(), remedy: None }
    }

    /// The same error with what to do about it.
    #[must_use]
    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// As a problem of the bundle.
    pub fn into_problem(self) -> Problem {
        Problem {
            file: Some(self.file),
            line: self.line,
            column: self.column,
            remedy: self.remedy,
            ..Problem::error(self.message)
        }
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clone().into_problem().fmt(f)
    }
}
