//! Fingerprints of requests (behaviour 2.0).

use std::fmt::Write as _;

use protium_domain::digest::RequestDigest;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The fingerprint of a request: SHA-256 over its JSON. Members are declared in a fixed order, so equal requests have
/// equal fingerprints.
///
/// # Errors
/// [`Error::Internal`] when the request can't be written as JSON, which no request of ours does.
pub fn fingerprint(request: &impl Serialize) -> Result<RequestDigest> {
    let json = serde_json::to_vec(request).map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(RequestDigest(sha256_hex(&json)))
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// SHA-256 in lowercase hexadecimal digits.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    sha256(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
