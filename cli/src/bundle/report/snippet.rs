//! A problem with the source line it is about, a caret and a hint, as good compilers show it.
//!
//! Drawn by `annotate-snippets`, which draws for rustc and cargo. Only an excerpt is given to it: the line and two
//! before it, since what a YAML line means is told by the lines above.

use crate::output::{self, HINT, visible, visible_line};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, renderer::DecorStyle};
use protium_bundle::{Problem, Severity};
use std::ops::Range;

/// Lines that are shown before the one that is meant.
const BEFORE: usize = 2;
/// Longest line that is given to the renderer, in characters; it cuts lines to the terminal, this bounds its work.
const LINE_LIMIT: usize = 20_000;

/// Columns that the renderer takes for line numbers and margins.
const GUTTER: usize = 12;

/// A problem to be drawn.
pub(crate) struct Snippet<'a> {
    /// What is wrong, where, and what to do.
    pub(crate) problem: &'a Problem,
    /// Where the file is, as it is printed; nothing when the message says it.
    pub(crate) place: Option<String>,
    /// Content of the file that the problem is in.
    pub(crate) content: Option<&'a [u8]>,
}

impl Snippet<'_> {
    /// The drawing, with a line end.
    pub(crate) fn draw(&self) -> String {
        let level = match self.problem.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let message = visible_line(&self.problem.message);
        let title = level.primary_title(&*message);
        let place = self.place.as_deref().map(visible_line);
        let excerpt = self.excerpt();
        let group = match (&excerpt, &place) {
            (Some(excerpt), place) => Group::with_title(title).element(
                annotate_snippets::Snippet::source(excerpt.text.as_str())
                    .line_start(excerpt.first_line)
                    .path(place.as_deref())
                    .fold(false)
                    .annotation(AnnotationKind::Primary.span(excerpt.span.clone())),
            ),
            (None, Some(place)) => Group::with_title(title).element(self.origin(place)),
            (None, None) => Group::with_title(title),
        };
        let renderer = Renderer::styled().decor_style(DecorStyle::Ascii).term_width(output::width());
        let mut drawing = renderer.render(&[group]).to_string();
        drawing.push('\n');
        drawing.push_str(&self.hint());
        drawing
    }

    fn origin<'p>(&self, place: &'p str) -> Origin<'p> {
        let origin = Origin::path(place);
        match (self.problem.line, self.problem.column) {
            (Some(line), Some(column)) => origin.line(line).char_column(column),
            (Some(line), None) => origin.line(line),
            _ => origin,
        }
    }

    fn excerpt(&self) -> Option<Excerpt> {
        let place = (self.problem.line?, self.problem.column.unwrap_or(1));
        Excerpt::cut(self.content?, place, self.problem.length, output::width().saturating_sub(GUTTER))
    }

    fn hint(&self) -> String {
        let Some(remedy) = &self.problem.remedy else { return String::new() };
        let indent = "\n        ";
        let remedy = visible(remedy).replace('\n', indent);
        format!("  {HINT}help:{HINT:#} {remedy}\n")
    }
}

/// Some lines of a file, and what is meant in them.
#[derive(Debug, PartialEq, Eq)]
struct Excerpt {
    text: String,
    first_line: usize,
    /// Bytes of `text`.
    span: Range<usize>,
}

impl Excerpt {
    /// Cuts out a line (from 1) with those before it, and marks `length` characters from `column` (from 1) on, or the
    /// word there. A column beyond the line's end marks the end.
    ///
    /// Lines before it are cut to `context_limit` characters.
    fn cut(
        content: &[u8],
        (line, column): (usize, usize),
        length: Option<usize>,
        context_limit: usize,
    ) -> Option<Self> {
        let first_line = line.saturating_sub(BEFORE).max(1);
        let mut text = String::new();
        let lines = Lines { rest: content }.skip(first_line - 1).take(line.saturating_sub(first_line) + 1);
        let mut last = (0, 0);
        for (number, bytes) in (first_line..).zip(lines) {
            last = (number, text.len());
            // A long line before would move the one that is meant out of sight.
            let limit = if number == line { LINE_LIMIT } else { context_limit };
            text.push_str(&shown_line(bytes, limit));
            text.push('\n');
        }
        if last.0 != line {
            return None;
        }
        let meant = text.get(last.1..)?.trim_end_matches('\n');
        let from = meant.char_indices().nth(column.saturating_sub(1)).map_or(meant.len(), |(at, _)| at);
        let length = length.unwrap_or_else(|| word_length(meant.get(from..).unwrap_or_default())).max(1);
        let rest = meant.get(from..).unwrap_or_default();
        let to = from + rest.char_indices().nth(length).map_or(rest.len(), |(at, _)| at);
        Some(Self { span: last.1 + from..last.1 + to, text, first_line })
    }
}

/// A line as it may be drawn, no longer than the limit.
fn shown_line(bytes: &[u8], limit: usize) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = visible(text.strip_prefix('\u{feff}').unwrap_or(&text));
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into_owned(),
    }
}

/// Characters of the word, path, quoted text, Jinja tag or tagged YAML value that begins here; none when none does.
fn word_length(rest: &str) -> usize {
    let count = |end: usize| rest.get(..end).unwrap_or_default().chars().count();
    for (open, close) in [("\"", "\""), ("'", "'"), ("{{", "}}"), ("{%", "%}")] {
        if let Some(inner) = rest.strip_prefix(open)
            && let Some(end) = inner.find(close)
        {
            return count(open.len() + end + close.len());
        }
    }
    if rest.starts_with('!') {
        let tag = rest.find(' ').unwrap_or(rest.len());
        let value = rest.get(tag + 1..).unwrap_or_default();
        return count(tag)
            + Some(word_length(value)).filter(|length| *length > 0).map_or(0, |length| length + 1);
    }
    let word = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/')));
    // A colon at the end is that of a key.
    count(rest.get(..word.unwrap_or(rest.len())).unwrap_or_default().trim_end_matches(':').len())
}

/// Lines as YAML and Jinja count them: ended by `\n`, `\r\n` or `\r`.
struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let (line, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let ending = if rest.starts_with(b"\r\n") { 2 } else { rest.len().min(1) };
        self.rest = rest.get(ending..).unwrap_or_default();
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{prelude::*, test_runner::RngSeed};
    use rstest::rstest;

    #[rstest]
    #[case::middle("a: 1\nb: 2\nc: 3\nd: 4\n", 3, 4, None, Some((1, "3")))]
    #[case::windows("a: 1\r\nbc: 2\r\n", 2, 1, None, Some((1, "bc")))]
    #[case::old_mac("a: 1\rbc: 2", 2, 5, None, Some((1, "2")))]
    #[case::length("key: {{ x }}", 1, 6, Some(7), Some((1, "{{ x }}")))]
    #[case::quoted("key: \"a b\" # c", 1, 6, None, Some((1, "\"a b\"")))]
    #[case::tagged("a: !Ref Topic # c", 1, 4, None, Some((1, "!Ref Topic")))]
    #[case::tag_alone("a: !Sub", 1, 4, None, Some((1, "!Sub")))]
    #[case::tag_before_a_list("a: !Join [a]", 1, 4, None, Some((1, "!Join")))]
    #[case::jinja("a: {% if x %}y", 1, 4, None, Some((1, "{% if x %}")))]
    #[case::key("ab: 1", 1, 1, None, Some((1, "ab")))]
    #[case::arn("arn:aws:s3", 1, 1, None, Some((1, "arn:aws:s3")))]
    #[case::unclosed("'a b", 1, 1, None, Some((1, "'")))]
    #[case::beyond_the_line("ab", 1, 99, Some(5), Some((1, "")))]
    #[case::length_beyond("ab", 1, 2, Some(99), Some((1, "b")))]
    #[case::wide("größe: 日本", 1, 8, Some(2), Some((1, "日本")))]
    #[case::byte_order_mark("\u{feff}ab: 1", 1, 1, None, Some((1, "ab")))]
    #[case::beyond_the_file("ab", 7, 1, None, None)]
    #[case::empty("", 1, 1, None, None)]
    fn an_excerpt_marks_what_is_meant(
        #[case] content: &str,
        #[case] line: usize,
        #[case] column: usize,
        #[case] length: Option<usize>,
        #[case] expected: Option<(usize, &str)>,
    ) {
        let excerpt = Excerpt::cut(content.as_bytes(), (line, column), length, 80);
        let found = excerpt.as_ref().map(|e| (e.first_line, &e.text[e.span.clone()]));
        assert_eq!(found, expected);
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 500, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default()
        })]

        /// Whatever a bundle holds and wherever a problem is said to be: it is drawn, within the width, and nothing
        /// that a terminal obeys is in it but our own colours.
        #[test]
        fn anything_can_be_drawn(
            content in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..200),
                any::<String>().prop_map(String::into_bytes),
                "[a \t\r\n\u{1b}\u{9b}日\u{300}\u{200d}\u{202e}{}%'\"!]{0,80}".prop_map(String::into_bytes),
                "[a\t日]{200,400}".prop_map(String::into_bytes),
            ],
            (line, column, length) in (
                prop_oneof![1..6_usize, Just(usize::MAX)],
                prop_oneof![0..300_usize, Just(usize::MAX)],
                prop::option::of(prop_oneof![0..300_usize, Just(usize::MAX)]),
            ),
            words in any::<String>(),
        ) {
            let mut problem = Problem::error(words.clone()).in_file("x").at(line, column).remedy(words.clone());
            problem.length = length;
            let drawn = Snippet { problem: &problem, place: Some(words), content: Some(&content) }.draw();
            let plain = anstream::adapter::strip_str(&drawn).to_string();
            prop_assert!(plain.chars().all(|c| c == '\n' || c == '\t' || !c.is_control()), "{plain:?}");
            prop_assert!(!plain.contains(['\u{202e}', '\u{2066}']), "{plain:?}");
        }
    }
}
