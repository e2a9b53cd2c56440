//! What is expected and what is rendered, side by side.

use similar::TextDiff;
use std::{collections::BTreeMap, time::Duration};

/// How long to look for the shortest difference of two files; after that a longer one will do.
const PATIENCE: Duration = Duration::from_millis(500);

/// A file that isn't as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Path below `expected`.
    pub(crate) file: String,
    pub(crate) change: Change,
}

/// In what way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// The content; a unified difference from what is expected, without header.
    Content(String),
    /// The content, which isn't text.
    Bytes,
    /// It isn't rendered.
    Missing,
    /// It is rendered and isn't expected.
    Unexpected,
}

/// All differences, by path.
pub(crate) fn compare(
    expected: &BTreeMap<String, Vec<u8>>,
    rendered: &BTreeMap<String, Vec<u8>>,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (file, before) in expected {
        let change = match rendered.get(file) {
            None => Change::Missing,
            Some(after) if after == before => continue,
            Some(after) => content(before, after),
        };
        differences.push(Difference { file: file.clone(), change });
    }
    let unexpected = rendered.keys().filter(|file| !expected.contains_key(*file));
    differences.extend(unexpected.map(|file| Difference { file: file.clone(), change: Change::Unexpected }));
    differences.sort_by(|a, b| a.file.cmp(&b.file));
    differences
}

fn content(before: &[u8], after: &[u8]) -> Change {
    match (std::str::from_utf8(before), std::str::from_utf8(after)) {
        (Ok(before), Ok(after)) => {
            let difference = TextDiff::configure().timeout(PATIENCE).diff_lines(before, after);
            Change::Content(difference.unified_diff().context_radius(3).to_string())
        }
        _ => Change::Bytes,
    }
}
