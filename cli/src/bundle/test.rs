//! `protium bundle test`: the bundle's own cases, rendered and compared with what is expected.

use super::{
    cases::{self, Case, ERROR_FILE},
    check::{Checked, check},
    comparison::{Difference, compare},
    progress,
    rendering::{Fault, Rendering, with_spec},
    test_report,
};
use crate::{
    Ending, Usage,
    args::bundle::{OutputForm, TestArgs},
    output,
};
use anyhow::Result;
use protium_bundle::{Bundle, Problem};
use std::{collections::BTreeMap, path::Path};

/// The outcome for one bundle.
pub(crate) struct Tested {
    /// The bundle; its problems are why there are no cases.
    pub(crate) checked: Checked,
    /// The outcomes of its cases.
    pub(crate) cases: Vec<Tried>,
}

impl Tested {
    pub(crate) fn ending(&self) -> Ending {
        let cases = if self.cases.iter().all(Tried::ok) { Ending::Good } else { Ending::Bad };
        cases.max(self.checked.ending())
    }
}

/// The outcome of one case.
pub(crate) struct Tried {
    pub(crate) name: String,
    pub(crate) verdict: Verdict,
}

/// How a case went.
pub(crate) enum Verdict {
    /// As expected.
    Passed,
    /// What is rendered became what is expected.
    Updated,
    /// Rendered otherwise than expected.
    Differs(Vec<Difference>),
    /// Nothing has been recorded yet.
    Unrecorded,
    /// It couldn't be rendered, and isn't meant to fail.
    Failed { faults: Vec<Fault>, case: Box<Case> },
    /// It couldn't be run.
    Unusable(String),
}

impl Tried {
    pub(crate) fn ok(&self) -> bool {
        matches!(self.verdict, Verdict::Passed | Verdict::Updated)
    }
}

pub(crate) fn run(args: &TestArgs) -> Result<Ending> {
    let bar = progress::bar(args.bundles.len(), args.output.output == OutputForm::Human);
    let (mut tested, mut misuse) = (Vec::new(), None);
    for path in &args.bundles {
        bar.set_message(output::visible_line(&path.to_string_lossy()).into_owned());
        match bundle(path, args) {
            Ok(outcome) => tested.push(outcome),
            Err(error) => misuse = misuse.or(Some(error)),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    test_report::print(&tested, args)?;
    // What has cases is tested, whatever is the matter with others.
    misuse.map_or_else(|| Ok(tested.iter().map(Tested::ending).max().unwrap_or(Ending::Good)), Err)
}

fn bundle(path: &Path, args: &TestArgs) -> Result<Tested> {
    let checked = check(path, &args.kind, &[]);
    let Some(bundle) = &checked.bundle else { return Ok(Tested { checked, cases: Vec::new() }) };
    let names = chosen(path, args)?;
    let cases = names.into_iter().map(|name| Tried { verdict: case(path, bundle, &name, args.update), name });
    Ok(Tested { cases: cases.collect(), checked })
}

fn chosen(path: &Path, args: &TestArgs) -> Result<Vec<String>> {
    let names = cases::names(path)?;
    let shown = path.display();
    if names.is_empty() {
        return Err(Usage(format!(
            "{shown} has no tests. Put a spec at {} and run with --update",
            path.join("tests/basic/spec.yaml").display()
        ))
        .into());
    }
    if let Some(unknown) = args.case.iter().find(|name| !names.contains(name)) {
        return Err(Usage(format!("{shown} has no case `{unknown}`; it has {}", names.join(", "))).into());
    }
    Ok(names.into_iter().filter(|name| args.case.is_empty() || args.case.contains(name)).collect())
}

/// Runs a case.
pub(crate) fn case(path: &Path, bundle: &Bundle, name: &str, update: bool) -> Verdict {
    match Case::read(path, name) {
        Ok(case) => {
            judge(case, bundle, update).unwrap_or_else(|error| Verdict::Unusable(format!("{error:#}")))
        }
        Err(error) => Verdict::Unusable(format!("{error:#}")),
    }
}

fn judge(case: Case, bundle: &Bundle, update: bool) -> Result<Verdict> {
    let rendered = match with_spec(bundle, &case.spec, &case.options, |_| true) {
        Ok(renderings) => files(renderings),
        Err(faults) if case.expects_error() => {
            BTreeMap::from([(ERROR_FILE.to_owned(), message(&faults).into_bytes())])
        }
        Err(faults) => return Ok(Verdict::Failed { faults, case: Box::new(case) }),
    };
    if case.expected.as_ref() == Some(&rendered) {
        return Ok(Verdict::Passed);
    }
    if update {
        case.update(&rendered)?;
        return Ok(Verdict::Updated);
    }
    match &case.expected {
        Some(expected) => Ok(Verdict::Differs(compare(expected, &rendered))),
        None if rendered.is_empty() => Ok(Verdict::Passed),
        None => Ok(Verdict::Unrecorded),
    }
}

/// The files of all renderings, by their paths below `expected`.
pub(crate) fn files(renderings: Vec<Rendering>) -> BTreeMap<String, Vec<u8>> {
    let named = |rendering: Rendering| {
        let folder = rendering.folder();
        rendering.files.into_iter().map(move |(name, content)| (format!("{folder}/{name}"), content))
    };
    renderings.into_iter().flat_map(named).collect()
}

/// What has to go wrong, a line each. Without lines and columns, which change with every edit.
fn message(faults: &[Fault]) -> String {
    let line = |fault: &Fault| match &fault.problem {
        Problem { file: Some(file), message, .. } if !fault.in_spec => format!("{file}: {message}\n"),
        problem => format!("{}\n", problem.message),
    };
    faults.iter().map(line).collect()
}
