//! Buckets in memory.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;
use protium_app::Page;
use protium_app::ports::{Artifacts, BundleSources, ObjectInventory, ObjectSummary, PortError, SourceObject};
use protium_domain::template_version::BundleSource;

use crate::lock::lock;

/// The artifact bucket.
#[derive(Debug, Default)]
pub struct MemoryArtifacts {
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    failures: Mutex<VecDeque<PortError>>,
}

impl MemoryArtifacts {
    /// All keys, sorted.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        lock(&self.objects).keys().cloned().collect()
    }

    /// The object under `key`.
    #[must_use]
    pub fn bytes(&self, key: &str) -> Option<Vec<u8>> {
        lock(&self.objects).get(key).cloned()
    }

    /// The object under `key` as text.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<String> {
        self.bytes(key).map(|bytes| String::from_utf8(bytes).expect("the object is a text"))
    }

    /// Stores an object.
    pub fn seed(&self, key: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        lock(&self.objects).insert(key.into(), bytes.into());
    }

    /// Loses an object.
    pub fn lose(&self, key: &str) {
        lock(&self.objects).remove(key);
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
impl Artifacts for MemoryArtifacts {
    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), PortError> {
        self.check()?;
        self.seed(key, bytes);
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, PortError> {
        self.check()?;
        Ok(self.bytes(key))
    }

    async fn presigned_url(&self, key: &str) -> Result<String, PortError> {
        self.check()?;
        Ok(format!("https://artifacts.example/{key}?signature=fake"))
    }
}

#[async_trait]
impl ObjectInventory for MemoryArtifacts {
    async fn objects(&self, after: Option<&str>) -> Result<Page<ObjectSummary>, PortError> {
        const PAGE: usize = 2;
        self.check()?;
        let objects = lock(&self.objects);
        let behind = objects.iter().filter(|(key, _)| after.is_none_or(|after| key.as_str() > after));
        let summary =
            |(key, bytes): (&String, &Vec<u8>)| ObjectSummary { key: key.clone(), bytes: bytes.len() as u64 };
        let mut items: Vec<ObjectSummary> = behind.map(summary).take(PAGE + 1).collect();
        let more = items.len() > PAGE;
        items.truncate(PAGE);
        let next = items.last().filter(|_| more).map(|item| item.key.clone());
        Ok(Page { items, next })
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, PortError> {
        self.check()?;
        Ok(self.bytes(key).map(|bytes| bytes.len() as u64))
    }
}

/// Buckets that bundles come from.
#[derive(Debug, Default)]
pub struct MemorySources {
    objects: Mutex<HashMap<BundleSource, SourceObject>>,
    failures: Mutex<VecDeque<PortError>>,
    reads: Mutex<Vec<BundleSource>>,
}

impl MemorySources {
    /// Puts an archive where `source` says.
    pub fn seed(&self, source: BundleSource, bytes: impl Into<Vec<u8>>) {
        lock(&self.objects).insert(source, SourceObject::Found(bytes.into()));
    }

    /// Makes `source` unreadable for a reason that its author can mend.
    pub fn refuse(&self, source: BundleSource, reason: impl Into<String>) {
        lock(&self.objects).insert(source, SourceObject::Unreadable(reason.into()));
    }

    /// Makes the next call fail.
    pub fn fail_next(&self, error: PortError) {
        lock(&self.failures).push_back(error);
    }

    /// What was read so far, in order.
    #[must_use]
    pub fn reads(&self) -> Vec<BundleSource> {
        lock(&self.reads).clone()
    }
}

#[async_trait]
impl BundleSources for MemorySources {
    async fn read(&self, source: &BundleSource, limit: u64) -> Result<SourceObject, PortError> {
        lock(&self.reads).push(source.clone());
        if let Some(error) = lock(&self.failures).pop_front() {
            return Err(error);
        }
        Ok(match lock(&self.objects).get(source) {
            Some(SourceObject::Found(bytes)) if bytes.len() as u64 > limit => {
                SourceObject::TooLarge { bytes: bytes.len() as u64 }
            }
            Some(object) => object.clone(),
            None => SourceObject::Unreadable(format!(
                "there is no object s3://{}/{}, or Protium may not read it",
                source.bucket, source.key
            )),
        })
    }
}
