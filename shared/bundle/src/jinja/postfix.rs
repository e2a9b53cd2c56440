//! What follows a value in an expression: members, subscripts, calls, filters and tests.

use std::rc::Rc;

use super::ast::{Arguments, Expr, ExprKind};
use super::expression::Tokens;
use super::failure::{Result, failure, syntax};
use super::lexer::Token;
use super::{filters, tests};

impl Tokens {
    pub(super) fn postfix(&mut self, mut value: Expr) -> Result<Expr> {
        loop {
            let place = value.place;
            let kind = if self.skip(".") {
                let at = self.place();
                match self.next() {
                    Token::Name(name) if name.starts_with("__") => {
                        return Err(failure(format!(
                            "`{name}`: Python's inner attributes are not supported"
                        ))
                        .at(at));
                    }
                    Token::Name(name) => ExprKind::Attr(Box::new(value), name),
                    Token::Int(number) => {
                        let index = Expr { place: at, kind: ExprKind::Int(number) };
                        ExprKind::Item(Box::new(value), Box::new(index))
                    }
                    _ => return Err(syntax(at, "expected a name or a number after the dot")),
                }
            } else if self.is_sign("[") {
                self.subscript(value)?
            } else if self.is_sign("(") {
                ExprKind::Call(Box::new(value), self.arguments()?)
            } else {
                return Ok(value);
            };
            value = Expr { place, kind };
        }
    }

    fn subscript(&mut self, value: Expr) -> Result<ExprKind> {
        self.expect("[")?;
        let place = self.place();
        let part = |tokens: &mut Self| -> Result<Option<Box<Expr>>> {
            let is_absent = tokens.is_sign(":") || tokens.is_sign("]") || tokens.is_sign(",");
            if is_absent { Ok(None) } else { Ok(Some(Box::new(tokens.expression()?))) }
        };
        let start = part(self)?;
        let value = Box::new(value);
        if self.skip(":") {
            let stop = part(self)?;
            let step = if self.skip(":") { part(self)? } else { None };
            self.expect("]")?;
            return Ok(ExprKind::Slice(value, [start, stop, step]));
        }
        let Some(first) = start else {
            return Err(failure("an empty subscript is not supported").at(place));
        };
        if !self.is_sign(",") {
            self.expect("]")?;
            return Ok(ExprKind::Item(value, first));
        }
        let mut items = vec![*first];
        while self.skip(",") {
            items.push(self.expression()?);
        }
        self.expect("]")?;
        Ok(ExprKind::Item(value, Box::new(Expr { place, kind: ExprKind::Tuple(items) })))
    }

    fn arguments(&mut self) -> Result<Arguments> {
        self.expect("(")?;
        let mut arguments = Arguments::default();
        let mut is_first = true;
        while !self.is_sign(")") {
            if !is_first {
                self.expect(",")?;
                if self.is_sign(")") {
                    break;
                }
            }
            is_first = false;
            self.argument(&mut arguments)?;
        }
        self.expect(")")?;
        Ok(arguments)
    }

    fn argument(&mut self, arguments: &mut Arguments) -> Result<()> {
        let place = self.place();
        let misplaced = || Err(syntax(place, "invalid order of arguments"));
        if self.skip("*") {
            if arguments.spread.is_some() || arguments.spread_named.is_some() {
                return misplaced();
            }
            arguments.spread = Some(Box::new(self.expression()?));
        } else if self.skip("**") {
            if arguments.spread_named.is_some() {
                return misplaced();
            }
            arguments.spread_named = Some(Box::new(self.expression()?));
        } else if let (Token::Name(name), Some((Token::Sign("="), _))) =
            (self.current().clone(), self.tokens.get(self.at + 1))
        {
            if arguments.spread_named.is_some() {
                return misplaced();
            }
            self.at += 2;
            if arguments.named.iter().any(|(other, _)| *other == name) {
                return Err(syntax(place, format_args!("the argument `{name}` is there twice")));
            }
            arguments.named.push((name, self.expression()?));
        } else {
            if arguments.spread.is_some() || arguments.spread_named.is_some() || !arguments.named.is_empty() {
                return misplaced();
            }
            arguments.positional.push(self.expression()?);
        }
        Ok(())
    }

    /// Filters, tests and calls behind a value; with `inline`, the first filter stands without its pipe.
    pub(super) fn filters(&mut self, mut value: Expr, inline: bool) -> Result<Expr> {
        let mut bare = inline;
        loop {
            if bare || self.skip("|") {
                let place = self.place();
                bare = false;
                let name = self.dotted("filter", filters::REFUSED, filters::NAMES)?;
                let arguments = if self.is_sign("(") { self.arguments()? } else { Arguments::default() };
                value = Expr { place, kind: ExprKind::Filter(Box::new(value), name, arguments) };
            } else if self.skip_name("is") {
                value = self.test(value)?;
            } else if self.is_sign("(") && !matches!(value.kind, ExprKind::Captured) {
                let place = value.place;
                value = Expr { place, kind: ExprKind::Call(Box::new(value), self.arguments()?) };
            } else {
                return Ok(value);
            }
        }
    }

    fn test(&mut self, value: Expr) -> Result<Expr> {
        let place = value.place;
        let negated = self.skip_name("not");
        let name = self.dotted("test", &[], tests::NAMES)?;
        let mut arguments = Arguments::default();
        if self.is_sign("(") {
            arguments = self.arguments()?;
        } else {
            let begins = match self.current() {
                Token::Name(name) => !matches!(&**name, "else" | "or" | "and"),
                Token::Str(_) | Token::Int(_) | Token::Float(_) => true,
                Token::Sign(sign) => matches!(*sign, "[" | "{"),
                Token::End => false,
            };
            if self.is_word("is") {
                return Err(syntax(self.place(), "tests can't be chained with `is`"));
            }
            if begins {
                let argument = self.primary()?;
                arguments.positional.push(self.postfix(argument)?);
            }
        }
        Ok(Expr { place, kind: ExprKind::Test { value: Box::new(value), name, arguments, negated } })
    }

    fn dotted(&mut self, what: &str, refused: &[(&str, &str)], known: &[&str]) -> Result<Rc<str>> {
        let place = self.place();
        // The comparison tests have signs for names only in `select("==")`; `is in` is a word.
        let name = self.name()?;
        if self.is_sign(".") {
            return Err(syntax(place, format_args!("there is no {what} with a dot in its name")));
        }
        if let Some((_, why)) = refused.iter().find(|(refused, _)| **refused == *name) {
            return Err(failure(format!("the filter `{name}` is not supported: {why}")).at(place));
        }
        if !known.contains(&&*name) {
            return Err(failure(format!("there is no {what} named `{name}`")).at(place));
        }
        Ok(name)
    }
}
