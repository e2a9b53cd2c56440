//! Values that satisfy the model.

use std::iter::repeat_n;

use serde_json::{Map, Value, json};

use super::model::{Kind, Shape};

/// Texts of which each pattern of the models accepts one.
const TEXTS: [&str; 8] = [
    "1",
    "",
    "1.0",
    "111122223333",
    "owner/name",
    "bucket",
    "arn:aws:iam::111122223333:role/protium/deploy",
    "01234567-89ab-cdef-0123-456789abcdef",
];

/// What a text may begin with and go on with, up to any length.
const LONG: [(&str, &str); 5] = [
    ("", "a"),
    ("", "1"),
    ("a/", "a"),
    ("arn:aws:iam::111122223333:role/", "a/a"),
    ("arn:aws:iam::111122223333:role/", "a"),
];

/// A value with every optional member at every level; of a union, its first member.
pub(crate) fn full(shape: Shape) -> Value {
    sample(shape, false)
}

/// A value with what is required and nothing else.
pub(crate) fn sparse(shape: Shape) -> Value {
    sample(shape, true)
}

fn sample(shape: Shape, sparse: bool) -> Value {
    match shape.kind() {
        Kind::Structure => {
            let members = shape.members().into_iter().filter(|member| member.required || !sparse);
            members.map(|member| (member.name.to_owned(), sample(member.shape, sparse))).collect()
        }
        Kind::Union => {
            let first = shape.members().into_iter().next().expect("a union has members");
            Value::Object(Map::from_iter([(first.name.to_owned(), sample(first.shape, sparse))]))
        }
        Kind::List(_) if sparse && shape.min().unwrap_or(0) == 0 => json!([]),
        Kind::List(of) => json!([sample(of, sparse)]),
        Kind::Enum(values) => json!(values[0]),
        Kind::Text => json!(text(shape)),
        Kind::Integer => json!(shape.min().unwrap_or(7)),
        Kind::Boolean => json!(false),
        Kind::Timestamp => json!(1_600_000_000.5),
    }
}

fn text(shape: Shape) -> &'static str {
    let fits = |text: &&str| {
        let length = i64::try_from(text.len()).expect("short");
        let (min, max) = (shape.min().unwrap_or(0), shape.max().unwrap_or(i64::MAX));
        (min..=max).contains(&length) && shape.matches(text)
    };
    TEXTS.into_iter().find(fits).unwrap_or_else(|| panic!("give TEXTS one that fits {}", shape.name))
}

/// A text of that many characters that matches the shape's pattern, where there can be one.
pub(crate) fn text_of_length(shape: Shape, length: usize) -> Option<String> {
    LONG.iter().find_map(|(begin, unit)| {
        let rest = length.checked_sub(begin.len())?;
        let text: String = begin.chars().chain(unit.chars().cycle().take(rest)).collect();
        shape.matches(&text).then_some(text)
    })
}

/// A text that doesn't match the shape's pattern though it isn't too short or too long.
pub(crate) fn text_unlike(shape: Shape) -> String {
    let min = usize::try_from(shape.min().unwrap_or(0)).expect("a length");
    let texts = ["!", "-a", "é x", "01"].map(str::to_owned);
    let padded = texts.iter().map(|text| text.chars().chain(repeat_n('!', min)).collect());
    let mut all = texts.iter().cloned().chain(padded);
    all.find(|text: &String| text.chars().count() >= min && !shape.matches(text))
        .unwrap_or_else(|| panic!("no text is unlike {}", shape.name))
}
