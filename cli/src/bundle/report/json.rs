//! For programs. The shapes are described in docs/author-tools.md and only ever grow.

use crate::bundle::check::Checked;
use protium_bundle::{BundleKind, Problem, Severity};
use serde::Serialize;

/// What `validate` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Report<'a> {
    bundles: Vec<Bundle<'a>>,
}

#[derive(Debug, Serialize)]
struct Bundle<'a> {
    path: String,
    kind: Option<&'static str>,
    customer_managed: bool,
    problems: Vec<ProblemShape<'a>>,
    ok: bool,
}

/// A problem, in all documents.
#[derive(Debug, Serialize)]
pub(crate) struct ProblemShape<'a> {
    severity: Severity,
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<usize>,
    message: &'a str,
    remedy: Option<&'a str>,
}

impl<'a> Report<'a> {
    pub(crate) fn new(checked: &'a [Checked]) -> Self {
        Self { bundles: checked.iter().map(Bundle::new).collect() }
    }
}

impl<'a> Bundle<'a> {
    fn new(checked: &'a Checked) -> Self {
        Self {
            path: checked.path.to_string_lossy().into_owned(),
            kind: checked.kind.map(kind),
            customer_managed: checked.customer_managed,
            problems: problems(&checked.problems),
            ok: checked.ok(),
        }
    }
}

pub(crate) fn problems(problems: &[Problem]) -> Vec<ProblemShape<'_>> {
    problems.iter().map(ProblemShape::new).collect()
}

impl<'a> ProblemShape<'a> {
    /// The same problem, placed in another file.
    pub(crate) fn in_file(self, file: &'a str) -> Self {
        Self { file: Some(file), ..self }
    }

    pub(crate) fn new(problem: &'a Problem) -> Self {
        Self {
            severity: problem.severity,
            file: problem.file.as_deref(),
            line: problem.line,
            column: problem.column,
            length: problem.length,
            message: &problem.message,
            remedy: problem.remedy.as_deref(),
        }
    }
}

pub(crate) fn kind(kind: BundleKind) -> &'static str {
    match kind {
        BundleKind::Environment => "environment",
        BundleKind::Service => "service",
    }
}
