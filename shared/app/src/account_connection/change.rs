//! UpdateEnvironmentAccountConnection and DeleteEnvironmentAccountConnection: what the environment account changes.

use protium_domain::account_connection::{AccountConnection, ConnectionRoles, ConnectionStatus};
use protium_domain::event::StatusEvent;
use protium_domain::identifier::Identifier;

use super::lend::roles_pass_on;
use super::{commit_of, described, require_environment_account, require_own_roles, visible, visible_find};
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, Write};
use crate::race::Races;

/// Changes the roles that a connection lends; what is absent stays. Deployments that begin afterwards use the new ones.
///
/// # Errors
/// [`Error::NotFound`] for an id that isn't the caller's to see; [`Error::AccessDenied`] for its management account;
/// [`Error::Validation`] for a role of another account or not on the allow-list; [`Error::Conflict`] when it is REJECTED.
pub async fn account_connection_update(
    app: &App,
    caller: &str,
    id: &Identifier,
    roles: ConnectionRoles,
) -> Result<AccountConnection> {
    let mut races = Races::few();
    loop {
        let mut connection = visible_find(app, caller, id).await?;
        require_environment_account(&connection, caller)?;
        require_own_roles(app, caller, &roles)?;
        if connection.status() == ConnectionStatus::Rejected {
            return Err(Error::Conflict(format!(
                "{} is rejected, which is final; create another one",
                described(&connection)
            )));
        }
        let before = connection.roles;
        connection.roles = ConnectionRoles {
            role_arn: roles.role_arn.clone().or(before.role_arn),
            codebuild_role_arn: roles.codebuild_role_arn.clone().or(before.codebuild_role_arn),
            component_role_arn: roles.component_role_arn.clone().or(before.component_role_arn),
        };
        connection.last_modified_at = app.now();
        let mut commit = commit_of(&connection);
        roles_pass_on(app, &mut commit, &connection, Some(&connection.roles)).await?;
        let connection = commit.replace(connection);
        match commit.submit(app).await {
            Ok(()) => return Ok(connection),
            Err(error) => races.lost(error, "the connection")?,
        }
    }
}

/// Deletes a connection, even one in use: then its environment can't be deployed until it is given another connection
/// (behaviour 12.4). The connection as it was, or nothing when it was gone already (behaviour 2.0 rule 3).
///
/// # Errors
/// [`Error::AccessDenied`] for its management account.
pub async fn account_connection_delete(
    app: &App,
    caller: &str,
    id: &Identifier,
) -> Result<Option<AccountConnection>> {
    let mut races = Races::few();
    loop {
        let Some(connection) = visible(app, caller, id).await? else { return Ok(None) };
        require_environment_account(&connection, caller)?;
        let mut commit = commit_of(&connection);
        roles_pass_on(app, &mut commit, &connection, None).await?;
        let deleted = commit.delete(connection.clone());
        if connection.status() != ConnectionStatus::Rejected {
            let claim = connection.claim();
            let key = Key::ConnectionClaim(claim.management_account, claim.environment_name);
            commit.write(Write::Remove(key));
        }
        commit.announce(StatusEvent::account_connection_deleted(app.location(), &deleted));
        match commit.submit(app).await {
            Ok(()) => return Ok(Some(connection)),
            Err(error) => races.lost(error, "the connection")?,
        }
    }
}
