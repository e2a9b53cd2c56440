//! Environment account connections (behaviour 2.10). Every handler is told which account calls.

use protium_app::App;
use protium_app::account_connection::{
    self, AccountConnectionCreate, ConnectionFilter, ConnectionSide, account_connection_accept,
    account_connection_delete, account_connection_get, account_connection_list, account_connection_reject,
    account_connection_update,
};
use protium_domain::account_connection::{AccountConnection, ConnectionRoles, ConnectionStatus};
use protium_domain::arn::Location;
use protium_domain::identifier::Identifier;
use protium_wire::Page;
use protium_wire::account_connection as wire;
use protium_wire::account_connection::{
    EnvironmentAccountConnectionRequesterAccountType as RequestedBy,
    EnvironmentAccountConnectionStatus as Status,
};

use super::convert;
use crate::error::Answer;
use crate::http::Caller;

/// CreateEnvironmentAccountConnection.
pub(crate) async fn create(
    app: &App,
    caller: &Caller<'_>,
    input: wire::CreateEnvironmentAccountConnectionInput,
) -> Answer<wire::CreateEnvironmentAccountConnectionOutput> {
    let input = AccountConnectionCreate {
        management_account: input.management_account_id,
        environment_name: convert::name(input.environment_name)?,
        roles: ConnectionRoles {
            role_arn: input.role_arn,
            codebuild_role_arn: input.codebuild_role_arn,
            component_role_arn: input.component_role_arn,
        },
        tags: convert::tags(input.tags)?,
        client_token: convert::token(input.client_token),
    };
    let made = account_connection::account_connection_create(app, caller.account, input).await?;
    let environment_account_connection = detail(app.location(), made);
    Ok(wire::CreateEnvironmentAccountConnectionOutput { environment_account_connection })
}

/// GetEnvironmentAccountConnection.
pub(crate) async fn get(
    app: &App,
    caller: &Caller<'_>,
    input: wire::GetEnvironmentAccountConnectionInput,
) -> Answer<wire::GetEnvironmentAccountConnectionOutput> {
    let found = account_connection_get(app, caller.account, &Identifier::new(input.id)?).await?;
    let environment_account_connection = detail(app.location(), found);
    Ok(wire::GetEnvironmentAccountConnectionOutput { environment_account_connection })
}

/// ListEnvironmentAccountConnections.
pub(crate) async fn list(
    app: &App,
    caller: &Caller<'_>,
    input: wire::ListEnvironmentAccountConnectionsInput,
) -> Answer<wire::ListEnvironmentAccountConnectionsOutput> {
    let page = Page::of(&input)?;
    let filter = ConnectionFilter {
        side: match input.requested_by {
            RequestedBy::ManagementAccount => ConnectionSide::Management,
            RequestedBy::EnvironmentAccount => ConnectionSide::Environment,
        },
        environment_name: input.environment_name.map(convert::name).transpose()?,
        statuses: input.statuses.unwrap_or_default().into_iter().map(status).collect(),
    };
    let request = convert::page_request(&page);
    let found = account_connection_list(app, caller.account, &filter, &request).await?;
    Ok(wire::ListEnvironmentAccountConnectionsOutput {
        next_token: page.next(found.next.as_deref()),
        environment_account_connections: found
            .items
            .into_iter()
            .map(|connection| summary(app.location(), connection))
            .collect(),
    })
}

/// UpdateEnvironmentAccountConnection.
pub(crate) async fn update(
    app: &App,
    caller: &Caller<'_>,
    input: wire::UpdateEnvironmentAccountConnectionInput,
) -> Answer<wire::UpdateEnvironmentAccountConnectionOutput> {
    let roles = ConnectionRoles {
        role_arn: input.role_arn,
        codebuild_role_arn: input.codebuild_role_arn,
        component_role_arn: input.component_role_arn,
    };
    let id = Identifier::new(input.id)?;
    let updated = account_connection_update(app, caller.account, &id, roles).await?;
    let environment_account_connection = detail(app.location(), updated);
    Ok(wire::UpdateEnvironmentAccountConnectionOutput { environment_account_connection })
}

/// DeleteEnvironmentAccountConnection.
pub(crate) async fn delete(
    app: &App,
    caller: &Caller<'_>,
    input: wire::DeleteEnvironmentAccountConnectionInput,
) -> Answer<wire::DeleteEnvironmentAccountConnectionOutput> {
    let deleted = account_connection_delete(app, caller.account, &Identifier::new(input.id)?).await?;
    let environment_account_connection = deleted.map(|deleted| detail(app.location(), deleted));
    Ok(wire::DeleteEnvironmentAccountConnectionOutput { environment_account_connection })
}

/// AcceptEnvironmentAccountConnection.
pub(crate) async fn accept(
    app: &App,
    caller: &Caller<'_>,
    input: wire::AcceptEnvironmentAccountConnectionInput,
) -> Answer<wire::AcceptEnvironmentAccountConnectionOutput> {
    let accepted = account_connection_accept(app, caller.account, &Identifier::new(input.id)?).await?;
    let environment_account_connection = detail(app.location(), accepted);
    Ok(wire::AcceptEnvironmentAccountConnectionOutput { environment_account_connection })
}

/// RejectEnvironmentAccountConnection.
pub(crate) async fn reject(
    app: &App,
    caller: &Caller<'_>,
    input: wire::RejectEnvironmentAccountConnectionInput,
) -> Answer<wire::RejectEnvironmentAccountConnectionOutput> {
    let rejected = account_connection_reject(app, caller.account, &Identifier::new(input.id)?).await?;
    let environment_account_connection = detail(app.location(), rejected);
    Ok(wire::RejectEnvironmentAccountConnectionOutput { environment_account_connection })
}

const fn status(status: Status) -> ConnectionStatus {
    match status {
        Status::Pending => ConnectionStatus::Pending,
        Status::Connected => ConnectionStatus::Connected,
        Status::Rejected => ConnectionStatus::Rejected,
    }
}

const fn status_wire(status: ConnectionStatus) -> Status {
    match status {
        ConnectionStatus::Pending => Status::Pending,
        ConnectionStatus::Connected => Status::Connected,
        ConnectionStatus::Rejected => Status::Rejected,
    }
}

fn detail(location: &Location, connection: AccountConnection) -> wire::EnvironmentAccountConnection {
    wire::EnvironmentAccountConnection {
        arn: connection.arn(location),
        last_modified_at: convert::timestamp(connection.last_modified_at),
        requested_at: convert::timestamp(connection.requested_at),
        status: status_wire(connection.status()),
        codebuild_role_arn: connection.roles.codebuild_role_arn,
        component_role_arn: connection.roles.component_role_arn,
        role_arn: connection.roles.role_arn,
        environment_account_id: connection.environment_account,
        environment_name: connection.environment_name.into(),
        id: connection.id.into(),
        management_account_id: connection.management_account,
    }
}

fn summary(location: &Location, connection: AccountConnection) -> wire::EnvironmentAccountConnectionSummary {
    let shown = detail(location, connection);
    wire::EnvironmentAccountConnectionSummary {
        arn: shown.arn,
        component_role_arn: shown.component_role_arn,
        environment_account_id: shown.environment_account_id,
        environment_name: shown.environment_name,
        id: shown.id,
        last_modified_at: shown.last_modified_at,
        management_account_id: shown.management_account_id,
        requested_at: shown.requested_at,
        role_arn: shown.role_arn,
        status: shown.status,
    }
}
