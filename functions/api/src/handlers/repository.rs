//! Links to repositories (behaviour 2.11).

use protium_app::App;
use protium_app::repository::{
    RepositoryCreate, repository_create, repository_delete, repository_get, repository_list,
};
use protium_app::sync::{SyncDefinition, SyncType, repository_sync_require, sync_definition_list};
use protium_domain::arn::{Location, Resource};
use protium_domain::repository::Repository;
use protium_wire::Page;
use protium_wire::repository as wire;

use super::convert;
use crate::error::Answer;

/// CreateRepository.
pub(crate) async fn create(
    app: &App,
    input: wire::CreateRepositoryInput,
) -> Answer<wire::CreateRepositoryOutput> {
    let input = RepositoryCreate {
        id: convert::repository(input.provider, input.name)?,
        connection_arn: input.connection_arn,
        encryption_key: input.encryption_key,
        tags: convert::tags(input.tags)?,
    };
    let repository = repository_create(app, input).await?;
    Ok(wire::CreateRepositoryOutput { repository: detail(app.location(), repository) })
}

/// GetRepository.
pub(crate) async fn get(app: &App, input: wire::GetRepositoryInput) -> Answer<wire::GetRepositoryOutput> {
    let repository = repository_get(app, &convert::repository(input.provider, input.name)?).await?;
    Ok(wire::GetRepositoryOutput { repository: detail(app.location(), repository) })
}

/// ListRepositories.
pub(crate) async fn list(
    app: &App,
    input: wire::ListRepositoriesInput,
) -> Answer<wire::ListRepositoriesOutput> {
    let page = Page::of(&input)?;
    let found = repository_list(app, &convert::page_request(&page)).await?;
    Ok(wire::ListRepositoriesOutput {
        next_token: page.next(found.next.as_deref()),
        repositories: found.items.into_iter().map(|item| summary(app.location(), item)).collect(),
    })
}

/// DeleteRepository.
pub(crate) async fn delete(
    app: &App,
    input: wire::DeleteRepositoryInput,
) -> Answer<wire::DeleteRepositoryOutput> {
    let repository = repository_delete(app, &convert::repository(input.provider, input.name)?).await?;
    Ok(wire::DeleteRepositoryOutput { repository: Some(detail(app.location(), repository)) })
}

/// GetRepositorySyncStatus: nothing, until a first run.
pub(crate) async fn sync_status(
    app: &App,
    input: wire::GetRepositorySyncStatusInput,
) -> Answer<wire::GetRepositorySyncStatusOutput> {
    let id = convert::repository(input.repository_provider, input.repository_name)?;
    repository_sync_require(app, &id).await?;
    Ok(wire::GetRepositorySyncStatusOutput { latest_sync: None })
}

/// ListRepositorySyncDefinitions.
pub(crate) async fn sync_definitions(
    app: &App,
    input: wire::ListRepositorySyncDefinitionsInput,
) -> Answer<wire::ListRepositorySyncDefinitionsOutput> {
    let id = convert::repository(input.repository_provider, input.repository_name)?;
    let sync_type = match input.sync_type {
        wire::SyncType::TemplateSync => SyncType::Template,
        wire::SyncType::ServiceSync => SyncType::Service,
    };
    let found = sync_definition_list(app, &id, sync_type).await?;
    let shown = |definition: SyncDefinition| wire::RepositorySyncDefinition {
        branch: definition.branch,
        directory: definition.directory,
        target: definition.parent.clone(),
        parent: definition.parent,
    };
    Ok(wire::ListRepositorySyncDefinitionsOutput {
        next_token: None,
        sync_definitions: found.into_iter().map(shown).collect(),
    })
}

fn detail(location: &Location, repository: Repository) -> wire::Repository {
    wire::Repository {
        arn: location.arn(&Resource::Repository { id: repository.id.clone() }),
        connection_arn: repository.connection_arn,
        encryption_key: repository.encryption_key,
        provider: convert::repository_provider(repository.id.provider),
        name: repository.id.name.into(),
    }
}

fn summary(location: &Location, repository: Repository) -> wire::RepositorySummary {
    let wire::Repository { arn, connection_arn, name, provider, .. } = detail(location, repository);
    wire::RepositorySummary { arn, connection_arn, name, provider }
}
