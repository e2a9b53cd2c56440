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

impl Expr {
    /// Whether Jinja can compute it without any variable.
    pub(crate) fn is_constant(&self) -> bool {
        if matches!(self.kind, ExprKind::Name(_) | ExprKind::Call(..) | ExprKind::Captured) {
            return false;
        }
        let mut constant = true;
        self.each_child(&mut |child| constant &= child.is_constant());
        constant
    }

    /// How deep it nests.
    pub(crate) fn depth(&self) -> usize {
        let mut deepest = 0;
        self.each_child(&mut |child| deepest = deepest.max(child.depth()));
        deepest + 1
    }

    /// Calls a function with each expression that this one is directly made of.
    pub(crate) fn each_child<'t>(&'t self, see: &mut dyn FnMut(&'t Expr)) {
        match &self.kind {
            ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Concat(items) => {
                items.iter().for_each(see)
            }
            ExprKind::Dict(items) => items.iter().for_each(|(key, value)| {
                see(key);
                see(value);
            }),
            ExprKind::Attr(value, _)
            | ExprKind::Not(value)
            | ExprKind::Negative(value)
            | ExprKind::Positive(value) => see(value),
            ExprKind::Item(left, right)
            | ExprKind::And(left, right)
            | ExprKind::Or(left, right)
            | ExprKind::Binary(_, left, right) => {
                see(left);
                see(right);
            }
            ExprKind::Slice(value, bounds) => {
                see(value);
                bounds.iter().flatten().for_each(|bound| see(bound));
            }
            ExprKind::Call(value, arguments)
            | ExprKind::Filter(value, _, arguments)
            | ExprKind::Test { value, arguments, .. } => {
                see(value);
                arguments.each(see);
            }
            ExprKind::Compare(first, rest) => {
                see(first);
                rest.iter().for_each(|(_, operand)| see(operand));
            }
            ExprKind::If(value, condition, otherwise) => {
                see(condition);
                see(value);
                otherwise.iter().for_each(|otherwise| see(otherwise));
            }
            ExprKind::None
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Name(_)
            | ExprKind::Captured => {}
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

impl Arguments {
    /// Calls a function with each expression that is given.
    pub(crate) fn each<'t>(&'t self, see: &mut dyn FnMut(&'t Expr)) {
        self.positional.iter().for_each(&mut *see);
        self.named.iter().for_each(|(_, value)| see(value));
        self.spread.iter().chain(&self.spread_named).for_each(|value| see(value));
    }
}

/// What is assigned to.
#[derive(Debug)]
pub(crate) enum Target {
    Name(Rc<str>),
    Tuple(Vec<Target>),
    /// An attribute of a namespace.
    Namespace(Place, Rc<str>, Rc<str>),
}

/// Nodes with a scope of their own.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub nodes: Vec<Node>,
    /// Names that are nothing in this scope until they are assigned; see [`super::symbols`].
    pub hidden: Vec<Rc<str>>,
}

impl Body {
    /// How deep running it can nest; nothing where that isn't bounded by the text, since something calls.
    pub(crate) fn depth(&self) -> Option<usize> {
        depth_of(&self.nodes)
    }
}

fn depth_of(nodes: &[Node]) -> Option<usize> {
    nodes.iter().try_fold(0, |deepest, node| Some(deepest.max(node.depth()?)))
}

impl Node {
    fn depth(&self) -> Option<usize> {
        let below = |depth: usize, nodes: &[Node]| Some(depth.max(1 + depth_of(nodes)?));
        match self {
            Self::Text(_) => Some(0),
            Self::Output(expr) | Self::Set(_, expr) => Some(expr.depth()),
            Self::If(branches, otherwise) => {
                let deepest = branches
                    .iter()
                    .try_fold(0, |deepest, (condition, body)| below(condition.depth().max(deepest), body));
                below(deepest?, otherwise)
            }
            Self::For(node) if node.recursive => None,
            Self::For(node) => {
                let condition = node.condition.as_ref().map_or(0, Expr::depth);
                below(below(node.iterable.depth().max(condition), &node.body.nodes)?, &node.otherwise.nodes)
            }
            Self::SetBlock(_, filters, body) => below(filters.as_ref().map_or(0, Expr::depth), &body.nodes),
            Self::With(pairs, body) => {
                below(pairs.iter().map(|(_, value)| value.depth()).max().unwrap_or(0), &body.nodes)
            }
            Self::FilterBlock(filters, body) => below(filters.depth(), &body.nodes),
            Self::Macro(_) | Self::CallBlock(..) => None,
        }
    }
}

impl From<Vec<Node>> for Body {
    fn from(nodes: Vec<Node>) -> Self {
        Self { nodes, hidden: Vec::new() }
    }
}

#[derive(Debug)]
pub(crate) enum Node {
    Text(String),
    Output(Expr),
    If(Vec<(Expr, Vec<Node>)>, Vec<Node>),
    For(Rc<For>),
    Set(Target, Expr),
    /// The captured body, through the filters.
    SetBlock(Target, Option<Expr>, Body),
    With(Vec<(Target, Expr)>, Body),
    FilterBlock(Expr, Body),
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
    /// Whether the body names `loop`.
    pub uses_loop: bool,
    pub body: Body,
    pub otherwise: Body,
}

#[derive(Debug)]
pub(crate) struct Macro {
    pub name: Rc<str>,
    pub parameters: Vec<(Rc<str>, Option<Expr>)>,
    pub body: Body,
    /// Whether the body asks for `varargs`, `kwargs`, `caller`: calls may give them only then.
    pub varargs: bool,
    pub kwargs: bool,
    pub caller: bool,
}
