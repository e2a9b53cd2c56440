//! Services and their instances: behaviour 2.4, 2.5, 3.3.

use super::*;

impl Service {
    /// Whether it, or its pipeline, is about to use, or uses, a version.
    pub(super) fn uses(&self, version: Number) -> bool {
        self.work.as_ref().is_some_and(|work| work.version == Some(version))
            || self.pipeline.iter().any(|it| it.states().any(|state| state.version == version))
    }
}

impl Domain {
    pub(super) fn service_create(
        &mut self,
        name: Name,
        creation: (Name, u64, Vec<Name>, Name, Option<Size>),
    ) -> Broken {
        if let Some(existing) = self.services.get(name) {
            return broken(&[
                (existing.creation != creation, Class::Validation),
                (existing.creation == creation && existing.modified, Class::Conflict),
            ]);
        }
        let (template, major, added, environment, pipeline) = creation.clone();
        let Some(found) = self.templates.get(&(Kind::Service, template)) else {
            return only(Class::NotFound);
        };
        let number = found.recommended_minor(major).map(|minor| (major, minor));
        let mut rules = found.deployable(number);
        let linked = pipeline.is_some();
        rules.extend(broken(&[
            (added.is_empty() || self.uninhabitable(environment), Class::Validation),
            (linked != (template == "app") || pipeline == Some(Size::Wrong), Class::Validation),
            (linked && !self.settings.0, Class::Validation),
        ]));
        if let (Some(version), true) = (number, rules.is_empty()) {
            let instances = added.iter().map(|instance| (*instance, environment)).collect();
            let spec = Spec { instances, pipeline };
            self.instances_add(name, &spec, &added, version);
            let history = self.history(Target::Pipeline(name));
            let state = PipelineState { version, size: pipeline };
            let pipeline = linked.then(|| Deployable::new(state, history));
            let (operation, status) = (Operation::Create, "CREATE_IN_PROGRESS");
            let work = Some(Work { operation, added, version: Some(version), spec: spec.clone() });
            let service = Service {
                template,
                creation,
                modified: false,
                spec,
                version,
                linked,
                pipeline,
                work,
                status,
            };
            self.services.insert(name, service);
        }
        rules
    }

    /// Makes instances, those anew that are there but never came to be, or didn't go.
    fn instances_add(&mut self, service: Name, spec: &Spec, names: &[Name], version: Number) {
        for name in names {
            let history = self.history(Target::Instance(service, name));
            let environment = spec.instances[name];
            match self.instances.get_mut(&(service, *name)) {
                Some(existing) => {
                    existing.environment = environment;
                    existing.deployed.update(version);
                }
                None => {
                    let deployed = Deployable::new(version, history);
                    self.instances
                        .insert((service, *name), Instance { environment, deployed, component: None });
                }
            }
        }
    }

    fn instances_of(&self, service: Name) -> impl Iterator<Item = (Name, &Instance)> {
        self.instances.iter().filter(move |((of, _), _)| *of == service).map(|((_, name), it)| (*name, it))
    }

    fn has_busy_part(&self, service: Name) -> bool {
        self.instances_of(service).any(|(_, it)| it.deployed.is_busy())
            || self.services[service].pipeline.as_ref().is_some_and(Deployable::is_busy)
    }

    /// The version that new parts of a service use, and the rules that this breaks.
    fn service_version(&self, name: Name) -> (Number, Broken) {
        let service = &self.services[name];
        let used = self.instances_of(name).map(|(_, it)| it.deployed.state).chain([service.version]).max();
        let used = used.unwrap_or(service.version);
        let Some(template) = self.templates.get(&(Kind::Service, service.template)) else {
            return (used, only(Class::NotFound));
        };
        let version = match service.pipeline.as_ref().filter(|pipeline| pipeline.ever) {
            Some(pipeline) => pipeline.state.version,
            None => template.recommended_minor(used.0).map_or(used, |minor| (used.0, minor)),
        };
        (version, template.deployable(Some(version)))
    }

    pub(super) fn service_update(&mut self, name: Name, spec: Spec) -> Broken {
        let Some(service) = self.services.get(name) else { return only(Class::NotFound) };
        let is_kept = |instance: &Name| {
            let found = self.instances.get(&(name, *instance));
            found.is_some_and(|it| it.deployed.ever && it.deployed.status != Status::DeleteFailed)
        };
        let (kept, added): (Vec<Name>, Vec<Name>) = spec.instances.keys().copied().partition(is_kept);
        let removed: Vec<Name> = self
            .instances_of(name)
            .map(|(instance, _)| instance)
            .filter(|it| !spec.instances.contains_key(it))
            .collect();
        let differs = |instance: &Name| service.spec.instances.get(instance) != spec.instances.get(instance);
        let again = |instance: &Name| self.instances.get(&(name, *instance));
        let moves = |instance: &Name| {
            again(instance)
                .is_some_and(|it| it.deployed.has_stack() && it.environment != spec.instances[instance])
        };
        let has_pipeline = service.pipeline.as_ref().is_some_and(|pipeline| pipeline.ever);
        let is_attached = removed.iter().chain(&added).filter_map(again).any(|it| it.component.is_some());
        let mut rules = broken(&[
            (service.status.ends_with("IN_PROGRESS") || service.status == "DELETE_FAILED", Class::Conflict),
            (self.has_busy_part(name) || is_attached, Class::Conflict),
            (spec.instances.is_empty() || kept.iter().any(differs), Class::Validation),
            (added.iter().any(|it| self.uninhabitable(spec.instances[it]) || moves(it)), Class::Validation),
            ((has_pipeline || !service.linked) && service.spec.pipeline != spec.pipeline, Class::Validation),
            (spec.pipeline == Some(Size::Wrong), Class::Validation),
            (service.linked && !self.settings.0, Class::Validation),
        ]);
        let makes = !added.is_empty() || (service.linked && !has_pipeline);
        let (version, more) = self.service_version(name);
        rules.extend(more.into_iter().filter(|_| makes));
        if rules.is_empty() {
            self.instances_add(name, &spec, &added, version);
            for instance in &removed {
                let instance = self.instances.get_mut(&(name, *instance)).expect("it is there");
                instance.deployed.hold(Status::DeleteInProgress);
            }
            let history = self.history(Target::Pipeline(name));
            let service = self.services.get_mut(name).expect("it is there");
            match &mut service.pipeline {
                Some(pipeline) => pipeline.hold(Status::InProgress),
                None if service.linked => {
                    let state = PipelineState { version, size: spec.pipeline };
                    service.pipeline = Some(Deployable::new(state, history));
                }
                None => {}
            }
            (service.modified, service.status) = (true, "UPDATE_IN_PROGRESS");
            let (operation, version) = (Operation::Update, makes.then_some(version));
            service.work = Some(Work { operation, added, version, spec });
        }
        rules
    }

    pub(super) fn service_delete(&mut self, name: Name) -> Broken {
        let Some(service) = self.services.get(name) else { return Broken::new() };
        if service.status == "DELETE_IN_PROGRESS" {
            return Broken::new();
        }
        let is_attached = self.instances_of(name).any(|(_, it)| it.component.is_some());
        let rules = broken(&[
            (service.status.ends_with("IN_PROGRESS") || is_attached, Class::Conflict),
            (self.has_busy_part(name), Class::Conflict),
        ]);
        if rules.is_empty() {
            for (_, instance) in self.instances.iter_mut().filter(|((of, _), _)| *of == name) {
                instance.deployed.remove();
            }
            let service = self.services.get_mut(name).expect("it is there");
            service.pipeline.iter_mut().for_each(Deployable::remove);
            let (operation, spec) = (Operation::Delete, Spec::default());
            service.work = Some(Work { operation, added: Vec::new(), version: None, spec });
            service.status = "DELETE_IN_PROGRESS";
        }
        rules
    }

    pub(super) fn instance_create(
        &mut self,
        service: Name,
        name: Name,
        environment: Name,
        minor: Option<u64>,
    ) -> Broken {
        let is_there = self.instances.contains_key(&(service, name));
        let Some(found) = self.services.get(service) else { return only(Class::NotFound) };
        let mut rules = broken(&[
            (is_there || found.work.is_some() || found.status == "DELETE_FAILED", Class::Conflict),
            (self.uninhabitable(environment), Class::Validation),
        ]);
        let (used, more) = self.service_version(service);
        rules.extend(more);
        let template = self.templates.get(&(Kind::Service, found.template));
        let recommended = template.and_then(|template| template.recommended_minor(used.0));
        let version = minor.or(recommended).map_or(used, |minor| (used.0, minor));
        rules.extend(template.map_or(only(Class::NotFound), |template| template.deployable(Some(version))));
        if rules.is_empty() {
            let spec = Spec { instances: BTreeMap::from([(name, environment)]), pipeline: None };
            self.instances_add(service, &spec, &[name], version);
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
            (self.services[service].work.is_some() || instance.deployed.is_busy(), Class::Conflict),
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

    pub(super) fn instance_cancel(&mut self, service: Name, name: Name) -> Broken {
        let held = self.services.get(service).is_some_and(|service| service.work.is_some());
        match self.instances.get_mut(&(service, name)) {
            None => only(Class::NotFound),
            Some(_) if held => only(Class::Conflict),
            Some(instance) => instance.deployed.cancel(),
        }
    }

    /// Updates of single instances end; their sections are the service's from then on.
    pub(super) fn instances_run(&mut self, weather: Weather) {
        let places: Vec<(Name, Name)> = self.instances.keys().copied().collect();
        for place in places {
            let weather = self.weather_in(self.instances[&place].environment, weather);
            let instance = self.instances.get_mut(&place).expect("it is there");
            let was_at_it = instance.deployed.status == Status::InProgress;
            instance.deployed.finish(weather);
            if was_at_it && instance.deployed.status == Status::Succeeded {
                let service = self.services.get_mut(place.0).expect("it is there");
                let before = service.spec.instances.insert(place.1, instance.environment);
                service.modified |= before != Some(instance.environment);
            }
        }
    }
}
