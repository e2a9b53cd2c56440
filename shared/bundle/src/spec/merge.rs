//! One section, an instance's or the pipeline's, taken over from another spec, or its order.
//!
//! The edit is made on lines: the entry in the stored text is replaced by the entry as it was written, its indentation
//! shifted. Afterwards the result is read again and compared with what it has to mean. Where the lines don't allow such
//! an edit (flow style, anchors shared between entries, …) the document is written anew from its values, scalars in
//! their own spelling.

use serde_json::{Value, json};

use super::edit::splice;
use super::{InstanceSection, ServiceSpec, SpecProblem};
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
    let edited = edited.filter(|text| meaning(text).as_ref() == Some(&expected));
    Ok(edited.unwrap_or_else(|| rewritten(stored, stored, from, Some(name))))
}

/// See [`ServiceSpec::with_pipeline_from`].
pub(super) fn pipeline(stored: &ServiceSpec, from: &ServiceSpec) -> String {
    let instances: Vec<_> = stored.instances().iter().map(|instance| lossless(instance.node())).collect();
    let expected = json!([from.root().get("pipeline").map(lossless), instances]);
    let edited = pipeline_by_lines(stored, from).filter(|text| meaning(text).as_ref() == Some(&expected));
    edited.unwrap_or_else(|| rewritten(stored, from, stored, None))
}

/// See [`ServiceSpec::in_order_of`].
pub(super) fn in_order_of(stored: &ServiceSpec, other: &ServiceSpec) -> String {
    let place = |section: &&InstanceSection| {
        other.instances().iter().position(|other| other.name() == section.name()).unwrap_or(usize::MAX)
    };
    let mut wanted: Vec<_> = stored.instances().iter().collect();
    wanted.sort_by_key(place);
    let instances: Vec<_> = wanted.iter().map(|section| lossless(section.node())).collect();
    let expected = json!([stored.root().get("pipeline").map(lossless), instances]);
    let edited = ordered_by_lines(stored, &wanted).filter(|text| meaning(text).as_ref() == Some(&expected));
    edited.unwrap_or_else(|| {
        let entries: Vec<_> = wanted.into_iter().map(|section| (section, stored.text())).collect();
        written(stored, &entries)
    })
}

/// Puts the lines of each wanted entry where the entry of that place was.
fn ordered_by_lines(stored: &ServiceSpec, wanted: &[&InstanceSection]) -> Option<String> {
    let edits = stored.instances().iter().zip(wanted).map(|(old, new)| {
        let (old, new) = (Entry::of(stored.text(), old.node())?, Entry::of(stored.text(), new.node())?);
        Some((old.start..old.end, new.indented(stored.text(), old.column)))
    });
    Some(splice(stored.text(), edits.collect::<Option<_>>()?))
}

/// Puts the lines of one `pipeline` in place of those of the other.
fn pipeline_by_lines(stored: &ServiceSpec, from: &ServiceSpec) -> Option<String> {
    let lines = |spec: &ServiceSpec| {
        let (key, value) = spec.root().entry("pipeline")?;
        let text = spec.text();
        let starts_line = key.span.start == 0 || text[..key.span.start].ends_with('\n');
        let end = key.span.end.max(value.span.end);
        let end = text[end..].find('\n').map_or(text.len(), |at| end + at);
        (starts_line && !value.aliased).then_some(key.span.start..end)
    };
    let (old, new) = (lines(stored)?, lines(from)?);
    let text = stored.text();
    Some(format!("{}{}{}", &text[..old.start], from.text()[new].trim_end(), &text[old.end..]))
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
    let instances = root.get("instances").and_then(Node::items).unwrap_or_default();
    let instances: Vec<_> = instances.iter().map(lossless).collect();
    Some(json!([root.get("pipeline").map(lossless), instances]))
}

/// A node's meaning without its form: values by their spelling, and whether they are text.
pub(super) fn lossless(node: &Node) -> Value {
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
        // The span of a block scalar takes its last line break along.
        let last = text[..node.span.end].trim_end().len();
        let end = text[last..].find('\n').map_or(text.len(), |at| last + at);
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

/// The whole document anew: the instances of `stored`, the pipeline of `pipeline`, and of `from` the instance `name`.
fn rewritten(stored: &ServiceSpec, pipeline: &ServiceSpec, from: &ServiceSpec, name: Option<&str>) -> String {
    let replacement = name.and_then(|name| from.instance(name));
    let mut entries: Vec<_> = stored.instances().iter().map(|kept| (kept, stored.text())).collect();
    if let Some(replacement) = replacement {
        match entries.iter_mut().find(|(kept, _)| kept.name() == replacement.name()) {
            Some(entry) => *entry = (replacement, from.text()),
            None => entries.push((replacement, from.text())),
        }
    }
    written(pipeline, &entries)
}

/// A document of these entries, each with the text that it is written in, and of the pipeline of `pipeline`.
fn written(pipeline: &ServiceSpec, entries: &[(&InstanceSection, &str)]) -> String {
    let mut text = "proton: ServiceSpec\n".to_owned();
    if let Some(section) = pipeline.root().get("pipeline").filter(|node| !node.is_null()) {
        text.push_str(&format!("pipeline:\n  {}\n", emit::block(section, pipeline.text(), 2)));
    }
    text.push_str(if entries.is_empty() { "instances: []\n" } else { "instances:\n" });
    for (instance, source) in entries {
        text.push_str(&format!("  - {}\n", emit::block(instance.node(), source, 4)));
    }
    text
}
