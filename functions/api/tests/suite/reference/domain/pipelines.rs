//! Pipelines of services: behaviour 2.6.

use super::*;

impl Domain {
    pub(super) fn pipeline_update(
        &mut self,
        service: Name,
        by: Type,
        minor: Option<u64>,
        size: Size,
    ) -> Broken {
        let Some(found) = self.services.get(service) else { return only(Class::NotFound) };
        let Some(pipeline) = &found.pipeline else { return only(Class::NotFound) };
        let template = &self.templates[&(Kind::Service, found.template)];
        let deploys = by != Type::None;
        let mut rules = broken(&[
            (found.work.is_some() || pipeline.is_busy(), Class::Conflict),
            (deploys && (size == Size::Wrong || !self.settings.0), Class::Validation),
        ]);
        match template.target(pipeline.state.version, by, None, minor) {
            Err(more) => rules.extend(more),
            Ok(version) if rules.is_empty() && deploys => {
                let pipeline = self.services.get_mut(service).and_then(|it| it.pipeline.as_mut());
                pipeline.expect("it is there").update(PipelineState { version, size: Some(size) });
            }
            Ok(_) => {}
        }
        rules
    }

    pub(super) fn pipeline_cancel(&mut self, service: Name) -> Broken {
        let Some(found) = self.services.get_mut(service) else { return only(Class::NotFound) };
        match &mut found.pipeline {
            None => only(Class::NotFound),
            // It waits for its turn.
            Some(_) if found.work.is_some() => only(Class::Conflict),
            Some(pipeline) => pipeline.cancel(),
        }
    }

    /// Pipelines are provisioned by the account's role.
    pub(super) fn weather_of_pipelines(&self, weather: Weather) -> Weather {
        if self.settings.0 { weather } else { Weather::Forbidden }
    }

    /// An update of the pipeline alone ends; its section is the service's from then on.
    pub(super) fn pipeline_run(&mut self, service: Name, weather: Weather) {
        let weather = self.weather_of_pipelines(weather);
        let service = self.services.get_mut(service).expect("it is there");
        let Some(pipeline) = service.pipeline.as_mut().filter(|it| it.status != Status::Succeeded) else {
            return;
        };
        let was_at_it = pipeline.status == Status::InProgress;
        pipeline.finish(weather);
        if was_at_it && pipeline.status == Status::Succeeded {
            service.modified |= service.spec.pipeline != pipeline.state.size;
            service.spec.pipeline = pipeline.state.size;
        }
    }
}
