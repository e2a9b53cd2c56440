//! References of a Jinja template to what isn't there, found without rendering it.
//!
//! Rendering refuses undefined references (behaviour 6.2), but only at deployment and only on the way that one spec
//! takes through the template. The syntax tree has all of them. What surely is evaluated and surely isn't there is an
//! error; in a branch it is a warning, since the branch may never be taken. `is defined`, `default` and `in` say that
//! the author knows: what they guard is left alone, and so is everything whose shape isn't known.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::missing;
use super::shape::Shape;
use crate::bundle::Part;
use crate::jinja::ast::{Arguments, Comparison, Expr, ExprKind, For, Macro, Node, Place, Target};
use crate::jinja::parse;
use crate::problem::{Problem, Severity};

/// Most problems of one template: nobody mends more at once, and each takes a look through the text.
const PROBLEM_LIMIT: usize = 100;
/// Functions of the engine.
const GLOBALS: [&str; 9] =
    ["range", "dict", "namespace", "lipsum", "cycler", "joiner", "debug", "self", "loop"];

/// All references to what isn't there. `text` is well-formed, or nothing is found.
pub(super) fn check(part: Part, file: &str, text: &str, roots: &BTreeMap<&str, Shape<'_>>) -> Vec<Problem> {
    let Ok(root) = parse(file, text) else { return Vec::new() };
    let mut assigned = BTreeSet::new();
    names_assigned(&root.nodes, &mut assigned);
    let mut walk = Walk {
        part,
        file,
        roots,
        assigned,
        scopes: vec![HashMap::new()],
        guarded: Vec::new(),
        branches: 0,
        problems: Vec::new(),
    };
    walk.nodes(&root.nodes);
    walk.problems
}

/// Names that a macro or a `set` gives anywhere. They may be used before the place where they are given, in macros for
/// example, so they count as known everywhere.
fn names_assigned<'t>(nodes: &'t [Node], names: &mut BTreeSet<&'t str>) {
    for node in nodes {
        match node {
            Node::Set(target, _) => targets(target, names),
            Node::SetBlock(target, _, body) => {
                targets(target, names);
                names_assigned(&body.nodes, names);
            }
            Node::Macro(node) => {
                names.insert(&node.name);
                names_assigned(&node.body.nodes, names);
            }
            Node::For(node) => {
                names_assigned(&node.body.nodes, names);
                names_assigned(&node.otherwise.nodes, names);
            }
            Node::If(branches, otherwise) => {
                branches.iter().for_each(|(_, body)| names_assigned(body, names));
                names_assigned(otherwise, names);
            }
            Node::With(_, body) | Node::FilterBlock(_, body) => names_assigned(&body.nodes, names),
            Node::CallBlock(_, body) => names_assigned(&body.body.nodes, names),
            Node::Text(_) | Node::Output(_) => {}
        }
    }
}

fn targets<'t>(target: &'t Target, names: &mut BTreeSet<&'t str>) {
    match target {
        Target::Name(name) => {
            names.insert(name);
        }
        Target::Tuple(items) => items.iter().for_each(|item| targets(item, names)),
        Target::Namespace(..) => {}
    }
}

struct Walk<'w, 't, 's> {
    part: Part,
    file: &'w str,
    roots: &'w BTreeMap<&'w str, Shape<'s>>,
    assigned: BTreeSet<&'t str>,
    scopes: Vec<HashMap<&'t str, Shape<'s>>>,
    /// Paths that conditions around this place ask about.
    guarded: Vec<String>,
    /// Branches, loops and macros around this place: it may never be reached.
    branches: usize,
    problems: Vec<Problem>,
}

impl<'t, 's> Walk<'_, 't, 's> {
    fn nodes(&mut self, nodes: &'t [Node]) {
        nodes.iter().for_each(|node| self.node(node));
    }

    fn node(&mut self, node: &'t Node) {
        match node {
            Node::Text(_) => {}
            Node::Output(value) => drop(self.shape(value)),
            Node::For(node) => self.for_loop(node),
            Node::If(branches, otherwise) => self.if_block(branches, otherwise),
            Node::With(pairs, body) => {
                let shapes: Vec<_> = pairs.iter().map(|(_, value)| self.shape(value)).collect();
                self.scope(|walk| {
                    pairs.iter().zip(shapes).for_each(|((target, _), shape)| walk.bind(target, shape));
                    walk.nodes(&body.nodes);
                });
            }
            Node::Set(target, value) => {
                let shape = self.shape(value);
                // What is set in a branch isn't surely what is found later.
                let shape = if self.branches == 0 { shape } else { Shape::Any };
                self.bind(target, shape);
            }
            Node::SetBlock(target, filters, body) => {
                filters.iter().for_each(|filters| drop(self.shape(filters)));
                self.scope(|walk| walk.nodes(&body.nodes));
                self.bind(target, Shape::Any);
            }
            Node::FilterBlock(filters, body) => {
                self.shape(filters);
                self.scope(|walk| walk.nodes(&body.nodes));
            }
            Node::Macro(node) => self.macro_body(node),
            Node::CallBlock(called, body) => {
                self.shape(called);
                self.macro_body(body);
            }
        }
    }

    /// A branch is guarded by its own condition, and by those before it, which ask about the same things.
    fn if_block(&mut self, branches: &'t [(Expr, Vec<Node>)], otherwise: &'t [Node]) {
        match branches {
            [] => self.branch(|walk| walk.nodes(otherwise)),
            [(condition, body), rest @ ..] => self.guarding(condition, |walk| {
                walk.branch(|walk| {
                    walk.nodes(body);
                    walk.if_block(rest, otherwise);
                });
            }),
        }
    }

    fn for_loop(&mut self, node: &'t For) {
        let item = match self.shape(&node.iterable) {
            Shape::List(item) => (*item).clone(),
            _ => Shape::Any,
        };
        self.branch(|walk| {
            walk.scope(|walk| {
                walk.bind(&node.target, item);
                match &node.condition {
                    Some(condition) => walk.guarding(condition, |walk| walk.nodes(&node.body.nodes)),
                    None => walk.nodes(&node.body.nodes),
                }
            });
            walk.scope(|walk| walk.nodes(&node.otherwise.nodes));
        });
    }

    fn macro_body(&mut self, node: &'t Macro) {
        let defaults = node.parameters.iter().filter_map(|(_, default)| default.as_ref());
        defaults.for_each(|value| drop(self.shape(value)));
        self.branch(|walk| {
            walk.scope(|walk| {
                let special = ["caller", "varargs", "kwargs"];
                special.into_iter().for_each(|name| walk.bind_name(name, Shape::Any));
                node.parameters.iter().for_each(|(name, _)| walk.bind_name(name, Shape::Any));
                walk.nodes(&node.body.nodes);
            });
        });
    }

    fn scope(&mut self, inner: impl FnOnce(&mut Self)) {
        self.scopes.push(HashMap::new());
        inner(self);
        self.scopes.pop();
    }

    fn branch(&mut self, inner: impl FnOnce(&mut Self)) {
        self.branches += 1;
        inner(self);
        self.branches -= 1;
    }

    /// Walks `condition` and what depends on it; the paths that it asks about are nobody's mistake there.
    fn guarding(&mut self, condition: &'t Expr, inner: impl FnOnce(&mut Self)) {
        let before = self.guarded.len();
        paths_asked(condition, &mut self.guarded);
        self.shape(condition);
        inner(self);
        self.guarded.truncate(before);
    }

    fn bind(&mut self, target: &'t Target, shape: Shape<'s>) {
        match target {
            Target::Name(name) => self.bind_name(name, shape),
            Target::Tuple(items) => items.iter().for_each(|item| self.bind(item, Shape::Any)),
            Target::Namespace(..) => {}
        }
    }

    fn bind_name(&mut self, name: &'t str, shape: Shape<'s>) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name, shape);
        }
    }

    /// What is known of an expression's value. Reports what it refers to in vain.
    fn shape(&mut self, expression: &'t Expr) -> Shape<'s> {
        match &expression.kind {
            ExprKind::Name(name) => return self.variable(name, expression.place),
            ExprKind::Attr(base, name) => {
                let of = self.shape(base);
                return self.member(expression, &of, name);
            }
            ExprKind::Item(base, index) => {
                let of = self.shape(base);
                self.shape(index);
                return match (&index.kind, &of) {
                    (ExprKind::Int(_), Shape::List(item)) => (**item).clone(),
                    (ExprKind::Str(key), _) => self.member(expression, &of, key),
                    _ => Shape::Any,
                };
            }
            ExprKind::Slice(base, bounds) => {
                bounds.iter().flatten().for_each(|bound| drop(self.shape(bound)));
                return self.shape(base);
            }
            ExprKind::Not(value) | ExprKind::Negative(value) | ExprKind::Positive(value) => {
                drop(self.shape(value))
            }
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                self.guarding(left, |walk| walk.branch(|walk| drop(walk.shape(right))));
            }
            ExprKind::Binary(_, left, right) => {
                self.shape(left);
                self.shape(right);
            }
            ExprKind::Compare(first, rest) => {
                self.shape(first);
                rest.iter().for_each(|(_, operand)| drop(self.shape(operand)));
            }
            ExprKind::If(value, condition, otherwise) => self.guarding(condition, |walk| {
                walk.branch(|walk| {
                    walk.shape(value);
                    otherwise.iter().for_each(|other| drop(walk.shape(other)));
                });
            }),
            ExprKind::Filter(value, name, arguments) => {
                if matches!(&**name, "default" | "d") {
                    self.tolerated(value);
                } else {
                    self.shape(value);
                }
                self.arguments(arguments);
            }
            ExprKind::Test { value, name, arguments, .. } => {
                if matches!(&**name, "defined" | "undefined") {
                    self.tolerated(value);
                } else {
                    self.shape(value);
                }
                self.arguments(arguments);
            }
            ExprKind::Call(callee, arguments) => {
                // A method of a value is looked up on the value, not among its members.
                match &callee.kind {
                    ExprKind::Attr(base, _) => drop(self.shape(base)),
                    _ => drop(self.shape(callee)),
                }
                self.arguments(arguments);
            }
            ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Concat(items) => {
                items.iter().for_each(|item| drop(self.shape(item)));
            }
            ExprKind::Dict(items) => items.iter().for_each(|(key, value)| {
                self.shape(key);
                self.shape(value);
            }),
            ExprKind::None
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Captured => {}
        }
        Shape::Any
    }

    /// A value that may be undefined; what it is a member of may not.
    fn tolerated(&mut self, expression: &'t Expr) {
        match &expression.kind {
            ExprKind::Name(_) => {}
            ExprKind::Attr(base, _) => drop(self.shape(base)),
            ExprKind::Item(base, index) => {
                self.shape(base);
                self.shape(index);
            }
            _ => drop(self.shape(expression)),
        }
    }

    fn arguments(&mut self, arguments: &'t Arguments) {
        let named = arguments.named.iter().map(|(_, value)| value);
        let spread = arguments.spread.iter().chain(&arguments.spread_named).map(|value| &**value);
        arguments.positional.iter().chain(named).chain(spread).for_each(|value| drop(self.shape(value)));
    }

    fn variable(&mut self, name: &'t str, place: Place) -> Shape<'s> {
        if let Some(shape) = self.scopes.iter().rev().find_map(|scope| scope.get(name)) {
            return shape.clone();
        }
        if self.assigned.contains(name) || GLOBALS.contains(&name) {
            return Shape::Any;
        }
        match self.roots.get(name) {
            Some(shape) => shape.clone(),
            None => {
                let problem = missing::root(self.part, name, self.roots, self.severity());
                self.report(name, place, problem);
                Shape::Any
            }
        }
    }

    fn member(&mut self, whole: &'t Expr, of: &Shape<'s>, name: &str) -> Shape<'s> {
        let path = whole.path();
        let shown = path.as_deref().unwrap_or(name);
        let problem = match of {
            Shape::Record(record) => match record.members.get(name) {
                Some(shape) => return shape.clone(),
                None => Some(missing::member(self.part, shown, name, record, self.severity())),
            },
            Shape::Outputs(environments) => missing::output(shown, name, environments),
            Shape::Any | Shape::List(_) => None,
        };
        if let Some(problem) = problem {
            self.report(shown, whole.place, problem);
        }
        Shape::Any
    }

    fn severity(&self) -> Severity {
        if self.branches == 0 { Severity::Error } else { Severity::Warning }
    }

    fn report(&mut self, path: &str, place: Place, problem: Problem) {
        if self.problems.len() >= PROBLEM_LIMIT {
            return;
        }
        if self.guarded.iter().any(|guarded| path == guarded || is_below(path, guarded)) {
            return;
        }
        self.problems
            .push(problem.in_file(self.file).at(place.line, place.column).long(path.chars().count()));
    }
}

fn is_below(path: &str, parent: &str) -> bool {
    path.strip_prefix(parent).is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// The paths that a condition asks about: `x is defined`, `'x' in y`, and the bare `x` of `if x`, which is left to the
/// check of the condition itself.
fn paths_asked(condition: &Expr, paths: &mut Vec<String>) {
    match &condition.kind {
        ExprKind::Test { value, name, .. } if matches!(&**name, "defined" | "undefined") => {
            paths.extend(value.path())
        }
        ExprKind::Not(value) => paths_asked(value, paths),
        ExprKind::And(left, right) | ExprKind::Or(left, right) => {
            paths_asked(left, paths);
            paths_asked(right, paths);
        }
        ExprKind::Compare(first, rest) => {
            paths_asked(first, paths);
            for (comparison, operand) in rest {
                if matches!(comparison, Comparison::In | Comparison::NotIn) {
                    paths.extend(member_asked(first, operand));
                }
                paths_asked(operand, paths);
            }
        }
        ExprKind::Filter(value, name, _) => {
            if matches!(&**name, "default" | "d") {
                paths.extend(value.path());
            }
            paths_asked(value, paths);
        }
        ExprKind::If(_, condition, _) => paths_asked(condition, paths),
        _ => {}
    }
}

fn member_asked(name: &Expr, of: &Expr) -> Option<String> {
    match &name.kind {
        ExprKind::Str(name) => Some(format!("{}.{name}", of.path()?)),
        _ => None,
    }
}

/// Line and column, from 1, of a byte offset.
pub(super) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}
