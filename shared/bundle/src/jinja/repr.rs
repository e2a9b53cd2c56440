//! `str(value)` and `repr(value)`.

use std::fmt::Write;
use std::rc::Rc;

use super::budget::Budget;
use super::failure::{Result, failure, unsupported};
use super::value::{Val, View};

/// Values nested deeper than this are not printed: Python stops at some depth, too.
const DEPTH_LIMIT: usize = 100;

/// `str(value)`.
pub(super) fn str_of(value: &Val, budget: &mut Budget) -> Result<Rc<str>> {
    match value {
        Val::Str(text) | Val::Safe(text) => Ok(text.clone()),
        Val::Undefined { strict: true, .. } => Err(value.undefined_error()),
        Val::Undefined { .. } => Ok("".into()),
        _ => Ok(repr(value, budget)?.into()),
    }
}

/// `repr(value)`.
pub(super) fn repr(value: &Val, budget: &mut Budget) -> Result<String> {
    let mut out = String::new();
    write(&mut out, value, budget, 0)?;
    Ok(out)
}

fn write(out: &mut String, value: &Val, budget: &mut Budget, depth: usize) -> Result<()> {
    if depth > DEPTH_LIMIT {
        return Err(failure(format!("a value nested more than {DEPTH_LIMIT} deep can't be printed")));
    }
    budget.memory(8 + value.text().map_or(0, |text| text.len()))?;
    match value {
        Val::Undefined { .. } => out.push_str("Undefined"),
        Val::None => out.push_str("None"),
        Val::Bool(true) => out.push_str("True"),
        Val::Bool(false) => out.push_str("False"),
        Val::Int(number) => push(out, number),
        Val::Float(number) => out.push_str(&float(*number)),
        Val::Str(text) => quoted(out, text),
        Val::Safe(text) => {
            out.push_str("Markup(");
            quoted(out, text);
            out.push(')');
        }
        Val::List(items) => {
            let items = items.borrow().clone();
            sequence(out, "[", &items, "]", budget, depth)?;
        }
        Val::Tuple(items) => {
            sequence(out, "(", items, if items.len() == 1 { ",)" } else { ")" }, budget, depth)?
        }
        Val::Dict(dict) => {
            let entries = dict.borrow().entries.clone();
            out.push('{');
            pairs(out, &entries, budget, depth)?;
            out.push('}');
        }
        Val::Range { start, stop, step: 1 } => push(out, format_args!("range({start}, {stop})")),
        Val::Range { start, stop, step } => push(out, format_args!("range({start}, {stop}, {step})")),
        Val::View(kind, _) => {
            let name = match kind {
                View::Keys => "dict_keys([",
                View::Values => "dict_values([",
                View::Items => "dict_items([",
            };
            sequence(out, name, &value.items(budget)?, "])", budget, depth)?;
        }
        Val::Macro(closure) => {
            out.push_str("<Macro ");
            match &*closure.definition.name {
                "caller" => out.push_str("anonymous"),
                name => quoted(out, name),
            }
            out.push('>');
        }
        Val::Namespace(members) => {
            out.push_str("<Namespace {");
            let entries = members.borrow().entries.clone();
            pairs(out, &entries, budget, depth)?;
            out.push_str("}>");
        }
        Val::Loop(state) => {
            push(out, format_args!("<LoopContext {}/{}>", state.index.get() + 1, state.items.len()))
        }
        other => return Err(unsupported(format_args!("printing a {}", other.type_name()))),
    }
    Ok(())
}

fn pairs(out: &mut String, entries: &[(Val, Val)], budget: &mut Budget, depth: usize) -> Result<()> {
    for (index, (key, value)) in entries.iter().enumerate() {
        out.push_str(if index > 0 { ", " } else { "" });
        write(out, key, budget, depth + 1)?;
        out.push_str(": ");
        write(out, value, budget, depth + 1)?;
    }
    Ok(())
}

fn sequence(
    out: &mut String,
    open: &str,
    items: &[Val],
    close: &str,
    budget: &mut Budget,
    depth: usize,
) -> Result<()> {
    out.push_str(open);
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index > 0 { ", " } else { "" });
        write(out, item, budget, depth + 1)?;
    }
    out.push_str(close);
    Ok(())
}

fn push(out: &mut String, what: impl std::fmt::Display) {
    // Writing to a string can't fail.
    let _ = write!(out, "{what}");
}

fn quoted(out: &mut String, text: &str) {
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
            c if is_printable(c) => out.push(c),
            c => match u32::from(c) {
                code @ ..=0xff => push(out, format_args!("\\x{code:02x}")),
                code @ ..=0xffff => push(out, format_args!("\\u{code:04x}")),
                code => push(out, format_args!("\\U{code:08x}")),
            },
        }
    }
    out.push(quote);
}

/// What Python prints as it is: no controls, formats, separators, private or unassigned code points.
fn is_printable(c: char) -> bool {
    if c == ' ' {
        return true;
    }
    // Rust's own debug form knows the same categories, save for combining marks, which it escapes to keep them apart.
    !c.is_control()
        && !c.is_whitespace()
        && (c.is_alphanumeric() || c.escape_debug().count() == 1 || is_mark(c))
}

/// Combining marks of the common blocks.
fn is_mark(c: char) -> bool {
    matches!(u32::from(c), 0x300..=0x36f | 0x483..=0x489 | 0x1ab0..=0x1ace | 0x1dc0..=0x1dff | 0x20d0..=0x20f0 | 0xfe00..=0xfe0f | 0xfe20..=0xfe2f)
        || matches!(c, '\'' | '"' | '\\')
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
    // Neither form has an exponent within these bounds.
    format!("{number:?}")
}
