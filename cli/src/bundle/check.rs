//! A bundle on disk, judged as registration would.

use super::source::{Source, kind_detect};
use crate::{Ending, args::bundle::KindArgs};
use protium_bundle::{
    Bundle, BundleKind, EnvironmentOutputs, ExamineOptions, Files, Part, Problem, SCHEMA_FILE, Schema,
    Severity, examine,
};
use std::path::{Path, PathBuf};

/// The outcome for one path.
#[derive(Debug)]
pub(crate) struct Checked {
    /// As it was named.
    pub(crate) path: PathBuf,
    /// What was read; nothing when the path is no bundle.
    pub(crate) source: Option<Source>,
    /// What it is for, when that is known.
    pub(crate) kind: Option<BundleKind>,
    /// Whether it was judged as customer managed.
    pub(crate) customer_managed: bool,
    /// Errors and warnings, by file, line and column.
    pub(crate) problems: Vec<Problem>,
    /// The bundle, when no problem is an error.
    pub(crate) bundle: Option<Bundle>,
}

impl Checked {
    pub(crate) fn ending(&self) -> Ending {
        match (&self.source, self.ok()) {
            (None, _) => Ending::Misused,
            (Some(_), false) => Ending::Bad,
            (Some(_), true) => Ending::Good,
        }
    }

    pub(crate) fn ok(&self) -> bool {
        self.source.is_some() && !self.problems.iter().any(Problem::is_error)
    }

    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.problems.iter().filter(|problem| problem.severity == severity).count()
    }

    /// Takes warnings for errors.
    pub(crate) fn harden(&mut self) {
        self.problems.iter_mut().for_each(|problem| problem.severity = Severity::Error);
    }

    fn no_bundle(path: &Path, why: Problem) -> Self {
        Self {
            path: path.to_owned(),
            source: None,
            kind: None,
            customer_managed: false,
            problems: vec![why],
            bundle: None,
        }
    }
}

/// Reads and judges what a path names.
pub(crate) fn check(path: &Path, args: &KindArgs, environments: &[EnvironmentOutputs]) -> Checked {
    let mut source = match Source::open(path) {
        Ok(source) => source,
        Err(why) => return Checked::no_bundle(path, *why),
    };
    let mut checked = Checked {
        path: path.to_owned(),
        source: None,
        kind: args.kind.map(Into::into),
        customer_managed: false,
        problems: Vec::new(),
        bundle: None,
    };
    match &mut source.files {
        Err(problems) => checked.problems = std::mem::take(problems),
        Ok(files) => judge(&mut checked, files, args, environments),
    }
    checked.source = Some(source);
    checked
}

fn judge(checked: &mut Checked, files: &Files, args: &KindArgs, environments: &[EnvironmentOutputs]) {
    let Some(kind) = checked.kind.or_else(|| kind_detect(files)) else {
        checked.problems = vec![
            Problem::error(
                "neither the directories nor the schema tell whether this is for environments or services",
            )
            .remedy(
                "Environments have `infrastructure`, services `instance_infrastructure`; \
                     or say it: --kind environment.",
            ),
        ];
        return;
    };
    let customer_managed = args.customer_managed.unwrap_or_else(|| has_no_pipeline(kind, files));
    let options = ExamineOptions { customer_managed, environments: environments.to_vec() };
    let examination = examine(kind, files.clone(), &options);
    checked.kind = Some(kind);
    checked.customer_managed = customer_managed;
    checked.problems = examination.problems;
    checked.bundle = examination.bundle;
}

/// A service bundle without code for a pipeline and without inputs for one is a finished bundle of a template whose
/// users bring pipelines of their own. (An environment bundle without code is more likely an unfinished one.)
fn has_no_pipeline(kind: BundleKind, files: &Files) -> bool {
    let has_directory = files.below(Part::PipelineInfrastructure.directory()).next().is_some();
    if kind == BundleKind::Environment || has_directory {
        return false;
    }
    let text = files.get(SCHEMA_FILE).map(String::from_utf8_lossy).unwrap_or_default();
    match Schema::parse(&text, kind) {
        Ok(schema) => schema.pipeline().is_none(),
        Err(_) => !text.contains("pipeline_input_type"),
    }
}
