//! Python's methods of text.

use std::rc::Rc;

use super::arguments::{Given, int, text as text_of};
use super::budget::Budget;
use super::failure::{Result, failure, unsupported};
use super::lexer::is_space;
use super::run::Engine;
use super::value::Val;
use super::{format, markup, text};

/// All that there are.
pub(super) const NAMES: &[&str] = &[
    "capitalize",
    "casefold",
    "center",
    "count",
    "endswith",
    "expandtabs",
    "find",
    "format",
    "format_map",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "join",
    "ljust",
    "lower",
    "lstrip",
    "partition",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "upper",
    "zfill",
];

/// A method of safe text: what is put into it is escaped, and what comes out is safe.
pub(super) fn call_safe(engine: &mut Engine, text: &Rc<str>, name: &str, mut given: Given) -> Result<Val> {
    let put_in = match name {
        "replace" | "center" | "ljust" | "rjust" => given.positional.get_mut(1),
        _ => None,
    };
    if let Some(value) = put_in {
        text_of(value, name)?;
        *value = Val::Str(markup::escaped(value, &mut engine.budget)?);
    }
    if let ("join", [items]) = (name, given.positional.as_mut_slice()) {
        let mut parts = items.items(&mut engine.budget)?;
        for part in &mut parts {
            *part = Val::Str(markup::escaped(part, &mut engine.budget)?);
        }
        *items = Val::list(parts);
    }
    if name.starts_with("format") {
        let given = format_values(name, given)?;
        return Ok(Val::Safe(format::format(engine, text, &given, true)?.into()));
    }
    let safe = |value: Val| match value {
        Val::Str(text) => Val::Safe(text),
        other => other,
    };
    Ok(match call(engine, text, name, given)? {
        Val::List(items) => Val::list(items.borrow().iter().cloned().map(safe).collect()),
        Val::Tuple(items) => Val::tuple(items.iter().cloned().map(safe).collect()),
        other => safe(other),
    })
}

/// A method of text.
pub(super) fn call(engine: &mut Engine, text: &Rc<str>, name: &str, given: Given) -> Result<Val> {
    // A letter's other case may take three times its bytes.
    let growth = if matches!(name, "upper" | "title" | "capitalize" | "swapcase") { 3 } else { 1 };
    engine.budget.memory(text.len() * growth)?;
    let takes_named = matches!(name, "format" | "split" | "rsplit" | "splitlines" | "expandtabs");
    if !given.named.is_empty() && !takes_named {
        return Err(failure(format!("`{name}` takes no named arguments")));
    }
    let budget = &mut engine.budget;
    match name {
        "format" | "format_map" => {
            let given = format_values(name, given)?;
            Ok(Val::str(format::format(engine, text, &given, false)?))
        }
        "lower" | "upper" | "capitalize" | "title" | "swapcase" | "casefold" => case(text, name, given),
        "strip" | "lstrip" | "rstrip" => strip(text, name, given, budget),
        "split" | "rsplit" | "splitlines" | "partition" | "rpartition" => split(text, name, given, budget),
        "replace" | "removeprefix" | "removesuffix" => replace(text, name, given, budget),
        "startswith" | "endswith" | "find" | "rfind" | "index" | "rindex" | "count" => {
            search(text, name, given, budget)
        }
        "join" => join(text, given, budget),
        "center" | "ljust" | "rjust" | "zfill" => pad(text, name, given, budget),
        "expandtabs" => expand_tabs(text, given, budget),
        _ => {
            let [] = given.bind(name, [])?;
            is(text, name).map(Val::Bool)
        }
    }
}

fn format_values(name: &str, given: Given) -> Result<Given> {
    if name == "format" {
        return Ok(given);
    }
    let [mapping] = given.bind(name, ["mapping"])?;
    let Some(Val::Dict(mapping)) = mapping else { return Err(failure("`format_map` takes a mapping")) };
    let mut values = Given::default();
    for (key, value) in &mapping.borrow().entries {
        if let Some(name) = key.text() {
            values.named.push((name.clone(), value.clone()));
        }
    }
    Ok(values)
}

fn case(text: &str, name: &str, given: Given) -> Result<Val> {
    let [] = given.bind(name, [])?;
    Ok(Val::str(match name {
        "lower" => text.to_lowercase(),
        "upper" => text.to_uppercase(),
        "capitalize" => text::capitalize(text)?,
        "title" => text::title(text)?,
        "casefold" if text.is_ascii() => text.to_lowercase(),
        "casefold" => return Err(unsupported("`casefold` of text beyond ASCII")),
        _ => {
            let mut swapped = String::new();
            for c in text.chars() {
                if c.is_uppercase() {
                    swapped.extend(c.to_lowercase());
                } else {
                    swapped.extend(c.to_uppercase());
                }
            }
            swapped
        }
    }))
}

fn strip(text: &str, name: &str, given: Given, budget: &mut Budget) -> Result<Val> {
    let [chars] = given.bind(name, ["chars"])?;
    let chars = match chars {
        None | Some(Val::None) => None,
        Some(value) => Some(text_of(&value, name)?),
    };
    budget.work(text.len().saturating_mul(chars.as_ref().map_or(1, |chars| chars.len().max(1))))?;
    let is = |c: char| chars.as_ref().map_or_else(|| is_space(c), |chars| chars.contains(c));
    let text = if name == "rstrip" { text } else { text.trim_start_matches(is) };
    Ok(Val::str(if name == "lstrip" { text } else { text.trim_end_matches(is) }))
}

fn split(text: &Rc<str>, name: &str, given: Given, budget: &mut Budget) -> Result<Val> {
    if name.ends_with("partition") {
        return partition(text, name, given);
    }
    let parts = if name == "splitlines" {
        let [keep] = given.bind(name, ["keepends"])?;
        let keep = keep.map_or(Ok(false), |keep| keep.truth())?;
        let lines = if keep { text::lines_with_ends(text, budget)? } else { text::lines(text, budget)? };
        lines.into_iter().map(str::to_owned).collect()
    } else {
        let [separator, limit] = given.bind(name, ["sep", "maxsplit"])?;
        let separator = match separator {
            None | Some(Val::None) => None,
            Some(value) => Some(text_of(&value, name)?),
        };
        let limit = limit.map_or(Ok(-1), |limit| int(&limit, name))?;
        text::split(text, separator.as_deref(), limit, name == "rsplit", budget)?
    };
    Ok(Val::list(parts.into_iter().map(Val::str).collect()))
}

fn partition(text: &Rc<str>, name: &str, given: Given) -> Result<Val> {
    let [by] = given.bind(name, ["sep"])?;
    let by = text_of(&by.unwrap_or(Val::None), name)?;
    if by.is_empty() {
        return Err(failure("empty separator"));
    }
    let found = if name == "partition" { text.split_once(&*by) } else { text.rsplit_once(&*by) };
    let whole = Val::Str(text.clone());
    let empty = || Val::str("");
    Ok(Val::tuple(match found {
        Some((before, after)) => vec![Val::str(before), Val::Str(by), Val::str(after)],
        None if name == "partition" => vec![whole, empty(), empty()],
        None => vec![empty(), empty(), whole],
    }))
}

fn replace(text: &str, name: &str, given: Given, budget: &mut Budget) -> Result<Val> {
    if name == "replace" {
        let [old, new, count] = given.bind(name, ["old", "new", "count"])?;
        let (Some(old), Some(new)) = (old, new) else { return Err(failure("`replace` takes two texts")) };
        let count = count.map(|count| int(&count, name)).transpose()?;
        let (old, new) = (text_of(&old, name)?, text_of(&new, name)?);
        return Ok(Val::str(text::replace(text, &old, &new, count, budget)?));
    }
    let [affix] = given.bind(name, ["affix"])?;
    let affix = text_of(&affix.unwrap_or(Val::None), name)?;
    let stripped =
        if name == "removeprefix" { text.strip_prefix(&*affix) } else { text.strip_suffix(&*affix) };
    Ok(Val::str(stripped.unwrap_or(text)))
}

/// `find(part, start, end)` and its like.
fn search(text: &str, name: &str, given: Given, budget: &mut Budget) -> Result<Val> {
    let [part, start, end] = given.bind(name, ["sub", "start", "end"])?;
    let part = part.ok_or_else(|| failure(format!("`{name}` takes text")))?;
    budget.work(text.len())?;
    let window = window(text, start, end, name)?;
    if name.ends_with("with") {
        let affixes = match &part {
            Val::Tuple(items) => items.to_vec(),
            _ => vec![part.clone()],
        };
        let mut found = false;
        for affix in &affixes {
            let affix = text_of(affix, name)?;
            found |= window.is_some_and(|(_, text)| {
                if name == "startswith" { text.starts_with(&*affix) } else { text.ends_with(&*affix) }
            });
        }
        return Ok(Val::Bool(found));
    }
    let part = text_of(&part, name)?;
    let Some((skipped, text)) = window else {
        return match name {
            "count" => Ok(Val::Int(0)),
            "find" | "rfind" => Ok(Val::Int(-1)),
            _ => Err(failure("substring not found")),
        };
    };
    if name == "count" {
        let count = if part.is_empty() { text.chars().count() + 1 } else { text.matches(&*part).count() };
        return Ok(Val::Int(count as i128));
    }
    let at = if name.starts_with('r') { text.rfind(&*part) } else { text.find(&*part) };
    match at.and_then(|at| text.get(..at)) {
        Some(before) => Ok(Val::Int((skipped + before.chars().count()) as i128)),
        None if name.ends_with("find") => Ok(Val::Int(-1)),
        None => Err(failure("substring not found")),
    }
}

/// The text from `start` to `end`, and how many characters lie before it; nothing where it begins behind the end.
fn window<'t>(
    text: &'t str,
    start: Option<Val>,
    end: Option<Val>,
    name: &str,
) -> Result<Option<(usize, &'t str)>> {
    let bound = |value: Option<Val>| match value {
        None | Some(Val::None) => Ok(None),
        Some(value) => int(&value, name).map(Some),
    };
    let (start, end) = (bound(start)?, bound(end)?);
    if start.is_none() && end.is_none() {
        return Ok(Some((0, text)));
    }
    let length = text.chars().count() as i128;
    let position = |bound: i128| (if bound < 0 { bound.saturating_add(length) } else { bound }).max(0);
    let (start, end) = (position(start.unwrap_or(0)), position(end.unwrap_or(length)).min(length));
    if start > end {
        return Ok(None);
    }
    let (start, end) = (usize::try_from(start).unwrap_or_default(), usize::try_from(end).unwrap_or_default());
    let byte = |at: usize| text.char_indices().nth(at).map_or(text.len(), |(byte, _)| byte);
    Ok(text.get(byte(start)..byte(end)).map(|window| (start, window)))
}

fn join(text: &str, given: Given, budget: &mut Budget) -> Result<Val> {
    let [items] = given.bind("join", ["iterable"])?;
    let items = items.unwrap_or(Val::None).items(budget)?;
    let mut out = String::new();
    for (index, item) in items.iter().enumerate() {
        let item = text_of(item, "join")?;
        budget.memory(text.len() + item.len())?;
        out.push_str(if index > 0 { text } else { "" });
        out.push_str(&item);
    }
    Ok(Val::str(out))
}

fn pad(text: &str, name: &str, given: Given, budget: &mut Budget) -> Result<Val> {
    let [width, fill] = given.bind(name, ["width", "fillchar"])?;
    let width = int(&width.unwrap_or(Val::None), name)?;
    let fill = match fill {
        None => {
            if name == "zfill" {
                '0'
            } else {
                ' '
            }
        }
        Some(fill) => {
            let fill = text_of(&fill, name)?;
            let mut chars = fill.chars();
            match (chars.next(), chars.next()) {
                (Some(fill), None) if name != "zfill" => fill,
                _ => return Err(failure("the fill character must be exactly one character")),
            }
        }
    };
    if name == "center" {
        return Ok(Val::str(text::center(text, width, fill, budget)?));
    }
    let missing = text::padding(text, width, budget)?;
    let fill: String = std::iter::repeat_n(fill, missing).collect();
    Ok(Val::str(match name {
        "ljust" => format!("{text}{fill}"),
        "rjust" => format!("{fill}{text}"),
        _ => match text.strip_prefix(['+', '-']) {
            Some(digits) => format!("{}{fill}{digits}", text.get(..1).unwrap_or_default()),
            None => format!("{fill}{text}"),
        },
    }))
}

fn expand_tabs(text: &str, given: Given, budget: &mut Budget) -> Result<Val> {
    let [size] = given.bind("expandtabs", ["tabsize"])?;
    let size = super::budget::width(size.map_or(Ok(8), |size| int(&size, "expandtabs"))?)?;
    budget.memory(text.len() + text.matches('\t').count().saturating_mul(size))?;
    let mut out = String::new();
    let mut column = 0;
    for c in text.chars() {
        match c {
            '\t' if size > 0 => {
                let spaces = size - column % size;
                out.extend(std::iter::repeat_n(' ', spaces));
                column += spaces;
            }
            '\t' => {}
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            _ => {
                out.push(c);
                column += 1;
            }
        }
    }
    Ok(Val::str(out))
}

/// `isalpha` and its like.
fn is(text: &str, name: &str) -> Result<bool> {
    match name {
        "isupper" | "islower" => return Ok(text::is_case(text, name == "isupper")),
        "isascii" => return Ok(text.is_ascii()),
        _ if !text.is_ascii() => return Err(unsupported(format_args!("`{name}` of text beyond ASCII"))),
        "istitle" => return Ok(text.chars().any(char::is_alphabetic) && text::title(text)? == text),
        "isprintable" => return Ok(!text.chars().any(|c| c.is_ascii_control())),
        "isidentifier" => {
            let begins = text.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic());
            return Ok(begins && text.chars().all(|c| c == '_' || c.is_ascii_alphanumeric()));
        }
        _ => {}
    }
    let is = |c: char| match name {
        "isalnum" => c.is_alphanumeric(),
        "isalpha" => c.is_alphabetic(),
        "isspace" => is_space(c),
        _ => c.is_ascii_digit(),
    };
    Ok(!text.is_empty() && text.chars().all(is))
}
