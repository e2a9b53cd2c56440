//! A record of every kind with every member in use, for tests.

use std::time::Duration;

use protium_app::ports::Entity;
use protium_domain::account::{AccountSettings, RepositoryBranch};
use protium_domain::account_connection::AccountConnection;
use protium_domain::arn::{Location, Resource};
use protium_domain::component::ComponentState;
use protium_domain::deployable::{DeploymentOutcome, Stack};
use protium_domain::deployment::{DeploymentKind, DeploymentTarget};
use protium_domain::document::Document;
use protium_domain::event::StatusEvent;
use protium_domain::intent::{Intent, Partition, Workflow, WorkflowStart};
use protium_domain::preview::{ChangeSetPlace, Preview};
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::repository::RepositoryId;
use protium_domain::revision::Revision;
use protium_domain::service::{ServiceOperation, ServicePhase, ServiceRepository, ServiceTarget};
use protium_domain::sync::SyncSubject;
use protium_domain::tag::Tags;
use protium_domain::tally::{Countable, Counter, QuotaKind, Slot, Tally};
use protium_domain::template::TemplateKind;
use protium_domain::template_version::BundleSource;
use protium_domain::time::Timestamp;
use protium_domain::token::{ClientToken, StackWait};
use protium_domain::transition::Transition;
use protium_domain::upload::Upload;
use protium_domain::version::VersionNumber;
use protium_domain::watch::Watch;
use protium_testkit::records::{self, name};
use protium_testkit::{FixedClock, SequentialIds};

mod fleet;

const NOW: Timestamp = FixedClock::START;

/// One record of each kind, by a name for its file.
pub(crate) fn samples() -> Vec<(&'static str, Entity)> {
    vec![
        ("template", template()),
        ("template-version", template_version()),
        ("environment", environment()),
        ("service", service()),
        ("service-instance", service_instance()),
        ("service-pipeline", service_pipeline()),
        ("deployment-pipeline", deployment_of_pipeline()),
        ("reference-service", reference_of_service()),
        ("reference-pipeline", reference_of_pipeline()),
        ("component", component()),
        ("deployment-component", deployment_of_component()),
        ("reference-component", reference_of_component()),
        ("deployment-environment", deployment_open()),
        ("deployment-instance", deployment_closed()),
        ("reference-version", reference_to_version()),
        ("reference-environment", reference_to_environment()),
        ("client-token", client_token()),
        ("account-settings", account_settings()),
        ("stack-wait", stack_wait()),
        ("upload", upload()),
        ("intent", intent()),
        ("preview", preview()),
        ("import", import()),
        ("repository", repository()),
        ("connection", connection()),
        ("tally-quota", tally(Counter::Quota(QuotaKind::Connections("222233334444".to_owned())))),
        ("tally-slot", tally(Counter::Slot(slot(), 15))),
        ("fleet-update", fleet::fleet_update()),
        ("fleet-target", fleet::fleet_target()),
        ("fleet-target-kept", fleet::fleet_target_kept()),
        ("tally-fleet", tally(Counter::Fleet(fleet::slot(), 3))),
        ("deployment-fleet", fleet::deployment()),
        ("template-policy", fleet::template_with_policy()),
        ("sync-config-template", sync_config(SyncSubject::Template(TemplateKind::Service, name("web")))),
        ("sync-config-service", sync_config(SyncSubject::Service(name("shop")))),
        ("sync-blocker-service", sync_blocker(None)),
        ("sync-blocker-instance", sync_blocker(Some("prod"))),
        ("reference-sync", reference_of_sync()),
        ("connection-claim", connection_claim()),
        ("reference-repository", reference_to_repository()),
    ]
}

fn tags() -> Tags {
    Tags::new([("team".to_owned(), "größe 1".to_owned())]).expect("valid tags")
}

fn stored() -> Document {
    Document::Stored { digest: "e".repeat(64), bytes: 70_000 }
}

fn import() -> Entity {
    let from = Location {
        partition: "aws".to_owned(),
        region: "eu-west-1".to_owned(),
        account: "111122223333".to_owned(),
    };
    let mut import = protium_domain::import::Import::new(SequentialIds::nth(17), from, NOW);
    import.complete(NOW);
    import.into()
}

fn template() -> Entity {
    let mut template = records::template(TemplateKind::Service, "web", NOW);
    template.display_name = Some("Web \"service\"".to_owned());
    template.description = Some("Zeile 1\nZeile 2 ☂".to_owned());
    template.encryption_key = Some("arn:aws:kms:eu-west-1:111122223333:key/1".to_owned());
    template.customer_managed = true;
    template.tags = tags();
    for major in [None, Some(1), None] {
        let number = template.version_allocate(major).expect("the next version");
        template.version_published(number);
    }
    template.version_deleted(VersionNumber::new(1, 0));
    template.into()
}

fn template_version() -> Entity {
    let mut version =
        records::version_published(TemplateKind::Service, "web", VersionNumber::new(2, 13), NOW);
    version.description = Some("second".to_owned());
    version.source.version_id = Some("3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY".to_owned());
    version.supports_components = true;
    version.tags = tags();
    version.deleting_until = Some(NOW.plus(Duration::from_secs(60)));
    version.watch = Some(Watch::begin(NOW));
    version.into()
}

fn environment() -> Entity {
    let mut environment = records::environment_succeeded("beta", "net", SequentialIds::nth(1), NOW);
    environment.description = Some(String::new());
    environment.spec = stored();
    environment.customer_managed = true;
    environment.roles.codebuild_role_arn = Some(records::ROLE_ARN.to_owned());
    environment.roles.component_role_arn = Some(records::ROLE_ARN.to_owned());
    environment.tags = tags();
    environment.deleting_until = Some(NOW);
    environment.creation.modified = true;
    environment.deployable.update(SequentialIds::nth(2), NOW).expect("it is settled");
    let state = environment.state();
    let reason = Some("the stack failed: …".to_owned());
    environment.finish(DeploymentOutcome::Failed, reason, &state).expect("it is in progress");
    environment.into()
}

fn service() -> Entity {
    let ids = vec![SequentialIds::nth(4), SequentialIds::nth(5)];
    let mut service = records::service_creating("shop", "web", SequentialIds::nth(3), ids, NOW);
    service.description = Some("a shop".to_owned());
    service.repository = Some(ServiceRepository {
        connection_arn: "arn:aws:codestar-connections:eu-west-1:111122223333:connection/1".to_owned(),
        id: "owner/repo".to_owned(),
        branch: "main".to_owned(),
    });
    service.tags = tags();
    let operation = ServiceOperation {
        id: SequentialIds::nth(6),
        phase: ServicePhase::Removals,
        deployment_ids: vec![SequentialIds::nth(7)],
        pending: Vec::new(),
        target: Some(ServiceTarget { spec: stored(), version: Some(VersionNumber::new(1, 0)) }),
        failure: Some("an instance could not be removed".to_owned()),
        retention: None,
        trace: None,
        watch: Watch::begin(NOW).seen_alive(NOW.plus(Duration::from_secs(600))),
    };
    let trigger = protium_domain::service::ServiceTrigger::CleanUp;
    service
        .begin(trigger, operation, Some("an instance failed".to_owned()), NOW)
        .expect("it is being created");
    service.into()
}

fn service_instance() -> Entity {
    let mut instance = records::instance_succeeded("shop", "prod", "beta", "web", SequentialIds::nth(8), NOW);
    instance.last_client_request_token = Some("token-1".to_owned());
    instance.tags = tags();
    instance.component = Some(name("queue"));
    instance.into()
}

fn service_pipeline() -> Entity {
    let mut pipeline = records::pipeline_succeeded("shop", "web", SequentialIds::nth(14), NOW);
    pipeline.spec = stored();
    pipeline.into()
}

fn deployment_of_pipeline() -> Entity {
    let target = DeploymentTarget::ServicePipeline { service: name("shop") };
    records::deployment_open(SequentialIds::nth(14), target, DeploymentKind::Deploy, "web", NOW).into()
}

fn version_of_web() -> Referent {
    Referent::TemplateVersion {
        kind: TemplateKind::Service,
        name: name("web"),
        version: VersionNumber::new(1, 0),
    }
}

fn reference_of_service() -> Entity {
    Reference { referent: version_of_web(), referrer: Referrer::Service { name: name("shop") } }.into()
}

fn reference_of_pipeline() -> Entity {
    let referrer = Referrer::ServicePipeline { service: name("shop") };
    Reference { referent: version_of_web(), referrer }.into()
}

fn component() -> Entity {
    let attached = Some(("shop", "prod"));
    let mut component = records::component_succeeded("queue", "beta", attached, SequentialIds::nth(12), NOW);
    component.description = Some("of letters".to_owned());
    component.state.template_file = stored();
    component.state.service_spec = Some(stored());
    component.last_client_request_token = Some("token-1".to_owned());
    component.tags = tags();
    component.into()
}

fn deployment_of_component() -> Entity {
    let target = DeploymentTarget::Component { name: name("queue"), environment: name("beta") };
    let id = SequentialIds::nth(13);
    let mut open = records::deployment_open(id, target, DeploymentKind::Deploy, "web", NOW);
    let attached = Some(("shop", "prod"));
    let mut state =
        records::component_succeeded("queue", "beta", attached, SequentialIds::nth(12), NOW).state;
    state.environment_deployment_id = Some(SequentialIds::nth(1));
    open.initial_state = Some(ComponentState { attachment: None, ..state.clone() }.into());
    open.target_state = state.into();
    open.into()
}

fn reference_of_component() -> Entity {
    let referrer = Referrer::Component { name: name("queue") };
    Reference { referent: Referent::Environment { name: name("beta") }, referrer }.into()
}

fn deployment_open() -> Entity {
    let target = DeploymentTarget::Environment { name: name("beta") };
    let mut open =
        records::deployment_open(SequentialIds::nth(9), target, DeploymentKind::Delete, "net", NOW);
    open.initial_state = Some(records::state("net").into());
    open.into()
}

fn deployment_closed() -> Entity {
    let target = DeploymentTarget::ServiceInstance {
        service: name("shop"),
        name: name("prod"),
        environment: name("beta"),
    };
    let outputs = [("Url", "https://example.com/?a=1&b=\"2\"")];
    let mut closed = records::deployment_succeeded(SequentialIds::nth(10), target, "web", &outputs, NOW);
    let mut state = records::state("web");
    state.environment_deployment_id = Some(SequentialIds::nth(1));
    state.component_deployment_id = Some(SequentialIds::nth(12));
    closed.target_state = state.into();
    closed.service_operation_id = Some(SequentialIds::nth(3));
    closed.provisioned_resources = Some(stored());
    closed.into()
}

fn reference_to_version() -> Entity {
    let referent = Referent::TemplateVersion {
        kind: TemplateKind::Environment,
        name: name("net"),
        version: VersionNumber::new(1, 0),
    };
    Reference { referent, referrer: Referrer::Environment { name: name("beta") } }.into()
}

fn reference_to_environment() -> Entity {
    let referrer = Referrer::ServiceInstance { service: name("shop"), name: name("prod") };
    Reference { referent: Referent::Environment { name: name("beta") }, referrer }.into()
}

fn client_token() -> Entity {
    ClientToken {
        operation: "CreateService".to_owned(),
        token: "a#b~1".to_owned(),
        digest: records::creation().digest,
        resource: Resource::ServiceInstance { service: name("shop"), name: name("prod") },
        expires_at: NOW.plus(ClientToken::LIFETIME),
    }
    .into()
}

fn account_settings() -> Entity {
    AccountSettings {
        pipeline_service_role_arn: Some(records::ROLE_ARN.to_owned()),
        pipeline_codebuild_role_arn: Some(records::ROLE_ARN.to_owned()),
        pipeline_provisioning_repository: Some(RepositoryBranch {
            arn: "arn:aws:proton:eu-west-1:111122223333:repository/github:owner/repo".to_owned(),
            repository: repository_id(),
            branch: "main".to_owned(),
        }),
        revision: Some(Revision::first(NOW)),
    }
    .into()
}

fn repository_id() -> RepositoryId {
    RepositoryId::parse("github:owner/repo").expect("a link")
}

fn repository() -> Entity {
    let mut repository = records::repository("github:owner/repo", NOW);
    repository.encryption_key = Some("arn:aws:kms:eu-west-1:111122223333:key/1".to_owned());
    repository.tags = tags();
    repository.deleting_until = Some(NOW);
    repository.into()
}

fn connected() -> AccountConnection {
    let mut connection = records::connection(SequentialIds::nth(15), "beta", "222233334444", NOW);
    connection.roles.codebuild_role_arn = Some(records::ROLE_ARN.to_owned());
    connection.roles.component_role_arn = Some(records::ROLE_ARN.to_owned());
    connection.tags = tags();
    connection.in_use = true;
    connection.accept(NOW).expect("it is pending");
    connection
}

fn connection() -> Entity {
    connected().into()
}

fn connection_claim() -> Entity {
    connected().claim().into()
}

fn slot() -> Slot {
    let version = Some((name("web"), VersionNumber::new(1, 12)));
    Slot { kind: Countable::ServiceInstance, version, failed: true }
}

fn tally(counter: Counter) -> Entity {
    Tally { counter, count: -7 }.into()
}

fn sync_config(subject: SyncSubject) -> Entity {
    records::sync_config(subject, "github:owner/repo", Some("folder/file.yaml"), NOW).into()
}

fn sync_blocker(instance: Option<&str>) -> Entity {
    let mut blocker = records::sync_blocker(SequentialIds::nth(16), "shop", instance, NOW);
    blocker.resolve("as intended".to_owned(), NOW).expect("it is active");
    blocker.into()
}

fn reference_of_sync() -> Entity {
    let referrer = Referrer::Sync { subject: SyncSubject::Template(TemplateKind::Service, name("web")) };
    Reference { referent: Referent::Repository { id: repository_id() }, referrer }.into()
}

fn reference_to_repository() -> Entity {
    Reference { referent: Referent::Repository { id: repository_id() }, referrer: Referrer::AccountSettings }
        .into()
}

fn stack_wait() -> Entity {
    StackWait {
        stack_name: "AWSProton-beta-cloudformation--ABCDEFGHIJKLMNO".to_owned(),
        deployment_id: SequentialIds::nth(9),
        task_token: "AQCEAAAAKgAAAAMAAAAAAAAAAQ==".to_owned(),
        expires_at: NOW.plus(Duration::from_millis(1_001)),
    }
    .into()
}

fn upload() -> Entity {
    let source = BundleSource {
        bucket: "uploads".to_owned(),
        key: "publish/service/web/v1/web #1.tar.gz".to_owned(),
        version_id: Some("v1".to_owned()),
    };
    Upload { source, version: Some(VersionNumber::new(1, 2)) }.into()
}

fn preview() -> Entity {
    let stack = Stack {
        name: "AWSProton-beta-cloudformation--ABCDEFGHIJKLMNO".to_owned(),
        arn: None,
        trace: None,
        operation: None,
    };
    let target = DeploymentTarget::Environment { name: name("beta") };
    let (id, deployment) = (SequentialIds::nth(7), SequentialIds::nth(8));
    let mut preview = Preview::new(id, target, deployment, Some(stack.clone()), NOW);
    preview.place = Some(ChangeSetPlace {
        stack: stack.name,
        change_set: "protium-preview-7".to_owned(),
        is_new_stack: false,
    });
    preview.into()
}

fn intent() -> Entity {
    let location = Location {
        partition: "aws".to_owned(),
        region: "eu-west-1".to_owned(),
        account: records::ACCOUNT.to_owned(),
    };
    let environment = records::environment_deploying("beta", "net", SequentialIds::nth(1), NOW);
    let change = Transition { from: None, to: environment.deployable.status() };
    Intent {
        id: SequentialIds::nth(11),
        partition: Partition::Environment(name("beta")),
        created_at: NOW,
        trace: None,
        events: vec![StatusEvent::environment(&location, &environment, change)],
        workflows: vec![WorkflowStart {
            workflow: Workflow::Provision,
            name: "00000000-0000-7000-8000-000000000001-1".to_owned(),
            input: serde_json::json!({"deploymentId": SequentialIds::nth(1)}),
        }],
        wakes: Vec::new(),
        resumes: Vec::new(),
    }
    .into()
}
