//! Acts as calls: who calls which operation with what.

use protium_testkit::records;
use serde_json::{Value, json};

use super::{Account, Act, Attach, Kind, Name, Number, Place, Setting, Size, Subject, Target, Thing, Type};

const MANIFEST: &str = "infrastructure:\n  templates:\n    - file: component.yaml\n      rendering_engine: jinja\n      \
                        template_language: cloudformation\n";
const ARN: &str = "arn:aws:proton:eu-west-1";

/// An operation that somebody calls.
pub(crate) struct Call {
    pub(crate) by: Account,
    pub(crate) operation: String,
    pub(crate) input: Value,
}

/// The ids that were given to what has no name.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) connections: Vec<(Account, String)>,
    pub(crate) blockers: Vec<String>,
    /// The deployment that is meant.
    pub(crate) deployment: Option<String>,
}

impl Known {
    pub(crate) fn connection(&self, number: usize) -> String {
        self.connections.get(number).map_or_else(unknown, |(_, id)| id.clone())
    }

    fn blocker(&self, number: usize) -> String {
        self.blockers.get(number).cloned().unwrap_or_else(unknown)
    }

    pub(crate) fn arn(&self, thing: Thing) -> String {
        let own = Account::Own.number();
        let kind = |kind: Kind| kind.word().to_lowercase();
        let tail = match thing {
            Thing::Template(of, name) => format!("{}-template/{name}", kind(of)),
            Thing::Version(of, name, (major, minor)) => {
                format!("{}-template/{name}:{major}.{minor}", kind(of))
            }
            Thing::Environment(name) => format!("environment/{name}"),
            Thing::Service(name) => format!("service/{name}"),
            Thing::Instance(service, name) => format!("service/{service}/service-instance/{name}"),
            Thing::Component(name) => format!("component/{name}"),
            Thing::Repository(name) => format!("repository/github:{name}"),
            Thing::Connection(number) => {
                let by = self.connections.get(number).map_or(own, |(by, _)| by.number());
                return format!("{ARN}:{by}:environment-account-connection/{}", self.connection(number));
            }
        };
        format!("{ARN}:{own}:{tail}")
    }
}

fn unknown() -> String {
    "00000000-0000-4000-8000-00000000dead".to_owned()
}

impl Account {
    pub(crate) fn number(self) -> &'static str {
        match self {
            Self::Own => records::ACCOUNT,
            Self::Lender => "222233334444",
            Self::Other => "333344445555",
        }
    }

    fn role(self) -> String {
        format!("arn:aws:iam::{}:role/protium/provisioning", self.number())
    }
}

impl Target {
    pub(crate) fn arn(self) -> String {
        let tail = match self {
            Self::Environment(name) => format!("environment/{name}"),
            Self::Instance(service, name) => format!("service/{service}/service-instance/{name}"),
            Self::Pipeline(service) => format!("service/{service}/pipeline"),
            Self::Component(name) => format!("component/{name}"),
        };
        format!("{ARN}:{}:{tail}", Account::Own.number())
    }
}

impl Size {
    fn text(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Large => "large",
            Self::Wrong => "[]",
        }
    }

    /// A component's template: one that differs, or none at all.
    fn code(self) -> &'static str {
        match self {
            Self::Small => "Resources: {}\n",
            Self::Large => "Resources: {}\nDescription: large\n",
            Self::Wrong => "",
        }
    }
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Environment => "Environment",
            Self::Service => "Service",
        }
    }
}

impl Type {
    fn text(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Current => "CURRENT_VERSION",
            Self::Minor => "MINOR_VERSION",
            Self::Major => "MAJOR_VERSION",
        }
    }
}

fn environment_spec(size: Size) -> String {
    format!("proton: EnvironmentSpec\nspec:\n  size: {}\n", size.text())
}

fn service_spec(instances: &[Name], environment: Name, pipeline: Option<Size>) -> String {
    let sections = instances.iter().map(|name| {
        format!("  - name: {name}\n    environment: {environment}\n    spec:\n      size: small\n")
    });
    let sections: String = sections.collect();
    let sections = if sections.is_empty() { " []\n".to_owned() } else { format!("\n{sections}") };
    let pipeline = pipeline.map(|size| format!("pipeline:\n  dir: {}\n", size.text())).unwrap_or_default();
    format!("proton: ServiceSpec\n{pipeline}instances:{sections}")
}

fn code_connection(number: u8) -> String {
    format!("arn:aws:codestar-connections:eu-west-1:111122223333:connection/{number}")
}

/// Members with a value.
fn given(mut input: Value) -> Value {
    input.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    input
}

fn part(number: &Option<u64>) -> Option<String> {
    number.map(|number| number.to_string())
}

impl Act {
    /// The call; nothing for what isn't one.
    pub(crate) fn call(&self, known: &Known) -> Option<Call> {
        let by = match self {
            Self::ConnectionCreate(by, _)
            | Self::ConnectionUpdate(by, _)
            | Self::ConnectionAccept(by, _)
            | Self::ConnectionReject(by, _)
            | Self::ConnectionDelete(by, _) => *by,
            _ => Account::Own,
        };
        let call = self.template_call().or_else(|| self.deployable_call(known));
        let (operation, input) = call.or_else(|| self.link_call(known))?;
        Some(Call { by, operation, input: given(input) })
    }

    fn template_call(&self) -> Option<(String, Value)> {
        let of = |verb: &str, kind: &Kind, what: &str| format!("{verb}{}{what}", kind.word());
        let version = |name: &Name, (major, minor): &Number| json!({"templateName": name, "majorVersion": major.to_string(), "minorVersion": minor.to_string()});
        Some(match self {
            Self::TemplateCreate(kind, name, word) => {
                let pipeline = (*kind == Kind::Service && *name != "app").then_some("CUSTOMER_MANAGED");
                let input = json!({"name": name, "description": word, "pipelineProvisioning": pipeline});
                (of("Create", kind, "Template"), input)
            }
            Self::TemplateUpdate(kind, name, word) => {
                (of("Update", kind, "Template"), json!({"name": name, "description": word}))
            }
            Self::TemplateDelete(kind, name) => (of("Delete", kind, "Template"), json!({"name": name})),
            Self::VersionCreate(kind, name, major) => {
                let of_service = *kind == Kind::Service;
                let compatible = of_service.then(|| json!([{"templateName": "grid", "majorVersion": "1"}]));
                // New majors take components, other minors don't.
                let sources = (of_service && major.is_none()).then(|| json!(["DIRECTLY_DEFINED"]));
                let bundle = if *name == "app" { "Piped" } else { kind.word() };
                let input = json!({
                    "templateName": name, "majorVersion": part(major), "source": {"s3": {"bucket": "uploads", "key": bundle}},
                    "compatibleEnvironmentTemplates": compatible, "supportedComponentSources": sources,
                });
                (of("Create", kind, "TemplateVersion"), input)
            }
            Self::VersionPublish(kind, name, number) => {
                let mut input = version(name, number);
                input["status"] = "PUBLISHED".into();
                (of("Update", kind, "TemplateVersion"), input)
            }
            Self::VersionDelete(kind, name, number) => {
                (of("Delete", kind, "TemplateVersion"), version(name, number))
            }
            _ => return None,
        })
    }

    fn deployable_call(&self, known: &Known) -> Option<(String, Value)> {
        let (operation, input) = match self {
            Self::EnvironmentCreate { name, template, major, minor, size, connection } => {
                let role = connection.is_none().then_some(records::ROLE_ARN);
                let connection = connection.map(|number| known.connection(number));
                let input = json!({
                    "name": name, "templateName": template, "templateMajorVersion": major.to_string(),
                    "templateMinorVersion": part(minor), "spec": environment_spec(*size),
                    "protonServiceRoleArn": role, "componentRoleArn": role, "environmentAccountConnectionId": connection,
                });
                ("CreateEnvironment", input)
            }
            Self::EnvironmentUpdate { name, by, major, minor, size, connection } => {
                let connection = connection.map(|number| known.connection(number));
                let input = json!({
                    "name": name, "deploymentType": by.text(), "templateMajorVersion": part(major),
                    "templateMinorVersion": part(minor), "spec": size.map(environment_spec),
                    "environmentAccountConnectionId": connection,
                });
                ("UpdateEnvironment", input)
            }
            Self::EnvironmentCancel(name) => {
                ("CancelEnvironmentDeployment", json!({"environmentName": name}))
            }
            Self::EnvironmentDelete(name) => ("DeleteEnvironment", json!({"name": name})),
            Self::ServiceCreate { name, template, major, instances, environment, pipeline } => {
                let mut input = json!({
                    "name": name, "templateName": template, "templateMajorVersion": major.to_string(),
                    "spec": service_spec(instances, environment, *pipeline),
                });
                if pipeline.is_some() {
                    input["repositoryConnectionArn"] = code_connection(0).into();
                    input["repositoryId"] = "acme/code".into();
                    input["branchName"] = "main".into();
                }
                ("CreateService", input)
            }
            Self::ServiceUpdate { name, instances, environment, pipeline } => {
                let spec = service_spec(instances, environment, *pipeline);
                ("UpdateService", json!({"name": name, "spec": spec}))
            }
            Self::ServiceDelete(name) => ("DeleteService", json!({"name": name})),
            Self::InstanceCreate { service, name, environment, minor } => {
                let input = json!({
                    "serviceName": service, "name": name, "templateMinorVersion": part(minor),
                    "spec": service_spec(&[name], environment, None),
                });
                ("CreateServiceInstance", input)
            }
            Self::InstanceUpdate { service, name, by, minor } => {
                let input = json!({
                    "serviceName": service, "name": name, "deploymentType": by.text(),
                    "templateMinorVersion": part(minor),
                });
                ("UpdateServiceInstance", input)
            }
            Self::InstanceCancel(service, name) => (
                "CancelServiceInstanceDeployment",
                json!({"serviceName": service, "serviceInstanceName": name}),
            ),
            Self::PipelineUpdate { service, by, minor, size } => {
                let input = json!({
                    "serviceName": service, "deploymentType": by.text(), "templateMinorVersion": part(minor),
                    "spec": service_spec(&[], "", Some(*size)),
                });
                ("UpdateServicePipeline", input)
            }
            Self::PipelineCancel(service) => {
                ("CancelServicePipelineDeployment", json!({"serviceName": service}))
            }
            Self::ComponentCreate(name, place, code) => {
                let (environment, service, instance) = match place {
                    Place::Environment(environment) => (Some(environment), None, None),
                    Place::Instance(service, instance) => (None, Some(service), Some(instance)),
                };
                let input = json!({
                    "name": name, "templateFile": code.code(), "manifest": MANIFEST, "environmentName": environment,
                    "serviceName": service, "serviceInstanceName": instance,
                });
                ("CreateComponent", input)
            }
            Self::ComponentUpdate(name, attach, code) => {
                let (service, instance) = match attach {
                    Attach::Keep => (None, None),
                    Attach::Detach => (Some(""), Some("")),
                    Attach::To(service, instance) => (Some(*service), Some(*instance)),
                };
                let input = json!({
                    "name": name, "deploymentType": "CURRENT_VERSION", "serviceName": service,
                    "serviceInstanceName": instance, "templateFile": code.map(Size::code),
                });
                ("UpdateComponent", input)
            }
            Self::ComponentCancel(name) => ("CancelComponentDeployment", json!({"componentName": name})),
            Self::ComponentDelete(name) => ("DeleteComponent", json!({"name": name})),
            Self::DeploymentDelete(..) => {
                ("DeleteDeployment", json!({"id": known.deployment.clone().unwrap_or_else(unknown)}))
            }
            Self::Notify(target, status) => (
                "NotifyResourceDeploymentStatusChange",
                json!({"resourceArn": target.arn(), "status": status}),
            ),
            _ => return None,
        };
        Some((operation.to_owned(), input))
    }

    fn link_call(&self, known: &Known) -> Option<(String, Value)> {
        let id = |number: &usize| json!({"id": known.connection(*number)});
        let (operation, input) = match self {
            Self::ConnectionCreate(by, environment) => {
                let input = json!({
                    "environmentName": environment, "managementAccountId": Account::Own.number(), "roleArn": by.role(),
                    "componentRoleArn": by.role(),
                });
                ("CreateEnvironmentAccountConnection", input)
            }
            Self::ConnectionUpdate(by, number) => {
                let input = json!({"id": known.connection(*number), "roleArn": by.role()});
                ("UpdateEnvironmentAccountConnection", input)
            }
            Self::ConnectionAccept(_, number) => ("AcceptEnvironmentAccountConnection", id(number)),
            Self::ConnectionReject(_, number) => ("RejectEnvironmentAccountConnection", id(number)),
            Self::ConnectionDelete(_, number) => ("DeleteEnvironmentAccountConnection", id(number)),
            Self::RepositoryCreate(name, number) => {
                let connection = code_connection(*number);
                let input = json!({"provider": "GITHUB", "name": name, "connectionArn": connection});
                ("CreateRepository", input)
            }
            Self::RepositoryDelete(name) => ("DeleteRepository", json!({"provider": "GITHUB", "name": name})),
            Self::SyncCreate(subject, repository) => return Some(subject.call("Create", Some(repository))),
            Self::SyncUpdate(subject, repository) => return Some(subject.call("Update", Some(repository))),
            Self::SyncDelete(subject) => return Some(subject.call("Delete", None)),
            Self::BlockerResolve(number) => {
                let input = json!({"id": known.blocker(*number), "resolvedReason": "it is well now"});
                ("UpdateServiceSyncBlocker", input)
            }
            Self::SettingsUpdate { role, repository } => {
                let role = match role {
                    Setting::Keep => None,
                    Setting::Clear => Some(""),
                    Setting::To(()) => Some(records::ROLE_ARN),
                };
                let deletes = (*repository == Setting::Clear).then_some(true);
                let repository = match repository {
                    Setting::To(name) => Some(json!({"provider": "GITHUB", "name": name, "branch": "main"})),
                    _ => None,
                };
                let input = json!({
                    "pipelineServiceRoleArn": role, "pipelineProvisioningRepository": repository,
                    "deletePipelineProvisioningRepository": deletes,
                });
                ("UpdateAccountSettings", input)
            }
            Self::Tag(thing, key, value) => {
                let tags = json!([{"key": key, "value": value}]);
                ("TagResource", json!({"resourceArn": known.arn(*thing), "tags": tags}))
            }
            Self::Untag(thing, key) => {
                ("UntagResource", json!({"resourceArn": known.arn(*thing), "tagKeys": [key]}))
            }
            _ => return None,
        };
        Some((operation.to_owned(), input))
    }
}

impl Subject {
    /// An operation on its sync configuration.
    pub(crate) fn call(self, verb: &str, repository: Option<&Name>) -> (String, Value) {
        let (noun, mut input) = match self {
            Self::Template(name) => {
                ("Template", json!({"templateName": name, "templateType": "ENVIRONMENT"}))
            }
            Self::Service(name) => ("Service", json!({"serviceName": name})),
        };
        if let Some(repository) = repository {
            if noun == "Service" {
                input["filePath"] = "ops.yaml".into();
            }
            input["branch"] = "main".into();
            input["repositoryName"] = (*repository).into();
            input["repositoryProvider"] = "GITHUB".into();
        }
        (format!("{verb}{noun}SyncConfig"), input)
    }
}
