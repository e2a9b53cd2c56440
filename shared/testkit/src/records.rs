//! Records in the states that tests begin with. Nothing here stores them: see `TestApp`.

use protium_domain::account_connection::{AccountConnection, ConnectionRoles, NewAccountConnection};
use protium_domain::component::{Attachment, Component, ComponentState, NewComponent};
use protium_domain::deployable::{DeploymentOutcome, Stack};
use protium_domain::deployment::{
    Deployment, DeploymentKind, DeploymentState, DeploymentTarget, NewDeployment,
};
use protium_domain::digest::{Creation, RequestDigest};
use protium_domain::document::Document;
use protium_domain::environment::{Environment, EnvironmentRoles, NewEnvironment};
use protium_domain::fleet::{
    FleetKind, FleetTemplate, FleetUpdate, NewFleetUpdate, PlanSummary, Retention, Selection, Strategy, Wave,
};
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;
use protium_domain::repository::{Repository, RepositoryId};
use protium_domain::revision::Revision;
use protium_domain::service::{NewService, Service, ServiceOperation, ServicePhase, ServiceTrigger};
use protium_domain::service_instance::{NewServiceInstance, ServiceInstance};
use protium_domain::service_pipeline::ServicePipeline;
use protium_domain::sync::{NewSyncBlocker, SyncBlocker, SyncConfig, SyncSubject};
use protium_domain::tag::Tags;
use protium_domain::template::{NewTemplate, Template, TemplateKind};
use protium_domain::template_version::{
    BundlePart, BundleSource, CompatibleEnvironmentTemplate, Intake, NewTemplateVersion, PartSummary,
    ProvisioningEngine, RegisteredBundle, TemplateVersion,
};
use protium_domain::time::Timestamp;
use protium_domain::version::VersionNumber;

/// The account that tests run in.
pub const ACCOUNT: &str = "111122223333";
/// A role that the installation of tests allows.
pub const ROLE_ARN: &str = "arn:aws:iam::111122223333:role/protium/provisioning";

/// A valid name.
///
/// # Panics
/// When it isn't valid.
#[must_use]
pub fn name(text: &str) -> ResourceName {
    ResourceName::new(text).expect("a valid name")
}

/// No tags.
#[must_use]
pub fn no_tags() -> Tags {
    Tags::default()
}

/// A fingerprint of a request that nobody repeats.
#[must_use]
pub fn creation() -> Creation {
    Creation::by(RequestDigest("0".repeat(64)))
}

/// A link to the repository of this ARN's tail, such as `github:owner/repo`.
///
/// # Panics
/// When the tail names no repository.
#[must_use]
pub fn repository(tail: &str, now: Timestamp) -> Repository {
    Repository {
        id: RepositoryId::parse(tail).expect("the tail of a link's ARN"),
        connection_arn: "arn:aws:codestar-connections:eu-west-1:111122223333:connection/1".to_owned(),
        encryption_key: None,
        created_at: now,
        tags: no_tags(),
        deleting_until: None,
        revision: Revision::first(now),
    }
}

/// A connection of `account` to [`ACCOUNT`], PENDING, that lends a role of that account.
#[must_use]
pub fn connection(id: Identifier, environment: &str, account: &str, now: Timestamp) -> AccountConnection {
    let new = NewAccountConnection {
        id,
        environment_account: account.to_owned(),
        management_account: ACCOUNT.to_owned(),
        environment_name: name(environment),
        roles: ConnectionRoles {
            role_arn: Some(format!("arn:aws:iam::{account}:role/protium/provisioning")),
            ..ConnectionRoles::default()
        },
        tags: no_tags(),
    };
    AccountConnection::new(new, now).0
}

/// A configuration that reads the branch `main` of this repository.
///
/// # Panics
/// When the tail names no repository.
#[must_use]
pub fn sync_config(subject: SyncSubject, repository: &str, path: Option<&str>, now: Timestamp) -> SyncConfig {
    SyncConfig {
        subject,
        repository: RepositoryId::parse(repository).expect("the tail of a link's ARN"),
        branch: "main".to_owned(),
        path: path.map(ToOwned::to_owned),
        created_at: now,
        last_modified_at: now,
        revision: Revision::first(now),
    }
}

/// A blocker of a service, or of one of its instances.
#[must_use]
pub fn sync_blocker(id: Identifier, service: &str, instance: Option<&str>, now: Timestamp) -> SyncBlocker {
    let new = NewSyncBlocker {
        id,
        service: name(service),
        instance: instance.map(name),
        reason: "changed by hand".to_owned(),
        contexts: vec![("instance".to_owned(), "one".to_owned())],
    };
    SyncBlocker::new(new, now)
}

/// A template without versions.
#[must_use]
pub fn template(kind: TemplateKind, template: &str, now: Timestamp) -> Template {
    let new = NewTemplate {
        kind,
        name: name(template),
        display_name: None,
        description: None,
        encryption_key: None,
        customer_managed: false,
        tags: no_tags(),
        creation: creation(),
    };
    Template::new(new, now)
}

/// A version whose registration has just begun. Service templates are compatible with major 1 of `net`.
#[must_use]
pub fn version_registering(
    kind: TemplateKind,
    template: &str,
    version: VersionNumber,
    now: Timestamp,
) -> TemplateVersion {
    let compatible_environment_templates = match kind {
        TemplateKind::Environment => Vec::new(),
        TemplateKind::Service => {
            vec![CompatibleEnvironmentTemplate { template_name: name("net"), major_version: 1 }]
        }
    };
    let new = NewTemplateVersion {
        kind,
        template: name(template),
        version,
        description: None,
        source: bundle_source(&format!("{template}.tar.gz")),
        intake: Intake::Api,
        compatible_environment_templates,
        supports_components: false,
        tags: no_tags(),
    };
    TemplateVersion::new(new, now).0
}

/// A registered version: DRAFT.
///
/// # Panics
/// Never for a version that was just made.
#[must_use]
pub fn version_draft(
    kind: TemplateKind,
    template: &str,
    version: VersionNumber,
    now: Timestamp,
) -> TemplateVersion {
    let mut draft = version_registering(kind, template, version, now);
    draft.accept(bundle(kind), None, now).expect("registration is in progress");
    draft.revision = draft.revision.next();
    draft
}

/// A published version.
///
/// # Panics
/// Never for a version that was just registered.
#[must_use]
pub fn version_published(
    kind: TemplateKind,
    template: &str,
    version: VersionNumber,
    now: Timestamp,
) -> TemplateVersion {
    let mut published = version_draft(kind, template, version, now);
    published.publish(now).expect("it is a draft");
    published.revision = published.revision.next();
    published
}

/// An object in the upload bucket.
#[must_use]
pub fn bundle_source(key: &str) -> BundleSource {
    BundleSource { bucket: "uploads".to_owned(), key: key.to_owned(), version_id: None }
}

/// What registration found in a small bundle: one CloudFormation part and a schema with one optional text input.
#[must_use]
pub fn bundle(kind: TemplateKind) -> RegisteredBundle {
    let (input, part) = match kind {
        TemplateKind::Environment => ("environment_input_type", BundlePart::Infrastructure),
        TemplateKind::Service => ("service_input_type", BundlePart::InstanceInfrastructure),
    };
    let schema = format!(
        "schema:\n  format:\n    openapi: \"3.0.0\"\n  {input}: Input\n  types:\n    Input:\n      type: object\n      \
         properties:\n        size:\n          type: string\n          default: small\n"
    );
    RegisteredBundle {
        digest: "d".repeat(64),
        schema: Document::Inline(schema),
        parts: vec![PartSummary {
            part,
            engine: ProvisioningEngine::Cloudformation { file: "cloudformation.yaml".to_owned() },
        }],
    }
}

/// Template, version 1.0 and a short spec.
#[must_use]
pub fn state(template: &str) -> DeploymentState {
    let spec = Document::Inline("proton: EnvironmentSpec\nspec: {}\n".to_owned());
    DeploymentState::new(name(template), VersionNumber::new(1, 0), spec)
}

/// An environment whose first deployment, `deployment_id`, is under way.
#[must_use]
pub fn environment_deploying(
    environment: &str,
    template: &str,
    deployment_id: Identifier,
    now: Timestamp,
) -> Environment {
    let new = NewEnvironment {
        name: name(environment),
        description: None,
        account: ACCOUNT.to_owned(),
        customer_managed: false,
        roles: EnvironmentRoles {
            proton_service_role_arn: Some(ROLE_ARN.to_owned()),
            ..EnvironmentRoles::default()
        },
        connection_id: None,
        state: state(template),
        tags: no_tags(),
        creation: creation(),
    };
    let mut environment = Environment::new(new, deployment_id, now).0;
    environment.deployable.stack = Some(stack(environment.name.as_str()));
    environment
}

/// An environment whose first deployment succeeded.
///
/// # Panics
/// Never for an environment that was just made.
#[must_use]
pub fn environment_succeeded(
    environment: &str,
    template: &str,
    deployment_id: Identifier,
    now: Timestamp,
) -> Environment {
    let mut environment = environment_deploying(environment, template, deployment_id, now);
    let state = environment.state();
    environment.finish(DeploymentOutcome::Succeeded, None, &state).expect("it is in progress");
    environment.revision = environment.revision.next();
    environment
}

/// A service whose creation, with these deployments, is under way.
#[must_use]
pub fn service_creating(
    service: &str,
    template: &str,
    operation_id: Identifier,
    deployment_ids: Vec<Identifier>,
    now: Timestamp,
) -> Service {
    let new = NewService {
        name: name(service),
        description: None,
        template: name(template),
        spec: Document::Inline("proton: ServiceSpec\ninstances: []\n".to_owned()),
        repository: None,
        tags: no_tags(),
        creation: creation(),
    };
    let operation = ServiceOperation::new(operation_id, ServicePhase::Instances, deployment_ids, None, now);
    Service::new(new, operation, now).0
}

/// An ACTIVE service.
///
/// # Panics
/// Never for a service that was just made.
#[must_use]
pub fn service_active(service: &str, template: &str, operation_id: Identifier, now: Timestamp) -> Service {
    let mut service = service_creating(service, template, operation_id, Vec::new(), now);
    service.end(ServiceTrigger::Succeed, None, now).expect("its creation is in progress");
    service.revision = service.revision.next();
    service
}

/// An instance whose first deployment is under way.
#[must_use]
pub fn instance_deploying(
    service: &str,
    instance: &str,
    environment: &str,
    template: &str,
    deployment_id: Identifier,
    now: Timestamp,
) -> ServiceInstance {
    let new = NewServiceInstance {
        service: name(service),
        name: name(instance),
        environment: name(environment),
        state: state(template),
        tags: no_tags(),
    };
    let mut instance = ServiceInstance::new(new, deployment_id, now).0;
    instance.deployable.stack = Some(stack(&format!("{service}-{}", instance.name)));
    instance
}

/// An instance whose first deployment succeeded.
///
/// # Panics
/// Never for an instance that was just made.
#[must_use]
pub fn instance_succeeded(
    service: &str,
    instance: &str,
    environment: &str,
    template: &str,
    deployment_id: Identifier,
    now: Timestamp,
) -> ServiceInstance {
    let mut instance = instance_deploying(service, instance, environment, template, deployment_id, now);
    let state = instance.state();
    instance.finish(DeploymentOutcome::Succeeded, None, &state).expect("it is in progress");
    instance.revision = instance.revision.next();
    instance
}

/// A pipeline whose first deployment has just begun.
#[must_use]
pub fn pipeline_deploying(
    service: &str,
    template: &str,
    deployment_id: Identifier,
    now: Timestamp,
) -> ServicePipeline {
    ServicePipeline::new(name(service), state(template), deployment_id, now).0
}

/// A pipeline whose first deployment succeeded.
///
/// # Panics
/// Never for a pipeline that was just made.
#[must_use]
pub fn pipeline_succeeded(
    service: &str,
    template: &str,
    deployment_id: Identifier,
    now: Timestamp,
) -> ServicePipeline {
    let mut pipeline = pipeline_deploying(service, template, deployment_id, now);
    let state = pipeline.state();
    pipeline.finish(DeploymentOutcome::Succeeded, None, &state).expect("it is in progress");
    pipeline.revision = pipeline.revision.next();
    pipeline
}

/// A deployment that was just accepted.
#[must_use]
pub fn deployment_open(
    id: Identifier,
    target: DeploymentTarget,
    kind: DeploymentKind,
    template: &str,
    now: Timestamp,
) -> Deployment {
    let new = NewDeployment {
        id,
        target,
        kind,
        target_created_at: now,
        initial_state: None,
        target_state: state(template).into(),
        service_operation_id: None,
    };
    Deployment::new(new, now).0
}

/// A deployment that succeeded, with these outputs.
///
/// # Panics
/// Never for a deployment that was just made.
#[must_use]
pub fn deployment_succeeded(
    id: Identifier,
    target: DeploymentTarget,
    template: &str,
    outputs: &[(&str, &str)],
    now: Timestamp,
) -> Deployment {
    let mut deployment = deployment_open(id, target, DeploymentKind::Deploy, template, now);
    deployment.finish(DeploymentOutcome::Succeeded, None, now).expect("it is open");
    let outputs: serde_json::Map<_, _> =
        outputs.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect();
    deployment.outputs = Some(Document::Inline(serde_json::Value::Object(outputs).to_string()));
    deployment.provisioned_resources = Some(Document::Inline("[]".to_owned()));
    deployment.revision = deployment.revision.next();
    deployment
}

/// The stack of a resource, with its ARN known.
fn stack(resource: &str) -> Stack {
    let name = format!("AWSProton-{resource}-cloudformation--AAAAAAAAAAAAAAA");
    let arn = format!("arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/{name}/0");
    Stack { arn: Some(arn), ..Stack::named(name) }
}

/// A component in `environment`, whose first deployment succeeded; attached to an instance (service, name) or not.
///
/// # Panics
/// Never for a component that was just made.
#[must_use]
pub fn component_succeeded(
    component: &str,
    environment: &str,
    attached: Option<(&str, &str)>,
    deployment_id: Identifier,
    now: Timestamp,
) -> Component {
    let state = ComponentState {
        template_file: Document::Inline("Resources: {}\n".to_owned()),
        attachment: attached
            .map(|(service, instance)| Attachment { service: name(service), instance: name(instance) }),
        service_spec: None,
        environment_deployment_id: None,
    };
    let new = NewComponent {
        name: name(component),
        description: None,
        environment: name(environment),
        manifest: Document::Inline(String::new()),
        file: "component.yaml".to_owned(),
        state: state.clone(),
        client_token: None,
        tags: no_tags(),
    };
    let mut component = Component::new(new, deployment_id, now).0;
    component.deployable.stack = Some(stack(component.name.as_str()));
    component.finish(DeploymentOutcome::Succeeded, None, &state).expect("it is in progress");
    component.revision = component.revision.next();
    component
}

/// A fleet update of the environments of `template` to 1.1 that is planned: two waves of three.
///
/// # Panics
/// Never for one that was just made.
#[must_use]
pub fn fleet_update(id: Identifier, template: &str, now: Timestamp) -> FleetUpdate {
    let new = NewFleetUpdate {
        id,
        name: None,
        template: FleetTemplate {
            kind: FleetKind::Environment,
            name: name(template),
            to: VersionNumber::new(1, 1),
        },
        selection: Selection::default(),
        strategy: Strategy::default(),
        automatic: false,
        requested_by: None,
        starts_when_planned: false,
        retention: Retention::default(),
    };
    let (mut update, _) = FleetUpdate::new(new, now);
    let waves = ["canary", "batch-1"].map(|name| Wave { name: name.to_owned(), targets: 3 });
    update
        .planned(PlanSummary { rows: 6, waves: waves.into(), skipped: Vec::new() }, now)
        .expect("it is planning");
    update
}
