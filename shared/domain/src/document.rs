//! Texts that belong to a record: specs, schemas, outputs.
//!
//! DynamoDB items are limited to 400 KB and billed by the kilobyte, and most reads don't want the text. So a record
//! holds a short text itself and only the address of a long one, which lies in the artifact bucket under its digest.

use serde::{Deserialize, Serialize};

/// A text of a record, held in it or beside it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Document {
    /// The text itself; at most [`Document::INLINE_BYTES`].
    Inline(String),
    /// The text lies in the artifact bucket.
    Stored {
        /// SHA-256 of the text in lowercase hexadecimal digits; also its address.
        digest: String,
        /// Length in bytes.
        bytes: u64,
    },
}

impl Document {
    /// The longest text, in bytes, that a record holds itself: one write unit of DynamoDB pays for it four times over,
    /// one S3 request costs more.
    pub const INLINE_BYTES: usize = 4096;
}

/// Documents hold specs and outputs, which are sensitive: only their size may reach a log.
impl std::fmt::Debug for Document {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Inline(text) => write!(formatter, "Document::Inline({} bytes)", text.len()),
            Self::Stored { digest, bytes } => write!(formatter, "Document::Stored({digest}, {bytes} bytes)"),
        }
    }
}
