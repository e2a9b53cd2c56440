//! Environments: behaviour 2.3.

use super::*;

impl Domain {
    pub(super) fn environment_create(
        &mut self,
        name: Name,
        creation: (Name, u64, Option<u64>, Size),
    ) -> Broken {
        if let Some(existing) = self.environments.get(name) {
            return broken(&[
                (existing.creation != creation, Class::Validation),
                (existing.creation == creation && existing.modified, Class::Conflict),
            ]);
        }
        let (template, major, minor, size) = creation;
        let Some(found) = self.templates.get(&(Kind::Environment, template)) else {
            return only(Class::NotFound);
        };
        let number = minor.or_else(|| found.recommended_minor(major)).map(|minor| (major, minor));
        let mut rules = found.deployable(number);
        rules.extend(broken(&[(size == Size::Wrong, Class::Validation)]));
        if let (Some(version), true) = (number, rules.is_empty()) {
            let deployed = Deployable::new(EnvironmentState { version, size });
            self.environments.insert(name, Environment { template, creation, modified: false, deployed });
        }
        rules
    }

    pub(super) fn environment_update(
        &mut self,
        name: Name,
        by: Type,
        (major, minor): (Option<u64>, Option<u64>),
        size: Option<Size>,
    ) -> Broken {
        let Some(environment) = self.environments.get_mut(name) else { return only(Class::NotFound) };
        let template = &self.templates[&(Kind::Environment, environment.template)];
        let state = environment.deployed.state;
        let target = template.target(state.version, by, major, minor);
        let mut rules = broken(&[
            (environment.deployed.is_busy(), Class::Conflict),
            (size == Some(Size::Wrong) || (by == Type::None && size.is_some()), Class::Validation),
        ]);
        match target {
            Err(more) => rules.extend(more),
            Ok(version) if rules.is_empty() => {
                environment.modified = true;
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
        })
    }
}
