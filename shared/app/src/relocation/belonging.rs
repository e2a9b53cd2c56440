//! What belongs to an installation and moves with it, and what doesn't.
//!
//! The matches name every kind of record on purpose: a new kind doesn't compile before somebody has said here whether it
//! moves, and what of it counts as work in progress.

use crate::ports::{Entity, Key};

/// Whether something moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belonging {
    /// It does.
    Moves,
    /// It stays, for this reason.
    Stays(&'static str),
}

/// Whether a record moves.
#[must_use]
pub const fn of_record(entity: &Entity) -> Belonging {
    match entity {
        Entity::Template(_)
        | Entity::TemplateVersion(_)
        | Entity::Environment(_)
        | Entity::Service(_)
        | Entity::ServiceInstance(_)
        | Entity::ServicePipeline(_)
        | Entity::Component(_)
        | Entity::Deployment(_)
        | Entity::Repository(_)
        | Entity::AccountConnection(_)
        | Entity::ConnectionClaim(_)
        | Entity::SyncConfig(_)
        | Entity::SyncBlocker(_)
        | Entity::Reference(_)
        | Entity::AccountSettings(_) => Belonging::Moves,
        Entity::Tally(_) => Belonging::Stays("counters are counted anew from what arrives"),
        Entity::Intent(_) => Belonging::Stays("nothing is promised where nothing is in progress"),
        Entity::StackWait(_) => Belonging::Stays("nobody waits for a stack where nothing is in progress"),
        Entity::Preview(_) => {
            Belonging::Stays("a preview shows the installation that it was made in, for a week")
        }
        Entity::ClientToken(_) => Belonging::Stays(
            "a repeated call is recognised by the name of what it made, and tokens last for hours",
        ),
        Entity::Upload(_) => Belonging::Stays("it remembers objects of the old upload bucket"),
        Entity::FleetUpdate(_) | Entity::FleetTarget(_) => Belonging::Stays(
            "a fleet update tells of the installation that it was made in; its deployments move",
        ),
        Entity::Import(_) => Belonging::Stays("it tells how the old installation came about"),
    }
}

/// The kind of a record, as people count them.
#[must_use]
pub const fn kind(entity: &Entity) -> &'static str {
    match entity {
        Entity::Template(_) => "templates",
        Entity::TemplateVersion(_) => "template versions",
        Entity::Environment(_) => "environments",
        Entity::Service(_) => "services",
        Entity::ServiceInstance(_) => "service instances",
        Entity::ServicePipeline(_) => "pipelines",
        Entity::Component(_) => "components",
        Entity::Deployment(_) => "deployments",
        Entity::Repository(_) => "repositories",
        Entity::AccountConnection(_) => "account connections",
        Entity::ConnectionClaim(_) => "claims of connections",
        Entity::SyncConfig(_) => "sync configurations",
        Entity::SyncBlocker(_) => "sync blockers",
        Entity::Reference(_) => "references",
        Entity::AccountSettings(_) => "account settings",
        Entity::Tally(_) => "counters",
        Entity::Intent(_) => "intents",
        Entity::StackWait(_) => "waits for stacks",
        Entity::Preview(_) => "previews",
        Entity::ClientToken(_) => "client tokens",
        Entity::Upload(_) => "uploads",
        Entity::Import(_) => "imports",
        Entity::FleetUpdate(_) => "fleet updates",
        Entity::FleetTarget(_) => "targets of fleet updates",
    }
}

/// What a record tells of work in progress; nothing when there is none.
#[must_use]
pub fn work(entity: &Entity) -> Option<String> {
    let deploying = |is_open: bool, what: String| is_open.then_some(what);
    match entity {
        Entity::Environment(record) => {
            deploying(record.deployable.status().is_in_progress(), format!("environment/{}", record.name))
        }
        Entity::ServiceInstance(record) => deploying(
            record.deployable.status().is_in_progress(),
            format!("service/{}/service-instance/{}", record.service, record.name),
        ),
        Entity::ServicePipeline(record) => deploying(
            record.deployable.status().is_in_progress(),
            format!("service/{}/pipeline", record.service),
        ),
        Entity::Component(record) => {
            deploying(record.deployable.status().is_in_progress(), format!("component/{}", record.name))
        }
        Entity::Deployment(record) => {
            deploying(record.is_open(), format!("deployment/{} of {}", record.id, record.target))
        }
        Entity::Service(record) => deploying(record.operation.is_some(), format!("service/{}", record.name)),
        Entity::TemplateVersion(record) => deploying(
            record.watch.is_some(),
            format!("the registration of {} {}", record.template, record.version),
        ),
        Entity::Preview(record) => deploying(record.watch.is_some(), format!("preview {}", record.id)),
        Entity::Intent(record) => Some(format!("what was promised by intent {}", record.id)),
        Entity::FleetUpdate(record) => {
            deploying(!record.status().is_final(), format!("the fleet update {}", record.id))
        }
        Entity::Import(record) => {
            deploying(record.completed_at.is_none(), format!("the import of export {}", record.id))
        }
        Entity::Template(_)
        | Entity::Repository(_)
        | Entity::AccountConnection(_)
        | Entity::ConnectionClaim(_)
        | Entity::SyncConfig(_)
        | Entity::SyncBlocker(_)
        | Entity::Reference(_)
        | Entity::AccountSettings(_)
        | Entity::Tally(_)
        | Entity::StackWait(_)
        | Entity::ClientToken(_)
        | Entity::FleetTarget(_)
        | Entity::Upload(_) => None,
    }
}

/// How the keys of the artifact bucket begin, and whether what lies there moves. An export stops at an object that no line
/// here is about, so nothing can be forgotten.
const OBJECTS: [(&str, Belonging); 7] = [
    ("bundles/", Belonging::Moves),
    ("documents/", Belonging::Moves),
    ("deployments/", Belonging::Moves),
    ("fleets/", Belonging::Stays("a plan shows the installation that it was made in")),
    ("policies/", Belonging::Stays(POLICIES)),
    ("accepted-policies/", Belonging::Stays(POLICIES)),
    ("previews/", Belonging::Stays("a preview shows the installation that it was made in, for a week")),
];

const POLICIES: &str =
    "policies name the roles of the account that they are for; put them there with `aws s3 sync`";

/// Whether an object of the artifact bucket moves; nothing for one that this version doesn't know.
#[must_use]
pub fn of_object(key: &str) -> Option<Belonging> {
    OBJECTS.iter().find(|(prefix, _)| key.starts_with(prefix)).map(|(_, belonging)| *belonging)
}

/// The digest that an object's key promises, in hexadecimal; nothing for keys that promise none.
#[must_use]
pub fn digest_of_key(key: &str) -> Option<&str> {
    let name = key.strip_prefix("bundles/sha256/").and_then(|name| name.strip_suffix(".tar.gz"));
    name.or_else(|| key.strip_prefix("documents/sha256/"))
}

/// A record's name, for people: its kind and its key.
#[must_use]
pub fn name(entity: &Entity) -> String {
    match entity.key() {
        Key::Template(kind, name) => format!("{}/{name}", kind.arn_segment()),
        Key::TemplateVersion(kind, name, version) => format!("{}/{name}:{version}", kind.arn_segment()),
        Key::Environment(name) => format!("environment/{name}"),
        Key::Service(name) => format!("service/{name}"),
        Key::ServiceInstance(service, name) => format!("service/{service}/service-instance/{name}"),
        Key::ServicePipeline(service) => format!("service/{service}/pipeline"),
        Key::Component(name) => format!("component/{name}"),
        Key::Deployment(id) => format!("deployment/{id}"),
        Key::Repository(id) => format!("repository/{id}"),
        Key::AccountConnection(id) => format!("environment-account-connection/{id}"),
        Key::AccountSettings => "the account settings".to_owned(),
        other => format!("{} {other:?}", kind(entity)),
    }
}

#[cfg(test)]
mod tests {
    use protium_domain::identifier::Identifier;

    use super::*;
    use crate::artifact;

    #[test]
    fn every_object_that_protium_makes_is_declared() {
        let id = Identifier::new("0190163d-8694-739b-aea5-966c26f8ad91").expect("valid");
        let keys = [
            (artifact::bundle_key("d"), true),
            (artifact::rendered_key(&id), true),
            (artifact::parameters_key(&id), true),
            (artifact::report_key(&id), true),
            (artifact::document_key("d"), true),
            (artifact::preview_rendered_key(&id), false),
            (artifact::preview_parameters_key(&id), false),
            (artifact::preview_text_key(&id, "x"), false),
        ];
        for (key, moves) in keys {
            assert_eq!(of_object(&key).map(|it| it == Belonging::Moves), Some(moves), "{key}");
        }
        assert_eq!(of_object("new-family/x"), None);
    }

    #[test]
    fn digests_are_read_from_keys_that_have_one() {
        for digest in ["d", "e"] {
            assert_eq!(digest_of_key(&artifact::bundle_key(digest)), Some(digest));
            assert_eq!(digest_of_key(&artifact::document_key(digest)), Some(digest));
        }
        assert_eq!(digest_of_key("deployments/x/report.json"), None);
    }
}
