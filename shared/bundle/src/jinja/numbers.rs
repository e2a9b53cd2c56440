//! Filters of numbers.

use super::arguments::{Given, int, text as text_of};
use super::failure::{Result, failure, unsupported};
use super::operators::Number;
use super::value::Val;

/// The filters that are done here.
pub(super) const NAMES: &[&str] = &["abs", "filesizeformat", "float", "int", "round"];

/// `value | name(…)`.
pub(super) fn apply(name: &str, value: &Val, given: Given) -> Result<Val> {
    value.defined()?;
    let number = Number::of(value);
    match name {
        "abs" => {
            let [] = given.bind(name, [])?;
            match number {
                Some(Number::Int(number)) => {
                    number.checked_abs().map(Val::Int).ok_or_else(super::operators::overflow)
                }
                Some(Number::Float(number)) => Ok(Val::Float(number.abs())),
                None => Err(failure(format!("`abs` takes a number, not {}", value.type_name()))),
            }
        }
        "int" => {
            let [default, base] = given.bind(name, ["default", "base"])?;
            let base = base.map_or(Ok(10), |base| int(&base, name))?;
            integer(value, base)?
                .map_or_else(|| Ok(default.unwrap_or(Val::Int(0))), |whole| Ok(Val::Int(whole)))
        }
        "float" => {
            let [default] = given.bind(name, ["default"])?;
            let default = default.unwrap_or(Val::Float(0.0));
            match (number, value.text()) {
                (Some(number), _) => Ok(Val::Float(number.float())),
                (None, Some(text)) => Ok(parse_float(text)?.map_or(default, Val::Float)),
                _ => Ok(default),
            }
        }
        "filesizeformat" => {
            let [binary] = given.bind(name, ["binary"])?;
            let binary = binary.map_or(Ok(false), |binary| binary.truth())?;
            let bytes = match (number, value.text()) {
                (Some(number), _) => Some(number.float()),
                (None, Some(text)) => parse_float(text)?,
                _ => None,
            };
            let bytes = bytes.ok_or_else(|| failure("`filesizeformat` takes a number"))?;
            Ok(Val::str(file_size(bytes, binary)))
        }
        _ => {
            let [precision, method] = given.bind(name, ["precision", "method"])?;
            let precision = precision.map_or(Ok(0), |precision| int(&precision, name))?;
            let method = method.map_or(Ok("common".into()), |method| text_of(&method, name))?;
            round(number, precision, &method)
        }
    }
}

fn integer(value: &Val, base: i128) -> Result<Option<i128>> {
    let whole = |number: f64| -> Result<Option<i128>> {
        if number.is_nan() {
            return Ok(None);
        }
        if number.is_infinite() {
            return Err(failure("infinity is no whole number"));
        }
        if number.abs() > 1e38 {
            return Err(super::operators::overflow());
        }
        Ok(Some(number.trunc() as i128))
    };
    match (Number::of(value), value.text()) {
        (Some(Number::Int(number)), _) => Ok(Some(number)),
        (Some(Number::Float(number)), _) => whole(number),
        (None, Some(text)) => match parse_int(text, base)? {
            Some(number) => Ok(Some(number)),
            None => parse_float(text)?.map_or(Ok(None), whole),
        },
        _ => Ok(None),
    }
}

/// `int(text, base)`, nothing where Python raises a ValueError.
fn parse_int(text: &str, base: i128) -> Result<Option<i128>> {
    let Some(radix) = u32::try_from(base).ok().filter(|base| (2..=36).contains(base)) else {
        return Err(unsupported(format_args!("`int` with the base {base}")));
    };
    let text = text.trim_matches(super::lexer::is_space);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let prefix = match radix {
        2 => ["0b", "0B"],
        8 => ["0o", "0O"],
        16 => ["0x", "0X"],
        _ => ["_", "_"],
    };
    let bare = prefix.iter().find_map(|prefix| digits.strip_prefix(prefix).filter(|_| *prefix != "_"));
    // An underscore may stand behind the prefix.
    let bare = bare.map_or(digits, |bare| bare.strip_prefix('_').unwrap_or(bare));
    let is_digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_digit(radix));
    if !bare.split('_').all(is_digits) {
        return Ok(None);
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    let number = i128::from_str_radix(&format!("{sign}{}", bare.replace('_', "")), radix);
    number.map(Some).map_err(|_| super::operators::overflow())
}

fn parse_float(text: &str) -> Result<Option<f64>> {
    let text = text.trim_matches(super::lexer::is_space);
    if text.contains('_') || !text.is_ascii() {
        return Err(unsupported("a number written in this way"));
    }
    match text.parse::<f64>() {
        Ok(number) if !number.is_finite() => Err(unsupported("an infinite number, or what is none (NaN),")),
        outcome => Ok(outcome.ok()),
    }
}

fn round(number: Option<Number>, precision: i128, method: &str) -> Result<Val> {
    let number = number.ok_or_else(|| failure("`round` takes a number"))?;
    let precision = i32::try_from(precision)
        .ok()
        .filter(|p| p.abs() <= 300)
        .ok_or_else(|| unsupported("`round` to so many digits"))?;
    match (method, number) {
        ("common", Number::Int(number)) if precision >= 0 => Ok(Val::Int(number)),
        ("common", Number::Int(number)) => tens(number, false, precision).map(Val::Int),
        // Formatting rounds exactly, half to even, as Python does.
        ("common", Number::Float(number)) if precision >= 0 => {
            let precision = usize::try_from(precision).unwrap_or_default();
            Ok(Val::Float(format!("{number:.precision$}").parse().unwrap_or(number)))
        }
        ("common", Number::Float(number)) => {
            if number.abs() > 1e30 {
                return Err(unsupported("`round` to tens of so large a number"));
            }
            let rounded = tens(number.trunc() as i128, number.fract() != 0.0, precision)?;
            Ok(Val::Float((rounded as f64).copysign(number)))
        }
        ("ceil" | "floor", Number::Int(number)) if precision >= 0 => Ok(Val::Float(number as f64)),
        ("ceil" | "floor", number) => {
            let scale: f64 = format!("1e{precision}").parse().unwrap_or(1.0);
            let scaled = number.float() * scale;
            if !scaled.is_finite() {
                return Err(failure("`round`: the number is too large"));
            }
            let rounded = if method == "ceil" { scaled.ceil() } else { scaled.floor() };
            // Python's are whole numbers, which have no negative zero.
            Ok(Val::Float((rounded + 0.0) / scale))
        }
        _ => Err(failure("method must be common, ceil or floor")),
    }
}

/// Rounded to tens, hundreds…, half to even; `more` says that a fraction was cut off.
fn tens(number: i128, more: bool, precision: i32) -> Result<i128> {
    let Some(unit) = 10_i128.checked_pow(precision.unsigned_abs()).filter(|unit| *unit < i128::MAX / 4)
    else {
        return Ok(0);
    };
    let (quotient, rest) = (number / unit, (number % unit).abs());
    let half = unit / 2;
    let up = rest > half || (rest == half && (more || quotient % 2 != 0));
    let quotient = if up { quotient + if number < 0 { -1 } else { 1 } } else { quotient };
    quotient.checked_mul(unit).ok_or_else(super::operators::overflow)
}

fn file_size(bytes: f64, binary: bool) -> String {
    let base: f64 = if binary { 1024.0 } else { 1000.0 };
    if bytes == 1.0 {
        return "1 Byte".into();
    }
    if bytes < base {
        return format!("{} Bytes", bytes.trunc() as i128);
    }
    let prefixes = if binary {
        ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"]
    } else {
        ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"]
    };
    let mut unit = base;
    let mut shown = String::new();
    for prefix in prefixes {
        unit *= base;
        shown = format!("{:.1} {prefix}", base * bytes / unit);
        if bytes < unit {
            break;
        }
    }
    shown
}
