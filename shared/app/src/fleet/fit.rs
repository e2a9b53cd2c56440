//! Whether a resource can be made of another version as it stands: its spec, and where it lives.

use std::collections::BTreeMap;

use protium_bundle::{Schema, ServiceSpec};
use protium_domain::document::Document;
use protium_domain::fleet::{FleetUpdate, Skip, SkipReason};
use protium_domain::template_version::TemplateVersion;

use super::candidates::Found;
use crate::artifact::document_load;
use crate::compatibility;
use crate::context::App;
use crate::error::{Error, Result};
use crate::spec::{environment_check, invalid, schema};
use crate::target_version::version_deployable;

/// The version that a fleet update goes to, and texts that were read for it a moment ago.
pub(super) struct Fitting {
    version: TemplateVersion,
    schema: Schema,
    /// The text of the service spec that was read last: instances of a service follow one another.
    last: BTreeMap<String, String>,
}

impl Fitting {
    /// # Errors
    /// [`Error::NotFound`] or [`Error::Validation`] when the version can't be deployed any more.
    pub(super) async fn load(app: &App, update: &FleetUpdate) -> Result<Self> {
        let template = &update.template;
        let version =
            version_deployable(app, template.kind.template_kind(), &template.name, template.to).await?;
        let schema = schema(app, &version).await?;
        Ok(Self { version, schema, last: BTreeMap::new() })
    }

    /// Why `found` can't be made of the version; nothing when it can.
    pub(super) async fn obstacle(&mut self, app: &App, found: &Found) -> Result<Option<Skip>> {
        if let Found::Instance(instance, _, environment) = found {
            let environment = environment.as_deref().cloned();
            let name = instance.environment.as_str();
            let refused = compatibility::require_inhabitable(environment, name, &self.version).err();
            if let Some(reason) = refused {
                return Ok(Some(Skip::new(SkipReason::EnvironmentIncompatible, reason)));
            }
        }
        match self.check(app, found).await {
            Ok(()) => Ok(None),
            Err(Error::Validation(reason)) => Ok(Some(Skip::new(SkipReason::IncompatibleSpec, reason))),
            Err(error) => Err(error),
        }
    }

    async fn check(&mut self, app: &App, found: &Found) -> Result<()> {
        match found {
            Found::Environment(environment) => {
                let text = document_load(&*app.artifacts, &environment.spec).await?;
                environment_check(&text, Some(&text), &self.schema).map(drop)
            }
            Found::Instance(instance, service, _) => {
                let stored = parse(&self.text(app, &service.spec).await?)?;
                let spec = parse(&self.text(app, &instance.spec).await?)?;
                let name = instance.name.as_str();
                let spec = spec.with_current_values_of_instance(name, Some(&stored)).map_err(invalid)?;
                spec.validate_instance(&self.schema, name).map_err(invalid)
            }
            Found::Pipeline(pipeline, service) => {
                let stored = parse(&self.text(app, &service.spec).await?)?;
                let spec = parse(&self.text(app, &pipeline.spec).await?)?;
                let spec = spec.with_current_values_of_pipeline(Some(&stored)).map_err(invalid)?;
                spec.pipeline_inputs(&self.schema).map(drop).map_err(invalid)
            }
        }
    }

    /// The text of a document. A stored one is remembered until another one is read: services share theirs with their
    /// instances.
    async fn text(&mut self, app: &App, document: &Document) -> Result<String> {
        let Document::Stored { digest, .. } = document else {
            return document_load(&*app.artifacts, document).await;
        };
        if let Some(text) = self.last.get(digest) {
            return Ok(text.clone());
        }
        let text = document_load(&*app.artifacts, document).await?;
        self.last = [(digest.clone(), text.clone())].into();
        Ok(text)
    }
}

fn parse(text: &str) -> Result<ServiceSpec> {
    ServiceSpec::parse(text).map_err(invalid)
}
