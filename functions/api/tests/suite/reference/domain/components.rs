//! Components: behaviour 2.7.

use super::*;

impl Domain {
    /// The rules that a component breaks in an environment.
    pub(super) fn place_rules(&self, environment: Name) -> Broken {
        let Some(environment) = self.environments.get(environment) else { return only(Class::NotFound) };
        broken(&[
            (environment.deployed.status == Status::DeleteInProgress, Class::Conflict),
            (!environment.deployed.ever || self.is_orphan(environment), Class::Validation),
        ])
    }

    /// The rules that a component breaks by what is going on at an instance, and those by being attached to it.
    pub(super) fn instance_rules(&self, name: Name, service: Name, instance: Name, attaches: bool) -> Broken {
        let Some(found) = self.instances.get(&(service, instance)) else { return only(Class::NotFound) };
        let mut rules =
            broken(&[(found.deployed.is_busy() || self.services[service].work.is_some(), Class::Conflict)]);
        if attaches {
            let template = &self.templates[&(Kind::Service, self.services[service].template)];
            let takes = template.open.contains(&found.deployed.state);
            rules.extend(broken(&[
                (found.component.is_some_and(|other| other != name), Class::Conflict),
                (found.deployed.status == Status::DeleteFailed, Class::Conflict),
                (!takes, Class::Validation),
            ]));
        }
        rules
    }

    pub(super) fn component_create(&mut self, name: Name, place: Place, code: Size) -> Broken {
        let mut rules = broken(&[(self.components.contains_key(name), Class::Conflict)]);
        let (environment, attached) = match place {
            Place::Environment(environment) => (environment, None),
            Place::Instance(service, instance) => {
                rules.extend(self.instance_rules(name, service, instance, true));
                let Some(found) = self.instances.get(&(service, instance)) else { return rules };
                (found.environment, Some((service, instance)))
            }
        };
        rules.extend(self.place_rules(environment));
        if rules.is_empty() {
            if let Some(place) = attached {
                self.instances.get_mut(&place).expect("it is there").component = Some(name);
            }
            let history = self.history(Target::Component(name));
            let deployed = Deployable::new(ComponentState { code, attached }, history);
            self.components.insert(name, Component { environment, deployed });
        }
        rules
    }

    pub(super) fn component_update(&mut self, name: Name, attach: Attach, code: Option<Size>) -> Broken {
        let Some(component) = self.components.get(name) else { return only(Class::NotFound) };
        let state = component.deployed.state;
        let mut rules = broken(&[(component.deployed.is_busy(), Class::Conflict)]);
        rules.extend(self.place_rules(component.environment));
        let attached = match attach {
            Attach::Keep => state.attached,
            Attach::Detach => None,
            Attach::To(service, instance) => Some((service, instance)),
        };
        if state.attached.is_some() && attached.is_some() && attached != state.attached {
            rules.insert(Class::Conflict);
        }
        if let Some((service, instance)) = attached.or(state.attached) {
            rules.extend(self.instance_rules(name, service, instance, attached.is_some()));
            let moves = |it: &Instance| it.environment != component.environment;
            if self.instances.get(&(service, instance)).is_some_and(moves) {
                rules.insert(Class::Validation);
            }
        }
        if rules.is_empty() {
            if let Some(place) = attached {
                self.instances.get_mut(&place).expect("it is there").component = Some(name);
            }
            let code = code.unwrap_or(state.code);
            self.components
                .get_mut(name)
                .expect("it is there")
                .deployed
                .update(ComponentState { code, attached });
        }
        rules
    }

    pub(super) fn component_delete(&mut self, name: Name) -> Broken {
        let Some(component) = self.components.get_mut(name) else { return Broken::new() };
        let is_attached = component.deployed.state.attached.is_some();
        component.deployed.delete(is_attached)
    }

    pub(super) fn components_run(&mut self, weather: Weather) {
        let names: Vec<Name> = self.components.keys().copied().collect();
        for name in names {
            let weather = self.weather_in(self.components[name].environment, weather);
            let component = self.components.get_mut(name).expect("it is there");
            let is_detached =
                component.deployed.states().last().is_some_and(|state| state.attached.is_none());
            let stays = component.deployed.finish(weather);
            if is_detached && component.deployed.status == Status::Failed {
                // A detachment counts all the same: code that can't be deployed keeps nobody from deleting it.
                component.deployed.state.attached = None;
            }
            // An instance is let go by a component that was detached, or didn't come to be attached.
            let attached = component.deployed.state.attached.filter(|_| stays);
            for (place, instance) in &mut self.instances {
                if instance.component == Some(name) && attached != Some(*place) {
                    instance.component = None;
                }
            }
            if !stays {
                self.components.remove(name);
            }
        }
    }
}
