//! The set of policies that is in force: one object, written by the function that checks and read by the API.
//!
//! The API never reads the files themselves. So a file that is broken, half a change, or a file deleted by mistake
//! changes nothing until the whole set has been checked.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The version of this format.
const VERSION: u32 = 1;

/// A policy file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PolicyFile {
    /// Its name below the folder of policies, such as `developers.cedar`.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The set that is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    version: u32,
    /// Grows with every acceptance, so that no two objects are alike: writers recognise each other by that.
    pub generation: u64,
    /// The files, by name.
    pub files: Vec<PolicyFile>,
}

/// Why an object isn't a set of policies.
#[derive(Debug, Error)]
pub enum Unreadable {
    /// It isn't JSON of this form.
    #[error("the accepted set of policies can't be read: {0}")]
    Json(#[from] serde_json::Error),
    /// It is of another version of Protium.
    #[error("the accepted set of policies has the format {0}, which this version of Protium doesn't know")]
    Version(u32),
}

impl Accepted {
    /// The set that follows `before`.
    #[must_use]
    pub fn after(before: Option<&Self>, mut files: Vec<PolicyFile>) -> Self {
        files.sort();
        Self { version: VERSION, generation: before.map_or(0, |before| before.generation) + 1, files }
    }

    /// Reads an object.
    ///
    /// # Errors
    /// [`Unreadable`] for anything but what [`Accepted::write`] wrote.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let accepted: Self = serde_json::from_slice(bytes)?;
        if accepted.version == VERSION { Ok(accepted) } else { Err(Unreadable::Version(accepted.version)) }
    }

    /// The object's bytes.
    ///
    /// # Errors
    /// None in practice: the set is made of text and numbers.
    pub fn write(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}
