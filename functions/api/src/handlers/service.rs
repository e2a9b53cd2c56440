//! Services (behaviour 2.4).

use protium_app::App;
use protium_app::service::{self, RepositoryMembers, ServiceCreate, ServiceUpdate, ServiceView};
use protium_domain::arn::{Location, Resource};
use protium_domain::service::{Service, ServiceStatus};
use protium_domain::version::version_part;
use protium_wire::Page;
use protium_wire::service as wire;

use super::{convert, service_pipeline};
use crate::error::Answer;

/// CreateService.
pub(crate) async fn create(app: &App, input: wire::CreateServiceInput) -> Answer<wire::CreateServiceOutput> {
    let view = service::service_create(app, create_input(input)?).await?;
    Ok(wire::CreateServiceOutput { service: detail(app.location(), view) })
}

/// The request of CreateService.
pub(super) fn create_input(input: wire::CreateServiceInput) -> Answer<ServiceCreate> {
    let repository = RepositoryMembers {
        connection_arn: input.repository_connection_arn,
        id: input.repository_id,
        branch: input.branch_name,
    };
    Ok(ServiceCreate {
        name: convert::name(input.name)?,
        description: input.description,
        template: convert::name(input.template_name)?,
        major: version_part(&input.template_major_version)?,
        minor: convert::part(input.template_minor_version.as_deref())?,
        spec: input.spec,
        repository,
        tags: convert::tags(input.tags)?,
    })
}

/// GetService.
pub(crate) async fn get(app: &App, input: wire::GetServiceInput) -> Answer<wire::GetServiceOutput> {
    let view = service::service_get(app, &convert::name(input.name)?).await?;
    Ok(wire::GetServiceOutput { service: Some(detail(app.location(), view)) })
}

/// ListServices.
pub(crate) async fn list(app: &App, input: wire::ListServicesInput) -> Answer<wire::ListServicesOutput> {
    let page = Page::of(&input)?;
    let found = service::service_list(app, &convert::page_request(&page)).await?;
    Ok(wire::ListServicesOutput {
        next_token: page.next(found.next.as_deref()),
        services: found.items.into_iter().map(|item| summary(app.location(), item)).collect(),
    })
}

/// UpdateService.
pub(crate) async fn update(app: &App, input: wire::UpdateServiceInput) -> Answer<wire::UpdateServiceOutput> {
    let input =
        ServiceUpdate { name: convert::name(input.name)?, description: input.description, spec: input.spec };
    let view = service::service_update(app, input).await?;
    Ok(wire::UpdateServiceOutput { service: detail(app.location(), view) })
}

/// DeleteService.
pub(crate) async fn delete(app: &App, input: wire::DeleteServiceInput) -> Answer<wire::DeleteServiceOutput> {
    let deleted = service::service_delete(app, &convert::name(input.name)?).await?;
    Ok(wire::DeleteServiceOutput { service: deleted.map(|view| detail(app.location(), view)) })
}

fn arn(location: &Location, service: &Service) -> String {
    location.arn(&Resource::Service { name: service.name.clone() })
}

fn detail(location: &Location, view: ServiceView) -> wire::Service {
    let ServiceView { service, spec, pipeline } = view;
    let (arn, status) = (arn(location, &service), status(service.status()));
    let status_message = service.status_message().map(ToOwned::to_owned);
    let (connection, repository, branch) = match service.repository {
        Some(code) => (Some(code.connection_arn), Some(code.id), Some(code.branch)),
        None => (None, None, None),
    };
    wire::Service {
        arn,
        branch_name: branch,
        created_at: convert::timestamp(service.created_at),
        description: service.description,
        last_modified_at: convert::timestamp(service.last_modified_at),
        name: service.name.into(),
        pipeline: pipeline.map(|pipeline| service_pipeline::detail(location, pipeline)),
        repository_connection_arn: connection,
        repository_id: repository,
        spec,
        status,
        status_message,
        template_name: service.template.into(),
    }
}

fn summary(location: &Location, service: Service) -> wire::ServiceSummary {
    wire::ServiceSummary {
        arn: arn(location, &service),
        status: status(service.status()),
        status_message: service.status_message().map(ToOwned::to_owned),
        created_at: convert::timestamp(service.created_at),
        description: service.description,
        last_modified_at: convert::timestamp(service.last_modified_at),
        name: service.name.into(),
        template_name: service.template.into(),
    }
}

const fn status(status: ServiceStatus) -> wire::ServiceStatus {
    use wire::ServiceStatus as Wire;
    match status {
        ServiceStatus::CreateInProgress => Wire::CreateInProgress,
        ServiceStatus::CreateFailedCleanupInProgress => Wire::CreateFailedCleanupInProgress,
        ServiceStatus::CreateFailedCleanupComplete => Wire::CreateFailedCleanupComplete,
        ServiceStatus::CreateFailedCleanupFailed => Wire::CreateFailedCleanupFailed,
        ServiceStatus::CreateFailed => Wire::CreateFailed,
        ServiceStatus::Active => Wire::Active,
        ServiceStatus::DeleteInProgress => Wire::DeleteInProgress,
        ServiceStatus::DeleteFailed => Wire::DeleteFailed,
        ServiceStatus::UpdateInProgress => Wire::UpdateInProgress,
        ServiceStatus::UpdateFailedCleanupInProgress => Wire::UpdateFailedCleanupInProgress,
        ServiceStatus::UpdateFailedCleanupComplete => Wire::UpdateFailedCleanupComplete,
        ServiceStatus::UpdateFailedCleanupFailed => Wire::UpdateFailedCleanupFailed,
        ServiceStatus::UpdateFailed => Wire::UpdateFailed,
        ServiceStatus::UpdateCompleteCleanupFailed => Wire::UpdateCompleteCleanupFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_keep_their_names() {
        for one in ServiceStatus::ALL {
            assert_eq!(status(one).as_str(), one.as_str());
        }
    }
}
