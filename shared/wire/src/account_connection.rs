//! Environment account connections: an environment account lends a management account its roles (behaviour 2.10).

use crate::{
    common::TagList,
    macros::{enums, lists, structures},
    values::{
        Arn, AwsAccountId, ClientToken, EnvironmentAccountConnectionArn, EnvironmentAccountConnectionId,
        MaxPageResults, NextToken, ResourceName, RoleArn, Timestamp,
    },
};

structures! {
    /// Request of [`AcceptEnvironmentAccountConnection`](crate::Operation::AcceptEnvironmentAccountConnection).
    AcceptEnvironmentAccountConnectionInput {
        id: EnvironmentAccountConnectionId (required),
    }

    /// Answer of [`AcceptEnvironmentAccountConnection`](crate::Operation::AcceptEnvironmentAccountConnection).
    AcceptEnvironmentAccountConnectionOutput {
        environment_account_connection: EnvironmentAccountConnection (required),
    }

    /// Request of [`CreateEnvironmentAccountConnection`](crate::Operation::CreateEnvironmentAccountConnection).
    CreateEnvironmentAccountConnectionInput {
        client_token: ClientToken (token),
        codebuild_role_arn: RoleArn,
        component_role_arn: RoleArn,
        environment_name: ResourceName (required),
        management_account_id: AwsAccountId (required),
        role_arn: RoleArn,
        tags: TagList,
    }

    /// Answer of [`CreateEnvironmentAccountConnection`](crate::Operation::CreateEnvironmentAccountConnection).
    CreateEnvironmentAccountConnectionOutput {
        environment_account_connection: EnvironmentAccountConnection (required),
    }

    /// Request of [`DeleteEnvironmentAccountConnection`](crate::Operation::DeleteEnvironmentAccountConnection).
    DeleteEnvironmentAccountConnectionInput {
        id: EnvironmentAccountConnectionId (required),
    }

    /// Answer of [`DeleteEnvironmentAccountConnection`](crate::Operation::DeleteEnvironmentAccountConnection).
    DeleteEnvironmentAccountConnectionOutput {
        environment_account_connection: EnvironmentAccountConnection,
    }

    /// Request of [`GetEnvironmentAccountConnection`](crate::Operation::GetEnvironmentAccountConnection).
    GetEnvironmentAccountConnectionInput {
        id: EnvironmentAccountConnectionId (required),
    }

    /// Answer of [`GetEnvironmentAccountConnection`](crate::Operation::GetEnvironmentAccountConnection).
    GetEnvironmentAccountConnectionOutput {
        environment_account_connection: EnvironmentAccountConnection (required),
    }

    /// Request of [`ListEnvironmentAccountConnections`](crate::Operation::ListEnvironmentAccountConnections).
    ListEnvironmentAccountConnectionsInput {
        environment_name: ResourceName,
        max_results: MaxPageResults,
        next_token: NextToken,
        requested_by: EnvironmentAccountConnectionRequesterAccountType (required),
        statuses: EnvironmentAccountConnectionStatusList,
    }

    /// Answer of [`ListEnvironmentAccountConnections`](crate::Operation::ListEnvironmentAccountConnections).
    ListEnvironmentAccountConnectionsOutput {
        environment_account_connections: EnvironmentAccountConnectionSummaryList (required),
        next_token: NextToken,
    }

    /// Request of [`RejectEnvironmentAccountConnection`](crate::Operation::RejectEnvironmentAccountConnection).
    RejectEnvironmentAccountConnectionInput {
        id: EnvironmentAccountConnectionId (required),
    }

    /// Answer of [`RejectEnvironmentAccountConnection`](crate::Operation::RejectEnvironmentAccountConnection).
    RejectEnvironmentAccountConnectionOutput {
        environment_account_connection: EnvironmentAccountConnection (required),
    }

    /// Request of [`UpdateEnvironmentAccountConnection`](crate::Operation::UpdateEnvironmentAccountConnection).
    UpdateEnvironmentAccountConnectionInput {
        codebuild_role_arn: RoleArn,
        component_role_arn: RoleArn,
        id: EnvironmentAccountConnectionId (required),
        role_arn: RoleArn,
    }

    /// Answer of [`UpdateEnvironmentAccountConnection`](crate::Operation::UpdateEnvironmentAccountConnection).
    UpdateEnvironmentAccountConnectionOutput {
        environment_account_connection: EnvironmentAccountConnection (required),
    }

    /// The roles one account lends another for one environment.
    EnvironmentAccountConnection {
        arn: EnvironmentAccountConnectionArn (required),
        codebuild_role_arn: RoleArn,
        component_role_arn: RoleArn,
        environment_account_id: AwsAccountId (required),
        environment_name: ResourceName (required),
        id: EnvironmentAccountConnectionId (required),
        last_modified_at: Timestamp (required),
        management_account_id: AwsAccountId (required),
        requested_at: Timestamp (required),
        /// Absent when the connection lends no such role, though the model marks it as required.
        role_arn: Arn (eventual),
        status: EnvironmentAccountConnectionStatus (required),
    }

    /// A connection as lists show it.
    EnvironmentAccountConnectionSummary {
        arn: EnvironmentAccountConnectionArn (required),
        component_role_arn: Arn,
        environment_account_id: AwsAccountId (required),
        environment_name: ResourceName (required),
        id: EnvironmentAccountConnectionId (required),
        last_modified_at: Timestamp (required),
        management_account_id: AwsAccountId (required),
        requested_at: Timestamp (required),
        /// Absent when the connection lends no such role, though the model marks it as required.
        role_arn: Arn (eventual),
        status: EnvironmentAccountConnectionStatus (required),
    }
}

lists! {
    /// Connections, newest first.
    EnvironmentAccountConnectionSummaryList of EnvironmentAccountConnectionSummary;

    /// Statuses of which a listed connection has one.
    EnvironmentAccountConnectionStatusList of EnvironmentAccountConnectionStatus;
}

enums! {
    /// Where a connection stands (behaviour 3.4).
    EnvironmentAccountConnectionStatus {
        Pending = "PENDING",
        Connected = "CONNECTED",
        Rejected = "REJECTED",
    }

    /// The side from which connections are listed.
    EnvironmentAccountConnectionRequesterAccountType {
        ManagementAccount = "MANAGEMENT_ACCOUNT",
        EnvironmentAccount = "ENVIRONMENT_ACCOUNT",
    }
}
