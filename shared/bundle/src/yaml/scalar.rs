//! What a plain scalar means.
//!
//! Proton read YAML 1.1 (behaviour 5.1): `yes` is true, `0x10` is sixteen, `017` is fifteen. We follow the 1.1
//! resolution that Python's loader has, with three deliberate differences: `1e3` is a number too (JSON and YAML 1.2
//! agree on it), and dates and base-60 numbers (`1:30`) are text, because no input type could hold the one and nobody
//! means the other.

use serde_json::{Number, Value};

use super::Scalar;

/// What a scalar stands for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Resolved {
    Null,
    Bool(bool),
    Integer(Number),
    Float(Number),
    /// A number that JSON and 64 bits can't hold: infinite, not a number, too large.
    Unrepresentable,
    String,
}

impl Resolved {
    /// For messages.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true or false",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Unrepresentable => "a number out of range",
            Self::String => "text",
        }
    }
}

/// Decides the meaning by tag, style and text, in this order.
pub(crate) fn resolve(scalar: &Scalar) -> Resolved {
    match scalar.tag.as_deref() {
        Some("str") => return Resolved::String,
        Some("float") => {
            return match resolve_plain(&scalar.text) {
                Resolved::Integer(number) => number
                    .as_f64()
                    .and_then(Number::from_f64)
                    .map_or(Resolved::Unrepresentable, Resolved::Float),
                other => other,
            };
        }
        Some(_) => return resolve_plain(&scalar.text),
        None => {}
    }
    if scalar.plain { resolve_plain(&scalar.text) } else { Resolved::String }
}

/// As JSON; what JSON can't hold stays text.
pub(crate) fn json(scalar: &Scalar) -> Value {
    match resolve(scalar) {
        Resolved::Null => Value::Null,
        Resolved::Bool(value) => Value::Bool(value),
        Resolved::Integer(number) | Resolved::Float(number) => Value::Number(number),
        Resolved::Unrepresentable | Resolved::String => Value::String(scalar.text.clone()),
    }
}

/// Whether `text`, written plainly, would be read as something other than text by a YAML 1.1 reader. Wider than
/// [`resolve`]: CloudFormation's reader knows dates and base-60 numbers.
pub(crate) fn changes_type(text: &str) -> bool {
    resolve_plain(text) != Resolved::String || is_base_60(text) || is_date(text) || matches!(text, "=" | "<<")
}

fn resolve_plain(text: &str) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Resolved::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Resolved::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            return Resolved::Bool(false);
        }
        _ => {}
    }
    // Nearly all scalars are words: one look at the first character spares them the rest.
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return Resolved::String;
    }
    integer(text).or_else(|| float(text)).unwrap_or(Resolved::String)
}

fn integer(text: &str) -> Option<Resolved> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = if let Some(rest) = digits.strip_prefix("0x") {
        (16, rest)
    } else if let Some(rest) = digits.strip_prefix("0b") {
        (2, rest)
    } else if let Some(rest) = digits.strip_prefix("0o") {
        (8, rest)
    } else if digits.len() > 1 && digits.starts_with('0') {
        (8, digits)
    } else {
        (10, digits)
    };
    let starts_well = radix != 10 || digits.starts_with(|c: char| c.is_ascii_digit());
    if !starts_well || !digits.chars().all(|c| c == '_' || c.is_digit(radix)) {
        return None;
    }
    let bare: String = digits.chars().filter(|c| *c != '_').collect();
    if bare.is_empty() {
        return None;
    }
    let Ok(magnitude) = u64::from_str_radix(&bare, radix) else { return Some(Resolved::Unrepresentable) };
    if !negative {
        return Some(Resolved::Integer(magnitude.into()));
    }
    let value = i64::try_from(-i128::from(magnitude)).ok();
    Some(value.map_or(Resolved::Unrepresentable, |value| Resolved::Integer(value.into())))
}

fn float(text: &str) -> Option<Resolved> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Resolved::Unrepresentable);
    }
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = mantissa.chars().filter(char::is_ascii_digit).count();
    let well_formed = digits > 0
        && !mantissa.starts_with('_')
        && mantissa.chars().filter(|c| *c == '.').count() <= 1
        && mantissa.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '_'))
        && (exponent.is_some() || mantissa.contains('.'));
    let exponent_well_formed = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['-', '+']).unwrap_or(e);
        !e.is_empty() && e.chars().all(|c| c.is_ascii_digit())
    });
    if !well_formed || !exponent_well_formed {
        return None;
    }
    let bare: String = text.chars().filter(|c| *c != '_').collect();
    let value = bare.parse::<f64>().ok()?;
    Some(Number::from_f64(value).map_or(Resolved::Unrepresentable, Resolved::Float))
}

fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    text.contains(':')
        && text.split(':').all(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_digit() || matches!(c, '_' | '.'))
        })
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 8
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4] == b'-'
        && bytes[5].is_ascii_digit()
        && text.chars().all(|c| c.is_ascii_digit() || " \t-+:.TtZz".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Value {
        json(&Scalar { text: text.into(), plain: true, tag: None })
    }

    #[test]
    fn plain_scalars_mean_what_yaml_1_1_says() {
        for (text, expected) in [
            ("", Value::Null),
            ("~", Value::Null),
            ("yes", true.into()),
            ("Off", false.into()),
            ("y", "y".into()),
            ("80", 80.into()),
            ("-7", (-7).into()),
            ("+7", 7.into()),
            ("1_000", 1000.into()),
            ("0x1F", 31.into()),
            ("0b101", 5.into()),
            ("017", 15.into()),
            ("0", 0.into()),
            ("012345678901", "012345678901".into()),
            ("1.10", 1.1.into()),
            ("1.", 1.0.into()),
            (".5", 0.5.into()),
            ("1e3", 1000.0.into()),
            ("-1.5E-2", (-0.015).into()),
            ("18446744073709551615", u64::MAX.into()),
            ("18446744073709551616", "18446744073709551616".into()),
            (".inf", ".inf".into()),
            ("1:30", "1:30".into()),
            ("2020-01-01", "2020-01-01".into()),
            ("1.2.3", "1.2.3".into()),
            ("10.0.0.0/16", "10.0.0.0/16".into()),
            (".", ".".into()),
            ("-", "-".into()),
            ("_1", "_1".into()),
            ("e5", "e5".into()),
            ("medium", "medium".into()),
        ] {
            assert_eq!(plain(text), expected, "{text:?}");
        }
    }

    #[test]
    fn quotes_and_tags_make_text() {
        let quoted = Scalar { text: "80".into(), plain: false, tag: None };
        assert_eq!(json(&quoted), Value::from("80"));
        let tagged = Scalar { text: "80".into(), plain: true, tag: Some("str".into()) };
        assert_eq!(json(&tagged), Value::from("80"));
        let float = Scalar { text: "80".into(), plain: true, tag: Some("float".into()) };
        assert_eq!(json(&float), Value::from(80.0));
    }

    #[test]
    fn what_another_reader_would_retype_is_known() {
        for text in ["1:30", "2020-01-01", "2020-01-01T10:00:00Z", "yes", "12", "", "null", "="] {
            assert!(changes_type(text), "{text:?}");
        }
        for text in ["arn:aws:sqs:eu-west-1:111122223333:q", "2020-x", "word", "012345678901"] {
            assert!(!changes_type(text), "{text:?}");
        }
    }
}
