//! Account settings (behaviour 2.8).

use protium_app::App;
use protium_app::account::{RepositoryChoice, SettingsUpdate, settings_get, settings_update};
use protium_domain::account::{AccountSettings, RepositoryBranch};
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
