//! References of a Jinja template to what isn't there, found without rendering it.
//!
//! Rendering refuses undefined references (behaviour 6.2), but only at deployment and only on the way that one spec
//! takes through the template. The syntax tree has all of them. What surely is evaluated and surely isn't there is an
//! error; in a branch it is a warning, since the branch may never be taken. `is defined`, `default` and `in` say that
//! the author knows: what they guard is left alone, and so is everything whose shape isn't known.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use minijinja::machinery::ast::{BinOpKind, CallArg, CompareOpKind, Expr, ForLoop, Macro, Stmt};
use minijinja::machinery::{Span, parse};
use minijinja::syntax::SyntaxConfig;

use super::missing;
use super::shape::Shape;
use crate::bundle::Part;
use crate::problem::{Problem, Severity};

/// Most problems of one template: nobody mends more at once, and each takes a look through the text.
const PROBLEM_LIMIT: usize = 100;
/// Functions of the engine.
const GLOBALS: [&str; 9] =
    ["range", "dict", "namespace", "lipsum", "cycler", "joiner", "debug", "self", "loop"];

/// All references to what isn't there. `text` is well-formed, or nothing is found.
pub(super) fn check(part: Part, file: &str, text: &str, roots: &BTreeMap<&str, Shape<'_>>) -> Vec<Problem> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let Ok(tree) = parse(&text, file, SyntaxConfig::default()) else { return Vec::new() };
    let mut assigned = BTreeSet::new();
    names_assigned(std::slice::from_ref(&tree), &mut assigned);
    let mut walk = Walk {
        part,
        file,
        text: &text,
        roots,
        assigned,
        scopes: vec![HashMap::new()],
        guarded: Vec::new(),
        branches: 0,
        problems: Vec::new(),
    };
    walk.statement(&tree);
    walk.problems
}

/// Names that a macro, a `set` or an import gives anywhere. They may be used before the place where they are given, in
/// macros for example, so they count as known everywhere.
fn names_assigned<'t>(statements: &[Stmt<'t>], names: &mut BTreeSet<&'t str>) {
    for statement in statements {
        match statement {
            Stmt::Template(node) => names_assigned(&node.children, names),
            Stmt::Set(node) => targets(&node.target, names),
            Stmt::SetBlock(node) => {
                targets(&node.target, names);
                names_assigned(&node.body, names);
            }
            Stmt::Macro(node) => {
                names.insert(node.name);
                names_assigned(&node.body, names);
            }
            Stmt::ForLoop(node) => {
                names_assigned(&node.body, names);
                names_assigned(&node.else_body, names);
            }
            Stmt::IfCond(node) => {
                names_assigned(&node.true_body, names);
                names_assigned(&node.false_body, names);
            }
            Stmt::WithBlock(node) => names_assigned(&node.body, names),
            Stmt::AutoEscape(node) => names_assigned(&node.body, names),
            Stmt::FilterBlock(node) => names_assigned(&node.body, names),
            Stmt::Block(node) => names_assigned(&node.body, names),
            Stmt::CallBlock(node) => names_assigned(&node.macro_decl.body, names),
            Stmt::Import(node) => targets(&node.name, names),
            Stmt::FromImport(node) => {
                node.names.iter().for_each(|(name, alias)| targets(alias.as_ref().unwrap_or(name), names));
            }
            Stmt::EmitExpr(_) | Stmt::EmitRaw(_) | Stmt::Extends(_) | Stmt::Include(_) | Stmt::Do(_) => {}
        }
    }
}

fn targets<'t>(target: &Expr<'t>, names: &mut BTreeSet<&'t str>) {
    match target {
        Expr::Var(node) => {
            names.insert(node.id);
        }
        Expr::List(node) => node.items.iter().for_each(|item| targets(item, names)),
        Expr::Tuple(node) => node.items.iter().for_each(|item| targets(item, names)),
        _ => {}
    }
}

struct Walk<'w, 't, 's> {
    part: Part,
    file: &'w str,
    text: &'w str,
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
    fn statements(&mut self, statements: &[Stmt<'t>]) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Stmt<'t>) {
        match statement {
            Stmt::Template(node) => self.statements(&node.children),
            Stmt::EmitExpr(node) => drop(self.shape(&node.expr)),
            Stmt::ForLoop(node) => self.for_loop(node),
            Stmt::IfCond(node) => self.guarding(&node.expr, |walk| {
                walk.branch(|walk| {
                    walk.statements(&node.true_body);
                    walk.statements(&node.false_body);
                });
            }),
            Stmt::WithBlock(node) => self.scope(|walk| {
                for (target, value) in &node.assignments {
                    let shape = walk.shape(value);
                    walk.bind(target, shape);
                }
                walk.statements(&node.body);
            }),
            Stmt::Set(node) => {
                let shape = self.shape(&node.expr);
                // What is set in a branch isn't surely what is found later.
                let shape = if self.branches == 0 { shape } else { Shape::Any };
                self.bind(&node.target, shape);
            }
            Stmt::SetBlock(node) => {
                self.statements(&node.body);
                self.bind(&node.target, Shape::Any);
            }
            Stmt::AutoEscape(node) => self.statements(&node.body),
            Stmt::FilterBlock(node) => {
                self.shape(&node.filter);
                self.statements(&node.body);
            }
            Stmt::Block(node) => self.scope(|walk| walk.statements(&node.body)),
            Stmt::Macro(node) => self.macro_body(node),
            Stmt::CallBlock(node) => {
                self.call(&node.call.expr, &node.call.args);
                self.macro_body(&node.macro_decl);
            }
            Stmt::Do(node) => self.call(&node.call.expr, &node.call.args),
            Stmt::EmitRaw(_)
            | Stmt::Import(_)
            | Stmt::FromImport(_)
            | Stmt::Extends(_)
            | Stmt::Include(_) => {}
        }
    }

    fn for_loop(&mut self, node: &ForLoop<'t>) {
        let item = match self.shape(&node.iter) {
            Shape::List(item) => (*item).clone(),
            _ => Shape::Any,
        };
        self.branch(|walk| {
            walk.scope(|walk| {
                walk.bind(&node.target, item);
                if let Some(filter) = &node.filter_expr {
                    return walk.guarding(filter, |walk| walk.statements(&node.body));
                }
                walk.statements(&node.body);
            });
            walk.statements(&node.else_body);
        });
    }

    fn macro_body(&mut self, node: &Macro<'t>) {
        node.defaults.iter().for_each(|value| drop(self.shape(value)));
        self.branch(|walk| {
            walk.scope(|walk| {
                for name in ["caller", "varargs", "kwargs"] {
                    walk.bind_name(name, Shape::Any);
                }
                node.args.iter().for_each(|argument| walk.bind(argument, Shape::Any));
                walk.statements(&node.body);
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
    fn guarding(&mut self, condition: &Expr<'t>, inner: impl FnOnce(&mut Self)) {
        let before = self.guarded.len();
        paths_asked(condition, &mut self.guarded);
        self.shape(condition);
        inner(self);
        self.guarded.truncate(before);
    }

    fn bind(&mut self, target: &Expr<'t>, shape: Shape<'s>) {
        match target {
            Expr::Var(node) => self.bind_name(node.id, shape),
            Expr::List(node) => node.items.iter().for_each(|item| self.bind(item, Shape::Any)),
            Expr::Tuple(node) => node.items.iter().for_each(|item| self.bind(item, Shape::Any)),
            _ => {}
        }
    }

    fn bind_name(&mut self, name: &'t str, shape: Shape<'s>) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name, shape);
        }
    }

    /// What is known of an expression's value. Reports what it refers to in vain.
    fn shape(&mut self, expression: &Expr<'t>) -> Shape<'s> {
        match expression {
            Expr::Var(node) => return self.variable(node.id, node.span()),
            Expr::GetAttr(node) => {
                let of = self.shape(&node.expr);
                return self.member(expression, &of, node.name);
            }
            Expr::GetItem(node) => {
                let of = self.shape(&node.expr);
                self.shape(&node.subscript_expr);
                return match (node.subscript_expr.as_const(), &of) {
                    (Some(key), Shape::List(item)) if key.as_str().is_none() => (**item).clone(),
                    (Some(key), _) => {
                        key.as_str().map_or(Shape::Any, |key| self.member(expression, &of, key))
                    }
                    (None, _) => Shape::Any,
                };
            }
            Expr::Slice(node) => {
                let bounds = [&node.start, &node.stop, &node.step];
                bounds.into_iter().flatten().for_each(|bound| drop(self.shape(bound)));
                return self.shape(&node.expr);
            }
            Expr::UnaryOp(node) => drop(self.shape(&node.expr)),
            Expr::BinOp(node) if matches!(node.op, BinOpKind::ScAnd | BinOpKind::ScOr) => {
                self.guarding(&node.left, |walk| walk.branch(|walk| drop(walk.shape(&node.right))));
            }
            Expr::BinOp(node) => {
                self.shape(&node.left);
                self.shape(&node.right);
            }
            Expr::Compare(node) => {
                self.shape(&node.expr);
                node.ops.iter().for_each(|operand| drop(self.shape(&operand.expr)));
            }
            Expr::IfExpr(node) => self.guarding(&node.test_expr, |walk| {
                walk.branch(|walk| {
                    walk.shape(&node.true_expr);
                    node.false_expr.iter().for_each(|other| drop(walk.shape(other)));
                });
            }),
            Expr::Filter(node) => {
                match &node.expr {
                    Some(value) if matches!(node.name, "default" | "d") => self.tolerated(value),
                    Some(value) => drop(self.shape(value)),
                    None => {}
                }
                self.arguments(&node.args);
            }
            Expr::Test(node) => {
                if matches!(node.name, "defined" | "undefined") {
                    self.tolerated(&node.expr);
                } else {
                    self.shape(&node.expr);
                }
                self.arguments(&node.args);
            }
            Expr::Call(node) => self.call(&node.expr, &node.args),
            Expr::List(node) => node.items.iter().for_each(|item| drop(self.shape(item))),
            Expr::Tuple(node) => node.items.iter().for_each(|item| drop(self.shape(item))),
            Expr::Map(node) => node.keys.iter().chain(&node.values).for_each(|item| drop(self.shape(item))),
            Expr::Const(_) => {}
        }
        Shape::Any
    }

    /// A value that may be undefined; what it is a member of may not.
    fn tolerated(&mut self, expression: &Expr<'t>) {
        match expression {
            Expr::Var(_) => {}
            Expr::GetAttr(node) => drop(self.shape(&node.expr)),
            Expr::GetItem(node) => {
                self.shape(&node.expr);
                self.shape(&node.subscript_expr);
            }
            other => drop(self.shape(other)),
        }
    }

    /// A method of a value is looked up on the value, not among its members.
    fn call(&mut self, callee: &Expr<'t>, arguments: &[CallArg<'t>]) {
        match callee {
            Expr::GetAttr(node) => drop(self.shape(&node.expr)),
            other => drop(self.shape(other)),
        }
        self.arguments(arguments);
    }

    fn arguments(&mut self, arguments: &[CallArg<'t>]) {
        for argument in arguments {
            match argument {
                CallArg::Pos(value)
                | CallArg::Kwarg(_, value)
                | CallArg::PosSplat(value)
                | CallArg::KwargSplat(value) => drop(self.shape(value)),
            }
        }
    }

    fn variable(&mut self, name: &'t str, span: Span) -> Shape<'s> {
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
                self.report(name, span, problem);
                Shape::Any
            }
        }
    }

    fn member(&mut self, whole: &Expr<'t>, of: &Shape<'s>, name: &str) -> Shape<'s> {
        let path = path(whole);
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
            self.report(shown, start(whole), problem);
        }
        Shape::Any
    }

    fn severity(&self) -> Severity {
        if self.branches == 0 { Severity::Error } else { Severity::Warning }
    }

    fn report(&mut self, path: &str, span: Span, problem: Problem) {
        if self.problems.len() >= PROBLEM_LIMIT {
            return;
        }
        if self.guarded.iter().any(|guarded| path == guarded || is_below(path, guarded)) {
            return;
        }
        let (line, column) = place(self.text, span.start_offset as usize);
        self.problems.push(problem.in_file(self.file).at(line, column).long(path.chars().count()));
    }
}

fn is_below(path: &str, parent: &str) -> bool {
    path.strip_prefix(parent).is_some_and(|rest| rest.starts_with('.'))
}

/// `a.b.c`, of variables and constant members of them.
fn path(expression: &Expr<'_>) -> Option<String> {
    match expression {
        Expr::Var(node) => Some(node.id.to_owned()),
        Expr::GetAttr(node) => Some(format!("{}.{}", path(&node.expr)?, node.name)),
        Expr::GetItem(node) => {
            Some(format!("{}.{}", path(&node.expr)?, node.subscript_expr.as_const()?.as_str()?))
        }
        _ => None,
    }
}

/// Where the variable stands that an expression begins with.
fn start(expression: &Expr<'_>) -> Span {
    match expression {
        Expr::GetAttr(node) => start(&node.expr),
        Expr::GetItem(node) => start(&node.expr),
        other => other.span(),
    }
}

/// The paths that a condition asks about: `x is defined`, `'x' in y`, and the bare `x` of `if x`, which is left to the
/// check of the condition itself.
fn paths_asked(condition: &Expr<'_>, paths: &mut Vec<String>) {
    match condition {
        Expr::Test(node) if matches!(node.name, "defined" | "undefined") => paths.extend(path(&node.expr)),
        Expr::UnaryOp(node) => paths_asked(&node.expr, paths),
        Expr::BinOp(node) => {
            if matches!(node.op, BinOpKind::In) {
                paths.extend(member_asked(&node.left, &node.right));
            }
            paths_asked(&node.left, paths);
            paths_asked(&node.right, paths);
        }
        Expr::Compare(node) => {
            paths_asked(&node.expr, paths);
            for operand in &node.ops {
                if matches!(operand.op, CompareOpKind::In | CompareOpKind::NotIn) {
                    paths.extend(member_asked(&node.expr, &operand.expr));
                }
                paths_asked(&operand.expr, paths);
            }
        }
        Expr::Filter(node) => {
            if matches!(node.name, "default" | "d") {
                paths.extend(node.expr.as_ref().and_then(path));
            }
            node.expr.iter().for_each(|value| paths_asked(value, paths));
        }
        Expr::IfExpr(node) => paths_asked(&node.test_expr, paths),
        _ => {}
    }
}

fn member_asked(name: &Expr<'_>, of: &Expr<'_>) -> Option<String> {
    Some(format!("{}.{}", path(of)?, name.as_const()?.as_str()?))
}

/// Line and column, from 1, of a byte offset.
pub(super) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}
