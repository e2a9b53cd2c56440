//! The artifact bucket (design 2.8).

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::head_object::HeadObjectError;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use protium_app::Page;
use protium_app::ports::{Artifacts, ObjectInventory, ObjectSummary, PortError};

use crate::connection::{Connection, Lazy};
use crate::failure::{Failure, chain, port_error};

/// How long CloudFormation may take to fetch a template.
const URL_LIFE: Duration = Duration::from_secs(15 * 60);

/// Protium's own bucket.
#[derive(Debug)]
pub struct ArtifactBucket {
    client: Lazy<Client>,
    bucket: String,
}

impl ArtifactBucket {
    /// The bucket of this name.
    #[must_use]
    pub fn new(connection: &Connection, bucket: String) -> Self {
        Self { client: connection.lazy(super::client), bucket }
    }
}

#[async_trait]
impl Artifacts for ArtifactBucket {
    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), PortError> {
        let request = self.client.put_object().bucket(&self.bucket).key(key);
        request.body(ByteStream::from(bytes)).send().await.map_err(port_error("s3:PutObject"))?;
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, PortError> {
        const OPERATION: &str = "s3:GetObject";
        let object = match self.client.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(object) => object,
            Err(error) => {
                let failure = Failure::read(&error);
                return if failure.is("NoSuchKey") {
                    Ok(None)
                } else {
                    Err(failure.into_port_error(OPERATION))
                };
            }
        };
        let body = object.body.collect().await;
        let body =
            body.map_err(|error| PortError::Failed { operation: OPERATION, message: chain(&error) })?;
        Ok(Some(body.to_vec()))
    }

    async fn presigned_url(&self, key: &str) -> Result<String, PortError> {
        const OPERATION: &str = "s3:GetObject (presigned)";
        let life = PresigningConfig::expires_in(URL_LIFE);
        let life =
            life.map_err(|error| PortError::Failed { operation: OPERATION, message: chain(&error) })?;
        let request = self.client.get_object().bucket(&self.bucket).key(key);
        let signed = request.presigned(life).await.map_err(port_error(OPERATION))?;
        Ok(signed.uri().to_owned())
    }
}

#[async_trait]
impl ObjectInventory for ArtifactBucket {
    async fn objects(&self, after: Option<&str>) -> Result<Page<ObjectSummary>, PortError> {
        let request = self.client.list_objects_v2().bucket(&self.bucket);
        let request = request.set_continuation_token(after.map(str::to_owned));
        let output = request.send().await.map_err(port_error("s3:ListBucket"))?;
        let summary = |object: aws_sdk_s3::types::Object| {
            let bytes = u64::try_from(object.size.unwrap_or(0)).unwrap_or(0);
            object.key.map(|key| ObjectSummary { key, bytes })
        };
        let next = output.next_continuation_token.filter(|_| output.is_truncated == Some(true));
        Ok(Page {
            items: output.contents.unwrap_or_default().into_iter().filter_map(summary).collect(),
            next,
        })
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, PortError> {
        match self.client.head_object().bucket(&self.bucket).key(key).send().await {
            Ok(object) => Ok(Some(u64::try_from(object.content_length.unwrap_or(0)).unwrap_or(0))),
            // The answer to HEAD has no body, so no more than the status is known.
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => Ok(None),
            Err(error) => Err(port_error("s3:GetObject (head)")(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::Script;

    fn bucket(script: &Script) -> ArtifactBucket {
        ArtifactBucket::new(&script.connection(), "artifacts".to_owned())
    }

    #[tokio::test]
    async fn a_missing_object_is_nothing_and_a_forbidden_one_a_failure() {
        let script = Script::new([
            (404, "<Error><Code>NoSuchKey</Code><Message>none</Message></Error>"),
            (403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"),
            (200, "text"),
        ]);
        let bucket = bucket(&script);
        assert_eq!(bucket.get("a").await.expect("an answer"), None);
        assert!(bucket.get("a").await.is_err());
        assert_eq!(bucket.get("a").await.expect("an answer"), Some(b"text".to_vec()));
    }

    #[tokio::test]
    async fn all_objects_are_listed_over_pages() {
        let first = "<ListBucketResult><Contents><Key>a</Key><Size>3</Size></Contents>\
                     <IsTruncated>true</IsTruncated><NextContinuationToken>n</NextContinuationToken></ListBucketResult>";
        let last = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
        let script = Script::new([(200, first), (200, last), (404, "")]);
        let bucket = bucket(&script);
        let found = bucket.objects(None).await.expect("a page");
        assert_eq!(found.items, [ObjectSummary { key: "a".to_owned(), bytes: 3 }]);
        assert_eq!(found.next.as_deref(), Some("n"));
        assert_eq!(bucket.objects(Some("n")).await.expect("a page").next, None);
        assert_eq!(bucket.size("a").await.expect("an answer"), None);
    }

    /// CloudFormation fetches by the URL alone: it sends no header of ours.
    #[tokio::test]
    async fn a_presigned_url_needs_no_headers() {
        let script = Script::new([]);
        let url = bucket(&script).presigned_url("deployments/x/rendered-template").await.expect("signed");
        assert!(url.contains("/deployments/x/rendered-template?"), "{url}");
        assert!(url.contains("X-Amz-Expires=900"), "{url}");
        assert!(
            url.contains("X-Amz-SignedHeaders=host&") || url.ends_with("X-Amz-SignedHeaders=host"),
            "{url}"
        );
    }
}
