//! Whether a resource can be made of another version as it stands, by its spec and where it lives; and which of its inputs
//! get another value by that.

use std::collections::BTreeMap;
use std::sync::Arc;

use protium_bundle::{EnvironmentSpec, Schema, ServiceSpec, SpecProblem};
use protium_domain::document::Document;
use protium_domain::fleet::{FleetUpdate, PlanRow, Skip, SkipReason};
use protium_domain::template_version::TemplateVersion;
use protium_domain::version::VersionNumber;
use serde_json::{Map, Value};

use super::candidates::Found;
use crate::artifact::document_load;
use crate::compatibility;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::StoreExt;
use crate::spec::{invalid, schema};
use crate::target_version::version_deployable;
use crate::template_version::VersionId;

/// The version that a fleet update goes to, and texts that were read for it a moment ago.
pub(super) struct Fitting {
    version: TemplateVersion,
    schema: Schema,
    /// The schemas of versions that resources come from, where they are there and different.
    earlier: BTreeMap<VersionNumber, Option<Arc<Schema>>>,
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
        Ok(Self { version, schema, earlier: BTreeMap::new(), last: BTreeMap::new() })
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

    /// Names of the inputs of `found`, which is at `from`, that get another value by the version alone: at most
    /// [`PlanRow::MOST_INPUTS`]. The values are compared and forgotten. None where `from` can't be read any more.
    pub(super) async fn changed_inputs(
        &mut self,
        app: &App,
        found: &Found,
        from: VersionNumber,
    ) -> Result<Vec<String>> {
        if !self.earlier.contains_key(&from) {
            let schema = self.earlier_schema(app, from).await?;
            self.earlier.insert(from, schema.map(Arc::new));
        }
        let Some(Some(earlier)) = self.earlier.get(&from).cloned() else { return Ok(Vec::new()) };
        let given = self.given(app, found).await?;
        let (Ok(before), Ok(after)) = (given.inputs(&earlier), given.inputs(&self.schema)) else {
            return Ok(Vec::new());
        };
        let mut names: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| before.get(name) != after.get(name));
        names.truncate(PlanRow::MOST_INPUTS);
        Ok(names)
    }

    /// The schema of an earlier version; nothing when it is gone, or is the same.
    async fn earlier_schema(&self, app: &App, from: VersionNumber) -> Result<Option<Schema>> {
        let id =
            VersionId { kind: self.version.kind, template: self.version.template.clone(), version: from };
        let found: Option<TemplateVersion> = app.store.find(id.key()).await?;
        let Some(version) = found.filter(|version| version.bundle.is_some()) else { return Ok(None) };
        let same = version.bundle.as_ref().map(|bundle| &bundle.schema)
            == self.version.bundle.as_ref().map(|bundle| &bundle.schema);
        if same { Ok(None) } else { Ok(schema(app, &version).await.ok()) }
    }

    async fn check(&mut self, app: &App, found: &Found) -> Result<()> {
        self.given(app, found).await?.inputs(&self.schema).map(drop).map_err(invalid)
    }

    /// The spec of `found`, with the values that it has now.
    async fn given(&mut self, app: &App, found: &Found) -> Result<Given> {
        match found {
            Found::Environment(environment) => {
                let text = self.text(app, &environment.spec).await?;
                let spec = EnvironmentSpec::parse(&text).map_err(invalid)?;
                Ok(Given::Environment(spec.with_current_values(Some(&spec)).map_err(invalid)?))
            }
            Found::Instance(instance, service, _) => {
                let stored = parse(&self.text(app, &service.spec).await?)?;
                let spec = parse(&self.text(app, &instance.spec).await?)?;
                let name = instance.name.as_str();
                let spec = spec.with_current_values_of_instance(name, Some(&stored)).map_err(invalid)?;
                Ok(Given::Instance(spec, name.to_owned()))
            }
            Found::Pipeline(pipeline, service) => {
                let stored = parse(&self.text(app, &service.spec).await?)?;
                let spec = parse(&self.text(app, &pipeline.spec).await?)?;
                Ok(Given::Pipeline(spec.with_current_values_of_pipeline(Some(&stored)).map_err(invalid)?))
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

/// A spec, and whose part of it counts.
enum Given {
    Environment(EnvironmentSpec),
    /// Of the instance of this name.
    Instance(ServiceSpec, String),
    Pipeline(ServiceSpec),
}

impl Given {
    /// The values that templates get under a schema: those that are given, and defaults.
    fn inputs(&self, schema: &Schema) -> std::result::Result<Map<String, Value>, Vec<SpecProblem>> {
        match self {
            Self::Environment(spec) => spec.inputs(schema),
            Self::Instance(spec, name) => spec.instance_inputs(schema, name),
            Self::Pipeline(spec) => spec.pipeline_inputs(schema),
        }
    }
}

fn parse(text: &str) -> Result<ServiceSpec> {
    ServiceSpec::parse(text).map_err(invalid)
}
