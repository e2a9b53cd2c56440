//! Identifiers that Protium makes: lowercase UUIDs.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The id of a deployment or of a service operation: a lowercase UUID (behaviour 1.1). Protium makes version 7, which
/// sort by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Identifier(String);

/// Why a text is no [`Identifier`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{0}' is not an id: it must be a lowercase UUID")]
pub struct InvalidIdentifier(pub String);

impl Identifier {
    /// Checks `text` and makes an id of it.
    ///
    /// # Errors
    /// [`InvalidIdentifier`] unless it has the form 8-4-4-4-12 of lowercase hexadecimal digits.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidIdentifier> {
        let text = text.into();
        let is_valid = text.len() == 36
            && text.bytes().enumerate().all(|(index, byte)| match index {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
            });
        if is_valid { Ok(Self(text)) } else { Err(InvalidIdentifier(text)) }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for Identifier {
    type Error = InvalidIdentifier;
    fn try_from(text: String) -> Result<Self, InvalidIdentifier> {
        Self::new(text)
    }
}

impl From<Identifier> for String {
    fn from(id: Identifier) -> String {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0190163d-8694-739b-aea5-966c26f8ad91", true)]
    #[case("0190163D-8694-739b-aea5-966c26f8ad91", false)]
    #[case("0190163d8694-739b-aea5-966c26f8ad9100", false)]
    #[case("", false)]
    fn only_lowercase_uuids_are_ids(#[case] text: &str, #[case] valid: bool) {
        assert_eq!(Identifier::new(text).is_ok(), valid);
    }
}
