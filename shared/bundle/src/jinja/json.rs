//! `tojson`: sorted keys, ASCII, and `<`, `>`, `&`, `'` escaped.

use std::fmt::Write;
use std::rc::Rc;

use super::arguments::int;
use super::budget;
use super::failure::{Result, failure};
use super::repr::float;
use super::run::Engine;
use super::value::Val;

/// Values nested deeper than this are not written.
const DEPTH_LIMIT: usize = 100;

/// `value | tojson(indent)`.
pub(super) fn to_json(engine: &mut Engine, value: &Val, indent: Option<Val>) -> Result<Val> {
    let indent = match indent {
        None | Some(Val::None) => None,
        Some(indent) => Some(budget::width(int(&indent, "tojson")?)?),
    };
    let mut out = String::new();
    write(engine, &mut out, value, indent, 0)?;
    Ok(Val::Safe(out.into()))
}

/// A value as one of JSON. Floats without fraction stay floats.
///
/// # Errors
/// Values that JSON hasn't, and what is undefined.
pub(super) fn of(engine: &mut Engine, value: &Val) -> Result<serde_json::Value> {
    let mut out = String::new();
    write(engine, &mut out, value, None, 0)?;
    serde_json::from_str(&out).map_err(|_| failure(format!("JSON has no such {}", value.type_name())))
}

fn write(
    engine: &mut Engine,
    out: &mut String,
    value: &Val,
    indent: Option<usize>,
    depth: usize,
) -> Result<()> {
    if depth > DEPTH_LIMIT {
        return Err(failure(format!("a value nested more than {DEPTH_LIMIT} deep can't be printed")));
    }
    engine.budget.memory(8 + value.text().map_or(0, |text| text.len() * 2))?;
    match value.defined()? {
        Val::None => out.push_str("null"),
        Val::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Val::Int(number) => out.push_str(&number.to_string()),
        Val::Float(number) if number.is_finite() => out.push_str(&float(*number)),
        Val::Float(number) if number.is_nan() => out.push_str("NaN"),
        Val::Float(number) => out.push_str(if *number > 0.0 { "Infinity" } else { "-Infinity" }),
        Val::Str(text) | Val::Safe(text) => write_json_text(out, text),
        Val::List(_) | Val::Tuple(_) => {
            let items = value.items(&mut engine.budget)?;
            let members = items.into_iter().map(|item| (None, item)).collect();
            container(engine, out, ('[', ']'), members, indent, depth)?;
        }
        Val::Dict(dict) => {
            let entries = dict.borrow().entries.clone();
            let entries = super::sequences::sorted_entries(engine, entries)?;
            let mut members = Vec::new();
            for (key, value) in entries {
                members.push((Some(key_text(&key)?), value));
            }
            container(engine, out, ('{', '}'), members, indent, depth)?;
        }
        other => return Err(failure(format!("a {} can't be written as JSON", other.type_name()))),
    }
    Ok(())
}

/// A key as JSON has it: numbers, truth values and none become text.
fn key_text(key: &Val) -> Result<Rc<str>> {
    Ok(match key {
        Val::Str(text) | Val::Safe(text) => text.clone(),
        Val::None => "null".into(),
        Val::Bool(flag) => if *flag { "true" } else { "false" }.into(),
        Val::Int(number) => number.to_string().into(),
        Val::Float(number) => float(*number).into(),
        other => return Err(failure(format!("keys of JSON can't be {}", other.type_name()))),
    })
}

fn container(
    engine: &mut Engine,
    out: &mut String,
    brackets: (char, char),
    members: Vec<(Option<Rc<str>>, Val)>,
    indent: Option<usize>,
    depth: usize,
) -> Result<()> {
    let line = |engine: &mut Engine, out: &mut String, depth: usize| -> Result<()> {
        if let Some(indent) = indent {
            engine.budget.memory(indent * depth)?;
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent * depth));
        }
        Ok(())
    };
    out.push(brackets.0);
    let is_empty = members.is_empty();
    for (index, (name, value)) in members.into_iter().enumerate() {
        if index > 0 {
            out.push_str(if indent.is_some() { "," } else { ", " });
        }
        line(engine, out, depth + 1)?;
        if let Some(name) = name {
            write_json_text(out, &name);
            out.push_str(": ");
        }
        write(engine, out, &value, indent, depth + 1)?;
    }
    if !is_empty {
        line(engine, out, depth)?;
    }
    out.push(brackets.1);
    Ok(())
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
