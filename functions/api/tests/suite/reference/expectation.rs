//! What the API must show of a domain: the lines that [`super::sight`] reads.

use super::acts::{Kind, Number, Subject};
use super::deployable::{Deployable, State};
use super::domain::{ConnectionStatus, Domain, Template, VersionStatus};
use super::sight::Seen;

impl Domain {
    /// All that the API must show.
    pub(super) fn seen(&self) -> Seen {
        let mut seen = Seen::new();
        self.show_lists(&mut seen);
        self.show_templates(&mut seen);
        self.show_deployed(&mut seen);
        self.show_links(&mut seen);
        self.show_counts(&mut seen);
        for (thing, tags) in self.tags.iter().filter(|(_, tags)| !tags.is_empty()) {
            let tags: Vec<_> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
            seen.insert(format!("tags of {thing:?}"), tags.join(" "));
        }
        for (target, history) in &self.histories {
            let history = history.borrow();
            let known = history.iter().rev().filter(|attempt| !attempt.forgotten);
            let statuses: Vec<_> = known.map(|attempt| attempt.ended.unwrap_or("under way")).collect();
            if !statuses.is_empty() {
                seen.insert(format!("deployments of {target:?}"), statuses.join(", "));
            }
        }
        seen
    }

    fn show_lists(&self, seen: &mut Seen) {
        let mut show = |what: &str, names: Vec<String>| seen.insert(what.to_owned(), names.join(", "));
        for (kind, what) in
            [(Kind::Environment, "environment templates"), (Kind::Service, "service templates")]
        {
            let names = self.templates.keys().filter(|(of, _)| *of == kind);
            show(what, names.map(|(_, name)| (*name).to_owned()).collect());
        }
        show("environments", self.environments.keys().map(ToString::to_string).collect());
        show("services", self.services.keys().map(ToString::to_string).collect());
        show("instances", self.instances.keys().map(|(service, name)| format!("{service}/{name}")).collect());
        show("components", self.components.keys().map(ToString::to_string).collect());
        show("repositories", self.repositories.keys().map(ToString::to_string).collect());
    }

    fn show_templates(&self, seen: &mut Seen) {
        for ((kind, name), template) in &self.templates {
            let recommended = template.recommended().map(number).unwrap_or_default();
            seen.insert(format!("{} template {name}", kind.word()), recommended);
            for (version, status) in &template.versions {
                let status = match status {
                    VersionStatus::Registering => "REGISTRATION_IN_PROGRESS",
                    VersionStatus::Failed => "REGISTRATION_FAILED",
                    VersionStatus::Draft => "DRAFT",
                    VersionStatus::Published => "PUBLISHED",
                };
                seen.insert(
                    format!("{} template {name} {}", kind.word(), number(*version)),
                    status.to_owned(),
                );
            }
        }
    }

    fn show_deployed(&self, seen: &mut Seen) {
        for (name, it) in &self.environments {
            let (status, version) = (it.deployed.status.text(), number(it.deployed.state.version));
            let connection = it.connection;
            let line = format!("{status} {version} by {connection:?}: {}", provisioned(&it.deployed));
            seen.insert(format!("environment {name}"), line);
        }
        for (name, it) in &self.services {
            seen.insert(format!("service {name}"), it.status.to_owned());
            if let Some(it) = &it.pipeline {
                let line = format!("{} {}: {}", it.status.text(), number(it.state.version), provisioned(it));
                seen.insert(format!("pipeline {name}"), line);
            }
        }
        for ((service, name), it) in &self.instances {
            let (status, version) = (it.deployed.status.text(), number(it.deployed.state));
            let line = format!("{status} {version} in {}: {}", it.environment, provisioned(&it.deployed));
            seen.insert(format!("instance {service}/{name}"), line);
        }
        for (name, it) in &self.components {
            let (service, instance) = it.deployed.state.attached.unwrap_or_default();
            let status = it.deployed.status.text();
            let line = format!("{status} {service}/{instance}: {}", provisioned(&it.deployed));
            seen.insert(format!("component {name}"), line);
        }
    }

    fn show_links(&self, seen: &mut Seen) {
        let there: Vec<_> = self.connections.iter().enumerate().filter(|(_, it)| !it.gone).collect();
        for (number, it) in &there {
            let status = match it.status {
                ConnectionStatus::Pending => "PENDING",
                ConnectionStatus::Connected => "CONNECTED",
                ConnectionStatus::Rejected => "REJECTED",
            };
            seen.insert(format!("connection {number}"), format!("{status} for {}", it.environment));
        }
        let numbers: Vec<_> = there.iter().rev().map(|(number, _)| *number).collect();
        seen.insert("connections".to_owned(), format!("{numbers:?}"));
        for (name, number) in &self.repositories {
            let of_it = self.syncs.iter().filter(|(_, repository)| *repository == name);
            let parents: Vec<_> = of_it.map(|(subject, _)| subject.name()).collect();
            seen.insert(format!("repository {name}"), format!("{number} for {}", parents.join(", ")));
        }
        for (subject, repository) in &self.syncs {
            seen.insert(format!("sync {}", subject.name()), (*repository).to_owned());
            let statuses = match subject {
                Subject::Template(name) => vec![(*name).to_owned()],
                Subject::Service(name) => {
                    let of_it = self.instances.keys().filter(|(service, _)| service == name);
                    of_it.map(|(service, instance)| format!("{service}/{instance}")).collect()
                }
            };
            seen.extend(statuses.into_iter().map(|name| (format!("sync status {name}"), String::new())));
        }
        let instances = self.instances.keys().map(|(service, instance)| (*service, Some(*instance)));
        for place in self.services.keys().map(|service| (*service, None)).chain(instances) {
            let of_it = self.blockers.iter().rev().filter(|it| it.place == place && !it.past);
            let status = |resolved: bool| if resolved { "RESOLVED" } else { "ACTIVE" };
            let statuses: Vec<_> = of_it.map(|it| status(it.resolved)).collect();
            let what = format!("blockers {}/{}", place.0, place.1.unwrap_or_default());
            seen.insert(what, statuses.join(", "));
        }
        let (role, repository) = self.settings;
        seen.insert("settings".to_owned(), format!("{role} {}", repository.unwrap_or_default()));
    }

    fn show_counts(&self, seen: &mut Seen) {
        let mut show = |kind: &str, counts: [usize; 5]| {
            seen.insert(format!("count of {kind}"), format!("{counts:?}"));
        };
        let templates = |kind| self.templates.keys().filter(|(of, _)| *of == kind).count();
        show("environmentTemplates", [templates(Kind::Environment), 0, 0, 0, 0]);
        show("serviceTemplates", [templates(Kind::Service), 0, 0, 0, 0]);
        let failed = self.components.values().filter(|it| it.deployed.has_failed()).count();
        show("components", [self.components.len(), failed, 0, 0, 0]);
        let of = |kind, name| self.templates.get(&(kind, name));
        let environments = self.environments.values();
        show(
            "environments",
            counts(environments.map(|it| {
                (of(Kind::Environment, it.template), it.deployed.state.version, it.deployed.has_failed())
            })),
        );
        let template = |service| of(Kind::Service, self.services[service].template);
        let instances = self.instances.iter();
        show(
            "serviceInstances",
            counts(
                instances.map(|((service, _), it)| {
                    (template(*service), it.deployed.state, it.deployed.has_failed())
                }),
            ),
        );
        let pipelines =
            self.services.iter().filter_map(|(name, it)| it.pipeline.as_ref().map(|it| (name, it)));
        show(
            "pipelines",
            counts(pipelines.map(|(name, it)| (template(*name), it.state.version, it.has_failed()))),
        );
        let services = self.services.iter();
        show(
            "services",
            counts(services.map(|(name, it)| (template(*name), it.version, it.status.contains("FAILED")))),
        );
    }
}

impl Subject {
    fn name(self) -> &'static str {
        match self {
            Self::Template(name) | Self::Service(name) => name,
        }
    }
}

fn number((major, minor): Number) -> String {
    format!("{major}.{minor}")
}

/// What was provisioned is that of the last success.
fn provisioned<S: State>(deployed: &Deployable<S>) -> &'static str {
    if deployed.ever { "Endpoint Topic" } else { "" }
}

/// All, those that failed, and how far they are behind what is recommended (behaviour 2.8).
fn counts<'a>(of: impl Iterator<Item = (Option<&'a Template>, Number, bool)>) -> [usize; 5] {
    let mut counts = [0; 5];
    for (template, version, has_failed) in of {
        let best = template.and_then(Template::recommended).unwrap_or(version);
        let behind = match best {
            (major, _) if major > version.0 => 4,
            (major, minor) if major == version.0 && minor > version.1 => 3,
            _ => 2,
        };
        counts[0] += 1;
        counts[1] += usize::from(has_failed);
        counts[behind] += 1;
    }
    counts
}
