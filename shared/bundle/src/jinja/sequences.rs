//! Jinja's filters of sequences and mappings.

use std::cmp::Ordering;

use super::arguments::{Given, int, text as text_of};
use super::budget::VALUE;
use super::failure::{Result, failure, unsupported};
use super::operators::{binary, equal, order};
use super::repr::str_of;
use super::run::Engine;
use super::value::{Val, View};
use super::{access, ast::Operator, filters, tests};

/// The filters that are done here.
pub(super) const NAMES: &[&str] = &[
    "batch",
    "count",
    "dictsort",
    "first",
    "groupby",
    "items",
    "join",
    "last",
    "length",
    "list",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "reverse",
    "select",
    "selectattr",
    "slice",
    "sort",
    "sum",
    "unique",
];

/// `value | name(…)`.
pub(super) fn apply(engine: &mut Engine, name: &str, value: Val, given: Given) -> Result<Val> {
    match name {
        "count" | "length" => {
            let [] = given.bind(name, [])?;
            Ok(Val::Int(value.length()? as i128))
        }
        "first" | "last" => {
            let [] = given.bind(name, [])?;
            if let (Val::Iter(generator), "first") = (&value, name) {
                let mut items = generator.take(&engine.budget)?;
                let first = items.next().unwrap_or_else(|| Val::undefined("the first item"));
                generator.items.replace(items.collect());
                return Ok(first);
            }
            if matches!(value, Val::Iter(_)) {
                return Err(failure("a generator has no last item"));
            }
            let items = value.items(&mut engine.budget)?;
            let found = if name == "first" { items.first() } else { items.last() };
            if let (Val::Safe(_), "last", Some(Val::Str(last))) = (&value, name, found) {
                return Ok(Val::Safe(last.clone()));
            }
            Ok(found
                .cloned()
                .unwrap_or_else(|| Val::undefined(format!("the {name} item of an empty sequence"))))
        }
        "list" => {
            let [] = given.bind(name, [])?;
            let items = value.items(&mut engine.budget)?;
            engine.budget.memory(items.len() * VALUE)?;
            Ok(Val::list(items))
        }
        "reverse" => {
            let [] = given.bind(name, [])?;
            if let Some(text) = value.text() {
                let reversed: String = text.chars().rev().collect();
                engine.budget.memory(reversed.len())?;
                return Ok(if matches!(value, Val::Safe(_)) {
                    Val::Safe(reversed.into())
                } else {
                    Val::str(reversed)
                });
            }
            let mut items = value.items(&mut engine.budget)?;
            items.reverse();
            Ok(if matches!(value, Val::Iter(_)) {
                Val::list(items)
            } else {
                Val::generator(items, &value, &engine.budget)
            })
        }
        "items" => match value {
            Val::Undefined { .. } => Ok(Val::generator(Vec::new(), &value, &engine.budget)),
            Val::Dict(ref dict) => {
                let items = Val::View(View::Items, dict.clone()).items(&mut engine.budget)?;
                Ok(Val::generator(items, &value, &engine.budget))
            }
            _ => Err(failure("Can only get item pairs from a mapping.")),
        },
        "join" => join(engine, &value, given),
        "map" => map(engine, &value, given),
        "select" | "reject" | "selectattr" | "rejectattr" => select(engine, name, &value, given),
        "sort" | "unique" | "min" | "max" | "dictsort" => ordered(engine, name, &value, given),
        "groupby" => group_by(engine, &value, given),
        "sum" => {
            let [path, start] = given.bind(name, ["attribute", "start"])?;
            let mut total = start.unwrap_or(Val::Int(0));
            for item in value.items(&mut engine.budget)? {
                let item = attribute_of(engine, &item, path.as_ref())?;
                if item.text().is_some() || total.text().is_some() {
                    return Err(failure("`sum` takes no text; use `join`"));
                }
                total = binary(Operator::Add, &total, &item, &mut engine.budget)?;
            }
            Ok(total)
        }
        _ => chunks(engine, name, &value, given),
    }
}

fn join(engine: &mut Engine, value: &Val, given: Given) -> Result<Val> {
    let [separator, path] = given.bind("join", ["d", "attribute"])?;
    let separator = match separator {
        Some(separator) => str_of(&separator, &mut engine.budget)?,
        None => "".into(),
    };
    let mut out = String::new();
    for (index, item) in value.items(&mut engine.budget)?.iter().enumerate() {
        let item = attribute_of(engine, item, path.as_ref())?;
        let text = str_of(&item, &mut engine.budget)?;
        engine.budget.memory(text.len() + separator.len())?;
        out.push_str(if index > 0 { &separator } else { "" });
        out.push_str(&text);
    }
    Ok(Val::str(out))
}

/// `item.a.0.b`, as the argument `attribute` of filters means it: each step an item or an attribute.
fn attribute_of(engine: &mut Engine, item: &Val, path: Option<&Val>) -> Result<Val> {
    match path {
        None | Some(Val::None) => Ok(item.clone()),
        Some(path) => attribute_or(engine, item, path, None),
    }
}

/// The same, with a default for each step that finds nothing.
fn attribute_or(engine: &mut Engine, item: &Val, path: &Val, default: Option<&Val>) -> Result<Val> {
    engine.budget.steps(1)?;
    let default = default.filter(|default| !matches!(default, Val::None));
    let step = |step: &str| match step.parse() {
        Ok(index) if step.bytes().all(|b| b.is_ascii_digit()) => Val::Int(index),
        _ => Val::str(step),
    };
    let steps: Vec<Val> = match path {
        Val::Int(_) => vec![path.clone()],
        path => text_of(path, "attribute")?.split('.').map(step).collect(),
    };
    let mut value = item.clone();
    for key in steps {
        value = match (access::item(&value, &key)?, default) {
            (Some(found), Some(default)) if found.is_undefined() => default.clone(),
            (Some(found), _) => found,
            (None, Some(default)) => default.clone(),
            (None, None) => Val::undefined(str_of(&key, &mut engine.budget)?),
        };
    }
    Ok(value)
}

/// The items that `map`, `select` and their like go through: what is false has none, whatever it is.
fn items_if_true(engine: &mut Engine, value: &Val) -> Result<Vec<Val>> {
    if value.truth()? { value.items(&mut engine.budget) } else { Ok(Vec::new()) }
}

fn map(engine: &mut Engine, value: &Val, mut given: Given) -> Result<Val> {
    let items = items_if_true(engine, value)?;
    let mut mapped = Vec::with_capacity(items.len());
    if given.positional.is_empty() {
        let [attribute, default] = given.bind("map", ["attribute", "default"])?;
        let attribute = attribute.ok_or_else(|| failure("map requires a filter argument"))?;
        for item in items {
            mapped.push(attribute_or(engine, &item, &attribute, default.as_ref())?);
        }
    } else {
        let name = text_of(&given.positional.remove(0), "map")?;
        check_filter(&name)?;
        for item in items {
            let given = Given { positional: given.positional.clone(), named: given.named.clone() };
            mapped.push(filters::apply(engine, &name, item, given)?);
        }
    }
    engine.budget.memory(mapped.len() * VALUE)?;
    Ok(Val::generator(mapped, value, &engine.budget))
}

fn check_filter(name: &str) -> Result<()> {
    if filters::NAMES.contains(&name) {
        return Ok(());
    }
    match filters::REFUSED.iter().find(|(refused, _)| *refused == name) {
        Some((_, why)) => Err(failure(format!("the filter `{name}` is not supported: {why}"))),
        None => Err(failure(format!("there is no filter named `{name}`"))),
    }
}

fn select(engine: &mut Engine, name: &str, value: &Val, mut given: Given) -> Result<Val> {
    let by_attribute = name.ends_with("attr");
    let keep = name.starts_with("select");
    if by_attribute && given.positional.is_empty() {
        return Err(failure(format!("`{name}` takes the name of an attribute")));
    }
    let attribute = if by_attribute { Some(given.positional.remove(0)) } else { None };
    let test =
        if given.positional.is_empty() { None } else { Some(text_of(&given.positional.remove(0), name)?) };
    let mut kept = Vec::new();
    for item in items_if_true(engine, value)? {
        let tested = attribute_of(engine, &item, attribute.as_ref())?;
        let outcome = match &test {
            None => tested.truth()?,
            Some(test) => {
                let given = Given { positional: given.positional.clone(), named: given.named.clone() };
                tests::apply(engine, test, &tested, given)?
            }
        };
        if outcome == keep {
            kept.push(item);
        }
    }
    Ok(Val::generator(kept, value, &engine.budget))
}

/// Text in lower case, unless case counts.
fn folded(engine: &mut Engine, value: Val, case_sensitive: bool) -> Result<Val> {
    match value.text() {
        Some(text) if !case_sensitive => {
            engine.budget.memory(text.len())?;
            Ok(Val::str(text.to_lowercase()))
        }
        _ => Ok(value),
    }
}

/// The values in order, equal ones in the order they had.
pub(super) fn sorted(engine: &mut Engine, values: Vec<Val>, reverse: bool) -> Result<Vec<Val>> {
    let pairs = values.into_iter().map(|value| (value.clone(), value)).collect();
    Ok(sorted_pairs(engine, pairs, reverse)?.into_iter().map(|(_, value)| value).collect())
}

/// The entries of a mapping in the order of its keys.
pub(super) fn sorted_entries(engine: &mut Engine, entries: Vec<(Val, Val)>) -> Result<Vec<(Val, Val)>> {
    sorted_pairs(engine, entries, false)
}

/// Sorts by merging: the standard library's sort must not be given an order that fails in between.
fn sorted_pairs(engine: &mut Engine, pairs: Vec<(Val, Val)>, reverse: bool) -> Result<Vec<(Val, Val)>> {
    let mut runs: Vec<Vec<(Val, Val)>> = pairs.into_iter().map(|pair| vec![pair]).collect();
    while runs.len() > 1 {
        let mut merged = Vec::with_capacity(runs.len() / 2 + 1);
        let mut rest = runs.into_iter();
        while let Some(left) = rest.next() {
            merged.push(match rest.next() {
                Some(right) => merge(engine, left, right, reverse)?,
                None => left,
            });
        }
        runs = merged;
    }
    Ok(runs.pop().unwrap_or_default())
}

fn merge(
    engine: &mut Engine,
    left: Vec<(Val, Val)>,
    right: Vec<(Val, Val)>,
    reverse: bool,
) -> Result<Vec<(Val, Val)>> {
    let mut out = Vec::with_capacity(left.len() + right.len());
    let mut right = right.into_iter().peekable();
    for pair in left {
        while let Some((key, _)) = right.peek() {
            let ordering = order(key, &pair.0, &mut engine.budget)?
                .ok_or_else(|| unsupported("sorting what is no number (NaN)"))?;
            if ordering != (if reverse { Ordering::Greater } else { Ordering::Less }) {
                break;
            }
            out.extend(right.next());
        }
        out.push(pair);
    }
    out.extend(right);
    Ok(out)
}

fn ordered(engine: &mut Engine, name: &str, value: &Val, given: Given) -> Result<Val> {
    let flag = |flag: Option<Val>| flag.map_or(Ok(false), |flag| flag.truth());
    let (reverse, case_sensitive, path) = match name {
        "sort" => {
            let [reverse, case, path] = given.bind(name, ["reverse", "case_sensitive", "attribute"])?;
            (flag(reverse)?, flag(case)?, path)
        }
        "dictsort" => {
            let [case, by, reverse] = given.bind(name, ["case_sensitive", "by", "reverse"])?;
            let by = by.map_or(Ok("key".into()), |by| text_of(&by, name))?;
            let index = match &*by {
                "key" => 0,
                "value" => 1,
                _ => return Err(failure("You can only sort by either \"key\" or \"value\"")),
            };
            (flag(reverse)?, flag(case)?, Some(Val::Int(index)))
        }
        _ => {
            let [case, path] = given.bind(name, ["case_sensitive", "attribute"])?;
            (false, flag(case)?, path)
        }
    };
    let items = match value {
        Val::Dict(dict) if name == "dictsort" => {
            Val::View(View::Items, dict.clone()).items(&mut engine.budget)?
        }
        _ if name == "dictsort" => return Err(failure("`dictsort` takes a mapping")),
        _ => value.items(&mut engine.budget)?,
    };
    engine.budget.memory(items.len() * 2 * VALUE)?;
    let mut pairs = Vec::with_capacity(items.len());
    // Only `sort` takes several attributes, and it compares keys as the members of lists.
    let paths: Vec<_> = match path.as_ref().and_then(Val::text) {
        Some(path) => path.split(',').map(|path| Some(Val::str(path))).collect(),
        None => vec![path.clone()],
    };
    for item in items {
        let key = if name == "sort" {
            let mut keys = Vec::new();
            for path in &paths {
                let key = attribute_of(engine, &item, path.as_ref())?;
                keys.push(folded(engine, key, case_sensitive)?);
            }
            Val::tuple(keys)
        } else {
            let key = attribute_of(engine, &item, path.as_ref())?;
            folded(engine, key, case_sensitive)?
        };
        pairs.push((key, item));
    }
    match name {
        "sort" | "dictsort" => {
            Ok(Val::list(sorted_pairs(engine, pairs, reverse)?.into_iter().map(|(_, item)| item).collect()))
        }
        "unique" => {
            let mut seen = std::collections::HashSet::new();
            let mut kept = Vec::new();
            for (key, item) in pairs {
                if seen.insert(super::value::Key::of(&key)?) {
                    kept.push(item);
                }
            }
            Ok(Val::generator(kept, value, &engine.budget))
        }
        _ => {
            let mut best: Option<(Val, Val)> = None;
            for (key, item) in pairs {
                let better = match &best {
                    None => true,
                    Some((top, _)) => {
                        let wanted = if name == "min" { Ordering::Less } else { Ordering::Greater };
                        order(&key, top, &mut engine.budget)? == Some(wanted)
                    }
                };
                if better {
                    best = Some((key, item));
                }
            }
            Ok(best
                .map_or_else(|| Val::undefined(format!("the {name} of an empty sequence")), |(_, item)| item))
        }
    }
}

/// `groupby(attribute, default=none, case_sensitive=false)`.
fn group_by(engine: &mut Engine, value: &Val, given: Given) -> Result<Val> {
    let [path, default, case] = given.bind("groupby", ["attribute", "default", "case_sensitive"])?;
    let path = path.ok_or_else(|| failure("`groupby` takes the name of an attribute"))?;
    let case_sensitive = case.map_or(Ok(false), |case| case.truth())?;
    let items = value.items(&mut engine.budget)?;
    engine.budget.memory(items.len() * 3 * VALUE)?;
    let mut pairs = Vec::with_capacity(items.len());
    for item in items {
        let key = attribute_or(engine, &item, &path, default.as_ref())?;
        pairs.push((folded(engine, key, case_sensitive)?, item));
    }
    let mut groups: Vec<(Val, Vec<Val>)> = Vec::new();
    for (key, item) in sorted_pairs(engine, pairs, false)? {
        match groups.last_mut() {
            Some((last, items)) if equal(last, &key, &mut engine.budget)? => items.push(item),
            _ => groups.push((key, vec![item])),
        }
    }
    let mut out = Vec::with_capacity(groups.len());
    for (key, items) in groups {
        // The key as the first item has it, not in lower case.
        let key = match items.first() {
            Some(first) if !case_sensitive => attribute_or(engine, first, &path, default.as_ref())?,
            _ => key,
        };
        out.push(Val::group(key, items));
    }
    Ok(Val::list(out))
}

/// `batch` and `slice`.
fn chunks(engine: &mut Engine, name: &str, value: &Val, given: Given) -> Result<Val> {
    let [count, fill] =
        given.bind(name, [if name == "batch" { "linecount" } else { "slices" }, "fill_with"])?;
    let count = int(&count.unwrap_or(Val::None), name)?;
    let count = usize::try_from(count).ok().filter(|count| *count > 0);
    let count = count.ok_or_else(|| failure(format!("`{name}` takes a number above 0")))?;
    let fill = fill.filter(|fill| !matches!(fill, Val::None));
    let items = value.items(&mut engine.budget)?;
    engine.budget.product(count.min(1 << 30) as i128, VALUE)?;
    engine.budget.memory(items.len() * VALUE)?;
    let mut out = Vec::new();
    if name == "batch" {
        for chunk in items.chunks(count) {
            let mut chunk = chunk.to_vec();
            if let Some(fill) = &fill {
                chunk.resize(count, fill.clone());
            }
            out.push(Val::list(chunk));
        }
        return Ok(Val::generator(out, value, &engine.budget));
    }
    let (each, extra) = (items.len() / count, items.len() % count);
    let mut rest = items.into_iter();
    for index in 0..count {
        let mut part: Vec<Val> = rest.by_ref().take(each + usize::from(index < extra)).collect();
        if let Some(fill) = fill.as_ref().filter(|_| index >= extra) {
            part.push(fill.clone());
        }
        out.push(Val::list(part));
    }
    Ok(Val::generator(out, value, &engine.budget))
}
