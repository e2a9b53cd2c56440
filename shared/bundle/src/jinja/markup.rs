//! Filters that are about HTML: escaping, attributes, tags.

use std::rc::Rc;

use super::arguments::Given;
use super::budget::Budget;
use super::failure::{Result, failure, unsupported};
use super::repr::str_of;
use super::value::Val;

/// `escape`: with the entities that Python's has; what is safe stays.
pub(super) fn escaped(value: &Val, budget: &mut Budget) -> Result<Rc<str>> {
    let text = str_of(value, budget)?;
    if matches!(value, Val::Safe(_)) {
        return Ok(text);
    }
    Ok(force_escaped(&text, budget)?.into())
}

/// `forceescape`.
pub(super) fn force_escaped(text: &str, budget: &mut Budget) -> Result<String> {
    budget.memory(text.len() * 5)?;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&#39;"),
            '"' => out.push_str("&#34;"),
            c => out.push(c),
        }
    }
    Ok(out)
}

/// `xmlattr(autospace=true)`: a mapping as attributes, without those that are none or undefined.
pub(super) fn attributes(value: &Val, given: Given, budget: &mut Budget) -> Result<String> {
    let [space] = given.bind("xmlattr", ["autospace"])?;
    let space = space.map_or(Ok(true), |space| space.truth())?;
    let Val::Dict(dict) = value.defined()? else {
        return Err(failure(format!("`xmlattr` takes a mapping, not {}", value.type_name())));
    };
    let entries = dict.borrow().entries.clone();
    let mut items = Vec::new();
    for (key, value) in entries {
        if matches!(value, Val::None | Val::Undefined { .. }) {
            continue;
        }
        let name = key.text().ok_or_else(|| failure("`xmlattr` takes text as names"))?;
        if name.contains([' ', '\t', '\n', '\r', '\u{b}', '\u{c}', '/', '>', '=']) {
            return Err(failure(format!("`xmlattr`: `{name}` is no name of an attribute")));
        }
        items.push(format!("{}=\"{}\"", escaped(&key, budget)?, escaped(&value, budget)?));
    }
    let joined = items.join(" ");
    Ok(if space && !joined.is_empty() { format!(" {joined}") } else { joined })
}

/// `striptags`: without tags and comments, white space collapsed, entities read.
pub(super) fn without_tags(text: &str) -> Result<String> {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let tag = rest.get(start..).unwrap_or_default();
        let (from, end) = if tag.starts_with("<!--") { (4, "-->") } else { (0, ">") };
        let Some(at) = tag.get(from..).and_then(|tag| tag.find(end)) else { break };
        kept.push_str(rest.get(..start).unwrap_or_default());
        rest = tag.get(from + at + end.len()..).unwrap_or_default();
    }
    kept.push_str(rest);
    let words: Vec<_> = kept.split(super::lexer::is_space).filter(|word| !word.is_empty()).collect();
    unescaped(&words.join(" "))
}

fn unescaped(text: &str) -> Result<String> {
    let mut out = String::new();
    let mut rest = text;
    let known =
        [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&#39;", '\''), ("&#34;", '"')];
    while let Some(at) = rest.find('&') {
        let (before, entity) = rest.split_at(at);
        out.push_str(before);
        if let Some((name, c)) = known.iter().find(|(name, _)| entity.starts_with(name)) {
            out.push(*c);
            rest = entity.get(name.len()..).unwrap_or_default();
            continue;
        }
        let next = entity.chars().nth(1);
        if next.is_some_and(|c| c == '#' || !(c.is_ascii_whitespace() || "<&;".contains(c))) {
            return Err(unsupported("`striptags` of this entity"));
        }
        out.push('&');
        rest = entity.get(1..).unwrap_or_default();
    }
    out.push_str(rest);
    Ok(out)
}
