//! Names of Proton resources.
//!
//! Validation by newtype: a [`ResourceName`] that exists is valid, so nothing below the API checks names again.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The name of a template, environment, service, service instance or component: 1 to 100 characters, the first one
/// alphanumeric, the rest alphanumeric, `_` or `-`; case-sensitive (behaviour 1.1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResourceName(String);

/// Why a text is not a [`ResourceName`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "'{0}' is not a resource name: use 1 to 100 letters, digits, '_' or '-', beginning with a letter or a digit"
)]
pub struct InvalidName(pub String);

impl ResourceName {
    /// Checks `text` and makes a name of it.
    ///
    /// # Errors
    /// [`InvalidName`] when it breaks the pattern or the length of behaviour 1.1.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidName> {
        let text = text.into();
        let mut bytes = text.bytes();
        let first_is_valid = bytes.next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        let rest_is_valid = bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        if first_is_valid && rest_is_valid && text.len() <= 100 {
            Ok(Self(text))
        } else {
            Err(InvalidName(text))
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl AsRef<str> for ResourceName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ResourceName {
    type Error = InvalidName;
    fn try_from(text: String) -> Result<Self, InvalidName> {
        Self::new(text)
    }
}

impl TryFrom<&str> for ResourceName {
    type Error = InvalidName;
    fn try_from(text: &str) -> Result<Self, InvalidName> {
        Self::new(text)
    }
}

impl From<ResourceName> for String {
    fn from(name: ResourceName) -> String {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a", true)]
    #[case("9lives", true)]
    #[case("my-env_2", true)]
    #[case("", false)]
    #[case("-env", false)]
    #[case("_env", false)]
    #[case("my env", false)]
    #[case("größe", false)]
    fn the_pattern_decides(#[case] text: &str, #[case] valid: bool) {
        assert_eq!(ResourceName::new(text).is_ok(), valid);
    }

    #[test]
    fn a_name_has_at_most_100_characters() {
        assert!(ResourceName::new("x".repeat(100)).is_ok());
        assert!(ResourceName::new("x".repeat(101)).is_err());
    }
}
