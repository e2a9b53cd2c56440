//! Values printed and filtered as Python does it, where the engine doesn't.

use std::fmt::Write;

use minijinja::value::{Kwargs, Rest, Value, ValueKind, ValueOrKwargs, from_args};
use minijinja::{Error, ErrorKind, Output};
use serde_json::Value as Json;

use super::bounds;

/// Deepest nesting of lists and mappings that is printed.
const DEPTH_LIMIT: usize = 100;

/// What `{{ value }}` prints.
pub(super) fn write_str(out: &mut Output<'_>, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) => out.write_str(text).map_err(Error::from),
        None => out.write_str(&str_of(value)?).map_err(Error::from),
    }
}

/// `str(value)`.
pub(super) fn str_of(value: &Value) -> Result<String, Error> {
    if let Some(text) = value.as_str() {
        return Ok(text.to_owned());
    }
    let mut text = String::new();
    write_repr(&mut text, value, 0)?;
    Ok(text)
}

/// `repr(value)`.
fn write_repr(out: &mut String, value: &Value, depth: usize) -> Result<(), Error> {
    check_depth(depth)?;
    match value.kind() {
        ValueKind::Undefined => out.push_str("Undefined"),
        ValueKind::String => write_repr_text(out, value.as_str().unwrap_or_default()),
        ValueKind::Number if !value.is_integer() => match f64::try_from(value.clone()) {
            Ok(number) => out.push_str(&float(number)),
            Err(_) => out.push_str(&value.to_string()),
        },
        ValueKind::Map if is_enumerable(value) => {
            let keys: Vec<_> = value.try_iter()?.collect();
            delimited(out, "{", "}", &keys, |out, key: &Value| {
                write_repr(out, key, depth + 1)?;
                out.push_str(": ");
                write_repr(out, &value.get_item(key)?, depth + 1)
            })?;
        }
        ValueKind::Seq => {
            let items: Vec<_> = value.try_iter()?.collect();
            let (open, close) = match (value.is_tuple(), items.len()) {
                (true, 1) => ("(", ",)"),
                (true, _) => ("(", ")"),
                (false, _) => ("[", "]"),
            };
            delimited(out, open, close, &items, |out, item: &Value| write_repr(out, item, depth + 1))?;
        }
        _ => out.push_str(&value.to_string()),
    }
    Ok(())
}

fn check_depth(depth: usize) -> Result<(), Error> {
    if depth <= DEPTH_LIMIT {
        return Ok(());
    }
    let message = format!("a value nested more than {DEPTH_LIMIT} deep can't be printed");
    Err(Error::new(ErrorKind::InvalidOperation, message))
}

fn is_enumerable(value: &Value) -> bool {
    value.len().is_some()
}

fn delimited(
    out: &mut String,
    open: &str,
    close: &str,
    items: &[Value],
    write: impl Fn(&mut String, &Value) -> Result<(), Error>,
) -> Result<(), Error> {
    out.push_str(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write(out, item)?;
    }
    out.push_str(close);
    Ok(())
}

fn write_repr_text(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            // Writing to a string can't fail.
            c if c.is_control() => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push(quote);
}

/// `repr(float)`: shortest digits, an exponent outside of 1e-4 to 1e16.
pub(super) fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let magnitude = number.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        let scientific = format!("{number:e}");
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let exponent: i32 = exponent.parse().unwrap_or_default();
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    format!("{number:?}")
}

/// `is sequence` and `is iterable`: texts and mappings are both, none is neither.
pub(super) fn is_sequence(value: &Value) -> Result<bool, Error> {
    match value.kind() {
        ValueKind::Undefined => Err(Error::new(ErrorKind::UndefinedError, "the value tested is undefined")),
        kind => Ok(matches!(kind, ValueKind::String | ValueKind::Seq | ValueKind::Map | ValueKind::Iterable)),
    }
}

/// `escape`, with the entities that Python's has.
pub(super) fn escape(value: &Value) -> Result<Value, Error> {
    if value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, "the value given to escape is undefined"));
    }
    if value.is_safe() {
        return Ok(value.clone());
    }
    let mut escaped = String::new();
    for character in str_of(value)?.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\'' => escaped.push_str("&#39;"),
            '"' => escaped.push_str("&#34;"),
            other => escaped.push(other),
        }
    }
    Ok(Value::from_safe_string(escaped))
}

/// Refuses what `urlencode` would treat in another way than Python does.
pub(super) fn check_text(arguments: &[Value]) -> Result<(), Error> {
    match arguments.first().map(Value::kind) {
        Some(ValueKind::String | ValueKind::Number) | None => Ok(()),
        Some(kind) => {
            let message = format!("urlencode takes text here, not {kind}");
            Err(Error::new(ErrorKind::InvalidOperation, message))
        }
    }
}

/// `tojson`: sorted keys, ASCII, and `<`, `>`, `&`, `'` escaped.
pub(super) fn to_json(value: &Value, indent: Option<usize>, options: Kwargs) -> Result<Value, Error> {
    let named: Option<usize> = options.get("indent")?;
    options.assert_all_used()?;
    if value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, "the value given to tojson is undefined"));
    }
    let indent = indent.or(named);
    if indent.is_some_and(|indent| indent > bounds::WIDTH_LIMIT) {
        return Err(bounds::too_wide());
    }
    check_nesting(value, 0)?;
    let json = serde_json::to_value(value).map_err(|error| {
        Error::new(ErrorKind::InvalidOperation, format!("cannot be written as JSON: {error}"))
    })?;
    let mut out = String::new();
    write_json(&mut out, &json, indent, 0);
    Ok(Value::from_safe_string(out))
}

fn check_nesting(value: &Value, depth: usize) -> Result<(), Error> {
    check_depth(depth)?;
    match value.kind() {
        ValueKind::Map if is_enumerable(value) => {
            value.try_iter()?.try_for_each(|key| check_nesting(&value.get_item(&key)?, depth + 1))
        }
        ValueKind::Seq => value.try_iter()?.try_for_each(|item| check_nesting(&item, depth + 1)),
        _ => Ok(()),
    }
}

fn write_json(out: &mut String, json: &Json, indent: Option<usize>, depth: usize) {
    let line = |out: &mut String, depth: usize| {
        if let Some(indent) = indent {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent * depth));
        }
    };
    let separator = if indent.is_some() { "," } else { ", " };
    match json {
        Json::Array(items) if items.is_empty() => out.push_str("[]"),
        Json::Object(members) if members.is_empty() => out.push_str("{}"),
        Json::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { separator } else { "" });
                line(out, depth + 1);
                write_json(out, item, indent, depth + 1);
            }
            line(out, depth);
            out.push(']');
        }
        Json::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (index, (name, value)) in sorted.into_iter().enumerate() {
                out.push_str(if index > 0 { separator } else { "" });
                line(out, depth + 1);
                write_json_text(out, name);
                out.push_str(": ");
                write_json(out, value, indent, depth + 1);
            }
            line(out, depth);
            out.push('}');
        }
        Json::String(text) => write_json_text(out, text),
        Json::Number(number) if number.is_f64() => out.push_str(&float(number.as_f64().unwrap_or_default())),
        other => out.push_str(&other.to_string()),
    }
}

fn write_json_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\'' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            ' '..='~' => out.push(character),
            _ => {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

/// `truncate(length=255, killwords=False, end='...', leeway=5)`, by position or by name.
pub(super) fn truncate(value: &Value, arguments: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let arguments = arguments.into_values();
    let (positional, options): (&[Value], Kwargs) = from_args(&arguments)?;
    let (length, kill_words, end, leeway): (Option<usize>, Option<bool>, Option<String>, Option<usize>) =
        from_args(positional)?;
    let length = length.or(options.get("length")?).unwrap_or(255);
    let kill_words = kill_words.or(options.get("killwords")?).unwrap_or(false);
    let end = end.or(options.get("end")?).unwrap_or_else(|| "...".into());
    let leeway = leeway.or(options.get("leeway")?).unwrap_or(5);
    options.assert_all_used()?;
    let Some(text) = value.as_str() else {
        let message = format!("truncate takes text, not {}", value.kind());
        return Err(Error::new(ErrorKind::InvalidOperation, message));
    };
    let Some(kept) = length.checked_sub(end.chars().count()) else {
        let message = format!("truncate: the length {length} leaves no room for the end {end:?}");
        return Err(Error::new(ErrorKind::InvalidOperation, message));
    };
    if text.chars().count() <= length.saturating_add(leeway) {
        return Ok(value.clone());
    }
    let cut: String = text.chars().take(kept).collect();
    let cut =
        if kill_words { cut.as_str() } else { cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words) };
    Ok(Value::from(format!("{cut}{end}")))
}
