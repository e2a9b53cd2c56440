//! References of Terraform code to variables that nobody declares, and to members of Protium's own variables that aren't
//! there (behaviour 6.5).
//!
//! Terraform finds them, too, but in the middle of a deployment. What is surely evaluated is an error; behind a condition,
//! in a loop, or in a block that may be left out it is a warning; within `try` and `can` the author knows.

use std::collections::{BTreeMap, BTreeSet};

use hcl_edit::Span;
use hcl_edit::expr::{Conditional, Expression, ForExpr, FuncCall, Traversal, TraversalOperator};
use hcl_edit::structure::{Block, Body};
use hcl_edit::visit::{self, Visit};

use super::missing;
use super::shape::Shape;
use crate::bundle::Part;
use crate::problem::{Problem, Severity};

/// Most problems of one file: nobody mends more at once.
const PROBLEM_LIMIT: usize = 100;

/// `var.…`, as far as its steps are known.
pub(super) struct Reference {
    steps: Vec<Step>,
    /// In bytes, where it begins in the file.
    offset: usize,
    is_certain: bool,
}

enum Step {
    Name(String),
    /// Any item of a list.
    Item,
}

/// All references of a file to variables.
pub(super) fn references(body: &Body) -> Vec<Reference> {
    let mut walk = Walk { branches: 0, found: Vec::new() };
    walk.visit_body(body);
    walk.found
}

struct Walk {
    /// What stands around this place and may not be evaluated.
    branches: usize,
    found: Vec<Reference>,
}

impl Walk {
    fn branch(&mut self, inner: impl FnOnce(&mut Self)) {
        self.branches += 1;
        inner(self);
        self.branches -= 1;
    }
}

impl Visit for Walk {
    fn visit_traversal(&mut self, node: &Traversal) {
        let is_variable = matches!(&node.expr, Expression::Variable(name) if name.as_str() == "var");
        if is_variable && self.found.len() < PROBLEM_LIMIT * 10 {
            let offset = node.expr.span().or_else(|| node.span()).map_or(0, |span| span.start);
            let steps = node.operators.iter().map_while(|operator| step(operator)).collect();
            self.found.push(Reference { steps, offset, is_certain: self.branches == 0 });
        }
        visit::visit_traversal(self, node);
    }

    fn visit_conditional(&mut self, node: &Conditional) {
        self.visit_expr(&node.cond_expr);
        self.branch(|walk| {
            walk.visit_expr(&node.true_expr);
            walk.visit_expr(&node.false_expr);
        });
    }

    fn visit_for_expr(&mut self, node: &ForExpr) {
        self.branch(|walk| visit::visit_for_expr(walk, node));
    }

    fn visit_func_call(&mut self, node: &FuncCall) {
        if !matches!(node.name.name.as_str(), "try" | "can") {
            visit::visit_func_call(self, node);
        }
    }

    fn visit_block(&mut self, node: &Block) {
        let may_be_left_out = node.body.has_attribute("count") || node.body.has_attribute("for_each");
        if may_be_left_out {
            self.branch(|walk| visit::visit_block(walk, node));
        } else {
            visit::visit_block(self, node);
        }
    }
}

fn step(operator: &TraversalOperator) -> Option<Step> {
    match operator {
        TraversalOperator::GetAttr(name) => Some(Step::Name(name.as_str().to_owned())),
        TraversalOperator::Index(Expression::String(name)) => Some(Step::Name(name.as_str().to_owned())),
        TraversalOperator::Index(Expression::Number(_))
        | TraversalOperator::LegacyIndex(_)
        | TraversalOperator::AttrSplat(_)
        | TraversalOperator::FullSplat(_) => Some(Step::Item),
        TraversalOperator::Index(_) => None,
    }
}

/// What the references of a part are judged by.
pub(super) struct Known<'a, 's> {
    pub(super) part: Part,
    /// The variables that Protium declares, and what they hold.
    pub(super) roots: &'a BTreeMap<&'a str, Shape<'s>>,
    /// The variables that the part's files declare; `None` when not all of the files could be read.
    pub(super) declared: Option<BTreeSet<String>>,
}

impl Known<'_, '_> {
    /// The references of a file that lead nowhere; `text` is the file's.
    pub(super) fn check(&self, path: &str, text: &str, references: &[Reference]) -> Vec<Problem> {
        let found = references.iter().filter_map(|reference| {
            let (problem, length) = self.missing(reference)?;
            let (line, column) = super::references::place(text, reference.offset);
            Some(problem.in_file(path).at(line, column).long(length))
        });
        found.take(PROBLEM_LIMIT).collect()
    }

    /// What is wrong with a reference, and how many characters of it are meant.
    fn missing(&self, reference: &Reference) -> Option<(Problem, usize)> {
        let (Step::Name(variable), rest) = reference.steps.split_first()? else { return None };
        let Some(mut shape) = self.roots.get(variable.as_str()) else { return self.undeclared(variable) };
        let severity = if reference.is_certain { Severity::Error } else { Severity::Warning };
        let mut path = format!("var.{variable}");
        for step in rest {
            match (shape, step) {
                (Shape::Record(record), Step::Name(name)) => {
                    path.push_str(&format!(".{name}"));
                    let Some(member) = record.members.get(name.as_str()) else {
                        let problem = missing::member(self.part, &path, name, record, severity);
                        return Some((problem, path.chars().count()));
                    };
                    shape = member;
                }
                (Shape::List(item), Step::Item) => {
                    path.push_str("[…]");
                    shape = item;
                }
                (Shape::Outputs(environments), Step::Name(name)) => {
                    path.push_str(&format!(".{name}"));
                    return Some((missing::output(&path, name, environments)?, path.chars().count()));
                }
                _ => return None,
            }
        }
        None
    }

    fn undeclared(&self, name: &str) -> Option<(Problem, usize)> {
        let declared = self.declared.as_ref().filter(|declared| !declared.contains(name))?;
        let known = self.roots.keys().copied().chain(declared.iter().map(String::as_str));
        let message = format!("the variable `{name}` is declared neither by Protium nor in the part's files");
        let remedy = missing::proposal(name, known, "There are");
        Some((Problem::error(message).remedy(remedy), name.chars().count() + 4))
    }
}
