//! Services with pipelines, and edits of services (behaviour 2.6, 3.3).

use aws_sdk_proton::types::{DeploymentStatus, DeploymentUpdateType, Service, ServiceStatus};

use crate::support::bundle::{Bundle, piped_spec};
use crate::support::protium::{Protium, with_protium};
use crate::support::refusal::refused;
use crate::support::unique;

/// An environment, a service template with a pipeline for it, and an active service of these instances.
async fn piped(protium: &Protium, pipeline: &str, instances: &[&str]) -> (String, String) {
    let env_template = protium.environment_template(&Bundle::environment()).await;
    let environment = protium.environment(&env_template, "label: home").await;
    let template = protium.piped_template(&env_template, &Bundle::piped_service()).await;
    let name = unique("piped");
    protium.piped_begin(&name, &template, &spec(pipeline, &environment, instances)).await;
    let service = protium.service_settled(&name).await;
    assert_eq!(service.status, ServiceStatus::Active, "{:?}", service.status_message);
    (environment, name)
}

fn spec(pipeline: &str, environment: &str, instances: &[&str]) -> String {
    let instances: Vec<_> = instances.iter().map(|name| (*name, environment, "")).collect();
    piped_spec(pipeline, &instances)
}

async fn updated(protium: &Protium, service: &str, spec: &str) -> Service {
    protium.proton.update_service().name(service).spec(spec).send().await.expect("update accepted");
    protium.service_settled(service).await
}

fn pipeline_status(service: &Service) -> DeploymentStatus {
    service.pipeline().expect("it has a pipeline").deployment_status.clone()
}

#[test]
fn instances_come_and_go_and_the_pipeline_follows() {
    with_protium(async |protium| {
        let (environment, name) = piped(protium, "", &["one", "two"]).await;
        let text = protium.pipeline_output(&name, "Text").await;
        assert_eq!(text.as_deref(), Some("owner/repo: one=one in home two=one in home"));
        let wanted = spec("", &environment, &["two", "three"]);
        let active = updated(protium, &name, &wanted).await;
        assert_eq!(active.status, ServiceStatus::Active, "{:?}", active.status_message);
        assert_eq!(active.spec, wanted);
        let text = protium.pipeline_output(&name, "Text").await;
        assert_eq!(text.as_deref(), Some("owner/repo: two=one in home three=one in home"));
        let one = protium.arn(&format!("service/{name}/service-instance/one"));
        assert!(protium.stacks_of(&one).await.is_empty(), "its stack is gone");
        let gone = protium.proton.get_service_instance().service_name(&name).name("one").send().await;
        refused(gone).is("ResourceNotFoundException", &["one"]);

        let create = protium.proton.create_service_instance().service_name(&name).name("four");
        create.spec(spec("", &environment, &["four"])).send().await.expect("accepted");
        protium.instance_settled(&name, "four").await;
        let update = protium.proton.update_service_pipeline().service_name(&name);
        let update = update.deployment_type(DeploymentUpdateType::CurrentVersion);
        update.spec(spec("most: 5", &environment, &["x"])).send().await.expect("accepted");
        let busy = protium.proton.update_service().name(&name).spec(&wanted).send().await;
        refused(busy).is("ConflictException", &["pipeline"]);
        pipeline_settled(protium, &name).await;
        let text = protium.pipeline_output(&name, "Text").await.unwrap_or_default();
        assert!(text.ends_with("four=one in home"), "{text}");
        let resources = protium.proton.list_service_pipeline_provisioned_resources();
        let resources = resources.service_name(&name).send().await.expect("read").provisioned_resources;
        assert_eq!(resources.len(), 1);

        protium.proton.delete_service().name(&name).send().await.expect("deletion accepted");
        protium.service_gone(&name).await;
    });
}

async fn pipeline_settled(protium: &Protium, service: &str) {
    crate::support::wait::eventually(&format!("the pipeline of {service} settled"), async || {
        let got = protium.proton.get_service().name(service).send().await;
        let got = got.map_err(|error| format!("{error:?}"))?.service.ok_or("no service")?;
        match pipeline_status(&got) {
            DeploymentStatus::InProgress => Err("IN_PROGRESS".to_owned()),
            _ => Ok(()),
        }
    })
    .await;
}

#[test]
fn a_new_instance_that_fails_takes_the_update_back() {
    with_protium(async |protium| {
        let (environment, name) = piped(protium, "", &["one", "two"]).await;
        let before = protium.service_settled(&name).await;
        let wanted = piped_spec("", &[("two", &environment, ""), ("bad", &environment, "fail: true")]);
        let failed = updated(protium, &name, &wanted).await;
        assert_eq!(failed.status, ServiceStatus::UpdateFailedCleanupComplete);
        assert!(failed.status_message().is_some_and(|why| why.contains("bad")), "{failed:?}");
        assert_eq!((&failed.spec, &failed.pipeline), (&before.spec, &before.pipeline));
        assert_eq!(protium.instance(&name, "one").await.deployment_status, DeploymentStatus::Succeeded);
        let bad = protium.arn(&format!("service/{name}/service-instance/bad"));
        assert!(protium.stacks_of(&bad).await.is_empty(), "its stack is gone");
        let mended = updated(protium, &name, &spec("", &environment, &["two", "bad"])).await;
        assert_eq!(mended.status, ServiceStatus::Active, "{:?}", mended.status_message);
    });
}

#[test]
fn a_pipeline_that_fails_blocks_nobody() {
    with_protium(async |protium| {
        let (environment, name) = piped(protium, "most: 1", &["one"]).await;
        let wanted = spec("most: 1", &environment, &["one", "two"]);
        let failed = updated(protium, &name, &wanted).await;
        assert_eq!(failed.status, ServiceStatus::UpdateFailed);
        assert!(failed.status_message().is_some_and(|why| why.contains("pipeline")), "{failed:?}");
        assert_eq!((&failed.spec, pipeline_status(&failed)), (&wanted, DeploymentStatus::Failed));
        assert_eq!(protium.instance(&name, "two").await.deployment_status, DeploymentStatus::Succeeded);
        let mended = updated(protium, &name, &spec("most: 1", &environment, &["two"])).await;
        assert_eq!(mended.status, ServiceStatus::Active, "{:?}", mended.status_message);
        assert_eq!(pipeline_status(&mended), DeploymentStatus::Succeeded);
    });
}

#[test]
fn an_instance_that_fails_cancels_the_pipeline_and_the_creation_may_be_mended() {
    with_protium(async |protium| {
        let env_template = protium.environment_template(&Bundle::environment()).await;
        let environment = protium.environment(&env_template, "").await;
        let template = protium.piped_template(&env_template, &Bundle::piped_service()).await;
        let name = unique("piped");
        let broken = piped_spec("", &[("only", &environment, "fail: true")]);
        let created = protium.piped_begin(&name, &template, &broken).await;
        assert_eq!(pipeline_status(&created), DeploymentStatus::InProgress);
        let failed = protium.service_settled(&name).await;
        assert_eq!(failed.status, ServiceStatus::CreateFailedCleanupComplete, "{:?}", failed.status_message);
        assert_eq!(pipeline_status(&failed), DeploymentStatus::Cancelled);
        let arn = protium.arn(&format!("service/{name}/service-instance/only"));
        let why = format!("Service Instance(s): [{arn}] failed to deploy - canceling pipeline deployment");
        let told = failed.pipeline().and_then(|pipeline| pipeline.deployment_status_message());
        assert_eq!(told, Some(why.as_str()));
        let mended = updated(protium, &name, &spec("", &environment, &["only"])).await;
        assert_eq!(mended.status, ServiceStatus::Active, "{:?}", mended.status_message);
        assert_eq!(pipeline_status(&mended), DeploymentStatus::Succeeded);
    });
}
