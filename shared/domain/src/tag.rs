//! Tags of resources (behaviour section 11).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The customer's tags of one resource, by key: at most [`Tags::MOST`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(BTreeMap<String, String>);

/// Why tags are refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidTag {
    /// The key begins with the prefix that AWS keeps for itself.
    #[error("the tag key '{0}' begins with 'aws:', which is reserved; choose another key")]
    Reserved(String),
    /// A character that tags can't hold.
    #[error("the tag '{0}' holds a character other than letters, digits, spaces and * _ . : / = + - @")]
    Character(String),
    /// The same key twice in one request.
    #[error("the tag key '{0}' is given twice")]
    Duplicate(String),
    /// More than [`Tags::MOST`].
    #[error("a resource holds at most 50 tags, but this would make {0}")]
    TooMany(usize),
}

impl Tags {
    /// The quota of behaviour section 10.
    pub const MOST: usize = 50;

    /// Checks the tags of one request.
    ///
    /// # Errors
    /// [`InvalidTag`] for a reserved or repeated key, a forbidden character, or too many of them.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, InvalidTag> {
        let mut tags = BTreeMap::new();
        for (key, value) in pairs {
            check(&key, &value)?;
            if tags.insert(key.clone(), value).is_some() {
                return Err(InvalidTag::Duplicate(key));
            }
        }
        if tags.len() > Self::MOST { Err(InvalidTag::TooMany(tags.len())) } else { Ok(Self(tags)) }
    }

    /// Tags that are derived of others, however many. Never stored with a resource.
    #[must_use]
    pub fn unlimited(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// These tags with `other` written over them, as TagResource does.
    ///
    /// # Errors
    /// [`InvalidTag::TooMany`] when the union exceeds the quota.
    pub fn with(&self, other: &Self) -> Result<Self, InvalidTag> {
        let mut tags = self.0.clone();
        tags.extend(other.0.iter().map(|(key, value)| (key.clone(), value.clone())));
        if tags.len() > Self::MOST { Err(InvalidTag::TooMany(tags.len())) } else { Ok(Self(tags)) }
    }

    /// These tags without `keys`; absent keys are harmless.
    #[must_use]
    pub fn without(&self, keys: &[String]) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(key, _)| !keys.contains(key))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect(),
        )
    }

    /// Keys and values, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn check(key: &str, value: &str) -> Result<(), InvalidTag> {
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Err(InvalidTag::Reserved(key.to_owned()));
    }
    let allowed = |c: char| c.is_alphanumeric() || " *_.:/=+-@".contains(c);
    if key.chars().chain(value.chars()).all(allowed) {
        Ok(())
    } else {
        Err(InvalidTag::Character(key.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[rstest]
    #[case(&[("team", "a b")], true)]
    #[case(&[("AWS:x", "v")], false)]
    #[case(&[("team", "a"), ("team", "b")], false)]
    #[case(&[("te\nam", "a")], false)]
    fn requests_are_checked(#[case] given: &[(&str, &str)], #[case] valid: bool) {
        assert_eq!(Tags::new(pairs(given)).is_ok(), valid);
    }

    #[test]
    fn tagging_overwrites_and_counts() {
        let before = Tags::new(pairs(&[("a", "1"), ("b", "2")])).expect("valid");
        let after = before.with(&Tags::new(pairs(&[("b", "3")])).expect("valid")).expect("fits");
        assert_eq!(after.iter().collect::<Vec<_>>(), [("a", "1"), ("b", "3")]);
        let many = Tags::new((0..50).map(|n| (format!("k{n}"), String::new()))).expect("fits");
        assert_eq!(many.with(&before), Err(InvalidTag::TooMany(52)));
    }
}
