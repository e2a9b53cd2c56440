//! Values as HCL assignments, in the layout of `terraform fmt`: what a CodeBuild part with `input_type: HCL` reads as its
//! `.tfvars` file (behaviour 6.7).
//!
//! Text comes from specs and outputs and may hold anything. In HCL a quoted text is a template, so besides the quotes
//! `${` and `%{` are escaped, in keys as well.

use std::fmt::Write;

use serde_json::{Map, Value};

/// Words that HCL reads as something else where a key stands.
const KEYWORDS: [&str; 6] = ["for", "if", "in", "true", "false", "null"];

/// One assignment per member. The members' names must be identifiers, as those of the namespace are.
pub(super) fn assignments(members: &Map<String, Value>) -> String {
    let mut text = String::new();
    write_members(&mut text, members, 0);
    text
}

/// Consecutive members on one line each have their `=` in one column; a member of several lines stands for itself.
fn write_members(text: &mut String, members: &Map<String, Value>, depth: usize) {
    let members: Vec<_> = members.iter().map(|(name, value)| (key(name), value)).collect();
    let chains = members.chunk_by(|(_, one), (_, next)| !is_multiline(one) && !is_multiline(next));
    for chain in chains {
        let width = chain.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        for (name, value) in chain {
            let indent = "  ".repeat(depth);
            let _ = write!(text, "{indent}{name:width$} = ");
            write_value(text, value, depth);
            text.push('\n');
        }
    }
}

fn is_multiline(value: &Value) -> bool {
    match value {
        Value::Object(members) => !members.is_empty(),
        Value::Array(items) => items.iter().any(is_multiline),
        _ => false,
    }
}

fn write_value(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(members) if members.is_empty() => text.push_str("{}"),
        Value::Object(members) => {
            text.push_str("{\n");
            write_members(text, members, depth + 1);
            let _ = write!(text, "{}}}", "  ".repeat(depth));
        }
        Value::Array(items) if is_multiline(value) => {
            text.push_str("[\n");
            for item in items {
                text.push_str(&"  ".repeat(depth + 1));
                write_value(text, item, depth + 1);
                text.push_str(",\n");
            }
            let _ = write!(text, "{}]", "  ".repeat(depth));
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                write_value(text, item, depth);
            }
            text.push(']');
        }
        Value::String(content) => text.push_str(&quoted(content, false)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            let _ = write!(text, "{value}");
        }
    }
}

fn key(name: &str) -> String {
    let mut letters = name.chars();
    let is_identifier = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        && !KEYWORDS.contains(&name);
    // Only ASCII in keys: the columns that `=` is aligned to are then the same to everybody.
    if is_identifier { name.to_owned() } else { quoted(name, true) }
}

fn quoted(content: &str, only_ascii: bool) -> String {
    let mut text = String::with_capacity(content.len() + 2);
    text.push('"');
    let mut letters = content.chars().peekable();
    let mut previous = None;
    while let Some(letter) = letters.next() {
        match letter {
            '"' | '\\' => text.extend(['\\', letter]),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            // Parsers disagree on `$$${`, so a brace behind two introducers is escaped by number.
            '{' if previous == Some('$') || previous == Some('%') => text.push_str("\\u007b"),
            '$' | '%' if letters.peek() == Some(&'{') && previous != Some(letter) => {
                letters.next();
                text.extend([letter, letter, '{']);
                previous = Some('{');
                continue;
            }
            letter if letter.is_control() || (only_ascii && !letter.is_ascii()) || is_line_break(letter) => {
                let _ = match u32::from(letter) {
                    number @ 0..=0xffff => write!(text, "\\u{number:04x}"),
                    number => write!(text, "\\U{number:08x}"),
                };
            }
            letter => text.push(letter),
        }
        previous = Some(letter);
    }
    text.push('"');
    text
}

/// Unicode's own line breaks, and the mark that some tools drop.
fn is_line_break(letter: char) -> bool {
    matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_are_escaped_where_hcl_would_read_them_as_something_else() {
        for (content, expected) in [
            ("plain", r#""plain""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("one\ntwo\r\tthree", r#""one\ntwo\r\tthree""#),
            ("${aws_vpc.id} %{ if } $ % {", r#""$${aws_vpc.id} %%{ if } $ % {""#),
            ("$${", r#""$$\u007b""#),
            ("%%%{", r#""%%%\u007b""#),
            ("$%{", r#""$%%{""#),
            ("bell\u{7} é", "\"bell\\u0007 é\""),
        ] {
            assert_eq!(quoted(content, false), expected);
        }
        assert_eq!(quoted("é😀", true), r#""\u00e9\U0001f600""#);
    }

    #[test]
    fn assignments_are_aligned_within_runs_of_lines() {
        let value = json!({"environment": {
            "name": "beta", "id": 7, "inputs": {"public": true, "for": null, "zones": ["a", "b"]},
            "n": {}, "list": [], "deep": [{"a": 1}, []], "x-y": -1.5, "a.b": "c"}});
        let expected = r#"environment = {
  name = "beta"
  id   = 7
  inputs = {
    public = true
    "for"  = null
    zones  = ["a", "b"]
  }
  n    = {}
  list = []
  deep = [
    {
      a = 1
    },
    [],
  ]
  x-y   = -1.5
  "a.b" = "c"
}
"#;
        assert_eq!(assignments(value.as_object().unwrap_or(&Map::new())), expected);
    }
}
