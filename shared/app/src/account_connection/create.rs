//! CreateEnvironmentAccountConnection.

use protium_domain::account_connection::{
    AccountConnection, ConnectionClaim, ConnectionRoles, NewAccountConnection,
};
use protium_domain::arn::Resource;
use protium_domain::event::StatusEvent;
use protium_domain::name::ResourceName;
use protium_domain::tag::Tags;
use serde::Serialize;

use super::{commit_of, require_own_roles};
use crate::client_token::TokenUse;
use crate::commit::Commit;
use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{Key, StoreExt};
use crate::race::Races;

/// A request to create a connection.
#[derive(Debug, Clone, Serialize)]
pub struct AccountConnectionCreate {
    /// The account that it is addressed to: twelve digits.
    pub management_account: String,
    /// The one environment that it is for.
    pub environment_name: ResourceName,
    /// What it lends.
    pub roles: ConnectionRoles,
    /// The customer's tags.
    pub tags: Tags,
    /// Makes a repeat of the request harmless for eight hours (behaviour 2.0 rule 1).
    #[serde(skip)]
    pub client_token: Option<String>,
}

/// Creates a connection of the account `caller`, PENDING until the management account has answered.
///
/// # Errors
/// [`Error::Validation`] for a connection that lends no role, or a role of another account or not on the allow-list, and
/// for a client token that served another request; [`Error::Conflict`] while another connection lends roles for the same
/// environment name (behaviour 12.1).
pub async fn account_connection_create(
    app: &App,
    caller: &str,
    input: AccountConnectionCreate,
) -> Result<AccountConnection> {
    require_a_role(&input.roles)?;
    require_own_roles(app, caller, &input.roles)?;
    // Two accounts may use the same token without knowing of each other.
    let token = input.client_token.as_ref().map(|token| format!("{caller}/{token}"));
    let mut races = Races::few();
    loop {
        let token = TokenUse::find(app, "CreateEnvironmentAccountConnection", token.as_ref(), &input).await?;
        if let Some(original) = original(app, &token).await? {
            return Ok(original);
        }
        require_free(app, &input).await?;
        let (mut commit, connection) = draft(app, caller, &input);
        token.claim(app, &mut commit, connection.resource());
        match commit.submit(app).await {
            Ok(()) => return Ok(connection),
            Err(error) => races.lost(error, &name_described(&input))?,
        }
    }
}

fn require_a_role(roles: &ConnectionRoles) -> Result<()> {
    if roles.role_arn.is_some() || roles.codebuild_role_arn.is_some() {
        return Ok(());
    }
    Err(Error::Validation(
        "roleArn, codebuildRoleArn: the connection lends no role to provision with; give at least one of them".to_owned(),
    ))
}

/// What the same request made before, unless it is gone.
async fn original(app: &App, token: &TokenUse) -> Result<Option<AccountConnection>> {
    let Some(Resource::AccountConnection { id }) = token.known() else { return Ok(None) };
    Ok(app.store.find(Key::AccountConnection(id.clone())).await?)
}

async fn require_free(app: &App, input: &AccountConnectionCreate) -> Result<()> {
    let key = Key::ConnectionClaim(input.management_account.clone(), input.environment_name.clone());
    let claim: Option<ConnectionClaim> = app.store.find(key).await?;
    match claim {
        None => Ok(()),
        Some(_) => Err(Error::Conflict(format!(
            "{} exists already; delete it, or have it rejected, first",
            name_described(input)
        ))),
    }
}

fn name_described(input: &AccountConnectionCreate) -> String {
    format!(
        "a connection for the environment '{}' of the management account {}",
        input.environment_name, input.management_account
    )
}

fn draft(app: &App, caller: &str, input: &AccountConnectionCreate) -> (Commit, AccountConnection) {
    let new = NewAccountConnection {
        id: app.ids.identifier(),
        environment_account: caller.to_owned(),
        management_account: input.management_account.clone(),
        environment_name: input.environment_name.clone(),
        roles: input.roles.clone(),
        tags: input.tags.clone(),
    };
    let (connection, change) = AccountConnection::new(new, app.now());
    let mut commit = commit_of(&connection);
    commit.create(&connection);
    commit.create(&connection.claim());
    commit.announce(StatusEvent::account_connection(app.location(), &connection, change));
    (commit, connection)
}
