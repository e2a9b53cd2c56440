//! Tags of resources (behaviour 11).
//!
//! Tags lie in the record that they belong to and are written under the condition that it is unchanged. Tagging is no
//! update of the resource: it neither changes `lastModifiedAt` nor makes a repeated creation a conflict.

use std::collections::BTreeMap;

use protium_domain::account_connection::AccountConnection;
use protium_domain::arn::{Location, Resource};
use protium_domain::component::{Attachment, Component};
use protium_domain::environment::Environment;
use protium_domain::intent::Partition;
use protium_domain::name::ResourceName;
use protium_domain::repository::Repository;
use protium_domain::service::Service;
use protium_domain::service_instance::ServiceInstance;
use protium_domain::tag::{InvalidTag, Tags};
use protium_domain::template::{Template, TemplateKind};
use protium_domain::template_version::TemplateVersion;

use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::paging::{Page, PageRequest};
use crate::ports::{Entity, Key, Revisioned};
use crate::race::Races;
use crate::template::template_get;

/// Puts tags on a resource; values of keys that it has already are replaced.
///
/// # Errors
/// [`Error::Validation`] for an ARN that names nothing taggable and when there would be more than 50 tags,
/// [`Error::NotFound`] when the resource doesn't exist.
pub async fn tags_put(app: &App, arn: &str, tags: &Tags) -> Result<()> {
    let refused = |error: InvalidTag| Error::Validation(error.to_string());
    tags_change(app, arn, |before| before.with(tags).map_err(refused)).await
}

/// Takes tags off a resource; keys that it doesn't have are harmless.
///
/// # Errors
/// As [`tags_put`]; also for keys that begin with `aws:`, which nobody can take off.
pub async fn tags_remove(app: &App, arn: &str, keys: &[String]) -> Result<()> {
    if let Some(key) = keys.iter().find(|key| key.to_ascii_lowercase().starts_with("aws:")) {
        return Err(Error::Validation(format!("the tag '{key}' is kept by the system and can't be removed")));
    }
    tags_change(app, arn, |before| Ok(before.without(keys))).await
}

/// Lists the tags of a resource by key: those of the system and the customer's.
///
/// # Errors
/// [`Error::Validation`] for an ARN that names nothing taggable, [`Error::NotFound`] when the resource doesn't exist.
pub async fn tags_list(app: &App, arn: &str, page: &PageRequest) -> Result<Page<(String, String)>> {
    let tagged = tagged_get(app, arn).await?;
    let mut tags = tagged.system_tags(app.location());
    tags.extend(tagged.tags().iter().map(|(key, value)| (key.to_owned(), value.to_owned())));
    tags.sort();
    tags.retain(|(key, _)| page.after.as_ref().is_none_or(|after| key > after));
    let more = tags.len() > page.limit;
    tags.truncate(page.limit);
    let next = tags.last().filter(|_| more).map(|(key, _)| key.clone());
    Ok(Page { items: tags, next })
}

async fn tags_change(app: &App, arn: &str, change: impl Fn(&Tags) -> Result<Tags>) -> Result<()> {
    let mut races = Races::few();
    loop {
        let tagged = tagged_get(app, arn).await?;
        let tags = change(tagged.tags())?;
        if tags == *tagged.tags() {
            return Ok(());
        }
        match tagged.retagged(tags).submit(app).await {
            Ok(()) => return Ok(()),
            Err(error) => races.lost(error, arn)?,
        }
    }
}

/// A record that carries tags.
enum Tagged {
    Template(Box<Template>),
    TemplateVersion(Box<TemplateVersion>),
    Environment(Box<Environment>),
    Service(Box<Service>),
    ServiceInstance(Box<ServiceInstance>),
    Component(Box<Component>),
    Repository(Box<Repository>),
    AccountConnection(Box<AccountConnection>),
}

impl Tagged {
    fn of(entity: Entity) -> Option<Self> {
        match entity {
            Entity::Template(record) => Some(Self::Template(Box::new(record))),
            Entity::TemplateVersion(record) => Some(Self::TemplateVersion(record)),
            Entity::Environment(record) => Some(Self::Environment(record)),
            Entity::Service(record) => Some(Self::Service(record)),
            Entity::ServiceInstance(record) => Some(Self::ServiceInstance(record)),
            Entity::Component(record) => Some(Self::Component(record)),
            Entity::Repository(record) => Some(Self::Repository(record)),
            Entity::AccountConnection(record) => Some(Self::AccountConnection(record)),
            _ => None,
        }
    }

    fn tags(&self) -> &Tags {
        match self {
            Self::Template(record) => &record.tags,
            Self::TemplateVersion(record) => &record.tags,
            Self::Environment(record) => &record.tags,
            Self::Service(record) => &record.tags,
            Self::ServiceInstance(record) => &record.tags,
            Self::Component(record) => &record.tags,
            Self::Repository(record) => &record.tags,
            Self::AccountConnection(record) => &record.tags,
        }
    }

    /// The commit that gives it these tags.
    fn retagged(self, tags: Tags) -> Commit {
        match self {
            Self::Template(mut record) => {
                record.tags = tags;
                replacing(Partition::Template(record.kind, record.name.clone()), *record)
            }
            Self::TemplateVersion(mut record) => {
                record.tags = tags;
                replacing(Partition::Template(record.kind, record.template.clone()), *record)
            }
            Self::Environment(mut record) => {
                record.tags = tags;
                replacing(Partition::Environment(record.name.clone()), *record)
            }
            Self::Service(mut record) => {
                record.tags = tags;
                replacing(Partition::Service(record.name.clone()), *record)
            }
            Self::ServiceInstance(mut record) => {
                record.tags = tags;
                replacing(Partition::Service(record.service.clone()), *record)
            }
            Self::Component(mut record) => {
                record.tags = tags;
                replacing(Partition::Component(record.name.clone()), *record)
            }
            Self::Repository(mut record) => {
                record.tags = tags;
                replacing(Partition::Repository(record.id.clone()), *record)
            }
            Self::AccountConnection(mut record) => {
                record.tags = tags;
                replacing(Partition::AccountConnection(record.id.clone()), *record)
            }
        }
    }

    /// The system's tags: the account, and what the resource belongs to, as far as it applies; none on connections.
    fn system_tags(&self, location: &Location) -> Vec<(String, String)> {
        let template =
            |kind, name: &ResourceName| ("template", Resource::Template { kind, name: name.clone() });
        let environment = |name: &ResourceName| ("environment", Resource::Environment { name: name.clone() });
        let service = |name: &ResourceName| ("service", Resource::Service { name: name.clone() });
        let resources = match self {
            Self::Template(record) => vec![template(record.kind, &record.name)],
            Self::TemplateVersion(record) => vec![template(record.kind, &record.template)],
            Self::Environment(record) => {
                vec![template(TemplateKind::Environment, &record.template), environment(&record.name)]
            }
            Self::Service(record) => {
                vec![template(TemplateKind::Service, &record.template), service(&record.name)]
            }
            Self::ServiceInstance(record) => vec![
                template(TemplateKind::Service, &record.template),
                environment(&record.environment),
                service(&record.service),
                ("service-instance", record.target().resource()),
            ],
            Self::Component(record) => {
                let attachment = record.state.attachment.as_ref();
                let instance = attachment.map(|Attachment { service, instance }| Resource::ServiceInstance {
                    service: service.clone(),
                    name: instance.clone(),
                });
                let mut named = vec![environment(&record.environment)];
                named.extend(attachment.map(|attachment| service(&attachment.service)));
                named.extend(instance.map(|instance| ("service-instance", instance)));
                named.push(("component", record.target().resource()));
                named
            }
            Self::Repository(_) => Vec::new(),
            Self::AccountConnection(_) => return Vec::new(),
        };
        let account = ("aws:proton:account".to_owned(), location.account.clone());
        let named =
            resources.iter().map(|(key, resource)| (format!("aws:proton:{key}"), location.arn(resource)));
        std::iter::once(account).chain(named).collect()
    }
}

fn replacing(partition: Partition, record: impl Revisioned) -> Commit {
    let mut commit = Commit::new(partition);
    commit.replace(record);
    commit
}

/// What the record of a resource says of tags, those of the system too, whose `aws:proton:template` names the template
/// of what is deployed. Nothing for what doesn't exist or carries none.
///
/// # Errors
/// When the store fails.
pub async fn tags_known(app: &App, resource: Resource) -> Result<BTreeMap<String, String>> {
    let key = match resource {
        Resource::ServicePipeline { .. } | Resource::Deployment { .. } => None,
        resource => match key(app, &app.location().arn(&resource), resource).await {
            // Of the old form of a version's ARN: there is no such template.
            Err(Error::NotFound(_)) => None,
            found => found?,
        },
    };
    let Some(key) = key else { return Ok(BTreeMap::new()) };
    let Some(tagged) = app.store.get(&key).await?.and_then(Tagged::of) else { return Ok(BTreeMap::new()) };
    let mut tags: BTreeMap<_, _> = tagged.system_tags(app.location()).into_iter().collect();
    tags.extend(tagged.tags().iter().map(|(key, value)| (key.to_owned(), value.to_owned())));
    Ok(tags)
}

async fn tagged_get(app: &App, arn: &str) -> Result<Tagged> {
    let missing = || Error::NotFound(format!("The requested resource does not exist: {arn}"));
    let resource = app.location().resource(arn).map_err(|error| Error::Validation(error.to_string()))?;
    let key = key(app, arn, resource).await?.ok_or_else(missing)?;
    let tagged = app.store.get(&key).await?.and_then(Tagged::of).ok_or_else(missing)?;
    match &tagged {
        // The id alone finds it, but the ARN names the account, too.
        Tagged::AccountConnection(connection) if connection.arn(app.location()) != arn => Err(missing()),
        _ => Ok(tagged),
    }
}

/// The key of the record that an ARN names; nothing when there can be none.
async fn key(app: &App, arn: &str, resource: Resource) -> Result<Option<Key>> {
    Ok(match resource {
        Resource::Template { kind, name } => Some(Key::Template(kind, name)),
        Resource::TemplateVersion { kind, name, version } => Some(Key::TemplateVersion(kind, name, version)),
        Resource::TemplateMajorVersion { kind, name, major } => {
            // The old form means the row that lists show for the major (behaviour 1.2).
            let template = template_get(app, kind, &name).await?;
            let head = template.major_heads().find(|head| head.major == major);
            head.map(|version| Key::TemplateVersion(kind, name, version))
        }
        Resource::Environment { name } => Some(Key::Environment(name)),
        Resource::Service { name } => Some(Key::Service(name)),
        Resource::ServiceInstance { service, name } => Some(Key::ServiceInstance(service, name)),
        Resource::Component { name } => Some(Key::Component(name)),
        Resource::Repository { id } => Some(Key::Repository(id)),
        Resource::AccountConnection { id } => Some(Key::AccountConnection(id)),
        Resource::ServicePipeline { .. } | Resource::Deployment { .. } | Resource::FleetUpdate { .. } => {
            return Err(Error::Validation(format!("'{arn}' names a kind of resource that carries no tags")));
        }
    })
}
