//! Links to repositories and what uses them, what keeps synchronisation from going on, and the account's settings:
//! behaviour 2.8, 2.11, 8.

use super::*;

impl Domain {
    pub(super) fn repository_create(&mut self, name: Name, number: u8) -> Broken {
        let other = self.repositories.get(name).is_some_and(|linked| *linked != number);
        if !other {
            self.repositories.insert(name, number);
        }
        broken(&[(other, Class::Conflict)])
    }

    pub(super) fn repository_delete(&mut self, name: Name) -> Broken {
        let is_used = self.syncs.values().any(|used| *used == name) || self.settings.1 == Some(name);
        let rules =
            broken(&[(!self.repositories.contains_key(name), Class::NotFound), (is_used, Class::Conflict)]);
        if rules.is_empty() {
            self.repositories.remove(name);
        }
        rules
    }

    pub(super) fn sync_create(&mut self, subject: Subject, repository: Name) -> Broken {
        let exists = match subject {
            Subject::Template(name) => self.templates.contains_key(&(Kind::Environment, name)),
            Subject::Service(name) => self.services.contains_key(name),
        };
        let rules = broken(&[
            (self.syncs.contains_key(&subject), Class::Conflict),
            (!exists || !self.repositories.contains_key(repository), Class::Validation),
        ]);
        if rules.is_empty() {
            self.syncs.insert(subject, repository);
        }
        rules
    }

    pub(super) fn sync_update(&mut self, subject: Subject, repository: Name) -> Broken {
        let is_there = self.syncs.contains_key(&subject) && self.repositories.contains_key(repository);
        if is_there {
            self.syncs.insert(subject, repository);
        }
        broken(&[(!is_there, Class::NotFound)])
    }

    /// Somebody changes by hand what is synchronised; whether there is such a thing.
    pub(in super::super) fn block(&mut self, service: Name, instance: Option<Name>) -> bool {
        let is_there = self.services.contains_key(service)
            && instance.is_none_or(|instance| self.instances.contains_key(&(service, instance)));
        if is_there {
            self.blockers.push(Blocker { place: (service, instance), resolved: false, past: false });
        }
        is_there
    }

    pub(super) fn blocker_resolve(&mut self, number: usize) -> Broken {
        let Some(blocker) = self.blockers.get_mut(number) else { return only(Class::NotFound) };
        let again = std::mem::replace(&mut blocker.resolved, true);
        broken(&[(again, Class::Conflict)])
    }

    pub(super) fn settings_update(&mut self, role: Setting<()>, repository: Setting<Name>) -> Broken {
        if let Setting::To(name) = repository
            && !self.repositories.contains_key(name)
        {
            return only(Class::Validation);
        }
        match role {
            Setting::Keep => {}
            role => self.settings.0 = role == Setting::To(()),
        }
        match repository {
            Setting::Keep => {}
            Setting::Clear => self.settings.1 = None,
            Setting::To(name) => self.settings.1 = Some(name),
        }
        Broken::new()
    }

    /// What goes with a service.
    pub(super) fn service_forget(&mut self, name: Name) {
        self.syncs.remove(&Subject::Service(name));
        for blocker in self.blockers.iter_mut().filter(|blocker| blocker.place.0 == name) {
            blocker.past = true;
        }
    }
}
