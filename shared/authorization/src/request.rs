//! One call of the API, as policies see it.

use std::collections::BTreeMap;

use protium_domain::arn::{Location, Resource};
use protium_wire::Operation;
use serde_json::Value;

use crate::resource::{Kind, Subject};

/// What a call asks for: the operation, the resource that it names, and what conditions can be about.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The operation.
    pub operation: Operation,
    /// The resource; nothing when the call is about the account.
    pub resource: Option<Resource>,
    /// The resource's ARN, or `arn:…:*`.
    pub arn: String,
    /// Whether the call is to make the resource.
    pub creates: bool,
    /// The tags of the request.
    pub tags: BTreeMap<String, String>,
    /// The keys of those tags, and of tags that are to be taken off.
    pub tag_keys: Vec<String>,
    /// ARN of the template that the request names for an environment or a service.
    pub template: Option<String>,
    /// ARNs of the roles that the request names.
    pub roles: Vec<String>,
}

/// What policies can ask for beyond the request: what the record of the resource says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The resource's tags.
    pub tags: BTreeMap<String, String>,
    /// ARN of the template of an environment, or of the service that something belongs to.
    pub template: Option<String>,
}

impl Call {
    /// Reads a request. What isn't well formed is left out; the operation itself will refuse it.
    #[must_use]
    pub fn of(operation: Operation, input: &Value, location: &Location) -> Self {
        let mut call = Self {
            operation,
            resource: None,
            arn: everything(location),
            creates: false,
            tags: BTreeMap::new(),
            tag_keys: Vec::new(),
            template: None,
            roles: Vec::new(),
        };
        let Some((creates, subject)) = subject(operation, input) else { return call };
        if let Some((resource, arn)) = subject.resource(location) {
            call.template = template(&subject, Kind::of(&resource), location);
            (call.resource, call.arn, call.creates) = (Some(resource), arn, creates);
        }
        call.tags = tags(&subject);
        call.tag_keys = call.tags.keys().cloned().chain(texts(&subject, "tagKeys")).collect();
        call.roles = roles(&subject);
        call
    }

    /// The same call about another resource: of a deployment, what it deploys.
    #[must_use]
    pub fn about(mut self, resource: Resource, location: &Location) -> Self {
        self.arn = location.arn(&resource);
        self.resource = Some(resource);
        self
    }

    /// The resource whose record has the [`Facts`]; nothing when no record can say more than the request. A pipeline
    /// carries no tags: those of its service stand for it. What is made in a service gets the service's tags.
    #[must_use]
    pub fn record(&self) -> Option<Resource> {
        let resource = self.resource.clone()?;
        match resource {
            Resource::ServicePipeline { service } => Some(Resource::Service { name: service }),
            Resource::ServiceInstance { service, .. } if self.creates => {
                Some(Resource::Service { name: service })
            }
            Resource::Deployment { .. } => None,
            _ if self.creates => None,
            _ => Some(resource),
        }
    }

    /// The kind of what it is about.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.resource.as_ref().map_or(Kind::Account, Kind::of)
    }
}

/// The ARN of what is about no single resource.
pub(crate) fn everything(location: &Location) -> String {
    format!("arn:{}:proton:{}:{}:*", location.partition, location.region, location.account)
}

/// The part of the request that is about the resource, and whether it makes the resource. Previews and adoptions hold
/// another request.
fn subject(operation: Operation, input: &Value) -> Option<(bool, Subject<'_>)> {
    let description = operation.description();
    let union = match operation {
        Operation::PreviewDeployment => "request",
        Operation::AdoptResource => "resource",
        _ => {
            let subject = Subject { family: description.family, shape: description.input, input };
            return Some((creates(description.name), subject));
        }
    };
    let union_shape = description.input.members().iter().find(|member| member.name == union)?.shape;
    let mut present = input.get(union)?.as_object()?.iter().filter(|(_, value)| !value.is_null());
    let ((name, input), None) = (present.next()?, present.next()) else { return None };
    let shape = union_shape.members().iter().find(|member| member.name == name)?.shape;
    Some(match Operation::ALL.iter().find(|one| is_member_of(one.name(), name)) {
        Some(inner) => (creates(inner.name()), Subject { family: inner.description().family, shape, input }),
        // Of adoptions: the kind of the resource, whose name its family has, too.
        None => (true, Subject { family: family(name), shape, input }),
    })
}

/// Whether the member of a union holds requests of an operation: `createService` those of `CreateService`.
fn is_member_of(operation: &str, member: &str) -> bool {
    operation.len() == member.len()
        && operation.as_bytes()[0].eq_ignore_ascii_case(&member.as_bytes()[0])
        && operation[1..] == member[1..]
}

fn family(member: &str) -> &'static str {
    match member {
        "environment" => "environment",
        "serviceInstance" => "service_instance",
        "servicePipeline" => "service_pipeline",
        "component" => "component",
        _ => "",
    }
}

/// Whether an operation makes the resource that it names. Versions and sync configurations are made of what is there.
fn creates(operation: &str) -> bool {
    operation.starts_with("Create") && !operation.ends_with("Version") && !operation.ends_with("SyncConfig")
}

fn template(subject: &Subject<'_>, kind: Kind, location: &Location) -> Option<String> {
    let segment = match kind {
        Kind::Environment => "environment-template",
        Kind::Service | Kind::ServiceInstance | Kind::ServicePipeline => "service-template",
        _ => return None,
    };
    let template = Resource::parse(&format!("{segment}/{}", subject.text("templateName")?))?;
    Some(location.arn(&template))
}

fn tags(subject: &Subject<'_>) -> BTreeMap<String, String> {
    let tags = subject.member("tags").and_then(Value::as_array).into_iter().flatten();
    let pair = |tag: &Value| {
        let text = |member| Some(tag.get(member)?.as_str()?.to_owned());
        Some((text("key")?, text("value").unwrap_or_default()))
    };
    tags.filter_map(pair).collect()
}

fn texts(subject: &Subject<'_>, member: &str) -> Vec<String> {
    let texts = subject.member(member).and_then(Value::as_array).into_iter().flatten();
    texts.filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}

/// The roles by any of the members that name one: `protonServiceRoleArn`, `roleArn`, …
fn roles(subject: &Subject<'_>) -> Vec<String> {
    let members = subject.shape.members().iter().map(|member| member.name);
    let named = members.filter(|name| name.ends_with("RoleArn") || *name == "roleArn");
    let mut roles: Vec<_> = named.filter_map(|name| subject.text(name)).map(ToOwned::to_owned).collect();
    roles.sort();
    roles.dedup();
    roles
}
