//! Policies in the artifact bucket.

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use protium_app::ports::{AcceptedPolicies, Policies, PolicyObject, PortError};

use crate::connection::{Connection, Lazy};
use crate::failure::{CallError, Failure, chain};

/// Where people put policy files.
const FILES: &str = "policies/";
/// How the names of policy files end.
const SUFFIX: &str = ".cedar";
/// What is in force; only the function that checks writes it.
const ACCEPTED: &str = "accepted-policies/current.json";

/// The policies of an installation.
#[derive(Debug)]
pub struct PolicyBucket {
    client: Lazy<Client>,
    bucket: String,
}

impl PolicyBucket {
    /// Those in the bucket of this name.
    #[must_use]
    pub fn new(connection: &Connection, bucket: String) -> Self {
        Self { client: connection.lazy(super::client), bucket }
    }

    async fn file(&self, key: &str) -> Result<Option<Vec<u8>>, PortError> {
        match self.client.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(object) => Ok(Some(collected(object.body).await?)),
            Err(error) => {
                let failure = Failure::read(&error);
                // Deleted since it was listed.
                if failure.is("NoSuchKey") { Ok(None) } else { Err(failure.into_port_error("s3:GetObject")) }
            }
        }
    }
}

#[async_trait]
impl Policies for PolicyBucket {
    async fn accepted(&self, known: Option<&str>) -> Result<AcceptedPolicies, PortError> {
        let request = self.client.get_object().bucket(&self.bucket).key(ACCEPTED);
        match request.set_if_none_match(known.map(ToOwned::to_owned)).send().await {
            Ok(object) => {
                let tag = object.e_tag.clone().unwrap_or_default();
                Ok(AcceptedPolicies::Found { tag, bytes: collected(object.body).await? })
            }
            Err(error) if status(&error) == Some(304) => Ok(AcceptedPolicies::Unchanged),
            Err(error) => {
                let failure = Failure::read(&error);
                if failure.is("NoSuchKey") {
                    Ok(AcceptedPolicies::Absent)
                } else {
                    Err(failure.into_port_error("s3:GetObject"))
                }
            }
        }
    }

    async fn accept(&self, bytes: Vec<u8>, before: Option<&str>) -> Result<bool, PortError> {
        let request = self.client.put_object().bucket(&self.bucket).key(ACCEPTED);
        let request = match before {
            Some(tag) => request.if_match(tag),
            None => request.if_none_match("*"),
        };
        match request.content_type("application/json").body(ByteStream::from(bytes)).send().await {
            Ok(_) => Ok(true),
            // The condition doesn't hold, or is being broken by another writer at this moment.
            Err(error) if matches!(status(&error), Some(409 | 412)) => Ok(false),
            Err(error) => Err(Failure::read(&error).into_port_error("s3:PutObject")),
        }
    }

    async fn files(&self, most_files: usize, most_bytes: usize) -> Result<Vec<PolicyObject>, PortError> {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let request = self.client.list_objects_v2().bucket(&self.bucket).prefix(FILES);
            let output = request.set_continuation_token(after).send().await;
            let output = output.map_err(|error| Failure::read(&error).into_port_error("s3:ListBucket"))?;
            for object in output.contents.unwrap_or_default() {
                let key = object.key.unwrap_or_default();
                let Some(name) = key.strip_prefix(FILES).filter(|name| name.ends_with(SUFFIX)) else {
                    continue;
                };
                if found.len() == most_files {
                    return Ok(found);
                }
                let size = usize::try_from(object.size.unwrap_or(0)).unwrap_or(usize::MAX);
                let name = name.to_owned();
                if size > most_bytes {
                    found.push(PolicyObject { name, bytes: None });
                } else if let Some(bytes) = self.file(&key).await? {
                    found.push(PolicyObject { name, bytes: Some(bytes) });
                }
            }
            after = output.next_continuation_token.filter(|_| output.is_truncated == Some(true));
            if after.is_none() {
                return Ok(found);
            }
        }
    }
}

fn status<E>(error: &CallError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

async fn collected(body: ByteStream) -> Result<Vec<u8>, PortError> {
    let body = body.collect().await;
    let failed = |error| PortError::Failed { operation: "s3:GetObject", message: chain(&error) };
    Ok(body.map_err(failed)?.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::Script;

    fn bucket(script: &Script) -> PolicyBucket {
        PolicyBucket::new(&script.connection(), "artifacts".to_owned())
    }

    #[tokio::test]
    async fn accepted_policies_are_absent_unchanged_or_there() {
        let script = Script::new([
            (404, "<Error><Code>NoSuchKey</Code><Message>none</Message></Error>"),
            (304, ""),
            (200, "text"),
            (403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"),
        ]);
        let bucket = bucket(&script);
        assert_eq!(bucket.accepted(None).await.expect("an answer"), AcceptedPolicies::Absent);
        assert_eq!(bucket.accepted(Some("\"1\"")).await.expect("an answer"), AcceptedPolicies::Unchanged);
        let found = AcceptedPolicies::Found { tag: String::new(), bytes: b"text".to_vec() };
        assert_eq!(bucket.accepted(None).await.expect("an answer"), found);
        assert!(bucket.accepted(None).await.is_err());
    }

    #[tokio::test]
    async fn who_comes_second_does_not_write() {
        let script = Script::new([
            (412, "<Error><Code>PreconditionFailed</Code><Message>no</Message></Error>"),
            (200, ""),
        ]);
        let bucket = bucket(&script);
        assert!(!bucket.accept(b"x".to_vec(), Some("\"1\"")).await.expect("an answer"));
        assert!(bucket.accept(b"x".to_vec(), None).await.expect("an answer"));
    }

    #[tokio::test]
    async fn files_are_read_by_name_and_within_bounds() {
        let list = "<ListBucketResult><Contents><Key>policies/README.md</Key><Size>3</Size></Contents>\
                    <Contents><Key>policies/a.cedar</Key><Size>4</Size></Contents>\
                    <Contents><Key>policies/b.cedar</Key><Size>400</Size></Contents>\
                    <Contents><Key>policies/c.cedar</Key><Size>4</Size></Contents>\
                    <IsTruncated>false</IsTruncated></ListBucketResult>";
        let script = Script::new([(200, list), (200, "text")]);
        let files = bucket(&script).files(2, 100).await.expect("listed");
        let expected = [("a.cedar", Some(b"text".to_vec())), ("b.cedar", None)];
        assert_eq!(files, expected.map(|(name, bytes)| PolicyObject { name: name.to_owned(), bytes }));
    }
}
