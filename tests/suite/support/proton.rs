//! The everyday steps of platform engineers and developers, through the ordinary client.
//!
//! Each either does what it says or panics with Protium's own message.

use aws_sdk_proton::operation::create_component::builders::CreateComponentFluentBuilder;
use aws_sdk_proton::types::{
    CompatibleEnvironmentTemplateInput, Component, DeploymentStatus, Environment, EnvironmentTemplateVersion,
    Provisioning, S3ObjectSource, Service, ServiceInstance, ServiceStatus,
    ServiceTemplateSupportedComponentSourceType, ServiceTemplateVersion, TemplateVersionSourceInput,
    TemplateVersionStatus,
};
use aws_sdk_s3::primitives::ByteStream;

use super::bundle::{Bundle, environment_spec, service_spec};
use super::protium::Protium;
use super::wait::eventually;
use super::{random, unique};

/// A code connection. Nobody looks at it but the pipelines' own templates.
pub(crate) const CONNECTION_ARN: &str =
    "arn:aws:codestar-connections:us-east-1:123456789012:connection/0a1b2c3d-0000-4000-8000-000000000000";

impl Protium {
    /// Puts a bundle where no upload rule looks; its source.
    pub(crate) async fn source(&self, bundle: &Bundle) -> TemplateVersionSourceInput {
        let key = format!("bundles/{}.tar.gz", random());
        self.upload(&key, bundle.archive()).await;
        let source = S3ObjectSource::builder().bucket(&self.outputs.bundle_bucket).key(key).build();
        TemplateVersionSourceInput::S3(source.expect("bucket and key are set"))
    }

    /// Puts an object into the upload bucket; its version.
    pub(crate) async fn upload(&self, key: &str, content: Vec<u8>) -> String {
        let put = self.s3.put_object().bucket(&self.outputs.bundle_bucket).key(key);
        let put = put.body(ByteStream::from(content)).send().await.expect("the upload succeeds");
        put.version_id.unwrap_or_default()
    }

    /// Puts a policy file where people put them.
    pub(crate) async fn policy_put(&self, name: &str, text: &str) {
        let put = self.s3.put_object().bucket(&self.outputs.artifact_bucket).key(format!("policies/{name}"));
        put.body(ByteStream::from(text.as_bytes().to_vec())).send().await.expect("the file is put");
    }

    /// A new environment template with version 1.0 published.
    pub(crate) async fn environment_template(&self, bundle: &Bundle) -> String {
        let name = unique("env-template");
        self.proton.create_environment_template().name(&name).send().await.expect("template created");
        self.environment_version(&name, None, bundle).await;
        self.environment_version_publish(&name, "1", "0").await;
        name
    }

    /// A new version of an environment template, registered as a draft.
    pub(crate) async fn environment_version(
        &self,
        template: &str,
        major: Option<&str>,
        bundle: &Bundle,
    ) -> EnvironmentTemplateVersion {
        let version = self.environment_version_begin(template, major, bundle).await;
        let (major, minor) = (version.major_version, version.minor_version);
        let version = self.environment_version_registered(template, &major, &minor).await;
        assert_eq!(version.status, TemplateVersionStatus::Draft, "{:?}", version.status_message);
        version
    }

    /// A new version of an environment template whose registration has begun.
    pub(crate) async fn environment_version_begin(
        &self,
        template: &str,
        major: Option<&str>,
        bundle: &Bundle,
    ) -> EnvironmentTemplateVersion {
        let create = self.proton.create_environment_template_version().template_name(template);
        let create = create.set_major_version(major.map(str::to_owned)).source(self.source(bundle).await);
        let created = create.send().await.expect("version created");
        created.environment_template_version.expect("the answer holds the version")
    }

    /// An environment template's version once its registration has ended.
    pub(crate) async fn environment_version_registered(
        &self,
        template: &str,
        major: &str,
        minor: &str,
    ) -> EnvironmentTemplateVersion {
        eventually(&format!("{template}:{major}.{minor} registered"), async || {
            let get = self.proton.get_environment_template_version().template_name(template);
            let got = get.major_version(major).minor_version(minor).send().await;
            let got = got.map_err(|error| format!("{error:?}"))?;
            let version = got.environment_template_version.ok_or("no version in the answer")?;
            match version.status {
                TemplateVersionStatus::RegistrationInProgress => Err(version.status.to_string()),
                _ => Ok(version),
            }
        })
        .await
    }

    pub(crate) async fn environment_version_publish(&self, template: &str, major: &str, minor: &str) {
        let update = self.proton.update_environment_template_version().template_name(template);
        let update = update.major_version(major).minor_version(minor);
        update.status(TemplateVersionStatus::Published).send().await.expect("version published");
    }

    /// A new service template with version 1.0 published, for major 1 of an environment template.
    pub(crate) async fn service_template(&self, environment_template: &str, bundle: &Bundle) -> String {
        let name = unique("svc-template");
        self.service_template_create(&name).await;
        let version = self.service_version(&name, None, environment_template, bundle).await;
        let publish = self.proton.update_service_template_version().template_name(&name);
        let publish = publish.major_version(version.major_version).minor_version(version.minor_version);
        publish.status(TemplateVersionStatus::Published).send().await.expect("version published");
        name
    }

    /// A new service template with a pipeline, with version 1.0 published. Lets the account have a role for pipelines.
    pub(crate) async fn piped_template(&self, environment_template: &str, bundle: &Bundle) -> String {
        self.pipeline_role_set().await;
        let name = unique("svc-template");
        self.proton.create_service_template().name(&name).send().await.expect("service template created");
        self.service_version(&name, None, environment_template, bundle).await;
        self.service_version_publish(&name, "1", "0").await;
        name
    }

    /// Sets the account's role for pipelines.
    pub(crate) async fn pipeline_role_set(&self) {
        let role = &self.outputs.provisioning_role_arn;
        let update = self.proton.update_account_settings().pipeline_service_role_arn(role);
        update.send().await.expect("settings changed");
    }

    /// Publishes a version of a service template.
    pub(crate) async fn service_version_publish(&self, template: &str, major: &str, minor: &str) {
        let publish = self.proton.update_service_template_version().template_name(template);
        let publish = publish.major_version(major).minor_version(minor);
        publish.status(TemplateVersionStatus::Published).send().await.expect("version published");
    }

    /// Begins a service with a pipeline.
    pub(crate) async fn piped_begin(&self, name: &str, template: &str, spec: &str) -> Service {
        let create = self.proton.create_service().name(name).template_name(template);
        let create = create.template_major_version("1").spec(spec).branch_name("main");
        let create = create.repository_id("owner/repo").repository_connection_arn(CONNECTION_ARN);
        create.send().await.expect("service created").service.expect("the answer holds it")
    }

    /// An output of a service's pipeline.
    pub(crate) async fn pipeline_output(&self, service: &str, key: &str) -> Option<String> {
        let outputs = self.proton.list_service_pipeline_outputs().service_name(service).send().await;
        let outputs = outputs.expect("outputs read").outputs;
        outputs.into_iter().find(|output| output.key() == Some(key)).and_then(|output| output.value_string)
    }

    /// A service template whose pipelines are the customer's own.
    pub(crate) async fn service_template_create(&self, name: &str) {
        let create = self.proton.create_service_template().name(name);
        let create = create.pipeline_provisioning(Provisioning::CustomerManaged);
        create.send().await.expect("service template created");
    }

    /// A new version of a service template, registered as a draft.
    pub(crate) async fn service_version(
        &self,
        template: &str,
        major: Option<&str>,
        environment_template: &str,
        bundle: &Bundle,
    ) -> ServiceTemplateVersion {
        let create = self.proton.create_service_template_version().template_name(template);
        let create = create
            .set_major_version(major.map(str::to_owned))
            .compatible_environment_templates(compatible(environment_template))
            .supported_component_sources(ServiceTemplateSupportedComponentSourceType::DirectlyDefined)
            .source(self.source(bundle).await);
        let created = create.send().await.expect("version created");
        let version = created.service_template_version.expect("the answer holds the version");
        let registered =
            self.service_version_registered(template, &version.major_version, &version.minor_version).await;
        assert_eq!(registered.status, TemplateVersionStatus::Draft, "{:?}", registered.status_message);
        registered
    }

    /// A service template's version once its registration has ended.
    pub(crate) async fn service_version_registered(
        &self,
        template: &str,
        major: &str,
        minor: &str,
    ) -> ServiceTemplateVersion {
        eventually(&format!("{template}:{major}.{minor} registered"), async || {
            let get = self.proton.get_service_template_version().template_name(template);
            let got = get.major_version(major).minor_version(minor).send().await;
            let got = got.map_err(|error| format!("{error:?}"))?;
            let version = got.service_template_version.ok_or("no version in the answer")?;
            match version.status {
                TemplateVersionStatus::RegistrationInProgress => Err(version.status.to_string()),
                _ => Ok(version),
            }
        })
        .await
    }

    /// Begins an environment of major 1 of a template, with the provisioning role.
    pub(crate) async fn environment_begin(&self, name: &str, template: &str, inputs: &str) -> Environment {
        let create = self.proton.create_environment().name(name).template_name(template);
        let create = create.template_major_version("1").spec(environment_spec(inputs));
        let role = &self.outputs.provisioning_role_arn;
        let create = create.proton_service_role_arn(role).component_role_arn(role);
        create.send().await.expect("environment created").environment.expect("the answer holds it")
    }

    /// A new environment, deployed.
    pub(crate) async fn environment(&self, template: &str, inputs: &str) -> String {
        let name = unique("env");
        self.environment_begin(&name, template, inputs).await;
        self.environment_deployed(&name).await;
        name
    }

    /// An environment once no deployment of it runs.
    pub(crate) async fn environment_settled(&self, name: &str) -> Environment {
        eventually(&format!("environment {name} settled"), async || {
            let got = self.proton.get_environment().name(name).send().await;
            let got = got.map_err(|error| format!("{error:?}"))?;
            let environment = got.environment.ok_or("no environment in the answer")?;
            match environment.deployment_status {
                DeploymentStatus::InProgress
                | DeploymentStatus::Cancelling
                | DeploymentStatus::DeleteInProgress => Err(format!(
                    "{} {:?}",
                    environment.deployment_status, environment.deployment_status_message
                )),
                _ => Ok(environment),
            }
        })
        .await
    }

    /// An environment once its deployment succeeded.
    pub(crate) async fn environment_deployed(&self, name: &str) -> Environment {
        let environment = self.environment_settled(name).await;
        let message = &environment.deployment_status_message;
        assert_eq!(environment.deployment_status, DeploymentStatus::Succeeded, "{message:?}");
        environment
    }

    /// Waits until an environment is gone.
    pub(crate) async fn environment_gone(&self, name: &str) {
        eventually(&format!("environment {name} gone"), async || {
            match self.proton.get_environment().name(name).send().await {
                Err(error) if is_not_found(&error) => Ok(()),
                Err(error) => Err(format!("{error:?}")),
                Ok(got) => {
                    let environment = got.environment.ok_or("no environment in the answer")?;
                    let failed = environment.deployment_status == DeploymentStatus::DeleteFailed;
                    assert!(!failed, "{:?}", environment.deployment_status_message);
                    Err(environment.deployment_status.to_string())
                }
            }
        })
        .await;
    }

    /// The outputs of an environment's last successful deployment.
    pub(crate) async fn environment_output(&self, name: &str, key: &str) -> Option<String> {
        let listed = self.proton.list_environment_outputs().environment_name(name).send().await;
        let outputs = listed.expect("outputs listed").outputs;
        outputs.into_iter().find(|output| output.key() == Some(key)).and_then(|output| output.value_string)
    }

    /// Begins a service of major 1 of a template.
    pub(crate) async fn service_begin(&self, name: &str, template: &str, spec: &str) -> Service {
        let create = self.proton.create_service().name(name).template_name(template);
        let create = create.template_major_version("1").spec(spec);
        create.send().await.expect("service created").service.expect("the answer holds it")
    }

    /// A new service with these instances (name, environment, inputs), active.
    pub(crate) async fn service(&self, template: &str, instances: &[(&str, &str, &str)]) -> String {
        let name = unique("svc");
        self.service_begin(&name, template, &service_spec(instances)).await;
        let service = self.service_settled(&name).await;
        assert_eq!(service.status, ServiceStatus::Active, "{:?}", service.status_message);
        name
    }

    /// A service once nothing of it is in progress.
    pub(crate) async fn service_settled(&self, name: &str) -> Service {
        eventually(&format!("service {name} settled"), async || {
            let got = self.proton.get_service().name(name).send().await;
            let got = got.map_err(|error| format!("{error:?}"))?;
            let service = got.service.ok_or("no service in the answer")?;
            match service.status.as_str().ends_with("_IN_PROGRESS") {
                true => Err(format!("{} {:?}", service.status, service.status_message)),
                false => Ok(service),
            }
        })
        .await
    }

    /// Waits until a service is gone.
    pub(crate) async fn service_gone(&self, name: &str) {
        eventually(&format!("service {name} gone"), async || {
            match self.proton.get_service().name(name).send().await {
                Err(error) if is_not_found(&error) => Ok(()),
                Err(error) => Err(format!("{error:?}")),
                Ok(got) => {
                    let service = got.service.ok_or("no service in the answer")?;
                    let failed = service.status == ServiceStatus::DeleteFailed;
                    assert!(!failed, "{:?}", service.status_message);
                    Err(service.status.to_string())
                }
            }
        })
        .await;
    }

    /// A service instance.
    pub(crate) async fn instance(&self, service: &str, name: &str) -> ServiceInstance {
        let got = self.proton.get_service_instance().service_name(service).name(name).send().await;
        got.expect("instance read").service_instance.expect("the answer holds it")
    }

    /// A service instance once no deployment of it runs.
    pub(crate) async fn instance_settled(&self, service: &str, name: &str) -> ServiceInstance {
        eventually(&format!("instance {service}/{name} settled"), async || {
            let instance = self.instance(service, name).await;
            match instance.deployment_status {
                DeploymentStatus::InProgress | DeploymentStatus::Cancelling => {
                    Err(format!("{:?}", instance.deployment_status_message))
                }
                _ => Ok(instance),
            }
        })
        .await
    }

    /// A request for a component that is made of this CloudFormation template; its place is still to be named.
    pub(crate) fn component_create(&self, name: &str, template: &str) -> CreateComponentFluentBuilder {
        let manifest = "infrastructure:\n  templates:\n    - file: component.yaml\n      rendering_engine: jinja\n      \
                        template_language: cloudformation\n";
        self.proton.create_component().name(name).manifest(manifest).template_file(template)
    }

    /// A new component in an environment, deployed.
    pub(crate) async fn component(&self, environment: &str, template: &str) -> String {
        let name = unique("component");
        let create = self.component_create(&name, template).environment_name(environment);
        create.send().await.expect("component created");
        self.component_deployed(&name).await;
        name
    }

    /// A component once its deployment succeeded.
    pub(crate) async fn component_deployed(&self, name: &str) -> Component {
        eventually(&format!("component {name} deployed"), async || {
            let got = self.proton.get_component().name(name).send().await;
            let component = got.map_err(|error| format!("{error:?}"))?.component.ok_or("no component")?;
            match component.deployment_status {
                DeploymentStatus::Succeeded => Ok(component),
                DeploymentStatus::InProgress => Err("in progress".to_owned()),
                other => panic!("{other} {:?}", component.deployment_status_message),
            }
        })
        .await
    }

    /// Waits until a component is gone.
    pub(crate) async fn component_gone(&self, name: &str) {
        eventually(&format!("component {name} gone"), async || {
            match self.proton.get_component().name(name).send().await {
                Err(error) if is_not_found(&error) => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await;
    }

    /// An output of an instance's last successful deployment.
    pub(crate) async fn instance_output(&self, service: &str, name: &str, key: &str) -> Option<String> {
        let list = self.proton.list_service_instance_outputs().service_name(service);
        let outputs = list.service_instance_name(name).send().await.expect("outputs listed").outputs;
        outputs.into_iter().find(|output| output.key() == Some(key)).and_then(|output| output.value_string)
    }
}

/// Major 1 of an environment template.
pub(crate) fn compatible(environment_template: &str) -> CompatibleEnvironmentTemplateInput {
    let compatible = CompatibleEnvironmentTemplateInput::builder().template_name(environment_template);
    compatible.major_version("1").build().expect("name and major are set")
}

fn is_not_found<E: aws_sdk_proton::error::ProvideErrorMetadata, R>(
    error: &aws_smithy_runtime_api::client::result::SdkError<E, R>,
) -> bool {
    use aws_sdk_proton::error::ProvideErrorMetadata;
    error.code() == Some("ResourceNotFoundException")
}
