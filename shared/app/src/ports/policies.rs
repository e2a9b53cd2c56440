//! The policies that say who may do what: files that people write, and the one object of those that are in force.

use async_trait::async_trait;

use super::PortError;

/// A policy file as it lies in the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyObject {
    /// Its name below the folder of policies.
    pub name: String,
    /// Its content; nothing where it is larger than was asked for.
    pub bytes: Option<Vec<u8>>,
}

/// What there is of accepted policies, compared with what the asker has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcceptedPolicies {
    /// Nothing was ever accepted.
    Absent,
    /// The same as before.
    Unchanged,
    /// These.
    Found {
        /// Tells this content from any other.
        tag: String,
        /// The content.
        bytes: Vec<u8>,
    },
}

/// The policies in Protium's bucket.
#[async_trait]
pub trait Policies: Send + Sync {
    /// The accepted policies; `known` is the tag of those that the asker has.
    ///
    /// # Errors
    /// [`PortError`] when S3 fails.
    async fn accepted(&self, known: Option<&str>) -> Result<AcceptedPolicies, PortError>;

    /// Writes the accepted policies, unless they aren't those of the tag `before` (nothing: unless there are some).
    /// Whether they were written.
    ///
    /// # Errors
    /// [`PortError`] when S3 fails.
    async fn accept(&self, bytes: Vec<u8>, before: Option<&str>) -> Result<bool, PortError>;

    /// The policy files, by name: at most so many of them, and none that is larger.
    ///
    /// # Errors
    /// [`PortError`] when S3 fails.
    async fn files(&self, most_files: usize, most_bytes: usize) -> Result<Vec<PolicyObject>, PortError>;
}
