//! Service instances (behaviour 2.5).

mod cancel;
mod create;
mod list;
mod read;
mod update;

pub use cancel::service_instance_cancel;
pub use create::{ServiceInstanceCreate, service_instance_create};
pub(crate) use create::{service_instance_adoption_plan, service_instance_create_plan};
pub use list::{InstanceFilter, InstanceOrder, InstanceSort, TimeRange, service_instance_list};
pub(crate) use read::service_instance_find;
pub use read::{service_instance_get, service_instance_outputs, service_instance_provisioned_resources};
pub(crate) use update::service_instance_update_plan;
pub use update::{ServiceInstanceUpdate, service_instance_update};

use protium_domain::arn::Resource;
use protium_domain::name::ResourceName;
use protium_domain::service_instance::ServiceInstance;

use crate::artifact::document_load;
use crate::context::App;
use crate::error::{Error, Result};

/// An instance as it is shown, with the text of its spec.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceInstanceView {
    /// The instance.
    pub instance: ServiceInstance,
    /// The whole service spec last used, verbatim.
    pub spec: String,
}

impl ServiceInstanceView {
    async fn load(app: &App, instance: ServiceInstance) -> Result<Self> {
        let spec = document_load(&*app.artifacts, &instance.spec).await?;
        Ok(Self { instance, spec })
    }
}

/// An instance as messages name it.
pub(crate) fn described(service: &ResourceName, name: &ResourceName) -> String {
    format!("the instance '{name}' of the service '{service}'")
}

/// The refusal of a name that no instance has; wording of behaviour 14.
pub(crate) fn unknown(app: &App, service: &ResourceName, name: &ResourceName) -> Error {
    let arn = app.location().arn(&Resource::ServiceInstance { service: service.clone(), name: name.clone() });
    Error::NotFound(format!("The requested service instance does not exist: {arn}"))
}
