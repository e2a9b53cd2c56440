//! The tests behind `is`.

use super::arguments::Given;
use super::ast::Comparison;
use super::failure::{Result, failure, unsupported};
use super::operators;
use super::repr::str_of;
use super::run::Engine;
use super::value::Val;

/// All tests of Jinja2 3.1 that can be written as words.
pub(super) const NAMES: &[&str] = &[
    "boolean",
    "callable",
    "defined",
    "divisibleby",
    "eq",
    "equalto",
    "escaped",
    "even",
    "false",
    "filter",
    "float",
    "ge",
    "gt",
    "greaterthan",
    "in",
    "integer",
    "iterable",
    "le",
    "lessthan",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "sameas",
    "sequence",
    "string",
    "test",
    "true",
    "undefined",
    "upper",
];

/// `value is name(…)`.
pub(super) fn apply(engine: &mut Engine, name: &str, value: &Val, given: Given) -> Result<bool> {
    let comparison = match name {
        "eq" | "equalto" | "==" => Some(Comparison::Eq),
        "ne" | "!=" => Some(Comparison::Ne),
        "lt" | "lessthan" | "<" => Some(Comparison::Lt),
        "le" | "<=" => Some(Comparison::Le),
        "gt" | "greaterthan" | ">" => Some(Comparison::Gt),
        "ge" | ">=" => Some(Comparison::Ge),
        "in" => Some(Comparison::In),
        _ => None,
    };
    let argument = |given: Given| -> Result<Val> {
        let [argument] = given.bind(name, ["other"])?;
        argument.ok_or_else(|| failure(format!("the test `{name}` takes an argument")))
    };
    if let Some(comparison) = comparison {
        let other = argument(given)?;
        return operators::compare(comparison, value, &other, &mut engine.budget);
    }
    match name {
        "divisibleby" => {
            let by = argument(given)?;
            let rest = operators::binary(super::ast::Operator::Mod, value, &by, &mut engine.budget)?;
            return operators::equal(&rest, &Val::Int(0), &mut engine.budget);
        }
        "sameas" => {
            let other = argument(given)?;
            return match (value, &other) {
                (Val::None, Val::None) => Ok(true),
                (Val::Bool(a), Val::Bool(b)) => Ok(a == b),
                (Val::None | Val::Bool(_), _) | (_, Val::None | Val::Bool(_)) => Ok(false),
                _ => Err(unsupported("`sameas` for anything but true, false and none")),
            };
        }
        "filter" | "test" => {
            let [] = given.bind(name, [])?;
            let known = if name == "test" { NAMES } else { super::filters::NAMES };
            let is_refused =
                value.text().is_some_and(|t| super::filters::REFUSED.iter().any(|(n, _)| *n == &**t));
            return Ok(is_refused || value.text().is_some_and(|text| known.contains(&&**text)));
        }
        _ => {}
    }
    let [] = given.bind(name, [])?;
    // Of text, Python takes this for a format.
    let parity = |engine: &mut Engine| {
        operators::binary(super::ast::Operator::Mod, value, &Val::Int(2), &mut engine.budget)
    };
    Ok(match name {
        "defined" => !value.is_undefined(),
        "undefined" => value.is_undefined(),
        "none" => matches!(value, Val::None),
        "boolean" => matches!(value, Val::Bool(_)),
        "true" => matches!(value, Val::Bool(true)),
        "false" => matches!(value, Val::Bool(false)),
        "integer" => matches!(value, Val::Int(_)),
        "float" => matches!(value, Val::Float(_)),
        "number" => matches!(value, Val::Int(_) | Val::Float(_) | Val::Bool(_)),
        "string" => value.text().is_some(),
        "mapping" => matches!(value, Val::Dict(_)),
        "escaped" => matches!(value, Val::Safe(_)),
        "even" => operators::equal(&parity(engine)?, &Val::Int(0), &mut engine.budget)?,
        "odd" => operators::equal(&parity(engine)?, &Val::Int(1), &mut engine.budget)?,
        "callable" => matches!(
            value,
            Val::Macro(_)
                | Val::Method(_)
                | Val::Function(_)
                | Val::Joiner(_)
                | Val::Loop(_)
                | Val::Undefined { .. }
        ),
        "sequence" => is_sequence(value) || matches!(value, Val::Undefined { strict: false, .. }),
        "iterable" => {
            if matches!(value, Val::Undefined { strict: true, .. }) {
                return Err(value.undefined_error());
            }
            is_sequence(value)
                || value.is_undefined()
                || matches!(value, Val::View(..) | Val::Iter(_) | Val::Loop(_))
        }
        "lower" | "upper" => {
            let text = str_of(value, &mut engine.budget)?;
            super::text::is_case(&text, name == "upper")
        }
        _ => return Err(failure(format!("there is no test named `{name}`"))),
    })
}

fn is_sequence(value: &Val) -> bool {
    matches!(
        value,
        Val::Str(_) | Val::Safe(_) | Val::List(_) | Val::Tuple(_) | Val::Dict(_) | Val::Range { .. }
    )
}
