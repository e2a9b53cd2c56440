//! Reading bundles from where their authors put them, with Protium's own role (behaviour 7.1a).
//!
//! Only the upload bucket and the installation's source buckets are read, whatever a request names: else Protium would
//! read for its callers what they may not read themselves.

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use protium_app::ports::{BundleSources, PortError, SourceObject};
use protium_domain::template_version::BundleSource;

use crate::connection::{Connection, Lazy};
use crate::failure::{Failure, chain};

const OPERATION: &str = "s3:GetObject";

/// The upload bucket and the source buckets.
#[derive(Debug)]
pub struct SourceBuckets {
    client: Lazy<Client>,
    allowed: Vec<String>,
}

impl SourceBuckets {
    /// The bucket `upload` and those of these ARNs (`arn:aws:s3:::name`).
    #[must_use]
    pub fn new(connection: &Connection, upload: &str, source_arns: &[String]) -> Self {
        let sources = source_arns.iter().filter_map(|arn| arn.rsplit(':').next());
        let allowed = std::iter::once(upload).chain(sources).map(ToOwned::to_owned).collect();
        Self { client: connection.lazy(super::client), allowed }
    }
}

#[async_trait]
impl BundleSources for SourceBuckets {
    async fn read(&self, source: &BundleSource, limit: u64) -> Result<SourceObject, PortError> {
        if !self.allowed.contains(&source.bucket) {
            return Ok(SourceObject::Unreadable(not_allowed(source, &self.allowed)));
        }
        let request = self.client.get_object().bucket(&source.bucket).key(&source.key);
        match request.set_version_id(source.version_id.clone()).send().await {
            Ok(object) => body(object, limit).await,
            Err(error) => refusal(source, Failure::read(&error)).map(SourceObject::Unreadable),
        }
    }
}

/// Reads no more than `limit` bytes: the length that S3 announces is asked before anything is read, and what arrives
/// is counted.
async fn body(object: GetObjectOutput, limit: u64) -> Result<SourceObject, PortError> {
    let announced = object.content_length().and_then(|length| u64::try_from(length).ok()).unwrap_or(0);
    if announced > limit {
        return Ok(SourceObject::TooLarge { bytes: announced });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
    let mut stream = object.body;
    while let Some(chunk) = stream.next().await {
        let chunk =
            chunk.map_err(|error| PortError::Failed { operation: OPERATION, message: chain(&error) })?;
        bytes.extend_from_slice(&chunk);
        if bytes.len() as u64 > limit {
            return Ok(SourceObject::TooLarge { bytes: bytes.len() as u64 });
        }
    }
    Ok(SourceObject::Found(bytes))
}

/// What the author can mend, as a text; everything else is a failure.
fn refusal(source: &BundleSource, failure: Failure) -> Result<String, PortError> {
    let object = name(source);
    let bucket = &source.bucket;
    match failure.code.as_deref() {
        Some("NoSuchKey" | "NoSuchVersion") => {
            Ok(format!("there is no object {object}; upload the bundle and register it again"))
        }
        Some("NoSuchBucket") => Ok(format!("there is no bucket '{bucket}'")),
        Some("AccessDenied" | "AllAccessDisabled" | "Forbidden") => Ok(format!(
            "Protium may not read {object}, or it does not exist: the bucket's policy (and the key's, if it is \
             encrypted with a KMS key) must allow Protium s3:GetObject and s3:GetObjectVersion on it"
        )),
        Some("PermanentRedirect" | "AuthorizationHeaderMalformed") => Ok(format!(
            "the bucket '{bucket}' lies in another region; put the bundle into a bucket of this one"
        )),
        Some("MethodNotAllowed") => Ok(format!("the object {object} was deleted; upload the bundle again")),
        Some("InvalidObjectState") => {
            Ok(format!("the object {object} is archived; restore it first, or upload the bundle again"))
        }
        Some("InvalidBucketName" | "InvalidArgument" | "KeyTooLongError") => {
            Ok(format!("{object} can't be read: {}", failure.message))
        }
        Some(code) if code.starts_with("KMS.") => {
            Ok(format!("the object {object} can't be decrypted: {}", failure.message))
        }
        _ => Err(failure.into_port_error(OPERATION)),
    }
}

fn not_allowed(source: &BundleSource, allowed: &[String]) -> String {
    format!(
        "bundles may not come from the bucket '{}': this installation reads {}; upload the bundle there, or have the \
         installation's parameter SourceBucketArns extended",
        source.bucket,
        allowed.join(", ")
    )
}

fn name(source: &BundleSource) -> String {
    let object = format!("s3://{}/{}", source.bucket, source.key);
    match &source.version_id {
        Some(version) => format!("{object} (version {version})"),
        None => object,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::scripted::{Answer, Script};

    fn source(bucket: &str) -> BundleSource {
        BundleSource {
            bucket: bucket.to_owned(),
            key: "b.tar.gz".to_owned(),
            version_id: Some("v7".to_owned()),
        }
    }

    async fn read(script: &Script, bucket: &str) -> Result<SourceObject, PortError> {
        let sources = ["arn:aws:s3:::shared".to_owned()];
        SourceBuckets::new(&script.connection(), "upload", &sources).read(&source(bucket), 10).await
    }

    #[rstest]
    #[case("upload")]
    #[case("shared")]
    #[tokio::test]
    async fn allowed_buckets_are_read_at_the_version(#[case] bucket: &str) {
        let script = Script::new([(200, "0123456789")]);
        let object = read(&script, bucket).await.expect("an answer");
        assert_eq!(object, SourceObject::Found(b"0123456789".to_vec()));
        assert!(script.sent()[0].uri.contains("versionId=v7"), "{:?}", script.sent());
    }

    #[tokio::test]
    async fn other_buckets_are_not_even_asked() {
        let script = Script::new([]);
        let object = read(&script, "else").await.expect("an answer");
        assert!(
            matches!(object, SourceObject::Unreadable(text) if text.contains("'else'") && text.contains("upload, shared"))
        );
    }

    #[tokio::test]
    async fn what_is_too_large_is_not_read() {
        let script = Script::new([(200, "0123456789A")]);
        assert_eq!(read(&script, "upload").await.expect("an answer"), SourceObject::TooLarge { bytes: 11 });
    }

    #[rstest]
    #[case((404, "<Error><Code>NoSuchKey</Code></Error>"), "there is no object s3://upload/b.tar.gz (version v7)")]
    #[case((404, "<Error><Code>NoSuchBucket</Code></Error>"), "there is no bucket 'upload'")]
    #[case((403, "<Error><Code>AccessDenied</Code></Error>"), "Protium may not read s3://upload/b.tar.gz")]
    #[case((301, "<Error><Code>PermanentRedirect</Code></Error>"), "another region")]
    #[case((405, "<Error><Code>MethodNotAllowed</Code></Error>"), "was deleted")]
    #[tokio::test]
    async fn what_the_author_can_mend_is_told(#[case] answer: Answer, #[case] expected: &str) {
        let object = read(&Script::new([answer]), "upload").await.expect("an answer");
        assert!(matches!(&object, SourceObject::Unreadable(text) if text.contains(expected)), "{object:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn failures_of_s3_are_no_answers() {
        let slow = (503, "<Error><Code>SlowDown</Code></Error>");
        let error = read(&Script::new([slow; 3]), "upload").await.expect_err("throttled");
        assert!(matches!(error, PortError::Throttled(_)), "{error}");
    }
}
