//! The history of deployments, and reports from outside: behaviour 2.8, 7.7.

use super::*;

impl Domain {
    /// The deployments of everything that has, or had, this name.
    pub(super) fn history(&mut self, target: Target) -> History {
        self.histories.entry(target).or_default().clone()
    }

    pub(super) fn deployment_delete(&mut self, target: Target, number: usize) -> Broken {
        let history = self.history(target);
        let mut history = history.borrow_mut();
        match history.iter_mut().rev().filter(|attempt| !attempt.forgotten).nth(number) {
            None => only(Class::NotFound),
            Some(attempt) if attempt.ended.is_none() => only(Class::Validation),
            Some(attempt) => {
                attempt.forgotten = true;
                Broken::new()
            }
        }
    }

    fn exists(&self, target: Target) -> bool {
        match target {
            Target::Environment(name) => self.environments.contains_key(name),
            Target::Instance(service, name) => self.instances.contains_key(&(service, name)),
            Target::Pipeline(service) => self.services.get(service).is_some_and(|it| it.pipeline.is_some()),
            Target::Component(name) => self.components.contains_key(name),
        }
    }

    /// Everything here is made by CloudFormation, which nobody talks into anything: a report is right or refused.
    pub(super) fn notify(&mut self, target: Target, status: Option<Name>) -> Broken {
        if !self.exists(target) {
            return only(Class::NotFound);
        }
        let ended = self.history(target).borrow().last().and_then(|attempt| attempt.ended);
        let is_right = match (status, ended) {
            (None, _) | (Some("IN_PROGRESS"), None) => true,
            (Some("SUCCEEDED"), Some(ended)) => ended == "SUCCEEDED",
            (Some("FAILED"), Some(ended)) => ended.ends_with("FAILED"),
            _ => false,
        };
        broken(&[(!is_right, Class::Conflict)])
    }
}
