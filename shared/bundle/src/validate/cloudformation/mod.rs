//! A CloudFormation template rendered as its schema has it, and read as CloudFormation will read it.
//!
//! Proton found none of this at registration: authors learned of a misspelt `Ref` from a failed deployment. There is no
//! spec yet, so the template is rendered with examples (`schema::example`). What they say about the template has to be
//! true of deployments, too; so nothing is said about text that a made-up value stands in, and where a made-up value
//! decides which way the template takes, an error becomes a warning. What can't be rendered isn't judged.

mod functions;
mod graph;
mod names;
mod origin;
mod outputs;
mod sections;
mod trial;

use std::collections::BTreeSet;

use super::shape::Inputs;
use crate::bundle::Part;
use crate::examine::EnvironmentOutputs;
use crate::problem::Problem;
use crate::yaml::{LoadError, Node, load_cloudformation};
use origin::Origins;
use trial::{Choice, Trial};

/// Most problems of one template: nobody mends more at once.
const PROBLEM_LIMIT: usize = 100;

/// Rendered text after which no further choices are tried, in bytes. The largest sample comes to 200 KB.
const SIZE_LIMIT: usize = 512 * 1024;

/// What a template is checked with.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) part: Part,
    pub(super) inputs: Inputs<'a>,
    pub(super) environments: &'a [EnvironmentOutputs],
    /// Whether the manifest has inputs passed as stack parameters.
    pub(super) native_parameters: bool,
    /// Whether the template is known to refer to what isn't there, so that it is tried with stand-ins.
    pub(super) stand_ins: bool,
}

/// Something wrong at a place of the rendered text.
#[derive(Debug, Clone)]
struct Finding {
    line: usize,
    column: usize,
    message: String,
    remedy: Option<String>,
    /// A name that is looked for in vain: where the template defines it on another way through, nothing is wrong.
    missing: Option<String>,
    /// Never more than a warning.
    mild: bool,
    /// A key that stands twice.
    repeated: bool,
    /// A key without value.
    empty: bool,
}

impl Finding {
    fn at(node: &Node, message: impl Into<String>) -> Self {
        Self::on(node.line, node.column, message)
    }

    fn on(line: usize, column: usize, message: impl Into<String>) -> Self {
        Self {
            line,
            column,
            message: message.into(),
            remedy: None,
            missing: None,
            mild: false,
            repeated: false,
            empty: false,
        }
    }

    fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    fn missing(mut self, name: &str) -> Self {
        self.missing = Some(name.to_owned());
        self
    }

    fn mild(mut self) -> Self {
        self.mild = true;
        self
    }
}

/// What is wrong with a template, and the names of its outputs when they are known.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) problems: Vec<Problem>,
    pub(super) outputs: Option<BTreeSet<String>>,
}

/// Renders and judges a template that is well-formed Jinja. `path` is its place in the bundle.
///
/// It is rendered with what a spec has at least (or, where that isn't enough, with all inputs). What comes of other
/// choices, one at a time, is looked at too: it is warned of, since the author may know that the choice isn't made alone.
pub(super) fn check(path: &str, text: &str, setting: &Setting<'_>) -> Findings {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let mut findings = Findings::default();
    let (mut seen, mut size) = (BTreeSet::new(), 0);
    let mut known: BTreeSet<String> = BTreeSet::new();
    for choice in Choice::of(setting, &origin::deciding(&text)) {
        let is_enough = matches!(choice, Choice::Of { .. }) && (seen.is_empty() || size > SIZE_LIMIT);
        if is_enough {
            break;
        }
        let mut trial = Trial::new(&text, setting, &choice);
        let Some(rendered) = trial.render(path, &text) else { continue };
        let is_first = seen.is_empty();
        size += rendered.len();
        if !seen.insert(rendered.clone()) {
            continue;
        }
        let (found, outputs) = judge(&rendered, setting);
        if is_first {
            findings.outputs = outputs.and_then(|rendered| outputs::names(&text, rendered));
        }
        let is_new = |finding: &Finding| !known.contains(&finding.message);
        let found: Vec<_> = found.into_iter().filter(is_new).collect();
        known.extend(found.iter().map(|finding| finding.message.clone()));
        if found.is_empty() || findings.problems.len() >= PROBLEM_LIMIT {
            continue;
        }
        let origins = Origins::new(path, &text, &rendered, &mut trial);
        let problems = found.into_iter().filter_map(|finding| origins.problem(path, finding));
        let problems = problems.map(|problem| if is_first { problem } else { choice.told(problem) });
        findings.problems.extend(problems.take(PROBLEM_LIMIT));
    }
    if seen.is_empty() && setting.stand_ins {
        findings.problems = with_stand_ins(path, &text, setting);
    }
    findings
}

/// What else is wrong with a template that refers to what isn't there, so that its author doesn't hear of it only when the
/// references are mended.
fn with_stand_ins(path: &str, text: &str, setting: &Setting<'_>) -> Vec<Problem> {
    let mut trial = Trial::new(text, setting, &Choice::All);
    let Some(rendered) = trial.stand_in(path, text) else { return Vec::new() };
    let (found, _) = judge(&rendered, setting);
    let origins = Origins::new(path, text, &rendered, &mut trial);
    found.into_iter().filter_map(|finding| origins.problem(path, finding)).take(PROBLEM_LIMIT).collect()
}

fn judge(rendered: &str, setting: &Setting<'_>) -> (Vec<Finding>, Option<BTreeSet<String>>) {
    let is_json = rendered.trim_start().starts_with('{');
    // JSON may be indented by tabs, which YAML doesn't know; inside of JSON's texts they can't be.
    let untabbed = if is_json { rendered.replace('\t', " ") } else { String::new() };
    match load_cloudformation(if is_json { &untabbed } else { rendered }) {
        Ok((root, faults)) => {
            let has_aliases = faults.iter().any(|fault| fault.message.contains("aliases"));
            let mut found: Vec<_> = faults.into_iter().map(repeated).collect();
            if has_aliases {
                // What they stand for isn't there.
                return (found, None);
            }
            let outputs = sections::check(&root, setting, &mut found);
            (found, Some(outputs))
        }
        // Large, not wrong.
        Err(fault) if fault.message.contains("too large") || fault.message.contains("too deeply") => {
            (Vec::new(), None)
        }
        Err(fault) => {
            let message = format!("not valid YAML: {}", fault.message);
            (vec![Finding::on(fault.line, fault.column, message)], None)
        }
    }
}

fn repeated(fault: LoadError) -> Finding {
    let repeated = fault.message.contains("twice");
    Finding { repeated, ..Finding::on(fault.line, fault.column, fault.message) }
}
