//! Python's methods of text, lists and mappings.

use std::rc::Rc;

use super::arguments::{Given, int, text as text_of};
use super::budget::VALUE;
use super::failure::{Result, failure, unsupported};
use super::lexer::is_space;
use super::run::Engine;
use super::value::{Dict, Val, View};
use super::{format, operators, text};

const TEXT: &[&str] = &[
    "capitalize",
    "center",
    "count",
    "endswith",
    "find",
    "format",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
    "isdigit",
    "islower",
    "isspace",
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
const LIST: &[&str] =
    &["append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort"];
const DICT: &[&str] =
    &["clear", "copy", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values"];
/// What Python's types have besides, and this engine doesn't.
const OTHERS: &[(&str, &[&str])] = &[
    (
        "str",
        &[
            "casefold",
            "encode",
            "expandtabs",
            "format_map",
            "isdecimal",
            "isidentifier",
            "isnumeric",
            "isprintable",
            "istitle",
            "maketrans",
            "translate",
        ],
    ),
    ("dict", &["fromkeys"]),
    (
        "int",
        &[
            "as_integer_ratio",
            "bit_count",
            "bit_length",
            "conjugate",
            "denominator",
            "from_bytes",
            "imag",
            "numerator",
            "real",
            "to_bytes",
        ],
    ),
    ("float", &["as_integer_ratio", "conjugate", "fromhex", "hex", "imag", "is_integer", "real"]),
    ("range", &["count", "index", "start", "step", "stop"]),
    ("dict_keys", &["isdisjoint", "mapping"]),
    ("dict_items", &["isdisjoint", "mapping"]),
    ("dict_values", &["mapping"]),
    (
        "generator",
        &["close", "gi_code", "gi_frame", "gi_running", "gi_suspended", "gi_yieldfrom", "send", "throw"],
    ),
];

/// Whether a value has a method of this name.
///
/// # Errors
/// Python's has one and this engine's hasn't.
pub(super) fn exists(value: &Val, name: &str) -> Result<bool> {
    let known: &[&str] = match value {
        Val::Str(_) | Val::Safe(_) => TEXT,
        Val::List(_) => LIST,
        Val::Tuple(_) => &["count", "index"],
        Val::Dict(_) => DICT,
        Val::Loop(_) => &["cycle", "changed"],
        Val::Cycler(_) => &["next", "reset"],
        _ => &[],
    };
    if known.contains(&name) {
        return Ok(true);
    }
    let kind = match value {
        Val::Safe(_) => "str",
        Val::Bool(_) => "int",
        other => other.type_name(),
    };
    let is_other = OTHERS.iter().any(|(other, names)| *other == kind && names.contains(&name));
    let is_markup = matches!(value, Val::Safe(_)) && matches!(name, "escape" | "striptags" | "unescape");
    if is_other || is_markup {
        return Err(unsupported(format_args!("`{name}` of a {}", value.type_name())));
    }
    Ok(false)
}

/// Calls a method.
pub(super) fn call(engine: &mut Engine, value: &Val, name: &str, given: Given) -> Result<Val> {
    match value {
        Val::Str(text) => text_method(engine, text, name, given),
        Val::Safe(text) => safe_method(engine, text, name, given),
        Val::List(items) => list_method(engine, items, name, given),
        Val::Tuple(items) => search(engine, items, name, given),
        Val::Dict(dict) => dict_method(engine, dict, name, given),
        Val::Loop(state) if name == "cycle" => {
            if given.positional.is_empty() || !given.named.is_empty() {
                return Err(failure("no items for cycling given"));
            }
            let at = state.index.get() % given.positional.len();
            Ok(given.positional.into_iter().nth(at).unwrap_or(Val::None))
        }
        Val::Loop(state) => {
            let now = given.positional;
            let before = state.changed.borrow().clone();
            let same = match before {
                Some(before) => {
                    operators::equal(&Val::tuple(before), &Val::tuple(now.clone()), &mut engine.budget)?
                }
                None => false,
            };
            if !same {
                *state.changed.borrow_mut() = Some(now);
            }
            Ok(Val::Bool(!same))
        }
        Val::Cycler(cycler) => {
            let [] = given.bind(name, [])?;
            let at = cycler.1.get();
            if name == "reset" {
                cycler.1.set(0);
                return Ok(Val::None);
            }
            cycler.1.set((at + 1) % cycler.0.len());
            Ok(cycler.0.get(at).cloned().unwrap_or(Val::None))
        }
        _ => Err(unsupported(format_args!("`{name}` of a {}", value.type_name()))),
    }
}

/// A method of safe text: what is put into it is escaped, and what comes out is safe.
fn safe_method(engine: &mut Engine, text: &Rc<str>, name: &str, mut given: Given) -> Result<Val> {
    let escape = |value: &mut Val, engine: &mut Engine| -> Result<()> {
        text_of(value, name)?;
        *value = Val::Str(text::escaped(value, &mut engine.budget)?);
        Ok(())
    };
    let escaped = match name {
        "replace" | "center" | "ljust" | "rjust" => given.positional.get_mut(1),
        _ => None,
    };
    if let Some(value) = escaped {
        escape(value, engine)?;
    }
    if let ("join", [items]) = (name, given.positional.as_mut_slice()) {
        let mut parts = items.items(&mut engine.budget)?;
        for part in &mut parts {
            // `escape` takes anything; it makes text of it.
            *part = Val::Str(text::escaped(part, &mut engine.budget)?);
        }
        *items = Val::list(parts);
    }
    if name == "format" {
        return Ok(Val::Safe(format::format(engine, text, &given, true)?.into()));
    }
    let safe = |value: Val| match value {
        Val::Str(text) => Val::Safe(text),
        other => other,
    };
    Ok(match text_method(engine, text, name, given)? {
        Val::List(items) => Val::list(items.take().into_iter().map(safe).collect()),
        Val::Tuple(items) => Val::tuple(items.iter().cloned().map(safe).collect()),
        other => safe(other),
    })
}

fn text_method(engine: &mut Engine, text: &Rc<str>, name: &str, given: Given) -> Result<Val> {
    engine.budget.memory(text.len())?;
    let budget = &mut engine.budget;
    let strings = |parts: Vec<String>| Val::list(parts.into_iter().map(Val::str).collect());
    if !given.named.is_empty() && !matches!(name, "format" | "split" | "rsplit" | "splitlines") {
        return Err(failure(format!("`{name}` takes no named arguments")));
    }
    Ok(match name {
        "format" => Val::str(format::format(engine, text, &given, false)?),
        "lower" | "upper" | "capitalize" | "title" | "swapcase" => {
            let [] = given.bind(name, [])?;
            Val::str(match name {
                "lower" => text.to_lowercase(),
                "upper" => text.to_uppercase(),
                "capitalize" => text::capitalize(text)?,
                "title" => text::title(text)?,
                _ => text
                    .chars()
                    .flat_map(|c| -> Vec<char> {
                        if c.is_uppercase() { c.to_lowercase().collect() } else { c.to_uppercase().collect() }
                    })
                    .collect(),
            })
        }
        "strip" | "lstrip" | "rstrip" => {
            let [chars] = given.bind(name, ["chars"])?;
            let chars = match chars {
                None | Some(Val::None) => None,
                Some(value) => Some(text_of(&value, name)?),
            };
            budget.work(text.len() * chars.as_ref().map_or(1, |c| c.len().max(1)))?;
            let is = |c: char| chars.as_ref().map_or_else(|| is_space(c), |chars| chars.contains(c));
            let kept: &str = text;
            let kept = if name == "rstrip" { kept } else { kept.trim_start_matches(is) };
            Val::str(if name == "lstrip" { kept } else { kept.trim_end_matches(is) })
        }
        "split" | "rsplit" => {
            let [separator, limit] = given.bind(name, ["sep", "maxsplit"])?;
            let separator = match separator {
                None | Some(Val::None) => None,
                Some(value) => Some(text_of(&value, name)?),
            };
            let limit = limit.map_or(Ok(-1), |limit| int(&limit, name))?;
            let parts = text::split(text, separator.as_deref(), limit, name == "rsplit")?;
            budget.memory(parts.len() * VALUE)?;
            strings(parts)
        }
        "splitlines" => {
            let [keep] = given.bind(name, ["keepends"])?;
            if keep.is_some() {
                return Err(unsupported("`keepends`"));
            }
            let lines = text::lines(text);
            budget.memory(lines.len() * VALUE)?;
            strings(lines.into_iter().map(str::to_owned).collect())
        }
        "replace" => {
            let [old, new, count] = given.bind(name, ["old", "new", "count"])?;
            let (Some(old), Some(new)) = (old, new) else { return Err(failure("`replace` takes two texts")) };
            let count = count.map(|count| int(&count, name)).transpose()?;
            Val::str(text::replace(text, &text_of(&old, name)?, &text_of(&new, name)?, count, budget)?)
        }
        "startswith" | "endswith" => {
            let [affix] = given.bind(name, ["affix"])?;
            let affixes = match affix {
                Some(Val::Tuple(items)) => items.to_vec(),
                other => other.into_iter().collect(),
            };
            let mut found = false;
            for affix in &affixes {
                let affix = text_of(affix, name)?;
                found |=
                    if name == "startswith" { text.starts_with(&*affix) } else { text.ends_with(&*affix) };
            }
            if affixes.is_empty() {
                return Err(failure(format!("`{name}` takes text")));
            }
            Val::Bool(found)
        }
        "removeprefix" | "removesuffix" => {
            let [affix] = given.bind(name, ["affix"])?;
            let affix = text_of(&affix.unwrap_or(Val::None), name)?;
            let stripped =
                if name == "removeprefix" { text.strip_prefix(&*affix) } else { text.strip_suffix(&*affix) };
            Val::str(stripped.unwrap_or(text))
        }
        "find" | "rfind" | "index" | "rindex" | "count" => {
            let [part] = given.bind(name, ["sub"])?;
            let part = text_of(&part.unwrap_or(Val::None), name)?;
            budget.work(text.len())?;
            if name == "count" {
                let count =
                    if part.is_empty() { text.chars().count() + 1 } else { text.matches(&*part).count() };
                return Ok(Val::Int(count as i128));
            }
            let at = if name.starts_with('r') { text.rfind(&*part) } else { text.find(&*part) };
            match at.and_then(|at| text.get(..at)) {
                Some(before) => Val::Int(before.chars().count() as i128),
                None if name.ends_with("find") => Val::Int(-1),
                None => return Err(failure("substring not found")),
            }
        }
        "partition" | "rpartition" => {
            let [by] = given.bind(name, ["sep"])?;
            let by = text_of(&by.unwrap_or(Val::None), name)?;
            if by.is_empty() {
                return Err(failure("empty separator"));
            }
            let found = if name == "partition" { text.split_once(&*by) } else { text.rsplit_once(&*by) };
            let whole = Val::Str(text.clone());
            let empty = || Val::str("");
            Val::tuple(match found {
                Some((before, after)) => vec![Val::str(before), Val::Str(by), Val::str(after)],
                None if name == "partition" => vec![whole, empty(), empty()],
                None => vec![empty(), empty(), whole],
            })
        }
        "join" => {
            let [items] = given.bind(name, ["iterable"])?;
            let items = items.unwrap_or(Val::None).items(budget)?;
            let mut out = String::new();
            for (index, item) in items.iter().enumerate() {
                let item = text_of(item, name)?;
                budget.memory(text.len() + item.len())?;
                out.push_str(if index > 0 { text } else { "" });
                out.push_str(&item);
            }
            Val::str(out)
        }
        "center" | "ljust" | "rjust" | "zfill" => {
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
            Val::str(match name {
                "ljust" => format!("{text}{fill}"),
                "rjust" => format!("{fill}{text}"),
                _ => match text.strip_prefix(['+', '-']) {
                    Some(digits) => format!("{}{fill}{digits}", text.get(..1).unwrap_or_default()),
                    None => format!("{fill}{text}"),
                },
            })
        }
        "isupper" | "islower" => Val::Bool(text::is_case(text, name == "isupper")),
        "isascii" => Val::Bool(text.is_ascii()),
        _ => {
            let [] = given.bind(name, [])?;
            if !text.is_ascii() {
                return Err(unsupported(format_args!("`{name}` of text beyond ASCII")));
            }
            let is = |c: char| match name {
                "isalnum" => c.is_alphanumeric(),
                "isalpha" => c.is_alphabetic(),
                "isdigit" => c.is_ascii_digit(),
                _ => is_space(c),
            };
            Val::Bool(!text.is_empty() && text.chars().all(is))
        }
    })
}

/// `count` and `index` of a list or tuple.
fn search(engine: &mut Engine, items: &[Val], name: &str, given: Given) -> Result<Val> {
    let [wanted] = given.bind(name, ["value"])?;
    let wanted = wanted.ok_or_else(|| failure(format!("`{name}` takes a value")))?;
    let mut count = 0;
    for (index, item) in items.iter().enumerate() {
        if operators::equal(item, &wanted, &mut engine.budget)? {
            if name == "index" {
                return Ok(Val::Int(index as i128));
            }
            count += 1;
        }
    }
    if name == "index" { Err(failure("the value is not in the list")) } else { Ok(Val::Int(count)) }
}

fn list_method(
    engine: &mut Engine,
    items: &Rc<std::cell::RefCell<Vec<Val>>>,
    name: &str,
    given: Given,
) -> Result<Val> {
    engine.budget.steps(1 + items.borrow().len() / 16)?;
    if !matches!(name, "copy" | "count" | "index") {
        engine.change(Val::List(items.clone()))?;
    }
    let needed = |value: Option<Val>| value.ok_or_else(|| failure(format!("`{name}` takes a value")));
    match name {
        "append" => {
            let [value] = given.bind(name, ["value"])?;
            items.borrow_mut().push(needed(value)?);
        }
        "extend" => {
            let [values] = given.bind(name, ["values"])?;
            let values = needed(values)?.items(&mut engine.budget)?;
            engine.budget.memory(values.len() * VALUE)?;
            items.borrow_mut().extend(values);
        }
        "insert" => {
            let [at, value] = given.bind(name, ["index", "value"])?;
            let (at, value) = (int(&needed(at)?, name)?, needed(value)?);
            let length = items.borrow().len() as i128;
            let at = if at < 0 { (at + length).max(0) } else { at.min(length) };
            items.borrow_mut().insert(usize::try_from(at).unwrap_or_default(), value);
        }
        "pop" => {
            let [at] = given.bind(name, ["index"])?;
            let at = at.map_or(Ok(-1), |at| int(&at, name))?;
            let length = items.borrow().len();
            let at =
                usize::try_from(if at < 0 { at + length as i128 } else { at }).ok().filter(|at| *at < length);
            let at = at.ok_or_else(|| failure("pop: the index is out of range"))?;
            return Ok(items.borrow_mut().remove(at));
        }
        "remove" => {
            let values = items.borrow().clone();
            let given = Given { positional: given.positional, named: given.named };
            let at = int(&search(engine, &values, "index", given)?, name)?;
            items.borrow_mut().remove(usize::try_from(at).unwrap_or_default());
        }
        "clear" => items.borrow_mut().clear(),
        "copy" => {
            engine.budget.memory(items.borrow().len() * VALUE)?;
            return Ok(Val::list(items.borrow().clone()));
        }
        "reverse" => items.borrow_mut().reverse(),
        "sort" => {
            let [] = given.bind(name, [])?;
            let values = items.borrow().clone();
            *items.borrow_mut() = super::sequences::sorted(engine, values, false)?;
        }
        _ => {
            let values = items.borrow().clone();
            return search(engine, &values, name, given);
        }
    }
    Ok(Val::None)
}

/// Mapping or pairs, then named arguments, into a mapping.
pub(super) fn update(engine: &mut Engine, dict: &mut Dict, given: Given) -> Result<()> {
    if given.positional.len() > 1 {
        return Err(failure("a mapping is made of at most one other"));
    }
    if let Some(other) = given.positional.first() {
        let entries = match other.defined()? {
            Val::Dict(other) => other.borrow().entries.clone(),
            other => {
                let mut entries = Vec::new();
                for pair in other.items(&mut engine.budget)? {
                    let pair: [Val; 2] = pair
                        .items(&mut engine.budget)?
                        .try_into()
                        .map_err(|_| failure("a mapping is made of pairs"))?;
                    entries.push(pair.into());
                }
                entries
            }
        };
        engine.budget.memory(entries.len() * 2 * VALUE)?;
        for (key, value) in entries {
            dict.set(key, value)?;
        }
    }
    for (name, value) in given.named {
        engine.budget.memory(2 * VALUE)?;
        dict.set(Val::Str(name), value)?;
    }
    Ok(())
}

fn dict_method(
    engine: &mut Engine,
    dict: &Rc<std::cell::RefCell<Dict>>,
    name: &str,
    given: Given,
) -> Result<Val> {
    if matches!(name, "clear" | "pop" | "popitem" | "setdefault" | "update") {
        engine.change(Val::Dict(dict.clone()))?;
    }
    if !given.named.is_empty() && name != "update" {
        return Err(failure(format!("`{name}` takes no named arguments")));
    }
    let view = match name {
        "items" => Some(View::Items),
        "keys" => Some(View::Keys),
        "values" => Some(View::Values),
        _ => None,
    };
    if let Some(view) = view {
        let [] = given.bind(name, [])?;
        return Ok(Val::View(view, dict.clone()));
    }
    match name {
        "update" => {
            let mut changed = Dict::default();
            update(engine, &mut changed, given)?;
            for (key, value) in changed.entries {
                dict.borrow_mut().set(key, value)?;
            }
            Ok(Val::None)
        }
        "clear" | "copy" | "popitem" => {
            let [] = given.bind(name, [])?;
            if name == "copy" {
                let mut copy = Dict::default();
                let whole = Given { positional: vec![Val::Dict(dict.clone())], named: Vec::new() };
                update(engine, &mut copy, whole)?;
                return Ok(copy.into_val());
            }
            if name == "clear" {
                dict.borrow_mut().clear();
                return Ok(Val::None);
            }
            let last = dict.borrow().entries.last().cloned();
            let (key, value) = last.ok_or_else(|| failure("popitem: the mapping is empty"))?;
            dict.borrow_mut().remove(&key)?;
            Ok(Val::tuple(vec![key, value]))
        }
        _ => {
            let [key, default] = given.bind(name, ["key", "default"])?;
            let key = key.ok_or_else(|| failure(format!("`{name}` takes a key")))?;
            super::value::Key::of(&key)?;
            let found = dict.borrow().get(&key)?;
            match (name, found) {
                ("get" | "setdefault", Some(found)) => Ok(found),
                ("get", None) => Ok(default.unwrap_or(Val::None)),
                ("setdefault", None) => {
                    let value = default.unwrap_or(Val::None);
                    dict.borrow_mut().set(key, value.clone())?;
                    Ok(value)
                }
                (_, found) => {
                    engine.budget.steps(dict.borrow().entries.len() / 8)?;
                    dict.borrow_mut().remove(&key)?;
                    found.or(default).ok_or_else(|| failure("pop: the key is not in the mapping"))
                }
            }
        }
    }
}
