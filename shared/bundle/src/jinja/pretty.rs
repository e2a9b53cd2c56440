//! The filter `pprint`: Python's `pprint.pformat`, within 80 columns.

use super::budget::Budget;
use super::failure::{Result, failure, unsupported};
use super::repr::repr;
use super::text::lines_with_ends;
use super::value::Val;

const WIDTH: usize = 80;

/// `value | pprint`.
pub(super) fn pretty(value: &Val, budget: &mut Budget) -> Result<String> {
    let sorted = sorted(value, budget, 0)?;
    let mut pretty = Pretty { out: String::new(), budget };
    pretty.format(&sorted, 0, 0, 0)?;
    Ok(pretty.out)
}

/// The value with the keys of all its mappings in order.
fn sorted(value: &Val, budget: &mut Budget, depth: usize) -> Result<Val> {
    if depth > 50 {
        return Err(failure("a value nested more than 50 deep can't be printed"));
    }
    budget.memory(super::budget::VALUE)?;
    Ok(match value {
        Val::List(items) => {
            let items = items.borrow().clone();
            Val::list(items.iter().map(|item| sorted(item, budget, depth + 1)).collect::<Result<_>>()?)
        }
        Val::Tuple(items) => {
            Val::tuple(items.iter().map(|item| sorted(item, budget, depth + 1)).collect::<Result<_>>()?)
        }
        Val::Dict(dict) => {
            let mut entries = dict.borrow().entries.clone();
            if entries.iter().any(|(key, _)| key.text().is_none()) {
                return Err(unsupported("`pprint` of keys that aren't text"));
            }
            entries.sort_by(|(a, _), (b, _)| a.text().cmp(&b.text()));
            let mut dict = super::value::Dict::default();
            for (key, value) in entries {
                dict.set(key, sorted(&value, budget, depth + 1)?)?;
            }
            dict.into_val()
        }
        other => other.clone(),
    })
}

struct Pretty<'b> {
    out: String,
    budget: &'b mut Budget,
}

impl Pretty<'_> {
    fn line(&mut self, indent: usize) {
        self.out.push_str(",\n");
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    /// `allowance` is the room that closing brackets behind the value need.
    fn format(&mut self, value: &Val, indent: usize, allowance: usize, level: usize) -> Result<()> {
        let whole = repr(value, self.budget)?;
        if whole.chars().count() + indent + allowance <= WIDTH {
            self.out.push_str(&whole);
            return Ok(());
        }
        self.budget.memory(indent + 8)?;
        match value {
            Val::Dict(dict) => {
                self.out.push('{');
                let entries = dict.borrow().entries.clone();
                let last = entries.len().saturating_sub(1);
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index > 0 {
                        self.line(indent + 1);
                    }
                    let key = repr(key, self.budget)?;
                    let below = indent + 1 + key.chars().count() + 2;
                    self.out.push_str(&key);
                    self.out.push_str(": ");
                    self.format(value, below, if index == last { allowance + 1 } else { 1 }, level + 1)?;
                }
                self.out.push('}');
                Ok(())
            }
            Val::List(items) => {
                let items = items.borrow().clone();
                self.items("[", &items, "]", indent, allowance, level)
            }
            Val::Tuple(items) => {
                self.items("(", items, if items.len() == 1 { ",)" } else { ")" }, indent, allowance, level)
            }
            Val::Str(text) => self.text(text, indent, allowance, level),
            _ => {
                self.out.push_str(&whole);
                Ok(())
            }
        }
    }

    fn items(
        &mut self,
        open: &str,
        items: &[Val],
        close: &str,
        indent: usize,
        allowance: usize,
        level: usize,
    ) -> Result<()> {
        self.out.push_str(open);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.line(indent + 1);
            }
            let allowance = if index + 1 == items.len() { allowance + close.len() } else { 1 };
            self.format(item, indent + 1, allowance, level + 1)?;
        }
        self.out.push_str(close);
        Ok(())
    }

    /// Text in several literals, broken behind line ends and white space.
    fn text(&mut self, text: &str, indent: usize, allowance: usize, level: usize) -> Result<()> {
        let outer = usize::from(level == 0);
        let (indent, allowance) = (indent + outer, allowance + outer);
        let room = |reserved: usize| WIDTH as i64 - indent as i64 - reserved as i64;
        let lines = lines_with_ends(text, self.budget)?;
        let mut length = |text: &str| -> Result<(String, i64)> {
            let written = repr(&Val::str(text), self.budget)?;
            let length = written.chars().count() as i64;
            Ok((written, length))
        };
        let mut chunks: Vec<String> = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            let is_last = index + 1 == lines.len();
            let (whole, whole_length) = length(line)?;
            if whole_length <= room(if is_last { allowance } else { 0 }) {
                chunks.push(whole);
                continue;
            }
            let parts = words_with_space(line);
            let mut current = String::new();
            for (at, part) in parts.iter().enumerate() {
                let reserved = if is_last && at + 1 == parts.len() { allowance } else { 0 };
                let candidate = format!("{current}{part}");
                if length(&candidate)?.1 > room(reserved) {
                    if !current.is_empty() {
                        chunks.push(length(&current)?.0);
                    }
                    current = (*part).to_owned();
                } else {
                    current = candidate;
                }
            }
            if !current.is_empty() {
                chunks.push(length(&current)?.0);
            }
        }
        if let [only] = chunks.as_slice() {
            self.out.push_str(only);
            return Ok(());
        }
        let separator = format!("\n{}", " ".repeat(indent));
        self.budget.memory(chunks.len() * separator.len())?;
        let joined = chunks.join(&separator);
        self.out.push_str(&if outer == 1 { format!("({joined})") } else { joined });
        Ok(())
    }
}

/// Runs of other characters, each with the white space behind it.
fn words_with_space(line: &str) -> Vec<&str> {
    let space = super::lexer::is_space;
    let mut parts = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let word = rest.find(space).unwrap_or(rest.len());
        let after = rest.get(word..).unwrap_or_default();
        let end = word + (after.len() - after.trim_start_matches(space).len());
        let (part, left) = rest.split_at(end);
        parts.push(part);
        rest = left;
    }
    parts
}
