//! AcceptEnvironmentAccountConnection and RejectEnvironmentAccountConnection: what the management account answers.

use protium_domain::account_connection::{AccountConnection, ConnectionStatus};
use protium_domain::event::StatusEvent;
use protium_domain::identifier::Identifier;
use protium_domain::transition::Transition;

use super::{commit_of, described, require_management_account, visible_find};
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{CommitError, Key, Write};
use crate::race::Races;

/// Accepts a connection; from then on its environment can be made with it.
///
/// # Errors
/// [`Error::NotFound`] for an id that isn't the caller's to see; [`Error::AccessDenied`] for its environment account;
/// [`Error::Conflict`] unless it is PENDING.
pub async fn account_connection_accept(
    app: &App,
    caller: &str,
    id: &Identifier,
) -> Result<AccountConnection> {
    let mut races = Races::few();
    loop {
        let mut connection = visible_find(app, caller, id).await?;
        require_management_account(&connection, caller)?;
        let change = connection.accept(app.now())?;
        match submit(app, connection, change).await {
            Ok(connection) => return Ok(connection),
            Err(error) => races.lost(error, "the connection")?,
        }
    }
}

/// Rejects a connection, for good; its environment name is free for another one.
///
/// # Errors
/// As [`account_connection_accept`]; [`Error::Conflict`] while its environment uses it, and when it is rejected already.
pub async fn account_connection_reject(
    app: &App,
    caller: &str,
    id: &Identifier,
) -> Result<AccountConnection> {
    let mut races = Races::few();
    loop {
        let mut connection = visible_find(app, caller, id).await?;
        require_management_account(&connection, caller)?;
        if connection.in_use {
            return Err(Error::Conflict(format!(
                "{} can't be rejected while the environment uses it; delete the environment first",
                described(&connection)
            )));
        }
        let change = connection.reject(app.now())?;
        match submit(app, connection, change).await {
            Ok(connection) => return Ok(connection),
            Err(error) => races.lost(error, "the connection")?,
        }
    }
}

async fn submit(
    app: &App,
    connection: AccountConnection,
    change: Transition<ConnectionStatus>,
) -> std::result::Result<AccountConnection, CommitError> {
    let mut commit = commit_of(&connection);
    if change.to == ConnectionStatus::Rejected {
        let claim = connection.claim();
        commit.write(Write::Remove(Key::ConnectionClaim(claim.management_account, claim.environment_name)));
    }
    let connection = commit.replace(connection);
    commit.announce(StatusEvent::account_connection(app.location(), &connection, change));
    commit.submit(app).await.map(|()| connection)
}
