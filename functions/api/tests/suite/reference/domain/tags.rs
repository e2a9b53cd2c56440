//! The customer's tags: behaviour 11.

use super::*;

impl Domain {
    /// Sets a tag, or takes it off.
    pub(super) fn tag(&mut self, thing: Thing, key: Name, value: Option<Name>) -> Broken {
        let Some(tags) = self.tags.get_mut(&thing) else { return only(Class::NotFound) };
        match value {
            Some(value) => tags.insert(key, value),
            None => tags.remove(key),
        };
        Broken::new()
    }

    /// What is gone has no tags any more; what is new has those that its parents have now.
    pub(super) fn tags_settle(&mut self) {
        let things = self.things();
        self.tags.retain(|thing, _| things.contains_key(thing));
        for (thing, parents) in things {
            let of = |parent: &Thing| self.tags.get(parent).cloned().unwrap_or_default();
            let inherited = parents.iter().flat_map(of).collect();
            self.tags.entry(thing).or_insert(inherited);
        }
    }

    /// What carries tags, with its parents; those that count more are later.
    fn things(&self) -> BTreeMap<Thing, Vec<Thing>> {
        let mut things = BTreeMap::new();
        for ((kind, name), template) in &self.templates {
            let parent = Thing::Template(*kind, name);
            things.insert(parent, Vec::new());
            let versions = template.versions.keys();
            things.extend(versions.map(|number| (Thing::Version(*kind, name, *number), vec![parent])));
        }
        things.extend(self.environments.keys().map(|name| (Thing::Environment(name), Vec::new())));
        things.extend(self.services.keys().map(|name| (Thing::Service(name), Vec::new())));
        for (service, name) in self.instances.keys() {
            things.insert(Thing::Instance(service, name), vec![Thing::Service(service)]);
        }
        for (name, component) in &self.components {
            let mut parents = vec![Thing::Environment(component.environment)];
            let attached = component.deployed.states().find_map(|state| state.attached);
            parents.extend(attached.map(|(service, instance)| Thing::Instance(service, instance)));
            things.insert(Thing::Component(name), parents);
        }
        things.extend(self.repositories.keys().map(|name| (Thing::Repository(name), Vec::new())));
        let connections = self.connections.iter().enumerate().filter(|(_, it)| !it.gone);
        things.extend(connections.map(|(number, _)| (Thing::Connection(number), Vec::new())));
        things
    }
}
