//! Environment account connections (behaviour 2.10, 12).
//!
//! Two accounts share each connection: the environment account makes, changes and deletes it, the management account
//! accepts or rejects it, and both read it. Who calls is told by the signature of the request alone; for everybody else a
//! connection doesn't exist.

mod answer;
mod change;
mod create;
mod lend;
mod read;

pub use answer::{account_connection_accept, account_connection_reject};
pub use change::{account_connection_delete, account_connection_update};
pub use create::{AccountConnectionCreate, account_connection_create};
pub(crate) use lend::{connection_for, connection_release, connection_take, lent_roles};
pub use read::{ConnectionFilter, ConnectionSide, account_connection_get, account_connection_list};

use protium_domain::account_connection::{AccountConnection, ConnectionRoles};
use protium_domain::arn::Resource;
use protium_domain::identifier::Identifier;
use protium_domain::intent::Partition;

use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt};

/// A connection as messages name it.
fn described(connection: &AccountConnection) -> String {
    format!("the connection {} for the environment '{}'", connection.id, connection.environment_name)
}

/// The refusal of an id that no connection of the caller has; wording of behaviour 14.
fn unknown(app: &App, caller: &str, id: &Identifier) -> Error {
    let mut location = app.location().clone();
    location.account = caller.to_owned();
    let arn = location.arn(&Resource::AccountConnection { id: id.clone() });
    Error::NotFound(format!("The requested environment account connection does not exist: {arn}"))
}

/// The connection, when the caller is one of its two accounts.
async fn visible(app: &App, caller: &str, id: &Identifier) -> Result<Option<AccountConnection>> {
    let found: Option<AccountConnection> = app.store.find(Key::AccountConnection(id.clone())).await?;
    Ok(found.filter(|found| found.environment_account == caller || found.management_account == caller))
}

async fn visible_find(app: &App, caller: &str, id: &Identifier) -> Result<AccountConnection> {
    visible(app, caller, id).await?.ok_or_else(|| unknown(app, caller, id))
}

/// Refuses the management account what only the environment account may do.
fn require_environment_account(connection: &AccountConnection, caller: &str) -> Result<()> {
    if connection.environment_account == caller {
        return Ok(());
    }
    Err(Error::AccessDenied(format!(
        "{} belongs to the account {}, which alone can change or delete it; the account {caller} can accept or reject it",
        described(connection),
        connection.environment_account
    )))
}

/// Refuses the environment account what only the management account may do.
fn require_management_account(connection: &AccountConnection, caller: &str) -> Result<()> {
    if connection.management_account == caller {
        return Ok(());
    }
    Err(Error::AccessDenied(format!(
        "{} is addressed to the account {}, which alone can accept or reject it",
        described(connection),
        connection.management_account
    )))
}

/// Checks what a connection lends: roles of the environment account, such as this installation may borrow (behaviour
/// 7.1a). Nobody lends what belongs to somebody else.
fn require_own_roles(app: &App, account: &str, roles: &ConnectionRoles) -> Result<()> {
    for (member, role) in roles.named() {
        let Some(role) = role else { continue };
        if role.split(':').nth(4) != Some(account) {
            return Err(Error::Validation(format!(
                "{member}: the role {role} is not one of the account {account}, which can lend its own roles only"
            )));
        }
        let allowed = app.installation.provisioning_roles.check(role);
        allowed.map_err(|error| Error::Validation(format!("{member}: {error}")))?;
    }
    Ok(())
}

fn commit_of(connection: &AccountConnection) -> Commit {
    Commit::new(Partition::AccountConnection(connection.id.clone()))
}
