//! Settings of the account in this region: what pipelines are provisioned with (behaviour 2.8).

use protium_domain::account::AccountSettings;
use protium_domain::revision::Revision;

use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt, Write};
use crate::race::Races;

/// A request to change the settings; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct SettingsUpdate {
    /// Role for pipelines made by CloudFormation; empty clears it.
    pub pipeline_service_role_arn: Option<String>,
    /// Role for pipelines made by CodeBuild; empty clears it.
    pub pipeline_codebuild_role_arn: Option<String>,
    /// Whether a repository for self-managed pipelines is given.
    pub pipeline_provisioning_repository: Option<RepositoryChoice>,
    /// Clears the repository.
    pub delete_pipeline_provisioning_repository: bool,
}

/// A branch of a linked repository, as a request names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryChoice {
    /// `GITHUB`, `GITHUB_ENTERPRISE` or `BITBUCKET`.
    pub provider: String,
    /// `owner/repo`.
    pub name: String,
    /// The branch.
    pub branch: String,
}

/// Reads the settings. Before anybody set them, all are absent.
///
/// # Errors
/// The store's failures only.
pub async fn settings_get(app: &App) -> Result<AccountSettings> {
    Ok(app.store.find(Key::AccountSettings).await?.unwrap_or_default())
}

/// Changes the settings.
///
/// # Errors
/// [`Error::Validation`] when the repository is both given and deleted, and for a role that is not on the allow-list;
/// [`Error::NotImplemented`] for a repository, since none can be linked yet.
pub async fn settings_update(app: &App, input: SettingsUpdate) -> Result<AccountSettings> {
    check(app, &input)?;
    let mut races = Races::few();
    loop {
        let mut settings = settings_get(app).await?;
        let read = settings.revision;
        apply(&mut settings, &input);
        settings.revision = Some(read.map_or_else(|| Revision::first(app.now()), Revision::next));
        let write = Write::ReplaceSettings(settings.clone(), read);
        match app.store.commit(&[write]).await {
            Ok(()) => return Ok(settings),
            Err(error) => races.lost(error, "the account settings")?,
        }
    }
}

fn check(app: &App, input: &SettingsUpdate) -> Result<()> {
    if input.delete_pipeline_provisioning_repository && input.pipeline_provisioning_repository.is_some() {
        return Err(Error::Validation(
            "deletePipelineProvisioningRepository and pipelineProvisioningRepository exclude each other; give one of \
             them"
                .to_owned(),
        ));
    }
    let roles = [&input.pipeline_service_role_arn, &input.pipeline_codebuild_role_arn];
    for role in roles.into_iter().flatten().filter(|role| !role.is_empty()) {
        let allowed = app.installation.provisioning_roles.check(role);
        allowed.map_err(|error| Error::Validation(error.to_string()))?;
    }
    if let Some(repository) = &input.pipeline_provisioning_repository {
        return Err(Error::NotImplemented(format!(
            "pipelineProvisioningRepository: '{}' is not linked, and this release of Protium can't link repositories \
             yet; a later release will",
            repository.name
        )));
    }
    Ok(())
}

fn apply(settings: &mut AccountSettings, input: &SettingsUpdate) {
    let given = |role: &String| (!role.is_empty()).then(|| role.clone());
    if let Some(role) = &input.pipeline_service_role_arn {
        settings.pipeline_service_role_arn = given(role);
    }
    if let Some(role) = &input.pipeline_codebuild_role_arn {
        settings.pipeline_codebuild_role_arn = given(role);
    }
    if input.delete_pipeline_provisioning_repository {
        settings.pipeline_provisioning_repository = None;
    }
}
