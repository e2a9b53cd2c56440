//! `format % values`.

use super::budget::{self, Budget};
use super::failure::{Result, failure, unsupported};
use super::markup;
use super::operators::Number;
use super::repr::{repr, str_of};
use super::value::Val;

/// One `%…` of a format.
#[derive(Default)]
struct Spec {
    left: bool,
    sign: Option<char>,
    zero: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
}

/// `format % values`; a safe format escapes what it is given.
pub(super) fn format(format: &str, values: &Val, safe: bool, budget: &mut Budget) -> Result<Val> {
    // What Python takes for one may be left over.
    let is_mapping = matches!(values, Val::List(_) | Val::Range { .. } | Val::Undefined { .. });
    let single = std::slice::from_ref(values);
    let mut queue = match values {
        Val::Tuple(items) => items.iter(),
        _ => single.iter(),
    };
    let mut used_mapping = matches!(values, Val::Dict(_));
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut named = None;
        if chars.next_if_eq(&'(').is_some() {
            let mut name = String::new();
            loop {
                match chars.next() {
                    Some(')') => break,
                    Some('(') | None => return Err(unsupported("this format key")),
                    Some(c) => name.push(c),
                }
            }
            let Val::Dict(dict) = values else { return Err(failure("format requires a mapping")) };
            let found = dict.borrow().get(&Val::str(name.as_str()))?;
            named =
                Some(found.ok_or_else(|| failure(format!("the format's `{name}` is not in the mapping")))?);
            used_mapping = true;
        }
        let mut spec = Spec::default();
        while let Some(flag) = chars.next_if(|c| "-+ 0#".contains(*c)) {
            match flag {
                '-' => spec.left = true,
                '0' => spec.zero = true,
                '#' => spec.alternate = true,
                ' ' => spec.sign = spec.sign.or(Some(' ')),
                _ => spec.sign = Some('+'),
            }
        }
        let mut number = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| -> Result<Option<i128>> {
            if chars.next_if_eq(&'*').is_some() {
                let value = queue.next().ok_or_else(|| failure("not enough arguments for the format"))?;
                return super::arguments::int(value, "%").map(Some);
            }
            let mut digits = String::new();
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            Ok((!digits.is_empty()).then(|| digits.parse().unwrap_or(i128::MAX)))
        };
        if let Some(width) = number(&mut chars)? {
            spec.left |= width < 0;
            spec.width = budget::width(width.saturating_abs())?;
        }
        if chars.next_if_eq(&'.').is_some() {
            spec.precision = Some(budget::width(number(&mut chars)?.unwrap_or(0))?);
        }
        let Some(kind) = chars.next() else { return Err(failure("incomplete format")) };
        if kind == '%' {
            out.push('%');
            continue;
        }
        let value = match &named {
            Some(value) => value,
            None => queue.next().ok_or_else(|| failure("not enough arguments for the format"))?,
        };
        budget.memory(spec.width.max(spec.precision.unwrap_or(0)) + 32)?;
        out.push_str(&convert(kind, &spec, value, safe, budget)?);
        budget.steps(1)?;
    }
    if queue.next().is_some() && !used_mapping && !is_mapping {
        return Err(failure("not all arguments were used by the format"));
    }
    budget.memory(out.len())?;
    Ok(if safe { Val::Safe(out.into()) } else { Val::str(out) })
}

fn convert(kind: char, spec: &Spec, value: &Val, safe: bool, budget: &mut Budget) -> Result<String> {
    if !matches!(kind, 's' | 'r') {
        value.defined()?;
    }
    let number = || {
        Number::of(value).ok_or_else(|| failure(format!("%{kind} takes a number, not {}", value.type_name())))
    };
    Ok(match kind {
        's' | 'r' => {
            let text = match kind {
                's' if safe => markup::escaped(value, budget)?,
                's' => str_of(value, budget)?,
                _ if safe => return Err(unsupported("%r in a safe format")),
                _ => repr(value, budget)?.into(),
            };
            let cut: String = text.chars().take(spec.precision.unwrap_or(usize::MAX)).collect();
            pad(&cut, "", spec, false)
        }
        'c' => match value {
            Val::Int(code) => {
                let c = u32::try_from(*code).ok().and_then(char::from_u32);
                pad(&c.ok_or_else(|| failure("%c takes a character"))?.to_string(), "", spec, false)
            }
            Val::Str(text) if text.chars().count() == 1 => pad(text, "", spec, false),
            _ => return Err(failure("%c takes a character")),
        },
        'd' | 'i' | 'u' | 'x' | 'X' | 'o' => {
            let whole = match number()? {
                Number::Int(whole) => whole,
                Number::Float(float) if matches!(kind, 'd' | 'i' | 'u') && float.abs() < 1e30 => {
                    float.trunc() as i128
                }
                Number::Float(_) if matches!(kind, 'd' | 'i' | 'u') => {
                    return Err(super::operators::overflow());
                }
                Number::Float(_) => return Err(failure(format!("%{kind} takes a whole number"))),
            };
            let magnitude = whole.unsigned_abs();
            let (prefix, digits) = match kind {
                'x' => ("0x", format!("{magnitude:x}")),
                'X' => ("0X", format!("{magnitude:X}")),
                'o' => ("0o", format!("{magnitude:o}")),
                _ => ("", magnitude.to_string()),
            };
            let digits = format!("{digits:0>width$}", width = spec.precision.unwrap_or(0));
            let prefix = if spec.alternate { prefix } else { "" };
            pad(&digits, &format!("{}{prefix}", sign(whole < 0, spec)), spec, true)
        }
        'f' | 'F' | 'e' | 'E' | 'g' | 'G' => {
            let float = number()?.float();
            if spec.alternate {
                return Err(unsupported("`#` in the format of a float"));
            }
            let digits = float_digits(float.abs(), kind.to_ascii_lowercase(), spec.precision.unwrap_or(6));
            let digits = if kind.is_uppercase() { digits.to_uppercase() } else { digits };
            pad(&digits, sign(float.is_sign_negative() && !float.is_nan(), spec), spec, float.is_finite())
        }
        other => return Err(unsupported(format_args!("the format `%{other}`"))),
    })
}

fn sign(negative: bool, spec: &Spec) -> &'static str {
    match (negative, spec.sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(_)) => " ",
        _ => "",
    }
}

fn pad(text: &str, prefix: &str, spec: &Spec, numeric: bool) -> String {
    let missing = spec.width.saturating_sub(text.chars().count() + prefix.len());
    let fill = |c: char| std::iter::repeat_n(c, missing).collect::<String>();
    if spec.left {
        format!("{prefix}{text}{}", fill(' '))
    } else if spec.zero && numeric {
        format!("{prefix}{}{text}", fill('0'))
    } else {
        format!("{}{prefix}{text}", fill(' '))
    }
}

/// The digits of a float that isn't negative, as `%f`, `%e` and `%g` write them.
pub(super) fn float_digits(number: f64, kind: char, precision: usize) -> String {
    if !number.is_finite() {
        return if number.is_nan() { "nan".into() } else { "inf".into() };
    }
    let scientific = |precision: usize| {
        let text = format!("{number:.precision$e}");
        let (mantissa, exponent) =
            text.split_once('e').map_or((text.clone(), 0), |(m, e)| (m.to_owned(), e.parse().unwrap_or(0)));
        (mantissa, exponent)
    };
    let join = |mantissa: &str, exponent: i32| {
        format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
    };
    match kind {
        'f' => format!("{number:.precision$}"),
        'e' => {
            let (mantissa, exponent) = scientific(precision);
            join(&mantissa, exponent)
        }
        _ => {
            let precision = precision.max(1);
            let (mantissa, exponent) = scientific(precision - 1);
            let strip = |text: &str| {
                if text.contains('.') {
                    text.trim_end_matches('0').trim_end_matches('.').to_owned()
                } else {
                    text.to_owned()
                }
            };
            if exponent < -4 || i64::from(exponent) >= precision as i64 {
                join(&strip(&mantissa), exponent)
            } else {
                let decimals = usize::try_from(precision as i64 - 1 - i64::from(exponent)).unwrap_or(0);
                strip(&format!("{number:.decimals$}"))
            }
        }
    }
}
