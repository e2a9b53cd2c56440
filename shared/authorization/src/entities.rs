//! Requests as Cedar's entities: who calls, the action, the resource, and what they belong to.
//!
//! Nothing is built beyond what the request is about, so a decision costs microseconds and holds nothing.

use std::collections::HashSet;

use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression,
};
use protium_domain::arn::{Location, Resource};

use crate::principal::Principal;
use crate::request::{Call, Facts, everything};
use crate::resource::{Kind, parent};
use crate::schema::{PASS_ROLE, action, groups};

/// The names of types, read once.
#[derive(Debug, Clone)]
pub(crate) struct Vocabulary {
    action: EntityTypeName,
    caller: EntityTypeName,
    role: EntityTypeName,
    tags: EntityTypeName,
    kinds: Vec<(Kind, EntityTypeName)>,
}

/// A request with the entities that it is about. Nothing when Cedar can't take it, which no text makes happen.
pub(crate) type Case = Option<(Request, Entities)>;

impl Vocabulary {
    /// The types of the schema; nothing when Cedar can't read one, which it can.
    pub(crate) fn new() -> Option<Self> {
        let kinds = Kind::RESOURCES.into_iter().chain([Kind::Account]);
        Some(Self {
            action: "Action".parse().ok()?,
            caller: "Caller".parse().ok()?,
            role: "Role".parse().ok()?,
            tags: "Tags".parse().ok()?,
            kinds: kinds.map(|kind| Some((kind, kind.name().parse().ok()?))).collect::<Option<_>>()?,
        })
    }

    /// A request to carry out `action`, which is in these groups, on the resource of the call.
    pub(crate) fn call(
        &self,
        principal: &Principal<'_>,
        action: &str,
        groups: &[String],
        call: &Call,
        facts: &Facts,
        location: &Location,
    ) -> Case {
        let account = uid(self.kind(Kind::Account)?, &location.account);
        let mut entities = Vec::with_capacity(8);
        let resource = match &call.resource {
            None => account,
            Some(resource) => {
                let kind = self.kind(call.kind())?;
                let belongs = parent(resource);
                let owner = belongs
                    .as_ref()
                    .and_then(|owner| Some(uid(self.kind(Kind::of(owner))?, &location.arn(owner))));
                if let (Some(owner), Some(belongs)) = (&owner, &belongs) {
                    let owned =
                        named(owner.clone(), &location.arn(belongs), name(belongs), [account.clone()], [])?;
                    entities.push(owned);
                }
                let tags = call.creates.then_some(&call.tags).into_iter().flatten();
                let tags = facts.tags.iter().chain(tags);
                let made = uid(kind, &call.arn);
                let parents = owner.into_iter().chain([account]);
                entities.push(named(made.clone(), &call.arn, name(resource), parents, tags)?);
                made
            }
        };
        self.case(principal, action, groups, resource, entities, call, facts, location)
    }

    /// A request to name a role.
    pub(crate) fn pass_role(
        &self,
        principal: &Principal<'_>,
        role: &str,
        call: &Call,
        facts: &Facts,
        location: &Location,
    ) -> Case {
        let resource = uid(&self.role, role);
        let name = role.rsplit('/').next().unwrap_or_default();
        let account = role.split(':').nth(4).unwrap_or_default();
        let attributes = [("arn", role), ("name", name), ("account", account)].map(text);
        let entity = Entity::new_with_tags(resource.clone(), attributes, [], []).ok()?;
        self.case(principal, PASS_ROLE, &[], resource, vec![entity], call, facts, location)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a request, joined in one place")]
    fn case(
        &self,
        principal: &Principal<'_>,
        action: &str,
        groups: &[String],
        resource: EntityUid,
        mut entities: Vec<Entity>,
        call: &Call,
        facts: &Facts,
        location: &Location,
    ) -> Case {
        let caller = uid(&self.caller, principal.arn);
        let attributes = [
            ("arn", principal.arn),
            ("account", principal.account),
            ("role", principal.role()),
            ("session", principal.session()),
            ("user", principal.user()),
        ];
        let account = uid(self.kind(Kind::Account)?, principal.account);
        entities
            .push(Entity::new_with_tags(caller.clone(), attributes.map(text), [account.clone()], []).ok()?);
        if principal.account != location.account {
            entities.push(Entity::new_no_attrs(account, HashSet::new()));
        }
        let parents = groups.iter().map(|group| uid(&self.action, group)).collect();
        let action = uid(&self.action, action);
        entities.push(Entity::new_no_attrs(action.clone(), parents));
        let account = uid(self.kind(Kind::Account)?, &location.account);
        entities.push(named(account, &everything(location), &location.account, [], [])?);
        let tags = uid(&self.tags, "request");
        entities.push(Entity::new_with_tags(tags.clone(), [], [], call.tags.iter().map(pair)).ok()?);
        let context = context(tags, call, facts)?;
        let request = Request::new(caller, action, resource, context, None).ok()?;
        Some((request, Entities::from_entities(entities, None).ok()?))
    }

    fn kind(&self, kind: Kind) -> Option<&EntityTypeName> {
        self.kinds.iter().find(|(known, _)| *known == kind).map(|(_, name)| name)
    }
}

fn context(tags: EntityUid, call: &Call, facts: &Facts) -> Option<Context> {
    let set = |texts: &[String]| {
        RestrictedExpression::new_set(texts.iter().cloned().map(RestrictedExpression::new_string))
    };
    let mut pairs = vec![
        ("aws:RequestTag".to_owned(), RestrictedExpression::new_entity_uid(tags)),
        ("aws:TagKeys".to_owned(), set(&call.tag_keys)),
        ("proton:RoleArns".to_owned(), set(&call.roles)),
    ];
    let key = match call.kind() {
        Kind::Environment => "proton:EnvironmentTemplate",
        _ => "proton:ServiceTemplate",
    };
    if let Some(template) = call.template.as_ref().or(facts.template.as_ref()) {
        pairs.push((key.to_owned(), RestrictedExpression::new_string(template.clone())));
    }
    Context::from_pairs(pairs).ok()
}

fn named<'a>(
    uid: EntityUid,
    arn: &str,
    name: &str,
    parents: impl IntoIterator<Item = EntityUid>,
    tags: impl IntoIterator<Item = (&'a String, &'a String)>,
) -> Option<Entity> {
    let attributes = [("arn", arn), ("name", name)].map(text);
    Entity::new_with_tags(uid, attributes, parents, tags.into_iter().map(pair)).ok()
}

/// The name by which people know a resource: a pipeline has that of its service, a version that of its template.
fn name(resource: &Resource) -> &str {
    match resource {
        Resource::Template { name, .. }
        | Resource::TemplateVersion { name, .. }
        | Resource::TemplateMajorVersion { name, .. }
        | Resource::Environment { name }
        | Resource::Service { name }
        | Resource::ServiceInstance { name, .. }
        | Resource::ServicePipeline { service: name }
        | Resource::Component { name } => name.as_str(),
        Resource::Deployment { id } | Resource::AccountConnection { id } | Resource::FleetUpdate { id } => {
            id.as_str()
        }
        Resource::Repository { id } => id.name.as_str(),
    }
}

fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

fn text((name, value): (&str, &str)) -> (String, RestrictedExpression) {
    (name.to_owned(), RestrictedExpression::new_string(value.to_owned()))
}

fn pair((key, value): (&String, &String)) -> (String, RestrictedExpression) {
    text((key, value))
}

/// The action of a call and its groups.
pub(crate) fn action_of(call: &Call) -> (String, [String; 2]) {
    (action(call.operation), groups(call.operation))
}
