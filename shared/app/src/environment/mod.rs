//! Environments (behaviour 2.3).

mod cancel;
mod create;
mod customer_managed;
mod delete;
mod read;
mod update;

pub use cancel::environment_cancel;
pub(crate) use create::environment_create_plan;
pub use create::{EnvironmentCreate, environment_create};
pub use delete::environment_delete;
pub(crate) use delete::environment_delete_retaining;
pub(crate) use read::environment_find;
pub use read::{environment_get, environment_list, environment_outputs, environment_provisioned_resources};
pub(crate) use update::environment_update_plan;
pub use update::{EnvironmentUpdate, environment_update};

use protium_domain::arn::Resource;
use protium_domain::environment::{Environment, EnvironmentRoles};
use protium_domain::name::ResourceName;

use crate::artifact::document_load;
use crate::context::App;
use crate::error::{Error, Result};

/// An environment as it is shown, with the text of its spec.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentView {
    /// The environment.
    pub environment: Environment,
    /// Its spec, verbatim.
    pub spec: String,
}

impl EnvironmentView {
    async fn load(app: &App, environment: Environment) -> Result<Self> {
        let spec = document_load(&*app.artifacts, &environment.spec).await?;
        Ok(Self { environment, spec })
    }
}

/// An environment as messages name it.
pub(crate) fn described(name: &ResourceName) -> String {
    format!("the environment '{name}'")
}

/// The refusal of a name that no environment has; wording of behaviour 14.
pub(crate) fn unknown(app: &App, name: &ResourceName) -> Error {
    let arn = app.location().arn(&Resource::Environment { name: name.clone() });
    Error::NotFound(format!("The requested environment does not exist: {arn}"))
}

/// Checks roles against the installation's allow-list (behaviour 7.1a).
fn require_allowed(app: &App, roles: &EnvironmentRoles) -> Result<()> {
    let named = [&roles.proton_service_role_arn, &roles.codebuild_role_arn, &roles.component_role_arn];
    for role in named.into_iter().flatten() {
        app.installation
            .provisioning_roles
            .check(role)
            .map_err(|error| Error::Validation(error.to_string()))?;
    }
    Ok(())
}

/// Refuses the kinds of provisioning that a later release brings, and roles beside a connection, which lends its own.
fn require_one_way(
    connection: Option<&String>,
    roles: &EnvironmentRoles,
    has_repository: bool,
) -> Result<()> {
    if connection.is_some() && *roles != EnvironmentRoles::default() {
        return Err(Error::Validation(
            "environmentAccountConnectionId: the connection lends the roles; give either roles or the connection".to_owned(),
        ));
    }
    if has_repository {
        return Err(Error::NotImplemented(
            "provisioningRepository: this release of Protium does not provision through pull requests yet; give \
             protonServiceRoleArn instead"
                .to_owned(),
        ));
    }
    Ok(())
}
