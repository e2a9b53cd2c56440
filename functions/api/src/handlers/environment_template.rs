//! Environment templates and their versions (behaviour 2.1).

use protium_app::App;
use protium_app::template::{self, TemplateCreate, TemplateUpdate};
use protium_app::template_version::{self, VersionCreate, VersionId, VersionUpdate, VersionView};
use protium_domain::arn::{Location, Resource};
use protium_domain::template::{Template, TemplateKind};
use protium_wire::Page;
use protium_wire::environment_template as wire;

use super::convert;
use crate::error::Answer;

const KIND: TemplateKind = TemplateKind::Environment;

/// CreateEnvironmentTemplate.
pub(crate) async fn create(
    app: &App,
    input: wire::CreateEnvironmentTemplateInput,
) -> Answer<wire::CreateEnvironmentTemplateOutput> {
    let input = TemplateCreate {
        kind: KIND,
        name: convert::name(input.name)?,
        display_name: input.display_name,
        description: input.description,
        encryption_key: input.encryption_key,
        customer_managed: input.provisioning.is_some(),
        tags: convert::tags(input.tags)?,
    };
    let template = template::template_create(app, input).await?;
    Ok(wire::CreateEnvironmentTemplateOutput { environment_template: detail(app.location(), template) })
}

/// GetEnvironmentTemplate.
pub(crate) async fn get(
    app: &App,
    input: wire::GetEnvironmentTemplateInput,
) -> Answer<wire::GetEnvironmentTemplateOutput> {
    let template = template::template_get(app, KIND, &convert::name(input.name)?).await?;
    Ok(wire::GetEnvironmentTemplateOutput { environment_template: detail(app.location(), template) })
}

/// ListEnvironmentTemplates.
pub(crate) async fn list(
    app: &App,
    input: wire::ListEnvironmentTemplatesInput,
) -> Answer<wire::ListEnvironmentTemplatesOutput> {
    let page = Page::of(&input)?;
    let found = template::template_list(app, KIND, &convert::page_request(&page)).await?;
    Ok(wire::ListEnvironmentTemplatesOutput {
        next_token: page.next(found.next.as_deref()),
        templates: found.items.into_iter().map(|template| summary(app.location(), template)).collect(),
    })
}

/// UpdateEnvironmentTemplate.
pub(crate) async fn update(
    app: &App,
    input: wire::UpdateEnvironmentTemplateInput,
) -> Answer<wire::UpdateEnvironmentTemplateOutput> {
    let input = TemplateUpdate {
        kind: KIND,
        name: convert::name(input.name)?,
        display_name: input.display_name,
        description: input.description,
    };
    let template = template::template_update(app, input).await?;
    Ok(wire::UpdateEnvironmentTemplateOutput { environment_template: detail(app.location(), template) })
}

/// DeleteEnvironmentTemplate.
pub(crate) async fn delete(
    app: &App,
    input: wire::DeleteEnvironmentTemplateInput,
) -> Answer<wire::DeleteEnvironmentTemplateOutput> {
    let deleted = template::template_delete(app, KIND, &convert::name(input.name)?).await?;
    Ok(wire::DeleteEnvironmentTemplateOutput {
        environment_template: deleted.map(|template| detail(app.location(), template)),
    })
}

/// CreateEnvironmentTemplateVersion.
pub(crate) async fn version_create(
    app: &App,
    input: wire::CreateEnvironmentTemplateVersionInput,
) -> Answer<wire::CreateEnvironmentTemplateVersionOutput> {
    let input = VersionCreate {
        kind: KIND,
        template: convert::name(input.template_name)?,
        major: convert::part(input.major_version.as_deref())?,
        description: input.description,
        source: convert::source(input.source),
        compatible_environment_templates: Vec::new(),
        supports_components: false,
        tags: convert::tags(input.tags)?,
        client_token: convert::token(input.client_token),
    };
    let version = template_version::version_create(app, input).await?;
    Ok(wire::CreateEnvironmentTemplateVersionOutput {
        environment_template_version: version_detail(app.location(), version),
    })
}

/// GetEnvironmentTemplateVersion.
pub(crate) async fn version_get(
    app: &App,
    input: wire::GetEnvironmentTemplateVersionInput,
) -> Answer<wire::GetEnvironmentTemplateVersionOutput> {
    let id = version_id(input.template_name, &input.major_version, &input.minor_version)?;
    let version = template_version::version_get(app, &id).await?;
    Ok(wire::GetEnvironmentTemplateVersionOutput {
        environment_template_version: version_detail(app.location(), version),
    })
}

/// ListEnvironmentTemplateVersions.
pub(crate) async fn version_list(
    app: &App,
    input: wire::ListEnvironmentTemplateVersionsInput,
) -> Answer<wire::ListEnvironmentTemplateVersionsOutput> {
    let page = Page::of(&input)?;
    let (name, major) = (convert::name(input.template_name)?, convert::part(input.major_version.as_deref())?);
    let found =
        template_version::version_list(app, KIND, &name, major, &convert::page_request(&page)).await?;
    let row = |version| version_summary(app.location(), version);
    Ok(wire::ListEnvironmentTemplateVersionsOutput {
        next_token: page.next(found.next.as_deref()),
        template_versions: found.items.into_iter().map(row).collect(),
    })
}

/// UpdateEnvironmentTemplateVersion.
pub(crate) async fn version_update(
    app: &App,
    input: wire::UpdateEnvironmentTemplateVersionInput,
) -> Answer<wire::UpdateEnvironmentTemplateVersionOutput> {
    let input = VersionUpdate {
        id: version_id(input.template_name, &input.major_version, &input.minor_version)?,
        description: input.description,
        status: input.status.map(convert::version_status),
        compatible_environment_templates: None,
        supports_components: None,
    };
    let version = template_version::version_update(app, input).await?;
    Ok(wire::UpdateEnvironmentTemplateVersionOutput {
        environment_template_version: version_detail(app.location(), version),
    })
}

/// DeleteEnvironmentTemplateVersion.
pub(crate) async fn version_delete(
    app: &App,
    input: wire::DeleteEnvironmentTemplateVersionInput,
) -> Answer<wire::DeleteEnvironmentTemplateVersionOutput> {
    let id = version_id(input.template_name, &input.major_version, &input.minor_version)?;
    let deleted = template_version::version_delete(app, &id).await?;
    Ok(wire::DeleteEnvironmentTemplateVersionOutput {
        environment_template_version: deleted.map(|version| version_detail(app.location(), version)),
    })
}

fn version_id(template: String, major: &str, minor: &str) -> Answer<VersionId> {
    Ok(VersionId { kind: KIND, template: convert::name(template)?, version: convert::version(major, minor)? })
}

fn arn(location: &Location, template: &Template) -> String {
    location.arn(&Resource::Template { kind: KIND, name: template.name.clone() })
}

fn detail(location: &Location, template: Template) -> wire::EnvironmentTemplate {
    wire::EnvironmentTemplate {
        arn: arn(location, &template),
        created_at: convert::timestamp(template.created_at),
        last_modified_at: convert::timestamp(template.last_modified_at),
        provisioning: convert::provisioning(template.customer_managed),
        recommended_version: template.recommended().map(|version| version.to_string()),
        name: template.name.into(),
        description: template.description,
        display_name: template.display_name,
        encryption_key: template.encryption_key,
    }
}

fn summary(location: &Location, template: Template) -> wire::EnvironmentTemplateSummary {
    wire::EnvironmentTemplateSummary {
        arn: arn(location, &template),
        created_at: convert::timestamp(template.created_at),
        last_modified_at: convert::timestamp(template.last_modified_at),
        provisioning: convert::provisioning(template.customer_managed),
        recommended_version: template.recommended().map(|version| version.to_string()),
        name: template.name.into(),
        description: template.description,
        display_name: template.display_name,
    }
}

fn version_arn(location: &Location, view: &VersionView) -> String {
    location.arn(&view.id().resource())
}

fn version_detail(location: &Location, view: VersionView) -> wire::EnvironmentTemplateVersion {
    wire::EnvironmentTemplateVersion {
        arn: version_arn(location, &view),
        created_at: convert::timestamp(view.version.created_at),
        last_modified_at: convert::timestamp(view.version.last_modified_at),
        major_version: view.version.version.major.to_string(),
        minor_version: view.version.version.minor.to_string(),
        recommended_minor_version: view.recommended_minor.map(|minor| minor.to_string()),
        schema: view.schema,
        status: convert::version_status_wire(view.version.status()),
        status_message: view.version.status_message().map(ToOwned::to_owned),
        description: view.version.description,
        template_name: view.version.template.into(),
    }
}

fn version_summary(location: &Location, view: VersionView) -> wire::EnvironmentTemplateVersionSummary {
    wire::EnvironmentTemplateVersionSummary {
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
