//! Checks a JSON value against a shape and names every constraint that it breaks, in AWS's words.
//!
//! Like AWS, values of a wrong JSON type are found before any constraint is looked at, members the model doesn't know
//! are ignored, and `null` is the same as absent. Values of sensitive shapes are never quoted: where AWS writes
//! `Value 'x' at 'name'` it writes `Value at 'spec'` for those, and so do we.

mod phrase;

use crate::{
    error::{ErrorCode, WireError},
    shape::{Kind, Member, Presence, Shape},
};
use phrase::Quoted;
use serde_json::{Map, Value};

/// How many broken constraints a message lists; the number in front always counts all of them.
const LISTED: usize = 50;

/// Checks `value` against `shape` and returns it reduced to what the model knows: no unknown members, no nulls.
///
/// # Errors
///
/// `SerializationException` when something has a wrong JSON type, else `ValidationException` that names all broken
/// constraints.
pub fn check(value: &Value, shape: &'static Shape) -> Result<Value, WireError> {
    let mut walk = Walk::default();
    let known = walk.value(value, shape, &Path::Root)?;
    walk.finish(known)
}

/// Where in the input a value stands.
enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'static str),
    Element(&'a Path<'a>, usize),
}

impl std::fmt::Display for Path<'_> {
    /// As AWS writes it: `tags.1.member.key`, counted from 1.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(Self::Root, name) => f.write_str(name),
            Self::Member(parent, name) => write!(f, "{parent}.{name}"),
            Self::Element(parent, index) => write!(f, "{parent}.{}.member", index + 1),
        }
    }
}

#[derive(Default)]
struct Walk {
    broken: usize,
    listed: Vec<String>,
    /// Whether something around the value at hand is sensitive, and the value with it.
    hidden: bool,
}

impl Walk {
    fn finish(self, known: Value) -> Result<Value, WireError> {
        match self.broken {
            0 => return Ok(known),
            1 => Err(format!("1 validation error detected: {}", self.listed.concat())),
            n => Err(format!("{n} validation errors detected: {}", self.listed.join("; "))),
        }
        .map_err(|message: String| WireError::new(ErrorCode::Validation, message))
    }

    fn report(&mut self, value: Option<&Value>, shape: &Shape, at: &Path<'_>, constraint: &str) {
        self.broken += 1;
        if self.listed.len() < LISTED {
            let quoted = Quoted { value, shape, hidden: self.hidden || shape.sensitive };
            self.listed.push(format!("Value {quoted}at '{at}' failed to satisfy constraint: {constraint}"));
        }
    }

    fn value(&mut self, value: &Value, shape: &'static Shape, at: &Path<'_>) -> Result<Value, WireError> {
        let around = self.hidden;
        self.hidden |= shape.sensitive;
        let known = self.value_inside(value, shape, at);
        self.hidden = around;
        known
    }

    fn value_inside(
        &mut self,
        value: &Value,
        shape: &'static Shape,
        at: &Path<'_>,
    ) -> Result<Value, WireError> {
        match shape.kind {
            Kind::Structure(members) => {
                let known = self.members(value, members, at)?;
                self.required(&known, members, at);
                Ok(Value::Object(known))
            }
            Kind::Union(members) => {
                let known = self.members(value, members, at)?;
                if known.len() != 1 {
                    let names: Vec<_> = members.iter().map(|member| member.name).collect();
                    let constraint =
                        format!("Member must have exactly one member set: [{}]", names.join(", "));
                    self.report(Some(value), shape, at, &constraint);
                }
                Ok(Value::Object(known))
            }
            Kind::List { of, length } => self.list(value, shape, of, length, at),
            _ => self.scalar(value, shape, at),
        }
    }

    fn members(
        &mut self,
        value: &Value,
        members: &'static [Member],
        at: &Path<'_>,
    ) -> Result<Map<String, Value>, WireError> {
        let Value::Object(given) = value else { return Err(phrase::mismatch(value, "structure", at)) };
        let mut known = Map::new();
        for member in members {
            if let Some(value) = given.get(member.name).filter(|value| !value.is_null()) {
                let at = Path::Member(at, member.name);
                known.insert(member.name.to_owned(), self.value(value, member.shape, &at)?);
            }
        }
        Ok(known)
    }

    fn required(&mut self, known: &Map<String, Value>, members: &'static [Member], at: &Path<'_>) {
        for member in members {
            if member.presence == Presence::Required && !known.contains_key(member.name) {
                self.report(None, member.shape, &Path::Member(at, member.name), phrase::NOT_NULL);
            }
        }
    }

    fn list(
        &mut self,
        value: &Value,
        shape: &'static Shape,
        of: &'static Shape,
        length: Option<(usize, usize)>,
        at: &Path<'_>,
    ) -> Result<Value, WireError> {
        let Value::Array(elements) = value else { return Err(phrase::mismatch(value, "list", at)) };
        let mut known = Vec::with_capacity(elements.len());
        let mut all_well = true;
        for (index, element) in elements.iter().enumerate() {
            let at = Path::Element(at, index);
            match of.kind {
                Kind::Structure(_) | Kind::Union(_) | Kind::List { .. } if element.is_null() => {
                    self.report(None, of, &at, phrase::NOT_NULL);
                }
                Kind::Structure(_) | Kind::Union(_) | Kind::List { .. } => {
                    known.push(self.value(element, of, &at)?);
                }
                _ if element.is_null() => all_well = false,
                _ => {
                    all_well &= phrase::broken(element, of, &at)?.is_empty();
                    known.push(element.clone());
                }
            }
        }
        if !all_well {
            // AWS doesn't say which of the strings in a list is wrong, but what all of them have to satisfy.
            let constraint = format!("Member must satisfy constraint: [{}]", phrase::all(of).join(", "));
            self.report(Some(value), shape, at, &constraint);
        }
        for constraint in phrase::length_broken(elements.len(), length) {
            self.report(Some(value), shape, at, &constraint);
        }
        Ok(Value::Array(known))
    }

    fn scalar(&mut self, value: &Value, shape: &'static Shape, at: &Path<'_>) -> Result<Value, WireError> {
        for constraint in phrase::broken(value, shape, at)? {
            self.report(Some(value), shape, at, &constraint);
        }
        Ok(phrase::canonical(value, shape))
    }
}
