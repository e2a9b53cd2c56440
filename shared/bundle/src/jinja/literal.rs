//! Numbers and strings as Python writes them.

use super::failure::{Result, unsupported};
use super::lexer::Token;

/// The number at the begin of the text and its length. After a dot only whole numbers are numbers (`a.0.1`).
pub(super) fn number(text: &str, after_dot: bool) -> Result<(Token, usize)> {
    if !after_dot && let Some(length) = float_length(text) {
        let digits: String = text.chars().take(length).filter(|c| *c != '_').collect();
        let value: f64 = digits.parse().map_err(|_| unsupported("such a number"))?;
        if value.is_infinite() {
            return Err(unsupported("a number beyond 1.8e308"));
        }
        return Ok((Token::Float(value), length));
    }
    let prefix = text.get(..2).unwrap_or_default().to_ascii_lowercase();
    for (start, radix) in [("0b", 2), ("0o", 8), ("0x", 16)] {
        let length = digits_length(text.get(2..).unwrap_or_default(), radix, true);
        if prefix == start && length > 0 {
            return whole(text, 2, 2 + length, radix);
        }
    }
    let length = if text.starts_with('0') { zeros_length(text) } else { digits_length(text, 10, false) };
    whole(text, 0, length, 10)
}

fn whole(text: &str, start: usize, end: usize, radix: u32) -> Result<(Token, usize)> {
    let digits: String = text.get(start..end).unwrap_or_default().chars().filter(|c| *c != '_').collect();
    let value =
        i128::from_str_radix(&digits, radix).map_err(|_| unsupported("a number of more than 38 digits"))?;
    Ok((Token::Int(value), end))
}

/// Digits with single underscores between them (or before, where a prefix stands).
fn digits_length(text: &str, radix: u32, leading: bool) -> usize {
    let mut length = 0;
    let mut may_underscore = leading;
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(length) {
        if char::from(*byte).is_digit(radix) {
            may_underscore = true;
            length += 1;
        } else if *byte == b'_'
            && may_underscore
            && bytes.get(length + 1).is_some_and(|b| char::from(*b).is_digit(radix))
        {
            length += 1;
        } else {
            break;
        }
    }
    length
}

fn zeros_length(text: &str) -> usize {
    let zeros = text.find(|c| c != '0' && c != '_').unwrap_or(text.len());
    text.get(..zeros).map_or(1, |zeros| zeros.trim_end_matches('_').len())
}

fn float_length(text: &str) -> Option<usize> {
    let rest = |at: usize| text.get(at..).unwrap_or_default();
    let whole = digits_length(text, 10, false);
    let mut end = whole;
    let mut is_float = false;
    if rest(end).starts_with('.') {
        let fraction = digits_length(rest(end + 1), 10, false);
        if fraction > 0 {
            end += 1 + fraction;
            is_float = true;
        }
    }
    if rest(end).starts_with(['e', 'E']) {
        let sign = usize::from(rest(end + 1).starts_with(['+', '-']));
        let exponent = digits_length(rest(end + 1 + sign), 10, false);
        if exponent > 0 {
            end += 1 + sign + exponent;
            is_float = true;
        }
    }
    is_float.then_some(end)
}

/// The string at the begin of the text, its escapes read as Python's `unicode-escape` reads them, and its length.
pub(super) fn string(text: &str, quote: char) -> Result<(String, usize)> {
    let mut out = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Ok((out, at + 1));
        }
        if c != '\\' {
            out.push(c);
            continue;
        }
        let Some((_, escaped)) = chars.next() else { break };
        let simple = match escaped {
            '\n' => continue,
            '\\' | '\'' | '"' => escaped,
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'N' => return Err(unsupported("the escape `\\N{…}`")),
            'x' | 'u' | 'U' => {
                let count = if escaped == 'x' {
                    2
                } else if escaped == 'u' {
                    4
                } else {
                    8
                };
                let digits: String = chars.by_ref().take(count).map(|(_, c)| c).collect();
                let complete = digits.len() == count && digits.chars().all(|c| c.is_ascii_hexdigit());
                let code = u32::from_str_radix(&digits, 16).ok().filter(|_| complete);
                code.and_then(char::from_u32)
                    .ok_or_else(|| syntax_error(format!("`\\{escaped}{digits}` is no character")))?
            }
            '0'..='7' => {
                let mut code = escaped.to_digit(8).unwrap_or_default();
                for _ in 0..2 {
                    let mut ahead = chars.clone();
                    let Some(digit) = ahead.next().and_then(|(_, c)| c.to_digit(8)) else { break };
                    code = code * 8 + digit;
                    chars = ahead;
                }
                char::from_u32(code).unwrap_or_default()
            }
            other => {
                out.push('\\');
                other
            }
        };
        out.push(simple);
    }
    Err(syntax_error("the string is not ended".into()))
}

fn syntax_error(message: String) -> Box<super::failure::Failure> {
    super::failure::failure(format!("not valid Jinja: {message}"))
}
