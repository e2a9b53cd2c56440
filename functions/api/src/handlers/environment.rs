//! Environments (behaviour 2.3).

use protium_app::App;
use protium_app::environment::{self, EnvironmentCreate, EnvironmentUpdate, EnvironmentView};
use protium_domain::arn::Location;
use protium_domain::environment::{Environment, EnvironmentRoles};
use protium_domain::template_version::CompatibleEnvironmentTemplate;
use protium_domain::version::version_part;
use protium_wire::Page;
use protium_wire::environment as wire;

use super::{convert, deployable};
use crate::error::Answer;

/// CreateEnvironment.
pub(crate) async fn create(
    app: &App,
    input: wire::CreateEnvironmentInput,
) -> Answer<wire::CreateEnvironmentOutput> {
    let view = environment::environment_create(app, create_input(input)?).await?;
    Ok(wire::CreateEnvironmentOutput { environment: detail(app.location(), view) })
}

/// The request of CreateEnvironment.
pub(super) fn create_input(input: wire::CreateEnvironmentInput) -> Answer<EnvironmentCreate> {
    Ok(EnvironmentCreate {
        name: convert::name(input.name)?,
        description: input.description,
        template: convert::name(input.template_name)?,
        major: version_part(&input.template_major_version)?,
        minor: convert::part(input.template_minor_version.as_deref())?,
        spec: input.spec,
        roles: EnvironmentRoles {
            proton_service_role_arn: input.proton_service_role_arn,
            codebuild_role_arn: input.codebuild_role_arn,
            component_role_arn: input.component_role_arn,
        },
        connection_id: input.environment_account_connection_id,
        has_repository: input.provisioning_repository.is_some(),
        tags: convert::tags(input.tags)?,
    })
}

/// GetEnvironment.
pub(crate) async fn get(app: &App, input: wire::GetEnvironmentInput) -> Answer<wire::GetEnvironmentOutput> {
    let view = environment::environment_get(app, &convert::name(input.name)?).await?;
    Ok(wire::GetEnvironmentOutput { environment: detail(app.location(), view) })
}

/// ListEnvironments.
pub(crate) async fn list(
    app: &App,
    input: wire::ListEnvironmentsInput,
) -> Answer<wire::ListEnvironmentsOutput> {
    let page = Page::of(&input)?;
    let templates: Vec<CompatibleEnvironmentTemplate> = input
        .environment_templates
        .unwrap_or_default()
        .into_iter()
        .map(template_filter)
        .collect::<Answer<_>>()?;
    let found = environment::environment_list(app, templates, &convert::page_request(&page)).await?;
    Ok(wire::ListEnvironmentsOutput {
        next_token: page.next(found.next.as_deref()),
        environments: found.items.into_iter().map(|item| summary(app.location(), item)).collect(),
    })
}

/// UpdateEnvironment.
pub(crate) async fn update(
    app: &App,
    input: wire::UpdateEnvironmentInput,
) -> Answer<wire::UpdateEnvironmentOutput> {
    let view = environment::environment_update(app, update_input(input)?).await?;
    Ok(wire::UpdateEnvironmentOutput { environment: detail(app.location(), view) })
}

/// The request of UpdateEnvironment.
pub(super) fn update_input(input: wire::UpdateEnvironmentInput) -> Answer<EnvironmentUpdate> {
    let (major, minor) = (input.template_major_version.as_deref(), input.template_minor_version.as_deref());
    Ok(EnvironmentUpdate {
        name: convert::name(input.name)?,
        deployment_type: deployable::deployment_type(input.deployment_type),
        version: deployable::version_choice(major, minor)?,
        description: input.description,
        spec: input.spec,
        roles: EnvironmentRoles {
            proton_service_role_arn: input.proton_service_role_arn,
            codebuild_role_arn: input.codebuild_role_arn,
            component_role_arn: input.component_role_arn,
        },
        connection_id: input.environment_account_connection_id,
        has_repository: input.provisioning_repository.is_some(),
    })
}

/// DeleteEnvironment.
pub(crate) async fn delete(
    app: &App,
    input: wire::DeleteEnvironmentInput,
) -> Answer<wire::DeleteEnvironmentOutput> {
    let deleted = environment::environment_delete(app, &convert::name(input.name)?).await?;
    Ok(wire::DeleteEnvironmentOutput { environment: deleted.map(|view| detail(app.location(), view)) })
}

/// CancelEnvironmentDeployment.
pub(crate) async fn cancel(
    app: &App,
    input: wire::CancelEnvironmentDeploymentInput,
) -> Answer<wire::CancelEnvironmentDeploymentOutput> {
    let view = environment::environment_cancel(app, &convert::name(input.environment_name)?).await?;
    Ok(wire::CancelEnvironmentDeploymentOutput { environment: detail(app.location(), view) })
}

/// ListEnvironmentOutputs.
pub(crate) async fn outputs(
    app: &App,
    input: wire::ListEnvironmentOutputsInput,
) -> Answer<wire::ListEnvironmentOutputsOutput> {
    let name = convert::name(input.environment_name)?;
    let id = deployable::deployment_id(input.deployment_id)?;
    let outputs = environment::environment_outputs(app, &name, id.as_ref()).await?;
    Ok(wire::ListEnvironmentOutputsOutput { next_token: None, outputs: deployable::outputs(outputs) })
}

/// ListEnvironmentProvisionedResources.
pub(crate) async fn provisioned_resources(
    app: &App,
    input: wire::ListEnvironmentProvisionedResourcesInput,
) -> Answer<wire::ListEnvironmentProvisionedResourcesOutput> {
    let name = convert::name(input.environment_name)?;
    let resources = environment::environment_provisioned_resources(app, &name).await?;
    Ok(wire::ListEnvironmentProvisionedResourcesOutput {
        next_token: None,
        provisioned_resources: deployable::resources(resources),
    })
}

fn template_filter(filter: wire::EnvironmentTemplateFilter) -> Answer<CompatibleEnvironmentTemplate> {
    Ok(CompatibleEnvironmentTemplate {
        template_name: convert::name(filter.template_name)?,
        major_version: version_part(&filter.major_version)?,
    })
}

/// The roles that the environment names itself; lent ones are shown with their connection.
fn own_roles(environment: &Environment) -> EnvironmentRoles {
    if environment.connection_id.is_some() { EnvironmentRoles::default() } else { environment.roles.clone() }
}

fn detail(location: &Location, view: EnvironmentView) -> wire::Environment {
    let EnvironmentView { environment, spec } = view;
    let roles = own_roles(&environment);
    let arn = location.arn(&environment.target().resource());
    let deployed = environment.deployable;
    wire::Environment {
        arn,
        codebuild_role_arn: roles.codebuild_role_arn,
        component_role_arn: roles.component_role_arn,
        created_at: convert::timestamp(environment.created_at),
        deployment_status: deployable::status(deployed.status()),
        deployment_status_message: deployed.status_message().map(ToOwned::to_owned),
        description: environment.description,
        environment_account_connection_id: environment.connection_id.map(Into::into),
        environment_account_id: Some(environment.account),
        last_attempted_deployment_id: Some(deployed.last_attempted_deployment_id.into()),
        last_deployment_attempted_at: convert::timestamp(deployed.last_attempted_at),
        last_deployment_succeeded_at: deployed.last_succeeded_at.map(convert::timestamp),
        last_succeeded_deployment_id: deployed.last_succeeded_deployment_id.map(Into::into),
        name: environment.name.into(),
        proton_service_role_arn: roles.proton_service_role_arn,
        provisioning: convert::provisioning(environment.customer_managed),
        provisioning_repository: None,
        spec: Some(spec),
        template_major_version: environment.version.major.to_string(),
        template_minor_version: environment.version.minor.to_string(),
        template_name: environment.template.into(),
    }
}

fn summary(location: &Location, environment: Environment) -> wire::EnvironmentSummary {
    let roles = own_roles(&environment);
    let arn = location.arn(&environment.target().resource());
    let deployed = environment.deployable;
    wire::EnvironmentSummary {
        arn,
        component_role_arn: roles.component_role_arn,
        created_at: convert::timestamp(environment.created_at),
        deployment_status: deployable::status(deployed.status()),
        deployment_status_message: deployed.status_message().map(ToOwned::to_owned),
        description: environment.description,
        environment_account_connection_id: environment.connection_id.map(Into::into),
        environment_account_id: Some(environment.account),
        last_attempted_deployment_id: Some(deployed.last_attempted_deployment_id.into()),
        last_deployment_attempted_at: convert::timestamp(deployed.last_attempted_at),
        last_deployment_succeeded_at: deployed.last_succeeded_at.map(convert::timestamp),
        last_succeeded_deployment_id: deployed.last_succeeded_deployment_id.map(Into::into),
        name: environment.name.into(),
        proton_service_role_arn: roles.proton_service_role_arn,
        provisioning: convert::provisioning(environment.customer_managed),
        template_major_version: environment.version.major.to_string(),
        template_minor_version: environment.version.minor.to_string(),
        template_name: environment.template.into(),
    }
}
