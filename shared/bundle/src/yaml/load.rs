//! From parser events to a bounded tree.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::wording::worded;
use super::{Kind, LoadError, Node, Scalar};

/// Deeper nesting is nobody's spec or schema, and trees are walked recursively.
const DEPTH_LIMIT: usize = 50;
/// Nodes of one document, those that aliases multiply included.
const NODE_LIMIT: usize = 50_000;

/// Reads one YAML document. An empty text is null.
///
/// Refused, with position: malformed YAML, several documents, duplicate keys, keys that aren't scalars, nesting or
/// size beyond the limits, application tags (`!Ref`, …: specs and schemas know none).
pub(crate) fn load(text: &str) -> Result<Node, LoadError> {
    let (root, _) = load_as(text, Dialect::Plain)?;
    Ok(root.unwrap_or_else(nothing))
}

/// Reads a CloudFormation template: `!Ref a` becomes `{Ref: a}` and `!Sub a` becomes `{Fn::Sub: a}`. What CloudFormation
/// doesn't take and a reader can get over (a key that stands twice, an alias) comes as the second value.
pub(crate) fn load_cloudformation(text: &str) -> Result<(Node, Vec<LoadError>), LoadError> {
    let (root, faults) = load_as(text, Dialect::CloudFormation)?;
    Ok((root.unwrap_or_else(nothing), faults))
}

fn nothing() -> Node {
    Node {
        kind: Kind::Scalar(Scalar { text: String::new(), plain: true, tag: None }),
        line: 1,
        column: 1,
        span: 0..0,
        aliased: false,
    }
}

fn load_as(text: &str, dialect: Dialect) -> Result<(Option<Node>, Vec<LoadError>), LoadError> {
    let mut loader = Loader {
        dialect,
        offsets: Offsets::new(text),
        stack: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        root: None,
        faults: Vec::new(),
    };
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| LoadError {
            line: error.marker().line(),
            column: error.marker().col() + 1,
            message: worded(error.info()),
        })?;
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
            if documents > 1 {
                return Err(fault(&span, "more than one document"));
            }
        }
        loader.event(event, &span)?;
    }
    Ok((loader.root, loader.faults))
}

/// Whose YAML it is.
#[derive(Clone, Copy, PartialEq)]
enum Dialect {
    /// Schemas, manifests, specs.
    Plain,
    CloudFormation,
}

impl Dialect {
    const fn depth_limit(self) -> usize {
        match self {
            Self::Plain => DEPTH_LIMIT,
            Self::CloudFormation => 2 * DEPTH_LIMIT,
        }
    }

    const fn node_limit(self) -> usize {
        match self {
            Self::Plain => NODE_LIMIT,
            Self::CloudFormation => 2 * NODE_LIMIT,
        }
    }
}

struct Loader {
    dialect: Dialect,
    offsets: Offsets,
    stack: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
    nodes: usize,
    root: Option<Node>,
    faults: Vec<LoadError>,
}

/// A collection that isn't closed yet.
struct Open {
    node: Node,
    anchor: usize,
    /// Of `!Sub`: `Fn::Sub`.
    function: Option<String>,
    key: Option<Node>,
    /// Lines of the keys seen so far.
    keys: HashMap<String, usize>,
}

impl Loader {
    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), LoadError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let (tag, function) = self.tags(tag, span)?;
                let plain = style == ScalarStyle::Plain;
                let node = self.node(Kind::Scalar(Scalar { text: text.into_owned(), plain, tag }), span)?;
                self.finish(called(node, function), anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                let (_, function) = self.tags(tag, span)?;
                self.open(Kind::Sequence(Vec::new()), anchor, function, span)
            }
            Event::MappingStart(anchor, tag) => {
                let (_, function) = self.tags(tag, span)?;
                self.open(Kind::Mapping(Vec::new()), anchor, function, span)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(mut open) = self.stack.pop() else { return Ok(()) };
                open.node.span.end = self.end(&open.node, span);
                if let Kind::Mapping(entries) = &mut open.node.kind {
                    merge_keys(entries, span)?;
                }
                self.finish(called(open.node, open.function), open.anchor)
            }
            Event::Alias(anchor) => {
                let (line, column) = (span.start.line(), span.start.col() + 1);
                if self.dialect == Dialect::CloudFormation {
                    self.faults.push(fault(span, "CloudFormation takes no YAML aliases"));
                    let text = "*".to_owned();
                    let node = self.node(Kind::Scalar(Scalar { text, plain: false, tag: None }), span)?;
                    return self.finish(node, 0);
                }
                let Some(anchored) = self.anchors.get(&anchor).cloned() else {
                    return Err(fault(span, "alias of an unknown anchor"));
                };
                self.count(size(&anchored), line, column)?;
                let mut node = Node::clone(&anchored);
                mark_aliased(&mut node);
                (node.line, node.column) = (line, column);
                self.finish(node, 0)
            }
            _ => Ok(()),
        }
    }

    fn node(&mut self, kind: Kind, span: &Span) -> Result<Node, LoadError> {
        self.count(1, span.start.line(), span.start.col() + 1)?;
        let span_bytes = self.offsets.byte(span.start.index())..self.offsets.byte(span.end.index());
        Ok(Node {
            kind,
            line: span.start.line(),
            column: span.start.col() + 1,
            span: span_bytes,
            aliased: false,
        })
    }

    /// Books nodes, those that anchors and aliases multiply included.
    fn count(&mut self, nodes: usize, line: usize, column: usize) -> Result<(), LoadError> {
        self.nodes += nodes;
        let limit = self.dialect.node_limit();
        if self.nodes <= limit {
            return Ok(());
        }
        let message = format!("too large: more than {limit} values, aliases counted");
        Err(LoadError { line, column, message })
    }

    fn open(
        &mut self,
        kind: Kind,
        anchor: usize,
        function: Option<String>,
        span: &Span,
    ) -> Result<(), LoadError> {
        if self.stack.len() >= self.dialect.depth_limit() {
            return Err(fault(span, "nested too deeply"));
        }
        let node = self.node(kind, span)?;
        self.stack.push(Open { node, anchor, function, key: None, keys: HashMap::new() });
        Ok(())
    }

    /// The core-schema tag and the function that a tag stands for.
    fn tags(
        &self,
        tag: Option<Cow<'_, Tag>>,
        span: &Span,
    ) -> Result<(Option<String>, Option<String>), LoadError> {
        match tag {
            Some(tag) if self.dialect == Dialect::CloudFormation && tag.handle == "!" => {
                let name = &tag.suffix;
                let is_bare = matches!(name.as_str(), "Ref" | "Condition");
                Ok((None, Some(if is_bare { name.clone() } else { format!("Fn::{name}") })))
            }
            tag => core_tag(tag, span).map(|tag| (tag, None)),
        }
    }

    /// Where a collection's text ends: after its closing bracket, or after its last value. The parser reports the end
    /// of a block collection only where the next token begins, beyond comments and blank lines.
    fn end(&self, node: &Node, closing: &Span) -> usize {
        let closed = self.offsets.byte(closing.end.index());
        if closing.end.index() > closing.start.index() {
            return closed;
        }
        let last = match &node.kind {
            Kind::Sequence(items) => items.last().map(|item| item.span.end),
            Kind::Mapping(entries) => entries.last().map(|(key, value)| value.span.end.max(key.span.end)),
            Kind::Scalar(_) => None,
        };
        last.unwrap_or(closed).max(node.span.start)
    }

    fn finish(&mut self, node: Node, anchor: usize) -> Result<(), LoadError> {
        if anchor > 0 && self.dialect == Dialect::Plain {
            // The copy counts: anchors around anchors would multiply a document without any alias.
            self.count(size(&node), node.line, node.column)?;
            self.anchors.insert(anchor, Rc::new(node.clone()));
        }
        let Some(parent) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut parent.node.kind {
            Kind::Sequence(items) => items.push(node),
            Kind::Mapping(entries) => match parent.key.take() {
                None => {
                    let fault = key_fault(&node, &mut parent.keys);
                    match fault {
                        // The last one counts, as CloudFormation has it.
                        Some(fault) if self.dialect == Dialect::CloudFormation && node.text().is_some() => {
                            self.faults.push(fault);
                        }
                        Some(fault) => return Err(fault),
                        None => {}
                    }
                    parent.key = Some(node);
                }
                Some(key) => entries.push((key, node)),
            },
            Kind::Scalar(_) => {}
        }
        Ok(())
    }
}

fn key_fault(key: &Node, seen: &mut HashMap<String, usize>) -> Option<LoadError> {
    let fault = |message: String| LoadError { line: key.line, column: key.column, message };
    let Some(text) = key.text() else { return Some(fault("a key must be a single value".into())) };
    let first = seen.insert(text.to_owned(), key.line)?;
    Some(fault(format!("the key `{text}` stands twice; first on line {first}")))
}

/// `{function: node}`.
fn called(node: Node, function: Option<String>) -> Node {
    let Some(name) = function else { return node };
    let (line, column, span) = (node.line, node.column, node.span.clone());
    let key = Kind::Scalar(Scalar { text: name, plain: false, tag: None });
    let key = Node { kind: key, line, column, span: span.start..span.start, aliased: false };
    Node { kind: Kind::Mapping(vec![(key, node)]), line, column, span, aliased: false }
}

/// Expands YAML 1.1's `<<`: entries of the merged mappings, except those that stand here already.
fn merge_keys(entries: &mut Vec<(Node, Node)>, span: &Span) -> Result<(), LoadError> {
    let is_merge = |key: &Node| key.scalar().is_some_and(|s| s.plain && s.text == "<<");
    let Some(at) = entries.iter().position(|(key, _)| is_merge(key)) else { return Ok(()) };
    let (_, merged) = entries.remove(at);
    let sources = match merged.kind {
        Kind::Sequence(items) => items,
        _ => vec![merged],
    };
    for source in sources {
        let Kind::Mapping(more) = source.kind else {
            return Err(fault(span, "`<<` merges mappings only"));
        };
        for (key, value) in more {
            if !entries.iter().any(|(other, _)| other.text() == key.text()) {
                entries.push((key, value));
            }
        }
    }
    Ok(())
}

fn core_tag(tag: Option<Cow<'_, Tag>>, span: &Span) -> Result<Option<String>, LoadError> {
    match tag {
        None => Ok(None),
        Some(tag) if tag.is_yaml_core_schema() => Ok(Some(tag.suffix.clone())),
        Some(tag) if tag.handle.is_empty() && tag.suffix == "!" => Ok(Some("str".into())),
        Some(tag) => Err(fault(span, &format!("unknown tag `{}{}`", tag.handle, tag.suffix))),
    }
}

fn mark_aliased(node: &mut Node) {
    node.aliased = true;
    match &mut node.kind {
        Kind::Scalar(_) => {}
        Kind::Sequence(items) => items.iter_mut().for_each(mark_aliased),
        Kind::Mapping(entries) => entries.iter_mut().for_each(|(key, value)| {
            mark_aliased(key);
            mark_aliased(value);
        }),
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.kind {
        Kind::Scalar(_) => 0,
        Kind::Sequence(items) => items.iter().map(size).sum(),
        Kind::Mapping(entries) => entries.iter().map(|(key, value)| size(key) + size(value)).sum(),
    }
}

fn fault(span: &Span, message: &str) -> LoadError {
    LoadError { line: span.start.line(), column: span.start.col() + 1, message: message.to_owned() }
}

/// The parser counts characters, slices need bytes.
struct Offsets {
    /// Byte offset per character; empty when the text is ASCII and both are the same.
    bytes: Vec<usize>,
    len: usize,
}

impl Offsets {
    fn new(text: &str) -> Self {
        let bytes =
            if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(at, _)| at).collect() };
        Self { bytes, len: text.len() }
    }

    fn byte(&self, character: usize) -> usize {
        if self.bytes.is_empty() {
            character.min(self.len)
        } else {
            self.bytes.get(character).copied().unwrap_or(self.len)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn refusal(text: &str) -> String {
        load(text).expect_err("refused").message
    }

    #[test]
    fn spans_cut_out_what_was_written() {
        let text = "a: 1.10 # note\nb: [x, \"y z\"]\nc:\n  d: 'é'\n  e: ü\n\n# tail\n";
        let root = load(text).unwrap();
        let cut = |node: &Node| &text[node.span.clone()];
        assert_eq!(cut(root.get("a").unwrap()), "1.10");
        assert_eq!(cut(root.get("b").unwrap()), "[x, \"y z\"]");
        assert_eq!(cut(&root.get("b").unwrap().items().unwrap()[1]), "\"y z\"");
        let c = root.get("c").unwrap();
        assert_eq!(cut(c.get("d").unwrap()), "'é'");
        assert_eq!(cut(c), "d: 'é'\n  e: ü");
        assert_eq!((c.get("e").unwrap().line, c.get("e").unwrap().column), (5, 6));
    }

    #[test]
    fn aliases_and_merge_keys_are_expanded() {
        let root = load("base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\nsame: *b\n").unwrap();
        assert_eq!(root.get("use").unwrap().json(), serde_json::json!({"y": 3, "x": 1}));
        assert!(root.get("same").unwrap().aliased);
    }

    #[test]
    fn what_could_hurt_is_refused() {
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for n in 1..10 {
            let prior = vec![format!("*a{}", n - 1); 10].join(",");
            bomb.push_str(&format!("a{n}: &a{n} [{prior}]\n"));
        }
        assert!(refusal(&bomb).contains("aliases"));
        let anchors: String = (0..40).map(|n| format!("&a{n} [")).collect();
        assert!(refusal(&format!("{anchors}{}{}", "x,".repeat(20_000), "]".repeat(40))).contains("aliases"));
        assert!(refusal(&"[".repeat(200)).contains("nested"));
        assert!(refusal(&format!("{}x", "- ".repeat(5000))).contains("nested"));
        assert!(refusal(&"- x\n".repeat(60_000)).contains("too large"));
        assert!(refusal("a: 1\na: 2\n").contains("stands twice; first on line 1"));
        assert!(refusal("? [a]\n: b\n").contains("single value"));
        assert!(refusal("a: 1\n---\nb: 2\n").contains("more than one"));
        assert!(refusal("a: !Ref b\n").contains("unknown tag"));
        assert!(refusal("a: *nowhere\n").contains("anchor"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}") {
            let _ = load(&text);
        }

        #[test]
        fn no_yaml_like_text_makes_it_panic(text in "[-a:{}\\[\\],&*!|>'\"#%@`<~? \n\t0-9]{0,120}") {
            if let Ok(node) = load(&text) {
                prop_assert!(text.get(node.span.clone()).is_some());
            }
        }
    }
}
