//! Every operation of Proton, called right by `aws-sdk-proton`: what it sends and what it parses, over fakes.
//!
//! The story is that of `python/test_operations.py`; the server tells which operations have succeeded in the end.

#![expect(
    clippy::expect_used,
    deprecated,
    reason = "a test; AWS marks its client for Proton as deprecated, we don't"
)]

use std::collections::BTreeSet;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_sdk_proton::Client;
use aws_sdk_proton::types::{
    CompatibleEnvironmentTemplateInput, ComponentDeploymentUpdateType, DeploymentStatus,
    DeploymentUpdateType, EnvironmentAccountConnectionRequesterAccountType, EnvironmentTemplateFilter,
    ListServiceInstancesFilter, ListServiceInstancesFilterBy, ListServiceInstancesSortBy,
    RepositoryBranchInput, RepositoryProvider, ResourceDeploymentStatus, S3ObjectSource, SortOrder, SyncType,
    Tag, TemplateType, TemplateVersionSourceInput, TemplateVersionStatus,
};
use protium_clients::Server;
use protium_wire::Interface;
use serde_json::json;

const ARN: &str = "arn:aws:proton:eu-west-1:111122223333";
const ROLE: &str = "arn:aws:iam::111122223333:role/protium/provisioning";
const CONNECTION: &str =
    "arn:aws:codestar-connections:eu-west-1:111122223333:connection/0a1b2c3d-0000-4000-8000-000000000000";
const MANIFEST: &str = "infrastructure:\n  templates:\n    - file: component.yaml\n      rendering_engine: jinja\n      \
                        template_language: cloudformation\n";

/// The answer of a call, which must succeed.
macro_rules! ok {
    ($call:expr) => {
        $call.send().await.expect(stringify!($call))
    };
}

struct Story {
    proton: Client,
    http: reqwest::Client,
    endpoint: String,
}

#[tokio::test]
async fn every_operation_is_called_right_and_read() {
    let server = Server::start();
    let story = Story::begin(server.endpoint()).await;
    story.environment_templates().await;
    story.service_templates().await;
    story.repositories().await;
    story.environments().await;
    story.services().await;
    story.pipelines().await;
    story.components().await;
    story.syncs().await;
    story.connections().await;
    story.others().await;
    story.endings().await;
    let succeeded: BTreeSet<String> = story.succeeded().await;
    let all = Interface::Proton.operations();
    let missing: Vec<&str> =
        all.map(protium_wire::Operation::name).filter(|name| !succeeded.contains(*name)).collect();
    assert!(missing.is_empty(), "never called right: {missing:?}");
}

impl Story {
    async fn begin(endpoint: String) -> Self {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::from_static("eu-west-1"))
            .endpoint_url(&endpoint)
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .load()
            .await;
        let story = Self { proton: Client::new(&config), http: reqwest::Client::new(), endpoint };
        story.tell(json!("new")).await;
        story
    }

    async fn tell(&self, control: serde_json::Value) {
        let told = self.http.post(format!("{}/world", self.endpoint)).body(control.to_string()).send().await;
        let told = told.expect("the world listens");
        assert!(told.status().is_success(), "{}", told.text().await.unwrap_or_default());
    }

    /// Lets all work end.
    async fn run(&self) {
        self.tell(json!("run")).await;
    }

    async fn succeeded(&self) -> BTreeSet<String> {
        let told = self.http.get(format!("{}/succeeded", self.endpoint)).send().await.expect("it answers");
        serde_json::from_str(&told.text().await.expect("a text")).expect("names")
    }

    async fn bundle(&self, kind: &str) -> TemplateVersionSourceInput {
        self.tell(json!({"bundle": {"kind": kind, "key": "fresh"}})).await;
        let object = S3ObjectSource::builder().bucket("uploads").key("fresh").build().expect("whole");
        TemplateVersionSourceInput::S3(object)
    }

    async fn environment_templates(&self) {
        let proton = &self.proton;
        ok!(proton.create_environment_template().name("fresh").display_name("Fresh").tags(tag("a", "b")));
        ok!(proton.update_environment_template().name("fresh").display_name("Fresher"));
        let got = ok!(proton.get_environment_template().name("fresh")).environment_template;
        assert_eq!(got.expect("it").display_name(), Some("Fresher"));
        assert!(!ok!(proton.list_environment_templates()).templates().is_empty());
        let source = self.bundle("ENVIRONMENT").await;
        ok!(proton.create_environment_template_version().template_name("fresh").source(source));
        self.run().await;
        let version = || ("fresh", "1", "0");
        let (name, major, minor) = version();
        ok!(proton
            .update_environment_template_version()
            .template_name(name)
            .major_version(major)
            .minor_version(minor)
            .status(TemplateVersionStatus::Published));
        let got = ok!(proton
            .get_environment_template_version()
            .template_name(name)
            .major_version(major)
            .minor_version(minor));
        let got = got.environment_template_version.expect("it");
        assert_eq!(got.status(), &TemplateVersionStatus::Published);
        let listed = ok!(proton.list_environment_template_versions().template_name(name));
        assert_eq!(listed.template_versions().len(), 1);
        ok!(proton
            .delete_environment_template_version()
            .template_name(name)
            .major_version(major)
            .minor_version(minor));
        ok!(proton.delete_environment_template().name(name));
    }

    async fn service_templates(&self) {
        let proton = &self.proton;
        ok!(proton
            .create_service_template()
            .name("fresh")
            .pipeline_provisioning(aws_sdk_proton::types::Provisioning::CustomerManaged));
        ok!(proton.update_service_template().name("fresh").display_name("Fresher"));
        let got = ok!(proton.get_service_template().name("fresh")).service_template;
        assert_eq!(got.expect("it").display_name(), Some("Fresher"));
        assert!(!ok!(proton.list_service_templates()).templates().is_empty());
        let compatible =
            CompatibleEnvironmentTemplateInput::builder().template_name("net").major_version("1");
        ok!(proton
            .create_service_template_version()
            .template_name("fresh")
            .source(self.bundle("SERVICE").await)
            .compatible_environment_templates(compatible.build().expect("whole")));
        self.run().await;
        ok!(proton
            .update_service_template_version()
            .template_name("fresh")
            .major_version("1")
            .minor_version("0")
            .status(TemplateVersionStatus::Published));
        let got = ok!(proton
            .get_service_template_version()
            .template_name("fresh")
            .major_version("1")
            .minor_version("0"));
        let got = got.service_template_version.expect("it");
        assert_eq!((got.status(), got.schema().is_some()), (&TemplateVersionStatus::Published, true));
        let listed = ok!(proton.list_service_template_versions().template_name("fresh"));
        assert_eq!(listed.template_versions().len(), 1);
        ok!(proton
            .delete_service_template_version()
            .template_name("fresh")
            .major_version("1")
            .minor_version("0"));
        ok!(proton.delete_service_template().name("fresh"));
    }

    async fn repositories(&self) {
        let proton = &self.proton;
        let (provider, name) = (RepositoryProvider::Github, "acme/shop");
        ok!(proton.create_repository().provider(provider.clone()).name(name).connection_arn(CONNECTION));
        let got = ok!(proton.get_repository().provider(provider).name(name)).repository.expect("it");
        assert_eq!(got.connection_arn(), CONNECTION);
        assert_eq!(ok!(proton.list_repositories()).repositories().len(), 1);
    }

    async fn environments(&self) {
        let proton = &self.proton;
        ok!(proton
            .create_environment()
            .name("beta")
            .template_name("net")
            .template_major_version("1")
            .spec(environment_spec("small"))
            .proton_service_role_arn(ROLE)
            .component_role_arn(ROLE));
        self.run().await;
        ok!(proton
            .notify_resource_deployment_status_change()
            .resource_arn(format!("{ARN}:environment/beta"))
            .status(ResourceDeploymentStatus::Succeeded));
        ok!(proton
            .update_environment()
            .name("beta")
            .deployment_type(DeploymentUpdateType::CurrentVersion)
            .spec(environment_spec("large")));
        let cancelled = ok!(proton.cancel_environment_deployment().environment_name("beta")).environment;
        assert_eq!(cancelled.expect("it").deployment_status(), &DeploymentStatus::Cancelling);
        self.run().await;
        let filter = EnvironmentTemplateFilter::builder().template_name("net").major_version("1");
        let listed = ok!(proton.list_environments().environment_templates(filter.build().expect("whole")));
        assert_eq!(listed.environments().len(), 1);
        let got = ok!(proton.get_environment().name("beta")).environment.expect("it");
        assert_eq!(got.spec(), Some(environment_spec("small").as_str()));
        assert!(!ok!(proton.list_environment_outputs().environment_name("beta")).outputs().is_empty());
        let resources = ok!(proton.list_environment_provisioned_resources().environment_name("beta"));
        assert!(!resources.provisioned_resources().is_empty());
    }

    async fn services(&self) {
        let proton = &self.proton;
        let create = proton.create_service().name("shop").template_name("web").template_major_version("1");
        ok!(create.spec(service_spec(&["one"], None)));
        self.run().await;
        ok!(proton.update_service().name("shop").description("d").spec(service_spec(&["one", "two"], None)));
        self.run().await;
        let spec = service_spec(&["one", "two", "three"], None);
        ok!(proton.create_service_instance().service_name("shop").name("three").spec(spec));
        self.run().await;
        ok!(proton
            .update_service_instance()
            .service_name("shop")
            .name("one")
            .deployment_type(DeploymentUpdateType::CurrentVersion));
        ok!(proton.cancel_service_instance_deployment().service_name("shop").service_instance_name("one"));
        self.run().await;
        let filter = ListServiceInstancesFilter::builder().key(ListServiceInstancesFilterBy::EnvironmentName);
        let listed = ok!(proton
            .list_service_instances()
            .filters(filter.value("beta").build())
            .sort_by(ListServiceInstancesSortBy::CreatedAt)
            .sort_order(SortOrder::Descending));
        assert_eq!(listed.service_instances().len(), 3);
        let got = ok!(proton.get_service_instance().service_name("shop").name("one")).service_instance;
        assert!(got.expect("it").spec().is_some());
        let outputs =
            ok!(proton.list_service_instance_outputs().service_name("shop").service_instance_name("one"));
        assert!(!outputs.outputs().is_empty());
        let resources = ok!(proton
            .list_service_instance_provisioned_resources()
            .service_name("shop")
            .service_instance_name("one"));
        assert!(!resources.provisioned_resources().is_empty());
        assert_eq!(ok!(proton.list_services()).services().len(), 1);
    }

    async fn pipelines(&self) {
        let proton = &self.proton;
        let create = proton.create_service().name("piped").template_name("piped").template_major_version("1");
        let create =
            create.repository_connection_arn(CONNECTION).repository_id("acme/shop").branch_name("main");
        ok!(create.spec(service_spec(&["one"], Some("app"))));
        self.run().await;
        let service = ok!(proton.get_service().name("piped")).service.expect("it");
        let pipeline = service.pipeline.expect("it has one");
        assert_eq!(pipeline.deployment_status(), &DeploymentStatus::Succeeded);
        ok!(proton
            .update_service_pipeline()
            .service_name("piped")
            .spec(service_spec(&["one"], Some("web")))
            .deployment_type(DeploymentUpdateType::CurrentVersion));
        let cancelled = ok!(proton.cancel_service_pipeline_deployment().service_name("piped")).pipeline;
        assert_eq!(cancelled.expect("it").deployment_status(), &DeploymentStatus::Cancelling);
        self.run().await;
        assert!(!ok!(proton.list_service_pipeline_outputs().service_name("piped")).outputs().is_empty());
        let resources = ok!(proton.list_service_pipeline_provisioned_resources().service_name("piped"));
        assert!(!resources.provisioned_resources().is_empty());
    }

    async fn components(&self) {
        let proton = &self.proton;
        let create = proton.create_component().name("queue").environment_name("beta").manifest(MANIFEST);
        ok!(create.template_file("Resources: {}\n"));
        self.run().await;
        let update = || {
            proton
                .update_component()
                .name("queue")
                .deployment_type(ComponentDeploymentUpdateType::CurrentVersion)
        };
        ok!(update()
            .service_name("shop")
            .service_instance_name("one")
            .service_spec(service_spec(&["one"], None)));
        self.run().await;
        let got = ok!(proton.get_component().name("queue")).component.expect("it");
        assert_eq!(got.service_instance_name(), Some("one"));
        let listed = ok!(proton.list_components().service_name("shop").service_instance_name("one"));
        assert_eq!(listed.components().len(), 1);
        ok!(update().service_name("").service_instance_name(""));
        self.run().await;
        ok!(update().template_file("Resources: {}\n# changed\n"));
        ok!(proton.cancel_component_deployment().component_name("queue"));
        self.run().await;
        assert!(!ok!(proton.list_component_outputs().component_name("queue")).outputs().is_empty());
        let resources = ok!(proton.list_component_provisioned_resources().component_name("queue"));
        assert!(!resources.provisioned_resources().is_empty());
    }

    async fn syncs(&self) {
        let proton = &self.proton;
        let (kind, provider, repository) =
            (TemplateType::Environment, RepositoryProvider::Github, "acme/shop");
        ok!(proton
            .create_template_sync_config()
            .template_name("net")
            .template_type(kind.clone())
            .repository_provider(provider.clone())
            .repository_name(repository)
            .branch("main"));
        ok!(proton
            .update_template_sync_config()
            .template_name("net")
            .template_type(kind.clone())
            .repository_provider(provider.clone())
            .repository_name(repository)
            .branch("main")
            .subdirectory("templates"));
        let got = ok!(proton.get_template_sync_config().template_name("net").template_type(kind.clone()));
        assert_eq!(got.template_sync_config.expect("it").subdirectory(), Some("templates"));
        ok!(proton
            .get_template_sync_status()
            .template_name("net")
            .template_type(kind.clone())
            .template_version("1"));
        ok!(proton
            .create_service_sync_config()
            .service_name("shop")
            .file_path("ops.yaml")
            .repository_provider(provider.clone())
            .repository_name(repository)
            .branch("main"));
        ok!(proton
            .update_service_sync_config()
            .service_name("shop")
            .file_path("ops/ops.yaml")
            .repository_provider(provider.clone())
            .repository_name(repository)
            .branch("main"));
        let got = ok!(proton.get_service_sync_config().service_name("shop")).service_sync_config;
        assert_eq!(got.expect("it").file_path(), "ops/ops.yaml");
        ok!(proton.get_service_instance_sync_status().service_name("shop").service_instance_name("one"));
        ok!(proton
            .get_repository_sync_status()
            .repository_provider(provider.clone())
            .repository_name(repository)
            .branch("main")
            .sync_type(SyncType::ServiceSync));
        let definitions = ok!(proton
            .list_repository_sync_definitions()
            .repository_provider(provider)
            .repository_name(repository)
            .sync_type(SyncType::TemplateSync));
        assert_eq!(definitions.sync_definitions().len(), 1);
        self.tell(json!({"blocker": {"service": "shop"}})).await;
        let summary = ok!(proton.get_service_sync_blocker_summary().service_name("shop"));
        let summary = summary.service_sync_blocker_summary.expect("it");
        let id = summary.latest_blockers().first().expect("one").id().to_owned();
        ok!(proton.update_service_sync_blocker().id(id).resolved_reason("as intended"));
        ok!(proton.delete_service_sync_config().service_name("shop"));
        ok!(proton.delete_template_sync_config().template_name("net").template_type(kind));
    }

    async fn connections(&self) {
        let proton = &self.proton;
        let first = self.connection("first").await;
        let second = self.connection("second").await;
        ok!(proton
            .update_environment_account_connection()
            .id(&first)
            .role_arn(ROLE)
            .component_role_arn(ROLE));
        ok!(proton.accept_environment_account_connection().id(&first));
        ok!(proton.reject_environment_account_connection().id(&second));
        let got = ok!(proton.get_environment_account_connection().id(&first));
        assert_eq!(got.environment_account_connection.expect("it").status().as_str(), "CONNECTED");
        let listed = ok!(proton
            .list_environment_account_connections()
            .requested_by(EnvironmentAccountConnectionRequesterAccountType::EnvironmentAccount));
        assert_eq!(listed.environment_account_connections().len(), 2);
        ok!(proton.delete_environment_account_connection().id(&second));
    }

    async fn connection(&self, environment: &str) -> String {
        let made = ok!(self
            .proton
            .create_environment_account_connection()
            .environment_name(environment)
            .management_account_id("111122223333")
            .role_arn(ROLE));
        made.environment_account_connection.expect("it").id
    }

    async fn others(&self) {
        let proton = &self.proton;
        let arn = format!("{ARN}:environment/beta");
        ok!(proton.tag_resource().resource_arn(&arn).tags(tag("team", "a")));
        assert!(
            ok!(proton.list_tags_for_resource().resource_arn(&arn))
                .tags()
                .iter()
                .any(|tag| tag.key() == "team")
        );
        ok!(proton.untag_resource().resource_arn(&arn).tag_keys("team"));
        let branch = RepositoryBranchInput::builder().provider(RepositoryProvider::Github).name("acme/shop");
        let branch = branch.branch("main").build().expect("whole");
        ok!(proton
            .update_account_settings()
            .pipeline_service_role_arn(ROLE)
            .pipeline_provisioning_repository(branch));
        let settings = ok!(proton.get_account_settings()).account_settings.expect("they");
        assert_eq!(settings.pipeline_provisioning_repository.expect("it").branch(), "main");
        ok!(proton.update_account_settings().delete_pipeline_provisioning_repository(true));
        let counts = ok!(proton.get_resources_summary()).counts.expect("they");
        assert_eq!(counts.services.expect("they").total(), 2);
        let listed = ok!(proton.list_deployments().environment_name("beta"));
        for found in listed.deployments() {
            let deployment = ok!(proton.get_deployment().id(found.id())).deployment.expect("it");
            assert!(deployment.target_state().is_some());
        }
        ok!(proton.delete_deployment().id(listed.deployments().last().expect("the first").id()));
    }

    async fn endings(&self) {
        let proton = &self.proton;
        ok!(proton.delete_component().name("queue"));
        self.run().await;
        for service in ["shop", "piped"] {
            ok!(proton.delete_service().name(service));
            self.run().await;
        }
        ok!(proton.delete_environment().name("beta"));
        self.run().await;
        let gone = proton.get_environment().name("beta").send().await.expect_err("it is gone");
        assert!(gone.into_service_error().is_resource_not_found_exception());
        ok!(proton.delete_repository().provider(RepositoryProvider::Github).name("acme/shop"));
    }
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().expect("whole")
}

fn environment_spec(size: &str) -> String {
    format!("proton: EnvironmentSpec\nspec: {{size: {size}}}\n")
}

fn service_spec(instances: &[&str], pipeline: Option<&str>) -> String {
    let mut spec = "proton: ServiceSpec\n".to_owned();
    if let Some(directory) = pipeline {
        spec.push_str(&format!("pipeline: {{dir: {directory}}}\n"));
    }
    spec.push_str("instances:\n");
    for name in instances {
        spec.push_str(&format!("  - name: {name}\n    environment: beta\n    spec: {{size: small}}\n"));
    }
    spec
}
