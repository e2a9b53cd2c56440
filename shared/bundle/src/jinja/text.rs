//! What is done with text, by filters and methods alike.

use super::budget::{Budget, VALUE};
use super::failure::{Result, failure, unsupported};

/// `isupper`/`islower`: some cased letters, all of that case.
pub(super) fn is_case(text: &str, upper: bool) -> bool {
    let is = |c: char| if upper { c.is_uppercase() } else { c.is_lowercase() };
    let other = |c: char| if upper { c.is_lowercase() } else { c.is_uppercase() };
    text.chars().any(is) && !text.chars().any(other)
}

/// The title case of a character, which is the upper case but for a few.
fn title_case(c: char) -> Result<String> {
    if c == 'ß' {
        return Ok("Ss".to_owned());
    }
    let upper: String = c.to_uppercase().collect();
    let is_digraph = matches!(c, 'Ǆ'..='ǌ' | 'Ǳ'..='ǳ' | 'ა'..='ჿ');
    if is_digraph || upper.chars().nth(1).is_some() {
        return Err(unsupported(format_args!("the title case of `{c}`")));
    }
    Ok(upper)
}

/// `str.capitalize`.
pub(super) fn capitalize(text: &str) -> Result<String> {
    let mut chars = text.chars();
    let first = chars.next().map_or(Ok(String::new()), title_case)?;
    Ok(first + &chars.as_str().to_lowercase())
}

/// `str.title`: words are runs of letters.
pub(super) fn title(text: &str) -> Result<String> {
    let mut out = String::with_capacity(text.len());
    let mut in_word = false;
    for c in text.chars() {
        if in_word {
            out.extend(c.to_lowercase());
        } else {
            out.push_str(&title_case(c)?);
        }
        in_word = c.is_uppercase() || c.is_lowercase();
    }
    Ok(out)
}

/// The filter `title`: words begin after white space, hyphens and opening brackets.
pub(super) fn title_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut begins = true;
    for c in text.chars() {
        if begins {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        begins = super::lexer::is_space(c) || matches!(c, '-' | '(' | '{' | '[' | '<');
    }
    out
}

/// `str.splitlines`.
pub(super) fn lines<'t>(text: &'t str, budget: &mut Budget) -> Result<Vec<&'t str>> {
    let lines = lines_with_ends(text, budget)?;
    Ok(lines.into_iter().map(|line| line.trim_end_matches(LINE_ENDS)).collect())
}

/// What ends a line, to Python.
const LINE_ENDS: [char; 10] =
    ['\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'];

/// `str.splitlines(keepends=True)`.
pub(super) fn lines_with_ends<'t>(text: &'t str, budget: &mut Budget) -> Result<Vec<&'t str>> {
    budget.memory((1 + text.matches(LINE_ENDS).count()) * VALUE)?;
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(LINE_ENDS) {
        let end = rest.get(at..).unwrap_or_default();
        let length = if end.starts_with("\r\n") { 2 } else { end.chars().next().map_or(0, char::len_utf8) };
        let (line, left) = rest.split_at(at + length);
        lines.push(line);
        rest = left;
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    Ok(lines)
}

/// Padding to a width: what goes before and after.
pub(super) fn padding(text: &str, width: i128, budget: &mut Budget) -> Result<usize> {
    let width = super::budget::width(width)?;
    budget.memory(text.len() + width * 4)?;
    Ok(width.saturating_sub(text.chars().count()))
}

/// `str.center`.
pub(super) fn center(text: &str, width: i128, fill: char, budget: &mut Budget) -> Result<String> {
    let padding = padding(text, width, budget)?;
    let wide = usize::try_from(width.max(0)).unwrap_or_default();
    // CPython puts the odd one to the left when both are odd.
    let left = padding / 2 + (padding & wide & 1);
    let fill = |count: usize| std::iter::repeat_n(fill, count).collect::<String>();
    Ok(format!("{}{text}{}", fill(left), fill(padding - left)))
}

/// `str.replace`, of so many from the left.
pub(super) fn replace(
    text: &str,
    old: &str,
    new: &str,
    count: Option<i128>,
    budget: &mut Budget,
) -> Result<String> {
    budget.work(text.len())?;
    let limit =
        count.filter(|count| *count >= 0).map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let found = if old.is_empty() { text.chars().count() + 1 } else { text.matches(old).count() };
    budget.memory(text.len().saturating_add(found.min(limit).saturating_mul(new.len())))?;
    Ok(text.replacen(old, new, limit))
}

/// `str.split`: by white space when there is no separator.
pub(super) fn split(
    text: &str,
    separator: Option<&str>,
    limit: i128,
    from_right: bool,
    budget: &mut Budget,
) -> Result<Vec<String>> {
    let limit = if limit < 0 { usize::MAX } else { usize::try_from(limit).unwrap_or(usize::MAX) };
    let mut parts = Vec::new();
    if separator == Some("") {
        return Err(failure("empty separator"));
    }
    let space = super::lexer::is_space;
    let trim = |text: &str| -> usize {
        if from_right {
            text.trim_end_matches(space).len()
        } else {
            text.len() - text.trim_start_matches(space).len()
        }
    };
    let mut rest = text;
    if separator.is_none() {
        rest = if from_right { &rest[..trim(rest)] } else { &rest[trim(rest)..] };
        if rest.is_empty() {
            return Ok(parts);
        }
    }
    while parts.len() < limit {
        let found = match (separator, from_right) {
            (Some(by), false) => rest.split_once(by),
            (Some(by), true) => rest.rsplit_once(by).map(|(a, b)| (b, a)),
            (None, false) => rest.find(space).map(|at| (&rest[..at], rest[at..].trim_start_matches(space))),
            (None, true) => rest
                .char_indices()
                .rfind(|(_, c)| space(*c))
                .map(|(at, c)| (&rest[at + c.len_utf8()..], rest[..at].trim_end_matches(space))),
        };
        let Some((part, left)) = found else { break };
        budget.memory(VALUE)?;
        parts.push(part.to_owned());
        rest = left;
        if separator.is_none() && rest.is_empty() {
            break;
        }
    }
    if separator.is_some() || !rest.is_empty() {
        parts.push(rest.to_owned());
    }
    if from_right {
        parts.reverse();
    }
    Ok(parts)
}
