//! A CodeBuild part (behaviour 4.4): the strings of its manifest are Jinja, and what its rendering would refuse is
//! known before.

use std::collections::BTreeMap;

use super::references;
use super::shape::Shape;
use crate::bundle::{Part, manifest_path};
use crate::problem::Problem;
use crate::render::cloudformation::check_syntax;
use crate::render::codebuild::RESERVED_PROPERTIES;
use crate::yaml::{self, Node};

/// The directory that is generated.
const GENERATED: &str = ".proton/";
/// Nobody mends more at once.
const PROBLEM_LIMIT: usize = 100;

/// Checks the manifest's text. `roots` is what its strings may refer to.
pub(super) fn check(part: Part, text: &str, roots: &BTreeMap<&str, Shape<'_>>) -> Vec<Problem> {
    let Ok(root) = yaml::load(text.trim_start_matches('\u{feff}')) else { return Vec::new() };
    let templates = root.nearest(&["infrastructure", "templates"]);
    let Some(settings) = templates.items().and_then(<[Node]>::first).and_then(|entry| entry.get("settings"))
    else {
        return Vec::new();
    };
    let path = manifest_path(part);
    let mut problems = Vec::new();
    for (key, _) in settings.get("project_properties").and_then(Node::entries).unwrap_or_default() {
        let name = key.text().unwrap_or_default();
        if RESERVED_PROPERTIES.contains(&name) {
            let message = format!("the project property `{name}` is set by Protium");
            problems.push(key.error(&path, message).remedy("Remove it."));
        }
    }
    let mut check = Check { part, path: &path, lines: text.split('\n').collect(), roots, problems };
    check.strings(settings);
    check.problems
}

/// Whether a file of the part has a name that is generated.
pub(super) fn is_generated(file: &str) -> bool {
    file.starts_with(GENERATED)
}

struct Check<'c> {
    part: Part,
    path: &'c str,
    lines: Vec<&'c str>,
    roots: &'c BTreeMap<&'c str, Shape<'c>>,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn strings(&mut self, node: &Node) {
        if self.problems.len() >= PROBLEM_LIMIT {
            return;
        }
        node.entries().unwrap_or_default().iter().for_each(|(_, value)| self.strings(value));
        node.items().unwrap_or_default().iter().for_each(|item| self.strings(item));
        let Some(text) = node.text().filter(|text| text.contains('{')) else { return };
        let found = match check_syntax(self.path, text) {
            Ok(()) => references::check(self.part, self.path, text, self.roots),
            Err(error) => vec![error.into_problem()],
        };
        let placed = found.into_iter().map(|problem| self.placed(node, text, problem)).collect::<Vec<_>>();
        self.problems.extend(placed);
    }

    /// The problem at its place in the manifest: where the string's line stands as it is, in it; else at the string.
    fn placed(&self, node: &Node, text: &str, problem: Problem) -> Problem {
        let line_of_text = problem.line.and_then(|line| text.split('\n').nth(line - 1)).unwrap_or_default();
        let below = self.lines.iter().enumerate().skip(node.line - 1);
        let found = below.take(text.split('\n').count() + 1).find_map(|(at, line)| {
            let start = line.find(line_of_text).filter(|_| !line_of_text.is_empty())?;
            Some((at + 1, line[..start].chars().count()))
        });
        match (found, problem.column) {
            (Some((line, before)), Some(column)) => problem.at(line, before + column),
            _ => Problem { length: None, ..problem.at(node.line, node.column) },
        }
    }
}
