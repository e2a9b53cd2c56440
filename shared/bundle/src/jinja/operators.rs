//! Arithmetic, comparison and membership with Python's types and their rules.

use std::cmp::Ordering;
use std::rc::Rc;

use super::ast::{Comparison, Operator};
use super::budget::{Budget, VALUE};
use super::failure::{Failure, Result, failure, unsupported};
use super::value::{Key, Val};
use super::{markup, printf};

/// A number; Python's booleans are some.
#[derive(Clone, Copy)]
pub(super) enum Number {
    Int(i128),
    Float(f64),
}

impl Number {
    pub(super) fn of(value: &Val) -> Option<Self> {
        match value {
            Val::Bool(flag) => Some(Self::Int(i128::from(*flag))),
            Val::Int(number) => Some(Self::Int(*number)),
            Val::Float(number) => Some(Self::Float(*number)),
            _ => None,
        }
    }

    pub(super) fn is_negative(self) -> bool {
        match self {
            Self::Int(number) => number < 0,
            Self::Float(number) => number.is_sign_negative(),
        }
    }

    pub(super) fn float(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

pub(super) fn overflow() -> Box<Failure> {
    unsupported("a number of more than 38 digits")
}

/// `left operator right`.
pub(super) fn binary(operator: Operator, left: &Val, right: &Val, budget: &mut Budget) -> Result<Val> {
    // Formats take anything at the right, missing values too, which complain when they are printed.
    if let (Operator::Mod, Some(format)) = (operator, left.text()) {
        return printf::format(format, right, matches!(left, Val::Safe(_)), budget);
    }
    left.defined()?;
    right.defined()?;
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        return arithmetic(operator, left, right);
    }
    match (operator, left, right) {
        (Operator::Add, Val::Str(a), Val::Str(b)) => {
            budget.memory(a.len() + b.len())?;
            Ok(Val::str(format!("{a}{b}")))
        }
        (Operator::Add, Val::Safe(_) | Val::Str(_), Val::Safe(_) | Val::Str(_)) => {
            let (a, b) = (markup::escaped(left, budget)?, markup::escaped(right, budget)?);
            budget.memory(a.len() + b.len())?;
            Ok(Val::Safe(format!("{a}{b}").into()))
        }
        (Operator::Add, Val::List(a), Val::List(b)) => {
            budget.memory((a.borrow().len() + b.borrow().len()) * VALUE)?;
            Ok(Val::list(a.borrow().iter().chain(b.borrow().iter()).cloned().collect()))
        }
        (Operator::Add, Val::Tuple(a), Val::Tuple(b)) => {
            budget.memory((a.len() + b.len()) * VALUE)?;
            Ok(Val::tuple(a.iter().chain(b.iter()).cloned().collect()))
        }
        (Operator::Mul, sequence, Val::Int(_) | Val::Bool(_)) if is_repeatable(sequence) => {
            repeat(sequence, right, budget)
        }
        (Operator::Mul, Val::Int(_) | Val::Bool(_), sequence) if is_repeatable(sequence) => {
            repeat(sequence, left, budget)
        }
        (Operator::Sub, Val::View(..), _) => Err(unsupported("a set of a mapping's keys")),
        _ => Err(failure(format!(
            "unsupported types for `{}`: {} and {}",
            sign(operator),
            left.type_name(),
            right.type_name()
        ))),
    }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Sub => "-",
        Operator::Mul => "*",
        Operator::Div => "/",
        Operator::FloorDiv => "//",
        Operator::Mod => "%",
        Operator::Pow => "**",
    }
}

fn is_repeatable(value: &Val) -> bool {
    matches!(value, Val::Str(_) | Val::Safe(_) | Val::List(_) | Val::Tuple(_))
}

fn repeat(value: &Val, times: &Val, budget: &mut Budget) -> Result<Val> {
    let Some(Number::Int(times)) = Number::of(times) else { return Err(overflow()) };
    if i64::try_from(times).is_err() {
        return Err(failure("text and lists can't be repeated so often"));
    }
    let many = |items: &[Val], budget: &mut Budget| -> Result<Vec<Val>> {
        budget.product(times, items.len() * VALUE)?;
        let count = usize::try_from(times.max(0)).unwrap_or_default();
        Ok(if items.is_empty() {
            Vec::new()
        } else {
            std::iter::repeat_n(items, count).flatten().cloned().collect()
        })
    };
    Ok(match value {
        Val::Str(text) | Val::Safe(text) => {
            budget.product(times, text.len())?;
            let count = usize::try_from(times.max(0)).unwrap_or_default();
            let repeated: Rc<str> = if text.is_empty() { "".into() } else { text.repeat(count).into() };
            if matches!(value, Val::Safe(_)) { Val::Safe(repeated) } else { Val::Str(repeated) }
        }
        Val::List(items) => Val::list(many(&items.borrow(), budget)?),
        Val::Tuple(items) => Val::tuple(many(items, budget)?),
        _ => return Err(overflow()),
    })
}

fn arithmetic(operator: Operator, left: Number, right: Number) -> Result<Val> {
    let by_zero = || Err(failure("division by zero"));
    if let (Number::Int(a), Number::Int(b)) = (left, right) {
        let whole = |result: Option<i128>| result.map(Val::Int).ok_or_else(overflow);
        return match operator {
            Operator::Add => whole(a.checked_add(b)),
            Operator::Sub => whole(a.checked_sub(b)),
            Operator::Mul => whole(a.checked_mul(b)),
            Operator::Div | Operator::FloorDiv | Operator::Mod if b == 0 => by_zero(),
            // Python divides whole numbers exactly and rounds once.
            Operator::Div if a.unsigned_abs() > 1 << 53 || b.unsigned_abs() > 1 << 53 => {
                Err(unsupported("dividing numbers beyond 2**53"))
            }
            Operator::Div => Ok(Val::Float(a as f64 / b as f64)),
            Operator::FloorDiv => {
                let quotient = a.checked_div(b).ok_or_else(overflow)?;
                whole(Some(if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient }))
            }
            Operator::Mod => {
                let rest = a.checked_rem(b).ok_or_else(overflow)?;
                whole(Some(if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }))
            }
            Operator::Pow if b < 0 && a == 0 => by_zero(),
            Operator::Pow if b < 0 => float_power(a as f64, b as f64),
            Operator::Pow if (-1..=1).contains(&a) => Ok(Val::Int(if a == -1 && b % 2 != 0 {
                -1
            } else if b == 0 {
                1
            } else {
                a.abs()
            })),
            Operator::Pow => whole(u32::try_from(b).ok().and_then(|b| a.checked_pow(b))),
        };
    }
    let (a, b) = (left.float(), right.float());
    let result = match operator {
        Operator::Add => a + b,
        Operator::Sub => a - b,
        Operator::Mul => a * b,
        Operator::Div | Operator::FloorDiv | Operator::Mod if b == 0.0 => return by_zero(),
        Operator::Div => a / b,
        Operator::FloorDiv => floor_mod(a, b).0,
        Operator::Mod => floor_mod(a, b).1,
        Operator::Pow => return float_power(a, b),
    };
    // Jinja computes constants beforehand and then writes them in a way that Python doesn't read.
    if result.is_finite() { Ok(Val::Float(result)) } else { Err(unsupported("a number beyond 1.8e308")) }
}

fn float_power(a: f64, b: f64) -> Result<Val> {
    if a == 0.0 && b < 0.0 {
        return Err(failure("0.0 cannot be raised to a negative power"));
    }
    let power = a.powf(b);
    if a < 0.0 && b.fract() != 0.0 {
        return Err(unsupported("a complex number"));
    }
    if power.is_infinite() && a.is_finite() && b.is_finite() {
        return Err(failure("the number is too large for a float"));
    }
    Ok(Val::Float(power))
}

/// `divmod(a, b)` of floats, as CPython computes it.
fn floor_mod(a: f64, b: f64) -> (f64, f64) {
    let mut rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest != 0.0 {
        if (b < 0.0) != (rest < 0.0) {
            rest += b;
            quotient -= 1.0;
        }
    } else {
        rest = 0.0_f64.copysign(b);
    }
    let floor = if quotient != 0.0 {
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    } else {
        0.0_f64.copysign(a / b)
    };
    (floor, rest)
}

/// `left comparison right`.
pub(super) fn compare(comparison: Comparison, left: &Val, right: &Val, budget: &mut Budget) -> Result<bool> {
    match comparison {
        Comparison::Eq => equal(left, right, budget),
        Comparison::Ne => Ok(!equal(left, right, budget)?),
        Comparison::In => contains(right, left, budget),
        Comparison::NotIn => Ok(!contains(right, left, budget)?),
        _ => {
            let ordering = order(left, right, budget)?;
            Ok(ordering.is_some_and(|ordering| match comparison {
                Comparison::Lt => ordering.is_lt(),
                Comparison::Le => ordering.is_le(),
                Comparison::Gt => ordering.is_gt(),
                _ => ordering.is_ge(),
            }))
        }
    }
}

/// `left == right`.
pub(super) fn equal(left: &Val, right: &Val, budget: &mut Budget) -> Result<bool> {
    equal_within(left, right, budget, 0)
}

fn equal_within(left: &Val, right: &Val, budget: &mut Budget, depth: usize) -> Result<bool> {
    budget.steps(1)?;
    if depth > 100 {
        return Err(failure("values nested more than 100 deep can't be compared"));
    }
    if let (Some(a), Some(b)) = (Number::of(left), Number::of(right)) {
        return Ok(number_order(a, b) == Some(Ordering::Equal));
    }
    let all = |a: &[Val], b: &[Val], budget: &mut Budget| -> Result<bool> {
        if a.len() != b.len() {
            return Ok(false);
        }
        for (a, b) in a.iter().zip(b) {
            if !same_undefined(a, b) && !equal_within(a, b, budget, depth + 1)? {
                return Ok(false);
            }
        }
        Ok(true)
    };
    Ok(match (left, right) {
        (Val::Undefined { strict: false, .. }, other) | (other, Val::Undefined { strict: false, .. }) => {
            match other {
                Val::Undefined { strict, .. } if *strict => return Err(other.undefined_error()),
                Val::Undefined { .. } => true,
                _ => false,
            }
        }
        (value @ Val::Undefined { .. }, _) | (_, value @ Val::Undefined { .. }) => {
            return Err(value.undefined_error());
        }
        (Val::None, Val::None) => true,
        (Val::Str(a) | Val::Safe(a), Val::Str(b) | Val::Safe(b)) => {
            budget.work(a.len().min(b.len()))?;
            a == b
        }
        (Val::List(a), Val::List(b)) => {
            let (a, b) = (a.borrow().clone(), b.borrow().clone());
            budget.steps(a.len() / 8)?;
            all(&a, &b, budget)?
        }
        (Val::Tuple(a), Val::Tuple(b)) => all(a, b, budget)?,
        (Val::Dict(a), Val::Dict(b)) => {
            let entries = a.borrow().entries.clone();
            if entries.len() != b.borrow().entries.len() {
                return Ok(false);
            }
            for (key, value) in &entries {
                let other = b.borrow().get(key)?;
                match other {
                    Some(other) if equal_within(value, &other, budget, depth + 1)? => {}
                    _ => return Ok(false),
                }
            }
            true
        }
        (Val::Range { .. }, Val::Range { .. }) => {
            let (a, b) = (left.items(budget)?, right.items(budget)?);
            all(&a, &b, budget)?
        }
        (
            Val::View(..) | Val::Iter(_) | Val::Namespace(_) | Val::Macro(_) | Val::Loop(_) | Val::Method(_),
            _,
        )
        | (
            _,
            Val::View(..) | Val::Iter(_) | Val::Namespace(_) | Val::Macro(_) | Val::Loop(_) | Val::Method(_),
        ) if std::mem::discriminant(left) == std::mem::discriminant(right) => {
            return Err(unsupported(format_args!("comparing a {}", left.type_name())));
        }
        _ => false,
    })
}

/// Python takes what is identical for equal before it asks.
fn same_undefined(a: &Val, b: &Val) -> bool {
    matches!((a, b), (Val::Undefined { path: a, .. }, Val::Undefined { path: b, .. }) if Rc::ptr_eq(a, b))
}

fn number_order(a: Number, b: Number) -> Option<Ordering> {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
        (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b),
        (Number::Int(a), Number::Float(b)) => int_order(a, b),
        (Number::Float(a), Number::Int(b)) => int_order(b, a).map(Ordering::reverse),
    }
}

/// Exact, as in Python: the float is taken apart rather than the whole number rounded.
fn int_order(a: i128, b: f64) -> Option<Ordering> {
    if b.is_nan() {
        return None;
    }
    if b >= 1.7e38 {
        return Some(Ordering::Less);
    }
    if b <= -1.7e38 {
        return Some(Ordering::Greater);
    }
    let whole = b.trunc();
    Some(a.cmp(&(whole as i128)).then_with(|| 0.0_f64.partial_cmp(&(b - whole)).unwrap_or(Ordering::Equal)))
}

/// How two values are ordered; `None` where NaN is among them.
pub(super) fn order(left: &Val, right: &Val, budget: &mut Budget) -> Result<Option<Ordering>> {
    order_within(left, right, budget, 0)
}

fn order_within(left: &Val, right: &Val, budget: &mut Budget, depth: usize) -> Result<Option<Ordering>> {
    budget.steps(1)?;
    if depth > 100 {
        return Err(failure("values nested more than 100 deep can't be compared"));
    }
    left.defined()?;
    right.defined()?;
    if let (Some(a), Some(b)) = (Number::of(left), Number::of(right)) {
        return Ok(number_order(a, b));
    }
    let sequences = |a: &[Val], b: &[Val], budget: &mut Budget| -> Result<Option<Ordering>> {
        for (a, b) in a.iter().zip(b) {
            if !equal_within(a, b, budget, depth + 1)? {
                return order_within(a, b, budget, depth + 1);
            }
        }
        Ok(Some(a.len().cmp(&b.len())))
    };
    match (left, right) {
        (Val::Str(a) | Val::Safe(a), Val::Str(b) | Val::Safe(b)) => {
            budget.work(a.len().min(b.len()))?;
            Ok(Some(a.cmp(b)))
        }
        (Val::List(a), Val::List(b)) => {
            let (a, b) = (a.borrow().clone(), b.borrow().clone());
            sequences(&a, &b, budget)
        }
        (Val::Tuple(a), Val::Tuple(b)) => sequences(a, b, budget),
        (Val::View(..), Val::View(..)) => Err(unsupported("comparing views of a mapping")),
        _ => Err(failure(format!("{} and {} have no order", left.type_name(), right.type_name()))),
    }
}

/// `item in container`.
pub(super) fn contains(container: &Val, item: &Val, budget: &mut Budget) -> Result<bool> {
    match container {
        Val::Str(text) | Val::Safe(text) => {
            let Some(part) = item.defined()?.text() else {
                return Err(failure(format!(
                    "'in <string>' requires string as left operand, not {}",
                    item.type_name()
                )));
            };
            budget.work(text.len())?;
            Ok(text.contains(&**part))
        }
        Val::Dict(dict) | Val::View(super::value::View::Keys, dict) => {
            Key::of(item)?;
            Ok(dict.borrow().get(item)?.is_some())
        }
        Val::Range { start, stop, step } if matches!(item, Val::Int(_) | Val::Bool(_)) => {
            let Some(Number::Int(item)) = Number::of(item) else { return Ok(false) };
            let within =
                if *step > 0 { (*start..*stop).contains(&item) } else { item <= *start && item > *stop };
            Ok(within && (item - start) % step == 0)
        }
        _ => {
            for candidate in container.items(budget)? {
                if same_undefined(&candidate, item) || equal(&candidate, item, budget)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}
