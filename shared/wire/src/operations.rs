//! The one list of operations: all 87 that Proton has, by family, and Protium's own.
//!
//! The two are two interfaces of one endpoint: they differ in what stands before the dot of `X-Amz-Target`, and each is
//! a service of its own in the models that we publish. Dispatch, decoding, pages and the published model read it; an operation that isn't here doesn't exist.

use crate::{
    error::ErrorCode,
    shape::{Shape, Shaped},
};
use serde::{Serialize, de::DeserializeOwned};

/// One of the two interfaces that the endpoint serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interface {
    /// AWS Proton's, which ordinary Proton clients speak (behaviour 0).
    Proton,
    /// What Proton never had (behaviour 15: wishes, and defects to avoid).
    Protium,
}

impl Interface {
    /// Both.
    pub const ALL: &'static [Self] = &[Self::Proton, Self::Protium];

    /// What stands before the dot in `X-Amz-Target`.
    pub const fn target_prefix(self) -> &'static str {
        match self {
            Self::Proton => "AwsProton20200720",
            Self::Protium => "Protium20261121",
        }
    }

    /// Its operations, in the order of the list.
    pub fn operations(self) -> impl Iterator<Item = Operation> {
        Operation::ALL.iter().copied().filter(move |operation| operation.description().interface == self)
    }
}

/// The input of an operation, which knows what it asks for and what the answer is.
///
/// Lets a handler be written once for its types: `async fn handle<R: Request>(input: R) -> Result<R::Answer, …>`.
pub trait Request: Shaped + Serialize + DeserializeOwned {
    /// What the operation answers.
    type Answer: Shaped + Serialize + DeserializeOwned;
    /// The operation this is the input of.
    const OPERATION: Operation;
}

/// What the list says of an operation.
#[derive(Debug)]
pub struct Description {
    /// Its name, e.g. `CreateEnvironment`.
    pub name: &'static str,
    /// The interface it belongs to.
    pub interface: Interface,
    /// The family it belongs to, e.g. `environment`: the name of its module here and of its handlers' module.
    pub family: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// Whether the model calls it idempotent.
    pub idempotent: bool,
    /// Shape of its input.
    pub input: &'static Shape,
    /// Shape of its answer.
    pub output: &'static Shape,
    /// Errors it declares beyond [`COMMON_ERRORS`].
    pub own_errors: &'static [ErrorCode],
}

/// Errors that every operation declares.
pub const COMMON_ERRORS: &[ErrorCode] =
    &[ErrorCode::Validation, ErrorCode::AccessDenied, ErrorCode::Throttling, ErrorCode::InternalServer];

impl Description {
    /// All errors that the operation declares.
    pub fn errors(&self) -> impl Iterator<Item = ErrorCode> {
        COMMON_ERRORS.iter().chain(self.own_errors).copied()
    }
}

/// Declares the operations: `Interface { Name(family::Input) -> Output [own errors] idempotent; }`.
macro_rules! operations {
    ($( $interface:ident { $(
        #[doc = $summary:literal]
        $name:ident($family:ident::$input:ident) -> $output:ident [$($error:ident)*] $($idempotent:ident)?;
    )* } )*) => {
        /// An operation of Proton's API, or one of Protium's own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operation {
            $($(#[doc = $summary] $name,)*)*
        }

        static DESCRIPTIONS: &[Description] = &[$($(
            Description {
                name: stringify!($name),
                interface: Interface::$interface,
                family: stringify!($family),
                summary: $summary.trim_ascii(),
                idempotent: is_idempotent!($($idempotent)?),
                input: &crate::$family::$input,
                output: &crate::$family::$output,
                own_errors: &[$(ErrorCode::$error),*],
            },
        )*)*];

        impl Operation {
            /// All operations, in the order of this list.
            pub const ALL: &'static [Self] = &[$($(Self::$name),*),*];

            /// The operation of that name, in either interface: no two have the same.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($(stringify!($name) => Some(Self::$name),)*)*
                    _ => None,
                }
            }
        }

        $($(
            impl Request for crate::$family::$input {
                type Answer = crate::$family::$output;
                const OPERATION: Operation = Operation::$name;
            }
        )*)*

        #[cfg(test)]
        fn for_each_type(check: &mut impl round_trip::Check) {
            $($(
                check.check::<crate::$family::$input>();
                check.check::<crate::$family::$output>();
            )*)*
        }
    };
}

/// Whether the word `idempotent` stands there.
macro_rules! is_idempotent {
    () => {
        false
    };
    (idempotent) => {
        true
    };
}

impl Operation {
    /// The operation that an `X-Amz-Target` header names, e.g. `AwsProton20200720.GetService`.
    pub fn from_target(target: &str) -> Option<Self> {
        let (prefix, name) = target.split_once('.')?;
        Self::from_name(name).filter(|operation| operation.description().interface.target_prefix() == prefix)
    }

    /// What the list says of it.
    pub fn description(self) -> &'static Description {
        // Enum and table come out of the same macro, in the same order.
        &DESCRIPTIONS[self as usize]
    }

    /// Its name, e.g. `CreateEnvironment`; also the action in policies, `proton:CreateEnvironment`.
    pub fn name(self) -> &'static str {
        self.description().name
    }

    /// The `X-Amz-Target` that names it.
    pub fn target(self) -> String {
        let description = self.description();
        format!("{}.{}", description.interface.target_prefix(), description.name)
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

operations! {
    Proton {
        // account
        /// Reads the settings of the account in this region.
        GetAccountSettings(account::GetAccountSettingsInput) -> GetAccountSettingsOutput [ResourceNotFound];
        /// Counts the account's resources and how many of them are behind.
        GetResourcesSummary(account::GetResourcesSummaryInput) -> GetResourcesSummaryOutput [];
        /// Changes the settings of the account in this region.
        UpdateAccountSettings(account::UpdateAccountSettingsInput) -> UpdateAccountSettingsOutput [Conflict];
        // account_connection
        /// Accepts the connection an environment account asked for.
        AcceptEnvironmentAccountConnection(account_connection::AcceptEnvironmentAccountConnectionInput)
            -> AcceptEnvironmentAccountConnectionOutput [Conflict ResourceNotFound] idempotent;
        /// Offers a management account the roles of this account for one environment.
        CreateEnvironmentAccountConnection(account_connection::CreateEnvironmentAccountConnectionInput)
            -> CreateEnvironmentAccountConnectionOutput [Conflict ServiceQuotaExceeded] idempotent;
        /// Withdraws an environment account connection.
        DeleteEnvironmentAccountConnection(account_connection::DeleteEnvironmentAccountConnectionInput)
            -> DeleteEnvironmentAccountConnectionOutput [Conflict ResourceNotFound] idempotent;
        /// Reads an environment account connection.
        GetEnvironmentAccountConnection(account_connection::GetEnvironmentAccountConnectionInput)
            -> GetEnvironmentAccountConnectionOutput [ResourceNotFound];
        /// Lists environment account connections, from either side.
        ListEnvironmentAccountConnections(account_connection::ListEnvironmentAccountConnectionsInput)
            -> ListEnvironmentAccountConnectionsOutput [];
        /// Rejects the connection an environment account asked for.
        RejectEnvironmentAccountConnection(account_connection::RejectEnvironmentAccountConnectionInput)
            -> RejectEnvironmentAccountConnectionOutput [Conflict ResourceNotFound] idempotent;
        /// Changes the roles an environment account connection lends.
        UpdateEnvironmentAccountConnection(account_connection::UpdateEnvironmentAccountConnectionInput)
            -> UpdateEnvironmentAccountConnectionOutput [Conflict ResourceNotFound] idempotent;
        // environment_template
        /// Makes an environment template, without any version.
        CreateEnvironmentTemplate(environment_template::CreateEnvironmentTemplateInput)
            -> CreateEnvironmentTemplateOutput [Conflict ServiceQuotaExceeded] idempotent;
        /// Registers a bundle as the next version of an environment template.
        CreateEnvironmentTemplateVersion(environment_template::CreateEnvironmentTemplateVersionInput)
            -> CreateEnvironmentTemplateVersionOutput [Conflict ResourceNotFound ServiceQuotaExceeded] idempotent;
        /// Deletes an environment template that has no versions.
        DeleteEnvironmentTemplate(environment_template::DeleteEnvironmentTemplateInput)
            -> DeleteEnvironmentTemplateOutput [Conflict ResourceNotFound] idempotent;
        /// Deletes a version of an environment template that nothing uses.
        DeleteEnvironmentTemplateVersion(environment_template::DeleteEnvironmentTemplateVersionInput)
            -> DeleteEnvironmentTemplateVersionOutput [Conflict ResourceNotFound] idempotent;
        /// Reads an environment template.
        GetEnvironmentTemplate(environment_template::GetEnvironmentTemplateInput)
            -> GetEnvironmentTemplateOutput [ResourceNotFound];
        /// Reads a version of an environment template with its schema.
        GetEnvironmentTemplateVersion(environment_template::GetEnvironmentTemplateVersionInput)
            -> GetEnvironmentTemplateVersionOutput [ResourceNotFound];
        /// Lists the majors of an environment template, or the minors of one major.
        ListEnvironmentTemplateVersions(environment_template::ListEnvironmentTemplateVersionsInput)
            -> ListEnvironmentTemplateVersionsOutput [ResourceNotFound];
        /// Lists environment templates.
        ListEnvironmentTemplates(environment_template::ListEnvironmentTemplatesInput)
            -> ListEnvironmentTemplatesOutput [];
        /// Changes display name and description of an environment template.
        UpdateEnvironmentTemplate(environment_template::UpdateEnvironmentTemplateInput)
            -> UpdateEnvironmentTemplateOutput [Conflict ResourceNotFound];
        /// Describes or publishes a version of an environment template.
        UpdateEnvironmentTemplateVersion(environment_template::UpdateEnvironmentTemplateVersionInput)
            -> UpdateEnvironmentTemplateVersionOutput [Conflict ResourceNotFound];
        // service_template
        /// Makes a service template, without any version.
        CreateServiceTemplate(service_template::CreateServiceTemplateInput)
            -> CreateServiceTemplateOutput [Conflict ServiceQuotaExceeded] idempotent;
        /// Registers a bundle as the next version of a service template.
        CreateServiceTemplateVersion(service_template::CreateServiceTemplateVersionInput)
            -> CreateServiceTemplateVersionOutput [Conflict ResourceNotFound ServiceQuotaExceeded] idempotent;
        /// Deletes a service template that has no versions.
        DeleteServiceTemplate(service_template::DeleteServiceTemplateInput)
            -> DeleteServiceTemplateOutput [Conflict ResourceNotFound] idempotent;
        /// Deletes a version of a service template that nothing uses.
        DeleteServiceTemplateVersion(service_template::DeleteServiceTemplateVersionInput)
            -> DeleteServiceTemplateVersionOutput [Conflict ResourceNotFound] idempotent;
        /// Reads a service template.
        GetServiceTemplate(service_template::GetServiceTemplateInput)
            -> GetServiceTemplateOutput [ResourceNotFound];
        /// Reads a version of a service template with its schema.
        GetServiceTemplateVersion(service_template::GetServiceTemplateVersionInput)
            -> GetServiceTemplateVersionOutput [ResourceNotFound];
        /// Lists the majors of a service template, or the minors of one major.
        ListServiceTemplateVersions(service_template::ListServiceTemplateVersionsInput)
            -> ListServiceTemplateVersionsOutput [ResourceNotFound];
        /// Lists service templates.
        ListServiceTemplates(service_template::ListServiceTemplatesInput) -> ListServiceTemplatesOutput [];
        /// Changes display name and description of a service template.
        UpdateServiceTemplate(service_template::UpdateServiceTemplateInput)
            -> UpdateServiceTemplateOutput [Conflict ResourceNotFound];
        /// Describes or publishes a version of a service template, or changes its compatible environments.
        UpdateServiceTemplateVersion(service_template::UpdateServiceTemplateVersionInput)
            -> UpdateServiceTemplateVersionOutput [Conflict ResourceNotFound];
        // environment
        /// Asks to stop the running deployment of an environment.
        CancelEnvironmentDeployment(environment::CancelEnvironmentDeploymentInput)
            -> CancelEnvironmentDeploymentOutput [Conflict ResourceNotFound];
        /// Makes an environment from a template and deploys it.
        CreateEnvironment(environment::CreateEnvironmentInput)
            -> CreateEnvironmentOutput [Conflict ResourceNotFound ServiceQuotaExceeded] idempotent;
        /// Takes an environment down.
        DeleteEnvironment(environment::DeleteEnvironmentInput)
            -> DeleteEnvironmentOutput [Conflict ResourceNotFound] idempotent;
        /// Reads an environment.
        GetEnvironment(environment::GetEnvironmentInput) -> GetEnvironmentOutput [ResourceNotFound];
        /// Lists the outputs of an environment.
        ListEnvironmentOutputs(environment::ListEnvironmentOutputsInput)
            -> ListEnvironmentOutputsOutput [ResourceNotFound];
        /// Lists what was provisioned for an environment.
        ListEnvironmentProvisionedResources(environment::ListEnvironmentProvisionedResourcesInput)
            -> ListEnvironmentProvisionedResourcesOutput [ResourceNotFound];
        /// Lists environments, all or those of given template versions.
        ListEnvironments(environment::ListEnvironmentsInput) -> ListEnvironmentsOutput [ResourceNotFound];
        /// Changes an environment and deploys it.
        UpdateEnvironment(environment::UpdateEnvironmentInput)
            -> UpdateEnvironmentOutput [Conflict ResourceNotFound];
        // service
        /// Makes a service with its instances and pipeline and deploys them.
        CreateService(service::CreateServiceInput)
            -> CreateServiceOutput [Conflict ResourceNotFound ServiceQuotaExceeded] idempotent;
        /// Takes a service down, with its instances and pipeline.
        DeleteService(service::DeleteServiceInput) -> DeleteServiceOutput [Conflict ResourceNotFound] idempotent;
        /// Reads a service with its pipeline.
        GetService(service::GetServiceInput) -> GetServiceOutput [ResourceNotFound];
        /// Lists services.
        ListServices(service::ListServicesInput) -> ListServicesOutput [];
        /// Changes a service: its description, or by its specification the set of its instances.
        UpdateService(service::UpdateServiceInput)
            -> UpdateServiceOutput [Conflict ResourceNotFound ServiceQuotaExceeded];
        // service_instance
        /// Asks to stop the running deployment of a service instance.
        CancelServiceInstanceDeployment(service_instance::CancelServiceInstanceDeploymentInput)
            -> CancelServiceInstanceDeploymentOutput [Conflict ResourceNotFound];
        /// Adds an instance to a service and deploys it.
        CreateServiceInstance(service_instance::CreateServiceInstanceInput)
            -> CreateServiceInstanceOutput [Conflict ResourceNotFound] idempotent;
        /// Reads a service instance.
        GetServiceInstance(service_instance::GetServiceInstanceInput)
            -> GetServiceInstanceOutput [ResourceNotFound];
        /// Lists the outputs of a service instance.
        ListServiceInstanceOutputs(service_instance::ListServiceInstanceOutputsInput)
            -> ListServiceInstanceOutputsOutput [ResourceNotFound];
        /// Lists what was provisioned for a service instance.
        ListServiceInstanceProvisionedResources(service_instance::ListServiceInstanceProvisionedResourcesInput)
            -> ListServiceInstanceProvisionedResourcesOutput [ResourceNotFound];
        /// Lists service instances, filtered and sorted.
        ListServiceInstances(service_instance::ListServiceInstancesInput)
            -> ListServiceInstancesOutput [ResourceNotFound];
        /// Changes a service instance and deploys it.
        UpdateServiceInstance(service_instance::UpdateServiceInstanceInput)
            -> UpdateServiceInstanceOutput [Conflict ResourceNotFound];
        // service_pipeline
        /// Asks to stop the running deployment of a service pipeline.
        CancelServicePipelineDeployment(service_pipeline::CancelServicePipelineDeploymentInput)
            -> CancelServicePipelineDeploymentOutput [Conflict ResourceNotFound];
        /// Lists the outputs of a service pipeline.
        ListServicePipelineOutputs(service_pipeline::ListServicePipelineOutputsInput)
            -> ListServicePipelineOutputsOutput [ResourceNotFound];
        /// Lists what was provisioned for a service pipeline.
        ListServicePipelineProvisionedResources(service_pipeline::ListServicePipelineProvisionedResourcesInput)
            -> ListServicePipelineProvisionedResourcesOutput [ResourceNotFound];
        /// Changes a service pipeline and deploys it.
        UpdateServicePipeline(service_pipeline::UpdateServicePipelineInput)
            -> UpdateServicePipelineOutput [Conflict ResourceNotFound];
        // component
        /// Asks to stop the running deployment of a component.
        CancelComponentDeployment(component::CancelComponentDeploymentInput)
            -> CancelComponentDeploymentOutput [Conflict ResourceNotFound];
        /// Makes a component and deploys it.
        CreateComponent(component::CreateComponentInput)
            -> CreateComponentOutput [Conflict ResourceNotFound ServiceQuotaExceeded] idempotent;
        /// Takes a component down.
        DeleteComponent(component::DeleteComponentInput)
            -> DeleteComponentOutput [Conflict ResourceNotFound] idempotent;
        /// Reads a component.
        GetComponent(component::GetComponentInput) -> GetComponentOutput [ResourceNotFound];
        /// Lists the outputs of a component.
        ListComponentOutputs(component::ListComponentOutputsInput)
            -> ListComponentOutputsOutput [ResourceNotFound];
        /// Lists what was provisioned for a component.
        ListComponentProvisionedResources(component::ListComponentProvisionedResourcesInput)
            -> ListComponentProvisionedResourcesOutput [ResourceNotFound];
        /// Lists components, all or those of an environment, service or instance.
        ListComponents(component::ListComponentsInput) -> ListComponentsOutput [];
        /// Changes a component and deploys it.
        UpdateComponent(component::UpdateComponentInput)
            -> UpdateComponentOutput [Conflict ResourceNotFound ServiceQuotaExceeded];
        // deployment
        /// Deletes the record of a deployment.
        DeleteDeployment(deployment::DeleteDeploymentInput)
            -> DeleteDeploymentOutput [ResourceNotFound] idempotent;
        /// Reads a deployment with its initial and target state.
        GetDeployment(deployment::GetDeploymentInput) -> GetDeploymentOutput [ResourceNotFound];
        /// Lists deployments, all or those of one target.
        ListDeployments(deployment::ListDeploymentsInput) -> ListDeploymentsOutput [ResourceNotFound];
        // repository
        /// Links a repository through a connection.
        CreateRepository(repository::CreateRepositoryInput)
            -> CreateRepositoryOutput [Conflict ServiceQuotaExceeded] idempotent;
        /// Removes the link to a repository.
        DeleteRepository(repository::DeleteRepositoryInput)
            -> DeleteRepositoryOutput [Conflict ResourceNotFound] idempotent;
        /// Reads the link to a repository.
        GetRepository(repository::GetRepositoryInput) -> GetRepositoryOutput [ResourceNotFound];
        /// Reads how the last synchronisation of a branch went.
        GetRepositorySyncStatus(repository::GetRepositorySyncStatusInput)
            -> GetRepositorySyncStatusOutput [ResourceNotFound];
        /// Lists the repository links.
        ListRepositories(repository::ListRepositoriesInput) -> ListRepositoriesOutput [ResourceNotFound];
        /// Lists what is synchronised from a repository.
        ListRepositorySyncDefinitions(repository::ListRepositorySyncDefinitionsInput)
            -> ListRepositorySyncDefinitionsOutput [];
        // template_sync
        /// Sets where a template's bundles are read from.
        CreateTemplateSyncConfig(template_sync::CreateTemplateSyncConfigInput)
            -> CreateTemplateSyncConfigOutput [Conflict ServiceQuotaExceeded] idempotent;
        /// Ends the synchronisation of a template.
        DeleteTemplateSyncConfig(template_sync::DeleteTemplateSyncConfigInput)
            -> DeleteTemplateSyncConfigOutput [Conflict ResourceNotFound] idempotent;
        /// Reads where a template's bundles are read from.
        GetTemplateSyncConfig(template_sync::GetTemplateSyncConfigInput)
            -> GetTemplateSyncConfigOutput [ResourceNotFound];
        /// Reads how the last synchronisation of a template went.
        GetTemplateSyncStatus(template_sync::GetTemplateSyncStatusInput)
            -> GetTemplateSyncStatusOutput [ResourceNotFound];
        /// Changes where a template's bundles are read from.
        UpdateTemplateSyncConfig(template_sync::UpdateTemplateSyncConfigInput)
            -> UpdateTemplateSyncConfigOutput [Conflict ResourceNotFound];
        // service_sync
        /// Sets where a service's specification is read from.
        CreateServiceSyncConfig(service_sync::CreateServiceSyncConfigInput)
            -> CreateServiceSyncConfigOutput [Conflict ServiceQuotaExceeded] idempotent;
        /// Ends the synchronisation of a service.
        DeleteServiceSyncConfig(service_sync::DeleteServiceSyncConfigInput)
            -> DeleteServiceSyncConfigOutput [Conflict ResourceNotFound] idempotent;
        /// Reads how the last synchronisation of a service instance went.
        GetServiceInstanceSyncStatus(service_sync::GetServiceInstanceSyncStatusInput)
            -> GetServiceInstanceSyncStatusOutput [ResourceNotFound];
        /// Reads what blocks the synchronisation of a service or instance.
        GetServiceSyncBlockerSummary(service_sync::GetServiceSyncBlockerSummaryInput)
            -> GetServiceSyncBlockerSummaryOutput [ResourceNotFound];
        /// Reads where a service's specification is read from.
        GetServiceSyncConfig(service_sync::GetServiceSyncConfigInput)
            -> GetServiceSyncConfigOutput [ResourceNotFound];
        /// Resolves what blocks a synchronisation.
        UpdateServiceSyncBlocker(service_sync::UpdateServiceSyncBlockerInput)
            -> UpdateServiceSyncBlockerOutput [Conflict ResourceNotFound];
        /// Changes where a service's specification is read from.
        UpdateServiceSyncConfig(service_sync::UpdateServiceSyncConfigInput)
            -> UpdateServiceSyncConfigOutput [Conflict ResourceNotFound];
        // tag
        /// Lists the tags of a resource.
        ListTagsForResource(tag::ListTagsForResourceInput) -> ListTagsForResourceOutput [ResourceNotFound];
        /// Puts tags on a resource.
        TagResource(tag::TagResourceInput) -> TagResourceOutput [Conflict ResourceNotFound] idempotent;
        /// Takes tags off a resource.
        UntagResource(tag::UntagResourceInput) -> UntagResourceOutput [Conflict ResourceNotFound] idempotent;
        // notify
        /// Reports how a self-managed deployment goes, and its outputs.
        NotifyResourceDeploymentStatusChange(notify::NotifyResourceDeploymentStatusChangeInput)
            -> NotifyResourceDeploymentStatusChangeOutput [Conflict ResourceNotFound ServiceQuotaExceeded];
    }

    Protium {
        // own
        /// Tells what was rendered for a deployment, byte for byte.
        GetRenderedTemplate(own::GetRenderedTemplateInput) -> GetRenderedTemplateOutput [ResourceNotFound];
        /// Deploys, or deletes, once more what failed.
        RetryDeployment(own::RetryDeploymentInput) -> RetryDeploymentOutput [Conflict ResourceNotFound];
        /// Deletes a resource and lets stay what can't go.
        ForceDelete(own::ForceDeleteInput) -> ForceDeleteOutput [Conflict ResourceNotFound];
        /// Begins to find out what a request would deploy, without carrying it out.
        PreviewDeployment(preview::PreviewDeploymentInput)
            -> PreviewDeploymentOutput [Conflict ResourceNotFound ServiceQuotaExceeded];
        /// Reads a preview or an adoption.
        GetPreview(preview::GetPreviewInput) -> GetPreviewOutput [ResourceNotFound];
        /// Takes an existing stack under management, unless it would change.
        AdoptResource(preview::AdoptResourceInput)
            -> AdoptResourceOutput [Conflict ResourceNotFound ServiceQuotaExceeded];
        /// Registers a bundle under the version number that it had elsewhere.
        ImportTemplateVersion(own::ImportTemplateVersionInput)
            -> ImportTemplateVersionOutput [Conflict ResourceNotFound ServiceQuotaExceeded] idempotent;
        // fleet
        /// Plans how a template version would reach everyone who uses the template.
        PlanFleetUpdate(fleet::PlanFleetUpdateInput)
            -> PlanFleetUpdateOutput [Conflict ResourceNotFound ServiceQuotaExceeded] idempotent;
        /// Starts a fleet update that is planned, or plans one and starts it at once.
        StartFleetUpdate(fleet::StartFleetUpdateInput)
            -> StartFleetUpdateOutput [Conflict ResourceNotFound ServiceQuotaExceeded] idempotent;
        /// Reads a fleet update with its waves and counts.
        GetFleetUpdate(fleet::GetFleetUpdateInput) -> GetFleetUpdateOutput [ResourceNotFound];
        /// Lists fleet updates, newest first.
        ListFleetUpdates(fleet::ListFleetUpdatesInput) -> ListFleetUpdatesOutput [];
        /// Lists the targets of a fleet update and those that it skips.
        ListFleetUpdateTargets(fleet::ListFleetUpdateTargetsInput)
            -> ListFleetUpdateTargetsOutput [ResourceNotFound];
        /// Begins no more deployments until the fleet update is resumed.
        PauseFleetUpdate(fleet::PauseFleetUpdateInput)
            -> PauseFleetUpdateOutput [Conflict ResourceNotFound] idempotent;
        /// Goes on with a fleet update that was paused.
        ResumeFleetUpdate(fleet::ResumeFleetUpdateInput)
            -> ResumeFleetUpdateOutput [Conflict ResourceNotFound] idempotent;
        /// Ends a fleet update and leaves everyone where they are.
        CancelFleetUpdate(fleet::CancelFleetUpdateInput)
            -> CancelFleetUpdateOutput [Conflict ResourceNotFound] idempotent;
        /// Says yes to the next wave of a fleet update that waits for it.
        ApproveFleetUpdate(fleet::ApproveFleetUpdateInput)
            -> ApproveFleetUpdateOutput [Conflict ResourceNotFound] idempotent;
        /// Takes everyone that a fleet update touched back to the version and spec that they had.
        RollBackFleetUpdate(fleet::RollBackFleetUpdateInput)
            -> RollBackFleetUpdateOutput [Conflict ResourceNotFound] idempotent;
        // update_policy
        /// Says how updates reach a resource, or the resources of a template.
        PutUpdatePolicy(update_policy::PutUpdatePolicyInput)
            -> PutUpdatePolicyOutput [Conflict ResourceNotFound] idempotent;
        /// Reads how updates reach a resource, and who said so.
        GetUpdatePolicy(update_policy::GetUpdatePolicyInput) -> GetUpdatePolicyOutput [ResourceNotFound];
        /// Takes back what was said by PutUpdatePolicy.
        DeleteUpdatePolicy(update_policy::DeleteUpdatePolicyInput)
            -> DeleteUpdatePolicyOutput [Conflict ResourceNotFound] idempotent;
    }
}

#[cfg(test)]
mod round_trip;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_complete_and_agrees_with_itself() {
        assert_eq!(Interface::Proton.operations().count(), 87);
        for operation in Operation::ALL {
            assert_eq!(Operation::from_target(&operation.target()), Some(*operation));
            let description = operation.description();
            assert_eq!(description.input.name, format!("{operation}Input"));
            assert_eq!(description.output.name, format!("{operation}Output"));
        }
    }

    #[test]
    fn other_targets_are_unknown() {
        for target in [
            "",
            "GetService",
            "AwsProton20200720",
            "AwsProton20200720.",
            "AwsProton20200720.Get",
            "Other.GetService",
            "AwsProton20200720.GetService.x",
            "AwsProton20200720.getService",
            "AwsProton20200720.RetryDeployment",
            "Protium20261121.GetService",
        ] {
            assert_eq!(Operation::from_target(target), None, "{target}");
        }
    }
}
