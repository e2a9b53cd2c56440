//! Writing nodes back as YAML, scalars as their author wrote them.

use super::{Kind, Node, Scalar};

/// A node on one line, fit for any place where a value may stand. `source` is the text it was read from.
pub(crate) fn inline(node: &Node, source: &str) -> String {
    match &node.kind {
        Kind::Scalar(scalar) => inline_scalar(scalar, source.get(node.span.clone()).unwrap_or_default()),
        Kind::Sequence(items) => {
            let items: Vec<_> = items.iter().map(|item| inline(item, source)).collect();
            format!("[{}]", items.join(", "))
        }
        Kind::Mapping(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", inline(key, source), inline(value, source)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// A node as a block whose lines are indented by `indent`; the first line isn't, it goes on where the writer stands.
pub(crate) fn block(node: &Node, source: &str, indent: usize) -> String {
    let separator = format!("\n{}", " ".repeat(indent));
    match &node.kind {
        Kind::Mapping(entries) if !entries.is_empty() => entries
            .iter()
            .map(|(key, value)| format!("{}:{}", inline(key, source), nested(value, source, indent)))
            .collect::<Vec<_>>()
            .join(&separator),
        Kind::Sequence(items) if !items.is_empty() => items
            .iter()
            .map(|item| format!("- {}", block(item, source, indent + 2)))
            .collect::<Vec<_>>()
            .join(&separator),
        _ => inline(node, source),
    }
}

/// What follows a key's colon.
fn nested(value: &Node, source: &str, indent: usize) -> String {
    let is_block = match &value.kind {
        Kind::Mapping(entries) => !entries.is_empty(),
        Kind::Sequence(items) => !items.is_empty(),
        Kind::Scalar(_) => false,
    };
    if is_block {
        format!("\n{}{}", " ".repeat(indent + 2), block(value, source, indent + 2))
    } else {
        let text = inline(value, source);
        if text.is_empty() { text } else { format!(" {text}") }
    }
}

fn inline_scalar(scalar: &Scalar, raw: &str) -> String {
    let tag = scalar.tag.as_ref().filter(|tag| tag.as_str() != "str");
    if let Some(tag) = tag {
        return format!("!!{tag} {}", quoted(&scalar.text));
    }
    if scalar.tag.is_none() && !raw.contains(['\n', '\r']) {
        // Quoted text is safe anywhere. Plain text is, when a flow collection couldn't cut it apart.
        let quoted_raw = raw.len() >= 2 && (raw.starts_with('"') || raw.starts_with('\'')) && !scalar.plain;
        let plain_raw = scalar.plain && raw == scalar.text && is_safe_plain(raw);
        if quoted_raw || plain_raw {
            return raw.to_owned();
        }
    }
    if scalar.plain && scalar.text.is_empty() { "null".to_owned() } else { quoted(&scalar.text) }
}

/// Whether a plain scalar may stand in any context, flow collections included.
fn is_safe_plain(text: &str) -> bool {
    !text.is_empty()
        && !text.contains(['{', '}', '[', ']', ',', '#', '\t'])
        && !text.contains(": ")
        && !text.ends_with(':')
        && !text.starts_with(['&', '*', '!', '|', '>', '%', '@', '`', '"', '\'', '?'])
}

/// Double-quoted; JSON's escapes are YAML's too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
