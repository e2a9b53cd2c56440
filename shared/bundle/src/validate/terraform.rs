//! Terraform files as their author wrote them: well-formed, and apart from what Protium generates (behaviour 6.4, 6.5).
//!
//! The parser descends recursively, so what could make it descend too far is refused before, and it runs on a stack of
//! its own.

use hcl_edit::Span;
use hcl_edit::parser::{Error, parse_body};
use hcl_edit::structure::{Block, Body};

use super::variables::{self, Reference};
use crate::bundle::Part;
use crate::problem::Problem;

/// Deepest nesting of brackets and of templates in strings.
const DEPTH_LIMIT: usize = 40;
/// Most operators in a row, spaces aside: `!!!a`.
const OPERATOR_LIMIT: usize = 20;
/// Most conditionals of a file; the largest sample has some dozens, and they nest without brackets.
const CONDITIONAL_LIMIT: usize = 1_000;
/// Stack of the parser; only what is used gets memory.
const STACK_SIZE: usize = 64 * 1024 * 1024;

/// Variables that Protium declares beside a part's files (behaviour 6.5).
fn generated_variables(part: Part) -> &'static [&'static str] {
    match part {
        Part::Infrastructure => &["environment", "proton_tags"],
        Part::InstanceInfrastructure => &["environment", "service", "service_instance", "proton_tags"],
        Part::PipelineInfrastructure => &["service_instances", "service", "pipeline", "proton_tags"],
    }
}

/// Files that Protium writes into a Terraform part, or whose names it takes (behaviour 6.4).
pub(super) fn is_generated(file: &str) -> bool {
    let variables = file.strip_prefix("proton.").and_then(|rest| rest.strip_suffix(".variables.tf"));
    let is_variables = variables
        .is_some_and(|kind| ["environment", "service_instance", "pipeline", "component"].contains(&kind));
    is_variables || file == "proton.auto.tfvars.json" || file == ".proton/deployment-metadata.json"
}

/// What is wrong with a file, the names of its outputs, and what it says of variables.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) problems: Vec<Problem>,
    pub(super) outputs: Vec<String>,
    /// The variables that it declares.
    pub(super) variables: Vec<String>,
    pub(super) references: Vec<Reference>,
}

/// Parses a file of a part. `path` is its place in the bundle.
pub(super) fn check(part: Part, path: &str, text: &str) -> Findings {
    let text = text.trim_start_matches('\u{feff}');
    let refused =
        |problem: Problem| Findings { problems: vec![problem.in_file(path)], ..Findings::default() };
    if let Some(problem) = excess(text) {
        return refused(problem);
    }
    let parsed = std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(STACK_SIZE);
        let worker =
            worker.spawn_scoped(scope, || parse_body(text).map(|body| findings(part, path, text, &body)));
        worker.ok().and_then(|worker| worker.join().ok())
    });
    match parsed {
        Some(Ok(findings)) => findings,
        Some(Err(error)) => refused(malformed(&error)),
        None => refused(Problem::error("the file could not be parsed")),
    }
}

fn malformed(error: &Error) -> Problem {
    let location = error.location();
    // An error at the end of the text would stand behind the last line break.
    let column = location.column().min(error.line().chars().count() + 1);
    let problem = if error.message().contains("redefined object key") {
        // Terraform takes it.
        Problem::warning("the object has this key already; the last one counts")
    } else if let Some(key) = key_with_colon(error.line()) {
        // A public sample has this. Proton registered it; it could never be deployed.
        Problem::warning(format!("Terraform will refuse the key `{key}`"))
            .remedy(format!("Quote it: `\"{key}\"`."))
    } else {
        let message = error.message().replace(['\n', '\r'], " ");
        Problem::error(format!("not valid Terraform: {}", message.trim_end()))
    };
    problem.at(location.line(), column)
}

/// `a:b` of the line `a:b = c`.
fn key_with_colon(line: &str) -> Option<&str> {
    let key = line.split_once('=')?.0.trim();
    let is_plain =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    (key.contains(':') && key.split(':').all(is_plain)).then_some(key)
}

/// What would take the parser too deep.
fn excess(text: &str) -> Option<Problem> {
    let (mut depth, mut operators, mut conditionals, mut line) = (0_usize, 0_usize, 0_usize, 1_usize);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'?' => conditionals += 1,
            b'\n' => line += 1,
            _ => {}
        }
        operators = match byte {
            b'!' => operators + 1,
            b' ' | b'\t' | b'\n' | b'\r' => operators,
            _ => 0,
        };
        let message = if depth > DEPTH_LIMIT {
            format!("nested deeper than {DEPTH_LIMIT} levels")
        } else if operators > OPERATOR_LIMIT {
            format!("more than {OPERATOR_LIMIT} operators in a row")
        } else if conditionals > CONDITIONAL_LIMIT {
            format!("more than {CONDITIONAL_LIMIT} conditional expressions")
        } else {
            continue;
        };
        return Some(Problem::error(message).at(line, 1).remedy("Split the expression or the file."));
    }
    None
}

fn findings(part: Part, path: &str, text: &str, body: &Body) -> Findings {
    let mut findings = Findings { references: variables::references(body), ..Findings::default() };
    for block in body.blocks() {
        let Some(label) = block.labels.first().map(|label| label.as_str()) else { continue };
        match block.ident.as_str() {
            "output" => findings.outputs.push(label.to_owned()),
            "variable" if generated_variables(part).contains(&label) => {
                findings.problems.push(declared(path, text, block, label));
            }
            "variable" => findings.variables.push(label.to_owned()),
            _ => {}
        }
    }
    findings
}

fn declared(path: &str, text: &str, block: &Block, name: &str) -> Problem {
    let offset = block.span().map_or(0, |span| span.start);
    let (line, column) = super::references::place(text, offset);
    Problem::error(format!("the variable `{name}` is declared by Protium beside this file"))
        .in_file(path)
        .at(line, column)
        .remedy("Remove the declaration; Terraform refuses a second one.")
}
