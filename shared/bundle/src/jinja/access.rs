//! `value.name`, `value[index]`, `value[a:b]`.

use std::rc::Rc;

use super::budget::{Budget, VALUE};
use super::failure::{Result, failure, unsupported};
use super::methods;
use super::value::{Loop, Tuple, Val};

/// `value.name`: Python's attributes come first, then items. `None` where there is neither.
pub(super) fn attribute(base: &Val, name: &Rc<str>, budget: &mut Budget) -> Result<Option<Val>> {
    match base {
        Val::Undefined { .. } => return Err(base.undefined_error()),
        Val::Loop(state) => return Ok(loop_attribute(state, name)),
        Val::Namespace(members) => return Ok(members.borrow().get_str(name)),
        Val::Cycler(cycler) if &**name == "current" => {
            return Ok(cycler.0.get(cycler.1.get()).cloned());
        }
        Val::Macro(closure) => {
            let definition = &closure.definition;
            return Ok(Some(match &**name {
                "name" => Val::Str(definition.name.clone()),
                "arguments" => {
                    Val::tuple(definition.parameters.iter().map(|(name, _)| Val::Str(name.clone())).collect())
                }
                "catch_kwargs" => Val::Bool(definition.kwargs),
                "catch_varargs" => Val::Bool(definition.varargs),
                "caller" => Val::Bool(definition.caller),
                _ => return Err(unsupported(format_args!("the attribute `{name}` of a macro"))),
            }));
        }
        _ => {}
    }
    budget.steps(1)?;
    if methods::exists(base, name)? {
        return Ok(Some(Val::Method(Rc::new((base.clone(), name.clone())))));
    }
    Ok(match base {
        Val::Dict(dict) => dict.borrow().get_str(name),
        Val::Tuple(items) => group_member(items, name),
        _ => None,
    })
}

/// `grouper` and `list` of a group.
fn group_member(items: &Tuple, name: &str) -> Option<Val> {
    let at = ["grouper", "list"].into_iter().position(|known| known == name)?;
    if items.is_group { items.get(at).cloned() } else { None }
}

fn loop_attribute(state: &Rc<Loop>, name: &Rc<str>) -> Option<Val> {
    let index = state.index.get();
    let length = state.items.len();
    let number = |number: usize| Val::Int(number as i128);
    Some(match &**name {
        "index" => number(index + 1),
        "index0" => number(index),
        "revindex" => number(length - index),
        "revindex0" => number(length - index - 1),
        "first" => Val::Bool(index == 0),
        "last" => Val::Bool(index + 1 == length),
        "length" => number(length),
        "depth" => number(state.depth + 1),
        "depth0" => number(state.depth),
        "previtem" => return index.checked_sub(1).and_then(|at| state.items.get(at)).cloned(),
        "nextitem" => return state.items.get(index + 1).cloned(),
        "cycle" | "changed" => Val::Method(Rc::new((Val::Loop(state.clone()), name.clone()))),
        _ => return None,
    })
}

/// `value[index]`; `None` where there is no such item, nor an attribute of that name.
pub(super) fn item(base: &Val, index: &Val) -> Result<Option<Val>> {
    let position = |length: usize| -> Option<usize> {
        let at = match index {
            Val::Int(number) => *number,
            Val::Bool(flag) => i128::from(*flag),
            _ => return None,
        };
        let at = if at < 0 { at + length as i128 } else { at };
        usize::try_from(at).ok().filter(|at| *at < length)
    };
    let found = match base {
        Val::Undefined { .. } => return Err(base.undefined_error()),
        Val::Dict(dict) => match index {
            Val::List(_) | Val::Dict(_) => None,
            _ => dict.borrow().get(index)?,
        },
        Val::List(items) => position(items.borrow().len()).and_then(|at| items.borrow().get(at).cloned()),
        Val::Tuple(items) => position(items.len()).and_then(|at| items.get(at).cloned()),
        Val::Str(text) => {
            position(base.length()?).and_then(|at| text.chars().nth(at)).map(|c| Val::str(c.to_string()))
        }
        Val::Safe(text) => position(base.length()?)
            .and_then(|at| text.chars().nth(at))
            .map(|c| Val::Safe(c.to_string().into())),
        Val::Range { start, step, .. } => {
            position(base.length()?).map(|at| Val::Int(start + at as i128 * step))
        }
        _ => None,
    };
    let (None, Some(name)) = (&found, index.text()) else { return Ok(found) };
    if name.starts_with("__") {
        return Err(unsupported("Python's inner attributes"));
    }
    match base {
        Val::Namespace(members) => Ok(members.borrow().get_str(name)),
        Val::Loop(state) => Ok(loop_attribute(state, name)),
        Val::Tuple(items) if items.is_group => Ok(group_member(items, name)),
        _ if methods::exists(base, name)? => Ok(Some(Val::Method(Rc::new((base.clone(), name.clone()))))),
        _ => Ok(None),
    }
}

/// `value[start:stop:step]`.
pub(super) fn slice(
    base: &Val,
    bounds: [Option<i128>; 3],
    is_constant: bool,
    budget: &mut Budget,
) -> Result<Val> {
    base.defined()?;
    if !matches!(base, Val::Str(_) | Val::Safe(_) | Val::List(_) | Val::Tuple(_) | Val::Range { .. }) {
        return match base {
            // What Jinja computes beforehand goes another way than what Python computes.
            Val::Dict(_) | Val::None | Val::Bool(_) | Val::Int(_) | Val::Float(_) if is_constant => {
                Ok(Val::undefined("a slice"))
            }
            Val::Dict(_) | Val::None | Val::Bool(_) | Val::Int(_) | Val::Float(_) => {
                Err(failure(format!("'{}' object can't be sliced", base.type_name())))
            }
            _ => Err(unsupported(format_args!("a slice of a {}", base.type_name()))),
        };
    }
    let step = bounds[2].unwrap_or(1);
    if step == 0 {
        return Err(failure("slice step cannot be zero"));
    }
    let items = base.items(budget)?;
    let length = items.len() as i128;
    let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let clamp = |bound: Option<i128>, default: i128| {
        let Some(bound) = bound else { return default };
        let bound = if bound < 0 { bound.saturating_add(length) } else { bound };
        bound.clamp(low, high)
    };
    let (mut at, stop) = if step > 0 {
        (clamp(bounds[0], low), clamp(bounds[1], high))
    } else {
        (clamp(bounds[0], high), clamp(bounds[1], low))
    };
    let mut kept = Vec::new();
    while if step > 0 { at < stop } else { at > stop } {
        kept.extend(usize::try_from(at).ok().and_then(|at| items.get(at)).cloned());
        at = at.saturating_add(step);
    }
    budget.memory(kept.len() * VALUE)?;
    let text = || -> String { kept.iter().filter_map(Val::text).map(|text| &**text).collect() };
    Ok(match base {
        Val::Str(_) => Val::str(text()),
        Val::Safe(_) => Val::Safe(text().into()),
        Val::Tuple(_) => Val::tuple(kept),
        Val::Range { .. } => return Err(unsupported("a slice of a range")),
        _ => Val::list(kept),
    })
}
