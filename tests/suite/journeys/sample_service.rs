//! The whole life of AWS's public sample: a Fargate service with its pipeline, and a component beside it (behaviour 2.4 to
//! 2.7, 7.6). Created, edited, updated, cancelled and deleted, it leaves no stack behind.

use std::fs;
use std::path::Path;

use aws_sdk_proton::types::{
    ComponentDeploymentUpdateType, DeploymentStatus, DeploymentUpdateType, ServiceStatus,
};

use crate::journeys::samples::samples;
use crate::support::bundle::Bundle;
use crate::support::protium::{Protium, with_protium};
use crate::support::refusal::refused;
use crate::support::unique;

/// The sample's service, with these instances.
struct Sample<'a> {
    protium: &'a Protium,
    service: String,
    environment: String,
    pipeline: String,
}

impl<'a> Sample<'a> {
    fn new(protium: &'a Protium, directory: &Path, environment: &str) -> Self {
        let spec = fs::read_to_string(directory.join("spec/spec.yaml")).expect("the sample's spec");
        let (pipeline, _) = spec.split_once("instances:").expect("it names instances");
        Self {
            protium,
            service: unique("fargate"),
            environment: environment.to_owned(),
            pipeline: pipeline.to_owned(),
        }
    }

    fn spec(&self, instances: &[(&str, &str)]) -> String {
        let sections = instances.iter().map(|(name, inputs)| {
            format!("  - name: {name}\n    environment: {}\n    spec: {{{inputs}}}\n", self.environment)
        });
        format!("{}instances:\n{}", self.pipeline, sections.collect::<String>())
    }

    async fn active(&self) {
        let service = self.protium.service_settled(&self.service).await;
        assert_eq!(service.status, ServiceStatus::Active, "{:?}", service.status_message);
        let pipeline = service.pipeline().expect("it has a pipeline");
        assert_eq!(pipeline.deployment_status, DeploymentStatus::Succeeded);
    }

    /// How many of the pipeline's builds deploy an instance.
    async fn deploying_builds(&self) -> usize {
        let resources = self.protium.proton.list_service_pipeline_provisioned_resources();
        let resources = resources.service_name(&self.service).send().await.expect("resources listed");
        let is_one = |name: &str| name.starts_with("Deploy") && name.ends_with("Project");
        resources.provisioned_resources.iter().filter(|resource| resource.name().is_some_and(is_one)).count()
    }

    async fn instance_update(&self, kind: DeploymentUpdateType, instances: &[(&str, &str)]) {
        let update = self.protium.proton.update_service_instance().service_name(&self.service).name("prod");
        let update = update.deployment_type(kind).spec(self.spec(instances));
        update.send().await.expect("update accepted");
    }

    async fn instance_template(&self) -> String {
        let stack = self.protium.stack_of(&self.arn("/service-instance/prod")).await;
        let get = self.protium.cloudformation.get_template().stack_name(stack.stack_name().expect("a name"));
        get.send().await.expect("the template is read").template_body.expect("it has one")
    }

    fn arn(&self, tail: &str) -> String {
        self.protium.arn(&format!("service/{}{tail}", self.service))
    }
}

#[test]
fn the_public_sample_service_lives_a_whole_life() {
    with_protium(async |protium| {
        let Some(samples) = samples(protium) else { return };
        let environment = unique("fargate-env");
        let home = samples.join("environment-templates/fargate-env");
        let env_template =
            protium.environment_of(&home.join("v1"), &home.join("spec/spec.yaml"), &environment).await;
        let roles = protium.proton.update_environment().name(&environment);
        let roles = roles.component_role_arn(&protium.outputs.provisioning_role_arn);
        roles.deployment_type(DeploymentUpdateType::None).send().await.expect("role set");
        let directory = samples.join("service-templates/load-balanced-fargate-svc");
        let bundle = Bundle::service_in(&directory.join("v1"));
        let template = protium.piped_template(&env_template, &bundle).await;
        let sample = Sample::new(protium, &directory, &environment);

        protium.piped_begin(&sample.service, &template, &sample.spec(&[("prod", "")])).await;
        sample.active().await;
        assert_eq!(sample.deploying_builds().await, 1);
        let url = protium.instance_output(&sample.service, "prod", "ServiceURL").await.unwrap_or_default();
        assert!(url.starts_with("http"), "where people find it: '{url}'");
        let console = protium.pipeline_output(&sample.service, "PipelineEndpoint").await.unwrap_or_default();
        assert!(console.contains("/codepipeline/"), "where people watch it: '{console}'");

        let component = component_attached(&sample, &samples).await;
        sample.instance_update(DeploymentUpdateType::CurrentVersion, &[("prod", "desired_count: 2")]).await;
        let updated = protium.instance_settled(&sample.service, "prod").await;
        assert_eq!(updated.deployment_status, DeploymentStatus::Succeeded, "{updated:?}");
        let text = sample.instance_template().await;
        assert!(text.contains("BucketAccessPolicyArn") && text.contains("DesiredCount: '2'"), "{text}");

        let edit = protium.proton.update_service().name(&sample.service);
        let both = sample.spec(&[("prod", "desired_count: 2"), ("next", "loadbalancer_type: network")]);
        edit.spec(both).send().await.expect("edit accepted");
        sample.active().await;
        assert_eq!(sample.deploying_builds().await, 2);

        cancelled(&sample, &template, &env_template, &bundle).await;
        failed_and_mended(&sample, &template, &env_template, &bundle).await;
        let alone = sample.spec(&[("prod", "desired_count: 3")]);
        protium.proton.update_service().name(&sample.service).spec(alone).send().await.expect("accepted");
        sample.active().await;
        assert_eq!(sample.deploying_builds().await, 1);

        failed_at_once(&sample, &env_template, &bundle).await;
        all_deleted(&sample, &component).await;
    });
}

async fn component_attached(sample: &Sample<'_>, samples: &Path) -> String {
    let directory = samples.join("component-templates/s3-bucket-component");
    let read = |file| fs::read_to_string(directory.join(file)).expect("the sample's component");
    let name = unique("bucket");
    let create = sample.protium.proton.create_component().name(&name).manifest(read("manifest.yaml"));
    let create = create.template_file(read("cloudformation.yaml")).service_name(&sample.service);
    create.service_instance_name("prod").send().await.expect("component accepted");
    sample.protium.component_deployed(&name).await;
    name
}

/// A minor version that never gets done is begun, and given up.
async fn cancelled(sample: &Sample<'_>, template: &str, env_template: &str, bundle: &Bundle) {
    let protium = sample.protium;
    let before = protium.instance(&sample.service, "prod").await;
    protium.service_version(template, Some("1"), env_template, &bundle.clone().gated("Slow")).await;
    protium.service_version_publish(template, "1", "1").await;
    sample.instance_update(DeploymentUpdateType::MinorVersion, &[("prod", "desired_count: 3")]).await;
    protium.gate_reached(before.arn(), "Slow").await;
    let cancel = protium.proton.cancel_service_instance_deployment().service_name(&sample.service);
    cancel.service_instance_name("prod").send().await.expect("it is in progress");
    let after = protium.instance_settled(&sample.service, "prod").await;
    assert_eq!(after.deployment_status, DeploymentStatus::Cancelled, "{after:?}");
    assert_eq!((after.template_minor_version(), after.spec()), ("0", before.spec()));
    assert_eq!(sample.protium.service_settled(&sample.service).await.status, ServiceStatus::Active);
}

/// A minor version that CloudFormation fails at leaves the instance as it was; the next one is deployed.
async fn failed_and_mended(sample: &Sample<'_>, template: &str, env_template: &str, bundle: &Bundle) {
    let protium = sample.protium;
    let before = protium.instance(&sample.service, "prod").await;
    protium.service_version(template, Some("1"), env_template, &bundle.clone().failing()).await;
    protium.service_version_publish(template, "1", "2").await;
    sample.instance_update(DeploymentUpdateType::MinorVersion, &[("prod", "desired_count: 3")]).await;
    let failed = protium.instance_settled(&sample.service, "prod").await;
    assert_eq!(failed.deployment_status, DeploymentStatus::Failed, "{failed:?}");
    let why = failed.deployment_status_message().unwrap_or_default();
    assert!(why.contains("Never") && why.contains("UPDATE_ROLLBACK_COMPLETE"), "{why}");
    assert_eq!((failed.template_minor_version(), failed.spec()), ("0", before.spec()));

    protium.service_version(template, Some("1"), env_template, bundle).await;
    protium.service_version_publish(template, "1", "3").await;
    sample.instance_update(DeploymentUpdateType::MinorVersion, &[("prod", "desired_count: 3")]).await;
    let mended = protium.instance_settled(&sample.service, "prod").await;
    assert_eq!(mended.deployment_status, DeploymentStatus::Succeeded, "{mended:?}");
    assert_eq!(mended.template_minor_version(), "3");
    assert!(sample.instance_template().await.contains("DesiredCount: '3'"));
}

/// A service whose one instance fails at once leaves nothing of it behind, and goes like any other.
async fn failed_at_once(sample: &Sample<'_>, env_template: &str, bundle: &Bundle) {
    let protium = sample.protium;
    let template = protium.piped_template(env_template, &bundle.clone().failing()).await;
    let name = unique("fargate");
    protium.piped_begin(&name, &template, &sample.spec(&[("prod", "")])).await;
    let failed = protium.service_settled(&name).await;
    assert_eq!(failed.status, ServiceStatus::CreateFailedCleanupComplete, "{:?}", failed.status_message);
    let arn = protium.arn(&format!("service/{name}"));
    assert_eq!(protium.stacks_about(&arn).await, [], "what failed was cleaned up");
    protium.proton.delete_service().name(&name).send().await.expect("deletion accepted");
    protium.service_gone(&name).await;
}

async fn all_deleted(sample: &Sample<'_>, component: &str) {
    let (protium, service) = (sample.protium, &sample.service);
    let delete = || protium.proton.delete_service().name(service).send();
    refused(delete().await).is("ConflictException", &[component, "detach"]);
    let detach = protium.proton.update_component().name(component).service_name("").service_instance_name("");
    let detach = detach.deployment_type(ComponentDeploymentUpdateType::CurrentVersion);
    detach.send().await.expect("detached");
    protium.component_deployed(component).await;
    protium.proton.delete_component().name(component).send().await.expect("deletion accepted");
    protium.component_gone(component).await;
    delete().await.expect("deletion accepted");
    protium.service_gone(service).await;
    let environment = protium.arn(&format!("environment/{}", sample.environment));
    assert_eq!(protium.stacks_about(&sample.arn("")).await, [], "nothing of the service is left");
    assert_eq!(protium.stacks_about(&environment).await.len(), 1, "the environment alone is left");
    protium.proton.delete_environment().name(&sample.environment).send().await.expect("deletion accepted");
    protium.environment_gone(&sample.environment).await;
    assert_eq!(protium.stacks_about(&environment).await, []);
}
