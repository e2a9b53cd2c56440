//! Services without pipeline (behaviour 2.4).

mod create;
mod delete;
mod read;

pub use create::{ServiceCreate, service_create};
pub use delete::service_delete;
pub use read::{service_get, service_list};

use protium_domain::arn::Resource;
use protium_domain::name::ResourceName;
use protium_domain::service::Service;

use crate::artifact::document_load;
use crate::context::App;
use crate::error::{Error, Result};

/// A service as it is shown, with the text of its spec.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceView {
    /// The service.
    pub service: Service,
    /// Its spec, verbatim.
    pub spec: String,
}

impl ServiceView {
    async fn load(app: &App, service: Service) -> Result<Self> {
        let spec = document_load(&*app.artifacts, &service.spec).await?;
        Ok(Self { service, spec })
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
