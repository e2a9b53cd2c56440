//! An object arrived under `publish/` of the upload bucket: it becomes a new template version.
//!
//! S3 tells of an object at least once and in no order; the use case remembers what it has seen.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use protium_app::upload::{UploadOutcome, bundle_uploaded};
use protium_app::{App, Result};
use protium_domain::arn::Location;
use protium_domain::template_version::BundleSource;
use protium_runtime::About;
use serde::{Deserialize, Serialize};

/// `Object Created` of EventBridge, as far as it is of use. Keys are not URL-encoded here, unlike in S3's own
/// notifications.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ObjectCreated {
    /// The bucket.
    pub bucket: Bucket,
    /// The object.
    pub object: Object,
}

/// The bucket.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bucket {
    /// Its name.
    pub name: String,
}

/// The object.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Object {
    /// Its key.
    pub key: String,
    /// Its version; absent in a bucket without versions.
    pub version_id: Option<String>,
}

/// Whose work it is: the object's.
#[must_use]
pub fn about(event: &EventBridgeEvent<ObjectCreated>, location: &Location) -> About {
    let ObjectCreated { bucket, object } = &event.detail;
    let resource = format!("arn:{}:s3:::{}/{}", location.partition, bucket.name, object.key);
    About { trace: None, resource: Some(resource) }
}

/// Registers the upload.
///
/// # Errors
/// [`protium_app::Error`] when a service below fails; Lambda delivers the event again.
pub async fn handle(app: &App, event: EventBridgeEvent<ObjectCreated>) -> Result<()> {
    let ObjectCreated { bucket, object } = event.detail;
    let source = BundleSource { bucket: bucket.name, key: object.key, version_id: object.version_id };
    match bundle_uploaded(app, source).await? {
        UploadOutcome::Registered(version) => tracing::info!(%version, "the upload is being registered"),
        // The event on Protium's bus has the reason.
        UploadOutcome::Refused(_) => tracing::warn!("the upload was refused"),
        UploadOutcome::Known => tracing::info!("the upload was dealt with before"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use protium_domain::intent::Workflow;
    use protium_domain::template::TemplateKind;
    use protium_testkit::TestApp;

    use super::*;

    fn sample() -> EventBridgeEvent<ObjectCreated> {
        let json = include_str!("../../../events-samples/bundle-upload/object-created.json");
        serde_json::from_str(json).expect("the sample is such an event")
    }

    fn test_app() -> TestApp {
        TestApp::builder()
            .installation(|installation| installation.upload_bucket = sample().detail.bucket.name)
            .build()
    }

    #[tokio::test]
    async fn an_upload_starts_one_registration_however_often_it_is_told_of() {
        let test = test_app();
        test.template_published(TemplateKind::Environment, "net");
        for _ in 0..2 {
            handle(&test.app, sample()).await.expect("registered");
        }
        let (_, workflows) = test.drain_effects();
        assert_eq!(workflows.len(), 1);
        assert_eq!(workflows[0].workflow, Workflow::Publish);
        assert_eq!(workflows[0].input["minorVersion"], "1");
    }

    #[tokio::test]
    async fn an_upload_for_an_unknown_template_is_told_of_by_an_event() {
        let test = test_app();
        handle(&test.app, sample()).await.expect("told");
        let (events, workflows) = test.drain_effects();
        assert!(workflows.is_empty());
        assert_eq!(events[0].detail_type, "Protium Bundle Upload Refused");
        assert_eq!(events[0].detail["versionId"], sample().detail.object.version_id.expect("versioned"));
    }
}
