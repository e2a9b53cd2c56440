//! One instance's section taken over from another spec.
//!
//! The edit is made on lines: the entry in the stored text is replaced by the entry as it was written, its indentation
//! shifted. Afterwards the result is read again and compared with what it has to mean. Where the lines don't allow such
//! an edit (flow style, anchors shared between entries, …) the document is written anew from its values, scalars in
//! their own spelling.

use serde_json::{Value, json};

use super::{ServiceSpec, SpecProblem};
use crate::yaml::{Node, emit, load};

/// See [`ServiceSpec::with_instance_from`].
pub(super) fn instance(
    stored: &ServiceSpec,
    from: &ServiceSpec,
    name: &str,
) -> Result<String, Vec<SpecProblem>> {
    let Some(section) = from.instance(name) else {
        return Err(vec![SpecProblem::new("spec.instances", format!("has no instance named `{name}`"))]);
    };
    let expected = expected(stored, section.node(), name);
    let edited = by_lines(stored, from, section.node(), name);
    Ok(edited
        .filter(|text| meaning(text).as_ref() == Some(&expected))
        .unwrap_or_else(|| rewritten(stored, from, name)))
}

/// What the merged document means: every scalar by its text and by whether it is plain.
fn expected(stored: &ServiceSpec, section: &Node, name: &str) -> Value {
    let mut instances: Vec<_> =
        stored.instances().iter().map(|i| (i.name().to_owned(), lossless(i.node()))).collect();
    match instances.iter_mut().find(|(other, _)| other == name) {
        Some(entry) => entry.1 = lossless(section),
        None => instances.push((name.to_owned(), lossless(section))),
    }
    let instances: Vec<_> = instances.into_iter().map(|(_, value)| value).collect();
    json!([stored.root().get("pipeline").map(lossless), instances])
}

fn meaning(text: &str) -> Option<Value> {
    let root = load(text).ok()?;
    let instances: Vec<_> = root.get("instances")?.items()?.iter().map(lossless).collect();
    Some(json!([root.get("pipeline").map(lossless), instances]))
}

fn lossless(node: &Node) -> Value {
    if let Some(entries) = node.entries() {
        return entries.iter().map(|(key, value)| json!([key.text(), lossless(value)])).collect();
    }
    if let Some(items) = node.items() {
        return json!({"items": items.iter().map(lossless).collect::<Vec<_>>()});
    }
    // Null has several spellings, all other values are compared by theirs.
    if node.is_null() { Value::Null } else { json!([node.text(), node.json().is_string()]) }
}

fn by_lines(stored: &ServiceSpec, from: &ServiceSpec, section: &Node, name: &str) -> Option<String> {
    let addition = Entry::of(from.text(), section)?;
    let list = stored.root().get("instances")?;
    let replaced = stored.instance(name).map(|instance| instance.node());
    let reference = Entry::of(stored.text(), replaced.or_else(|| list.items()?.last())?)?;
    let moved = addition.indented(from.text(), reference.column);
    let text = stored.text();
    Some(match replaced {
        Some(_) => format!("{}{moved}{}", &text[..reference.start], &text[reference.end..]),
        None => format!("{}\n{moved}{}", &text[..reference.end], &text[reference.end..]),
    })
}

/// A list entry in block style: from the line of its dash to the end of its last value.
struct Entry {
    start: usize,
    end: usize,
    /// Column of the dash, from 0.
    column: usize,
}

impl Entry {
    fn of(text: &str, node: &Node) -> Option<Self> {
        if node.aliased {
            return None;
        }
        let line_start = text[..node.span.start].rfind('\n').map_or(0, |at| at + 1);
        let before = &text[line_start..node.span.start];
        let column = before.len() - before.trim_start_matches(' ').len();
        let is_dash = before[column..].starts_with('-') && before[column + 1..].trim_matches(' ').is_empty();
        // A trailing comment on the last line belongs to it.
        let end = text[node.span.end..].find('\n').map_or(text.len(), |at| node.span.end + at);
        is_dash.then_some(Self { start: line_start, end, column })
    }

    /// The entry's lines with the dash in another column.
    fn indented(&self, text: &str, column: usize) -> String {
        let shift = |line: &str| {
            let body = line.trim_start_matches(' ');
            if body.is_empty() {
                return String::new();
            }
            let indent = (line.len() - body.len() + column).saturating_sub(self.column);
            format!("{}{body}", " ".repeat(indent))
        };
        text[self.start..self.end].trim_end().split('\n').map(shift).collect::<Vec<_>>().join("\n")
    }
}

fn rewritten(stored: &ServiceSpec, from: &ServiceSpec, name: &str) -> String {
    let mut text = "proton: ServiceSpec\n".to_owned();
    if let Some(pipeline) = stored.root().get("pipeline").filter(|node| !node.is_null()) {
        text.push_str(&format!("pipeline:\n  {}\n", emit::block(pipeline, stored.text(), 2)));
    }
    text.push_str("instances:\n");
    let mut entry =
        |node: &Node, source: &str| text.push_str(&format!("  - {}\n", emit::block(node, source, 4)));
    for instance in stored.instances() {
        match from.instance(name).filter(|_| instance.name() == name) {
            Some(replacement) => entry(replacement.node(), from.text()),
            None => entry(instance.node(), stored.text()),
        }
    }
    if stored.instance(name).is_none()
        && let Some(addition) = from.instance(name)
    {
        entry(addition.node(), from.text());
    }
    text
}
