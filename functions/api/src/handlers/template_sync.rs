//! Template sync configurations (behaviour 2.11, 8.2).

use protium_app::App;
use protium_app::sync::{
    SyncConfigInput, sync_config_create, sync_config_delete, sync_config_get, sync_config_update,
    template_sync_require,
};
use protium_domain::name::ResourceName;
use protium_domain::sync::{SyncConfig, SyncSubject};
use protium_domain::template::TemplateKind;
use protium_domain::version::version_part;
use protium_wire::template_sync as wire;
use protium_wire::template_sync::TemplateType;

use super::convert;
use crate::error::Answer;

/// CreateTemplateSyncConfig.
pub(crate) async fn create(
    app: &App,
    input: wire::CreateTemplateSyncConfigInput,
) -> Answer<wire::CreateTemplateSyncConfigOutput> {
    let input = SyncConfigInput {
        subject: subject(input.template_type, input.template_name)?,
        repository: convert::repository(input.repository_provider, input.repository_name)?,
        branch: input.branch,
        path: input.subdirectory,
    };
    let config = sync_config_create(app, input).await?;
    Ok(wire::CreateTemplateSyncConfigOutput { template_sync_config: detail(config) })
}

/// GetTemplateSyncConfig.
pub(crate) async fn get(
    app: &App,
    input: wire::GetTemplateSyncConfigInput,
) -> Answer<wire::GetTemplateSyncConfigOutput> {
    let config = sync_config_get(app, &subject(input.template_type, input.template_name)?).await?;
    Ok(wire::GetTemplateSyncConfigOutput { template_sync_config: detail(config) })
}

/// UpdateTemplateSyncConfig.
pub(crate) async fn update(
    app: &App,
    input: wire::UpdateTemplateSyncConfigInput,
) -> Answer<wire::UpdateTemplateSyncConfigOutput> {
    let input = SyncConfigInput {
        subject: subject(input.template_type, input.template_name)?,
        repository: convert::repository(input.repository_provider, input.repository_name)?,
        branch: input.branch,
        path: input.subdirectory,
    };
    let config = sync_config_update(app, input).await?;
    Ok(wire::UpdateTemplateSyncConfigOutput { template_sync_config: detail(config) })
}

/// DeleteTemplateSyncConfig.
pub(crate) async fn delete(
    app: &App,
    input: wire::DeleteTemplateSyncConfigInput,
) -> Answer<wire::DeleteTemplateSyncConfigOutput> {
    let config = sync_config_delete(app, &subject(input.template_type, input.template_name)?).await?;
    Ok(wire::DeleteTemplateSyncConfigOutput { template_sync_config: detail(config) })
}

/// GetTemplateSyncStatus: nothing, until a first run.
pub(crate) async fn status(
    app: &App,
    input: wire::GetTemplateSyncStatusInput,
) -> Answer<wire::GetTemplateSyncStatusOutput> {
    version_part(&input.template_version)?;
    let name = convert::name(input.template_name)?;
    template_sync_require(app, kind(input.template_type), &name).await?;
    Ok(wire::GetTemplateSyncStatusOutput {
        desired_state: None,
        latest_successful_sync: None,
        latest_sync: None,
    })
}

fn subject(of: TemplateType, name: String) -> Answer<SyncSubject> {
    Ok(SyncSubject::Template(kind(of), convert::name(name)?))
}

const fn kind(of: TemplateType) -> TemplateKind {
    match of {
        TemplateType::Environment => TemplateKind::Environment,
        TemplateType::Service => TemplateKind::Service,
    }
}

/// A configuration of a template; nothing when it were one of a service, which none is that is found by a template.
fn detail(config: SyncConfig) -> Option<wire::TemplateSyncConfig> {
    let (of, name): (TemplateType, ResourceName) = match config.subject {
        SyncSubject::Template(TemplateKind::Environment, name) => (TemplateType::Environment, name),
        SyncSubject::Template(TemplateKind::Service, name) => (TemplateType::Service, name),
        SyncSubject::Service(_) => return None,
    };
    Some(wire::TemplateSyncConfig {
        branch: config.branch,
        repository_name: config.repository.name.into(),
        repository_provider: convert::repository_provider(config.repository.provider),
        subdirectory: config.path,
        template_name: name.into(),
        template_type: of,
    })
}
