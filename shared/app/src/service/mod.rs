//! Services: instances in environments, and a pipeline (behaviour 2.4).

mod create;
mod delete;
pub(crate) mod making;
mod part;
mod read;
mod update;
mod version;

pub use create::{RepositoryMembers, ServiceCreate, service_create};
pub(crate) use create::{repository, service_create_plan};
pub use delete::service_delete;
pub(crate) use delete::service_delete_retaining;
pub(crate) use making::operation_reference;
pub(crate) use part::part_delete;
pub use read::{service_get, service_list};
pub use update::{ServiceUpdate, service_update};
pub(crate) use version::service_version;

use protium_domain::arn::Resource;
use protium_domain::name::ResourceName;
use protium_domain::service::Service;

use crate::artifact::document_load;
use crate::context::App;
use crate::error::{Error, Result};
use crate::service_pipeline::{ServicePipelineView, service_pipeline_of};

/// A service as it is shown, with the text of its spec and its pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceView {
    /// The service.
    pub service: Service,
    /// Its spec, verbatim.
    pub spec: String,
    /// Its pipeline, where it has one.
    pub pipeline: Option<ServicePipelineView>,
}

impl ServiceView {
    async fn load(app: &App, service: Service) -> Result<Self> {
        let spec = document_load(&*app.artifacts, &service.spec).await?;
        let pipeline = match service_pipeline_of(app, &service.name).await? {
            Some(pipeline) => Some(ServicePipelineView::load(app, pipeline).await?),
            None => None,
        };
        Ok(Self { service, spec, pipeline })
    }
}

/// A service as messages name it.
pub(crate) fn described(name: &ResourceName) -> String {
    format!("the service '{name}'")
}

/// The refusal of a name that no service has; wording of behaviour 14.
pub(crate) fn unknown(app: &App, name: &ResourceName) -> Error {
    let arn = app.location().arn(&Resource::Service { name: name.clone() });
    Error::NotFound(format!("The requested service does not exist: {arn}"))
}
