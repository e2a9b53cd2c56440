//! What happens in a story: calls, and the work that goes on between them.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use protium_testkit::records;
use protium_testkit::world::Script;
use serde_json::{Value, json};

/// Few names, so that stories meet.
pub(crate) const ENVIRONMENT_TEMPLATES: [&str; 2] = ["grid", "mesh"];
pub(crate) const SERVICE_TEMPLATES: [&str; 2] = ["job", "app"];
pub(crate) const ENVIRONMENTS: [&str; 2] = ["beta", "gamma"];
pub(crate) const SERVICES: [&str; 2] = ["shop", "mail"];
pub(crate) const INSTANCES: [&str; 3] = ["one", "two", "three"];
pub(crate) const COMPONENTS: [&str; 2] = ["queue", "topic"];
pub(crate) const REPOSITORIES: [&str; 2] = ["acme/one", "acme/two"];

pub(crate) type Name = &'static str;
/// A version: major, minor.
pub(crate) type Number = (u64, u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Environment,
    Service,
}

/// `deploymentType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    None,
    Current,
    Minor,
    Major,
}

/// What a spec says. [`Size::Wrong`] doesn't fit the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Small,
    Large,
    Wrong,
}

/// Where a component is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Environment(Name),
    Instance(Name, Name),
}

/// What becomes of a component's attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attach {
    Keep,
    Detach,
    To(Name, Name),
}

/// Which operations on stacks fail while work goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weather {
    Fine,
    CreationsFail,
    UpdatesFail,
    DeletionsFail,
}

#[derive(Debug, Clone)]
pub(crate) enum Act {
    TemplateCreate(Kind, Name, Name),
    TemplateUpdate(Kind, Name, Name),
    TemplateDelete(Kind, Name),
    VersionCreate(Kind, Name, Option<u64>),
    VersionPublish(Kind, Name, Number),
    VersionDelete(Kind, Name, Number),
    EnvironmentCreate {
        name: Name,
        template: Name,
        major: u64,
        minor: Option<u64>,
        size: Size,
    },
    EnvironmentUpdate {
        name: Name,
        by: Type,
        major: Option<u64>,
        minor: Option<u64>,
        size: Option<Size>,
    },
    EnvironmentCancel(Name),
    EnvironmentDelete(Name),
    ServiceCreate {
        name: Name,
        template: Name,
        major: u64,
        instances: Vec<Name>,
        environment: Name,
    },
    ServiceUpdate {
        name: Name,
        instances: Vec<Name>,
        environment: Name,
    },
    ServiceDelete(Name),
    InstanceUpdate {
        service: Name,
        name: Name,
        by: Type,
        minor: Option<u64>,
    },
    InstanceCancel(Name, Name),
    ComponentCreate(Name, Place, Size),
    ComponentUpdate(Name, Attach, Option<Size>),
    ComponentCancel(Name),
    ComponentDelete(Name),
    RepositoryCreate(Name, u8),
    RepositoryDelete(Name),
    SyncCreate(Name, Name),
    SyncUpdate(Name, Name),
    SyncDelete(Name),
    /// All work goes on to its end.
    Run(Weather),
}

const MANIFEST: &str = "infrastructure:\n  templates:\n    - file: component.yaml\n      rendering_engine: jinja\n      \
                        template_language: cloudformation\n";

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
    fn word(self) -> &'static str {
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

pub(crate) fn environment_spec(size: Size) -> String {
    format!("proton: EnvironmentSpec\nspec:\n  size: {}\n", size.text())
}

pub(crate) fn service_spec(instances: &[Name], environment: Name) -> String {
    let sections = instances.iter().map(|name| {
        format!("  - name: {name}\n    environment: {environment}\n    spec:\n      size: small\n")
    });
    let sections: String = sections.collect();
    let sections = if sections.is_empty() { " []\n".to_owned() } else { format!("\n{sections}") };
    format!("proton: ServiceSpec\ninstances:{sections}")
}

/// Members with a value.
fn given(mut input: Value) -> Value {
    input.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    input
}

impl Act {
    /// The operation and its input; nothing for what isn't a call.
    pub(crate) fn call(&self) -> Option<(String, Value)> {
        let part = |number: &Option<u64>| number.map(|number| number.to_string());
        let of = |verb: &str, kind: &Kind, what: &str| format!("{verb}{}{what}", kind.word());
        let version = |name: &Name, (major, minor): &Number| json!({"templateName": name, "majorVersion": major.to_string(), "minorVersion": minor.to_string()});
        Some(match self {
            Self::Run(_) => return None,
            Self::TemplateCreate(kind, name, word) => {
                let pipeline = (*kind == Kind::Service).then_some("CUSTOMER_MANAGED");
                let input = json!({"name": name, "description": word, "pipelineProvisioning": pipeline});
                (of("Create", kind, "Template"), given(input))
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
                let input = json!({
                    "templateName": name, "majorVersion": part(major), "source": {"s3": {"bucket": "uploads", "key": kind.word()}},
                    "compatibleEnvironmentTemplates": compatible, "supportedComponentSources": sources,
                });
                (of("Create", kind, "TemplateVersion"), given(input))
            }
            Self::VersionPublish(kind, name, number) => {
                let mut input = version(name, number);
                input["status"] = "PUBLISHED".into();
                (of("Update", kind, "TemplateVersion"), input)
            }
            Self::VersionDelete(kind, name, number) => {
                (of("Delete", kind, "TemplateVersion"), version(name, number))
            }
            Self::EnvironmentCreate { name, template, major, minor, size } => (
                "CreateEnvironment".to_owned(),
                given(json!({
                    "name": name, "templateName": template, "templateMajorVersion": major.to_string(),
                    "templateMinorVersion": part(minor), "spec": environment_spec(*size),
                    "protonServiceRoleArn": records::ROLE_ARN, "componentRoleArn": records::ROLE_ARN,
                })),
            ),
            Self::EnvironmentUpdate { name, by, major, minor, size } => (
                "UpdateEnvironment".to_owned(),
                given(json!({
                    "name": name, "deploymentType": by.text(), "templateMajorVersion": part(major),
                    "templateMinorVersion": part(minor), "spec": size.map(environment_spec),
                })),
            ),
            Self::EnvironmentCancel(name) => {
                ("CancelEnvironmentDeployment".to_owned(), json!({"environmentName": name}))
            }
            Self::EnvironmentDelete(name) => ("DeleteEnvironment".to_owned(), json!({"name": name})),
            Self::ServiceCreate { name, template, major, instances, environment } => (
                "CreateService".to_owned(),
                json!({
                    "name": name, "templateName": template, "templateMajorVersion": major.to_string(),
                    "spec": service_spec(instances, environment),
                }),
            ),
            Self::ServiceUpdate { name, instances, environment } => (
                "UpdateService".to_owned(),
                json!({"name": name, "spec": service_spec(instances, environment)}),
            ),
            Self::ServiceDelete(name) => ("DeleteService".to_owned(), json!({"name": name})),
            Self::InstanceUpdate { service, name, by, minor } => (
                "UpdateServiceInstance".to_owned(),
                given(json!({
                    "serviceName": service, "name": name, "deploymentType": by.text(),
                    "templateMinorVersion": part(minor),
                })),
            ),
            Self::InstanceCancel(service, name) => (
                "CancelServiceInstanceDeployment".to_owned(),
                json!({"serviceName": service, "serviceInstanceName": name}),
            ),
            Self::ComponentCreate(name, place, code) => {
                let mut input = json!({"name": name, "templateFile": code.code(), "manifest": MANIFEST});
                match place {
                    Place::Environment(environment) => input["environmentName"] = (*environment).into(),
                    Place::Instance(service, instance) => {
                        input["serviceName"] = (*service).into();
                        input["serviceInstanceName"] = (*instance).into();
                    }
                }
                ("CreateComponent".to_owned(), input)
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
                ("UpdateComponent".to_owned(), given(input))
            }
            Self::ComponentCancel(name) => {
                ("CancelComponentDeployment".to_owned(), json!({"componentName": name}))
            }
            Self::ComponentDelete(name) => ("DeleteComponent".to_owned(), json!({"name": name})),
            Self::RepositoryCreate(name, number) => {
                let connection =
                    format!("arn:aws:codestar-connections:eu-west-1:111122223333:connection/{number}");
                let input = json!({"provider": "GITHUB", "name": name, "connectionArn": connection});
                ("CreateRepository".to_owned(), input)
            }
            Self::RepositoryDelete(name) => {
                ("DeleteRepository".to_owned(), json!({"provider": "GITHUB", "name": name}))
            }
            Self::SyncCreate(template, repository) => {
                ("CreateTemplateSyncConfig".to_owned(), sync(template, Some(repository)))
            }
            Self::SyncUpdate(template, repository) => {
                ("UpdateTemplateSyncConfig".to_owned(), sync(template, Some(repository)))
            }
            Self::SyncDelete(template) => ("DeleteTemplateSyncConfig".to_owned(), sync(template, None)),
        })
    }
}

fn sync(template: Name, repository: Option<Name>) -> Value {
    let mut input = json!({"templateName": template, "templateType": "ENVIRONMENT"});
    if let Some(repository) = repository {
        input["branch"] = "main".into();
        input["repositoryName"] = repository.into();
        input["repositoryProvider"] = "GITHUB".into();
    }
    input
}

impl Weather {
    /// How the stacks' operations end in it.
    pub(crate) fn script(self) -> Script {
        let many = |status: &'static str| std::iter::repeat_n(status, 50).collect();
        let mut script = Script { is_for_all: true, ..Script::default() };
        match self {
            Self::Fine => {}
            Self::CreationsFail => script.creations = many("ROLLBACK_COMPLETE"),
            Self::UpdatesFail => script.updates = many("UPDATE_ROLLBACK_COMPLETE"),
            Self::DeletionsFail => script.deletions = many("DELETE_FAILED"),
        }
        script
    }
}

/// One of two names; mostly the first, so that stories meet.
fn one_of(names: &'static [Name; 2]) -> impl Strategy<Value = Name> {
    prop_oneof![4 => Just(names[0]), 1 => Just(names[1])]
}

fn kinds() -> impl Strategy<Value = (Kind, Name)> {
    prop_oneof![
        2 => one_of(&ENVIRONMENT_TEMPLATES).prop_map(|name| (Kind::Environment, name)),
        1 => one_of(&SERVICE_TEMPLATES).prop_map(|name| (Kind::Service, name)),
    ]
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![2 => (Just(1), 0..2_u64), 1 => (Just(2), 0..2_u64)]
}

fn sizes() -> impl Strategy<Value = Size> {
    prop_oneof![4 => Just(Size::Small), 4 => Just(Size::Large), 1 => Just(Size::Wrong)]
}

fn types() -> impl Strategy<Value = Type> {
    prop_oneof![1 => Just(Type::None), 6 => Just(Type::Current), 3 => Just(Type::Minor), 2 => Just(Type::Major)]
}

fn instance() -> impl Strategy<Value = (Name, Name)> {
    let names = prop_oneof![3 => Just("one"), 2 => Just("two"), 1 => Just("three")];
    (one_of(&SERVICES), names)
}

fn templates() -> BoxedStrategy<Act> {
    let words = || select(vec!["a", "b"]);
    prop_oneof![
        2 => (kinds(), words()).prop_map(|((kind, name), word)| Act::TemplateCreate(kind, name, word)),
        2 => (kinds(), words()).prop_map(|((kind, name), word)| Act::TemplateUpdate(kind, name, word)),
        2 => kinds().prop_map(|(kind, name)| Act::TemplateDelete(kind, name)),
        4 => (kinds(), option::of(1..4_u64)).prop_map(|((kind, name), major)| Act::VersionCreate(kind, name, major)),
        4 => (kinds(), number()).prop_map(|((kind, name), number)| Act::VersionPublish(kind, name, number)),
        3 => (kinds(), number()).prop_map(|((kind, name), number)| Act::VersionDelete(kind, name, number)),
    ]
    .boxed()
}

fn environments() -> BoxedStrategy<Act> {
    let name = || one_of(&ENVIRONMENTS);
    let minor = || option::weighted(0.15, 0..2_u64);
    let create = (name(), one_of(&ENVIRONMENT_TEMPLATES), 1..3_u64, minor(), sizes());
    let update = (name(), types(), option::weighted(0.1, 1..3_u64), minor(), option::of(sizes()));
    prop_oneof![
        4 => create.prop_map(|(name, template, major, minor, size)| Act::EnvironmentCreate { name, template, major, minor, size }),
        5 => update.prop_map(|(name, by, major, minor, size)| Act::EnvironmentUpdate { name, by, major, minor, size }),
        4 => name().prop_map(Act::EnvironmentCancel),
        1 => name().prop_map(Act::EnvironmentDelete),
    ]
    .boxed()
}

fn services() -> BoxedStrategy<Act> {
    let name = || one_of(&SERVICES);
    let environment = || prop_oneof![4 => Just("beta"), 1 => Just("gamma")];
    let instances = || subsequence(&INSTANCES[..], 0..=3);
    let create = (name(), one_of(&SERVICE_TEMPLATES), 1..3_u64, instances(), environment());
    let update = (instance(), types(), option::weighted(0.15, 0..2_u64));
    prop_oneof![
        4 => create.prop_map(|(name, template, major, instances, environment)| Act::ServiceCreate { name, template, major, instances, environment }),
        4 => (name(), instances(), environment()).prop_map(|(name, instances, environment)| Act::ServiceUpdate { name, instances, environment }),
        1 => name().prop_map(Act::ServiceDelete),
        6 => update.prop_map(|((service, name), by, minor)| Act::InstanceUpdate { service, name, by, minor }),
        4 => instance().prop_map(|(service, name)| Act::InstanceCancel(service, name)),
    ]
    .boxed()
}

fn components() -> BoxedStrategy<Act> {
    let name = || one_of(&COMPONENTS);
    let place = prop_oneof![
        one_of(&ENVIRONMENTS).prop_map(Place::Environment),
        instance().prop_map(|(service, name)| Place::Instance(service, name)),
    ];
    let attach = prop_oneof![
        Just(Attach::Keep),
        Just(Attach::Detach),
        instance().prop_map(|(service, name)| Attach::To(service, name)),
    ];
    let codes = || select(vec![Size::Small, Size::Large]);
    prop_oneof![
        3 => (name(), place, codes()).prop_map(|(name, place, code)| Act::ComponentCreate(name, place, code)),
        6 => (name(), attach, option::of(codes())).prop_map(|(name, attach, code)| Act::ComponentUpdate(name, attach, code)),
        4 => name().prop_map(Act::ComponentCancel),
        1 => name().prop_map(Act::ComponentDelete),
    ]
    .boxed()
}

fn repositories() -> BoxedStrategy<Act> {
    let name = || one_of(&REPOSITORIES);
    let template = || one_of(&ENVIRONMENT_TEMPLATES);
    prop_oneof![
        (name(), 0..2_u8).prop_map(|(name, number)| Act::RepositoryCreate(name, number)),
        name().prop_map(Act::RepositoryDelete),
        (template(), name()).prop_map(|(template, name)| Act::SyncCreate(template, name)),
        (template(), name()).prop_map(|(template, name)| Act::SyncUpdate(template, name)),
        template().prop_map(Act::SyncDelete),
    ]
    .boxed()
}

/// What every story begins with: published templates, an environment, and a service in it.
pub(crate) fn beginning() -> Vec<Act> {
    let mut acts = Vec::new();
    for (kind, name) in [(Kind::Environment, "grid"), (Kind::Service, "job")] {
        acts.push(Act::TemplateCreate(kind, name, "a"));
        acts.push(Act::VersionCreate(kind, name, None));
        acts.push(Act::Run(Weather::Fine));
        acts.push(Act::VersionPublish(kind, name, (1, 0)));
    }
    let (template, major, minor, size) = ("grid", 1, None, Size::Small);
    acts.push(Act::EnvironmentCreate { name: "beta", template, major, minor, size });
    acts.push(Act::Run(Weather::Fine));
    let instances = vec!["one", "two"];
    acts.push(Act::ServiceCreate { name: "shop", template: "job", major, instances, environment: "beta" });
    acts.push(Act::Run(Weather::Fine));
    acts.push(Act::ComponentCreate("queue", Place::Environment("beta"), Size::Small));
    acts.push(Act::RepositoryCreate("acme/one", 0));
    acts.push(Act::SyncCreate("grid", "acme/one"));
    acts.push(Act::Run(Weather::Fine));
    acts
}

/// Stories; most of what they begin may go well, for else nothing is ever there.
pub(crate) fn stories() -> impl Strategy<Value = Vec<Act>> {
    let weather = prop_oneof![
        6 => Just(Weather::Fine),
        1 => Just(Weather::CreationsFail),
        1 => Just(Weather::UpdatesFail),
        1 => Just(Weather::DeletionsFail),
    ];
    let act = prop_oneof![
        4 => templates(),
        4 => environments(),
        5 => services(),
        5 => components(),
        2 => repositories(),
        6 => weather.prop_map(Act::Run),
    ];
    vec(act, 1..60)
}
