//! What Jinja computes while it reads a template, and fails at even where it is never run.
//!
//! Jinja folds constant expressions. Most that fail it leaves for the run; but a constant that is nothing, such as the
//! largest item of an empty list, joined with `~` or taken for a condition, is an error of the template.

use std::rc::Rc;

use super::ast::{Body, Expr, ExprKind, Node};
use super::failure::Result;
use super::run::Engine;
use super::scope::Scope;
use super::value::Val;

/// Refuses the template for such constants.
pub(super) fn check(root: &Body) -> Result<()> {
    let mut check = Check { engine: Engine::new(), scope: Scope::root(Vec::new()) };
    check.nodes(&root.nodes)
}

struct Check {
    engine: Engine,
    scope: Rc<Scope>,
}

impl Check {
    fn nodes(&mut self, nodes: &[Node]) -> Result<()> {
        for node in nodes {
            match node {
                Node::Text(_) => {}
                Node::Output(expr) | Node::Set(_, expr) => self.expression(expr)?,
                Node::If(branches, otherwise) => {
                    for (condition, body) in branches {
                        self.expression(condition)?;
                        self.nodes(body)?;
                    }
                    self.nodes(otherwise)?;
                }
                Node::For(node) => {
                    self.expression(&node.iterable)?;
                    node.condition.iter().try_for_each(|condition| self.expression(condition))?;
                    self.nodes(&node.body.nodes)?;
                    self.nodes(&node.otherwise.nodes)?;
                }
                Node::SetBlock(_, filters, body) => {
                    filters.iter().try_for_each(|filters| self.expression(filters))?;
                    self.nodes(&body.nodes)?;
                }
                Node::With(pairs, body) => {
                    pairs.iter().try_for_each(|(_, value)| self.expression(value))?;
                    self.nodes(&body.nodes)?;
                }
                Node::FilterBlock(expr, body) => {
                    self.expression(expr)?;
                    self.nodes(&body.nodes)?;
                }
                Node::Macro(node) => self.defined(node)?,
                Node::CallBlock(called, node) => {
                    self.expression(called)?;
                    self.defined(node)?;
                }
            }
        }
        Ok(())
    }

    fn defined(&mut self, node: &super::ast::Macro) -> Result<()> {
        let defaults = node.parameters.iter().filter_map(|(_, default)| default.as_ref());
        defaults.into_iter().try_for_each(|default| self.expression(default))?;
        self.nodes(&node.body.nodes)
    }

    fn expression(&mut self, expr: &Expr) -> Result<()> {
        match &expr.kind {
            ExprKind::Concat(items) if expr.is_constant() => {
                for item in items {
                    match self.value(item) {
                        None | Some(Val::Undefined { strict: false, .. }) => break,
                        Some(value) => value.defined().map(|_| ()).map_err(|e| e.at(item.place))?,
                    }
                }
            }
            ExprKind::And(condition, _) | ExprKind::Or(condition, _) | ExprKind::If(_, condition, _)
                if condition.is_constant() =>
            {
                if let Some(value @ Val::Undefined { .. }) = self.value(condition) {
                    value.truth().map_err(|e| e.at(condition.place))?;
                }
            }
            _ => {}
        }
        let mut outcome = Ok(());
        expr.each_child(&mut |child| {
            if outcome.is_ok() {
                outcome = self.expression(child);
            }
        });
        outcome
    }

    /// The value of a constant; nothing where it fails, which is left for the run.
    fn value(&mut self, expr: &Expr) -> Option<Val> {
        self.engine.eval(expr, &self.scope).ok()
    }
}
