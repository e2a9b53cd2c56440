//! Settings of the account in this region: what pipelines are provisioned with (behaviour 2.8).

use protium_domain::account::{AccountSettings, RepositoryBranch};
use protium_domain::arn::Resource;
use protium_domain::intent::Partition;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::repository::RepositoryId;
use protium_domain::revision::Revision;

use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt, Write};
use crate::race::Races;
use crate::repository::repository_get;

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
    /// Which repository.
    pub id: RepositoryId,
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
/// [`Error::NotFound`] for a repository that is not linked.
pub async fn settings_update(app: &App, input: SettingsUpdate) -> Result<AccountSettings> {
    check(app, &input)?;
    let mut races = Races::few();
    loop {
        let mut settings = settings_get(app).await?;
        let (read, before) = (settings.revision, used_repository(&settings).cloned());
        apply(app, &mut settings, &input);
        settings.revision = Some(read.map_or_else(|| Revision::first(app.now()), Revision::next));
        let mut commit = Commit::new(Partition::AccountSettings);
        commit.write(Write::ReplaceSettings(settings.clone(), read));
        let after = used_repository(&settings);
        if let Some(id) = after.filter(|_| input.pipeline_provisioning_repository.is_some()) {
            repository_get(app, id).await?;
            commit.write(Write::RequireLinked(id.clone(), app.now()));
            commit.write(Write::Put(use_of(id).into()));
        }
        if let Some(id) = before.filter(|before| after != Some(before)) {
            commit.write(Write::Remove(Key::Reference(use_of(&id))));
        }
        match commit.submit(app).await {
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
    Ok(())
}

fn used_repository(settings: &AccountSettings) -> Option<&RepositoryId> {
    settings.pipeline_provisioning_repository.as_ref().map(|branch| &branch.repository)
}

/// What keeps the link of a repository from being deleted while the settings name it.
fn use_of(id: &RepositoryId) -> Reference {
    Reference { referent: Referent::Repository { id: id.clone() }, referrer: Referrer::AccountSettings }
}

fn apply(app: &App, settings: &mut AccountSettings, input: &SettingsUpdate) {
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
    if let Some(choice) = &input.pipeline_provisioning_repository {
        settings.pipeline_provisioning_repository = Some(RepositoryBranch {
            arn: app.location().arn(&Resource::Repository { id: choice.id.clone() }),
            repository: choice.id.clone(),
            branch: choice.branch.clone(),
        });
    }
}
