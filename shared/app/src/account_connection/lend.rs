//! What a connection lends to the environment that it is for (behaviour 2.3, 12).
//!
//! The environment keeps the lent roles as its own, so that whatever is provisioned in it needs to know nothing of
//! connections; who changes or deletes the connection changes them in the same commit. Without its connection an environment
//! has no roles, and every deployment in it fails until it is given another one.

use protium_domain::account_connection::{AccountConnection, ConnectionRoles, ConnectionStatus};
use protium_domain::environment::{Environment, EnvironmentRoles};
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;

use super::{described, unknown};
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, PortError, StoreExt};

/// The connection that a request names for an environment.
///
/// # Errors
/// [`Error::NotFound`] for an id that isn't addressed to this installation; [`Error::Validation`] when it is for another
/// environment; [`Error::Conflict`] unless it is CONNECTED, and when it is in use.
pub(crate) async fn connection_for(
    app: &App,
    environment: &ResourceName,
    id: &str,
) -> Result<AccountConnection> {
    let id = Identifier::new(id)
        .map_err(|error| Error::Validation(format!("environmentAccountConnectionId: {error}")))?;
    let own = &app.location().account;
    let found: Option<AccountConnection> = app.store.find(Key::AccountConnection(id.clone())).await?;
    let found = found.filter(|found| found.management_account == *own);
    let connection = found.ok_or_else(|| unknown(app, own, &id))?;
    if connection.environment_name != *environment {
        return Err(Error::Validation(format!(
            "environmentAccountConnectionId: {} can't be used for '{environment}'",
            described(&connection)
        )));
    }
    if connection.status() != ConnectionStatus::Connected {
        return Err(Error::Conflict(format!(
            "{} is {}; accept it with AcceptEnvironmentAccountConnection first",
            described(&connection),
            connection.status()
        )));
    }
    if connection.in_use {
        return Err(Error::Conflict(format!("{} is in use already", described(&connection))));
    }
    Ok(connection)
}

/// The roles that a connection lends, as an environment has them.
pub(crate) fn lent_roles(roles: &ConnectionRoles) -> EnvironmentRoles {
    EnvironmentRoles {
        proton_service_role_arn: roles.role_arn.clone(),
        codebuild_role_arn: roles.codebuild_role_arn.clone(),
        component_role_arn: roles.component_role_arn.clone(),
    }
}

/// Notes with the commit that an environment uses the connection from now on.
pub(crate) fn connection_take(commit: &mut Commit, mut connection: AccountConnection) {
    connection.in_use = true;
    commit.replace(connection);
}

/// Notes with the commit that an environment doesn't use its connection any more; one that is gone doesn't matter.
pub(crate) async fn connection_release(
    app: &App,
    commit: &mut Commit,
    environment: &Environment,
) -> std::result::Result<(), PortError> {
    let Some(id) = &environment.connection_id else { return Ok(()) };
    let found: Option<AccountConnection> = app.store.find(Key::AccountConnection(id.clone())).await?;
    if let Some(mut connection) = found {
        connection.in_use = false;
        commit.replace(connection);
    }
    Ok(())
}

/// Gives the environment that uses the connection other roles with the commit: those of `roles`, or none.
pub(super) async fn roles_pass_on(
    app: &App,
    commit: &mut Commit,
    connection: &AccountConnection,
    roles: Option<&ConnectionRoles>,
) -> Result<()> {
    if !connection.in_use {
        return Ok(());
    }
    let key = Key::Environment(connection.environment_name.clone());
    let found: Option<Environment> = app.store.find(key).await?;
    if let Some(mut environment) = found.filter(|found| found.connection_id.as_ref() == Some(&connection.id))
    {
        environment.roles = roles.map(lent_roles).unwrap_or_default();
        commit.replace(environment);
    }
    Ok(())
}
