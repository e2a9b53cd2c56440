//! `str.format`.

use super::arguments::Given;
use super::budget;
use super::failure::{Result, failure, unsupported};
use super::operators::Number;
use super::printf::float_digits;
use super::repr::{repr, str_of};
use super::run::Engine;
use super::value::Val;

/// `text.format(…)`: fields by position or name, `.attribute` and `[item]`, `!r`, and alignment, width and precision.
pub(super) fn format(engine: &mut Engine, text: &str, given: &Given) -> Result<String> {
    let mut out = String::new();
    let mut automatic = 0;
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        if found.starts_with("{{") || found.starts_with("}}") {
            out.push_str(found.get(..1).unwrap_or_default());
            rest = found.get(2..).unwrap_or_default();
            continue;
        }
        let field = found.strip_prefix('{').ok_or_else(|| failure("single '}' in a format"))?;
        let (field, after) = field.split_once('}').ok_or_else(|| failure("'{' without '}' in a format"))?;
        if field.contains('{') {
            // Widths given by other fields.
            return Err(unsupported("a field in a field of a format"));
        }
        rest = after;
        let (field, spec) = field.split_once(':').unwrap_or((field, ""));
        let (field, conversion) = field.split_once('!').map_or((field, None), |(field, c)| (field, Some(c)));
        let value = lookup(engine, field, given, &mut automatic)?;
        let value = match conversion {
            None => value,
            Some("s") => Val::Str(str_of(&value, &mut engine.budget)?),
            Some("r") => Val::str(repr(&value, &mut engine.budget)?),
            Some(other) => return Err(unsupported(format_args!("the conversion `!{other}`"))),
        };
        let written = write(engine, &value, spec)?;
        engine.budget.memory(written.len())?;
        out.push_str(&written);
    }
    out.push_str(rest);
    Ok(out)
}

fn lookup(engine: &mut Engine, field: &str, given: &Given, automatic: &mut usize) -> Result<Val> {
    let end = field.find(['.', '[']).unwrap_or(field.len());
    let (first, path) = field.split_at(end);
    if !path.is_empty() {
        // Jinja's own lookup of missing parts differs from the format's.
        return Err(unsupported("attributes and items within a format"));
    }
    let missing = || failure(format!("the format's field `{first}` isn't given"));
    if first.is_empty() || first.bytes().all(|b| b.is_ascii_digit()) {
        let at = if first.is_empty() {
            *automatic += 1;
            *automatic - 1
        } else {
            first.parse().map_err(|_| missing())?
        };
        engine.budget.steps(1)?;
        if first.is_empty() != (*automatic > 0) {
            return Err(failure("a format can't mix numbered and automatic fields"));
        }
        return given.positional.get(at).cloned().ok_or_else(missing);
    }
    given.named.iter().find(|(name, _)| **name == *first).map(|(_, value)| value.clone()).ok_or_else(missing)
}

fn write(engine: &mut Engine, value: &Val, spec: &str) -> Result<String> {
    if spec.is_empty() {
        return Ok(str_of(value, &mut engine.budget)?.to_string());
    }
    value.defined()?;
    let mut chars = spec.chars().collect::<std::collections::VecDeque<_>>();
    let is_align = |c: Option<&char>| c.is_some_and(|c| "<>^=".contains(*c));
    let mut fill = ' ';
    let mut align = None;
    if is_align(chars.get(1)) {
        fill = chars.pop_front().unwrap_or(' ');
    }
    if is_align(chars.front()) {
        align = chars.pop_front();
    }
    let sign = chars.front().copied().filter(|c| "+- ".contains(*c));
    if sign.is_some() {
        chars.pop_front();
    }
    if chars.front() == Some(&'0') && align.is_none() {
        fill = '0';
        align = Some('=');
    }
    let number = |chars: &mut std::collections::VecDeque<char>| -> Result<Option<usize>> {
        let mut digits = String::new();
        while chars.front().is_some_and(char::is_ascii_digit) {
            digits.extend(chars.pop_front());
        }
        if digits.is_empty() {
            Ok(None)
        } else {
            budget::width(digits.parse().unwrap_or(i128::MAX)).map(Some)
        }
    };
    let width = number(&mut chars)?.unwrap_or(0);
    let grouping = chars.front() == Some(&',');
    if grouping {
        chars.pop_front();
    }
    let mut precision = None;
    if chars.front() == Some(&'.') {
        chars.pop_front();
        precision = number(&mut chars)?;
    }
    let kind = chars.pop_front();
    let odd = || unsupported(format_args!("the format `{spec}` of a {}", value.type_name()));
    if !chars.is_empty() || (grouping && (fill == '0' || precision.is_some())) {
        return Err(odd());
    }
    engine.budget.memory(width * 4 + precision.unwrap_or(0))?;
    let mark = |negative: bool| match sign {
        _ if negative => "-",
        Some('+') => "+",
        Some(' ') => " ",
        _ => "",
    };
    let (prefix, body, default) = match (value, kind) {
        (Val::Str(text), None | Some('s')) if sign.is_none() && align != Some('=') && !grouping => {
            ("", text.chars().take(precision.unwrap_or(usize::MAX)).collect::<String>(), '<')
        }
        (Val::Int(number), None | Some('d' | 'x' | 'X' | 'o' | 'b')) if precision.is_none() => {
            let magnitude = number.unsigned_abs();
            let digits = match kind {
                Some('x') => format!("{magnitude:x}"),
                Some('X') => format!("{magnitude:X}"),
                Some('o') => format!("{magnitude:o}"),
                Some('b') => format!("{magnitude:b}"),
                _ => magnitude.to_string(),
            };
            if grouping && !matches!(kind, None | Some('d')) {
                return Err(odd());
            }
            (mark(*number < 0), if grouping { grouped(&digits) } else { digits }, '>')
        }
        (Val::Int(_) | Val::Float(_), Some(kind @ ('f' | 'F' | 'e' | 'g' | '%'))) if !grouping => {
            let number = Number::of(value).map_or(0.0, Number::float);
            let percent = kind == '%';
            let scaled = if percent { number * 100.0 } else { number };
            let form = if percent { 'f' } else { kind.to_ascii_lowercase() };
            let mut digits = float_digits(scaled.abs(), form, precision.unwrap_or(6));
            digits.push_str(if percent { "%" } else { "" });
            (mark(number.is_sign_negative() && !number.is_nan()), digits, '>')
        }
        _ => return Err(odd()),
    };
    let missing = width.saturating_sub(prefix.len() + body.chars().count());
    let fill = |count: usize| std::iter::repeat_n(fill, count).collect::<String>();
    Ok(match align.unwrap_or(default) {
        '<' => format!("{prefix}{body}{}", fill(missing)),
        '^' => format!("{}{prefix}{body}{}", fill(missing / 2), fill(missing - missing / 2)),
        '=' => format!("{prefix}{}{body}", fill(missing)),
        _ => format!("{}{prefix}{body}", fill(missing)),
    })
}

fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
