//! Account settings (behaviour 2.8).

use protium_app::App;
use protium_app::account::{RepositoryChoice, SettingsUpdate, settings_get, settings_update};
use protium_app::summary::{Counts, resources_summary};
use protium_domain::account::{AccountSettings, RepositoryBranch};
use protium_domain::tally::Countable;
use protium_wire::account as wire;
use protium_wire::common;

use super::convert;
use crate::error::Answer;

/// GetAccountSettings.
pub(crate) async fn settings(
    app: &App,
    _: wire::GetAccountSettingsInput,
) -> Answer<wire::GetAccountSettingsOutput> {
    let settings = settings_get(app).await?;
    Ok(wire::GetAccountSettingsOutput { account_settings: Some(detail(settings)) })
}

/// UpdateAccountSettings.
pub(crate) async fn settings_change(
    app: &App,
    input: wire::UpdateAccountSettingsInput,
) -> Answer<wire::UpdateAccountSettingsOutput> {
    let choice = |repository: common::RepositoryBranchInput| -> Answer<RepositoryChoice> {
        let id = convert::repository(repository.provider, repository.name)?;
        Ok(RepositoryChoice { id, branch: repository.branch })
    };
    let input = SettingsUpdate {
        pipeline_service_role_arn: input.pipeline_service_role_arn,
        pipeline_codebuild_role_arn: input.pipeline_codebuild_role_arn,
        pipeline_provisioning_repository: input.pipeline_provisioning_repository.map(choice).transpose()?,
        delete_pipeline_provisioning_repository: input
            .delete_pipeline_provisioning_repository
            .unwrap_or_default(),
    };
    let settings = settings_update(app, input).await?;
    Ok(wire::UpdateAccountSettingsOutput { account_settings: detail(settings) })
}

/// GetResourcesSummary.
pub(crate) async fn summary(
    app: &App,
    _: wire::GetResourcesSummaryInput,
) -> Answer<wire::GetResourcesSummaryOutput> {
    let summary = resources_summary(app).await?;
    let of = |kind| summary.get(&kind).copied().unwrap_or_default();
    let total = |kind| Some(wire::ResourceCountsSummary { total: number(of(kind).total), ..NOTHING });
    let stale = |kind| {
        let counts: Counts = of(kind);
        Some(wire::ResourceCountsSummary {
            total: number(counts.total),
            failed: Some(number(counts.failed)),
            up_to_date: Some(number(counts.up_to_date)),
            behind_minor: Some(number(counts.behind_minor)),
            behind_major: Some(number(counts.behind_major)),
        })
    };
    let components = of(Countable::Component);
    let counts = wire::CountsSummary {
        components: Some(wire::ResourceCountsSummary {
            total: number(components.total),
            failed: Some(number(components.failed)),
            ..NOTHING
        }),
        environment_templates: total(Countable::EnvironmentTemplate),
        environments: stale(Countable::Environment),
        pipelines: stale(Countable::ServicePipeline),
        service_instances: stale(Countable::ServiceInstance),
        service_templates: total(Countable::ServiceTemplate),
        services: stale(Countable::Service),
    };
    Ok(wire::GetResourcesSummaryOutput { counts })
}

/// A count as it travels: the wire's integers have 32 bits.
fn number(count: i64) -> i32 {
    i32::try_from(count.max(0)).unwrap_or(i32::MAX)
}

/// Of a kind that is told less of.
const NOTHING: wire::ResourceCountsSummary = wire::ResourceCountsSummary {
    total: 0,
    failed: None,
    up_to_date: None,
    behind_minor: None,
    behind_major: None,
};

fn detail(settings: AccountSettings) -> wire::AccountSettings {
    wire::AccountSettings {
        pipeline_codebuild_role_arn: settings.pipeline_codebuild_role_arn,
        pipeline_provisioning_repository: settings.pipeline_provisioning_repository.map(repository),
        pipeline_service_role_arn: settings.pipeline_service_role_arn,
    }
}

fn repository(branch: RepositoryBranch) -> common::RepositoryBranch {
    common::RepositoryBranch {
        arn: branch.arn,
        branch: branch.branch,
        provider: convert::repository_provider(branch.repository.provider),
        name: branch.repository.name.into(),
    }
}
