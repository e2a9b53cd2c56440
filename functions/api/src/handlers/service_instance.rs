//! Service instances (behaviour 2.5).

use protium_app::service_instance::{
    self, ServiceInstanceCreate, ServiceInstanceFilter, ServiceInstanceUpdate, ServiceInstanceView,
};
use protium_app::{App, Error};
use protium_domain::arn::Location;
use protium_domain::service_instance::ServiceInstance;
use protium_wire::Page;
use protium_wire::service_instance as wire;
use protium_wire::service_instance::{ListServiceInstancesFilterBy as FilterBy, ListServiceInstancesSortBy};

use super::{convert, deployable};
use crate::error::{Answer, Failure};

/// GetServiceInstance.
pub(crate) async fn get(
    app: &App,
    input: wire::GetServiceInstanceInput,
) -> Answer<wire::GetServiceInstanceOutput> {
    let (service, name) = (convert::name(input.service_name)?, convert::name(input.name)?);
    let view = service_instance::service_instance_get(app, &service, &name).await?;
    Ok(wire::GetServiceInstanceOutput { service_instance: detail(app.location(), view) })
}

/// ListServiceInstances.
pub(crate) async fn list(
    app: &App,
    input: wire::ListServiceInstancesInput,
) -> Answer<wire::ListServiceInstancesOutput> {
    let page = Page::of(&input)?;
    require_default_order(&input)?;
    let filter = filter(input)?;
    let found = service_instance::service_instance_list(app, filter, &convert::page_request(&page)).await?;
    Ok(wire::ListServiceInstancesOutput {
        next_token: page.next(found.next.as_deref()),
        service_instances: found.items.into_iter().map(|item| summary(app.location(), item)).collect(),
    })
}

/// CreateServiceInstance.
pub(crate) async fn create(
    app: &App,
    input: wire::CreateServiceInstanceInput,
) -> Answer<wire::CreateServiceInstanceOutput> {
    let (major, minor) = (input.template_major_version.as_deref(), input.template_minor_version.as_deref());
    let input = ServiceInstanceCreate {
        service: convert::name(input.service_name)?,
        name: convert::name(input.name)?,
        version: deployable::version_choice(major, minor)?,
        spec: input.spec,
        tags: convert::tags(input.tags)?,
        client_token: convert::token(input.client_token),
    };
    let view = service_instance::service_instance_create(app, input).await?;
    Ok(wire::CreateServiceInstanceOutput { service_instance: detail(app.location(), view) })
}

/// UpdateServiceInstance.
pub(crate) async fn update(
    app: &App,
    input: wire::UpdateServiceInstanceInput,
) -> Answer<wire::UpdateServiceInstanceOutput> {
    let (major, minor) = (input.template_major_version.as_deref(), input.template_minor_version.as_deref());
    let input = ServiceInstanceUpdate {
        service: convert::name(input.service_name)?,
        name: convert::name(input.name)?,
        deployment_type: deployable::deployment_type(input.deployment_type),
        version: deployable::version_choice(major, minor)?,
        spec: input.spec,
        client_token: convert::token(input.client_token),
    };
    let view = service_instance::service_instance_update(app, input).await?;
    Ok(wire::UpdateServiceInstanceOutput { service_instance: detail(app.location(), view) })
}

/// CancelServiceInstanceDeployment.
pub(crate) async fn cancel(
    app: &App,
    input: wire::CancelServiceInstanceDeploymentInput,
) -> Answer<wire::CancelServiceInstanceDeploymentOutput> {
    let (service, name) = (convert::name(input.service_name)?, convert::name(input.service_instance_name)?);
    let view = service_instance::service_instance_cancel(app, &service, &name).await?;
    Ok(wire::CancelServiceInstanceDeploymentOutput { service_instance: detail(app.location(), view) })
}

/// ListServiceInstanceOutputs.
pub(crate) async fn outputs(
    app: &App,
    input: wire::ListServiceInstanceOutputsInput,
) -> Answer<wire::ListServiceInstanceOutputsOutput> {
    let (service, name) = (convert::name(input.service_name)?, convert::name(input.service_instance_name)?);
    let id = deployable::deployment_id(input.deployment_id)?;
    let outputs = service_instance::service_instance_outputs(app, &service, &name, id.as_ref()).await?;
    Ok(wire::ListServiceInstanceOutputsOutput { next_token: None, outputs: deployable::outputs(outputs) })
}

/// ListServiceInstanceProvisionedResources.
pub(crate) async fn provisioned_resources(
    app: &App,
    input: wire::ListServiceInstanceProvisionedResourcesInput,
) -> Answer<wire::ListServiceInstanceProvisionedResourcesOutput> {
    let (service, name) = (convert::name(input.service_name)?, convert::name(input.service_instance_name)?);
    let resources = service_instance::service_instance_provisioned_resources(app, &service, &name).await?;
    Ok(wire::ListServiceInstanceProvisionedResourcesOutput {
        next_token: None,
        provisioned_resources: deployable::resources(resources),
    })
}

/// The table answers one order: by service, then by name.
fn require_default_order(input: &wire::ListServiceInstancesInput) -> Answer<()> {
    if let Some(by) = input.sort_by.filter(|by| *by != ListServiceInstancesSortBy::ServiceName) {
        return Err(later(format!("sortBy: {by}")));
    }
    if input.sort_order == Some(wire::SortOrder::Descending) {
        return Err(later("sortOrder: DESCENDING".to_owned()));
    }
    Ok(())
}

/// The one thing that instances are filtered by; asking for the same thing twice is asking once.
fn filter(input: wire::ListServiceInstancesInput) -> Answer<ServiceInstanceFilter> {
    let mut wanted = Vec::new();
    if let Some(service) = input.service_name {
        wanted.push(ServiceInstanceFilter::Service(convert::name(service)?));
    }
    for filter in input.filters.unwrap_or_default() {
        let (Some(key), Some(value)) = (filter.key, filter.value) else {
            return Err(Failure::validation("filters: a filter has a key and a value; give both"));
        };
        let choice = match key {
            FilterBy::ServiceName => ServiceInstanceFilter::Service(convert::name(value)?),
            FilterBy::EnvironmentName => ServiceInstanceFilter::Environment(convert::name(value)?),
            other => return Err(later(format!("filters: {other}"))),
        };
        if !wanted.contains(&choice) {
            wanted.push(choice);
        }
    }
    let first = wanted.pop();
    if !wanted.is_empty() {
        return Err(later("filters: more than one service or environment".to_owned()));
    }
    Ok(first.unwrap_or(ServiceInstanceFilter::All))
}

fn later(what: String) -> Failure {
    Failure::App(Error::NotImplemented(format!(
        "{what}: this release of Protium lists instances by service and name, all or those of one service or one \
         environment; a later release filters and sorts by more"
    )))
}

fn detail(location: &Location, view: ServiceInstanceView) -> wire::ServiceInstance {
    let ServiceInstanceView { instance, spec } = view;
    let arn = location.arn(&instance.target().resource());
    let deployed = instance.deployable;
    wire::ServiceInstance {
        arn,
        created_at: convert::timestamp(instance.created_at),
        deployment_status: deployable::status(deployed.status()),
        deployment_status_message: deployed.status_message().map(ToOwned::to_owned),
        environment_name: instance.environment.into(),
        last_attempted_deployment_id: Some(deployed.last_attempted_deployment_id.into()),
        last_client_request_token: instance.last_client_request_token,
        last_deployment_attempted_at: convert::timestamp(deployed.last_attempted_at),
        last_deployment_succeeded_at: deployed.last_succeeded_at.map(convert::timestamp),
        last_succeeded_deployment_id: deployed.last_succeeded_deployment_id.map(Into::into),
        name: instance.name.into(),
        service_name: instance.service.into(),
        spec: Some(spec),
        template_major_version: instance.version.major.to_string(),
        template_minor_version: instance.version.minor.to_string(),
        template_name: instance.template.into(),
    }
}

fn summary(location: &Location, instance: ServiceInstance) -> wire::ServiceInstanceSummary {
    let arn = location.arn(&instance.target().resource());
    let deployed = instance.deployable;
    wire::ServiceInstanceSummary {
        arn,
        created_at: convert::timestamp(instance.created_at),
        deployment_status: deployable::status(deployed.status()),
        deployment_status_message: deployed.status_message().map(ToOwned::to_owned),
        environment_name: instance.environment.into(),
        last_attempted_deployment_id: Some(deployed.last_attempted_deployment_id.into()),
        last_deployment_attempted_at: convert::timestamp(deployed.last_attempted_at),
        last_deployment_succeeded_at: deployed.last_succeeded_at.map(convert::timestamp),
        last_succeeded_deployment_id: deployed.last_succeeded_deployment_id.map(Into::into),
        name: instance.name.into(),
        service_name: instance.service.into(),
        template_major_version: instance.version.major.to_string(),
        template_minor_version: instance.version.minor.to_string(),
        template_name: instance.template.into(),
    }
}

#[cfg(test)]
mod tests {
    use protium_wire::error::ErrorCode;
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn chosen(input: Value) -> Result<ServiceInstanceFilter, (ErrorCode, String)> {
        let input: wire::ListServiceInstancesInput = serde_json::from_value(input).expect("an input");
        let chosen = require_default_order(&input).and_then(|()| filter(input));
        chosen.map_err(Failure::into_wire).map_err(|error| (error.code, error.message))
    }

    fn by(key: &str, value: &str) -> Value {
        json!({"key": key, "value": value})
    }

    #[rstest]
    #[case(json!({}), ServiceInstanceFilter::All)]
    #[case(json!({"sortBy": "serviceName", "sortOrder": "ASCENDING", "filters": []}), ServiceInstanceFilter::All)]
    #[case(json!({"serviceName": "shop"}), ServiceInstanceFilter::Service(convert::name("shop".into()).expect("valid")))]
    #[case(json!({"filters": [by("serviceName", "shop")]}), ServiceInstanceFilter::Service(convert::name("shop".into()).expect("valid")))]
    #[case(json!({"serviceName": "shop", "filters": [by("serviceName", "shop")]}), ServiceInstanceFilter::Service(convert::name("shop".into()).expect("valid")))]
    #[case(json!({"filters": [by("environmentName", "beta")]}), ServiceInstanceFilter::Environment(convert::name("beta".into()).expect("valid")))]
    fn what_the_table_answers_is_listed(#[case] input: Value, #[case] expected: ServiceInstanceFilter) {
        assert_eq!(chosen(input), Ok(expected));
    }

    #[rstest]
    #[case(json!({"sortBy": "createdAt"}), "sortBy: createdAt")]
    #[case(json!({"sortOrder": "DESCENDING"}), "sortOrder: DESCENDING")]
    #[case(json!({"filters": [by("deploymentStatus", "FAILED")]}), "filters: deploymentStatus")]
    #[case(json!({"serviceName": "shop", "filters": [by("environmentName", "beta")]}), "filters: more than one")]
    #[case(json!({"filters": [by("serviceName", "a"), by("serviceName", "b")]}), "filters: more than one")]
    fn what_it_can_t_answer_yet_is_named(#[case] input: Value, #[case] member: &str) {
        let (code, message) = chosen(input).expect_err("not yet");
        assert_eq!(code, ErrorCode::NotImplemented);
        assert!(message.starts_with(member), "{message}");
    }

    #[rstest]
    #[case(json!({"filters": [{"key": "serviceName"}]}))]
    #[case(json!({"filters": [by("environmentName", "no name")]}))]
    fn a_broken_filter_is_invalid(#[case] input: Value) {
        assert_eq!(chosen(input).expect_err("invalid").0, ErrorCode::Validation);
    }
}
