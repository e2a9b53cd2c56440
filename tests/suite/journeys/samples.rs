//! Real bundles: AWS's public samples with their own specs, and our starter bundles.

use std::fs;
use std::path::{Path, PathBuf};

use aws_sdk_proton::types::{DeploymentStatus, ServiceStatus, TemplateVersionStatus};
use xtask::archive::tar_gz;
use xtask::workspace::directories_in;

use crate::support::protium::{Protium, with_protium};
use crate::support::unique;

/// The public samples lie beside the checkout; they aren't ours to copy.
pub(crate) fn samples(protium: &Protium) -> Option<PathBuf> {
    let directory = protium.workspace.root.parent()?.join("shared/samples");
    if directory.is_dir() {
        return Some(directory);
    }
    println!("skipped: no public samples in {}", directory.display());
    None
}

impl Protium {
    /// Publishes a bundle directory by the API and deploys an environment from it; the environment's name.
    pub(crate) async fn environment_of(&self, bundle: &Path, spec: &Path, name: &str) -> String {
        let template = unique("sample");
        self.proton.create_environment_template().name(&template).send().await.expect("template");
        self.bundle_register(&template, bundle).await;
        self.environment_version_publish(&template, "1", "0").await;
        let create = self.proton.create_environment().name(name).template_name(&template);
        let create = create.template_major_version("1").spec(fs::read_to_string(spec).expect("the spec"));
        let create = create.proton_service_role_arn(&self.outputs.provisioning_role_arn);
        create.send().await.unwrap_or_else(|error| panic!("{}: {error:?}", bundle.display()));
        let deployed = self.environment_settled(name).await;
        let message = deployed.deployment_status_message.unwrap_or_default();
        assert_eq!(
            deployed.deployment_status,
            DeploymentStatus::Succeeded,
            "{}: {message}",
            bundle.display()
        );
        let outputs = self.proton.list_environment_outputs().environment_name(name).send().await;
        assert!(!outputs.expect("outputs").outputs.is_empty(), "{} has outputs", bundle.display());
        template
    }

    async fn bundle_register(&self, template: &str, bundle: &Path) {
        let key = format!("bundles/{template}.tar.gz");
        self.upload(&key, tar_gz(bundle).expect("the bundle is readable")).await;
        let source = aws_sdk_proton::types::S3ObjectSource::builder();
        let source = source.bucket(&self.outputs.bundle_bucket).key(&key).build().expect("bucket and key");
        let create = self.proton.create_environment_template_version().template_name(template);
        let source = aws_sdk_proton::types::TemplateVersionSourceInput::S3(source);
        create.source(source).send().await.expect("version created");
        let version = self.environment_version_registered(template, "1", "0").await;
        let message = version.status_message.unwrap_or_default();
        assert_eq!(version.status, TemplateVersionStatus::Draft, "{}: {message}", bundle.display());
    }
}

#[test]
fn public_sample_environments_deploy_from_their_own_bundles_and_specs() {
    with_protium(async |protium| {
        let Some(samples) = samples(protium) else { return };
        for (bundle, spec) in [
            (
                "loadbalanced-fargate-svc/loadbalanced-fargate-env/v1",
                "loadbalanced-fargate-svc/specs/env-spec.yaml",
            ),
            ("environment-templates/fargate-env/v1", "environment-templates/fargate-env/spec/spec.yaml"),
            ("lambda-multi-svc/lambda-env/v1", "lambda-multi-svc/specs/env-spec.yaml"),
        ] {
            protium.environment_of(&samples.join(bundle), &samples.join(spec), &unique("sample")).await;
        }
    });
}

#[test]
fn starter_bundles_deploy_from_their_own_specs() {
    with_protium(async |protium| {
        let bundles = protium.workspace.root.join("bundles");
        let mut templates = Vec::new();
        for name in directories_in(&bundles.join("environments")) {
            let directory = bundles.join("environments").join(&name);
            // The services' specs deploy into environments of these names.
            let environment = format!("demo-{name}");
            let spec = directory.join("spec/spec.yaml");
            templates.push(protium.environment_of(&directory.join("v1"), &spec, &environment).await);
        }
        for name in directories_in(&bundles.join("services")) {
            let directory = bundles.join("services").join(&name);
            let spec = fs::read_to_string(directory.join("spec/spec.yaml")).expect("the spec");
            let template = unique("starter");
            protium.service_template_create(&template).await;
            let key = format!("bundles/{template}.tar.gz");
            protium.upload(&key, tar_gz(&directory.join("v1")).expect("the bundle is readable")).await;
            let source = aws_sdk_proton::types::S3ObjectSource::builder();
            let source =
                source.bucket(&protium.outputs.bundle_bucket).key(&key).build().expect("bucket and key");
            let create = protium.proton.create_service_template_version().template_name(&template);
            let compatible =
                templates.iter().map(|template| crate::support::proton::compatible(template)).collect();
            let create = create.set_compatible_environment_templates(Some(compatible));
            let source = aws_sdk_proton::types::TemplateVersionSourceInput::S3(source);
            create.source(source).send().await.expect("version created");
            let version = protium.service_version_registered(&template, "1", "0").await;
            assert_eq!(version.status, TemplateVersionStatus::Draft, "{name}: {:?}", version.status_message);

            let service = unique("demo");
            let create = protium.proton.create_service().name(&service).template_name(&template);
            let create = create.template_major_version("1").template_minor_version("0").spec(spec);
            create.send().await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
            let service = protium.service_settled(&service).await;
            assert_eq!(service.status, ServiceStatus::Active, "{name}: {:?}", service.status_message);
        }
    });
}
