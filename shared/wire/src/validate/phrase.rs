//! The words in which AWS speaks of constraints.

use super::Path;
use crate::{
    error::{ErrorCode, WireError},
    shape::{Kind, Shape},
};
use serde_json::Value;
use std::fmt::{self, Write};

pub(super) const NOT_NULL: &str = "Member must not be null";

/// Characters of a value that a message quotes at most; longer ones end in `…`.
const QUOTED_LENGTH: usize = 1000;

/// The constraints of a scalar shape that `value` breaks; an error when it has another JSON type.
pub(super) fn broken(value: &Value, shape: &Shape, at: &Path<'_>) -> Result<Vec<String>, WireError> {
    match (shape.kind, value) {
        (Kind::Text { length, pattern }, Value::String(text)) => {
            let mut broken = length_broken(text.chars().count(), length);
            if !shape.matches(text) {
                broken.extend(pattern.map(must_match));
            }
            Ok(broken)
        }
        (Kind::Enum(values), Value::String(text)) => {
            Ok(if values.contains(&text.as_str()) { vec![] } else { vec![must_be_one_of(values)] })
        }
        (Kind::Integer { range }, Value::Number(_)) => {
            let number = integer(value).ok_or_else(|| mismatch(value, "Integer", at))?;
            Ok(range_broken(number, range))
        }
        (Kind::Boolean, Value::Bool(_)) | (Kind::Timestamp, Value::Number(_)) => Ok(vec![]),
        (kind, _) => Err(mismatch(value, kind_name(kind), at)),
    }
}

/// The value as serde expects it: whole numbers written with a fraction (`5.0`) become integers.
pub(super) fn canonical(value: &Value, shape: &Shape) -> Value {
    match shape.kind {
        Kind::Integer { .. } => integer(value).map_or_else(|| value.clone(), Value::from),
        _ => value.clone(),
    }
}

fn integer(value: &Value) -> Option<i64> {
    let whole = |number: f64| number.fract() == 0.0 && number.abs() <= f64::from(i32::MAX);
    let integer = value.as_i64().or_else(|| value.as_f64().filter(|n| whole(*n)).map(|n| n as i64))?;
    i32::try_from(integer).ok().map(i64::from)
}

/// Every constraint that a scalar shape has, broken or not.
pub(super) fn all(shape: &Shape) -> Vec<String> {
    let mut all = match shape.kind {
        Kind::Text { length, pattern } => {
            let lengths = length.map(|(min, max)| vec![at_most(max), at_least(min)]).unwrap_or_default();
            lengths.into_iter().chain(pattern.map(must_match)).collect()
        }
        Kind::Enum(values) => vec![must_be_one_of(values)],
        _ => vec![],
    };
    all.push(NOT_NULL.to_owned());
    all
}

pub(super) fn length_broken(length: usize, limits: Option<(usize, usize)>) -> Vec<String> {
    match limits {
        Some((min, _)) if length < min => vec![at_least(min)],
        Some((_, max)) if length > max => vec![at_most(max)],
        _ => vec![],
    }
}

fn range_broken(number: i64, range: Option<(i64, i64)>) -> Vec<String> {
    match range {
        Some((min, _)) if number < min => {
            vec![format!("Member must have value greater than or equal to {min}")]
        }
        Some((_, max)) if number > max => vec![format!("Member must have value less than or equal to {max}")],
        _ => vec![],
    }
}

fn at_least(min: usize) -> String {
    format!("Member must have length greater than or equal to {min}")
}

fn at_most(max: usize) -> String {
    format!("Member must have length less than or equal to {max}")
}

fn must_match(pattern: &str) -> String {
    format!("Member must satisfy regular expression pattern: {pattern}")
}

fn must_be_one_of(values: &[&str]) -> String {
    format!("Member must satisfy enum value set: [{}]", values.join(", "))
}

/// The error for a value of another JSON type than `wanted`; AWS's words, followed by where it is.
pub(super) fn mismatch(value: &Value, wanted: &str, at: &Path<'_>) -> WireError {
    let problem = match (wanted, value) {
        ("structure" | "list", _) => format!("Expected {wanted} or null"),
        (_, Value::Object(_)) => "Start of structure or map found where not expected".to_owned(),
        (_, Value::Array(_)) => "Start of list found where not expected".to_owned(),
        (_, Value::Number(_)) => format!("NUMBER_VALUE can not be converted to {wanted}"),
        (_, Value::String(_)) => format!("STRING_VALUE can not be converted to {wanted}"),
        (_, Value::Bool(true)) => format!("TRUE_VALUE can not be converted to {wanted}"),
        (_, Value::Bool(false)) => format!("FALSE_VALUE can not be converted to {wanted}"),
        (_, Value::Null) => format!("Expected {wanted}"),
    };
    let place = match at {
        Path::Root => "in the body of the request".to_owned(),
        at => format!("at '{at}'"),
    };
    WireError::new(ErrorCode::Serialization, format!("{problem} {place}"))
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Structure(_) | Kind::Union(_) => "structure",
        Kind::List { .. } => "list",
        Kind::Enum(_) | Kind::Text { .. } => "String",
        Kind::Integer { .. } => "Integer",
        Kind::Boolean => "Boolean",
        Kind::Timestamp => "Timestamp",
    }
}

/// A value as a message shows it, with the space after it: `null `, `'x' `, or nothing if it is sensitive.
pub(super) struct Quoted<'a> {
    pub(super) value: Option<&'a Value>,
    pub(super) shape: &'a Shape,
    pub(super) hidden: bool,
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            None => f.write_str("null "),
            Some(_) if self.hidden => Ok(()),
            Some(value) => {
                let mut text = Limited::default();
                // The only failure is that the limit is reached, and then the text is as long as it may be.
                let _ = plain(value, self.shape, &mut text);
                write!(f, "'{}' ", text.0)
            }
        }
    }
}

/// Text that takes no more than [`QUOTED_LENGTH`] characters, so that quoting a huge value stays cheap.
#[derive(Default)]
struct Limited(String);

impl Write for Limited {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            // Bytes rather than characters: close enough for a limit, and it needs no counting.
            if self.0.len() >= QUOTED_LENGTH {
                self.0.push('…');
                return Err(fmt::Error);
            }
            self.0.push(character);
        }
        Ok(())
    }
}

/// `[a, b]` for lists, `Tag(key=a, value=b)` for structures, `***` for what is sensitive further in.
fn plain(value: &Value, shape: &Shape, text: &mut Limited) -> fmt::Result {
    if shape.sensitive {
        return text.write_str("***");
    }
    match (value, shape.kind) {
        (Value::String(string), _) => text.write_str(string),
        (Value::Array(elements), Kind::List { of, .. }) => {
            text.write_str("[")?;
            for (index, element) in elements.iter().enumerate() {
                text.write_str(if index > 0 { ", " } else { "" })?;
                plain(element, of, text)?;
            }
            text.write_str("]")
        }
        (Value::Object(members), _) => {
            write!(text, "{}(", shape.name)?;
            let given = shape.members().iter().filter_map(|m| members.get(m.name).map(|value| (m, value)));
            for (index, (member, value)) in given.enumerate() {
                write!(text, "{}{}=", if index > 0 { ", " } else { "" }, member.name)?;
                plain(value, member.shape, text)?;
            }
            text.write_str(")")
        }
        (value, _) => write!(text, "{value}"),
    }
}
