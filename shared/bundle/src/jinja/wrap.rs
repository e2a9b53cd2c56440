//! The filter `wordwrap`, line for line as Python's `textwrap` does it.

use super::arguments::{Given, int, text as text_of};
use super::budget::{self, Budget};
use super::failure::{Result, failure};
use super::text;

/// How lines are broken.
struct Wrap {
    width: usize,
    break_long_words: bool,
    break_on_hyphens: bool,
}

/// `wordwrap(width=79, break_long_words=true, wrapstring="\n", break_on_hyphens=true)`.
pub(super) fn word_wrap(source: &str, given: Given, budget: &mut Budget) -> Result<String> {
    let names = ["width", "break_long_words", "wrapstring", "break_on_hyphens"];
    let [width, long_words, separator, hyphens] = given.bind("wordwrap", names)?;
    let width = width.map_or(Ok(79), |width| int(&width, "wordwrap"))?;
    if width <= 0 {
        return Err(failure("`wordwrap` takes a width above 0"));
    }
    let flag = |flag: Option<super::value::Val>| flag.map_or(Ok(true), |flag| flag.truth());
    let wrap = Wrap {
        width: budget::width(width)?,
        break_long_words: flag(long_words)?,
        break_on_hyphens: flag(hyphens)?,
    };
    let separator = match separator {
        None | Some(super::value::Val::None) => "\n".into(),
        Some(separator) => text_of(&separator, "wordwrap")?,
    };
    // At worst each character becomes a line.
    budget.memory(source.len().saturating_mul(1 + separator.len()))?;
    budget.steps(source.len() / 4)?;
    let mut lines = Vec::new();
    for line in text::lines(source, budget)? {
        let wrapped = wrap.lines(line);
        lines.push(if wrapped.is_empty() { String::new() } else { wrapped.join(&separator) });
    }
    Ok(lines.join(&separator))
}

fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | ' ')
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn is_letter(c: char) -> bool {
    is_word(c) && !c.is_numeric()
}

fn is_word_or_mark(c: char) -> bool {
    is_word(c) || "!\"'&.,?".contains(c)
}

impl Wrap {
    fn lines(&self, line: &str) -> Vec<String> {
        let chars: Vec<char> = line.chars().collect();
        let mut chunks = self.chunks(&chars);
        chunks.reverse();
        let mut lines: Vec<String> = Vec::new();
        let is_blank = |chunk: &[char]| chunk.iter().all(|c| super::lexer::is_space(*c));
        while let Some(next) = chunks.last() {
            if is_blank(next) && !lines.is_empty() {
                chunks.pop();
            }
            let mut current: Vec<&[char]> = Vec::new();
            let mut length = 0;
            while let Some(chunk) = chunks.pop_if(|chunk| length + chunk.len() <= self.width) {
                length += chunk.len();
                current.push(chunk);
            }
            if chunks.last().is_some_and(|chunk| chunk.len() > self.width) {
                self.long_word(&mut chunks, &mut current, length);
            }
            current.pop_if(|chunk| is_blank(chunk));
            if !current.is_empty() {
                lines.push(current.concat().into_iter().collect());
            }
        }
        lines
    }

    fn long_word<'c>(&self, chunks: &mut Vec<&'c [char]>, current: &mut Vec<&'c [char]>, length: usize) {
        let Some(chunk) = chunks.pop() else { return };
        if !self.break_long_words {
            if current.is_empty() {
                current.push(chunk)
            } else {
                chunks.push(chunk)
            }
            return;
        }
        let mut end = self.width - length;
        if self.break_on_hyphens && chunk.len() > end {
            let hyphen = chunk.iter().take(end).rposition(|c| *c == '-').unwrap_or(0);
            if chunk.iter().take(hyphen).any(|c| *c != '-') {
                end = hyphen + 1;
            }
        }
        let (head, rest) = chunk.split_at(end.min(chunk.len()));
        current.push(head);
        chunks.push(rest);
    }

    /// White space and words in turn; with hyphens, words end behind those between letters, too.
    fn chunks<'c>(&self, chars: &'c [char]) -> Vec<&'c [char]> {
        let mut chunks = Vec::new();
        let mut at = 0;
        while at < chars.len() {
            let end = self.chunk_end(chars, at).max(at + 1);
            chunks.push(chars.get(at..end).unwrap_or_default());
            at = end;
        }
        chunks
    }

    fn chunk_end(&self, chars: &[char], start: usize) -> usize {
        let is = |at: usize, test: fn(char) -> bool| chars.get(at).is_some_and(|c| test(*c));
        let before = |at: usize, back: usize, test: fn(char) -> bool| {
            at.checked_sub(back).is_some_and(|at| chars.get(at).is_some_and(|c| test(*c)))
        };
        let run = |from: usize, test: fn(char) -> bool| {
            from + chars.iter().skip(from).take_while(|c| test(**c)).count()
        };
        if is(start, is_space) {
            return run(start, is_space);
        }
        if !self.break_on_hyphens {
            return run(start, |c| !is_space(c));
        }
        let is_hyphen = |c: char| c == '-';
        // Whether hyphens up to the end are a dash between words.
        let is_dash =
            |at: usize, end: usize| end >= at + 2 && is(end, is_word) && before(at, 1, is_word_or_mark);
        let mut hyphens_end = run(start, is_hyphen);
        if is_dash(start, hyphens_end) {
            return hyphens_end;
        }
        for end in start + 1.. {
            if end >= chars.len() || is(end, is_space) {
                return end;
            }
            let after_letters = before(end, 1, is_letter) && before(end, 2, is_letter);
            let after_hyphen =
                before(end, 1, is_word_or_mark) && before(end, 2, is_hyphen) && before(end, 3, is_letter);
            let letters_follow = is(end + 1, is_letter)
                && (is(end + 2, is_letter) || (is(end + 2, is_hyphen) && is(end + 3, is_letter)));
            if is(end, is_hyphen) && (after_letters || after_hyphen) && letters_follow {
                return end + 1;
            }
            if end >= hyphens_end {
                hyphens_end = run(end, is_hyphen);
            }
            if is_dash(end, hyphens_end) {
                return end;
            }
        }
        chars.len()
    }
}
