//! Which names a scope hides before it gives them a value.
//!
//! Jinja decides by the text, not by the run, to which scope a name belongs: what a scope assigns without having read it
//! before is that scope's own from its begin, and a loop or macro within it that reads the name earlier finds nothing,
//! even where the namespace has a variable of that name. What is assigned in an `if` alone, or was read before, isn't
//! hidden. Scopes at run time look names up from the inside to the outside; all that they need to know beforehand is
//! which names begin hidden.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::ast::{Body, Expr, ExprKind, Node, Target};

/// Finds the hidden names of all scopes of a template.
pub(super) fn hide(root: &mut Body) {
    Frames { around: Vec::new() }.frame(root, Symbols::default());
}

/// Names of one scope; `true` for those that begin hidden.
#[derive(Default)]
struct Symbols(HashMap<Rc<str>, bool>);

impl Symbols {
    fn declare(&mut self, name: &Rc<str>) {
        self.0.entry(name.clone()).or_insert(false);
    }

    fn declare_target(&mut self, target: &Target) {
        match target {
            Target::Name(name) => self.declare(name),
            Target::Tuple(targets) => targets.iter().for_each(|target| self.declare_target(target)),
            Target::Namespace(_, name, _) => self.declare(name),
        }
    }

    fn read(&mut self, expr: &Expr) {
        if let ExprKind::Name(name) = &expr.kind {
            self.declare(name);
        }
        expr.each_child(&mut |child| self.read(child));
    }
}

struct Frames {
    /// Names of the scopes around, the outermost first.
    around: Vec<HashSet<Rc<str>>>,
}

impl Frames {
    /// Goes through a scope whose parameters are known, then through those within it.
    fn frame(&mut self, body: &mut Body, mut symbols: Symbols) {
        self.nodes(&body.nodes, false, &mut symbols);
        body.hidden = symbols.0.iter().filter(|(_, hidden)| **hidden).map(|(name, _)| name.clone()).collect();
        self.around.push(symbols.0.into_keys().collect());
        body.nodes.iter_mut().for_each(|node| self.inner(node));
        self.around.pop();
    }

    fn assign(&self, target: &Target, in_branch: bool, symbols: &mut Symbols) {
        match target {
            Target::Name(name) => {
                let is_outer = || self.around.iter().any(|names| names.contains(name));
                let hidden = !in_branch && !symbols.0.contains_key(name) && !is_outer();
                symbols.0.entry(name.clone()).or_insert(hidden);
            }
            Target::Tuple(targets) => {
                targets.iter().for_each(|target| self.assign(target, in_branch, symbols));
            }
            Target::Namespace(_, name, _) => symbols.declare(name),
        }
    }

    /// What the nodes of one scope read and assign, in the order of the text, without the scopes within.
    fn nodes(&self, nodes: &[Node], in_branch: bool, symbols: &mut Symbols) {
        for node in nodes {
            match node {
                Node::Text(_) => {}
                Node::Output(expr) | Node::FilterBlock(expr, _) | Node::CallBlock(expr, _) => {
                    symbols.read(expr)
                }
                Node::If(branches, otherwise) => {
                    for (condition, body) in branches {
                        symbols.read(condition);
                        self.nodes(body, true, symbols);
                    }
                    self.nodes(otherwise, true, symbols);
                }
                Node::For(node) => symbols.read(&node.iterable),
                Node::Set(target, expr) => {
                    symbols.read(expr);
                    self.assign(target, in_branch, symbols);
                }
                Node::SetBlock(target, ..) => self.assign(target, in_branch, symbols),
                Node::With(pairs, _) => pairs.iter().for_each(|(_, value)| symbols.read(value)),
                Node::Macro(node) => self.assign(&Target::Name(node.name.clone()), in_branch, symbols),
            }
        }
    }

    /// The scopes that a node opens.
    fn inner(&mut self, node: &mut Node) {
        let mut symbols = Symbols::default();
        match node {
            Node::Text(_) | Node::Output(_) | Node::Set(..) => {}
            Node::If(branches, otherwise) => {
                let nodes = branches.iter_mut().flat_map(|(_, nodes)| nodes).chain(otherwise);
                nodes.for_each(|node| self.inner(node));
            }
            Node::For(node) => {
                // Nothing else holds the tree while it is made.
                let Some(node) = Rc::get_mut(node) else { return };
                symbols.declare_target(&node.target);
                symbols.declare(&"loop".into());
                self.frame(&mut node.body, symbols);
                self.frame(&mut node.otherwise, Symbols::default());
            }
            Node::SetBlock(_, _, body) => self.frame(body, symbols),
            Node::FilterBlock(filters, body) => {
                symbols.read(filters);
                self.frame(body, symbols);
            }
            Node::With(pairs, body) => {
                pairs.iter().for_each(|(target, _)| symbols.declare_target(target));
                self.frame(body, symbols);
            }
            Node::Macro(node) | Node::CallBlock(_, node) => {
                let Some(node) = Rc::get_mut(node) else { return };
                for (name, default) in &node.parameters {
                    symbols.declare(name);
                    default.iter().for_each(|default| symbols.read(default));
                }
                let special = [(node.caller, "caller"), (node.kwargs, "kwargs"), (node.varargs, "varargs")];
                special
                    .into_iter()
                    .filter(|(used, _)| *used)
                    .for_each(|(_, name)| symbols.declare(&name.into()));
                self.frame(&mut node.body, symbols);
            }
        }
    }
}
