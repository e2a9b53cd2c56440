//! Static descriptions of the interface's shapes: what the model says beyond a Rust type.
//!
//! A [`Shape`] is built at compile time by the macros of this crate, lives in a `static` beside its type and costs
//! nothing until it is walked. Patterns compile when they are first needed, so that a Lambda's cold start pays for
//! none of them.

use regex_lite::Regex;
use std::{fmt, sync::OnceLock};

/// One shape of the interface: a structure, a list, a string with its constraints, …
#[derive(Debug)]
pub struct Shape {
    /// Name in the service's model, e.g. `ResourceName`.
    pub name: &'static str,
    /// What sort of value it is, with its constraints.
    pub kind: Kind,
    /// Whether its values must never be shown: not in logs, not in error messages.
    pub sensitive: bool,
    regex: OnceLock<Option<Regex>>,
}

/// The sort of a [`Shape`].
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// An object with these members.
    Structure(&'static [Member]),
    /// An object of which exactly one of these members is present.
    Union(&'static [Member]),
    /// An array.
    List {
        /// Shape of its elements.
        of: &'static Shape,
        /// Fewest and most elements.
        length: Option<(usize, usize)>,
    },
    /// A string out of a closed set.
    Enum(&'static [&'static str]),
    /// Any other string.
    Text {
        /// Fewest and most characters.
        length: Option<(usize, usize)>,
        /// Regular expression that the whole value matches.
        pattern: Option<&'static str>,
    },
    /// A whole number.
    Integer {
        /// Least and greatest value.
        range: Option<(i64, i64)>,
    },
    /// `true` or `false`.
    Boolean,
    /// A point in time: epoch seconds with fractions.
    Timestamp,
}

/// A member of a structure or union.
#[derive(Debug)]
pub struct Member {
    /// Name on the wire, e.g. `templateName`.
    pub name: &'static str,
    /// Its shape.
    pub shape: &'static Shape,
    /// Whether it has to be there.
    pub presence: Presence,
}

/// Whether a member has to be present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It may be absent.
    Optional,
    /// It is always present.
    Required,
    /// The model says "required", yet Proton leaves it out until there is a value (behaviour 1.3): an `Option` in
    /// Rust, `required` in the published model.
    Eventual,
    /// It may be absent; clients fill it with a fresh idempotency token.
    Token,
}

impl Presence {
    /// Whether the model lists the member as required.
    pub fn required_by_model(self) -> bool {
        matches!(self, Self::Required | Self::Eventual)
    }
}

impl Shape {
    /// Describes a shape whose values may be shown.
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, sensitive: false, regex: OnceLock::new() }
    }

    /// Describes a shape, sensitive or not.
    pub const fn with_sensitivity(name: &'static str, kind: Kind, sensitive: bool) -> Self {
        Self { name, kind, sensitive, regex: OnceLock::new() }
    }

    /// Whether the whole of `value` matches the shape's pattern; true when it has none.
    pub fn matches(&self, value: &str) -> bool {
        let Kind::Text { pattern: Some(pattern), .. } = self.kind else { return true };
        // The patterns are constants and a test compiles each of them, so `None` doesn't happen.
        let regex = self.regex.get_or_init(|| Regex::new(&format!("^(?:{pattern})$")).ok());
        regex.as_ref().is_some_and(|regex| regex.is_match(value))
    }

    /// The members of a structure or union; none for every other kind.
    pub fn members(&self) -> &'static [Member] {
        match self.kind {
            Kind::Structure(members) | Kind::Union(members) => members,
            _ => &[],
        }
    }
}

/// A type that is declared together with its [`Shape`].
pub trait Shaped {
    /// The description of this type.
    fn shape() -> &'static Shape;
}

/// How the macros ask a member of any type whether it has a value to send.
///
/// Serde's `skip_serializing_if` stands on every member; only an `Option` can be absent.
pub trait Presentable {
    /// Whether the member is left out of the JSON.
    fn is_absent(&self) -> bool {
        false
    }
}

impl<T> Presentable for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T> Presentable for Vec<T> {}
impl Presentable for String {}
impl Presentable for i32 {}
impl Presentable for bool {}

/// A member as `Debug` shows it: `***` where its shape is sensitive.
pub(crate) struct Shown<'a, T>(pub(crate) &'a T, pub(crate) &'static Shape);

impl<T: fmt::Debug + Presentable> fmt::Debug for Shown<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.1.sensitive && !self.0.is_absent() { f.write_str("***") } else { self.0.fmt(f) }
    }
}
