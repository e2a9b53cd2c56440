//! Policies in memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;
use protium_app::ports::{AcceptedPolicies, Policies, PolicyObject, PortError};

use crate::lock::lock;

/// Policy files, and what was accepted of them.
#[derive(Debug, Default)]
pub struct MemoryPolicies {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    accepted: Mutex<Option<(u64, Vec<u8>)>>,
    failures: Mutex<VecDeque<PortError>>,
    asked: Mutex<usize>,
    meanwhile: Mutex<Option<Vec<u8>>>,
}

impl MemoryPolicies {
    /// Puts a file there, or another content into it.
    pub fn file(&self, name: &str, content: impl Into<Vec<u8>>) {
        lock(&self.files).insert(name.to_owned(), content.into());
    }

    /// Loses a file.
    pub fn lose(&self, name: &str) {
        lock(&self.files).remove(name);
    }

    /// Puts accepted policies there, whoever wrote those before.
    pub fn seed(&self, bytes: impl Into<Vec<u8>>) {
        let mut accepted = lock(&self.accepted);
        let tag = accepted.as_ref().map_or(0, |(tag, _)| *tag) + 1;
        *accepted = Some((tag, bytes.into()));
    }

    /// Puts accepted policies there right before the next who accepts some, as another one would.
    pub fn accept_meanwhile(&self, bytes: Vec<u8>) {
        *lock(&self.meanwhile) = Some(bytes);
    }

    /// The accepted policies.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        lock(&self.accepted).as_ref().map(|(_, bytes)| bytes.clone())
    }

    /// How often somebody asked for the accepted policies.
    #[must_use]
    pub fn asked(&self) -> usize {
        *lock(&self.asked)
    }

    /// Makes the next call fail.
    pub fn fail_next(&self, error: PortError) {
        lock(&self.failures).push_back(error);
    }

    fn check(&self) -> Result<(), PortError> {
        lock(&self.failures).pop_front().map_or(Ok(()), Err)
    }
}

#[async_trait]
impl Policies for MemoryPolicies {
    async fn accepted(&self, known: Option<&str>) -> Result<AcceptedPolicies, PortError> {
        *lock(&self.asked) += 1;
        self.check()?;
        Ok(match lock(&self.accepted).as_ref() {
            None => AcceptedPolicies::Absent,
            Some((tag, _)) if known == Some(tag.to_string().as_str()) => AcceptedPolicies::Unchanged,
            Some((tag, bytes)) => AcceptedPolicies::Found { tag: tag.to_string(), bytes: bytes.clone() },
        })
    }

    async fn accept(&self, bytes: Vec<u8>, before: Option<&str>) -> Result<bool, PortError> {
        self.check()?;
        let meanwhile = lock(&self.meanwhile).take();
        if let Some(others) = meanwhile {
            self.seed(others);
        }
        let tag = lock(&self.accepted).as_ref().map(|(tag, _)| tag.to_string());
        let holds = tag.as_deref() == before;
        if holds {
            self.seed(bytes);
        }
        Ok(holds)
    }

    async fn files(&self, most_files: usize, most_bytes: usize) -> Result<Vec<PolicyObject>, PortError> {
        self.check()?;
        let files = lock(&self.files).clone();
        let object = |(name, bytes): (String, Vec<u8>)| PolicyObject {
            name,
            bytes: Some(bytes).filter(|bytes| bytes.len() <= most_bytes),
        };
        Ok(files.into_iter().take(most_files).map(object).collect())
    }
}
