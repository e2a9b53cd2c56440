//! `${Proton::CURRENT_VAL}`: "the value of the last stored spec" (behaviour 5.2).

use std::ops::Range;

use super::{SpecProblem, edit};
use crate::yaml::{Kind, Node, emit};

/// What stands for the current value.
const CURRENT_VALUE: &str = "${Proton::CURRENT_VAL}";

/// The replacements to make in a spec's text.
#[derive(Default)]
pub(super) struct Edits {
    edits: Vec<(Range<usize>, String)>,
    problems: Vec<SpecProblem>,
}

impl Edits {
    /// Looks through a section of inputs; `stored` is the same section of the stored spec, cut from `source`.
    pub(super) fn section(&mut self, path: &str, node: Option<&Node>, stored: Option<&Node>, source: &str) {
        let Some(node) = node else { return };
        match &node.kind {
            Kind::Scalar(scalar) if scalar.text == CURRENT_VALUE => self.replace(path, node, stored, source),
            Kind::Scalar(_) => {}
            Kind::Mapping(entries) => {
                for (key, value) in entries {
                    let name = key.text().unwrap_or_default();
                    self.section(
                        &format!("{path}.{name}"),
                        Some(value),
                        stored.and_then(|s| s.get(name)),
                        source,
                    );
                }
            }
            Kind::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    let stored = stored.and_then(|s| s.items()?.get(index));
                    self.section(&format!("{path}[{index}]"), Some(item), stored, source);
                }
            }
        }
    }

    fn replace(&mut self, path: &str, node: &Node, stored: Option<&Node>, source: &str) {
        if node.aliased {
            let message = "asks for the current value through an alias; write it out";
            self.problems.push(SpecProblem::on(path, node, message));
            return;
        }
        match stored.filter(|stored| !stored.is_null()) {
            Some(stored) => self.edits.push((node.span.clone(), emit::inline(stored, source))),
            None => {
                let message = "asks for the current value, but the stored spec has none";
                self.problems.push(SpecProblem::on(path, node, message));
            }
        }
    }

    /// The text with all replacements made.
    pub(super) fn apply(self, text: &str) -> Result<String, Vec<SpecProblem>> {
        if self.problems.is_empty() { Ok(edit::splice(text, self.edits)) } else { Err(self.problems) }
    }
}
