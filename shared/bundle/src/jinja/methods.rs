//! Python's methods: which there are, and those of lists and mappings.

use std::rc::Rc;

use super::arguments::{Given, int};
use super::budget::VALUE;
use super::dismantle::Items;
use super::failure::{Result, failure, unsupported};
use super::run::Engine;
use super::value::{Dict, Val, View};
use super::{operators, text_methods};

const LIST: &[&str] =
    &["append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort"];
const DICT: &[&str] =
    &["clear", "copy", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values"];
/// What Python's types have besides, and this engine doesn't.
const OTHERS: &[(&str, &[&str])] = &[
    ("str", &["encode", "maketrans", "translate"]),
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
        Val::Str(_) | Val::Safe(_) => text_methods::NAMES,
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
        Val::Str(text) => text_methods::call(engine, text, name, given),
        Val::Safe(text) => text_methods::call_safe(engine, text, name, given),
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
    items: &Rc<std::cell::RefCell<Items>>,
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
            let values = items.borrow().to_vec();
            let given = Given { positional: given.positional, named: given.named };
            let at = int(&search(engine, &values, "index", given)?, name)?;
            items.borrow_mut().remove(usize::try_from(at).unwrap_or_default());
        }
        "clear" => items.borrow_mut().clear(),
        "copy" => {
            engine.budget.memory(items.borrow().len() * VALUE)?;
            return Ok(Val::list(items.borrow().to_vec()));
        }
        "reverse" => items.borrow_mut().reverse(),
        "sort" => {
            let [key, reverse] = Given { positional: Vec::new(), ..given }.bind(name, ["key", "reverse"])?;
            if key.is_some_and(|key| !matches!(key, Val::None)) {
                return Err(unsupported("`sort` with a key"));
            }
            let reverse = reverse.map_or(Ok(false), |reverse| reverse.truth())?;
            let values = items.borrow().to_vec();
            *items.borrow_mut() = super::sequences::sorted(engine, values, reverse)?.into();
        }
        _ => {
            let values = items.borrow().to_vec();
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
        engine.budget.memory(entries.len() * 4 * VALUE)?;
        for (key, value) in entries {
            dict.set(key, value)?;
        }
    }
    for (name, value) in given.named {
        engine.budget.memory(4 * VALUE)?;
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
            for (key, value) in std::mem::take(&mut changed.entries) {
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
