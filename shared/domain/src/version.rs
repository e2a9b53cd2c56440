//! Version numbers of templates: `major.minor`, decimal, without leading zeros, compared as numbers (behaviour 1.1).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The number of one template version, such as `1.4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VersionNumber {
    /// The major part. A new major may break its users.
    pub major: u64,
    /// The minor part. A new minor stays compatible with the earlier minors of its major (behaviour 4.8).
    pub minor: u64,
}

/// Why a text is no version number or no part of one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{0}' is not a version: use decimal numbers without leading zeros, such as 1 or 1.0")]
pub struct InvalidVersion(pub String);

impl VersionNumber {
    /// The version `major.minor`.
    #[must_use]
    pub const fn new(major: u64, minor: u64) -> Self {
        Self { major, minor }
    }
}

/// Reads one part of a version, as requests carry it: `"0"`, `"12"`.
///
/// # Errors
/// [`InvalidVersion`] for anything but a decimal number of 64 bits without leading zeros.
pub fn version_part(text: &str) -> Result<u64, InvalidVersion> {
    let canonical = text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
    if !canonical {
        return Err(InvalidVersion(text.to_owned()));
    }
    text.parse().map_err(|_| InvalidVersion(text.to_owned()))
}

impl fmt::Display for VersionNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for VersionNumber {
    type Err = InvalidVersion;
    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let (major, minor) = text.split_once('.').ok_or_else(|| InvalidVersion(text.to_owned()))?;
        Ok(Self { major: version_part(major)?, minor: version_part(minor)? })
    }
}

impl TryFrom<String> for VersionNumber {
    type Error = InvalidVersion;
    fn try_from(text: String) -> Result<Self, InvalidVersion> {
        text.parse()
    }
}

impl From<VersionNumber> for String {
    fn from(version: VersionNumber) -> String {
        version.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0", Some(0))]
    #[case("12", Some(12))]
    #[case("01", None)]
    #[case("", None)]
    #[case("-1", None)]
    #[case("1.0", None)]
    #[case("99999999999999999999", None)]
    fn parts_are_canonical_decimals(#[case] text: &str, #[case] expected: Option<u64>) {
        assert_eq!(version_part(text).ok(), expected);
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(VersionNumber::new(1, 10) > VersionNumber::new(1, 9));
        assert!(VersionNumber::new(2, 0) > VersionNumber::new(1, 10));
    }

    proptest! {
        #[test]
        fn text_round_trips(major: u64, minor: u64) {
            let version = VersionNumber::new(major, minor);
            prop_assert_eq!(version.to_string().parse(), Ok(version));
        }
    }
}
