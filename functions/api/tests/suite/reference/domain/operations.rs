//! How operations of services end: behaviour 3.3, 7.4.

use super::*;

impl Domain {
    pub(super) fn service_run(&mut self, name: Name, weather: Weather) {
        let service = self.services.get_mut(name).expect("it is there");
        match service.work.take() {
            None => self.pipeline_run(name, weather),
            Some(work) if work.operation == Operation::Delete => self.deletion_run(name, weather),
            Some(work) => self.making_run(name, &work, weather),
        }
    }

    /// The work of these instances ends; those that are gone then, go.
    fn finish(&mut self, service: Name, names: &[Name], weather: Weather) {
        for name in names {
            let Some(instance) = self.instances.get(&(service, *name)) else { continue };
            let weather = self.weather_in(instance.environment, weather);
            let instance = self.instances.get_mut(&(service, *name)).expect("it is there");
            if !instance.deployed.finish(weather) {
                self.instances.remove(&(service, *name));
            }
        }
    }

    fn names_of(&self, service: Name, is_meant: impl Fn(&Instance) -> bool) -> Vec<Name> {
        let of_it = self.instances.iter().filter(|((of, _), it)| *of == service && is_meant(it));
        of_it.map(|((_, name), _)| *name).collect()
    }

    /// The work of the pipeline ends; whether it is well, or there is none.
    fn pipeline_finish(&mut self, name: Name, weather: Weather) -> bool {
        let weather = self.weather_of_pipelines(weather);
        let service = self.services.get_mut(name).expect("it is there");
        let stays = service.pipeline.as_mut().is_some_and(|pipeline| pipeline.finish(weather));
        service.pipeline = service.pipeline.take().filter(|_| stays);
        service.pipeline.as_ref().is_none_or(|pipeline| !pipeline.has_failed())
    }

    fn deletion_run(&mut self, name: Name, weather: Weather) {
        self.finish(name, &self.names_of(name, |_| true), weather);
        let is_gone = self.pipeline_finish(name, weather) && self.names_of(name, |_| true).is_empty();
        if is_gone {
            self.services.remove(name);
            self.service_forget(name);
        } else {
            self.services.get_mut(name).expect("it is there").status = "DELETE_FAILED";
        }
    }

    /// First what is new, then what goes, then the pipeline.
    fn making_run(&mut self, name: Name, work: &Work, weather: Weather) {
        self.finish(name, &work.added, weather);
        let is_made = |added: &Name| self.instances[&(name, *added)].deployed.status == Status::Succeeded;
        if !work.added.iter().all(is_made) {
            return self.clean_up(name, work, weather);
        }
        let removed = self.names_of(name, |it| it.deployed.is_held());
        for instance in &removed {
            let deployed = &mut self.instances.get_mut(&(name, *instance)).expect("it is there").deployed;
            deployed.release(deployed.state);
        }
        self.finish(name, &removed, weather);
        let service = self.services.get_mut(name).expect("it is there");
        service.spec = work.spec.clone();
        service.version = work.version.unwrap_or(service.version);
        if let Some(pipeline) = &mut service.pipeline {
            let version = work.version.filter(|_| !pipeline.ever).unwrap_or(pipeline.state.version);
            pipeline.release(PipelineState { version, size: work.spec.pipeline });
        }
        if !self.pipeline_finish(name, weather) {
            if work.operation == Operation::Create {
                return self.clean_up(name, work, weather);
            }
            self.services.get_mut(name).expect("it is there").status = "UPDATE_FAILED";
            return;
        }
        let is_left = !self.names_of(name, |it| it.deployed.status == Status::DeleteFailed).is_empty();
        let status = if is_left { "UPDATE_COMPLETE_CLEANUP_FAILED" } else { "ACTIVE" };
        self.services.get_mut(name).expect("it is there").status = status;
    }

    /// What was made is removed, and what only waited is as it was.
    fn clean_up(&mut self, name: Name, work: &Work, weather: Weather) {
        for ((_, instance), it) in self.instances.iter_mut().filter(|((of, _), _)| *of == name) {
            if work.added.contains(instance) {
                it.deployed.remove();
            } else if it.deployed.is_held() {
                it.deployed.restore();
            }
        }
        self.finish(name, &work.added, weather);
        let service = self.services.get_mut(name).expect("it is there");
        let mut is_clean = true;
        match &mut service.pipeline {
            Some(pipeline) if pipeline.is_busy() => pipeline.restore(),
            Some(pipeline) if work.operation == Operation::Create => {
                pipeline.remove();
                is_clean = self.pipeline_finish(name, weather);
            }
            _ => {}
        }
        is_clean &= work.added.iter().all(|added| !self.instances.contains_key(&(name, *added)));
        self.services.get_mut(name).expect("it is there").status = match (work.operation, is_clean) {
            (Operation::Create, true) => "CREATE_FAILED_CLEANUP_COMPLETE",
            (Operation::Create, false) => "CREATE_FAILED_CLEANUP_FAILED",
            (_, true) => "UPDATE_FAILED_CLEANUP_COMPLETE",
            (_, false) => "UPDATE_FAILED_CLEANUP_FAILED",
        };
    }
}
