//! Templates and their versions: behaviour 2.1, 2.2, 2.9.

use super::*;

impl Template {
    /// The highest published minor of a major.
    pub(super) fn recommended_minor(&self, major: u64) -> Option<u64> {
        let published = self.versions.iter().filter(|(_, status)| **status == VersionStatus::Published);
        published.filter(|((of, _), _)| *of == major).map(|((_, minor), _)| *minor).max()
    }

    pub(crate) fn recommended(&self) -> Option<Number> {
        let published = self.versions.iter().filter(|(_, status)| **status == VersionStatus::Published);
        published.map(|(number, _)| *number).max()
    }

    /// The rules that deploying a version breaks.
    pub(super) fn deployable(&self, number: Option<Number>) -> Broken {
        match number.and_then(|number| self.versions.get(&number)) {
            None => only(Class::NotFound),
            Some(VersionStatus::Registering | VersionStatus::Failed) => only(Class::Validation),
            Some(VersionStatus::Draft | VersionStatus::Published) => Broken::new(),
        }
    }

    /// Where an update goes from a version (behaviour 2.9).
    pub(super) fn target(
        &self,
        from: Number,
        by: Type,
        major: Option<u64>,
        minor: Option<u64>,
    ) -> Result<Number, Broken> {
        let of = |major: u64| {
            let number = minor.or_else(|| self.recommended_minor(major)).map(|minor| (major, minor));
            let broken = self.deployable(number);
            number.filter(|_| broken.is_empty()).ok_or(broken)
        };
        match by {
            Type::None | Type::Current if major.is_some() || minor.is_some() => Err(only(Class::Validation)),
            Type::None | Type::Current => Ok(from),
            Type::Minor if major.is_some_and(|major| major != from.0) => Err(only(Class::Validation)),
            Type::Minor => of(from.0),
            Type::Major => match major.or_else(|| self.recommended().map(|(major, _)| major)) {
                None => Err(only(Class::NotFound)),
                Some(major) if major <= from.0 => Err(only(Class::Validation)),
                Some(major) => of(major),
            },
        }
    }
}

impl Domain {
    pub(super) fn template_create(&mut self, kind: Kind, name: Name, word: Name) -> Broken {
        match self.templates.get(&(kind, name)) {
            None => {
                let template = Template { word: Some(word), ..Template::default() };
                self.templates.insert((kind, name), template);
                Broken::new()
            }
            Some(existing) if existing.word != Some(word) => only(Class::Validation),
            Some(existing) => broken(&[(existing.modified, Class::Conflict)]),
        }
    }

    pub(super) fn template_update(&mut self, kind: Kind, name: Name) -> Broken {
        let template = self.templates.get_mut(&(kind, name)).map(|template| template.modified = true);
        broken(&[(template.is_none(), Class::NotFound)])
    }

    pub(super) fn template_delete(&mut self, kind: Kind, name: Name) -> Broken {
        if self.templates.get(&(kind, name)).is_some_and(|template| !template.versions.is_empty()) {
            return only(Class::Conflict);
        }
        self.templates.remove(&(kind, name));
        if kind == Kind::Environment {
            self.syncs.remove(&Subject::Template(name));
        }
        Broken::new()
    }

    /// Whether a major of `grid`, which all service templates go with, has versions.
    pub(super) fn has_grid(&self) -> bool {
        let grid = self.templates.get(&(Kind::Environment, "grid"));
        grid.is_some_and(|grid| grid.versions.keys().any(|(major, _)| *major == 1))
    }

    pub(super) fn version_create(&mut self, kind: Kind, name: Name, major: Option<u64>) -> Broken {
        let lacks_grid = kind == Kind::Service && !self.has_grid();
        let Some(template) = self.templates.get_mut(&(kind, name)) else { return only(Class::NotFound) };
        let next = template.next.last_key_value().map_or(1, |(highest, _)| highest + 1);
        let is_open = major.is_none();
        let major = major.unwrap_or(next);
        if lacks_grid || (major != next && !template.next.contains_key(&major)) {
            return only(Class::NotFound);
        }
        let minor = template.next.entry(major).or_default();
        template.versions.insert((major, *minor), VersionStatus::Registering);
        if is_open {
            template.open.insert((major, *minor));
        }
        *minor += 1;
        Broken::new()
    }

    pub(super) fn version_publish(&mut self, kind: Kind, name: Name, number: Number) -> Broken {
        let template = self.templates.get_mut(&(kind, name));
        let Some(status) = template.and_then(|template| template.versions.get_mut(&number)) else {
            return only(Class::NotFound);
        };
        if matches!(status, VersionStatus::Registering | VersionStatus::Failed) {
            return only(Class::Conflict);
        }
        *status = VersionStatus::Published;
        Broken::new()
    }

    pub(super) fn version_delete(&mut self, kind: Kind, name: Name, number: Number) -> Broken {
        let is_used = self.is_used(kind, name, number);
        let Some(template) = self.templates.get_mut(&(kind, name)) else { return Broken::new() };
        let Some(status) = template.versions.get(&number) else { return Broken::new() };
        let siblings = template.versions.keys().filter(|(major, _)| *major == number.0).count() - 1;
        let others = template.versions.len() - 1;
        let is_recommended_minor = template.recommended_minor(number.0) == Some(number.1);
        let is_recommended_major = template.recommended().is_some_and(|(major, _)| major == number.0);
        let rules = broken(&[
            (*status == VersionStatus::Registering, Class::Conflict),
            (is_used, Class::Conflict),
            (is_recommended_minor && siblings > 0, Class::Conflict),
            (is_recommended_major && siblings == 0 && others > 0, Class::Conflict),
        ]);
        if rules.is_empty() {
            template.versions.remove(&number);
        }
        rules
    }

    /// Whether anything is, or is about to be, deployed with a version.
    pub(super) fn is_used(&self, kind: Kind, template: Name, number: Number) -> bool {
        let environments = self.environments.values().filter(|it| it.template == template);
        let by_environment = |it: &Environment| it.deployed.states().any(|state| state.version == number);
        let of_template = |service: &Name| self.services[service].template == template;
        let instances = self.instances.iter().filter(|((service, _), _)| of_template(service));
        match kind {
            Kind::Environment => environments.into_iter().any(by_environment),
            Kind::Service => {
                let mut services = self.services.values().filter(|it| it.template == template);
                services.any(|it| it.uses(number))
                    || instances.into_iter().any(|(_, it)| it.deployed.states().any(|state| state == number))
            }
        }
    }

    pub(super) fn versions_run(&mut self) {
        let has_grid = self.has_grid();
        for ((kind, _), template) in &mut self.templates {
            let is_wrong = *kind == Kind::Service && !has_grid;
            let status = if is_wrong { VersionStatus::Failed } else { VersionStatus::Draft };
            for version in template.versions.values_mut().filter(|it| **it == VersionStatus::Registering) {
                *version = status;
            }
        }
    }
}
