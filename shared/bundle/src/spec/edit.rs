//! Edits of a text by byte ranges.

use std::ops::Range;

/// Puts `replacement` in place of each range. The ranges must not overlap; their order doesn't matter.
pub(super) fn splice(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for (range, replacement) in edits {
        result.push_str(text.get(done..range.start).unwrap_or_default());
        result.push_str(&replacement);
        done = range.end;
    }
    result.push_str(text.get(done..).unwrap_or_default());
    result
}
