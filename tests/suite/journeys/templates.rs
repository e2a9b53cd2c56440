//! Template versions: numbers, publication, what is wrong with a bundle.

use aws_sdk_proton::types::TemplateVersionStatus;

use crate::support::bundle::Bundle;
use crate::support::protium::with_protium;
use crate::support::refusal::refused;
use crate::support::unique;

#[test]
fn majors_and_minors_are_numbered_as_proton_did() {
    with_protium(async |protium| {
        let template = unique("numbers");
        protium.proton.create_environment_template().name(&template).send().await.expect("template");
        let bundle = Bundle::environment();
        for (major, expected) in
            [(None, "1.0"), (Some("1"), "1.1"), (None, "2.0"), (Some("1"), "1.2"), (Some("3"), "3.0")]
        {
            let version = protium.environment_version_begin(&template, major, &bundle).await;
            let number = format!("{}.{}", version.major_version, version.minor_version);
            assert_eq!(number, expected);
            assert_eq!(version.status, TemplateVersionStatus::RegistrationInProgress);
            protium
                .environment_version_registered(&template, &version.major_version, &version.minor_version)
                .await;
        }
        let unknown = protium.proton.create_environment_template_version().template_name(&template);
        let unknown = unknown.major_version("7").source(protium.source(&bundle).await).send().await;
        refused(unknown).is("ResourceNotFoundException", &["7"]);
    });
}

#[test]
fn a_broken_bundle_fails_registration_with_file_and_remedy() {
    with_protium(async |protium| {
        let template = unique("broken");
        protium.proton.create_environment_template().name(&template).send().await.expect("template");
        let ordinary = Bundle::environment();
        let cases = [
            (ordinary.clone().without("schema/schema.yaml"), "schema/schema.yaml"),
            (ordinary.clone().without("infrastructure/cloudformation.yaml"), "cloudformation.yaml"),
            (ordinary.clone().without("infrastructure/manifest.yaml"), "manifest.yaml"),
            (ordinary.clone().file("schema/schema.yaml", "schema: {"), "schema/schema.yaml"),
            (ordinary.clone().template("Resources: {{ environment.inputs.label"), "cloudformation.yaml"),
        ];
        for (bundle, word) in cases {
            let version = protium.environment_version_begin(&template, None, &bundle).await;
            let version = protium
                .environment_version_registered(&template, &version.major_version, &version.minor_version)
                .await;
            assert_eq!(version.status, TemplateVersionStatus::RegistrationFailed, "{word}");
            let message = version.status_message.unwrap_or_default();
            assert!(message.contains(word), "'{word}' is missing in: {message}");
            let publish = protium.proton.update_environment_template_version().template_name(&template);
            let publish = publish.major_version(&version.major_version).minor_version(&version.minor_version);
            refused(publish.status(TemplateVersionStatus::Published).send().await)
                .is("ConflictException", &[]);
        }
    });
}

#[test]
fn a_bundle_that_is_no_archive_or_is_not_there_fails_registration() {
    with_protium(async |protium| {
        let template = unique("absent");
        protium.proton.create_environment_template().name(&template).send().await.expect("template");
        let key = format!("bundles/{template}.tar.gz");
        for content in [None, Some(b"no archive".to_vec())] {
            if let Some(content) = content {
                protium.upload(&key, content).await;
            }
            let source = aws_sdk_proton::types::S3ObjectSource::builder();
            let source = source.bucket(&protium.outputs.bundle_bucket).key(&key).build().unwrap();
            let create = protium.proton.create_environment_template_version().template_name(&template);
            let source = aws_sdk_proton::types::TemplateVersionSourceInput::S3(source);
            match create.source(source).send().await {
                // Either class is Proton's (behaviour 14).
                Err(error) => {
                    refused::<(), _, _>(Err(error)).is("ValidationException", &[&key]);
                }
                Ok(created) => {
                    let version = created.environment_template_version.unwrap();
                    let (major, minor) = (&version.major_version, &version.minor_version);
                    let version = protium.environment_version_registered(&template, major, minor).await;
                    assert_eq!(version.status, TemplateVersionStatus::RegistrationFailed);
                    assert!(version.status_message.is_some_and(|message| !message.is_empty()));
                }
            }
        }
    });
}

#[test]
fn a_minor_that_breaks_its_major_fails_registration() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let schema = "schema:
  format: {openapi: '3.0.0'}
  environment_input_type: Input
  types:
    Input: {type: object, properties: {label: {type: string, default: one}}}
";
        let resources = "Resources:
  Topic: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: '{{ environment.inputs.label }}'}}
";
        let narrower = Bundle::environment().file("schema/schema.yaml", schema).template(resources);
        let version = protium.environment_version_begin(&template, Some("1"), &narrower).await;
        let version = protium.environment_version_registered(&template, "1", &version.minor_version).await;
        assert_eq!(version.status, TemplateVersionStatus::RegistrationFailed);
        let message = version.status_message.unwrap_or_default();
        assert!(
            message.contains("gate") && message.contains("fail"),
            "both removed inputs are named: {message}"
        );
        protium.environment_version(&template, None, &narrower).await;
    });
}

#[test]
fn the_recommended_version_follows_publications_and_deletions() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let recommended = async || {
            let got =
                protium.proton.get_environment_template().name(&template).send().await.expect("template");
            got.environment_template.unwrap().recommended_version
        };
        assert_eq!(recommended().await.as_deref(), Some("1.0"));
        protium.environment_version(&template, Some("1"), &Bundle::environment()).await;
        assert_eq!(recommended().await.as_deref(), Some("1.0"), "a draft isn't recommended");
        protium.environment_version_publish(&template, "1", "1").await;
        assert_eq!(recommended().await.as_deref(), Some("1.1"));

        let delete = |minor: &str| {
            let delete = protium.proton.delete_environment_template_version().template_name(&template);
            delete.major_version("1").minor_version(minor).send()
        };
        refused(delete("1").await).is("ConflictException", &["recommended"]);
        delete("0").await.expect("1.0 may go");
        delete("0").await.expect("what is gone may be deleted again");
        let listed = protium.proton.list_environment_template_versions().template_name(&template);
        let listed = listed.major_version("1").send().await.expect("listed").template_versions;
        assert_eq!(listed.len(), 1);
    });
}

#[test]
fn a_registered_bundle_never_changes_under_anyone() {
    with_protium(async |protium| {
        let template = unique("frozen");
        protium.proton.create_environment_template().name(&template).send().await.expect("template");
        let source = protium.source(&Bundle::environment()).await;
        let create = protium.proton.create_environment_template_version().template_name(&template);
        create.source(source.clone()).send().await.expect("version");
        protium.environment_version_registered(&template, "1", "0").await;
        protium.environment_version_publish(&template, "1", "0").await;
        let key = source.as_s3().unwrap().key.clone();
        protium.upload(&key, b"something else by now".to_vec()).await;
        protium.environment(&template, "label: still").await;
    });
}
