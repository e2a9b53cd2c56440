//! YAML with source positions and lossless scalars.
//!
//! Specs are stored verbatim and edited in place, and a number given where a string is wanted keeps the text that the
//! author wrote (`1.10`, `012345678901`; behaviour 5.1). So the tree keeps every scalar's text and where each node
//! stands, and only [`scalar::resolve`] decides what a plain scalar means. The tree is built from the parser's events
//! without recursion and within limits, because the text comes from outside: depth, number of nodes, and what aliases
//! may multiply (behaviour 4.6; hostile input).

pub(crate) mod emit;
mod load;
pub(crate) mod scalar;
mod wording;

pub(crate) use load::{load, load_cloudformation};

use std::ops::Range;

use serde_json::{Map, Value};

use crate::problem::Problem;
use scalar::Resolved;

/// A node and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// Line from 1.
    pub(crate) line: usize,
    /// Column from 1, in characters.
    pub(crate) column: usize,
    /// Bytes of the source that the node's text occupies (of an alias: the anchored node's).
    pub(crate) span: Range<usize>,
    /// The node came here through an alias or a merge key; editing its span would edit the anchor.
    pub(crate) aliased: bool,
}

/// What a node is.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Vec<(Node, Node)>),
}

/// A scalar as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scalar {
    /// The text after YAML's unescaping and folding.
    pub(crate) text: String,
    /// Only plain scalars can mean anything but text.
    pub(crate) plain: bool,
    /// `str`, `int`, … of a core-schema tag.
    pub(crate) tag: Option<String>,
}

/// Why a text isn't usable YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoadError {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
}

impl LoadError {
    /// As a problem of a bundle's file.
    pub(crate) fn problem(self, file: &str) -> Problem {
        Problem::error(format!("not valid YAML: {}", self.message)).in_file(file).at(self.line, self.column)
    }
}

impl Node {
    /// The node that a way of keys leads to, or the last one on the way that there is.
    pub(crate) fn nearest(&self, keys: &[&str]) -> &Self {
        match keys.split_first().and_then(|(key, rest)| Some((self.get(key)?, rest))) {
            Some((node, rest)) => node.nearest(rest),
            None => self,
        }
    }

    /// The scalar, if it is one.
    pub(crate) fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of a scalar, whatever it resolves to.
    pub(crate) fn text(&self) -> Option<&str> {
        self.scalar().map(|scalar| scalar.text.as_str())
    }

    /// What the scalar means.
    pub(crate) fn resolved(&self) -> Option<Resolved> {
        self.scalar().map(scalar::resolve)
    }

    /// The text of a scalar that is text and nothing else.
    #[cfg(test)]
    pub(crate) fn string(&self) -> Option<&str> {
        matches!(self.resolved(), Some(Resolved::String)).then(|| self.text()).flatten()
    }

    /// The scalar's truth value.
    pub(crate) fn bool(&self) -> Option<bool> {
        match self.resolved() {
            Some(Resolved::Bool(value)) => Some(value),
            _ => None,
        }
    }

    /// Whether nothing stands here.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self.resolved(), Some(Resolved::Null))
    }

    /// The entries, if it is a mapping.
    pub(crate) fn entries(&self) -> Option<&[(Node, Node)]> {
        match &self.kind {
            Kind::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items, if it is a sequence.
    pub(crate) fn items(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The value under a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The key and the value under it.
    pub(crate) fn entry(&self, key: &str) -> Option<&(Node, Node)> {
        self.entries()?.iter().find(|(name, _)| name.text() == Some(key))
    }

    /// The node as JSON with the types that YAML gives; numbers that JSON can't hold become text.
    pub(crate) fn json(&self) -> Value {
        match &self.kind {
            Kind::Scalar(scalar) => scalar::json(scalar),
            Kind::Sequence(items) => Value::Array(items.iter().map(Node::json).collect()),
            Kind::Mapping(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, value)| (key.text().unwrap_or_default().to_owned(), value.json()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// What it is, for messages: `a list`, `text`, ….
    pub(crate) fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar(scalar) => scalar::resolve(scalar).name(),
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a mapping",
        }
    }

    /// A problem at this place of a file.
    pub(crate) fn error(&self, file: &str, message: impl Into<String>) -> Problem {
        Problem::error(message).in_file(file).at(self.line, self.column)
    }

    /// A warning at this place of a file.
    pub(crate) fn warning(&self, file: &str, message: impl Into<String>) -> Problem {
        Problem::warning(message).in_file(file).at(self.line, self.column)
    }
}
