//! From an operation to its handler: one exhaustive match, so that an operation without an arm doesn't compile.

use protium_app::App;
use protium_wire::{Operation, Request, protocol};
use serde_json::Value;

use crate::error::Answer;
use crate::handlers::{
    account, account_connection, component, deployment, environment, environment_template, fleet, notify,
    own, preview, repository, service, service_instance, service_pipeline, service_sync, service_template,
    tag, template_sync, update_policy,
};
use crate::http::Caller;

/// Carries out `operation` for `caller`, with the JSON of its input; the JSON of its answer.
///
/// # Errors
/// [`crate::error::Failure`]: what the request breaks, or why the use case refused or failed.
pub async fn dispatch(app: &App, caller: &Caller<'_>, operation: Operation, input: &Value) -> Answer<String> {
    use Operation as Op;
    match operation {
        Op::GetAccountSettings => run(app, input, account::settings).await,
        Op::UpdateAccountSettings => run(app, input, account::settings_change).await,
        Op::GetResourcesSummary => run(app, input, account::summary).await,

        Op::CreateEnvironmentTemplate => run(app, input, environment_template::create).await,
        Op::GetEnvironmentTemplate => run(app, input, environment_template::get).await,
        Op::ListEnvironmentTemplates => run(app, input, environment_template::list).await,
        Op::UpdateEnvironmentTemplate => run(app, input, environment_template::update).await,
        Op::DeleteEnvironmentTemplate => run(app, input, environment_template::delete).await,
        Op::CreateEnvironmentTemplateVersion => run(app, input, environment_template::version_create).await,
        Op::GetEnvironmentTemplateVersion => run(app, input, environment_template::version_get).await,
        Op::ListEnvironmentTemplateVersions => run(app, input, environment_template::version_list).await,
        Op::UpdateEnvironmentTemplateVersion => run(app, input, environment_template::version_update).await,
        Op::DeleteEnvironmentTemplateVersion => run(app, input, environment_template::version_delete).await,

        Op::CreateServiceTemplate => run(app, input, service_template::create).await,
        Op::GetServiceTemplate => run(app, input, service_template::get).await,
        Op::ListServiceTemplates => run(app, input, service_template::list).await,
        Op::UpdateServiceTemplate => run(app, input, service_template::update).await,
        Op::DeleteServiceTemplate => run(app, input, service_template::delete).await,
        Op::CreateServiceTemplateVersion => run(app, input, service_template::version_create).await,
        Op::GetServiceTemplateVersion => run(app, input, service_template::version_get).await,
        Op::ListServiceTemplateVersions => run(app, input, service_template::version_list).await,
        Op::UpdateServiceTemplateVersion => run(app, input, service_template::version_update).await,
        Op::DeleteServiceTemplateVersion => run(app, input, service_template::version_delete).await,

        Op::ListTagsForResource => run(app, input, tag::list).await,
        Op::TagResource => run(app, input, tag::put).await,
        Op::UntagResource => run(app, input, tag::remove).await,

        Op::CreateEnvironment => run(app, input, environment::create).await,
        Op::GetEnvironment => run(app, input, environment::get).await,
        Op::ListEnvironments => run(app, input, environment::list).await,
        Op::UpdateEnvironment => run(app, input, environment::update).await,
        Op::DeleteEnvironment => run(app, input, environment::delete).await,
        Op::ListEnvironmentOutputs => run(app, input, environment::outputs).await,
        Op::ListEnvironmentProvisionedResources => run(app, input, environment::provisioned_resources).await,
        Op::CancelEnvironmentDeployment => run(app, input, environment::cancel).await,

        Op::CreateService => run(app, input, service::create).await,
        Op::GetService => run(app, input, service::get).await,
        Op::ListServices => run(app, input, service::list).await,
        Op::DeleteService => run(app, input, service::delete).await,
        Op::UpdateService => run(app, input, service::update).await,

        Op::GetServiceInstance => run(app, input, service_instance::get).await,
        Op::ListServiceInstances => run(app, input, service_instance::list).await,
        Op::UpdateServiceInstance => run(app, input, service_instance::update).await,
        Op::ListServiceInstanceOutputs => run(app, input, service_instance::outputs).await,
        Op::ListServiceInstanceProvisionedResources => {
            run(app, input, service_instance::provisioned_resources).await
        }
        Op::CancelServiceInstanceDeployment => run(app, input, service_instance::cancel).await,
        Op::CreateServiceInstance => run(app, input, service_instance::create).await,

        Op::GetDeployment => run(app, input, deployment::get).await,
        Op::ListDeployments => run(app, input, deployment::list).await,
        Op::DeleteDeployment => run(app, input, deployment::delete).await,

        Op::UpdateServicePipeline => run(app, input, service_pipeline::update).await,
        Op::ListServicePipelineOutputs => run(app, input, service_pipeline::outputs).await,
        Op::ListServicePipelineProvisionedResources => {
            run(app, input, service_pipeline::provisioned_resources).await
        }
        Op::CancelServicePipelineDeployment => run(app, input, service_pipeline::cancel).await,

        Op::CreateComponent => run(app, input, component::create).await,
        Op::GetComponent => run(app, input, component::get).await,
        Op::ListComponents => run(app, input, component::list).await,
        Op::UpdateComponent => run(app, input, component::update).await,
        Op::DeleteComponent => run(app, input, component::delete).await,
        Op::CancelComponentDeployment => run(app, input, component::cancel).await,
        Op::ListComponentOutputs => run(app, input, component::outputs).await,
        Op::ListComponentProvisionedResources => run(app, input, component::provisioned_resources).await,

        Op::CreateEnvironmentAccountConnection => {
            run_as(app, caller, input, account_connection::create).await
        }
        Op::GetEnvironmentAccountConnection => run_as(app, caller, input, account_connection::get).await,
        Op::ListEnvironmentAccountConnections => run_as(app, caller, input, account_connection::list).await,
        Op::UpdateEnvironmentAccountConnection => {
            run_as(app, caller, input, account_connection::update).await
        }
        Op::DeleteEnvironmentAccountConnection => {
            run_as(app, caller, input, account_connection::delete).await
        }
        Op::AcceptEnvironmentAccountConnection => {
            run_as(app, caller, input, account_connection::accept).await
        }
        Op::RejectEnvironmentAccountConnection => {
            run_as(app, caller, input, account_connection::reject).await
        }

        Op::CreateRepository => run(app, input, repository::create).await,
        Op::GetRepository => run(app, input, repository::get).await,
        Op::ListRepositories => run(app, input, repository::list).await,
        Op::DeleteRepository => run(app, input, repository::delete).await,

        Op::GetRepositorySyncStatus => run(app, input, repository::sync_status).await,
        Op::ListRepositorySyncDefinitions => run(app, input, repository::sync_definitions).await,

        Op::CreateTemplateSyncConfig => run(app, input, template_sync::create).await,
        Op::GetTemplateSyncConfig => run(app, input, template_sync::get).await,
        Op::UpdateTemplateSyncConfig => run(app, input, template_sync::update).await,
        Op::DeleteTemplateSyncConfig => run(app, input, template_sync::delete).await,
        Op::GetTemplateSyncStatus => run(app, input, template_sync::status).await,

        Op::CreateServiceSyncConfig => run(app, input, service_sync::create).await,
        Op::GetServiceSyncConfig => run(app, input, service_sync::get).await,
        Op::UpdateServiceSyncConfig => run(app, input, service_sync::update).await,
        Op::DeleteServiceSyncConfig => run(app, input, service_sync::delete).await,
        Op::GetServiceInstanceSyncStatus => run(app, input, service_sync::instance_status).await,
        Op::GetServiceSyncBlockerSummary => run(app, input, service_sync::blockers).await,
        Op::UpdateServiceSyncBlocker => run(app, input, service_sync::blocker_update).await,

        // Protium's own.
        Op::GetRenderedTemplate => run(app, input, own::rendered_template).await,
        Op::RetryDeployment => run(app, input, own::retry).await,
        Op::ForceDelete => run(app, input, own::delete_by_force).await,
        Op::PreviewDeployment => run(app, input, preview::preview).await,
        Op::GetPreview => run(app, input, preview::get).await,
        Op::AdoptResource => run(app, input, preview::adopt).await,
        Op::ImportTemplateVersion => run(app, input, own::version_import).await,

        Op::PlanFleetUpdate => run_as(app, caller, input, fleet::plan).await,
        Op::StartFleetUpdate => run_as(app, caller, input, fleet::start).await,
        Op::GetFleetUpdate => run(app, input, fleet::get).await,
        Op::ListFleetUpdates => run(app, input, fleet::list).await,
        Op::ListFleetUpdateTargets => run(app, input, fleet::targets).await,
        Op::PauseFleetUpdate => run(app, input, fleet::pause).await,
        Op::ResumeFleetUpdate => run(app, input, fleet::resume).await,
        Op::CancelFleetUpdate => run(app, input, fleet::cancel).await,
        Op::ApproveFleetUpdate => run(app, input, fleet::approve).await,
        Op::RollBackFleetUpdate => run(app, input, fleet::roll_back).await,
        Op::PutUpdatePolicy => run(app, input, update_policy::put).await,
        Op::GetUpdatePolicy => run(app, input, update_policy::get).await,
        Op::DeleteUpdatePolicy => run(app, input, update_policy::delete).await,

        Op::NotifyResourceDeploymentStatusChange => run_as(app, caller, input, notify::notify).await,
    }
}

/// Decodes the input that `handler` takes, and encodes its answer.
async fn run<R, H>(app: &App, input: &Value, handler: H) -> Answer<String>
where
    R: Request,
    H: AsyncFnOnce(&App, R) -> Answer<R::Answer>,
{
    let answer = handler(app, protocol::decode(input)?).await?;
    Ok(protocol::encode(&answer)?)
}

/// As [`run`], for a handler that decides by who calls.
async fn run_as<R, H>(app: &App, caller: &Caller<'_>, input: &Value, handler: H) -> Answer<String>
where
    R: Request,
    H: AsyncFnOnce(&App, &Caller<'_>, R) -> Answer<R::Answer>,
{
    let answer = handler(app, caller, protocol::decode(input)?).await?;
    Ok(protocol::encode(&answer)?)
}
