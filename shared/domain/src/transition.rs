//! What all lifecycles share: a change of status, and the refusal of one.

use std::fmt;

use thiserror::Error;

/// A status before and after a transition. There is no `from` when the resource was just made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition<S> {
    /// The status that was left.
    pub from: Option<S>,
    /// The status that was entered.
    pub to: S,
}

/// A transition that the lifecycle doesn't have (behaviour section 3).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{subject} is {status}: it can't {trigger} now")]
pub struct IllegalTransition {
    /// What kind of thing refused, for people: "the environment", "the template version".
    pub subject: &'static str,
    /// The status that it has.
    pub status: String,
    /// What was asked of it.
    pub trigger: &'static str,
}

impl IllegalTransition {
    /// The refusal of `trigger` in `status`.
    pub fn new(subject: &'static str, status: impl fmt::Display, trigger: &'static str) -> Self {
        Self { subject, status: status.to_string(), trigger }
    }
}
