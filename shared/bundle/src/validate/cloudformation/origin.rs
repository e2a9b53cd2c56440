//! From a place in rendered text back to the line of the template.
//!
//! The template is rendered once more with a mark at the end of each line of text. Marks that change nothing but
//! themselves tell which line of the template each rendered line comes from; where they change more (a length is taken,
//! text is cut), the rendered line is all that can be told.

use super::trial::Trial;
use super::{Finding, Problem};

/// Marks are characters of the private planes: nobody's text, one per line.
const FIRST_MARK: u32 = 0xF_0000;
const LAST_MARK: u32 = 0x10_FFFD;

/// Where rendered text comes from.
pub(super) struct Origins<'a> {
    template: Vec<&'a str>,
    rendered: Vec<&'a str>,
    tags: Vec<Tag<'a>>,
    trial: &'a Trial,
    /// Line and column of the rendered text up to which it comes from a line of the template. `None` when unknown.
    marks: Option<Vec<(usize, usize, usize)>>,
    /// Whether only known values decide which way the template takes.
    is_settled: bool,
}

/// A Jinja tag and the lines it stands on, from 1.
struct Tag<'a> {
    text: &'a str,
    lines: std::ops::RangeInclusive<usize>,
}

impl<'a> Origins<'a> {
    pub(super) fn new(path: &str, template: &'a str, rendered: &'a str, trial: &'a mut Trial) -> Self {
        let (marked, tags) = mark(template);
        tags.iter().filter(|tag| tag.text.starts_with("{%")).for_each(|tag| trial.learn(tag.inner()));
        let marks = marked.and_then(|marked| {
            let text = trial.render(path, &marked)?;
            read_marks(&text, rendered)
        });
        let is_settled = tags.iter().filter(|tag| tag.decides()).all(|tag| tag.is_known(trial));
        Self {
            template: template.split('\n').collect(),
            rendered: rendered.split('\n').collect(),
            tags,
            trial,
            marks,
            is_settled,
        }
    }

    /// The problem that a finding is, at its place in the template; `None` when the values of the trial are to blame.
    pub(super) fn problem(&self, path: &str, finding: Finding) -> Option<Problem> {
        let rendered = self.rendered.get(finding.line - 1).copied().unwrap_or_default();
        let mut message = finding.message;
        let (line, column, is_certain, is_as_written) = match self.line(finding.line, finding.column) {
            None => {
                message.push_str(&format!(" (line {} of the rendered template)", finding.line));
                (None, None, self.tags.iter().all(|tag| tag.is_known(self.trial)), true)
            }
            Some(line) => {
                let template = self.template.get(line - 1).copied().unwrap_or_default();
                // Nothing is rendered behind the end, where the text is found unfinished.
                let is_at_end = finding.line >= self.rendered.len() && rendered.trim().is_empty();
                let is_as_written = is_at_end || template.trim_end() == rendered.trim_end();
                if !is_as_written && !self.is_line_known(line) {
                    return None;
                }
                if !is_as_written {
                    message.push_str(&format!(" (rendered: `{}`)", shown(rendered)));
                }
                let column = match (is_at_end, is_as_written) {
                    (true, _) => template.trim_end().chars().count() + 1,
                    (_, true) => finding.column,
                    _ => column(template, rendered, finding.column),
                };
                (Some(line), Some(column), self.is_settled, is_as_written)
            }
        };
        let may_be_elsewhere = !is_certain || !self.trial.is_whole();
        if may_be_elsewhere && finding.missing.is_some_and(|name| self.defines(&name)) {
            return None;
        }
        // Two instances of a service may be told apart by inputs that are the same here.
        // What Jinja leaves empty here, with nothing attached, it fills elsewhere.
        let is_filled =
            finding.empty && line.is_some_and(|line| self.is_tag_on(line) || self.is_tag_on(line + 1));
        let is_mild = finding.mild || is_filled || (finding.repeated && !is_as_written);
        let problem =
            if is_certain && !is_mild { Problem::error(message) } else { Problem::warning(message) };
        Some(Problem { line, column, remedy: finding.remedy, ..problem.in_file(path) })
    }

    /// The line of the template that a rendered place comes from.
    fn line(&self, line: usize, column: usize) -> Option<usize> {
        let marks = self.marks.as_ref()?;
        let next = marks.partition_point(|(l, c, _)| (*l, *c) < (line, column));
        marks.get(next).or(marks.last()).map(|(_, _, line)| *line)
    }

    fn is_line_known(&self, line: usize) -> bool {
        self.tags.iter().filter(|tag| tag.lines.contains(&line)).all(|tag| tag.is_known(self.trial))
    }

    fn is_tag_on(&self, line: usize) -> bool {
        self.tags.iter().any(|tag| tag.lines.contains(&line))
    }

    /// Whether the template has such a key somewhere, on whichever way through it.
    fn defines(&self, name: &str) -> bool {
        self.template.iter().any(|line| {
            let key = line.trim_start().trim_matches(['"', '\'']);
            key.strip_prefix(name).is_some_and(|rest| rest.trim_start_matches(['"', '\'']).starts_with(':'))
                // A name that is put together.
                || (key.contains("{{") && key.trim_end().ends_with(':'))
        })
    }
}

/// The text of the tags that decide which way a template takes.
pub(super) fn deciding(template: &str) -> String {
    let (_, tags) = mark(template);
    tags.iter().filter(|tag| tag.decides()).flat_map(|tag| [tag.inner(), "\n"]).collect()
}

impl Tag<'_> {
    fn decides(&self) -> bool {
        self.text.starts_with("{%") || self.text.contains(" if ")
    }

    /// Whether it has nothing in it but what deployments will have.
    fn is_known(&self, trial: &Trial) -> bool {
        !trial.stood_in(&self.lines) && trial.is_known(self.inner())
    }

    fn inner(&self) -> &str {
        if self.text.starts_with("{#") { "" } else { self.text.trim_matches(['{', '}', '%', '-', '+']) }
    }
}

fn shown(line: &str) -> String {
    let line = line.trim();
    if line.chars().count() > 80 {
        format!("{}…", line.chars().take(80).collect::<String>())
    } else {
        line.to_owned()
    }
}

/// The column in the template's line where the word of the rendered line stands, or where the line begins.
fn column(template: &str, rendered: &str, column: usize) -> usize {
    let word: String =
        rendered.chars().skip(column - 1).take_while(|c| !c.is_whitespace() && *c != ':').collect();
    let begin = template.len() - template.trim_start().len();
    let at = if word.is_empty() { None } else { template.find(&word) };
    template[..at.unwrap_or(begin)].chars().count() + 1
}

/// The template with a mark at the end of each line of text, and its tags. No text when marks could be mistaken.
fn mark(template: &str) -> (Option<String>, Vec<Tag<'_>>) {
    let mut tags = Vec::new();
    let mut marked = String::with_capacity(template.len() * 2);
    let (mut rest, mut line, mut is_raw) = (template, 1, false);
    while !rest.is_empty() {
        let text_end = if is_raw { raw_end(rest) } else { tag_start(rest) };
        let (text, tag_on) = rest.split_at(text_end);
        let after_trim =
            tags.last().is_some_and(|tag: &Tag<'_>| tag.text.ends_with("-}}") || tag.text.ends_with("-%}"));
        line = mark_text(text, line, after_trim, tag_on.is_empty(), &mut marked);
        let tag = &tag_on[..tag_end(tag_on)];
        let first = line;
        line += tag.matches('\n').count();
        marked.push_str(tag);
        if !tag.is_empty() {
            let word = tag.trim_matches(['{', '}', '%', '-', '+', ' ']);
            is_raw = tag.starts_with("{%") && word == "raw";
            tags.push(Tag { text: tag, lines: first..=line });
        }
        rest = &tag_on[tag.len()..];
    }
    let is_free = template.chars().all(|c| (c as u32) < FIRST_MARK) && FIRST_MARK + (line as u32) < LAST_MARK;
    (is_free.then_some(marked), tags)
}

/// Copies text that stands between tags; each of its lines that ends in it gets its mark. The line after it.
fn mark_text(text: &str, mut line: usize, after_trim: bool, is_last: bool, marked: &mut String) -> usize {
    let mut pieces = text.split('\n').peekable();
    let mut is_first = true;
    while let Some(piece) = pieces.next() {
        let ends_here = pieces.peek().is_some();
        let content = piece.trim_end();
        marked.push_str(content);
        // Between a tag that trims and the blank that it trims nothing may stand.
        let is_allowed = !content.is_empty() || (is_first && !after_trim);
        if is_allowed && (ends_here || (is_last && !piece.is_empty())) {
            marked.extend(char::from_u32(FIRST_MARK + line as u32));
        }
        marked.push_str(&piece[content.len()..]);
        if ends_here {
            marked.push('\n');
            line += 1;
        }
        is_first = false;
    }
    line
}

fn tag_start(text: &str) -> usize {
    let opens = |at: &usize| matches!(text.as_bytes().get(at + 1), Some(b'{' | b'%' | b'#'));
    text.match_indices('{').map(|(at, _)| at).find(opens).unwrap_or(text.len())
}

fn raw_end(text: &str) -> usize {
    let is_end =
        |at: &usize| text[at + 2..].trim_start_matches(['-', '+', ' ', '\t', '\n']).starts_with("endraw");
    text.match_indices("{%").map(|(at, _)| at).find(is_end).unwrap_or(text.len())
}

/// The length of the tag that a text begins with.
fn tag_end(text: &str) -> usize {
    let close = match text.get(..2) {
        Some("{#") => return text.find("#}").map_or(text.len(), |at| at + 2),
        Some("{%") => "%}",
        Some("{{") => "}}",
        _ => return 0,
    };
    let (mut quote, mut is_escaped, mut depth) = (None, false, 0_usize);
    for (at, c) in text.char_indices().skip(2) {
        match quote {
            Some(_) if is_escaped => is_escaped = false,
            Some(_) if c == '\\' => is_escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '\'' | '"') => quote = Some(c),
            None if c == '{' => depth += 1,
            None if c == '}' && depth > 0 => depth -= 1,
            None if text[at..].starts_with(close) => return at + 2,
            None => {}
        }
    }
    text.len()
}

/// The marks of a rendered text, when it is `rendered` but for them.
fn read_marks(marked: &str, rendered: &str) -> Option<Vec<(usize, usize, usize)>> {
    let mut marks = Vec::new();
    let mut plain = rendered.chars();
    let (mut line, mut column) = (1, 1);
    for c in marked.chars() {
        if c as u32 >= FIRST_MARK {
            marks.push((line, column, (c as u32 - FIRST_MARK) as usize));
            continue;
        }
        if plain.next() != Some(c) {
            return None;
        }
        (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
    }
    plain.next().is_none().then_some(marks)
}
