//! Inputs derived from the model, each with what has to be said of it: every constraint of every member broken once, and
//! the values that just satisfy it.

use serde_json::{Value, json};

use super::model::{Kind, Member, Operation, Shape};
use super::samples::{full, text_of_length, text_unlike};

const NOT_NULL: &str = "Member must not be null";

/// An input and what has to be said of it.
pub(crate) struct Case {
    pub(crate) input: Value,
    pub(crate) expected: Expected,
}

/// What has to be said of an input.
#[derive(Debug)]
pub(crate) enum Expected {
    /// The model has nothing against it.
    Accepted,
    /// It breaks constraints.
    Refused(Vec<Broken>),
    /// It has a value of another JSON type; the whole text.
    Mistyped(String),
}

/// A broken constraint.
#[derive(Debug)]
pub(crate) struct Broken {
    /// The value as AWS quotes it, with the space behind it; nothing where the test doesn't say.
    quoted: Option<String>,
    at: String,
    constraint: String,
}

impl Broken {
    /// Whether one part of a message says so.
    pub(crate) fn is_said(&self, part: &str) -> bool {
        let end = format!("at '{}' failed to satisfy constraint: {}", self.at, self.constraint);
        match &self.quoted {
            Some(quoted) => part == format!("Value {quoted}{end}"),
            None => part.starts_with("Value '") && part.ends_with(&format!("' {end}")),
        }
    }
}

/// All cases of an operation.
pub(crate) fn cases(operation: Operation) -> Vec<Case> {
    let mut cases = Cases(Vec::new());
    let input = operation.input();
    cases.accepted(full(input));
    for mistyped in [json!([]), json!("text"), json!(1), json!(true)] {
        cases.mistyped(mistyped, "Expected structure or null in the body of the request".to_owned());
    }
    cases.members(input, &Place { at: String::new(), hidden: false, put: &|value| value });
    cases.0
}

/// Where in an input a value stands.
struct Place<'a> {
    /// As AWS writes it.
    at: String,
    /// Whether something around it is sensitive, so that it mustn't be quoted.
    hidden: bool,
    /// The input with this value there, which satisfies the model everywhere else.
    put: &'a dyn Fn(Value) -> Value,
}

impl Place<'_> {
    fn member_at(&self, name: &str) -> String {
        if self.at.is_empty() { name.to_owned() } else { format!("{}.{name}", self.at) }
    }

    /// What a message quotes of a value that stands here.
    fn quoted(&self, value: &Value, shape: Shape) -> Option<String> {
        match value {
            Value::Null => Some("null ".to_owned()),
            _ if self.hidden || shape.is_sensitive() => Some(String::new()),
            Value::String(text) if text.len() > 1000 => None,
            Value::String(text) => Some(format!("'{text}' ")),
            Value::Number(number) => Some(format!("'{number}' ")),
            _ => None,
        }
    }
}

struct Cases(Vec<Case>);

impl Cases {
    fn accepted(&mut self, input: Value) {
        self.0.push(Case { input, expected: Expected::Accepted });
    }

    fn mistyped(&mut self, input: Value, message: String) {
        self.0.push(Case { input, expected: Expected::Mistyped(message) });
    }

    /// What is wrong with `value` where it stands; nothing: it is accepted.
    fn judged(&mut self, value: Value, shape: Shape, place: &Place<'_>, constraints: Vec<String>) {
        let broken =
            |constraint| Broken { quoted: place.quoted(&value, shape), at: place.at.clone(), constraint };
        let broken: Vec<_> = constraints.into_iter().map(broken).collect();
        let expected = if broken.is_empty() { Expected::Accepted } else { Expected::Refused(broken) };
        self.0.push(Case { input: (place.put)(value), expected });
    }

    fn value(&mut self, shape: Shape, place: &Place<'_>) {
        self.types(shape, place);
        match shape.kind() {
            Kind::Structure => self.members(shape, place),
            Kind::Union => self.alternatives(shape, place),
            Kind::List(of) => self.list(shape, of, place),
            _ => {
                for value in scalars(shape) {
                    let constraints = broken(&value, shape);
                    self.judged(value, shape, place, constraints);
                }
            }
        }
    }

    /// A value of each JSON type that the shape doesn't take.
    fn types(&mut self, shape: Shape, place: &Place<'_>) {
        for (value, problem) in mistyped(shape) {
            self.mistyped((place.put)(value), format!("{problem} at '{}'", place.at));
        }
    }

    fn members(&mut self, shape: Shape, place: &Place<'_>) {
        let whole = full(shape);
        self.accepted((place.put)(with(&whole, "shinyNewMember", json!({"of": ["tomorrow"]}))));
        for Member { name, shape, required } in shape.members() {
            let put = |value| (place.put)(with(&whole, name, value));
            let at = place.member_at(name);
            let member = Place { at: at.clone(), hidden: place.hidden || shape.is_sensitive(), put: &put };
            for absent in [put(Value::Null), (place.put)(without(&whole, name))] {
                let missing = Broken {
                    quoted: Some("null ".to_owned()),
                    at: at.clone(),
                    constraint: NOT_NULL.to_owned(),
                };
                let expected = if required { Expected::Refused(vec![missing]) } else { Expected::Accepted };
                self.0.push(Case { input: absent, expected });
            }
            self.value(shape, &member);
        }
    }

    fn alternatives(&mut self, shape: Shape, place: &Place<'_>) {
        let members = shape.members();
        let names: Vec<_> = members.iter().map(|member| member.name).collect();
        let constraint = format!("Member must have exactly one member set: [{}]", names.join(", "));
        let mut wrong = vec![json!({}), json!({names[0]: null}), json!({"shinyNewMember": {}})];
        for pair in members.windows(2) {
            wrong.push(json!({pair[0].name: full(pair[0].shape), pair[1].name: full(pair[1].shape)}));
        }
        for value in wrong {
            self.judged(value, shape, place, vec![constraint.clone()]);
        }
        for Member { name, shape, .. } in members {
            let put = |value| (place.put)(json!({name: value}));
            let hidden = place.hidden || shape.is_sensitive();
            self.value(shape, &Place { at: place.member_at(name), hidden, put: &put });
        }
    }

    fn list(&mut self, shape: Shape, of: Shape, place: &Place<'_>) {
        let many = |count: i64| Value::from_iter((0..count).map(|_| full(of)));
        for count in
            [shape.min(), shape.min().map(|min| min - 1), shape.max(), shape.max().map(|max| max + 1)]
        {
            if let Some(count) = count.filter(|count| *count >= 0) {
                self.judged(many(count), shape, place, length_broken(count, shape));
            }
        }
        let put = |value| (place.put)(json!([value]));
        let at = format!("{}.1.member", place.at);
        let element = Place { at, hidden: place.hidden || of.is_sensitive(), put: &put };
        if matches!(of.kind(), Kind::Structure | Kind::Union | Kind::List(_)) {
            self.judged(Value::Null, of, &element, vec![NOT_NULL.to_owned()]);
            self.value(of, &element);
            return;
        }
        self.types(of, &element);
        // AWS doesn't say which of the scalars in a list is wrong, but what all of them have to satisfy.
        let all = format!("Member must satisfy constraint: [{}]", constraints(of).join(", "));
        self.judged(json!([null]), shape, place, vec![all.clone()]);
        for value in scalars(of) {
            let is_well = broken(&value, of).is_empty();
            self.judged(json!([value]), shape, place, if is_well { vec![] } else { vec![all.clone()] });
        }
    }
}

fn with(whole: &Value, name: &str, value: Value) -> Value {
    let mut changed = whole.clone();
    changed[name] = value;
    changed
}

fn without(whole: &Value, name: &str) -> Value {
    let mut changed = whole.clone();
    changed.as_object_mut().expect("a structure").remove(name);
    changed
}

/// Values of a scalar shape: each that just satisfies it, and each that just breaks a constraint.
fn scalars(shape: Shape) -> Vec<Value> {
    match shape.kind() {
        Kind::Enum(values) => {
            let known = values.iter().map(|value| json!(value));
            let unknown = ["NO_SUCH_VALUE".to_owned(), swapped_case(values[0]), String::new()];
            known.chain(unknown.into_iter().map(Value::from)).collect()
        }
        Kind::Text => texts(shape).into_iter().map(Value::from).collect(),
        Kind::Integer => {
            let (min, max) = (shape.min().unwrap_or(0), shape.max().unwrap_or(1_000));
            vec![
                json!(min),
                json!(max),
                json!(5.0),
                json!(min - 1),
                json!(max + 1),
                json!(i32::MIN),
                json!(i32::MAX),
            ]
        }
        Kind::Boolean => vec![json!(true), json!(false)],
        Kind::Timestamp => vec![json!(0), json!(1_600_000_000.123)],
        Kind::Structure | Kind::Union | Kind::List(_) => panic!("{} is no scalar", shape.name),
    }
}

fn swapped_case(text: &str) -> String {
    let lower = text.to_lowercase();
    if lower == text { text.to_uppercase() } else { lower }
}

fn texts(shape: Shape) -> Vec<String> {
    let lengths = [shape.min(), shape.min().map(|min| min - 1), shape.max(), shape.max().map(|max| max + 1)];
    let lengths = lengths.into_iter().flatten().filter_map(|length| usize::try_from(length).ok());
    let mut texts = Vec::new();
    for length in lengths {
        // Where no text of that length matches the pattern, it breaks both.
        texts.push(text_of_length(shape, length).unwrap_or_else(|| "!".repeat(length)));
        if shape.pattern().is_none() {
            texts.push("ü".repeat(length));
        }
    }
    if shape.pattern().is_some() {
        let unlike = text_unlike(shape);
        let fine = texts.iter().find(|text| shape.matches(text) && !text.is_empty()).cloned();
        texts.extend(fine.map(|fine| format!("{}\n", &fine[..fine.len() - 1])));
        texts.push(unlike);
    }
    texts
}

/// The constraints that a scalar breaks, in AWS's order: length, then pattern.
fn broken(value: &Value, shape: Shape) -> Vec<String> {
    match (shape.kind(), value) {
        (Kind::Enum(values), Value::String(text)) if !values.contains(&text.as_str()) => one_of(&values),
        (Kind::Text, Value::String(text)) => {
            let length = i64::try_from(text.chars().count()).expect("a length");
            let mut broken = length_broken(length, shape);
            if !shape.matches(text) {
                broken.extend(shape.pattern().map(like));
            }
            broken
        }
        (Kind::Integer, Value::Number(number)) => {
            let number = number.as_i64().unwrap_or(5);
            let below = shape.min().filter(|min| number < *min);
            let above = shape.max().filter(|max| number > *max);
            let below = below.map(|min| format!("Member must have value greater than or equal to {min}"));
            let above = above.map(|max| format!("Member must have value less than or equal to {max}"));
            below.into_iter().chain(above).collect()
        }
        _ => vec![],
    }
}

fn length_broken(length: i64, shape: Shape) -> Vec<String> {
    let short = shape.min().filter(|min| length < *min).map(at_least);
    let long = shape.max().filter(|max| length > *max).map(at_most);
    short.into_iter().chain(long).collect()
}

/// Every constraint of a scalar, as a list tells of its elements.
fn constraints(shape: Shape) -> Vec<String> {
    let mut all = match shape.kind() {
        Kind::Enum(values) => one_of(&values),
        _ => shape
            .max()
            .map(at_most)
            .into_iter()
            .chain(shape.min().map(at_least))
            .chain(shape.pattern().map(like))
            .collect(),
    };
    all.push(NOT_NULL.to_owned());
    all
}

fn one_of(values: &[&str]) -> Vec<String> {
    vec![format!("Member must satisfy enum value set: [{}]", values.join(", "))]
}

fn at_least(min: i64) -> String {
    format!("Member must have length greater than or equal to {min}")
}

fn at_most(max: i64) -> String {
    format!("Member must have length less than or equal to {max}")
}

fn like(pattern: &str) -> String {
    format!("Member must satisfy regular expression pattern: {pattern}")
}

/// Values of JSON types that a shape doesn't take, and what is said of them.
fn mistyped(shape: Shape) -> Vec<(Value, String)> {
    let scalar = |wanted: &str| {
        vec![
            (json!(12), format!("NUMBER_VALUE can not be converted to {wanted}")),
            (json!("text"), format!("STRING_VALUE can not be converted to {wanted}")),
            (json!(true), format!("TRUE_VALUE can not be converted to {wanted}")),
            (json!(false), format!("FALSE_VALUE can not be converted to {wanted}")),
            (json!(["text"]), "Start of list found where not expected".to_owned()),
            (json!({"of": 1}), "Start of structure or map found where not expected".to_owned()),
        ]
    };
    let (mut values, taken): (_, fn(&Value) -> bool) = match shape.kind() {
        Kind::Structure | Kind::Union => (around("structure"), |_| false),
        Kind::List(_) => (around("list"), |_| false),
        Kind::Enum(_) | Kind::Text => (scalar("String"), Value::is_string),
        Kind::Integer => (scalar("Integer"), Value::is_number),
        Kind::Boolean => (scalar("Boolean"), Value::is_boolean),
        Kind::Timestamp => (scalar("Timestamp"), Value::is_number),
    };
    values.retain(|(value, _)| !taken(value));
    if matches!(shape.kind(), Kind::Integer) {
        let no_integer = "NUMBER_VALUE can not be converted to Integer".to_owned();
        values.extend([json!(1.5), json!(1e300), json!(i64::MAX)].map(|value| (value, no_integer.clone())));
    }
    values
}

fn around(wanted: &str) -> Vec<(Value, String)> {
    let other = if wanted == "list" { json!({}) } else { json!([]) };
    let values = [json!(12), json!("text"), json!(true), other];
    values.map(|value| (value, format!("Expected {wanted} or null"))).to_vec()
}
