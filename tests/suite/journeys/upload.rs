//! Bundles that become template versions by being uploaded.

use std::time::Duration;

use aws_sdk_proton::types::TemplateVersionStatus;
use serde_json::{Value, json};

use crate::support::bundle::Bundle;
use crate::support::protium::{Protium, with_protium};
use crate::support::unique;
use crate::support::wait::eventually;

const PUBLISH: &str = "publish: true\n";
const REGISTRATION: &str = ".template-registration.yaml";

impl Protium {
    /// The statuses of all minors of major 1 of an environment template, oldest first.
    async fn minors(&self, template: &str) -> Vec<TemplateVersionStatus> {
        let list =
            self.proton.list_environment_template_versions().template_name(template).major_version("1");
        let mut versions = match list.send().await {
            Ok(listed) => listed.template_versions,
            Err(_) => Vec::new(),
        };
        versions.reverse();
        versions.into_iter().map(|version| version.status).collect()
    }

    /// Waits until the minors of major 1 have these statuses.
    async fn minors_are(&self, template: &str, expected: &[TemplateVersionStatus]) {
        eventually(&format!("minors of {template}"), async || {
            let found = self.minors(template).await;
            if found == expected { Ok(()) } else { Err(format!("{found:?}")) }
        })
        .await;
    }

    /// The event that says why an upload became no version.
    async fn refused_upload(&self, key: &str) -> String {
        let matches = |event: &Value| {
            event["detail-type"] == "Protium Bundle Upload Refused" && event["detail"]["key"] == key
        };
        let event = self.events.wait_for(&format!("refusal of {key}"), matches).await;
        event["detail"]["reason"].as_str().unwrap_or_default().to_owned()
    }
}

#[test]
fn an_upload_becomes_the_next_minor_and_is_published_when_the_bundle_asks() {
    with_protium(async |protium| {
        let template = unique("uploaded");
        protium.proton.create_environment_template().name(&template).send().await.expect("template");
        let key = format!("publish/environment/{template}/v1/{template}.tar.gz");
        protium.upload(&key, Bundle::environment().archive()).await;
        protium.minors_are(&template, &[TemplateVersionStatus::Draft]).await;
        let bundle = Bundle::environment().file(REGISTRATION, PUBLISH);
        protium.upload(&key, bundle.archive()).await;
        let expected = [TemplateVersionStatus::Draft, TemplateVersionStatus::Published];
        protium.minors_are(&template, &expected).await;
        let got = protium.proton.get_environment_template().name(&template).send().await.expect("template");
        assert_eq!(got.environment_template.unwrap().recommended_version.as_deref(), Some("1.1"));
        protium.environment(&template, "label: uploaded").await;
    });
}

#[test]
fn a_service_bundle_brings_its_compatible_environments() {
    with_protium(async |protium| {
        let env_template = protium.environment_template(&Bundle::environment()).await;
        let template = unique("web");
        protium.service_template_create(&template).await;
        let registration = format!("compatible_environments:\n  - {env_template}:1\n{PUBLISH}");
        let bundle = Bundle::service().file(REGISTRATION, &registration);
        protium.upload(&format!("publish/service/{template}/v1/a.tar.gz"), bundle.archive()).await;
        let version = eventually(&format!("{template}:1.0"), async || {
            let get = protium.proton.get_service_template_version().template_name(&template);
            let got = get.major_version("1").minor_version("0").send().await;
            let version =
                got.map_err(|error| format!("{error:?}"))?.service_template_version.ok_or("none")?;
            match version.status {
                TemplateVersionStatus::RegistrationInProgress => Err("registering".to_owned()),
                _ => Ok(version),
            }
        })
        .await;
        assert_eq!(version.status, TemplateVersionStatus::Published, "{:?}", version.status_message);
        let compatible = &version.compatible_environment_templates;
        assert_eq!(compatible.len(), 1);
        assert_eq!(
            (compatible[0].template_name.as_str(), compatible[0].major_version.as_str()),
            (env_template.as_str(), "1")
        );
    });
}

#[test]
fn a_service_bundle_without_registration_fails_with_the_remedy() {
    with_protium(async |protium| {
        let template = unique("unregistered");
        protium.service_template_create(&template).await;
        protium.upload(&format!("publish/service/{template}/v1/a.tar.gz"), Bundle::service().archive()).await;
        let arn = protium.arn(&format!("service-template/{template}:1.0"));
        protium.events.status(&arn, "REGISTRATION_FAILED").await;
        let get = protium.proton.get_service_template_version().template_name(&template);
        let got =
            get.major_version("1").minor_version("0").send().await.expect("the failed version is there");
        let message = got.service_template_version.unwrap().status_message.unwrap_or_default();
        assert!(message.contains(REGISTRATION), "{message}");
    });
}

#[test]
fn a_key_that_names_no_version_is_refused_by_an_event() {
    with_protium(async |protium| {
        let name = unique("nobody");
        for key in [
            format!("publish/environment/{name}/1/bundle.tar.gz"),
            format!("publish/stack/{name}/v1/bundle.tar.gz"),
            format!("publish/environment/{name}/v1/bundle.zip"),
            format!("publish/{name}.tar.gz"),
        ] {
            protium.upload(&key, Bundle::environment().archive()).await;
            let reason = protium.refused_upload(&key).await;
            assert!(reason.contains("publish/{environment|service}/<template>/v<major>/"), "{reason}");
        }
    });
}

#[test]
fn an_upload_for_an_unknown_template_is_refused_by_an_event() {
    with_protium(async |protium| {
        let name = unique("unknown");
        for (kind, create) in
            [("environment", "CreateEnvironmentTemplate"), ("service", "CreateServiceTemplate")]
        {
            let key = format!("publish/{kind}/{name}/v1/bundle.tar.gz");
            protium.upload(&key, Bundle::environment().archive()).await;
            let reason = protium.refused_upload(&key).await;
            assert!(reason.contains(&name) && reason.contains(create), "{reason}");
        }
    });
}

#[test]
fn a_broken_upload_becomes_a_failed_version() {
    with_protium(async |protium| {
        let template = unique("broken-upload");
        protium.proton.create_environment_template().name(&template).send().await.expect("template");
        protium.upload(&format!("publish/environment/{template}/v1/a.tar.gz"), b"garbage".to_vec()).await;
        protium.minors_are(&template, &[TemplateVersionStatus::RegistrationFailed]).await;
        protium
            .events
            .status(&protium.arn(&format!("environment-template/{template}:1.0")), "REGISTRATION_FAILED")
            .await;
    });
}

#[test]
fn an_object_version_registers_once_however_often_its_event_comes() {
    with_protium(async |protium| {
        let template = unique("once");
        protium.proton.create_environment_template().name(&template).send().await.expect("template");
        let key = format!("publish/environment/{template}/v1/a.tar.gz");
        let version = protium.upload(&key, Bundle::environment().archive()).await;
        protium.minors_are(&template, &[TemplateVersionStatus::Draft]).await;
        let event = object_created(&protium.outputs.bundle_bucket, &key, &version);
        let invocations = (0..5).map(|_| protium.invoke("bundle-upload", &event));
        for invocation in invocations.collect::<Vec<_>>() {
            invocation.await;
        }
        // A further upload is a further minor: had the repetitions made some, this would not be 1.1.
        protium.upload(&key, Bundle::environment().archive()).await;
        protium.minors_are(&template, &[TemplateVersionStatus::Draft, TemplateVersionStatus::Draft]).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(protium.minors(&template).await.len(), 2);
    });
}

fn object_created(bucket: &str, key: &str, version: &str) -> Value {
    json!({
        "version": "0",
        "id": "00000000-0000-0000-0000-000000000000",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "000000000000",
        "time": "2026-01-05T10:10:04Z",
        "region": "us-east-1",
        "resources": [format!("arn:aws:s3:::{bucket}")],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket},
            "object": {"key": key, "size": 1, "etag": "e", "version-id": version, "sequencer": "0"},
            "request-id": "r", "requester": "000000000000", "reason": "PutObject"
        }
    })
}
