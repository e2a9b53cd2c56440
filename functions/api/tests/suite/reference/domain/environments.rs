//! Environments: behaviour 2.3.

use super::*;

impl Domain {
    pub(super) fn environment_create(&mut self, name: Name, creation: EnvironmentCreation) -> Broken {
        if let Some(existing) = self.environments.get(name) {
            return broken(&[
                (existing.creation != creation, Class::Validation),
                (existing.creation == creation && existing.modified, Class::Conflict),
            ]);
        }
        let (template, major, minor, size, connection) = creation;
        let mut rules = connection.map(|number| self.lend_rules(number, name)).unwrap_or_default();
        let Some(found) = self.templates.get(&(Kind::Environment, template)) else {
            rules.insert(Class::NotFound);
            return rules;
        };
        let number = minor.or_else(|| found.recommended_minor(major)).map(|minor| (major, minor));
        rules.extend(found.deployable(number));
        rules.extend(broken(&[(size == Size::Wrong, Class::Validation)]));
        if let (Some(version), true) = (number, rules.is_empty()) {
            let history = self.history(Target::Environment(name));
            let deployed = Deployable::new(EnvironmentState { version, size }, history);
            let environment = Environment { template, creation, modified: false, connection, deployed };
            self.environments.insert(name, environment);
        }
        rules
    }

    pub(super) fn environment_update(
        &mut self,
        name: Name,
        by: Type,
        (major, minor): (Option<u64>, Option<u64>),
        size: Option<Size>,
        connection: Option<usize>,
    ) -> Broken {
        let Some(environment) = self.environments.get(name) else { return only(Class::NotFound) };
        let template = &self.templates[&(Kind::Environment, environment.template)];
        let state = environment.deployed.state;
        let target = template.target(state.version, by, major, minor);
        let mut rules = broken(&[
            (environment.deployed.is_busy(), Class::Conflict),
            (size == Some(Size::Wrong) || (by == Type::None && size.is_some()), Class::Validation),
        ]);
        if let Some(number) = connection {
            rules.extend(self.replacement_rules(number, name));
        }
        let environment = self.environments.get_mut(name).expect("it is there");
        match target {
            Err(more) => rules.extend(more),
            Ok(version) if rules.is_empty() => {
                environment.modified = true;
                environment.connection = connection.or(environment.connection);
                if by != Type::None {
                    let size = size.unwrap_or(state.size);
                    environment.deployed.update(EnvironmentState { version, size });
                }
            }
            Ok(_) => {}
        }
        rules
    }

    pub(super) fn environment_delete(&mut self, name: Name) -> Broken {
        let is_used = self.instances.values().any(|it| it.environment == name)
            || self.components.values().any(|it| it.environment == name);
        let Some(environment) = self.environments.get_mut(name) else { return Broken::new() };
        environment.deployed.delete(is_used)
    }

    /// The rules that an instance of a service template breaks by living in an environment: all go with `grid` 1 alone.
    pub(super) fn uninhabitable(&self, environment: Name) -> bool {
        self.environments.get(environment).is_none_or(|it| {
            (it.template, it.deployed.state.version.0) != ("grid", 1)
                || !it.deployed.ever
                || it.deployed.status == Status::DeleteInProgress
                || self.is_orphan(it)
        })
    }

    pub(super) fn environments_run(&mut self, weather: Weather) {
        let names: Vec<Name> = self.environments.keys().copied().collect();
        for name in names {
            let weather = self.weather_in(name, weather);
            if !self.environments.get_mut(name).expect("it is there").deployed.finish(weather) {
                self.environments.remove(name);
            }
        }
    }
}
