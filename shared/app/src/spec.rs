//! Specs, between the records that hold them and the engine that reads them (behaviour section 5).

use protium_bundle::spec::message;
use protium_bundle::{BundleKind, EnvironmentSpec, Schema, ServiceSpec, SpecProblem};
use protium_domain::name::ResourceName;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::TemplateVersion;

use crate::artifact::document_load;
use crate::context::App;
use crate::error::{Error, Result};

/// The engine's name for a kind of template.
#[must_use]
pub const fn bundle_kind(kind: TemplateKind) -> BundleKind {
    match kind {
        TemplateKind::Environment => BundleKind::Environment,
        TemplateKind::Service => BundleKind::Service,
    }
}

/// What the caller reads about a spec: every problem with its path.
#[expect(clippy::needless_pass_by_value, reason = "the form that map_err wants")]
pub(crate) fn invalid(problems: Vec<SpecProblem>) -> Error {
    Error::Validation(message(&problems))
}

/// The schema of a registered version.
pub(crate) async fn schema(app: &App, version: &TemplateVersion) -> Result<Schema> {
    let bundle =
        version.bundle.as_ref().ok_or_else(|| Error::internal("a deployable version has no bundle"))?;
    let text = document_load(&*app.artifacts, &bundle.schema).await?;
    Schema::parse(&text, bundle_kind(version.kind)).map_err(|_| {
        Error::internal(format!("the schema of {} {} is unreadable", version.template, version.version))
    })
}

/// Checks an environment's spec: the text to store, with current values put in from the spec that is stored.
///
/// # Errors
/// [`Error::Validation`] with every problem.
pub(crate) fn environment_check(text: &str, stored: Option<&str>, schema: &Schema) -> Result<String> {
    let spec = EnvironmentSpec::parse(text).map_err(invalid)?;
    let stored = stored.map(EnvironmentSpec::parse).transpose().map_err(invalid)?;
    let spec = spec.with_current_values(stored.as_ref()).map_err(invalid)?;
    spec.validate(schema).map_err(invalid)?;
    Ok(spec.text().to_owned())
}

/// A service's spec with the pipeline's section taken from another spec.
///
/// # Errors
/// [`Error::Validation`] when either can't be read.
pub(crate) fn pipeline_merge(before: &str, deployed: &str) -> Result<String> {
    let before = ServiceSpec::parse(before).map_err(invalid)?;
    let deployed = ServiceSpec::parse(deployed).map_err(invalid)?;
    Ok(before.with_pipeline_from(&deployed).map_err(invalid)?.text().to_owned())
}

/// A service's spec with the section of one instance taken from another spec.
///
/// # Errors
/// [`Error::Validation`] when either can't be read or the section is missing.
pub(crate) fn instance_merge(before: &str, deployed: &str, instance: &ResourceName) -> Result<String> {
    let before = ServiceSpec::parse(before).map_err(invalid)?;
    let deployed = ServiceSpec::parse(deployed).map_err(invalid)?;
    let merged = before.with_instance_from(&deployed, instance.as_str()).map_err(invalid)?;
    Ok(merged.text().to_owned())
}
