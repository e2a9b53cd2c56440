//! Reading a bundle and judging it. Nothing here writes to the table.

use protium_bundle::{
    Bundle, BundleKind, CompatibleEnvironment, Engine, EnvironmentOutputs, ExamineOptions, Part, Problem,
    Registration, archive, problem, registration,
};
use protium_domain::name::ResourceName;
use protium_domain::template::{Template, TemplateKind};
use protium_domain::template_version::{
    BundlePart, CompatibleEnvironmentTemplate, Intake, PartSummary, ProvisioningEngine, RegisteredBundle,
    TemplateVersion,
};
use protium_domain::version::version_part;

use super::compatibility::compatibility_problems;
use super::registered;
use crate::artifact::{bundle_key, document_store};
use crate::context::App;
use crate::error::Result;
use crate::ports::SourceObject;
use crate::template_version::majors_missing;

/// Characters of a status message; what doesn't fit is counted.
const MESSAGE_LIMIT: usize = 4_000;

/// What registration comes to.
pub(super) enum Verdict {
    /// It ends well.
    Accepted(Box<Accepted>),
    /// It ends badly, for this reason.
    Refused(String),
}

/// A bundle that is accepted.
pub(super) struct Accepted {
    pub(super) bundle: RegisteredBundle,
    pub(super) warnings: Option<String>,
    /// From the registration file; uploads only.
    pub(super) environments: Vec<CompatibleEnvironmentTemplate>,
    pub(super) supports_components: bool,
    pub(super) publish: bool,
}

/// Reads and judges the bundle of a version in registration. One that is accepted lies in the artifact bucket
/// afterwards, under its digest, so that the version never changes under anyone.
pub(super) async fn examine(app: &App, template: &Template, version: &TemplateVersion) -> Result<Verdict> {
    let limit = archive::PACKED_LIMIT;
    let bytes = match app.sources.read(&version.source, limit as u64).await? {
        SourceObject::Found(bytes) => bytes,
        SourceObject::Unreadable(why) => return Ok(refused(&[unreadable(version, &why)])),
        SourceObject::TooLarge { bytes } => return Ok(refused(&[too_large(bytes, limit)])),
    };
    let mut bundle = match open(template, &bytes, Vec::new()) {
        Ok(bundle) => bundle,
        Err(problems) => return Ok(refused(&problems)),
    };
    let outputs = environment_outputs(app, version, bundle.registration()).await?;
    if !outputs.is_empty() {
        bundle = match open(template, &bytes, outputs) {
            Ok(bundle) => bundle,
            Err(problems) => return Ok(refused(&problems)),
        };
    }
    let mut problems = bundle.warnings().to_vec();
    problems.extend(compatibility_problems(app, version, &bundle).await?);
    let environments = environments(app, version, bundle.registration(), &mut problems).await?;
    if problem::any_error(&problems) {
        return Ok(refused(&problems));
    }
    let by_upload = version.intake == Intake::Upload;
    let accepted = Accepted {
        bundle: store(app, &bundle, bytes).await?,
        warnings: (!problems.is_empty()).then(|| problem::status_message(&problems, MESSAGE_LIMIT)),
        environments,
        supports_components: by_upload && !bundle.registration().supported_component_sources.is_empty(),
        publish: by_upload && bundle.registration().publish,
    };
    Ok(Verdict::Accepted(Box::new(accepted)))
}

fn refused(problems: &[Problem]) -> Verdict {
    Verdict::Refused(problem::status_message(problems, MESSAGE_LIMIT))
}

fn unreadable(version: &TemplateVersion, why: &str) -> Problem {
    let source = &version.source;
    Problem::error(format!("the bundle s3://{}/{} can't be read: {why}", source.bucket, source.key))
        .remedy("Upload the bundle there, then register a new version.")
}

fn too_large(bytes: u64, limit: usize) -> Problem {
    Problem::error(format!("the bundle has {bytes} bytes, at most {limit} are allowed"))
        .remedy("Leave out what the templates don't need.")
}

fn open(
    template: &Template,
    bytes: &[u8],
    environments: Vec<EnvironmentOutputs>,
) -> std::result::Result<Bundle, Vec<Problem>> {
    let options = ExamineOptions { customer_managed: template.customer_managed, environments };
    let examination = protium_bundle::examine(bundle_kind(template.kind), archive::read(bytes)?, &options);
    examination.bundle.ok_or(examination.problems)
}

/// What the environments give that a service may run in, by their leading minors; nothing when that isn't known of all.
async fn environment_outputs(
    app: &App,
    version: &TemplateVersion,
    registration: &Registration,
) -> Result<Vec<EnvironmentOutputs>> {
    let mut named: Vec<_> = version.compatible_environment_templates.clone();
    if version.kind == TemplateKind::Service && named.is_empty() {
        named = registration.compatible_environments.iter().filter_map(compatible).collect();
    }
    let mut known = Vec::new();
    for CompatibleEnvironmentTemplate { template_name, major_version } in named {
        let minors =
            registered::minors(app, TemplateKind::Environment, &template_name, major_version).await?;
        let Some(leading) = registered::leading(&minors) else { return Ok(Vec::new()) };
        let bundle = registered::bundle(app, leading).await?;
        match bundle.as_ref().and_then(|bundle| bundle.outputs().get(&Part::Infrastructure)) {
            Some(outputs) => known.push(EnvironmentOutputs {
                environment: format!("{template_name}:{major_version}"),
                outputs: outputs.iter().cloned().collect(),
            }),
            None => return Ok(Vec::new()),
        }
    }
    Ok(known)
}

/// The bundle crate's word for it.
pub(super) const fn bundle_kind(kind: TemplateKind) -> BundleKind {
    match kind {
        TemplateKind::Environment => BundleKind::Environment,
        TemplateKind::Service => BundleKind::Service,
    }
}

async fn store(app: &App, bundle: &Bundle, archive: Vec<u8>) -> Result<RegisteredBundle> {
    let digest = protium_bundle::digest(&archive);
    app.artifacts.put(&bundle_key(&digest), archive).await?;
    let schema = document_store(app.artifacts.as_ref(), bundle.schema_text().to_owned()).await?;
    Ok(RegisteredBundle { digest, schema, parts: part_summaries(bundle) })
}

/// How the parts of a bundle are provisioned, as the version keeps it.
fn part_summaries(bundle: &Bundle) -> Vec<PartSummary> {
    let summary = |(part, engine): (&Part, &Engine)| PartSummary {
        part: domain_part(*part),
        engine: domain_engine(engine),
    };
    bundle.parts().iter().map(summary).collect()
}

/// The bundle crate's word for it.
pub(crate) const fn part_of(part: BundlePart) -> Part {
    match part {
        BundlePart::Infrastructure => Part::Infrastructure,
        BundlePart::InstanceInfrastructure => Part::InstanceInfrastructure,
        BundlePart::PipelineInfrastructure => Part::PipelineInfrastructure,
    }
}

const fn domain_part(part: Part) -> BundlePart {
    match part {
        Part::Infrastructure => BundlePart::Infrastructure,
        Part::InstanceInfrastructure => BundlePart::InstanceInfrastructure,
        Part::PipelineInfrastructure => BundlePart::PipelineInfrastructure,
    }
}

fn domain_engine(engine: &Engine) -> ProvisioningEngine {
    match engine {
        Engine::CloudFormation { file } => ProvisioningEngine::Cloudformation { file: file.clone() },
        Engine::Terraform { .. } => ProvisioningEngine::Terraform,
        Engine::CodeBuild => ProvisioningEngine::Codebuild,
    }
}

/// The environment templates that a service bundle names for itself. A version that was created by the API brought its
/// own, and its bundle isn't asked.
async fn environments(
    app: &App,
    version: &TemplateVersion,
    registration: &Registration,
    problems: &mut Vec<Problem>,
) -> Result<Vec<CompatibleEnvironmentTemplate>> {
    let asked = version.kind == TemplateKind::Service && version.compatible_environment_templates.is_empty();
    if !asked {
        return Ok(Vec::new());
    }
    let mut environments: Vec<CompatibleEnvironmentTemplate> = Vec::new();
    for named in &registration.compatible_environments {
        match compatible(named) {
            Some(environment) => environments.push(environment),
            None => problems.push(misnamed(&named.template_name, &named.major_version)),
        }
    }
    if registration.compatible_environments.is_empty() {
        problems.push(no_environments());
    }
    for missing in majors_missing(app, &environments).await? {
        problems.push(unknown_environment(&missing));
    }
    Ok(environments)
}

fn in_registration_file(message: String) -> Problem {
    Problem::error(message).in_file(registration::FILE)
}

fn compatible(named: &CompatibleEnvironment) -> Option<CompatibleEnvironmentTemplate> {
    let template_name = ResourceName::new(named.template_name.clone()).ok()?;
    let major_version = version_part(&named.major_version).ok()?;
    Some(CompatibleEnvironmentTemplate { template_name, major_version })
}

fn misnamed(name: &str, major: &str) -> Problem {
    in_registration_file(format!("`{name}:{major}` is not a compatible environment"))
        .remedy("Write the environment template's name and major version: `my-env:1`.")
}

fn no_environments() -> Problem {
    in_registration_file("the bundle names no compatible environment templates".to_owned()).remedy(
        "A service bundle that is published by upload lists them in `compatible_environments`, such as `- my-env:1`.",
    )
}

fn unknown_environment(missing: &CompatibleEnvironmentTemplate) -> Problem {
    let CompatibleEnvironmentTemplate { template_name, major_version } = missing;
    in_registration_file(format!(
        "there is no major version {major_version} of an environment template '{template_name}'"
    ))
    .remedy("Register that environment template version first, or correct `compatible_environments`.")
}
