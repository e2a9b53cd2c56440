//! The tree of a template.

use std::rc::Rc;

pub(crate) use super::failure::Place;

/// An expression and where it begins.
#[derive(Debug)]
pub(crate) struct Expr {
    pub place: Place,
    pub kind: ExprKind,
}

impl Expr {
    /// `a.b[0].c`, when the expression is a variable or constant members of one.
    pub(crate) fn path(&self) -> Option<String> {
        match &self.kind {
            ExprKind::Name(name) => Some(name.to_string()),
            ExprKind::Attr(base, name) => Some(format!("{}.{name}", base.path()?)),
            ExprKind::Item(base, index) => match &index.kind {
                ExprKind::Str(name) => Some(format!("{}.{name}", base.path()?)),
                ExprKind::Int(index) => Some(format!("{}[{index}]", base.path()?)),
                _ => None,
            },
            _ => None,
        }
    }
}

#[derive(Debug)]
pub(crate) enum ExprKind {
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(Rc<str>),
    Name(Rc<str>),
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
    Attr(Box<Expr>, Rc<str>),
    Item(Box<Expr>, Box<Expr>),
    /// `[start:stop:step]`.
    Slice(Box<Expr>, [Option<Box<Expr>>; 3]),
    Call(Box<Expr>, Arguments),
    Filter(Box<Expr>, Rc<str>, Arguments),
    Test {
        value: Box<Expr>,
        name: Rc<str>,
        arguments: Arguments,
        negated: bool,
    },
    Not(Box<Expr>),
    Negative(Box<Expr>),
    Positive(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Concat(Vec<Expr>),
    /// `a < b <= c`, a chain as in Python.
    Compare(Box<Expr>, Vec<(Comparison, Expr)>),
    /// Then, condition, otherwise.
    If(Box<Expr>, Box<Expr>, Option<Box<Expr>>),
    /// The body of a `filter` block or of a `set` block with filters, which stands where a filter's value stands.
    Captured,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
}

/// What stands between the parentheses of a call.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    pub positional: Vec<Expr>,
    pub named: Vec<(Rc<str>, Expr)>,
    /// `*expression`.
    pub spread: Option<Box<Expr>>,
    /// `**expression`.
    pub spread_named: Option<Box<Expr>>,
}

/// What is assigned to.
#[derive(Debug)]
pub(crate) enum Target {
    Name(Rc<str>),
    Tuple(Vec<Target>),
    /// An attribute of a namespace.
    Namespace(Place, Rc<str>, Rc<str>),
}

#[derive(Debug)]
pub(crate) enum Node {
    Text(String),
    Output(Expr),
    If(Vec<(Expr, Vec<Node>)>, Vec<Node>),
    For(Rc<For>),
    Set(Target, Expr),
    /// The captured body, through the filters.
    SetBlock(Target, Option<Expr>, Vec<Node>),
    With(Vec<(Target, Expr)>, Vec<Node>),
    FilterBlock(Expr, Vec<Node>),
    Macro(Rc<Macro>),
    /// The called expression, and the body as `caller`.
    CallBlock(Expr, Rc<Macro>),
}

#[derive(Debug)]
pub(crate) struct For {
    pub place: Place,
    pub target: Target,
    pub iterable: Expr,
    pub condition: Option<Expr>,
    pub recursive: bool,
    pub body: Vec<Node>,
    pub otherwise: Vec<Node>,
}

#[derive(Debug)]
pub(crate) struct Macro {
    pub name: Rc<str>,
    pub parameters: Vec<(Rc<str>, Option<Expr>)>,
    pub body: Vec<Node>,
    /// Whether the body asks for `varargs`, `kwargs`, `caller`: calls may give them only then.
    pub varargs: bool,
    pub kwargs: bool,
    pub caller: bool,
}
