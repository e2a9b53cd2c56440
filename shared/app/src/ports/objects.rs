//! Objects in S3: Protium's own artifact bucket, and the buckets that bundles come from.

use async_trait::async_trait;
use protium_domain::template_version::BundleSource;

use super::PortError;

/// The artifact bucket, which only Protium writes. Keys are made by [`crate::artifact`].
#[async_trait]
pub trait Artifacts: Send + Sync {
    /// Stores `bytes` under `key`, replacing what is there.
    ///
    /// # Errors
    /// [`PortError`] when S3 does not take it.
    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), PortError>;

    /// The object under `key`; nothing when there is none.
    ///
    /// # Errors
    /// [`PortError`] when S3 fails.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, PortError>;

    /// A URL that lets its holder read the object for fifteen minutes without any S3 permission of their own:
    /// CloudFormation fetches templates above 51,200 bytes by it (design 2.8).
    ///
    /// # Errors
    /// [`PortError`] when no credentials are at hand.
    async fn presigned_url(&self, key: &str) -> Result<String, PortError>;
}

/// A bundle's archive, as read from where its author put it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceObject {
    /// The bytes.
    Found(Vec<u8>),
    /// There is no such object, or Protium may not read it. The text says which, for people.
    Unreadable(String),
    /// It has more bytes than were asked for.
    TooLarge {
        /// Its size in bytes.
        bytes: u64,
    },
}

/// Buckets that bundles come from: the upload bucket and the configured source buckets.
#[async_trait]
pub trait BundleSources: Send + Sync {
    /// Reads an archive of at most `limit` bytes.
    ///
    /// # Errors
    /// [`PortError`] when S3 fails; what the author can mend is a [`SourceObject`].
    async fn read(&self, source: &BundleSource, limit: u64) -> Result<SourceObject, PortError>;
}
