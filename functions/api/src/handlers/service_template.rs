//! Service templates and their versions (behaviour 2.2).

use protium_app::App;
use protium_app::template::{self, TemplateCreate, TemplateUpdate};
use protium_app::template_version::{self, VersionCreate, VersionId, VersionUpdate, VersionView};
use protium_domain::arn::{Location, Resource};
use protium_domain::template::{Template, TemplateKind};
use protium_domain::template_version::CompatibleEnvironmentTemplate;
use protium_domain::version::version_part;
use protium_wire::Page;
use protium_wire::service_template as wire;

use super::convert;
use crate::error::Answer;

const KIND: TemplateKind = TemplateKind::Service;

/// CreateServiceTemplate.
pub(crate) async fn create(
    app: &App,
    input: wire::CreateServiceTemplateInput,
) -> Answer<wire::CreateServiceTemplateOutput> {
    let input = TemplateCreate {
        kind: KIND,
        name: convert::name(input.name)?,
        display_name: input.display_name,
        description: input.description,
        encryption_key: input.encryption_key,
        customer_managed: input.pipeline_provisioning.is_some(),
        tags: convert::tags(input.tags)?,
    };
    let template = template::template_create(app, input).await?;
    Ok(wire::CreateServiceTemplateOutput { service_template: detail(app.location(), template) })
}

/// GetServiceTemplate.
pub(crate) async fn get(
    app: &App,
    input: wire::GetServiceTemplateInput,
) -> Answer<wire::GetServiceTemplateOutput> {
    let template = template::template_get(app, KIND, &convert::name(input.name)?).await?;
    Ok(wire::GetServiceTemplateOutput { service_template: detail(app.location(), template) })
}

/// ListServiceTemplates.
pub(crate) async fn list(
    app: &App,
    input: wire::ListServiceTemplatesInput,
) -> Answer<wire::ListServiceTemplatesOutput> {
    let page = Page::of(&input)?;
    let found = template::template_list(app, KIND, &convert::page_request(&page)).await?;
    Ok(wire::ListServiceTemplatesOutput {
        next_token: page.next(found.next.as_deref()),
        templates: found.items.into_iter().map(|template| summary(app.location(), template)).collect(),
    })
}

/// UpdateServiceTemplate.
pub(crate) async fn update(
    app: &App,
    input: wire::UpdateServiceTemplateInput,
) -> Answer<wire::UpdateServiceTemplateOutput> {
    let input = TemplateUpdate {
        kind: KIND,
        name: convert::name(input.name)?,
        display_name: input.display_name,
        description: input.description,
    };
    let template = template::template_update(app, input).await?;
    Ok(wire::UpdateServiceTemplateOutput { service_template: detail(app.location(), template) })
}

/// DeleteServiceTemplate.
pub(crate) async fn delete(
    app: &App,
    input: wire::DeleteServiceTemplateInput,
) -> Answer<wire::DeleteServiceTemplateOutput> {
    let deleted = template::template_delete(app, KIND, &convert::name(input.name)?).await?;
    Ok(wire::DeleteServiceTemplateOutput {
        service_template: deleted.map(|template| detail(app.location(), template)),
    })
}

/// CreateServiceTemplateVersion.
pub(crate) async fn version_create(
    app: &App,
    input: wire::CreateServiceTemplateVersionInput,
) -> Answer<wire::CreateServiceTemplateVersionOutput> {
    let input = VersionCreate {
        kind: KIND,
        template: convert::name(input.template_name)?,
        major: convert::part(input.major_version.as_deref())?,
        description: input.description,
        source: convert::source(input.source),
        compatible_environment_templates: compatible(input.compatible_environment_templates)?,
        supports_components: input.supported_component_sources.is_some_and(|sources| !sources.is_empty()),
        tags: convert::tags(input.tags)?,
        client_token: convert::token(input.client_token),
    };
    let version = template_version::version_create(app, input).await?;
    Ok(wire::CreateServiceTemplateVersionOutput {
        service_template_version: version_detail(app.location(), version),
    })
}

/// GetServiceTemplateVersion.
pub(crate) async fn version_get(
    app: &App,
    input: wire::GetServiceTemplateVersionInput,
) -> Answer<wire::GetServiceTemplateVersionOutput> {
    let id = version_id(input.template_name, &input.major_version, &input.minor_version)?;
    let version = template_version::version_get(app, &id).await?;
    Ok(wire::GetServiceTemplateVersionOutput {
        service_template_version: version_detail(app.location(), version),
    })
}

/// ListServiceTemplateVersions.
pub(crate) async fn version_list(
    app: &App,
    input: wire::ListServiceTemplateVersionsInput,
) -> Answer<wire::ListServiceTemplateVersionsOutput> {
    let page = Page::of(&input)?;
    let (name, major) = (convert::name(input.template_name)?, convert::part(input.major_version.as_deref())?);
    let found =
        template_version::version_list(app, KIND, &name, major, &convert::page_request(&page)).await?;
    let row = |version| version_summary(app.location(), version);
    Ok(wire::ListServiceTemplateVersionsOutput {
        next_token: page.next(found.next.as_deref()),
        template_versions: found.items.into_iter().map(row).collect(),
    })
}

/// UpdateServiceTemplateVersion.
pub(crate) async fn version_update(
    app: &App,
    input: wire::UpdateServiceTemplateVersionInput,
) -> Answer<wire::UpdateServiceTemplateVersionOutput> {
    let input = VersionUpdate {
        id: version_id(input.template_name, &input.major_version, &input.minor_version)?,
        description: input.description,
        status: input.status.map(convert::version_status),
        compatible_environment_templates: input
            .compatible_environment_templates
            .map(compatible)
            .transpose()?,
        supports_components: input.supported_component_sources.as_ref().map(|sources| !sources.is_empty()),
    };
    let version = template_version::version_update(app, input).await?;
    Ok(wire::UpdateServiceTemplateVersionOutput {
        service_template_version: version_detail(app.location(), version),
    })
}

/// DeleteServiceTemplateVersion.
pub(crate) async fn version_delete(
    app: &App,
    input: wire::DeleteServiceTemplateVersionInput,
) -> Answer<wire::DeleteServiceTemplateVersionOutput> {
    let id = version_id(input.template_name, &input.major_version, &input.minor_version)?;
    let deleted = template_version::version_delete(app, &id).await?;
    Ok(wire::DeleteServiceTemplateVersionOutput {
        service_template_version: deleted.map(|version| version_detail(app.location(), version)),
    })
}

fn version_id(template: String, major: &str, minor: &str) -> Answer<VersionId> {
    Ok(VersionId { kind: KIND, template: convert::name(template)?, version: convert::version(major, minor)? })
}

pub(super) fn compatible(
    templates: wire::CompatibleEnvironmentTemplateInputList,
) -> Answer<Vec<CompatibleEnvironmentTemplate>> {
    let convert = |template: wire::CompatibleEnvironmentTemplateInput| {
        Ok(CompatibleEnvironmentTemplate {
            template_name: convert::name(template.template_name)?,
            major_version: version_part(&template.major_version)?,
        })
    };
    templates.into_iter().map(convert).collect()
}

fn compatible_wire(template: CompatibleEnvironmentTemplate) -> wire::CompatibleEnvironmentTemplate {
    wire::CompatibleEnvironmentTemplate {
        major_version: template.major_version.to_string(),
        template_name: template.template_name.into(),
    }
}

fn component_sources(supported: bool) -> wire::ServiceTemplateSupportedComponentSourceInputList {
    let source = wire::ServiceTemplateSupportedComponentSourceType::DirectlyDefined;
    supported.then_some(source).into_iter().collect()
}

fn arn(location: &Location, template: &Template) -> String {
    location.arn(&Resource::Template { kind: KIND, name: template.name.clone() })
}

fn detail(location: &Location, template: Template) -> wire::ServiceTemplate {
    wire::ServiceTemplate {
        arn: arn(location, &template),
        created_at: convert::timestamp(template.created_at),
        last_modified_at: convert::timestamp(template.last_modified_at),
        pipeline_provisioning: convert::provisioning(template.customer_managed),
        recommended_version: template.recommended().map(|version| version.to_string()),
        name: template.name.into(),
        description: template.description,
        display_name: template.display_name,
        encryption_key: template.encryption_key,
    }
}

fn summary(location: &Location, template: Template) -> wire::ServiceTemplateSummary {
    wire::ServiceTemplateSummary {
        arn: arn(location, &template),
        created_at: convert::timestamp(template.created_at),
        last_modified_at: convert::timestamp(template.last_modified_at),
        pipeline_provisioning: convert::provisioning(template.customer_managed),
        recommended_version: template.recommended().map(|version| version.to_string()),
        name: template.name.into(),
        description: template.description,
        display_name: template.display_name,
    }
}

fn version_arn(location: &Location, view: &VersionView) -> String {
    location.arn(&view.id().resource())
}

fn version_detail(location: &Location, view: VersionView) -> wire::ServiceTemplateVersion {
    wire::ServiceTemplateVersion {
        arn: version_arn(location, &view),
        created_at: convert::timestamp(view.version.created_at),
        last_modified_at: convert::timestamp(view.version.last_modified_at),
        major_version: view.version.version.major.to_string(),
        minor_version: view.version.version.minor.to_string(),
        recommended_minor_version: view.recommended_minor.map(|minor| minor.to_string()),
        schema: view.schema,
        status: convert::version_status_wire(view.version.status()),
        status_message: view.version.status_message().map(ToOwned::to_owned),
        compatible_environment_templates: view
            .version
            .compatible_environment_templates
            .into_iter()
            .map(compatible_wire)
            .collect(),
        supported_component_sources: Some(component_sources(view.version.supports_components)),
        description: view.version.description,
        template_name: view.version.template.into(),
    }
}

fn version_summary(location: &Location, view: VersionView) -> wire::ServiceTemplateVersionSummary {
    wire::ServiceTemplateVersionSummary {
        arn: version_arn(location, &view),
        created_at: convert::timestamp(view.version.created_at),
        last_modified_at: convert::timestamp(view.version.last_modified_at),
        major_version: view.version.version.major.to_string(),
        minor_version: view.version.version.minor.to_string(),
        recommended_minor_version: view.recommended_minor.map(|minor| minor.to_string()),
        status: convert::version_status_wire(view.version.status()),
        status_message: view.version.status_message().map(ToOwned::to_owned),
        description: view.version.description,
        template_name: view.version.template.into(),
    }
}
