//! Service sync configurations and blockers (behaviour 2.11, 8.3).

use protium_app::App;
use protium_app::sync::{
    SyncConfigInput, blocker_resolve, blocker_summary, instance_sync_require, sync_config_create,
    sync_config_delete, sync_config_get, sync_config_update,
};
use protium_domain::sync::{BlockerStatus, SyncBlocker, SyncConfig, SyncSubject};
use protium_wire::service_sync as wire;

use super::convert;
use crate::error::Answer;

/// CreateServiceSyncConfig.
pub(crate) async fn create(
    app: &App,
    input: wire::CreateServiceSyncConfigInput,
) -> Answer<wire::CreateServiceSyncConfigOutput> {
    let input = SyncConfigInput {
        subject: subject(input.service_name)?,
        repository: convert::repository(input.repository_provider, input.repository_name)?,
        branch: input.branch,
        path: Some(input.file_path),
    };
    let config = sync_config_create(app, input).await?;
    Ok(wire::CreateServiceSyncConfigOutput { service_sync_config: Some(detail(config)) })
}

/// GetServiceSyncConfig.
pub(crate) async fn get(
    app: &App,
    input: wire::GetServiceSyncConfigInput,
) -> Answer<wire::GetServiceSyncConfigOutput> {
    let config = sync_config_get(app, &subject(input.service_name)?).await?;
    Ok(wire::GetServiceSyncConfigOutput { service_sync_config: Some(detail(config)) })
}

/// UpdateServiceSyncConfig.
pub(crate) async fn update(
    app: &App,
    input: wire::UpdateServiceSyncConfigInput,
) -> Answer<wire::UpdateServiceSyncConfigOutput> {
    let input = SyncConfigInput {
        subject: subject(input.service_name)?,
        repository: convert::repository(input.repository_provider, input.repository_name)?,
        branch: input.branch,
        path: Some(input.file_path),
    };
    let config = sync_config_update(app, input).await?;
    Ok(wire::UpdateServiceSyncConfigOutput { service_sync_config: Some(detail(config)) })
}

/// DeleteServiceSyncConfig.
pub(crate) async fn delete(
    app: &App,
    input: wire::DeleteServiceSyncConfigInput,
) -> Answer<wire::DeleteServiceSyncConfigOutput> {
    let config = sync_config_delete(app, &subject(input.service_name)?).await?;
    Ok(wire::DeleteServiceSyncConfigOutput { service_sync_config: Some(detail(config)) })
}

/// GetServiceInstanceSyncStatus: nothing, until a first run.
pub(crate) async fn instance_status(
    app: &App,
    input: wire::GetServiceInstanceSyncStatusInput,
) -> Answer<wire::GetServiceInstanceSyncStatusOutput> {
    let (service, name) = (convert::name(input.service_name)?, convert::name(input.service_instance_name)?);
    instance_sync_require(app, &service, &name).await?;
    Ok(wire::GetServiceInstanceSyncStatusOutput {
        desired_state: None,
        latest_successful_sync: None,
        latest_sync: None,
    })
}

/// GetServiceSyncBlockerSummary.
pub(crate) async fn blockers(
    app: &App,
    input: wire::GetServiceSyncBlockerSummaryInput,
) -> Answer<wire::GetServiceSyncBlockerSummaryOutput> {
    let service = convert::name(input.service_name)?;
    let instance = input.service_instance_name.map(convert::name).transpose()?;
    let blockers = blocker_summary(app, &service, instance.as_ref()).await?;
    let summary = wire::ServiceSyncBlockerSummary {
        latest_blockers: Some(blockers.into_iter().map(blocker).collect()),
        service_instance_name: instance.map(Into::into),
        service_name: service.into(),
    };
    Ok(wire::GetServiceSyncBlockerSummaryOutput { service_sync_blocker_summary: Some(summary) })
}

/// UpdateServiceSyncBlocker.
pub(crate) async fn blocker_update(
    app: &App,
    input: wire::UpdateServiceSyncBlockerInput,
) -> Answer<wire::UpdateServiceSyncBlockerOutput> {
    let resolved = blocker_resolve(app, &input.id, &input.resolved_reason).await?;
    Ok(wire::UpdateServiceSyncBlockerOutput {
        service_instance_name: resolved.instance.clone().map(Into::into),
        service_name: resolved.service.clone().into(),
        service_sync_blocker: blocker(resolved),
    })
}

fn subject(service: String) -> Answer<SyncSubject> {
    Ok(SyncSubject::Service(convert::name(service)?))
}

fn detail(config: SyncConfig) -> wire::ServiceSyncConfig {
    wire::ServiceSyncConfig {
        branch: config.branch,
        file_path: config.path.unwrap_or_default(),
        repository_name: config.repository.name.into(),
        repository_provider: convert::repository_provider(config.repository.provider),
        service_name: config.subject.name().to_string(),
    }
}

fn blocker(blocker: SyncBlocker) -> wire::SyncBlocker {
    let context = |(key, value): (String, String)| wire::SyncBlockerContext { key, value };
    wire::SyncBlocker {
        created_at: convert::timestamp(blocker.created_at),
        status: match blocker.status() {
            BlockerStatus::Active => wire::BlockerStatus::Active,
            BlockerStatus::Resolved => wire::BlockerStatus::Resolved,
        },
        contexts: Some(blocker.contexts.into_iter().map(context).collect()),
        created_reason: blocker.created_reason,
        id: blocker.id.into(),
        resolved_at: blocker.resolved_at.map(convert::timestamp),
        resolved_reason: blocker.resolved_reason,
        r#type: wire::BlockerType::Automated,
    }
}
