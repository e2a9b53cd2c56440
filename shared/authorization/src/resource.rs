//! What a request is about: which members of which operations name the resource.
//!
//! The rules are patterns of ARN tails with members of the request in braces, by family of operations; the first whose
//! members are all there counts. A request whose members name nothing well formed, or that is about no single resource
//! (lists, settings), is about the account, `arn:…:*`. The operation refuses malformed names itself, from the same
//! JSON, so nothing is ever done to another resource than the one that was asked about.

use protium_domain::arn::{Location, Resource};
use protium_domain::template::TemplateKind;
use protium_wire::Operation;
use protium_wire::shape::{Member, Presence, Shape};
use serde_json::Value;

/// The kinds of resources, as policies name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The whole installation: lists and settings are about it.
    Account,
    /// An environment template.
    EnvironmentTemplate,
    /// A version of one.
    EnvironmentTemplateVersion,
    /// A service template.
    ServiceTemplate,
    /// A version of one.
    ServiceTemplateVersion,
    /// An environment.
    Environment,
    /// A service.
    Service,
    /// An instance of a service.
    ServiceInstance,
    /// The pipeline of a service.
    ServicePipeline,
    /// A component.
    Component,
    /// A deployment.
    Deployment,
    /// A link to a repository.
    Repository,
    /// An environment account connection.
    EnvironmentAccountConnection,
    /// A fleet update.
    FleetUpdate,
}

impl Kind {
    /// All but the account.
    pub const RESOURCES: [Self; 13] = [
        Self::EnvironmentTemplate,
        Self::EnvironmentTemplateVersion,
        Self::ServiceTemplate,
        Self::ServiceTemplateVersion,
        Self::Environment,
        Self::Service,
        Self::ServiceInstance,
        Self::ServicePipeline,
        Self::Component,
        Self::Deployment,
        Self::Repository,
        Self::EnvironmentAccountConnection,
        Self::FleetUpdate,
    ];

    /// What is deployed.
    const DEPLOYABLE: [Self; 5] =
        [Self::Environment, Self::Service, Self::ServiceInstance, Self::ServicePipeline, Self::Component];

    /// The kind of a resource.
    #[must_use]
    pub const fn of(resource: &Resource) -> Self {
        match resource {
            Resource::Template { kind: TemplateKind::Environment, .. } => Self::EnvironmentTemplate,
            Resource::Template { kind: TemplateKind::Service, .. } => Self::ServiceTemplate,
            Resource::TemplateVersion { kind, .. } | Resource::TemplateMajorVersion { kind, .. } => {
                match kind {
                    TemplateKind::Environment => Self::EnvironmentTemplateVersion,
                    TemplateKind::Service => Self::ServiceTemplateVersion,
                }
            }
            Resource::Environment { .. } => Self::Environment,
            Resource::Service { .. } => Self::Service,
            Resource::ServiceInstance { .. } => Self::ServiceInstance,
            Resource::ServicePipeline { .. } => Self::ServicePipeline,
            Resource::Component { .. } => Self::Component,
            Resource::Deployment { .. } => Self::Deployment,
            Resource::Repository { .. } => Self::Repository,
            Resource::AccountConnection { .. } => Self::EnvironmentAccountConnection,
            Resource::FleetUpdate { .. } => Self::FleetUpdate,
        }
    }

    /// Its name in policies: the type of the entity.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "Account",
            Self::EnvironmentTemplate => "EnvironmentTemplate",
            Self::EnvironmentTemplateVersion => "EnvironmentTemplateVersion",
            Self::ServiceTemplate => "ServiceTemplate",
            Self::ServiceTemplateVersion => "ServiceTemplateVersion",
            Self::Environment => "Environment",
            Self::Service => "Service",
            Self::ServiceInstance => "ServiceInstance",
            Self::ServicePipeline => "ServicePipeline",
            Self::Component => "Component",
            Self::Deployment => "Deployment",
            Self::Repository => "Repository",
            Self::EnvironmentAccountConnection => "EnvironmentAccountConnection",
            Self::FleetUpdate => "FleetUpdate",
        }
    }

    /// The kind of what its resources belong to, besides the account.
    #[must_use]
    pub const fn parent(self) -> Option<Self> {
        match self {
            Self::EnvironmentTemplateVersion => Some(Self::EnvironmentTemplate),
            Self::ServiceTemplateVersion => Some(Self::ServiceTemplate),
            Self::ServiceInstance | Self::ServicePipeline => Some(Self::Service),
            _ => None,
        }
    }
}

/// What the resource belongs to, besides the account.
#[must_use]
pub fn parent(resource: &Resource) -> Option<Resource> {
    match resource {
        Resource::TemplateVersion { kind, name, .. } | Resource::TemplateMajorVersion { kind, name, .. } => {
            Some(Resource::Template { kind: *kind, name: name.clone() })
        }
        Resource::ServiceInstance { service, .. } | Resource::ServicePipeline { service } => {
            Some(Resource::Service { name: service.clone() })
        }
        _ => None,
    }
}

/// A pattern of ARN tails, and the kinds of what it names.
struct Rule(&'static str, &'static [Kind]);

/// The rules of a family of operations (the modules of `protium_wire`), the first that fits before the others. Sync
/// configurations are about their template or service: finer than in Proton, where they had no resource.
fn rules(family: &str) -> &'static [Rule] {
    const TEMPLATES: &[Kind] = &[Kind::EnvironmentTemplate, Kind::ServiceTemplate];
    match family {
        "environment" => &[
            Rule("environment/{environmentName}", &[Kind::Environment]),
            Rule("environment/{name}", &[Kind::Environment]),
        ],
        "service" => &[Rule("service/{name}", &[Kind::Service])],
        "service_instance" => &[
            Rule("service/{serviceName}/service-instance/{serviceInstanceName}", &[Kind::ServiceInstance]),
            Rule("service/{serviceName}/service-instance/{name}", &[Kind::ServiceInstance]),
        ],
        "service_pipeline" => &[Rule("service/{serviceName}/pipeline", &[Kind::ServicePipeline])],
        "service_sync" => &[
            Rule("service/{serviceName}/service-instance/{serviceInstanceName}", &[Kind::ServiceInstance]),
            Rule("service/{serviceName}", &[Kind::Service]),
        ],
        "component" => &[
            Rule("component/{componentName}", &[Kind::Component]),
            Rule("component/{name}", &[Kind::Component]),
        ],
        "deployment" => &[Rule("deployment/{id}", &[Kind::Deployment])],
        "environment_template" => &[
            Rule(
                "environment-template/{templateName}:{majorVersion}.{minorVersion}",
                &[Kind::EnvironmentTemplateVersion],
            ),
            Rule("environment-template/{templateName}", &[Kind::EnvironmentTemplate]),
            Rule("environment-template/{name}", &[Kind::EnvironmentTemplate]),
        ],
        "service_template" => &[
            Rule(
                "service-template/{templateName}:{majorVersion}.{minorVersion}",
                &[Kind::ServiceTemplateVersion],
            ),
            Rule("service-template/{templateName}", &[Kind::ServiceTemplate]),
            Rule("service-template/{name}", &[Kind::ServiceTemplate]),
        ],
        "template_sync" => &[Rule("{templateType}-template/{templateName}", TEMPLATES)],
        "repository" => &[
            Rule("repository/{repositoryProvider}:{repositoryName}", &[Kind::Repository]),
            Rule("repository/{provider}:{name}", &[Kind::Repository]),
        ],
        "account_connection" => {
            &[Rule("environment-account-connection/{id}", &[Kind::EnvironmentAccountConnection])]
        }
        "fleet" => &[Rule("fleet-update/{fleetUpdateId}", &[Kind::FleetUpdate])],
        "own" => &[
            Rule("deployment/{deploymentId}", &[Kind::Deployment]),
            Rule("{templateType}-template/{templateName}", TEMPLATES),
        ],
        _ => &[],
    }
}

/// The member by which some operations name any resource.
const RESOURCE_ARN: &str = "resourceArn";

/// The kinds of resources that requests of an operation are about.
#[must_use]
pub fn kinds(operation: Operation) -> Vec<Kind> {
    let members = operation.description().input.members();
    let member = |name: &str| members.iter().find(|member| member.name == name);
    match operation {
        Operation::PreviewDeployment | Operation::AdoptResource => return Kind::DEPLOYABLE.to_vec(),
        // About what the deployment deploys, as far as there is such a deployment.
        Operation::RetryDeployment => {
            return Kind::DEPLOYABLE.into_iter().chain([Kind::Deployment]).collect();
        }
        _ if member(RESOURCE_ARN).is_some() => return Kind::RESOURCES.to_vec(),
        _ => {}
    }
    let mut kinds = Vec::new();
    for (Rule(_, named), is_last) in rules_for(operation.description().family, operation.description().input)
    {
        kinds.extend_from_slice(named);
        if is_last {
            return kinds;
        }
    }
    kinds.push(Kind::Account);
    kinds
}

/// The rules whose members a shape has, each with whether it is the last: what must be there leaves no other way.
fn rules_for(family: &str, shape: &'static Shape) -> impl Iterator<Item = (&'static Rule, bool)> {
    let member = |name: &str| shape.members().iter().find(|member| member.name == name);
    let fitting = rules(family).iter().filter_map(move |rule| {
        let members: Option<Vec<&Member>> = placeholders(rule.0).map(member).collect();
        Some((rule, members?.iter().all(|member| member.presence == Presence::Required)))
    });
    let mut ended = false;
    fitting.take_while(move |(_, is_last)| !std::mem::replace(&mut ended, *is_last))
}

/// The part of a request that is about a resource, with what the wire knows of it. Members that the wire doesn't know
/// are ignored by the operation, so they must be ignored here, too: they could name another resource.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The family of operations whose rules say what names the resource.
    pub(crate) family: &'a str,
    /// The shape of the members.
    pub(crate) shape: &'static Shape,
    /// The members.
    pub(crate) input: &'a Value,
}

impl<'a> Subject<'a> {
    /// The resource that it names, with its ARN; nothing when it is about the account.
    pub(crate) fn resource(&self, location: &Location) -> Option<(Resource, String)> {
        if let Some(arn) = self.text(RESOURCE_ARN) {
            let resource = location.resource(arn).ok()?;
            // The ARN of a connection names another account; those of the others are written in one way here.
            let arn = match resource {
                Resource::AccountConnection { .. } => arn.to_owned(),
                _ => location.arn(&resource),
            };
            return Some((resource, arn));
        }
        let mut fitting = rules_for(self.family, self.shape);
        let (tail, kinds) =
            fitting.find_map(|(Rule(pattern, kinds), _)| Some((self.fill(pattern)?, kinds)))?;
        // A name with a slash in it could make the tail of another kind.
        let resource = Resource::parse(&tail).filter(|resource| kinds.contains(&Kind::of(resource)))?;
        let arn = location.arn(&resource);
        Some((resource, arn))
    }

    /// The pattern with the members in it; nothing unless all are there.
    fn fill(&self, pattern: &str) -> Option<String> {
        let mut parts = pattern.split('{');
        let mut tail = parts.next()?.to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}')?;
            let value = self.text(name)?;
            // Enums of the wire are written in capitals, ARNs in small letters.
            if matches!(name, "templateType" | "provider" | "repositoryProvider") {
                tail += &value.to_ascii_lowercase();
            } else {
                tail += value;
            }
            tail += rest;
        }
        Some(tail)
    }

    /// A member, where it is known and there.
    pub(crate) fn member(&self, name: &str) -> Option<&'a Value> {
        let known = self.shape.members().iter().any(|member| member.name == name);
        self.input.get(name).filter(|value| known && !value.is_null())
    }

    /// A member that is text, unless that is empty.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.member(name)?.as_str().filter(|text| !text.is_empty())
    }
}

/// The members that a pattern asks for.
fn placeholders(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.split('{').skip(1).filter_map(|part| part.split('}').next())
}
