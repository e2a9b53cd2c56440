//! Text of several lines that stands where its expression stood.
//!
//! The lines that a filter emits must all begin in the column of the first (behaviour 6.3), and that column is known only
//! once everything before it on the line is rendered. So filters mark the begin of a block and its line breaks with two
//! code points that are no characters (U+FDD0, U+FDD1), which survive `set`, macros and further filters, and the finished
//! output is gone through once.

use serde_json::Value;

use crate::render::RenderError;

/// Where a block begins.
const BEGIN: char = '\u{fdd0}';
/// A line break inside a block.
const BREAK: char = '\u{fdd1}';

/// The lines as one text whose lines will stand in one column.
pub(super) fn block(lines: &[String]) -> String {
    match lines {
        [] => String::new(),
        [line] => line.clone(),
        _ => format!("{BEGIN}{}", lines.join(&BREAK.to_string())),
    }
}

/// The output with all blocks indented.
pub(super) fn resolve(text: String) -> String {
    if !text.contains([BEGIN, BREAK]) {
        return text;
    }
    let mut result = String::with_capacity(text.len() + text.len() / 4);
    let mut column = 0;
    let mut block_column = 0;
    for character in text.chars() {
        match character {
            BEGIN => block_column = column,
            BREAK => {
                result.push('\n');
                result.extend(std::iter::repeat_n(' ', block_column));
                column = block_column;
            }
            _ => {
                result.push(character);
                column = if character == '\n' { 0 } else { column + 1 };
            }
        }
    }
    result
}

/// Nothing from outside may hold the marks.
pub(super) fn refuse_markers(file: &str, source: &str, namespace: &Value) -> Result<(), RenderError> {
    if source.contains([BEGIN, BREAK]) || holds_marker(namespace) {
        return Err(RenderError::new(
            file,
            "the template or a value holds U+FDD0 or U+FDD1, which are not characters",
        ));
    }
    Ok(())
}

fn holds_marker(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains([BEGIN, BREAK]),
        Value::Array(items) => items.iter().any(holds_marker),
        Value::Object(members) => {
            members.iter().any(|(name, value)| name.contains([BEGIN, BREAK]) || holds_marker(value))
        }
        _ => false,
    }
}
