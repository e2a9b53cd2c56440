//! Fingerprints of requests, for the idempotency rules of behaviour 2.0.

use serde::{Deserialize, Serialize};

/// SHA-256 over the canonical JSON of a request, in lowercase hexadecimal digits. Two requests with the same
/// fingerprint ask for the same thing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestDigest(pub String);

/// How a resource came to be, kept for name idempotency (behaviour 2.0 rule 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Creation {
    /// The fingerprint of the request that made it.
    pub digest: RequestDigest,
    /// Whether somebody changed the resource since. A repeat of the creation is a conflict then.
    pub modified: bool,
}

/// What a repeated creation of an existing name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repetition {
    /// Same input, unmodified: answer with the original.
    Original,
    /// Same input, but the resource has changed since: a conflict.
    Modified,
    /// Another input: `ValidationException` with `IdempotentParameterMismatch`.
    Mismatch,
}

impl Creation {
    /// The creation by the request with this fingerprint.
    #[must_use]
    pub const fn by(digest: RequestDigest) -> Self {
        Self { digest, modified: false }
    }

    /// Classifies a repeat with the fingerprint `digest`.
    #[must_use]
    pub fn repetition(&self, digest: &RequestDigest) -> Repetition {
        match (self.digest == *digest, self.modified) {
            (false, _) => Repetition::Mismatch,
            (true, true) => Repetition::Modified,
            (true, false) => Repetition::Original,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a", false, "a", Repetition::Original)]
    #[case("a", true, "a", Repetition::Modified)]
    #[case("a", false, "b", Repetition::Mismatch)]
    #[case("a", true, "b", Repetition::Mismatch)]
    fn repeats_are_told_apart(
        #[case] made_by: &str,
        #[case] modified: bool,
        #[case] repeat: &str,
        #[case] expected: Repetition,
    ) {
        let creation = Creation { digest: RequestDigest(made_by.into()), modified };
        assert_eq!(creation.repetition(&RequestDigest(repeat.into())), expected);
    }
}
