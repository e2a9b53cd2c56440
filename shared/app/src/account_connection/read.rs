//! GetEnvironmentAccountConnection and ListEnvironmentAccountConnections.

use protium_domain::account_connection::{AccountConnection, ConnectionStatus};
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;

use super::visible_find;
use crate::context::App;
use crate::error::Result;
use crate::paging::{Page, PageRequest};
use crate::ports::{Entity, ListQuery, StoreExt};

/// From which side connections are listed: `requestedBy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionSide {
    /// Those that are addressed to the caller.
    Management,
    /// Those that the caller made.
    Environment,
}

/// Which connections are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionFilter {
    /// The side.
    pub side: ConnectionSide,
    /// Only those for this environment.
    pub environment_name: Option<ResourceName>,
    /// Only those with one of these statuses; empty: with any.
    pub statuses: Vec<ConnectionStatus>,
}

/// Reads a connection of the account `caller`, whichever side it is on.
///
/// # Errors
/// [`crate::Error::NotFound`] for an id that isn't the caller's to see.
pub async fn account_connection_get(app: &App, caller: &str, id: &Identifier) -> Result<AccountConnection> {
    visible_find(app, caller, id).await
}

/// Lists connections of the account `caller`, newest first. A page may come out short; its position leads on.
///
/// # Errors
/// The store's failures only.
pub async fn account_connection_list(
    app: &App,
    caller: &str,
    filter: &ConnectionFilter,
    page: &PageRequest,
) -> Result<Page<AccountConnection>> {
    let query = match filter.side {
        ConnectionSide::Management => ListQuery::ConnectionsTo(caller.to_owned()),
        ConnectionSide::Environment => ListQuery::ConnectionsFrom(caller.to_owned()),
    };
    let is_wanted = |entity: &Entity| match entity {
        Entity::AccountConnection(connection) => {
            let wanted = filter.environment_name.as_ref();
            wanted.is_none_or(|wanted| connection.environment_name == *wanted)
                && (filter.statuses.is_empty() || filter.statuses.contains(&connection.status()))
        }
        _ => false,
    };
    Ok(app.store.page_where(&query, page, &is_wanted).await?)
}
