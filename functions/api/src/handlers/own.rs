//! What Protium does beyond Proton.

use protium_app::App;
use protium_app::force_delete::force_delete;
use protium_app::ports::StackParameter;
use protium_app::rendered::{RenderedFile, RenderedText, rendered_template_get};
use protium_app::retry::{DeploymentRetry, deployment_retry};
use protium_app::template_version::{self, VersionCreate};
use protium_domain::arn::Resource;
use protium_domain::deployment::Retention;
use protium_domain::identifier::Identifier;
use protium_domain::template::TemplateKind;
use protium_wire::own as wire;
use protium_wire::template_sync::TemplateType;

use super::{convert, deployment, service_template};
use crate::error::{Answer, Failure};

/// GetRenderedTemplate.
pub(crate) async fn rendered_template(
    app: &App,
    input: wire::GetRenderedTemplateInput,
) -> Answer<wire::GetRenderedTemplateOutput> {
    let id = Identifier::new(input.deployment_id)?;
    let files = rendered_template_get(app, &id).await?;
    Ok(wire::GetRenderedTemplateOutput {
        deployment_id: id.to_string(),
        files: files.into_iter().map(rendered_file).collect(),
    })
}

/// RetryDeployment.
pub(crate) async fn retry(
    app: &App,
    input: wire::RetryDeploymentInput,
) -> Answer<wire::RetryDeploymentOutput> {
    let input = DeploymentRetry {
        id: Identifier::new(input.deployment_id)?,
        spec: input.spec,
        template_file: input.template_file,
    };
    let view = deployment_retry(app, input).await?;
    Ok(wire::RetryDeploymentOutput { deployment: deployment::detail(app.location(), view) })
}

/// ForceDelete.
pub(crate) async fn delete_by_force(
    app: &App,
    input: wire::ForceDeleteInput,
) -> Answer<wire::ForceDeleteOutput> {
    let retention = match input.retain {
        wire::Retention::FailedResources => Retention::FailedResources,
        wire::Retention::Stack => Retention::Stack,
    };
    let begun = force_delete(app, &input.resource_arn, retention).await?;
    Ok(wire::ForceDeleteOutput {
        deployments: begun.iter().map(|begun| deployment::summary(app.location(), begun)).collect(),
    })
}

/// ImportTemplateVersion.
pub(crate) async fn version_import(
    app: &App,
    input: wire::ImportTemplateVersionInput,
) -> Answer<wire::ImportTemplateVersionOutput> {
    let kind = match input.template_type {
        TemplateType::Environment => TemplateKind::Environment,
        TemplateType::Service => TemplateKind::Service,
    };
    let compatible = input.compatible_environment_templates;
    let sources = input.supported_component_sources.unwrap_or_default();
    require_members(kind, compatible.is_some(), !sources.is_empty())?;
    let number = convert::version(&input.major_version, &input.minor_version)?;
    let create = VersionCreate {
        kind,
        template: convert::name(input.template_name)?,
        major: Some(number.major),
        description: input.description,
        source: convert::source(input.source),
        compatible_environment_templates: service_template::compatible(compatible.unwrap_or_default())?,
        supports_components: !sources.is_empty(),
        tags: convert::tags(input.tags)?,
        client_token: convert::token(input.client_token),
    };
    let version = template_version::version_import(app, create, number).await?.version;
    let resource =
        Resource::TemplateVersion { kind, name: version.template.clone(), version: version.version };
    Ok(wire::ImportTemplateVersionOutput {
        template_version: wire::ImportedTemplateVersion {
            arn: app.location().arn(&resource),
            major_version: version.version.major.to_string(),
            minor_version: version.version.minor.to_string(),
            status: convert::version_status_wire(version.status()),
            template_name: version.template.into(),
        },
    })
}

/// What the two operations of Proton that this one takes the place of ask for by their models.
fn require_members(kind: TemplateKind, has_compatible: bool, has_sources: bool) -> Answer<()> {
    match (kind, has_compatible, has_sources) {
        (TemplateKind::Service, false, _) => Err(Failure::validation(
            "compatibleEnvironmentTemplates: a service template needs to know the environment templates that it goes \
             with; name them",
        )),
        (TemplateKind::Environment, true, _) | (TemplateKind::Environment, _, true) => {
            Err(Failure::validation(
                "compatibleEnvironmentTemplates, supportedComponentSources: they belong to service templates; leave \
                 them out",
            ))
        }
        _ => Ok(()),
    }
}

pub(super) fn rendered_file(file: RenderedFile) -> wire::RenderedFile {
    let (content, content_url) = match file.text {
        RenderedText::Inline(text) => (Some(text), None),
        RenderedText::Url(url) => (None, Some(url)),
    };
    let parameters: Vec<_> = file.parameters.into_iter().map(rendered_parameter).collect();
    let parameters = Some(parameters).filter(|parameters| !parameters.is_empty());
    wire::RenderedFile { content, content_url, name: file.name, parameters }
}

fn rendered_parameter(parameter: StackParameter) -> wire::RenderedParameter {
    let value = (!parameter.no_echo).then_some(parameter.value);
    wire::RenderedParameter { name: parameter.name, value }
}
