//! A bundle judged for registration: everything that is wrong or doubtful, and the bundle when nothing is wrong.
//!
//! [`Bundle::open`] asks only what deployment needs; versions that are registered are opened with it again and again, so
//! its rules may not become stricter. [`examine`] asks more, on top of it: what would fail only when it is rendered. A
//! rule that is added there concerns new registrations alone.

use crate::archive::Files;
use crate::bundle::{Bundle, BundleKind, OpenOptions};
use crate::problem::{Problem, any_error};
use crate::validate;

/// What is known about a bundle from elsewhere than its files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExamineOptions {
    /// The environment (environment templates) or the pipeline (service templates) is `CUSTOMER_MANAGED`.
    pub customer_managed: bool,
    /// What the compatible environment templates of a service template give. Empty means unknown: then nothing is said
    /// about references to outputs.
    pub environments: Vec<EnvironmentOutputs>,
}

/// The outputs of an environment template that a service template is compatible with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvironmentOutputs {
    /// The template and its major version as authors write them, `my-env:1`.
    pub environment: String,
    /// Names of its outputs.
    pub outputs: Vec<String>,
}

/// The outcome of [`examine`].
#[derive(Debug, Clone)]
pub struct Examination {
    /// Errors and warnings, by file, line and column.
    pub problems: Vec<Problem>,
    /// The bundle, when no problem is an error.
    pub bundle: Option<Bundle>,
}

/// Checks all rules of registration that need nothing but the bundle and `options` (behaviour 4.6, 4.7), each on the
/// whole bundle, so that an author hears everything at once.
pub fn examine(kind: BundleKind, files: Files, options: &ExamineOptions) -> Examination {
    let opening = OpenOptions { customer_managed: options.customer_managed };
    let mut read = validate::read(kind, &files, opening);
    read.deepen(&files, &options.environments);
    let mut problems = std::mem::take(&mut read.problems);
    problems.sort_by(by_place);
    problems.dedup();
    let outputs = std::mem::take(&mut read.outputs);
    let bundle = if any_error(&problems) { None } else { read.bundle(kind, files, problems.clone()) };
    let bundle = bundle.map(|bundle| bundle.with_outputs(outputs));
    Examination { problems, bundle }
}

/// Problems of the archive as a whole come first, then file by file from top to bottom.
fn by_place(a: &Problem, b: &Problem) -> std::cmp::Ordering {
    (&a.file, a.line, a.column, &a.message).cmp(&(&b.file, b.line, b.column, &b.message))
}
