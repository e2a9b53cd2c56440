//! The worlds that operations are called in.

use protium_app::artifact::rendered_key;
use protium_domain::account::AccountSettings;
use protium_domain::deployable::DeploymentOutcome;
use protium_domain::deployment::DeploymentKind;
use protium_domain::document::Document;
use protium_domain::revision::Revision;
use protium_domain::service_instance::ServiceInstance;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::{BundlePart, PartSummary, ProvisioningEngine};
use protium_domain::version::VersionNumber;
use protium_testkit::{SequentialIds, TestApp, records};

use crate::calls::{BLOCKER, FAILED, SERVICE_SPEC};

const PIPED_SCHEMA: &str = "schema:
  format: {openapi: '3.0.0'}
  service_input_type: Input
  pipeline_input_type: Pipeline
  types:
    Input: {type: object, properties: {size: {type: string, default: small}}}
    Pipeline: {type: object, properties: {branch: {type: string, default: main}}}
";

/// Published templates (`net`, `web`, and `piped` with a pipeline) and such as nobody uses; the environments `beta` and `empty`; the services
/// `shop` with the component `queue`, `idle`, and `piped` with a pipeline, each with the instance `one`; the component
/// `loose` by itself: all deployed. Besides, an environment whose deployment failed.
pub(crate) fn settled() -> TestApp {
    let test = TestApp::new();
    let (mut environment, _) = test.environment_succeeded("beta", "net", &[("Url", "https://example.com")]);
    environment.roles.component_role_arn = Some(records::ROLE_ARN.to_owned());
    test.seed(environment);
    test.environment_succeeded("empty", "net", &[]);
    templates(&test);
    service(&test, "idle", "web");
    service(&test, "piped", "piped");
    test.seed(records::pipeline_succeeded("piped", "piped", test.id(), test.now()));
    let mut instance = service(&test, "shop", "web");
    let place = Some(("shop", "one"));
    let component = records::component_succeeded("queue", "beta", place, test.id(), test.now());
    instance.component = Some(component.name.clone());
    test.seed(instance);
    test.seed(component);
    test.seed(records::component_succeeded("loose", "beta", None, test.id(), test.now()));
    test.seed(records::sync_blocker(SequentialIds::nth(BLOCKER), "shop", None, test.now()));
    test.artifacts.seed(rendered_key(&SequentialIds::nth(1)), b"Resources: {}\n".to_vec());
    failed(&test);
    test
}

/// An active service with the instance `one` in `beta`.
fn service(test: &TestApp, name: &str, template: &str) -> ServiceInstance {
    let (mut service, mut instance, _) = test.service_active(name, "one", "beta", template);
    service.spec = Document::Inline(SERVICE_SPEC.to_owned());
    instance.spec = Document::Inline(SERVICE_SPEC.to_owned());
    test.seed(service);
    test.seed(instance)
}

/// The environment `failed`, whose first deployment failed.
fn failed(test: &TestApp) {
    let id = SequentialIds::nth(FAILED);
    let mut environment = records::environment_deploying("failed", "net", id.clone(), test.now());
    environment.deployable.finish(DeploymentOutcome::Failed, None).expect("it is in progress");
    let target = environment.target();
    let mut deployment = records::deployment_open(id, target, DeploymentKind::Deploy, "net", test.now());
    deployment.finish(DeploymentOutcome::Failed, None, test.now()).expect("it is open");
    test.seed(environment);
    test.seed(deployment);
}

/// A service per ten instances, each in another of ten environments.
pub(crate) fn with_instances(count: usize) -> TestApp {
    let test = TestApp::new();
    templates(&test);
    for number in 0..10 {
        test.environment_succeeded(&format!("env-{number}"), "net", &[]);
    }
    for service in 0..count / 10 {
        let name = format!("svc-{service:05}");
        test.seed(records::service_active(&name, "web", test.id(), test.now()));
        for number in 0..10 {
            let (instance, environment) = (format!("i{number}"), format!("env-{number}"));
            let id = test.id();
            test.seed(records::instance_succeeded(&name, &instance, &environment, "web", id, test.now()));
        }
    }
    test
}

fn templates(test: &TestApp) {
    test.template_published(TemplateKind::Environment, "net");
    let (_, mut web) = test.template_published(TemplateKind::Service, "web");
    web.supports_components = true;
    test.seed(web);
    let (_, mut piped) = test.template_published(TemplateKind::Service, "piped");
    let bundle = piped.bundle.as_mut().expect("it is registered");
    let engine = ProvisioningEngine::Cloudformation { file: "pipeline.yaml".to_owned() };
    bundle.parts.push(PartSummary { part: BundlePart::PipelineInfrastructure, engine });
    bundle.schema = Document::Inline(PIPED_SCHEMA.to_owned());
    test.seed(piped);
    test.seed(AccountSettings {
        pipeline_service_role_arn: Some(records::ROLE_ARN.to_owned()),
        revision: Some(Revision::first(test.now())),
        ..AccountSettings::default()
    });
    for kind in [TemplateKind::Environment, TemplateKind::Service] {
        test.seed(records::template(kind, "unused", test.now()));
        test.template_published(kind, "spare");
        test.seed(records::version_draft(kind, "spare", VersionNumber::new(1, 1), test.now()));
    }
}
