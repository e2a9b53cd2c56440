//! Services and their instances: behaviour 2.4, 2.5, 3.3.

use super::*;

impl Domain {
    pub(super) fn service_create(&mut self, name: Name, creation: (Name, u64, Vec<Name>, Name)) -> Broken {
        if let Some(existing) = self.services.get(name) {
            return broken(&[
                (existing.creation != creation, Class::Validation),
                (existing.creation == creation && existing.modified, Class::Conflict),
            ]);
        }
        let (template, major, instances, environment) = creation.clone();
        let Some(found) = self.templates.get(&(Kind::Service, template)) else {
            return only(Class::NotFound);
        };
        let number = found.recommended_minor(major).map(|minor| (major, minor));
        let mut rules = found.deployable(number);
        rules.extend(broken(&[(instances.is_empty() || self.uninhabitable(environment), Class::Validation)]));
        if let (Some(version), true) = (number, rules.is_empty()) {
            let spec: BTreeMap<_, _> = instances.iter().map(|instance| (*instance, environment)).collect();
            self.instances_add(name, &spec, &instances, version);
            let operation = Some((Operation::Create, instances, spec.clone()));
            let status = "CREATE_IN_PROGRESS";
            self.services.insert(
                name,
                Service { template, creation, modified: false, spec, version, operation, status },
            );
        }
        rules
    }

    pub(super) fn instances_add(
        &mut self,
        service: Name,
        spec: &BTreeMap<Name, Name>,
        names: &[Name],
        version: Number,
    ) {
        for name in names {
            let instance =
                Instance { environment: spec[name], deployed: Deployable::new(version), component: None };
            self.instances.insert((service, *name), instance);
        }
    }

    pub(super) fn instances_of(&self, service: Name) -> impl Iterator<Item = (Name, &Instance)> {
        self.instances.iter().filter(move |((of, _), _)| *of == service).map(|((_, name), it)| (*name, it))
    }

    pub(super) fn service_update(&mut self, name: Name, spec: BTreeMap<Name, Name>) -> Broken {
        let Some(service) = self.services.get(name) else { return only(Class::NotFound) };
        let kept = |instance: &Name| self.instances.contains_key(&(name, *instance));
        let added: Vec<Name> = spec.keys().filter(|instance| !kept(instance)).copied().collect();
        let removed: Vec<Name> = self
            .instances_of(name)
            .map(|(instance, _)| instance)
            .filter(|it| !spec.contains_key(it))
            .collect();
        let differs = |instance: &Name| kept(instance) && service.spec.get(instance) != spec.get(instance);
        let mut rules = broken(&[
            (service.status.ends_with("IN_PROGRESS") || service.status == "DELETE_FAILED", Class::Conflict),
            (self.instances_of(name).any(|(_, it)| it.deployed.is_busy()), Class::Conflict),
            (removed.iter().any(|it| self.instances[&(name, *it)].component.is_some()), Class::Conflict),
            (spec.is_empty() || spec.keys().any(differs), Class::Validation),
            (added.iter().any(|it| self.uninhabitable(spec[it])), Class::Validation),
        ]);
        let mut version = service.version;
        if !added.is_empty() {
            let used = self.instances_of(name).map(|(_, it)| it.deployed.state).chain([version]).max();
            let used = used.unwrap_or(version);
            match self.templates.get(&(Kind::Service, service.template)) {
                None => rules.extend(only(Class::NotFound)),
                Some(template) => {
                    version = template.recommended_minor(used.0).map_or(used, |minor| (used.0, minor));
                    rules.extend(template.deployable(Some(version)));
                }
            }
        }
        if rules.is_empty() {
            self.instances_add(name, &spec, &added, version);
            for instance in &removed {
                self.instances.get_mut(&(name, *instance)).expect("it is there").deployed.mark();
            }
            let service = self.services.get_mut(name).expect("it is there");
            if !added.is_empty() {
                service.version = version;
            }
            (service.modified, service.status) = (true, "UPDATE_IN_PROGRESS");
            service.operation = Some((Operation::Update, added, spec));
        }
        rules
    }

    pub(super) fn service_delete(&mut self, name: Name) -> Broken {
        let Some(service) = self.services.get(name) else { return Broken::new() };
        if service.status == "DELETE_IN_PROGRESS" {
            return Broken::new();
        }
        let rules = broken(&[
            (service.status.ends_with("IN_PROGRESS"), Class::Conflict),
            (
                self.instances_of(name).any(|(_, it)| it.deployed.is_busy() || it.component.is_some()),
                Class::Conflict,
            ),
        ]);
        if rules.is_empty() {
            for (_, instance) in self.instances.iter_mut().filter(|((of, _), _)| *of == name) {
                instance.deployed.mark();
            }
            let service = self.services.get_mut(name).expect("it is there");
            service.operation = Some((Operation::Delete, Vec::new(), BTreeMap::new()));
            service.status = "DELETE_IN_PROGRESS";
        }
        rules
    }

    pub(super) fn instance_update(
        &mut self,
        service: Name,
        name: Name,
        by: Type,
        minor: Option<u64>,
    ) -> Broken {
        let Some(instance) = self.instances.get(&(service, name)) else { return only(Class::NotFound) };
        let component = instance.component.and_then(|component| self.components.get(component));
        let template = &self.templates[&(Kind::Service, self.services[service].template)];
        let deploys = by != Type::None;
        let mut rules = broken(&[
            (self.services[service].operation.is_some() || instance.deployed.is_busy(), Class::Conflict),
            (instance.deployed.status == Status::DeleteFailed, Class::Conflict),
            (deploys && component.is_some_and(|component| component.deployed.is_busy()), Class::Conflict),
            (deploys && self.uninhabitable(instance.environment), Class::Validation),
        ]);
        match template.target(instance.deployed.state, by, None, minor) {
            Err(more) => rules.extend(more),
            Ok(version) if rules.is_empty() && deploys => {
                self.instances.get_mut(&(service, name)).expect("it is there").deployed.update(version);
            }
            Ok(_) => {}
        }
        rules
    }

    pub(super) fn service_run(&mut self, name: Name, weather: Weather) {
        let service = self.services.get_mut(name).expect("it is there");
        let Some((operation, added, spec)) = service.operation.take() else { return };
        let fails = operation != Operation::Delete && weather == Weather::CreationsFail && !added.is_empty();
        if fails {
            // What was made is cleaned away, and what was to be removed stays as it was.
            self.instances.retain(|(of, instance), _| *of != name || !added.contains(instance));
            for (_, instance) in self.instances.iter_mut().filter(|((of, _), _)| *of == name) {
                instance.deployed.restore();
            }
            service.status = match operation {
                Operation::Create => "CREATE_FAILED_CLEANUP_COMPLETE",
                _ => "UPDATE_FAILED_CLEANUP_COMPLETE",
            };
            return;
        }
        self.instances.retain(|(of, _), instance| *of != name || instance.deployed.finish(weather));
        let is_left = |((of, _), it): (&(Name, Name), &Instance)| {
            *of == name && it.deployed.status == Status::DeleteFailed
        };
        let is_left = self.instances.iter().any(is_left);
        match (operation, is_left) {
            (Operation::Delete, false) => {
                self.services.remove(name);
            }
            (Operation::Delete, true) => service.status = "DELETE_FAILED",
            (_, left) => {
                service.status = if left { "UPDATE_COMPLETE_CLEANUP_FAILED" } else { "ACTIVE" };
                service.spec = spec;
            }
        }
    }
}

impl Service {
    /// Whether an operation that deploys its version is under way.
    pub(super) fn makes(&self) -> bool {
        self.operation.as_ref().is_some_and(|(_, added, _)| !added.is_empty())
    }
}
