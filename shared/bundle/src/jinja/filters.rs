//! Jinja's filters and Proton's: which there are, and those of values and text. Those of sequences are in
//! [`super::sequences`].

use super::arguments::{Given, int, text as text_of};
use super::budget;
use super::failure::{Result, failure};
use super::repr::str_of;
use super::run::Engine;
use super::value::{Val, View};
use super::{json, markup, numbers, pretty, proton, sequences, text, wrap};

/// All filters that there are.
pub(super) const NAMES: &[&str] = &[
    "abs",
    "attr",
    "batch",
    "capitalize",
    "center",
    "count",
    "d",
    "default",
    "dictsort",
    "e",
    "escape",
    "filesizeformat",
    "first",
    "float",
    "forceescape",
    "format",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "pprint",
    "proton_cfn_ecs_task_definition_formatted_env_vars",
    "proton_cfn_iam_policy_arns",
    "proton_cfn_lambda_function_formatted_env_vars",
    "proton_cfn_sanitize",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "string",
    "striptags",
    "sum",
    "title",
    "tojson",
    "trim",
    "truncate",
    "unique",
    "upper",
    "urlencode",
    "wordcount",
    "wordwrap",
    "xmlattr",
];

/// Filters of Jinja2 3.1 that are refused, and why.
pub(super) const REFUSED: &[(&str, &str)] =
    &[("random", "every rendering of a template must give the same text"), ("urlize", "it is made for HTML")];

/// `value | name(…)`.
pub(super) fn apply(engine: &mut Engine, name: &str, value: Val, given: Given) -> Result<Val> {
    if sequences::NAMES.contains(&name) {
        return sequences::apply(engine, name, value, given);
    }
    match name {
        "d" | "default" => {
            let [default, boolean] = given.bind(name, ["default_value", "boolean"])?;
            let boolean = boolean.is_some_and(|flag| flag.truth().unwrap_or(false));
            if value.is_undefined() || (boolean && !value.truth()?) {
                return Ok(default.unwrap_or_else(|| Val::str("")));
            }
            Ok(value)
        }
        "proton_cfn_sanitize" | "proton_cfn_iam_policy_arns" => {
            let [] = given.bind(name, [])?;
            proton::apply(engine, name, &value, true)
        }
        _ if name.starts_with("proton_") => {
            let [raw] = given.bind(name, ["raw"])?;
            let raw = raw.map_or(Ok(true), |raw| raw.truth())?;
            proton::apply(engine, name, &value, raw)
        }
        "tojson" => {
            let [indent] = given.bind(name, ["indent"])?;
            json::to_json(engine, &value, indent)
        }
        _ if numbers::NAMES.contains(&name) => numbers::apply(name, &value, given),
        "pprint" => {
            let [] = given.bind(name, [])?;
            Ok(Val::str(pretty::pretty(&value, &mut engine.budget)?))
        }
        "xmlattr" => Ok(Val::str(markup::attributes(&value, given, &mut engine.budget)?)),
        "urlencode" => {
            let [] = given.bind(name, [])?;
            Ok(Val::str(url_encode(engine, &value)?))
        }
        "attr" => {
            let [attribute] = given.bind(name, ["name"])?;
            let attribute = text_of(&attribute.unwrap_or(Val::None), name)?;
            match value.defined()? {
                Val::Loop(_) | Val::Namespace(_) => {
                    let found = super::access::attribute(&value, &attribute, &mut engine.budget)?;
                    Ok(found.unwrap_or_else(|| Val::undefined(attribute)))
                }
                // Attributes only, never items.
                _ if super::methods::exists(&value, &attribute)? || attribute.starts_with("__") => {
                    Err(super::failure::unsupported("`attr` for methods"))
                }
                _ => Ok(Val::undefined(attribute)),
            }
        }
        _ => text_filter(engine, name, &value, given),
    }
}

fn text_filter(engine: &mut Engine, name: &str, value: &Val, given: Given) -> Result<Val> {
    let text = str_of(value, &mut engine.budget)?;
    let safe = matches!(value, Val::Safe(_));
    // A letter's other case may take three times its bytes.
    let growth = if matches!(name, "upper" | "title" | "capitalize") { 3 } else { 1 };
    engine.budget.memory(text.len() * growth)?;
    let budget = &mut engine.budget;
    let same_kind = |text: String| if safe { Val::Safe(text.into()) } else { Val::str(text) };
    let given = match name {
        "lower" | "upper" | "capitalize" | "title" | "string" | "forceescape" | "wordcount" => {
            let [] = given.bind(name, [])?;
            Given::default()
        }
        _ => given,
    };
    match name {
        "e" | "escape" => {
            let [] = given.bind(name, [])?;
            Ok(Val::Safe(markup::escaped(value, budget)?))
        }
        "forceescape" => Ok(Val::Safe(markup::force_escaped(&text, budget)?.into())),
        "safe" => {
            let [] = given.bind(name, [])?;
            Ok(Val::Safe(text))
        }
        "string" => Ok(if safe { value.clone() } else { Val::Str(text) }),
        "lower" => Ok(same_kind(text.to_lowercase())),
        "upper" => Ok(same_kind(text.to_uppercase())),
        "capitalize" => Ok(same_kind(text::capitalize(&text)?)),
        "title" => Ok(Val::str(text::title_words(&text))),
        "center" => {
            let [width] = given.bind(name, ["width"])?;
            let width = width.map_or(Ok(80), |width| int(&width, name))?;
            Ok(same_kind(text::center(&text, width, ' ', budget)?))
        }
        "trim" => {
            let [chars] = given.bind(name, ["chars"])?;
            let chars = match chars {
                None | Some(Val::None) => None,
                Some(chars) => Some(text_of(&chars, name)?),
            };
            budget.work(text.len() * chars.as_ref().map_or(1, |c| c.len().max(1)))?;
            let is =
                |c: char| chars.as_ref().map_or_else(|| super::lexer::is_space(c), |chars| chars.contains(c));
            Ok(same_kind(text.trim_matches(is).to_owned()))
        }
        "replace" => {
            let [old, new, count] = given.bind(name, ["old", "new", "count"])?;
            let (Some(old), Some(new)) = (old, new) else { return Err(failure("`replace` takes two texts")) };
            let count = match count {
                None | Some(Val::None) => None,
                Some(count) => Some(int(&count, name)?),
            };
            let (old, new) = (str_of(&old, budget)?, str_of(&new, budget)?);
            Ok(Val::str(text::replace(&text, &old, &new, count, budget)?))
        }
        "format" => {
            if !given.named.is_empty() && !given.positional.is_empty() {
                return Err(failure("can't handle positional and keyword arguments at the same time"));
            }
            let values = if given.named.is_empty() {
                Val::tuple(given.positional)
            } else {
                let mut dict = super::value::Dict::default();
                for (name, value) in given.named {
                    dict.set(Val::Str(name), value)?;
                }
                dict.into_val()
            };
            super::printf::format(&text, &values, safe, budget)
        }
        "truncate" => truncate(&text, value, given, budget),
        "indent" => {
            let [width, first, blank] = given.bind(name, ["width", "first", "blank"])?;
            let indention = match width {
                Some(Val::Str(text)) => text.to_string(),
                Some(width) => " ".repeat(budget::width(int(&width, name)?)?),
                None => "    ".to_owned(),
            };
            let flag = |flag: Option<Val>| flag.map_or(Ok(false), |flag| flag.truth());
            let (first, blank) = (flag(first)?, flag(blank)?);
            if value.text().is_none() {
                return Err(failure(format!("`indent` takes text, not {}", value.type_name())));
            }
            Ok(same_kind(indent(&text, &indention, first, blank, budget)?))
        }
        "wordcount" => {
            let is_word = |c: char| c == '_' || c.is_alphanumeric();
            Ok(Val::Int(text.split(|c| !is_word(c)).filter(|word| !word.is_empty()).count() as i128))
        }
        "wordwrap" => match value.text() {
            Some(_) => Ok(Val::str(wrap::word_wrap(&text, given, budget)?)),
            None => Err(failure(format!("`wordwrap` takes text, not {}", value.type_name()))),
        },
        _ => {
            let [] = given.bind(name, [])?;
            Ok(Val::str(markup::without_tags(&text)?))
        }
    }
}

/// `urlencode`: text, or the pairs of a mapping or of a list of pairs.
fn url_encode(engine: &mut Engine, value: &Val) -> Result<String> {
    let quoted = |value: &Val, engine: &mut Engine, in_query: bool| -> Result<String> {
        let text = str_of(value, &mut engine.budget)?;
        engine.budget.memory(text.len() * 3)?;
        let quoted = url_encoded(&text, if in_query { b"_.-~" } else { b"_.-~/" });
        Ok(if in_query { quoted.replace("%20", "+") } else { quoted })
    };
    let items = match value.defined()? {
        Val::Dict(dict) => Val::View(View::Items, dict.clone()).items(&mut engine.budget)?,
        Val::List(_) | Val::Tuple(_) | Val::View(..) | Val::Iter(_) | Val::Range { .. } => {
            value.items(&mut engine.budget)?
        }
        _ => return quoted(value, engine, false),
    };
    let mut pairs = Vec::new();
    for item in items {
        let pair: [Val; 2] =
            item.items(&mut engine.budget)?.try_into().map_err(|_| failure("`urlencode` takes pairs"))?;
        pairs.push(format!("{}={}", quoted(&pair[0], engine, true)?, quoted(&pair[1], engine, true)?));
    }
    Ok(pairs.join("&"))
}

fn url_encoded(text: &str, safe: &[u8]) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || safe.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn indent(
    text: &str,
    indention: &str,
    first: bool,
    blank: bool,
    budget: &mut budget::Budget,
) -> Result<String> {
    // Jinja adds a line break before it splits, so a last one isn't lost.
    let with_break = format!("{text}\n");
    let lines = text::lines(&with_break, budget)?;
    budget.memory(lines.len().saturating_mul(indention.len() + 1) + text.len())?;
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let indented = if index == 0 { first } else { blank || !line.is_empty() };
        if indented {
            out.push_str(indention);
        }
        out.push_str(line);
    }
    Ok(out)
}

/// `truncate(length=255, killwords=False, end='...', leeway=5)`.
fn truncate(text: &str, value: &Val, given: Given, budget: &mut budget::Budget) -> Result<Val> {
    let [length, kill_words, end, leeway] =
        given.bind("truncate", ["length", "killwords", "end", "leeway"])?;
    let length = length.map_or(Ok(255), |length| int(&length, "truncate"))?;
    let kill_words = kill_words.map_or(Ok(false), |flag| flag.truth())?;
    let end = end.unwrap_or_else(|| Val::str("..."));
    let leeway = match leeway {
        None | Some(Val::None) => 5,
        Some(leeway) => int(&leeway, "truncate")?,
    };
    let kept = length - text_of(&end, "truncate")?.chars().count() as i128;
    if kept < 0 {
        return Err(failure(format!("truncate: the length {length} leaves no room for its end")));
    }
    if leeway < 0 {
        return Err(failure("truncate: the leeway is less than 0"));
    }
    // Whatever has a length and is short enough is left alone.
    if value.length()? as i128 <= length.saturating_add(leeway) {
        return Ok(value.clone());
    }
    if value.text().is_none() {
        return Err(failure(format!("`truncate` takes text, not {}", value.type_name())));
    }
    let cut: String = text.chars().take(usize::try_from(kept).unwrap_or_default()).collect();
    let cut =
        if kill_words { cut.as_str() } else { cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words) };
    if matches!(value, Val::Safe(_)) {
        let end = markup::escaped(&end, budget)?;
        return Ok(Val::Safe(format!("{cut}{end}").into()));
    }
    Ok(Val::str(format!("{cut}{}", text_of(&end, "truncate")?)))
}
