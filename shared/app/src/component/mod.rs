//! Components (behaviour 2.7).

mod cancel;
mod create;
mod delete;
mod place;
mod read;
mod update;

pub use cancel::component_cancel;
pub(crate) use create::component_create_plan;
pub use create::{ComponentCreate, component_create};
pub use delete::component_delete;
pub(crate) use delete::component_delete_retaining;
pub(crate) use place::component_idle;
pub(crate) use read::component_find;
pub use read::{
    ComponentFilter, component_get, component_list, component_outputs, component_provisioned_resources,
};
pub(crate) use update::component_update_plan;
pub use update::{AttachmentChange, ComponentUpdate, component_update};

use protium_domain::arn::Resource;
use protium_domain::component::Component;
use protium_domain::name::ResourceName;

use crate::artifact::document_load;
use crate::context::App;
use crate::error::{Error, Result};

/// A component as it is shown, with the text of its service spec.
#[derive(Debug, Clone, PartialEq)]
pub struct ComponentView {
    /// The component.
    pub component: Component,
    /// Its service spec, verbatim, where it has one.
    pub service_spec: Option<String>,
}

impl ComponentView {
    async fn load(app: &App, component: Component) -> Result<Self> {
        let service_spec = match &component.state.service_spec {
            Some(spec) => Some(document_load(&*app.artifacts, spec).await?),
            None => None,
        };
        Ok(Self { component, service_spec })
    }
}

/// A component as messages name it.
pub(crate) fn described(name: &ResourceName) -> String {
    format!("the component '{name}'")
}

/// The refusal of a name that no component has; wording of behaviour 14.
pub(crate) fn unknown(app: &App, name: &ResourceName) -> Error {
    let arn = app.location().arn(&Resource::Component { name: name.clone() });
    Error::NotFound(format!("The requested component does not exist: {arn}"))
}

/// Refuses while a deployment of the component is under way.
fn require_idle(component: &Component) -> Result<()> {
    let status = component.deployable.status();
    if status.is_in_progress() {
        return Err(Error::Conflict(format!(
            "{} is {status}; wait until its deployment has ended",
            described(&component.name)
        )));
    }
    Ok(())
}
