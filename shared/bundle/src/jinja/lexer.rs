//! Template text into text and tags, tags into tokens, as Jinja's own lexer does it.
//!
//! CloudFormation's `{{resolve:…}}` can't be Jinja (a name followed by a colon is no expression), so its begin is taken
//! for text here; the end is text to Jinja anyway.

use std::collections::VecDeque;
use std::rc::Rc;

use super::failure::{Place, Result, failure, in_braces, syntax};
use super::literal;

/// A token of a tag.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Name(Rc<str>),
    Str(Rc<str>),
    Int(i128),
    Float(f64),
    /// An operator or bracket.
    Sign(&'static str),
    /// The tag's end.
    End,
}

/// A piece of the template.
#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    /// `{{ … }}`.
    Variable(Vec<(Token, Place)>),
    /// `{% … %}`.
    Block(Vec<(Token, Place)>),
}

/// Longest first, as in Jinja.
const SIGNS: [&str; 26] = [
    "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<",
    "=", ".", ":", "|", ",", ";",
];
/// Most tokens of one tag. The longest of the samples has about fifty.
const TOKEN_LIMIT: usize = 1_000;
/// Begin of CloudFormation's dynamic references.
const RESOLVE: &str = "{{resolve:";

/// White space as Python's `str.strip` and `\s` know it.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// A template whose line ends are line feeds, read piece by piece.
pub(super) struct Lexer<'a> {
    rest: &'a str,
    place: Place,
    pieces: VecDeque<Piece>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self { rest: source, place: Place { line: 1, column: 1 }, pieces: VecDeque::new() }
    }

    /// The next piece.
    ///
    /// # Errors
    /// Tags, strings and numbers that aren't well-formed.
    pub(super) fn next(&mut self) -> Result<Option<Piece>> {
        while self.pieces.is_empty() && !self.rest.is_empty() {
            self.step()?;
        }
        Ok(self.pieces.pop_front())
    }

    fn advance(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        for c in taken.chars() {
            if c == '\n' {
                self.place = Place { line: self.place.line + 1, column: 1 };
            } else {
                self.place.column += 1;
            }
        }
        self.rest = rest;
        taken
    }

    fn skip_space(&mut self) {
        self.advance(self.rest.len() - self.rest.trim_start_matches(is_space).len());
    }

    fn text(&mut self, text: &str, strip: bool) {
        let text = if strip { text.trim_end_matches(is_space) } else { text };
        if text.is_empty() {
            return;
        }
        self.pieces.push_back(Piece::Text(text.to_owned()));
    }

    /// Reads text up to a tag, and the tag.
    fn step(&mut self) -> Result<()> {
        let Some((at, open)) = next_tag(self.rest) else {
            let text = self.advance(self.rest.len());
            self.text(text, false);
            return Ok(());
        };
        let text = self.advance(at);
        let place = self.place;
        if let Some((length, sign)) = raw_tag(self.rest, "raw") {
            self.text(text, sign);
            self.advance(length);
            return self.raw(place);
        }
        self.advance(2);
        let strip = self.rest.starts_with('-');
        if strip || self.rest.starts_with('+') {
            self.advance(1);
        }
        self.text(text, strip);
        match open {
            "{#" => self.comment(place)?,
            "{{" => {
                let tokens = self.tag("}}", place).map_err(in_braces)?;
                self.pieces.push_back(Piece::Variable(tokens));
            }
            _ => {
                let tokens = self.tag("%}", place)?;
                self.pieces.push_back(Piece::Block(tokens));
            }
        }
        Ok(())
    }

    fn raw(&mut self, open: Place) -> Result<()> {
        let mut from = 0;
        while let Some(found) = self.rest.get(from..).and_then(|rest| rest.find("{%")) {
            let at = from + found;
            if let Some((length, strip)) = self.rest.get(at..).and_then(|rest| raw_tag(rest, "endraw")) {
                let text = self.advance(at);
                self.text(text, strip);
                self.advance(length);
                return Ok(());
            }
            from = at + 2;
        }
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(syntax(open, "the raw block is not ended by `{% endraw %}`"))
    }

    fn comment(&mut self, open: Place) -> Result<()> {
        // Jinja doesn't miss the end of what begins where the template ends; so for raw blocks.
        if self.rest.is_empty() {
            return Ok(());
        }
        let Some(end) = self.rest.find("#}") else {
            return Err(in_braces(syntax(open, "the comment is not ended by `#}`")));
        };
        let strip = self.rest.get(..end).is_some_and(|comment| comment.ends_with('-'));
        self.advance(end + 2);
        if strip {
            self.skip_space();
        }
        Ok(())
    }

    fn tag(&mut self, end: &'static str, open: Place) -> Result<Vec<(Token, Place)>> {
        let mut tokens: Vec<(Token, Place)> = Vec::new();
        let mut brackets: Vec<&'static str> = Vec::new();
        loop {
            self.skip_space();
            let place = self.place;
            if self.rest.is_empty() {
                return Err(syntax(open, format_args!("the tag is not ended by `{end}`")));
            }
            if brackets.is_empty()
                && let Some((length, strip)) = tag_end(self.rest, end)
            {
                self.advance(length);
                if strip {
                    self.skip_space();
                }
                tokens.push((Token::End, place));
                return Ok(tokens);
            }
            if tokens.len() == TOKEN_LIMIT {
                let message = format!("the expression has more than {TOKEN_LIMIT} words and signs");
                return Err(failure(message).at(place));
            }
            let after_dot = matches!(tokens.last(), Some((Token::Sign("."), _)));
            let token = self.token(after_dot)?;
            if let Token::Sign(sign) = token {
                match sign {
                    "(" => brackets.push(")"),
                    "[" => brackets.push("]"),
                    "{" => brackets.push("}"),
                    ")" | "]" | "}" if brackets.pop() != Some(sign) => {
                        return Err(syntax(place, format_args!("unexpected `{sign}`")));
                    }
                    _ => {}
                }
            }
            tokens.push((token, place));
        }
    }

    fn token(&mut self, after_dot: bool) -> Result<Token> {
        let place = self.place;
        let first = self.rest.chars().next().unwrap_or_default();
        if first.is_ascii_digit() {
            let (token, length) = literal::number(self.rest, after_dot).map_err(|e| e.at(place))?;
            self.advance(length);
            return Ok(token);
        }
        if first == '_' || first.is_alphanumeric() {
            let length =
                self.rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(self.rest.len());
            let name = self.advance(length);
            if !name.is_ascii() {
                return Err(syntax(place, format_args!("the name `{name}` has letters other than a-z")));
            }
            return Ok(Token::Name(name.into()));
        }
        if first == '\'' || first == '"' {
            let (text, length) = literal::string(self.rest, first).map_err(|e| e.at(place))?;
            self.advance(length);
            return Ok(Token::Str(text.into()));
        }
        let sign = SIGNS.into_iter().find(|sign| self.rest.starts_with(sign));
        let sign = sign.ok_or_else(|| syntax(place, format_args!("unexpected character `{first}`")))?;
        self.advance(sign.len());
        Ok(Token::Sign(sign))
    }
}

/// The next begin of a tag or comment.
fn next_tag(text: &str) -> Option<(usize, &str)> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find('{')?;
        let rest = text.get(at..)?;
        if rest.starts_with(RESOLVE) {
            from = at + RESOLVE.len();
            continue;
        }
        match rest.get(..2) {
            Some(open @ ("{{" | "{%" | "{#")) => return Some((at, open)),
            _ => from = at + 1,
        }
    }
}

/// Length of `{% word %}`, with the white space that its end eats, and whether its begin eats some.
fn raw_tag(text: &str, word: &str) -> Option<(usize, bool)> {
    let rest = text.strip_prefix("{%")?;
    let strip = rest.starts_with('-');
    let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest).trim_start_matches(is_space);
    let rest = rest.strip_prefix(word)?.trim_start_matches(is_space);
    let rest = match rest.strip_prefix("-%}") {
        Some(rest) => rest.trim_start_matches(is_space),
        None if word == "endraw" => rest.strip_prefix('+').unwrap_or(rest).strip_prefix("%}")?,
        None => rest.strip_prefix("%}")?,
    };
    Some((text.len() - rest.len(), strip))
}

fn tag_end(text: &str, end: &str) -> Option<(usize, bool)> {
    if text.starts_with(end) {
        return Some((end.len(), false));
    }
    let rest = text.strip_prefix(['-', '+']).filter(|rest| rest.starts_with(end))?;
    let minus = text.starts_with('-');
    (minus || end == "%}").then(|| (text.len() - rest.len() + end.len(), minus))
}
