//! Service instances (behaviour 2.5).

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use protium_app::App;
use protium_app::service_instance::{
    self, InstanceFilter, InstanceOrder, InstanceSort, ServiceInstanceCreate, ServiceInstanceUpdate,
    ServiceInstanceView,
};
use protium_app::summary::Staleness;
use protium_domain::arn::Location;
use protium_domain::deployable::DeploymentStatus;
use protium_domain::service_instance::ServiceInstance;
use protium_domain::time::Timestamp;
use protium_wire::Page;
use protium_wire::service_instance as wire;
use protium_wire::service_instance::{
    ListServiceInstancesFilterBy as FilterBy, ListServiceInstancesSortBy as SortBy,
};

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
    let (order, filter) = (order(&input), filter(input)?);
    let request = convert::page_request(&page);
    let found = service_instance::service_instance_list(app, &filter, order, &request).await?;
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
    let view = service_instance::service_instance_create(app, create_input(input)?).await?;
    Ok(wire::CreateServiceInstanceOutput { service_instance: detail(app.location(), view) })
}

/// The request of CreateServiceInstance.
pub(super) fn create_input(input: wire::CreateServiceInstanceInput) -> Answer<ServiceInstanceCreate> {
    let (major, minor) = (input.template_major_version.as_deref(), input.template_minor_version.as_deref());
    Ok(ServiceInstanceCreate {
        service: convert::name(input.service_name)?,
        name: convert::name(input.name)?,
        version: deployable::version_choice(major, minor)?,
        spec: input.spec,
        tags: convert::tags(input.tags)?,
        client_token: convert::token(input.client_token),
    })
}

/// UpdateServiceInstance.
pub(crate) async fn update(
    app: &App,
    input: wire::UpdateServiceInstanceInput,
) -> Answer<wire::UpdateServiceInstanceOutput> {
    let view = service_instance::service_instance_update(app, update_input(input)?).await?;
    Ok(wire::UpdateServiceInstanceOutput { service_instance: detail(app.location(), view) })
}

/// The request of UpdateServiceInstance.
pub(super) fn update_input(input: wire::UpdateServiceInstanceInput) -> Answer<ServiceInstanceUpdate> {
    let (major, minor) = (input.template_major_version.as_deref(), input.template_minor_version.as_deref());
    Ok(ServiceInstanceUpdate {
        service: convert::name(input.service_name)?,
        name: convert::name(input.name)?,
        deployment_type: deployable::deployment_type(input.deployment_type),
        version: deployable::version_choice(major, minor)?,
        spec: input.spec,
        client_token: convert::token(input.client_token),
    })
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

/// In which order; by service and name unless the request says something else.
fn order(input: &wire::ListServiceInstancesInput) -> InstanceOrder {
    let by = match input.sort_by {
        None | Some(SortBy::ServiceName) => InstanceSort::Service,
        Some(SortBy::Name) => InstanceSort::Name,
        Some(SortBy::DeploymentStatus) => InstanceSort::DeploymentStatus,
        Some(SortBy::TemplateName) => InstanceSort::Template,
        Some(SortBy::EnvironmentName) => InstanceSort::Environment,
        Some(SortBy::LastDeploymentAttemptedAt) => InstanceSort::LastDeploymentAttemptedAt,
        Some(SortBy::CreatedAt) => InstanceSort::CreatedAt,
    };
    InstanceOrder { by, descending: input.sort_order == Some(wire::SortOrder::Descending) }
}

/// What instances are filtered by: each key must fit; of a key that is given several times one value must.
fn filter(input: wire::ListServiceInstancesInput) -> Answer<InstanceFilter> {
    let mut filter = InstanceFilter::default();
    for given in input.filters.unwrap_or_default() {
        let (Some(key), Some(value)) = (given.key, given.value) else {
            return Err(Failure::validation("filters: a filter has a key and a value; give both"));
        };
        add(&mut filter, key, value)?;
    }
    if let Some(service) = input.service_name {
        let service = convert::name(service)?;
        if !filter.services.is_empty() && !filter.services.contains(&service) {
            return Err(Failure::validation(
                "serviceName: the filters by serviceName name other services only; give one of the two",
            ));
        }
        filter.services = vec![service];
    }
    Ok(filter)
}

fn add(filter: &mut InstanceFilter, key: FilterBy, value: String) -> Answer<()> {
    match key {
        FilterBy::Name => once(&mut filter.names, convert::name(value)?),
        FilterBy::ServiceName => once(&mut filter.services, convert::name(value)?),
        FilterBy::EnvironmentName => once(&mut filter.environments, convert::name(value)?),
        FilterBy::TemplateName => once(&mut filter.templates, convert::name(value)?),
        FilterBy::DeploymentStatus => once(&mut filter.statuses, status(&value)?),
        FilterBy::DeployedTemplateVersionStatus => once(&mut filter.staleness, staleness(&value)?),
        // Of several bounds one must fit: the widest counts.
        FilterBy::LastDeploymentAttemptedAtBefore => latest(&mut filter.attempted.before, time(key, &value)?),
        FilterBy::LastDeploymentAttemptedAtAfter => earliest(&mut filter.attempted.after, time(key, &value)?),
        FilterBy::CreatedAtBefore => latest(&mut filter.created.before, time(key, &value)?),
        FilterBy::CreatedAtAfter => earliest(&mut filter.created.after, time(key, &value)?),
    }
    Ok(())
}

fn once<T: PartialEq>(values: &mut Vec<T>, value: T) {
    if !values.contains(&value) {
        values.push(value);
    }
}

fn latest(bound: &mut Option<Timestamp>, time: Timestamp) {
    *bound = Some(bound.map_or(time, |bound| bound.max(time)));
}

fn earliest(bound: &mut Option<Timestamp>, time: Timestamp) {
    *bound = Some(bound.map_or(time, |bound| bound.min(time)));
}

fn status(value: &str) -> Answer<DeploymentStatus> {
    let found = DeploymentStatus::ALL.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(value));
    found.ok_or_else(|| {
        let known: Vec<&str> = DeploymentStatus::ALL.iter().map(|status| status.as_str()).collect();
        Failure::validation(format!(
            "filters: '{value}' is no deploymentStatus; use one of {}",
            known.join(", ")
        ))
    })
}

/// The values of Proton are not public; these are Protium's own (behaviour 13).
fn staleness(value: &str) -> Answer<Staleness> {
    match value.to_ascii_uppercase().as_str() {
        "CURRENT" => Ok(Staleness::UpToDate),
        "BEHIND_MINOR" => Ok(Staleness::BehindMinor),
        "BEHIND_MAJOR" => Ok(Staleness::BehindMajor),
        _ => Err(Failure::validation(format!(
            "filters: '{value}' is no deployedTemplateVersionStatus; use CURRENT, BEHIND_MINOR or BEHIND_MAJOR"
        ))),
    }
}

fn time(key: FilterBy, value: &str) -> Answer<Timestamp> {
    let read = DateTime::from_str(value, Format::DateTime).ok().and_then(|time| time.to_millis().ok());
    read.map(Timestamp::from_millis).ok_or_else(|| {
        Failure::validation(format!(
            "filters: '{value}' is no time for {key}; write it as 2026-11-02T09:00:00Z"
        ))
    })
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
    use protium_wire::Operation;
    use protium_wire::error::ErrorCode;
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn chosen(input: Value) -> Result<(InstanceFilter, InstanceOrder), (ErrorCode, String)> {
        let input: wire::ListServiceInstancesInput = serde_json::from_value(input).expect("an input");
        let order = order(&input);
        let chosen = filter(input).map(|filter| (filter, order));
        chosen
            .map_err(|failure| failure.into_wire(Operation::ListServiceInstances))
            .map_err(|error| (error.code, error.message))
    }

    fn by(key: &str, value: &str) -> Value {
        json!({"key": key, "value": value})
    }

    fn name(text: &str) -> protium_domain::name::ResourceName {
        convert::name(text.to_owned()).expect("valid")
    }

    #[test]
    fn nothing_asked_for_is_everything_by_service_and_name() {
        for input in [json!({}), json!({"sortBy": "serviceName", "sortOrder": "ASCENDING", "filters": []})] {
            assert_eq!(chosen(input), Ok((InstanceFilter::default(), InstanceOrder::default())));
        }
    }

    #[test]
    fn a_key_given_twice_has_two_values_and_a_time_its_widest_bound() {
        let filters = json!([
            by("serviceName", "shop"),
            by("serviceName", "blog"),
            by("serviceName", "shop"),
            by("deploymentStatus", "failed"),
            by("deployedTemplateVersionStatus", "behind_Minor"),
            by("createdAtAfter", "1970-01-01T00:00:02Z"),
            by("createdAtAfter", "1970-01-01T00:00:01.5Z"),
            by("lastDeploymentAttemptedAtBefore", "1970-01-01T00:00:03Z"),
        ]);
        let (filter, order) =
            chosen(json!({"filters": filters, "sortBy": "createdAt", "sortOrder": "DESCENDING"}))
                .expect("valid");
        assert_eq!(filter.services, [name("shop"), name("blog")]);
        assert_eq!(filter.statuses, [DeploymentStatus::Failed]);
        assert_eq!(filter.staleness, [Staleness::BehindMinor]);
        assert_eq!(filter.created.after, Some(Timestamp::from_millis(1_500)));
        assert_eq!(filter.attempted.before, Some(Timestamp::from_millis(3_000)));
        assert_eq!(order, InstanceOrder { by: InstanceSort::CreatedAt, descending: true });
    }

    #[test]
    fn a_service_and_filters_by_services_go_together() {
        let both =
            json!({"serviceName": "shop", "filters": [by("serviceName", "shop"), by("serviceName", "blog")]});
        assert_eq!(chosen(both).expect("valid").0.services, [name("shop")]);
        let apart = json!({"serviceName": "shop", "filters": [by("serviceName", "blog")]});
        assert_eq!(chosen(apart).expect_err("nothing fits").0, ErrorCode::Validation);
    }

    #[rstest]
    #[case(json!({"filters": [{"key": "serviceName"}]}))]
    #[case(json!({"filters": [by("environmentName", "no name")]}))]
    #[case(json!({"filters": [by("deploymentStatus", "SOSO")]}))]
    #[case(json!({"filters": [by("deployedTemplateVersionStatus", "OLD")]}))]
    #[case(json!({"filters": [by("createdAtBefore", "yesterday")]}))]
    #[case(json!({"filters": [by("createdAtBefore", "2026-11-02")]}))]
    fn a_broken_filter_is_invalid(#[case] input: Value) {
        assert_eq!(chosen(input).expect_err("invalid").0, ErrorCode::Validation);
    }
}
