//! Links to repositories (behaviour 8.1).
//!
//! A link says through which code connection a repository of a provider is reached. Template sync, service sync and
//! self-managed provisioning use links; the repository that a service hands to its pipeline is none (behaviour 8.1).

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::revision::Revision;
use crate::tag::Tags;
use crate::time::Timestamp;

/// Who hosts a repository: `RepositoryProvider` on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RepositoryProvider {
    /// github.com.
    Github,
    /// A GitHub Enterprise Server.
    GithubEnterprise,
    /// bitbucket.org.
    Bitbucket,
}

impl RepositoryProvider {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Github, Self::GithubEnterprise, Self::Bitbucket];

    /// As the wire writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Github => "GITHUB",
            Self::GithubEnterprise => "GITHUB_ENTERPRISE",
            Self::Bitbucket => "BITBUCKET",
        }
    }

    /// As ARNs write it (behaviour 1.2).
    #[must_use]
    pub const fn arn_segment(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::GithubEnterprise => "github_enterprise",
            Self::Bitbucket => "bitbucket",
        }
    }
}

/// The name of a repository with its owner: `owner/repo` (behaviour 1.1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepositoryName(String);

/// Why a text is no [`RepositoryName`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{0}' is not a repository name: write it as owner/repo, in at most 100 characters")]
pub struct InvalidRepositoryName(pub String);

impl RepositoryName {
    /// Checks `text` and makes a name of it.
    ///
    /// # Errors
    /// [`InvalidRepositoryName`] unless it has 1 to 100 characters, none of them a control character, and a `/` between
    /// an owner and a repository.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidRepositoryName> {
        let text = text.into();
        let word = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let parts = text.split_once('/').filter(|(owner, repository)| {
            owner.chars().any(word) && repository.chars().next().is_some_and(word)
        });
        let is_valid = parts.is_some() && text.chars().count() <= 100 && !text.chars().any(char::is_control);
        if is_valid { Ok(Self(text)) } else { Err(InvalidRepositoryName(text)) }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for RepositoryName {
    type Error = InvalidRepositoryName;
    fn try_from(text: String) -> Result<Self, InvalidRepositoryName> {
        Self::new(text)
    }
}

impl From<RepositoryName> for String {
    fn from(name: RepositoryName) -> String {
        name.0
    }
}

/// What a link is found by: provider and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryId {
    /// Who hosts it.
    pub provider: RepositoryProvider,
    /// `owner/repo`.
    pub name: RepositoryName,
}

impl RepositoryId {
    /// Reads the tail of a link's ARN, `github:owner/repo`.
    #[must_use]
    pub fn parse(tail: &str) -> Option<Self> {
        let (segment, name) = tail.split_once(':')?;
        let provider =
            RepositoryProvider::ALL.into_iter().find(|provider| provider.arn_segment() == segment)?;
        Some(Self { provider, name: RepositoryName::new(name).ok()? })
    }
}

/// The tail of the ARN.
impl fmt::Display for RepositoryId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.provider.arn_segment(), self.name)
    }
}

/// A link to a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Repository {
    /// Which repository.
    pub id: RepositoryId,
    /// ARN of the code connection through which it is reached.
    pub connection_arn: String,
    /// A KMS key's ARN, kept as given.
    pub encryption_key: Option<String>,
    /// When it was linked.
    pub created_at: Timestamp,
    /// The customer's tags.
    pub tags: Tags,
    /// Set while a deletion looks for users: nobody may begin to use the link until this point in time.
    pub deleting_until: Option<Timestamp>,
    /// Counts commits.
    pub revision: Revision,
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("acme/shop", true)]
    #[case("acme.inc/shop_1-x.y", true)]
    #[case("acme", false)]
    #[case("/shop", false)]
    #[case("acme/", false)]
    #[case("acme/sh\nop", false)]
    #[case("", false)]
    fn names_have_an_owner_and_a_repository(#[case] text: &str, #[case] valid: bool) {
        assert_eq!(RepositoryName::new(text).is_ok(), valid);
    }

    #[test]
    fn names_are_at_most_100_characters() {
        assert!(RepositoryName::new(format!("a/{}", "b".repeat(98))).is_ok());
        assert!(RepositoryName::new(format!("a/{}", "b".repeat(99))).is_err());
    }

    #[rstest]
    #[case("github:acme/shop")]
    #[case("github_enterprise:acme/shop")]
    #[case("bitbucket:acme/shop:x")]
    fn tails_of_arns_round_trip(#[case] tail: &str) {
        assert_eq!(RepositoryId::parse(tail).expect("a link").to_string(), tail);
    }

    #[rstest]
    #[case("gitlab:acme/shop")]
    #[case("GITHUB:acme/shop")]
    #[case("github:acme")]
    #[case("acme/shop")]
    fn other_tails_name_no_link(#[case] tail: &str) {
        assert_eq!(RepositoryId::parse(tail), None);
    }
}
