//! Environments in other accounts, by the roles that those lend.

use protium_app::account_connection::{
    AccountConnectionCreate, account_connection_accept, account_connection_create, account_connection_delete,
    account_connection_get, account_connection_reject, account_connection_update,
};
use protium_app::environment::{
    EnvironmentCreate, EnvironmentUpdate, environment_create, environment_delete, environment_get,
    environment_update,
};
use protium_app::target_version::DeploymentType;
use protium_domain::account_connection::{AccountConnection, ConnectionRoles};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::environment::EnvironmentRoles;
use protium_testkit::records;

use crate::environment::{create_input, roles, stored, update_input};
use crate::refusal;
use crate::world::World;

const OTHER: &str = "222233334444";

fn role(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/protium/{name}")
}

/// A connection of an account for an environment, not accepted yet.
async fn requested(world: &World, account: &str, environment: &str) -> AccountConnection {
    let input = AccountConnectionCreate {
        management_account: records::ACCOUNT.to_owned(),
        environment_name: records::name(environment),
        roles: ConnectionRoles { role_arn: Some(role(account, "deploy")), ..ConnectionRoles::default() },
        tags: records::no_tags(),
        client_token: None,
    };
    account_connection_create(world.api(), account, input).await.expect("free")
}

async fn connected(world: &World, account: &str, environment: &str) -> AccountConnection {
    let connection = requested(world, account, environment).await;
    account_connection_accept(world.api(), records::ACCOUNT, &connection.id).await.expect("pending")
}

fn create_with(connection: &AccountConnection) -> EnvironmentCreate {
    let (roles, connection_id) = (EnvironmentRoles::default(), Some(connection.id.to_string()));
    EnvironmentCreate { roles, connection_id, ..create_input("beta") }
}

fn redeploy(connection: Option<&AccountConnection>) -> EnvironmentUpdate {
    let connection_id = connection.map(|connection| connection.id.to_string());
    EnvironmentUpdate { connection_id, ..update_input("beta", DeploymentType::CurrentVersion) }
}

/// With the environment `beta` in another account, deployed.
async fn with_beta_elsewhere() -> (World, AccountConnection) {
    let mut world = World::new();
    let connection = connected(&world, OTHER, "beta").await;
    environment_create(world.api(), create_with(&connection)).await.expect("connected");
    world.run().await;
    assert_eq!(stored(&world.test, "beta").deployable.status(), DeploymentStatus::Succeeded);
    (world, connection)
}

fn last_role(world: &World) -> String {
    world.test.cloudformation.calls().last().expect("a call").role_arn.clone()
}

#[tokio::test]
async fn an_environment_is_made_and_removed_by_the_lent_role() {
    let (mut world, connection) = with_beta_elsewhere().await;
    let view = environment_get(world.api(), &records::name("beta")).await.expect("there");
    assert_eq!((view.environment.account.as_str(), last_role(&world)), (OTHER, role(OTHER, "deploy")));
    refusal!(account_connection_reject(world.api(), records::ACCOUNT, &connection.id).await, Conflict);
    environment_delete(world.api(), &records::name("beta")).await.expect("unused");
    world.run().await;
    world.check();
    let connection = account_connection_get(world.api(), OTHER, &connection.id).await.expect("there");
    assert!(!connection.in_use);
    account_connection_reject(world.api(), records::ACCOUNT, &connection.id).await.expect("unused");
}

#[tokio::test]
async fn a_connection_is_accepted_free_and_for_this_environment() {
    let world = World::new();
    let pending = requested(&world, OTHER, "beta").await;
    refusal!(environment_create(world.api(), create_with(&pending)).await, Conflict);
    let other = connected(&world, OTHER, "gamma").await;
    refusal!(environment_create(world.api(), create_with(&other)).await, Validation);
    let mut unknown = create_with(&pending);
    unknown.connection_id = Some(world.test.id().to_string());
    refusal!(environment_create(world.api(), unknown).await, NotFound);
    let both = EnvironmentCreate { roles: roles(), ..create_with(&pending) };
    refusal!(environment_create(world.api(), both).await, Validation);
}

#[tokio::test]
async fn changed_roles_serve_the_next_deployment() {
    let (mut world, connection) = with_beta_elsewhere().await;
    let roles = ConnectionRoles { role_arn: Some(role(OTHER, "new")), ..ConnectionRoles::default() };
    account_connection_update(world.api(), OTHER, &connection.id, roles).await.expect("its own");
    environment_update(world.api(), redeploy(None)).await.expect("settled");
    world.run().await;
    assert_eq!(last_role(&world), role(OTHER, "new"));
    let own = EnvironmentUpdate { roles: crate::environment::roles(), ..redeploy(None) };
    refusal!(environment_update(world.api(), own).await, Validation);
}

#[tokio::test]
async fn without_its_connection_nothing_is_deployed_until_it_has_another_one() {
    let (mut world, connection) = with_beta_elsewhere().await;
    account_connection_delete(world.api(), OTHER, &connection.id).await.expect("its own");
    environment_update(world.api(), redeploy(None)).await.expect("settled");
    world.run().await;
    let orphan = stored(&world.test, "beta").deployable;
    assert_eq!(orphan.status(), DeploymentStatus::Failed);
    assert!(orphan.status_message().is_some_and(|told| told.contains("environmentAccountConnectionId")));

    let foreign = connected(&world, "333344445555", "beta").await;
    refusal!(environment_update(world.api(), redeploy(Some(&foreign))).await, Validation);
    account_connection_delete(world.api(), "333344445555", &foreign.id).await.expect("its own");
    let next = connected(&world, OTHER, "beta").await;
    environment_update(world.api(), redeploy(Some(&next))).await.expect("of the same account");
    world.run().await;
    world.check();
    assert_eq!(stored(&world.test, "beta").deployable.status(), DeploymentStatus::Succeeded);
    assert!(account_connection_get(world.api(), OTHER, &next.id).await.expect("there").in_use);
}

#[tokio::test]
async fn an_environment_of_this_account_takes_no_connection() {
    let mut world = World::new();
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    world.run().await;
    let connection = connected(&world, OTHER, "beta").await;
    refusal!(environment_update(world.api(), redeploy(Some(&connection))).await, Validation);
}
