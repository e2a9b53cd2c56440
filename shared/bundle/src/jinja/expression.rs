//! The tokens of one tag into expressions: Jinja's grammar and its precedences.

use std::rc::Rc;

use super::ast::{Comparison, Expr, ExprKind, Operator};
use super::failure::{Place, Result, failure, syntax};
use super::lexer::Token;

/// Expressions nested deeper than this are refused: they are parsed and run recursively.
const DEPTH_LIMIT: usize = 40;

/// The tokens of a tag, read one by one.
pub(super) struct Tokens {
    pub(super) tokens: Vec<(Token, Place)>,
    /// The next token.
    pub(super) at: usize,
    depth: usize,
    /// Names that were read as variables.
    pub names: Vec<Rc<str>>,
    /// Whether the `print` statement had an expression already.
    pub printed: bool,
}

impl Tokens {
    pub(super) fn new(tokens: Vec<(Token, Place)>) -> Self {
        Self { tokens, at: 0, depth: 0, names: Vec::new(), printed: false }
    }

    pub(super) fn current(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    pub(super) fn place(&self) -> Place {
        self.tokens.get(self.at).or(self.tokens.last()).map(|(_, place)| *place).unwrap_or_default()
    }

    /// Where the tag's first token stands.
    pub(super) fn start(&self) -> Place {
        self.tokens.first().map(|(_, place)| *place).unwrap_or_default()
    }

    pub(super) fn next(&mut self) -> Token {
        let token = self.current().clone();
        self.at += 1;
        token
    }

    pub(super) fn unexpected(&self, expected: &str) -> Box<super::failure::Failure> {
        let found = match self.current() {
            Token::End => "the end of the tag".to_owned(),
            Token::Name(name) => format!("`{name}`"),
            Token::Str(text) => format!("the string {text:?}"),
            Token::Int(number) => format!("`{number}`"),
            Token::Float(number) => format!("`{number}`"),
            Token::Sign(sign) => format!("`{sign}`"),
        };
        syntax(self.place(), format_args!("expected {expected}, found {found}"))
    }

    pub(super) fn is_end(&self) -> bool {
        *self.current() == Token::End
    }

    pub(super) fn end(&mut self) -> Result<()> {
        if self.is_end() { Ok(()) } else { Err(self.unexpected("the end of the tag")) }
    }

    pub(super) fn is_sign(&self, sign: &str) -> bool {
        matches!(self.current(), Token::Sign(current) if *current == sign)
    }

    pub(super) fn skip(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, sign: &str) -> Result<()> {
        if self.skip(sign) { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.current(), Token::Name(current) if &**current == word)
    }

    pub(super) fn skip_name(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect_name(&mut self, word: &str) -> Result<()> {
        if self.skip_name(word) { Ok(()) } else { Err(self.unexpected(&format!("`{word}`"))) }
    }

    pub(super) fn name(&mut self) -> Result<Rc<str>> {
        match self.current() {
            Token::Name(name) => {
                let name = name.clone();
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.unexpected("a name")),
        }
    }

    /// Whether the nesting went too deep; counts as one step deeper.
    pub(super) fn depth_exceeded(&mut self) -> bool {
        self.depth += 1;
        self.depth > DEPTH_LIMIT
    }

    /// An expression, or several with commas between them as a tuple.
    pub(super) fn tuple(&mut self, with_condition: bool) -> Result<Expr> {
        self.tuple_until(with_condition, None, false)
    }

    /// The iterable of a `for`.
    pub(super) fn tuple_before(&mut self, word: &str) -> Result<Expr> {
        self.tuple_until(false, Some(word), false)
    }

    fn tuple_until(&mut self, with_condition: bool, end: Option<&str>, parentheses: bool) -> Result<Expr> {
        let place = self.place();
        let mut items = Vec::new();
        let mut is_tuple = false;
        loop {
            if !items.is_empty() {
                self.expect(",")?;
            }
            let at_end = self.is_end() || self.is_sign(")") || end.is_some_and(|end| self.is_word(end));
            if at_end {
                break;
            }
            items.push(if with_condition { self.expression()? } else { self.or()? });
            if !self.is_sign(",") {
                break;
            }
            is_tuple = true;
        }
        match items.pop() {
            Some(only) if !is_tuple => Ok(only),
            None if !parentheses => Err(self.unexpected("an expression")),
            last => {
                items.extend(last);
                Ok(Expr { place, kind: ExprKind::Tuple(items) })
            }
        }
    }

    /// An expression with an inline `if`.
    pub(super) fn expression(&mut self) -> Result<Expr> {
        let place = self.place();
        if self.depth_exceeded() {
            return Err(failure("the expression is nested too deeply").at(place));
        }
        let mut value = self.or()?;
        while self.skip_name("if") {
            let condition = self.or()?;
            let otherwise = if self.skip_name("else") { Some(Box::new(self.expression()?)) } else { None };
            value = Expr { place, kind: ExprKind::If(Box::new(value), Box::new(condition), otherwise) };
        }
        self.depth -= 1;
        Ok(value)
    }

    fn or(&mut self) -> Result<Expr> {
        let place = self.place();
        let mut left = self.and()?;
        while self.skip_name("or") {
            let right = self.and()?;
            left = Expr { place, kind: ExprKind::Or(Box::new(left), Box::new(right)) };
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr> {
        let place = self.place();
        let mut left = self.not()?;
        while self.skip_name("and") {
            let right = self.not()?;
            left = Expr { place, kind: ExprKind::And(Box::new(left), Box::new(right)) };
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expr> {
        let place = self.place();
        if !self.skip_name("not") {
            return self.compare();
        }
        if self.depth_exceeded() {
            return Err(failure("the expression is nested too deeply").at(place));
        }
        let value = self.not()?;
        self.depth -= 1;
        Ok(Expr { place, kind: ExprKind::Not(Box::new(value)) })
    }

    fn compare(&mut self) -> Result<Expr> {
        let place = self.place();
        let first = self.sum()?;
        let mut rest = Vec::new();
        loop {
            let comparison = match self.current() {
                Token::Sign("==") => Comparison::Eq,
                Token::Sign("!=") => Comparison::Ne,
                Token::Sign("<") => Comparison::Lt,
                Token::Sign("<=") => Comparison::Le,
                Token::Sign(">") => Comparison::Gt,
                Token::Sign(">=") => Comparison::Ge,
                Token::Name(name) if &**name == "in" => Comparison::In,
                Token::Name(name) if &**name == "not" && self.is_in_next() => {
                    self.at += 1;
                    Comparison::NotIn
                }
                _ => break,
            };
            self.at += 1;
            rest.push((comparison, self.sum()?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        Ok(Expr { place, kind: ExprKind::Compare(Box::new(first), rest) })
    }

    fn is_in_next(&self) -> bool {
        matches!(self.tokens.get(self.at + 1), Some((Token::Name(name), _)) if &**name == "in")
    }

    fn sum(&mut self) -> Result<Expr> {
        let signs = [("+", Operator::Add), ("-", Operator::Sub)];
        self.binary(&signs, Self::concat)
    }

    fn concat(&mut self) -> Result<Expr> {
        let place = self.place();
        let first = self.product()?;
        if !self.is_sign("~") {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.skip("~") {
            items.push(self.product()?);
        }
        Ok(Expr { place, kind: ExprKind::Concat(items) })
    }

    fn product(&mut self) -> Result<Expr> {
        let signs =
            [("*", Operator::Mul), ("/", Operator::Div), ("//", Operator::FloorDiv), ("%", Operator::Mod)];
        self.binary(&signs, Self::power)
    }

    fn power(&mut self) -> Result<Expr> {
        self.binary(&[("**", Operator::Pow)], |tokens| tokens.unary(true))
    }

    fn binary(
        &mut self,
        signs: &[(&str, Operator)],
        operand: impl Fn(&mut Self) -> Result<Expr>,
    ) -> Result<Expr> {
        let mut left = operand(self)?;
        let mut length = 0;
        while let Some((_, operator)) = signs.iter().find(|(sign, _)| self.is_sign(sign)) {
            let place = self.place();
            length += 1;
            if length > 10 * DEPTH_LIMIT {
                return Err(failure("the expression is nested too deeply").at(place));
            }
            self.at += 1;
            let right = operand(self)?;
            left = Expr { place, kind: ExprKind::Binary(*operator, Box::new(left), Box::new(right)) };
        }
        Ok(left)
    }

    fn unary(&mut self, with_filter: bool) -> Result<Expr> {
        let place = self.place();
        let sign = ["-", "+"].into_iter().find(|sign| self.skip(sign));
        let value = if let Some(sign) = sign {
            if self.depth_exceeded() {
                return Err(failure("the expression is nested too deeply").at(place));
            }
            let value = Box::new(self.unary(false)?);
            self.depth -= 1;
            let kind = if sign == "-" { ExprKind::Negative(value) } else { ExprKind::Positive(value) };
            Expr { place, kind }
        } else {
            self.primary()?
        };
        let value = self.postfix(value)?;
        if with_filter { self.filters(value, false) } else { Ok(value) }
    }

    pub(super) fn primary(&mut self) -> Result<Expr> {
        let place = self.place();
        let kind = match self.current().clone() {
            Token::Name(name) => {
                self.at += 1;
                match &*name {
                    "true" | "True" => ExprKind::Bool(true),
                    "false" | "False" => ExprKind::Bool(false),
                    "none" | "None" => ExprKind::None,
                    "self" | "super" => {
                        return Err(failure(format!("`{name}` is not supported")).at(place));
                    }
                    _ => {
                        self.names.push(name.clone());
                        ExprKind::Name(name)
                    }
                }
            }
            Token::Str(text) => {
                self.at += 1;
                let mut text = text.to_string();
                while let Token::Str(more) = self.current().clone() {
                    text.push_str(&more);
                    self.at += 1;
                }
                ExprKind::Str(text.into())
            }
            Token::Int(number) => {
                self.at += 1;
                ExprKind::Int(number)
            }
            Token::Float(number) => {
                self.at += 1;
                ExprKind::Float(number)
            }
            Token::Sign("(") => {
                self.at += 1;
                if self.depth_exceeded() {
                    return Err(failure("the expression is nested too deeply").at(place));
                }
                let inner = self.tuple_until(true, None, true)?;
                self.depth -= 1;
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Sign("[") => ExprKind::List(self.list()?),
            Token::Sign("{") => ExprKind::Dict(self.dict()?),
            _ => return Err(self.unexpected("an expression")),
        };
        Ok(Expr { place, kind })
    }

    fn list(&mut self) -> Result<Vec<Expr>> {
        self.expect("[")?;
        let mut items = Vec::new();
        while !self.is_sign("]") {
            if !items.is_empty() {
                self.expect(",")?;
            }
            if self.is_sign("]") {
                break;
            }
            items.push(self.expression()?);
        }
        self.expect("]")?;
        Ok(items)
    }

    fn dict(&mut self) -> Result<Vec<(Expr, Expr)>> {
        self.expect("{")?;
        let mut items = Vec::new();
        while !self.is_sign("}") {
            if !items.is_empty() {
                self.expect(",")?;
            }
            if self.is_sign("}") {
                break;
            }
            let key = self.expression()?;
            self.expect(":")?;
            items.push((key, self.expression()?));
        }
        self.expect("}")?;
        Ok(items)
    }
}
