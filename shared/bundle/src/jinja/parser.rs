//! Pieces of a template into its tree: the statements. Expressions are in [`super::expression`].
//!
//! What Jinja has and a bundle can't use (other files, blocks to extend) or this engine doesn't do is refused here, at
//! registration, with its place.

use std::rc::Rc;

use super::ast::{Body, Expr, ExprKind, For, Macro, Node, Target};
use super::expression::Tokens;
use super::failure::{Place, Result, failure, in_braces, syntax};
use super::lexer::{Lexer, Piece, Token};
use super::{constants, symbols};

/// Blocks nested deeper than this are refused; they are parsed and run recursively.
const BLOCK_DEPTH: usize = 50;
/// Most `elif` of a template.
const ELIF_LIMIT: usize = 200;

/// The tree of a template whose line ends are line feeds.
pub(super) fn parse(source: &str) -> Result<Body> {
    let mut parser = Parser {
        pieces: Lexer::new(source),
        depth: 0,
        elifs: 0,
        uses: vec![Uses::default()],
        loops: Vec::new(),
    };
    let (nodes, end) = parser.nodes(&[])?;
    match end {
        None => {
            let mut root = Body::from(nodes);
            symbols::hide(&mut root);
            constants::check(&root)?;
            Ok(root)
        }
        Some((name, tokens)) => Err(syntax(tokens.start(), format_args!("`{name}` without its begin"))),
    }
}

/// What the body of a macro asks for.
#[derive(Default)]
struct Uses {
    varargs: bool,
    kwargs: bool,
    caller: bool,
}

struct Parser<'s> {
    pieces: Lexer<'s>,
    depth: usize,
    elifs: usize,
    uses: Vec<Uses>,
    /// The `for` around, each with whether its body names `loop`.
    loops: Vec<bool>,
}

/// The tag that ended a body: its name, and what follows the name.
type End = Option<(Rc<str>, Tokens)>;

impl Parser<'_> {
    /// Nodes up to one of the tags named.
    fn nodes(&mut self, ends: &[&str]) -> Result<(Vec<Node>, End)> {
        self.depth += 1;
        let mut nodes = Vec::new();
        while let Some(piece) = self.pieces.next()? {
            match piece {
                Piece::Text(text) => nodes.push(Node::Text(text)),
                Piece::Variable(tokens) => {
                    let mut tokens = Tokens::new(tokens);
                    let value = tokens.tuple(true).map_err(in_braces)?;
                    self.finish(tokens).map_err(in_braces)?;
                    nodes.push(Node::Output(value));
                }
                Piece::Block(tokens) => {
                    let mut tokens = Tokens::new(tokens);
                    let place = tokens.start();
                    let name = tokens.name()?;
                    if ends.contains(&&*name) {
                        self.depth -= 1;
                        nodes.shrink_to_fit();
                        return Ok((nodes, Some((name, tokens))));
                    }
                    if self.depth > BLOCK_DEPTH {
                        return Err(failure("nested too deeply").at(place));
                    }
                    self.statement(&name, place, tokens, &mut nodes)?;
                }
            }
        }
        self.depth -= 1;
        Ok((nodes, None))
    }

    /// A body that must be ended by one of the tags.
    fn body(&mut self, open: Place, block: &str, ends: &[&str]) -> Result<(Vec<Node>, Rc<str>, Tokens)> {
        match self.nodes(ends)? {
            (nodes, Some((name, tokens))) => Ok((nodes, name, tokens)),
            _ => {
                Err(syntax(open, format_args!("`{block}` is not ended by `{}`", ends.last().unwrap_or(&""))))
            }
        }
    }

    /// A body with one end, whose tag has nothing more to say.
    fn closed(&mut self, open: Place, block: &str, end: &str) -> Result<Body> {
        let (nodes, _, tokens) = self.body(open, block, &[end])?;
        self.finish(tokens)?;
        Ok(nodes.into())
    }

    /// Checks that a tag is read to its end, and takes over what its expressions asked for.
    fn finish(&mut self, mut tokens: Tokens) -> Result<()> {
        tokens.end()?;
        for name in &tokens.names {
            if &**name == "loop" {
                self.loops.iter_mut().for_each(|uses| *uses = true);
            }
            if let Some(uses) = self.uses.last_mut() {
                match &**name {
                    "varargs" => uses.varargs = true,
                    "kwargs" => uses.kwargs = true,
                    "caller" => uses.caller = true,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn statement(&mut self, name: &str, place: Place, tokens: Tokens, nodes: &mut Vec<Node>) -> Result<()> {
        match name {
            "if" => nodes.push(self.if_block(place, tokens)?),
            "for" => nodes.push(self.for_block(place, tokens)?),
            "set" => nodes.push(self.set(place, tokens)?),
            "with" => nodes.push(self.with(place, tokens)?),
            "macro" => nodes.push(self.macro_block(place, tokens)?),
            "call" => nodes.push(self.call(place, tokens)?),
            "filter" => {
                let mut tokens = tokens;
                let filter = tokens.filters(Expr { place, kind: ExprKind::Captured }, true)?;
                self.finish(tokens)?;
                nodes.push(Node::FilterBlock(filter, self.closed(place, "filter", "endfilter")?));
            }
            "print" => {
                let mut tokens = tokens;
                while !tokens.is_end() {
                    if !nodes_empty(&tokens) {
                        tokens.expect(",")?;
                    }
                    nodes.push(Node::Output(tokens.expression()?));
                    tokens.printed = true;
                }
                self.finish(tokens)?;
            }
            "include" | "import" | "from" | "extends" => {
                return Err(failure("templates of a bundle can't include, import or extend other files")
                    .at(place)
                    .with_remedy("Put everything into one file."));
            }
            "autoescape" => {
                let mut tokens = tokens;
                let escape = tokens.expression()?;
                self.finish(tokens)?;
                if !matches!(escape.kind, ExprKind::Bool(false)) {
                    return Err(failure("escaping is not supported").at(place).with_remedy(
                        "Templates of a bundle are text: use `escape` or `tojson` where it is needed.",
                    ));
                }
                nodes.push(Node::With(Vec::new(), self.closed(place, "autoescape", "endautoescape")?));
            }
            "block" => {
                return Err(failure("`block` is not supported")
                    .at(place)
                    .with_remedy("Templates of a bundle stand alone: leave the tag out, or write a macro."));
            }
            "elif" | "else" | "endif" | "endfor" | "endset" | "endwith" | "endmacro" | "endcall"
            | "endfilter" | "endraw" | "endautoescape" => {
                return Err(syntax(place, format_args!("`{name}` has no begin here")));
            }
            _ => return Err(syntax(place, format_args!("unknown tag `{name}`"))),
        }
        Ok(())
    }

    fn if_block(&mut self, open: Place, mut tokens: Tokens) -> Result<Node> {
        let mut branches = Vec::new();
        let mut condition = tokens.tuple(false)?;
        self.finish(tokens)?;
        loop {
            let (nodes, name, mut tokens) = self.body(open, "if", &["elif", "else", "endif"])?;
            branches.push((condition, nodes));
            match &*name {
                "elif" => {
                    self.elifs += 1;
                    if self.elifs > ELIF_LIMIT {
                        let message = format!("the template has more than {ELIF_LIMIT} `elif`");
                        return Err(failure(message).at(tokens.start()));
                    }
                    condition = tokens.tuple(false)?;
                    self.finish(tokens)?;
                }
                "else" => {
                    self.finish(tokens)?;
                    branches.shrink_to_fit();
                    return Ok(Node::If(branches, self.closed(open, "if", "endif")?.nodes));
                }
                _ => {
                    self.finish(tokens)?;
                    branches.shrink_to_fit();
                    return Ok(Node::If(branches, Vec::new()));
                }
            }
        }
    }

    fn for_block(&mut self, open: Place, mut tokens: Tokens) -> Result<Node> {
        let target = self.target(&mut tokens, &["in"], false)?;
        if assigns(&target, "loop") {
            return Err(syntax(open, "can't assign to the special variable `loop`"));
        }
        tokens.expect_name("in")?;
        let iterable = tokens.tuple_before("recursive")?;
        let condition = if tokens.skip_name("if") { Some(tokens.expression()?) } else { None };
        let recursive = tokens.skip_name("recursive");
        self.finish(tokens)?;
        self.loops.push(false);
        let (body, end, tokens) = self.body(open, "for", &["else", "endfor"])?;
        self.finish(tokens)?;
        let otherwise = if &*end == "else" { self.closed(open, "for", "endfor")? } else { Body::default() };
        let uses_loop = self.loops.pop().unwrap_or_default() || recursive;
        let body = body.into();
        Ok(Node::For(Rc::new(For {
            place: open,
            target,
            iterable,
            condition,
            recursive,
            uses_loop,
            body,
            otherwise,
        })))
    }

    fn set(&mut self, open: Place, mut tokens: Tokens) -> Result<Node> {
        let target = self.target(&mut tokens, &[], true)?;
        if !self.loops.is_empty() && assigns(&target, "loop") {
            return Err(syntax(open, "can't assign to the special variable `loop`"));
        }
        if tokens.skip("=") {
            let value = tokens.tuple(true)?;
            self.finish(tokens)?;
            return Ok(Node::Set(target, value));
        }
        if matches!(target, Target::Tuple(_)) {
            return Err(syntax(open, "a `set` block has one name").at(open));
        }
        let captured = Expr { place: open, kind: ExprKind::Captured };
        let filters = if tokens.is_end() { None } else { Some(tokens.filters(captured, false)?) };
        self.finish(tokens)?;
        Ok(Node::SetBlock(target, filters, self.closed(open, "set", "endset")?))
    }

    fn with(&mut self, open: Place, mut tokens: Tokens) -> Result<Node> {
        let mut pairs = Vec::new();
        while !tokens.is_end() {
            if !pairs.is_empty() {
                tokens.expect(",")?;
            }
            let target = self.single_target(&mut tokens, false)?;
            tokens.expect("=")?;
            pairs.push((target, tokens.expression()?));
        }
        self.finish(tokens)?;
        Ok(Node::With(pairs, self.closed(open, "with", "endwith")?))
    }

    fn macro_block(&mut self, open: Place, mut tokens: Tokens) -> Result<Node> {
        let name = tokens.name()?;
        check_assignable(&name, open)?;
        let parameters = self.signature(&mut tokens)?;
        self.uses.push(Uses::default());
        self.finish(tokens)?;
        let body = self.closed(open, "macro", "endmacro")?;
        Ok(Node::Macro(self.macro_of(name, parameters, body)))
    }

    fn call(&mut self, open: Place, mut tokens: Tokens) -> Result<Node> {
        let parameters = if tokens.is_sign("(") { self.signature(&mut tokens)? } else { Vec::new() };
        let called = tokens.expression()?;
        if !matches!(called.kind, ExprKind::Call(..)) {
            return Err(syntax(called.place, "`call` needs a call"));
        }
        self.finish(tokens)?;
        self.uses.push(Uses::default());
        let body = self.closed(open, "call", "endcall")?;
        let body = self.macro_of("caller".into(), parameters, body);
        Ok(Node::CallBlock(called, body))
    }

    fn macro_of(&mut self, name: Rc<str>, parameters: Vec<(Rc<str>, Option<Expr>)>, body: Body) -> Rc<Macro> {
        let uses = self.uses.pop().unwrap_or_default();
        // A macro in a macro that asks for the special names makes the outer one take them, too.
        if let Some(outer) = self.uses.last_mut() {
            outer.varargs |= uses.varargs;
            outer.kwargs |= uses.kwargs;
            outer.caller |= uses.caller;
        }
        Rc::new(Macro {
            name,
            parameters,
            body,
            varargs: uses.varargs,
            kwargs: uses.kwargs,
            caller: uses.caller,
        })
    }

    fn signature(&mut self, tokens: &mut Tokens) -> Result<Vec<(Rc<str>, Option<Expr>)>> {
        tokens.expect("(")?;
        let mut parameters: Vec<(Rc<str>, Option<Expr>)> = Vec::new();
        while !tokens.is_sign(")") {
            if !parameters.is_empty() {
                tokens.expect(",")?;
            }
            let place = tokens.place();
            let name = tokens.name()?;
            check_assignable(&name, place)?;
            if matches!(&*name, "caller" | "varargs" | "kwargs") {
                return Err(failure(format!("a parameter named `{name}` is not supported")).at(place));
            }
            if parameters.iter().any(|(other, _)| *other == name) {
                return Err(syntax(place, format_args!("the parameter `{name}` is there twice")));
            }
            let default = if tokens.skip("=") { Some(tokens.expression()?) } else { None };
            if default.is_none() && parameters.iter().any(|(_, default)| default.is_some()) {
                return Err(syntax(place, "a parameter without default follows one with a default"));
            }
            parameters.push((name, default));
        }
        tokens.expect(")")?;
        Ok(parameters)
    }

    /// `a`, `a, b`, `(a, (b, c))`, and with `attribute` also `ns.a`.
    fn target(&mut self, tokens: &mut Tokens, ends: &[&str], attribute: bool) -> Result<Target> {
        let first = self.single_target(tokens, attribute)?;
        if !tokens.is_sign(",") {
            return Ok(first);
        }
        let mut targets = vec![first];
        while tokens.skip(",") {
            if tokens.is_end()
                || tokens.is_sign("=")
                || tokens.is_sign(")")
                || ends.iter().any(|end| tokens.is_name(end))
            {
                break;
            }
            targets.push(self.single_target(tokens, attribute)?);
        }
        Ok(Target::Tuple(targets))
    }

    fn single_target(&mut self, tokens: &mut Tokens, attribute: bool) -> Result<Target> {
        let place = tokens.place();
        if tokens.skip("(") {
            if tokens.depth_exceeded() {
                return Err(failure("nested too deeply").at(place));
            }
            let target = self.target(tokens, &[], false)?;
            tokens.expect(")")?;
            return Ok(target);
        }
        let name = tokens.name()?;
        if attribute && tokens.skip(".") {
            return Ok(Target::Namespace(place, name, tokens.name()?));
        }
        check_assignable(&name, place)?;
        Ok(Target::Name(name))
    }
}

fn nodes_empty(tokens: &Tokens) -> bool {
    !tokens.printed
}

fn check_assignable(name: &str, place: Place) -> Result<()> {
    match name {
        "true" | "false" | "none" | "True" | "False" | "None" => {
            Err(syntax(place, format_args!("can't assign to `{name}`")))
        }
        // Jinja takes them for names of its own in some positions and for others in others.
        "self" | "super" | "caller" | "varargs" | "kwargs" => {
            Err(failure(format!("assigning to `{name}` is not supported")).at(place))
        }
        _ => Ok(()),
    }
}

fn assigns(target: &Target, name: &str) -> bool {
    match target {
        Target::Name(target) => &**target == name,
        Target::Tuple(targets) => targets.iter().any(|target| assigns(target, name)),
        Target::Namespace(..) => false,
    }
}

impl Tokens {
    /// The current token's name, without consuming it.
    fn is_name(&self, name: &str) -> bool {
        matches!(self.current(), Token::Name(current) if &**current == name)
    }
}
